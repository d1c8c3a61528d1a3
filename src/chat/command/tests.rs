//! What each line is parsed as. Not here: what it causes (`tests/transcripts`).

use alloc::string::ToString;

use super::*;

fn parse(line: &str) -> Result<Command, CommandError> {
    Command::parse(Text::clean(line))
}

fn text(raw: &str) -> Text {
    Text::clean(raw)
}

#[track_caller]
fn says(line: &str, expected: &str) {
    assert_eq!(parse(line), Ok(Command::Say(text(expected))), "{line:?}");
}

#[test]
fn only_the_first_character_makes_a_command() {
    says("hello", "hello");
    says(" /bye", " /bye");
    says(" @ann hello", " @ann hello");
    says("me/you", "me/you");
    says("//bye", "/bye");
    says("@@ann hello", "@ann hello");
    says("//", "/");
    says("", "");
}

/// A character that looks like a sign is one. Otherwise an input method could make a whisper
/// public.
#[test]
fn wide_signs_are_signs() {
    let whisper = || Ok(Command::Whisper(Addressed { to: text("bob"), text: text("s") }));
    for line in ["＠bob s", "\u{FE6B}bob s", "／w bob s", "\u{2044}w bob s", "\u{2215}w bob s"] {
        assert_eq!(parse(line), whisper(), "{line}");
    }
    says("／／bye", "／bye");
    says("/／bye", "／bye");
    says("＠＠ann", "＠ann");
    assert_eq!(parse("／ｗ bob s"), Err(CommandError::Unknown(text("／ｗ"))));
    assert_eq!(parse("＠bob s").unwrap().to_string(), "/w bob s");
    assert_eq!(parse("＠＠bob s").unwrap().to_string(), "＠＠bob s");
}

#[test]
fn every_word_names_its_command_in_any_case() {
    for (line, expected) in [
        ("/username ann", Command::Username(Word(text("ann")))),
        ("/NICK ann", Command::Username(Word(text("ann")))),
        ("/list", Command::List(Listing { all: false, part: Part::Page(1) })),
        ("/list 1", Command::List(Listing { all: false, part: Part::Page(1) })),
        ("/list 02", Command::List(Listing { all: false, part: Part::Page(2) })),
        ("/list 99999999", Command::List(Listing { all: false, part: Part::Page(u16::MAX) })),
        ("/list Al", Command::List(Listing { all: false, part: Part::Start(text("Al")) })),
        ("/list all al", Command::List(Listing { all: true, part: Part::Start(text("al")) })),
        ("/list ALL 3 ", Command::List(Listing { all: true, part: Part::Page(3) })),
        ("/Who", Command::List(Listing { all: false, part: Part::Page(1) })),
        ("/names ALL", Command::List(Listing { all: true, part: Part::Page(1) })),
        ("/join cafe", Command::Join(Word(text("cafe")))),
        ("/leave", Command::Leave(Nothing)),
        ("/rooms", Command::Rooms(Part::Page(1))),
        ("/rooms 2", Command::Rooms(Part::Page(2))),
        ("/rooms all", Command::Rooms(Part::Start(text("all")))),
        ("/topic", Command::Topic(None)),
        ("/topic tea and  cake ", Command::Topic(Some(Words(text("tea and  cake "))))),
        ("/me waves  twice", Command::Act(Words(text("waves  twice")))),
        ("/r yes, I do", Command::Reply(Words(text("yes, I do")))),
        ("/history", Command::History(None)),
        ("/history 050", Command::History(Some(Number(50)))),
        ("/history 65536", Command::History(Some(Number(65_535)))),
        ("/history 99999999999999999999", Command::History(Some(Number(65_535)))),
        ("/private", Command::Private(Nothing)),
        ("/public", Command::Public(Nothing)),
        ("/invite bob", Command::Invite(Word(text("bob")))),
        ("/whois bob", Command::Whois(Word(text("bob")))),
        ("/away", Command::Away(Note(text("")))),
        ("/away at lunch", Command::Away(Note(text("at lunch")))),
        ("/ignore", Command::Ignore(None)),
        ("/ignore bob", Command::Ignore(Some(Word(text("bob"))))),
        ("/unignore bob", Command::Unignore(Word(text("bob")))),
        ("/notices ON", Command::Notices(Switch(true))),
        ("/notices off", Command::Notices(Switch(false))),
        ("/wrap 060", Command::Wrap(Columns(Some(60)))),
        ("/wrap OFF", Command::Wrap(Columns(None))),
        ("/ascii on", Command::Ascii(Switch(true))),
        ("/bye", Command::Bye(Note(text("")))),
        ("/quit", Command::Bye(Note(text("")))),
        ("/exit", Command::Bye(Note(text("")))),
        ("/quit good  night ", Command::Bye(Note(text("good  night ")))),
        ("/help", Command::Help(None)),
        ("/?", Command::Help(None)),
        ("/help  /nick ", Command::Help(Some(Word(text("/nick"))))),
    ] {
        assert_eq!(parse(line), Ok(expected), "{line:?}");
    }
}

#[test]
fn who_decides_over_others_may_say_for_how_long_and_why() {
    let sentence = |period: Option<u64>, reason| Sentence {
        whom: text("bob"),
        period: period.map(Period),
        reason: text(reason),
    };
    let slow = |only_guests| Some(Slow { seconds: 10, only_guests });
    let slowing = |slow| Command::Slow(Slowing { room: text("lobby"), slow });
    let kick = Reasoned { name: text("bob"), reason: text("be nice") };
    for (line, expected) in [
        ("/kick bob: be nice", Command::Kick(kick)),
        ("/ban bob", Command::Ban(sentence(None, ""))),
        ("/ban bob, spam", Command::Ban(sentence(None, "spam"))),
        ("/ban bob for spamming", Command::Ban(sentence(None, "for spamming"))),
        ("/ban bob for 2H spam", Command::Ban(sentence(Some(7_200_000), "spam"))),
        ("/mute bob FOR 9999w", Command::Mute(sentence(Some(9999 * 604_800_000), ""))),
        ("/mute bob 1d 2h", Command::Mute(sentence(Some(86_400_000), "2h"))),
        ("/slow lobby 10", slowing(slow(false))),
        ("/slow lobby 10 GUESTS", slowing(slow(true))),
        ("/slow lobby OFF", slowing(None)),
        ("/lock 10m", Command::Lock(Duration(Some(Period(600_000))))),
        ("/lock Off", Command::Lock(Duration(None))),
    ] {
        assert_eq!(parse(line), Ok(expected), "{line:?}");
    }
    for line in ["/ban bob 90m spam", "/mute bob 36h", "/slow lobby 10 guests", "/lock 2w"] {
        assert_eq!(parse(line).unwrap().to_string(), line);
    }
    assert_eq!(parse("/lock 7d").unwrap().to_string(), "/lock 1w");
}

#[test]
fn how_long_must_be_said_rightly() {
    for (line, verb) in [
        ("/kick", Verb::Kick),
        ("/kick :", Verb::Kick),
        ("/ban", Verb::Ban),
        ("/ban bob for", Verb::Ban),
        ("/ban bob for 2", Verb::Ban),
        ("/ban bob 2hours", Verb::Ban),
        ("/ban bob 0h", Verb::Ban),
        ("/ban bob 10000s", Verb::Ban),
        ("/mute bob 2€", Verb::Mute),
        ("/slow lobby", Verb::Slow),
        ("/slow lobby 0", Verb::Slow),
        ("/slow lobby +1", Verb::Slow),
        ("/slow lobby 3601", Verb::Slow),
        ("/slow lobby 10 all", Verb::Slow),
        ("/slow lobby off guests", Verb::Slow),
        ("/lock", Verb::Lock),
        ("/lock 10", Verb::Lock),
        ("/lock for 10m", Verb::Lock),
        ("/trust a b", Verb::Trust),
    ] {
        assert_eq!(parse(line), Err(CommandError::Usage(verb)), "{line:?}");
    }
}

#[test]
fn a_command_is_printed_as_it_is_usually_typed() {
    for line in [
        "hello",
        "//bye",
        "@@ann",
        "/username ann",
        "/w bob hi  there",
        "/me waves",
        "/reply yes",
        "/list",
        "/list 2",
        "/list ann",
        "/list all",
        "/list all 65535",
        "/list all ann",
        "/join cafe",
        "/leave",
        "/rooms",
        "/rooms 2",
        "/rooms cafe",
        "/topic",
        "/topic tea and cake",
        "/history",
        "/history 50",
        "/private",
        "/public",
        "/invite bob",
        "/whois bob",
        "/away",
        "/away at lunch",
        "/ignore",
        "/ignore bob",
        "/unignore bob",
        "/notices on",
        "/notices off",
        "/wrap 20",
        "/wrap 500",
        "/wrap off",
        "/ascii on",
        "/ascii off",
        "/bye",
        "/bye good night",
        "/help",
        "/help nick",
    ] {
        assert_eq!(parse(line).unwrap().to_string(), line);
    }
}

#[test]
fn a_whisper_has_three_forms() {
    let expected = Ok(Command::Whisper(Addressed { to: text("bob"), text: text("hi  there ") }));
    for line in [
        "@bob hi  there ",
        "@bob   hi  there ",
        "/w bob hi  there ",
        "/MSG bob hi  there ",
        "@bob: hi  there ",
        "@bob, hi  there ",
        "@bob：, hi  there ",
        "/w bob: hi  there ",
    ] {
        assert_eq!(parse(line), expected, "{line:?}");
    }
}

#[test]
fn a_missing_or_surplus_argument_is_refused() {
    for (line, verb) in [
        ("/username", Verb::Username),
        ("/username ", Verb::Username),
        ("/username a b", Verb::Username),
        ("@", Verb::Whisper),
        ("@bob", Verb::Whisper),
        ("@bob  ", Verb::Whisper),
        ("@\u{301} hi", Verb::Whisper),
        ("@: hi", Verb::Whisper),
        ("@bob:", Verb::Whisper),
        ("/w", Verb::Whisper),
        ("/list all of them", Verb::List),
        ("/list 0", Verb::List),
        ("/list all 0", Verb::List),
        ("/me ", Verb::Act),
        ("/reply", Verb::Reply),
        ("/history 0", Verb::History),
        ("/history -1", Verb::History),
        ("/history all", Verb::History),
        ("/history 65536 lines", Verb::History),
        ("/private room", Verb::Private),
        ("/public room", Verb::Public),
        ("/invite", Verb::Invite),
        ("/whois", Verb::Whois),
        ("/ignore a b", Verb::Ignore),
        ("/unignore", Verb::Unignore),
        ("/notices", Verb::Notices),
        ("/notices maybe", Verb::Notices),
        ("/wrap", Verb::Wrap),
        ("/wrap on", Verb::Wrap),
        ("/wrap 19", Verb::Wrap),
        ("/wrap 501", Verb::Wrap),
        ("/ascii 1", Verb::Ascii),
        ("/join", Verb::Join),
        ("/join a b", Verb::Join),
        ("/leave now", Verb::Leave),
        ("/rooms all 2", Verb::Rooms),
        ("/help a b", Verb::Help),
    ] {
        assert_eq!(parse(line), Err(CommandError::Usage(verb)), "{line:?}");
    }
}

#[test]
fn an_unknown_word_is_named_with_its_slash() {
    assert_eq!(parse("/foo bar"), Err(CommandError::Unknown(text("/foo"))));
    assert_eq!(parse("/ list"), Err(CommandError::Unknown(text("/"))));
}

#[test]
fn an_error_says_what_is_wrong() {
    let said = |line: &str| Command::read(line.into()).unwrap_err().to_string();
    assert_eq!(said("/foo bar"), "there is no command /foo");
    assert_eq!(said("/join"), "the usage is /join ROOM");
    assert_eq!(said("\u{1B}/join"), "keys that show nothing stand before it");
}

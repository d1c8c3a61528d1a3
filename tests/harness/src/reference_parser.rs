//! A second parser of command lines, as simple as possible, to compare the product's parser with.
//!
//! Not here: cleaning of text; both parsers read clean text.

use chinwag::chat::Text;

/// The meaning of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naive {
    /// A line to the room.
    Say(String),
    /// A command in its usual spelling.
    Command(String),
    /// An unknown command with this word.
    Unknown(String),
    /// Wrong arguments for the command whose usage starts with this word.
    Usage(&'static str),
}

/// Parses a clean line.
#[must_use]
pub fn parse(line: &str) -> Naive {
    const SLASHES: [char; 5] = ['/', '／', '⁄', '∕', '⧸'];
    const ATS: [char; 3] = ['@', '＠', '﹫'];
    for signs in [&SLASHES[..], &ATS] {
        if let Some(said) = line.strip_prefix(signs)
            && said.starts_with(signs)
        {
            return Naive::Say(Text::clean(said).to_string());
        }
    }
    if let Some(whisper) = line.strip_prefix(ATS) {
        return command(("@NAME", whispered(whisper)));
    }
    if !line.starts_with(SLASHES) {
        return Naive::Say(line.to_owned());
    }
    let word: String = line.chars().take_while(|c| !c.is_whitespace()).collect();
    let name = word.trim_start_matches(SLASHES).to_ascii_lowercase();
    match usual(&name, &line[word.len()..]) {
        Some(known) => command(known),
        None => Naive::Unknown(word),
    }
}

fn command((usage, arguments): (&'static str, Option<String>)) -> Naive {
    let word = if usage == "@NAME" { "/w" } else { usage };
    arguments.map_or(Naive::Usage(usage), |arguments| Naive::Command(format!("{word}{arguments}")))
}

/// The usual word of a command, and its arguments in their usual spelling if they are valid.
fn usual(name: &str, rest: &str) -> Option<(&'static str, Option<String>)> {
    let typed: Vec<&str> = rest.split_whitespace().collect();
    let none = || typed.is_empty().then(String::new);
    let one = || if let [word] = typed[..] { Some(format!(" {word}")) } else { None };
    let words = || (!typed.is_empty()).then(|| format!(" {}", rest.trim_start()));
    let note = || none().or_else(words);
    let lower = || one().map(|word| word.to_ascii_lowercase());
    let switch = || lower().filter(|word| [" on", " off"].contains(&word.as_str()));
    Some(match name {
        "username" | "nick" => ("/username", one()),
        "w" | "msg" | "@" => ("@NAME", whispered(rest)),
        "list" | "who" | "names" => ("/list", listed(&typed)),
        "me" => ("/me", words()),
        "reply" | "r" => ("/reply", words()),
        "history" => ("/history", none().or_else(|| one().and_then(|count| number(count.trim())))),
        "private" => ("/private", none()),
        "public" => ("/public", none()),
        "invite" => ("/invite", one()),
        "whois" => ("/whois", one()),
        "away" => ("/away", note()),
        "ignore" => ("/ignore", none().or_else(one)),
        "unignore" => ("/unignore", one()),
        "notices" => ("/notices", switch()),
        "wrap" => {
            let is_off = switch().as_deref() == Some(" off");
            let columns = one().and_then(|word| word.trim().parse::<u64>().ok());
            let columns = columns.filter(|columns| (20..=500).contains(columns));
            let off = is_off.then(|| " off".to_owned());
            ("/wrap", off.or_else(|| columns.map(|columns| format!(" {columns}"))))
        }
        "ascii" => ("/ascii", switch()),
        "join" => ("/join", one()),
        "leave" => ("/leave", none()),
        "seen" => ("/seen", one()),
        "hide" => ("/hide", switch()),
        "register" => ("/register", none()),
        "login" => ("/login", one()),
        "password" => ("/password", none()),
        "unregister" => ("/unregister", none()),
        "rooms" => ("/rooms", part(&typed)),
        "topic" => ("/topic", note()),
        "kick" => ("/kick", addressed(rest).map(|(name, reason)| format!(" {name}{reason}"))),
        "ban" => ("/ban", sentence(rest)),
        "mute" => ("/mute", sentence(rest)),
        "unban" => ("/unban", one()),
        "unmute" => ("/unmute", one()),
        "bans" => ("/bans", none()),
        "slow" => ("/slow", slowed(&typed)),
        "trust" => ("/trust", one()),
        "distrust" => ("/distrust", one()),
        "remove" => ("/remove", one()),
        "lock" => ("/lock", one().and_then(|word| lasting(word.trim()))),
        "announce" => ("/announce", words()),
        "op" => ("/op", one()),
        "deop" => ("/deop", one()),
        "audit" => ("/audit", none().or_else(|| one().and_then(|count| number(count.trim())))),
        "bye" | "quit" | "exit" => ("/bye", note()),
        "help" | "?" => ("/help", none().or_else(one)),
        _ => return None,
    })
}

/// A name, and what follows it, with a space before it if there is anything.
fn addressed(rest: &str) -> Option<(&str, String)> {
    let rest = rest.trim_start();
    let (name, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (name, after) = (name.trim_end_matches([':', ',', '：', '，']), after.trim_start());
    let after = if after.is_empty() { String::new() } else { format!(" {after}") };
    (!name.is_empty()).then_some((name, after))
}

/// Whom to ban or mute, for how long, and why.
fn sentence(rest: &str) -> Option<String> {
    let (whom, after) = addressed(rest)?;
    let is_timed = |text: &str| text.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let timed = match after.trim_start().split_once(char::is_whitespace) {
        Some((word, rest)) if word.eq_ignore_ascii_case("for") && is_timed(rest) => rest,
        _ => &after,
    };
    if after.trim().eq_ignore_ascii_case("for") {
        return None;
    }
    if !is_timed(timed) {
        return Some(format!(" {whom}{after}"));
    }
    let (period, reason) = addressed_word(timed);
    Some(format!(" {whom}{}{reason}", period_of(period)?))
}

/// `off`, or a period of time.
fn lasting(word: &str) -> Option<String> {
    if word.eq_ignore_ascii_case("off") { Some(" off".to_owned()) } else { period_of(word) }
}

/// A period of time in its largest whole unit, with a space before it.
fn period_of(period: &str) -> Option<String> {
    let last = period.char_indices().next_back()?.0;
    let (count, unit) = period.split_at(last);
    let is_count = count.len() <= 4 && count.chars().all(|digit| digit.is_ascii_digit());
    let count: u64 = count.parse().ok().filter(|count| is_count && *count > 0)?;
    let seconds = ["s", "m", "h", "d", "w"].into_iter().zip([1, 60, 3600, 86_400, 604_800]);
    let (_, seconds) = seconds.clone().find(|(name, _)| unit.eq_ignore_ascii_case(name))?;
    let all = count * seconds;
    let units = [(604_800, "w"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let (most, name) = units.into_iter().find(|(unit, _)| all.is_multiple_of(*unit))?;
    Some(format!(" {}{name}", all / most))
}

/// The first word, and the rest with a space before it if there is any.
fn addressed_word(text: &str) -> (&str, String) {
    let text = text.trim_start();
    let (word, after) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let after = after.trim_start();
    (word, if after.is_empty() { String::new() } else { format!(" {after}") })
}

/// A room, and how slow it is to be.
fn slowed(typed: &[&str]) -> Option<String> {
    let [room, pace, rest @ ..] = typed else { return None };
    let guests = match rest {
        [] => "",
        [word] if word.eq_ignore_ascii_case("guests") => " guests",
        _ => return None,
    };
    if pace.eq_ignore_ascii_case("off") {
        return guests.is_empty().then(|| format!(" {room} off"));
    }
    let is_number = pace.chars().all(|digit| digit.is_ascii_digit());
    let seconds: u64 = pace.parse().ok().filter(|_| is_number)?;
    (1..=3600).contains(&seconds).then(|| format!(" {room} {seconds}{guests}"))
}

fn listed(typed: &[&str]) -> Option<String> {
    match typed {
        [all, rest @ ..] if all.eq_ignore_ascii_case("all") => {
            part(rest).map(|part| format!(" all{part}"))
        }
        _ => part(typed),
    }
}

/// The argument that selects a part of a list.
fn part(words: &[&str]) -> Option<String> {
    match words {
        [] => Some(String::new()),
        [word] if word.chars().all(|character| character.is_ascii_digit()) => {
            number(word).map(|page| if page == " 1" { String::new() } else { page })
        }
        [start] => Some(format!(" {start}")),
        _ => None,
    }
}

/// Digits, not all of them zero; a plus sign may precede them.
fn number(word: &str) -> Option<String> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    let is_number = digits.chars().all(|digit| digit.is_ascii_digit());
    match digits.trim_start_matches('0') {
        digits if !is_number || digits.is_empty() => None,
        large if large.len() > 5 => Some(" 65535".to_owned()),
        number => Some(format!(" {}", number.parse::<u32>().unwrap_or(0).min(65_535))),
    }
}

/// What follows `@` or its equivalents: a name and a text.
fn whispered(rest: &str) -> Option<String> {
    // A combining mark on the `@` is not part of the name.
    let rest = rest.trim_start_matches(is_mark);
    let (name, text) = rest.trim_start().split_once(char::is_whitespace)?;
    let name = name.trim_end_matches([':', ',', '：', '，']);
    let text = text.trim_start();
    (!name.is_empty() && !text.is_empty()).then(|| format!(" {name} {text}"))
}

/// Whether clean text cannot start with this character.
fn is_mark(character: char) -> bool {
    Text::clean(character.to_string()).as_str().is_empty()
}

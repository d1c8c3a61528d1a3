//! A second parser of command lines, as naive as can be: no table, only words. The product's parser is
//! compared with it.
//!
//! Not here: cleaning of text; both parsers read what is clean.

use chinwag::chat::Text;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the product's commands")]
pub enum Naive {
    Say(String),
    Username(String),
    Whisper(String, String),
    Act(String),
    Reply(String),
    History(Option<u16>),
    Private,
    Public,
    Invite(String),
    Whois(String),
    Away(String),
    Ignore(Option<String>),
    Unignore(String),
    Notices(bool),
    /// At so many columns, or not at all.
    Wrap(Option<u16>),
    Ascii(bool),
    List(bool, String),
    Join(String),
    Leave,
    Rooms(String),
    Topic(Option<String>),
    Bye(String),
    Help(Option<String>),
    Unknown(String),
    /// Wrong arguments for the command that is usually typed with this word.
    Usage(&'static str),
}

/// Reads a line that is clean.
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
        return parse_whisper(whisper);
    }
    if !line.starts_with(SLASHES) {
        return Naive::Say(line.to_owned());
    }
    parse_command(line, SLASHES)
}

/// What follows a command that lists something, as the machine prints it.
fn parse_part(words: &[&str]) -> Option<String> {
    let is_number = |word: &str| word.chars().all(|character| character.is_ascii_digit());
    match words {
        [] => Some(String::new()),
        [number] if is_number(number) => match number.trim_start_matches('0') {
            "" => None,
            "1" => Some(String::new()),
            large if large.len() > 5 => Some(" 65535".to_owned()),
            page => Some(format!(" {}", page.parse::<u32>().unwrap_or(0).min(65_535))),
        },
        [start] => Some(format!(" {start}")),
        _ => None,
    }
}

fn parse_command(line: &str, slashes: [char; 5]) -> Naive {
    let word: String = line.chars().take_while(|c| !c.is_whitespace()).collect();
    let rest = &line[word.len()..];
    let arguments: Vec<&str> = rest.split_whitespace().collect();
    let name = format!("/{}", word.trim_start_matches(slashes).to_ascii_lowercase());
    match (name.as_str(), &arguments[..]) {
        ("/username" | "/nick", [name]) => Naive::Username((*name).to_owned()),
        ("/username" | "/nick", _) => Naive::Usage("username"),
        ("/w" | "/msg" | "/@", _) => parse_whisper(rest),
        ("/list" | "/who" | "/names", [all, part @ ..]) if all.eq_ignore_ascii_case("all") => {
            parse_part(part).map_or(Naive::Usage("list"), |part| Naive::List(true, part))
        }
        ("/list" | "/who" | "/names", part) => {
            parse_part(part).map_or(Naive::Usage("list"), |part| Naive::List(false, part))
        }
        ("/me", [_, ..]) => Naive::Act(rest.trim_start().to_owned()),
        ("/me", []) => Naive::Usage("me"),
        ("/reply" | "/r", [_, ..]) => Naive::Reply(rest.trim_start().to_owned()),
        ("/reply" | "/r", []) => Naive::Usage("reply"),
        ("/history", []) => Naive::History(None),
        ("/history", [count]) if is_number(count) => {
            Naive::History(Some(count.parse().unwrap_or(u16::MAX)))
        }
        ("/history", _) => Naive::Usage("history"),
        ("/private", []) => Naive::Private,
        ("/private", _) => Naive::Usage("private"),
        ("/public", []) => Naive::Public,
        ("/public", _) => Naive::Usage("public"),
        ("/invite", [name]) => Naive::Invite((*name).to_owned()),
        ("/invite", _) => Naive::Usage("invite"),
        ("/whois", [name]) => Naive::Whois((*name).to_owned()),
        ("/whois", _) => Naive::Usage("whois"),
        ("/away", _) => Naive::Away(rest.trim_start().to_owned()),
        ("/ignore", []) => Naive::Ignore(None),
        ("/ignore", [name]) => Naive::Ignore(Some((*name).to_owned())),
        ("/ignore", _) => Naive::Usage("ignore"),
        ("/unignore", [name]) => Naive::Unignore((*name).to_owned()),
        ("/unignore", _) => Naive::Usage("unignore"),
        ("/notices", [on]) if on.eq_ignore_ascii_case("on") => Naive::Notices(true),
        ("/notices", [off]) if off.eq_ignore_ascii_case("off") => Naive::Notices(false),
        ("/wrap", [off]) if off.eq_ignore_ascii_case("off") => Naive::Wrap(None),
        ("/wrap", [columns]) if (20..=500).contains(&columns.parse().unwrap_or(0_u64)) => {
            Naive::Wrap(columns.parse().ok())
        }
        ("/wrap", _) => Naive::Usage("wrap"),
        ("/ascii", [on]) if on.eq_ignore_ascii_case("on") => Naive::Ascii(true),
        ("/ascii", [off]) if off.eq_ignore_ascii_case("off") => Naive::Ascii(false),
        ("/ascii", _) => Naive::Usage("ascii"),
        ("/notices", _) => Naive::Usage("notices"),
        ("/join", [room]) => Naive::Join((*room).to_owned()),
        ("/join", _) => Naive::Usage("join"),
        ("/leave", []) => Naive::Leave,
        ("/leave", _) => Naive::Usage("leave"),
        ("/rooms", part) => parse_part(part).map_or(Naive::Usage("rooms"), Naive::Rooms),
        ("/topic", []) => Naive::Topic(None),
        ("/topic", _) => Naive::Topic(Some(rest.trim_start().to_owned())),
        ("/bye" | "/quit" | "/exit", _) => Naive::Bye(rest.trim_start().to_owned()),
        ("/help" | "/?", []) => Naive::Help(None),
        ("/help" | "/?", [about]) => Naive::Help(Some((*about).to_owned())),
        ("/help" | "/?", _) => Naive::Usage("help"),
        _ => Naive::Unknown(word),
    }
}

/// What follows the `@`, or the word.
fn parse_whisper(rest: &str) -> Naive {
    // A mark on the `@` itself is no part of the name.
    let rest = rest.trim_start_matches(is_mark);
    let mut words = rest.trim_start().splitn(2, char::is_whitespace);
    match (words.next(), words.next().map(str::trim_start)) {
        (Some(name), Some(text)) if !text.is_empty() => {
            let mut name = name.to_owned();
            while name.ends_with([':', ',', '：', '，']) {
                name.pop();
            }
            match name.as_str() {
                "" => Naive::Usage("@"),
                _ => Naive::Whisper(name, text.to_owned()),
            }
        }
        _ => Naive::Usage("@"),
    }
}

/// Whether a word is digits, and not all of them 0; a plus may stand before them.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('+').unwrap_or(word);
    digits.chars().all(|digit| digit.is_ascii_digit()) && digits.contains(|digit| digit != '0')
}

/// Whether a character cannot stand at the beginning of clean text.
fn is_mark(character: char) -> bool {
    Text::clean(character.to_string()).as_str().is_empty()
}

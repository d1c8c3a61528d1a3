//! What a line asks for. One table names every command; the parser and `/help` both read it, so
//! they cannot disagree.
//!
//! Not here: what a command does (`state`), and how help is laid out (`wire::render`).

use core::fmt;

use super::Text;

/// A command, without its arguments: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `/username NAME`
    Username,
    /// `@NAME TEXT`
    Whisper,
    /// `/list`
    List,
    /// `/bye`
    Bye,
    /// `/help [COMMAND]`
    Help,
}

struct Row {
    verb: Verb,
    /// What a user may type after the `/`, the usual word first.
    words: &'static [&'static str],
    usage: &'static str,
    summary: &'static str,
    details: &'static str,
}

const TABLE: [Row; 5] = [
    Row {
        verb: Verb::Username,
        words: &["username", "nick"],
        usage: "/username NAME",
        summary: "change username to NAME",
        details: "Everyone is told. A name is letters, digits, _ - . and must not look like \
                  another's.",
    },
    Row {
        verb: Verb::Whisper,
        words: &["@", "w", "msg"],
        usage: "@NAME TEXT",
        summary: "whisper TEXT to NAME",
        details: "Nobody else sees it. To say something that begins with @, type @@.",
    },
    Row {
        verb: Verb::List,
        words: &["list", "who", "names"],
        usage: "/list",
        summary: "show the users",
        details: "Everyone who is connected, and how many they are.",
    },
    Row {
        verb: Verb::Bye,
        words: &["bye", "quit", "exit"],
        usage: "/bye",
        summary: "quit",
        details: "Your name is free at once.",
    },
    Row {
        verb: Verb::Help,
        words: &["help", "?"],
        usage: "/help [COMMAND]",
        summary: "show this, or explain one command",
        details: "To say something that begins with /, type // or a space before it.",
    },
];

// The rows stand in the order of the enum, and each has a word.
const _: () = {
    let mut index = 0;
    while index < TABLE.len() {
        assert!(TABLE[index].verb as usize == index && !TABLE[index].words.is_empty());
        index += 1;
    }
};

impl Verb {
    /// Every command, in the order in which help shows them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.verb)
    }

    /// Every word of every command, without the `/`.
    pub fn words() -> impl Iterator<Item = &'static str> {
        TABLE.iter().flat_map(|row| row.words.iter().copied())
    }

    /// The command that a word names, in any case, with or without its `/`.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        let word = word.strip_prefix('/').unwrap_or(word);
        let named = |row: &&Row| row.words.iter().any(|known| known.eq_ignore_ascii_case(word));
        TABLE.iter().find(named).map(|row| row.verb)
    }

    /// How it is typed, with its arguments in capitals.
    #[must_use]
    pub fn usage(self) -> &'static str {
        self.row().usage
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        self.row().summary
    }

    /// What else there is to know of it, in sentences.
    #[must_use]
    pub fn details(self) -> &'static str {
        self.row().details
    }

    /// Other words for it, without the `/`.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        &self.row().words[1..]
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

/// What a line asks for. Printing and parsing are inverse.
///
/// ```
/// use chinwag::chat::{Command, Text};
///
/// let command = Command::parse(&Text::clean("@bob hello")).unwrap();
/// assert_eq!(command, Command::Whisper { to: Text::clean("bob"), text: Text::clean("hello") });
/// assert_eq!(command.to_string(), "/w bob hello");
/// assert_eq!(Command::parse(&Text::clean("/w bob hello")), Ok(command));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say something to everyone.
    Say(Text),
    /// Take another username.
    Username {
        /// What was asked for, as typed.
        wanted: Text,
    },
    /// Say something to one user.
    Whisper {
        /// To whom, as typed.
        to: Text,
        /// What.
        text: Text,
    },
    /// Show who is there.
    List,
    /// Leave.
    Bye,
    /// Show how to use the chat, or one command.
    Help {
        /// Which command, as typed.
        about: Option<Text>,
    },
}

/// Why a line is no command, although it begins like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// No command has this word, which is here with its `/`.
    Unknown(Text),
    /// An argument is missing, or one too many.
    Usage(Verb),
}

impl Command {
    /// Reads a line. It is a command if and only if it begins with `/` or `@`, and then not with
    /// two of them; everything else is said. As the text is clean, nothing invisible can stand before
    /// the `@` and make a whisper public.
    ///
    /// # Errors
    ///
    /// If it begins like a command and is none.
    pub fn parse(line: &Text) -> Result<Self, CommandError> {
        let line_text = line.as_str();
        let (verb, arguments) = match line_text.as_bytes() {
            [b'/', b'/', ..] | [b'@', b'@', ..] => {
                return Ok(Self::Say(Text::clean(&line_text[1..])));
            }
            [b'@', ..] => (Verb::Whisper, &line_text[1..]),
            [b'/', ..] => {
                let (word, arguments) = split_word(line_text);
                let unknown = || CommandError::Unknown(Text::clean(word));
                (Verb::find(word).ok_or_else(unknown)?, arguments)
            }
            _ => return Ok(Self::Say(line.clone())),
        };
        Self::with_arguments(verb, arguments).ok_or(CommandError::Usage(verb))
    }

    fn with_arguments(verb: Verb, arguments: &str) -> Option<Self> {
        // A mark on the `@` is none on the name.
        let arguments = Text::clean(arguments);
        let (first, rest) = split_word(arguments.as_str().trim_start());
        let (first, rest) = (Text::clean(first), Text::clean(rest.trim_start()));
        match (verb, !first.is_blank(), !rest.is_blank()) {
            (Verb::Username, true, false) => Some(Self::Username { wanted: first }),
            (Verb::Whisper, true, true) => Some(Self::Whisper { to: first, text: rest }),
            (Verb::List, false, false) => Some(Self::List),
            (Verb::Bye, false, false) => Some(Self::Bye),
            (Verb::Help, false, false) => Some(Self::Help { about: None }),
            (Verb::Help, true, false) => Some(Self::Help { about: Some(first) }),
            _ => None,
        }
    }
}

/// Prints a line that [`Command::parse`] reads as the same command.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Say(text) => match text.as_str().as_bytes().first() {
                Some(first @ (b'/' | b'@')) => write!(f, "{}{text}", char::from(*first)),
                _ => text.fmt(f),
            },
            Self::Username { wanted } => write!(f, "/username {wanted}"),
            Self::Whisper { to, text } => write!(f, "/w {to} {text}"),
            Self::List => f.write_str("/list"),
            Self::Bye => f.write_str("/bye"),
            Self::Help { about: None } => f.write_str("/help"),
            Self::Help { about: Some(about) } => write!(f, "/help {about}"),
        }
    }
}

/// The first word, and what follows it with its white space.
fn split_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, CommandError> {
        Command::parse(&Text::clean(line))
    }

    fn text(raw: &str) -> Text {
        Text::clean(raw)
    }

    #[track_caller]
    fn says(line: &str, expected: &str) {
        assert_eq!(parse(line), Ok(Command::Say(text(expected))), "{line:?}");
    }

    #[test]
    fn only_the_first_byte_makes_a_command() {
        says("hello", "hello");
        says(" /bye", " /bye");
        says(" @ann hello", " @ann hello");
        says("me/you", "me/you");
        says("//bye", "/bye");
        says("@@ann hello", "@ann hello");
        says("//", "/");
        says("", "");
    }

    #[test]
    fn every_word_names_its_command_in_any_case() {
        for (line, expected) in [
            ("/username ann", Command::Username { wanted: text("ann") }),
            ("/NICK ann", Command::Username { wanted: text("ann") }),
            ("/list", Command::List),
            ("/Who", Command::List),
            ("/names", Command::List),
            ("/bye", Command::Bye),
            ("/quit", Command::Bye),
            ("/exit", Command::Bye),
            ("/help", Command::Help { about: None }),
            ("/?", Command::Help { about: None }),
            ("/help  /nick ", Command::Help { about: Some(text("/nick")) }),
        ] {
            assert_eq!(parse(line), Ok(expected), "{line:?}");
        }
    }

    #[test]
    fn a_whisper_has_three_forms() {
        let expected = Ok(Command::Whisper { to: text("bob"), text: text("hi  there ") });
        for line in
            ["@bob hi  there ", "@bob   hi  there ", "/w bob hi  there ", "/MSG bob hi  there "]
        {
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
            ("/w", Verb::Whisper),
            ("/list all of them", Verb::List),
            ("/bye now", Verb::Bye),
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
}

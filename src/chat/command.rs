//! What a line asks for: a command of the table with its arguments, or something to say.
//!
//! Not here: the table (`verb`), and what a command does (`state`).

use core::fmt;

use super::{Text, Verb};

/// What a line asks for. Printing and parsing are inverse.
///
/// ```
/// use chinwag::chat::{Command, Text};
///
/// let command = Command::parse(Text::clean("@bob hello"))?;
/// assert_eq!(command, Command::Whisper { to: Text::clean("bob"), text: Text::clean("hello") });
/// assert_eq!(command.to_string(), "/w bob hello");
/// assert_eq!(Command::parse(Text::clean("/w bob hello")), Ok(command));
/// # Ok::<(), chinwag::chat::CommandError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say something to everyone.
    Say(Text),
    /// Show what one does.
    Act {
        /// What.
        action: Text,
    },
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
    /// Answer the last whisper.
    Reply {
        /// What.
        text: Text,
    },
    /// Show who is there.
    List {
        /// In all rooms, as opposed to the one that the user is in.
        all: bool,
    },
    /// Go to a room.
    Join {
        /// Which, as typed.
        room: Text,
    },
    /// Go back to the lobby.
    Leave,
    /// Show the rooms.
    Rooms,
    /// Show the topic, or set it.
    Topic {
        /// What it is to be.
        text: Option<Text>,
    },
    /// Show what was said in the room before.
    History {
        /// How many lines at most; as many as are shown at once if not said.
        count: Option<u16>,
    },
    /// Let only those into the room who are invited.
    Private,
    /// Let anyone into the room.
    Public,
    /// Let someone into the room.
    Invite {
        /// Whom, as typed.
        name: Text,
    },
    /// Show what there is to know of someone.
    Whois {
        /// Of whom, as typed.
        name: Text,
    },
    /// Be away.
    Away {
        /// What others are to be told; may be blank.
        text: Text,
    },
    /// Ignore someone, or show who is ignored.
    Ignore {
        /// Whom, as typed.
        name: Option<Text>,
    },
    /// Ignore someone no more.
    Unignore {
        /// Whom, as typed.
        name: Text,
    },
    /// Be told who comes and goes, or not.
    Notices {
        /// Be told.
        on: bool,
    },
    /// Leave the chat.
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
    pub fn parse(line: Text) -> Result<Self, CommandError> {
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
            _ => return Ok(Self::Say(line)),
        };
        Self::with_arguments(verb, arguments).ok_or(CommandError::Usage(verb))
    }

    fn with_arguments(verb: Verb, arguments: &str) -> Option<Self> {
        // A mark on the `@` is none on the name.
        let arguments = Text::clean(arguments);
        let whole = Text::clean(arguments.as_str().trim_start());
        let (first, rest) = split_word(whole.as_str());
        let (first, rest) = (Text::clean(first), Text::clean(rest.trim_start()));
        match (verb, !first.is_blank(), !rest.is_blank()) {
            (Verb::Username, true, false) => Some(Self::Username { wanted: first }),
            (Verb::Whisper, true, true) => Some(Self::Whisper { to: first, text: rest }),
            (Verb::Act, true, _) => Some(Self::Act { action: whole }),
            (Verb::Reply, true, _) => Some(Self::Reply { text: whole }),
            (Verb::List, false, false) => Some(Self::List { all: false }),
            (Verb::List, true, false) if first.as_str().eq_ignore_ascii_case("all") => {
                Some(Self::List { all: true })
            }
            (Verb::Join, true, false) => Some(Self::Join { room: first }),
            (Verb::Leave, false, false) => Some(Self::Leave),
            (Verb::Rooms, false, false) => Some(Self::Rooms),
            (Verb::Topic, false, false) => Some(Self::Topic { text: None }),
            (Verb::Topic, true, _) => Some(Self::Topic { text: Some(whole) }),
            (Verb::History, false, false) => Some(Self::History { count: None }),
            (Verb::History, true, false) => {
                let count = first.as_str().parse().ok().filter(|count| *count > 0)?;
                Some(Self::History { count: Some(count) })
            }
            (Verb::Private, false, false) => Some(Self::Private),
            (Verb::Public, false, false) => Some(Self::Public),
            (Verb::Invite, true, false) => Some(Self::Invite { name: first }),
            (Verb::Whois, true, false) => Some(Self::Whois { name: first }),
            (Verb::Away, _, _) => Some(Self::Away { text: whole }),
            (Verb::Ignore, false, false) => Some(Self::Ignore { name: None }),
            (Verb::Ignore, true, false) => Some(Self::Ignore { name: Some(first) }),
            (Verb::Unignore, true, false) => Some(Self::Unignore { name: first }),
            (Verb::Notices, true, false) => {
                let is = |word: &str| first.as_str().eq_ignore_ascii_case(word);
                (is("on") || is("off")).then(|| Self::Notices { on: is("on") })
            }
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
            Self::Act { action } => write!(f, "/me {action}"),
            Self::Reply { text } => write!(f, "/reply {text}"),
            Self::List { all: false } => f.write_str("/list"),
            Self::List { all: true } => f.write_str("/list all"),
            Self::Join { room } => write!(f, "/join {room}"),
            Self::Leave => f.write_str("/leave"),
            Self::Rooms => f.write_str("/rooms"),
            Self::Topic { text: None } => f.write_str("/topic"),
            Self::Topic { text: Some(text) } => write!(f, "/topic {text}"),
            Self::History { count: None } => f.write_str("/history"),
            Self::History { count: Some(count) } => write!(f, "/history {count}"),
            Self::Private => f.write_str("/private"),
            Self::Public => f.write_str("/public"),
            Self::Invite { name } => write!(f, "/invite {name}"),
            Self::Whois { name } => write!(f, "/whois {name}"),
            Self::Away { text } if text.is_blank() => f.write_str("/away"),
            Self::Away { text } => write!(f, "/away {text}"),
            Self::Ignore { name: None } => f.write_str("/ignore"),
            Self::Ignore { name: Some(name) } => write!(f, "/ignore {name}"),
            Self::Unignore { name } => write!(f, "/unignore {name}"),
            Self::Notices { on } => write!(f, "/notices {}", if *on { "on" } else { "off" }),
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
            ("/list", Command::List { all: false }),
            ("/Who", Command::List { all: false }),
            ("/names ALL", Command::List { all: true }),
            ("/join cafe", Command::Join { room: text("cafe") }),
            ("/leave", Command::Leave),
            ("/rooms", Command::Rooms),
            ("/topic", Command::Topic { text: None }),
            ("/topic tea and  cake ", Command::Topic { text: Some(text("tea and  cake ")) }),
            ("/me waves  twice", Command::Act { action: text("waves  twice") }),
            ("/r yes, I do", Command::Reply { text: text("yes, I do") }),
            ("/history", Command::History { count: None }),
            ("/history 050", Command::History { count: Some(50) }),
            ("/private", Command::Private),
            ("/public", Command::Public),
            ("/invite bob", Command::Invite { name: text("bob") }),
            ("/whois bob", Command::Whois { name: text("bob") }),
            ("/away", Command::Away { text: text("") }),
            ("/away at lunch", Command::Away { text: text("at lunch") }),
            ("/ignore", Command::Ignore { name: None }),
            ("/ignore bob", Command::Ignore { name: Some(text("bob")) }),
            ("/unignore bob", Command::Unignore { name: text("bob") }),
            ("/notices ON", Command::Notices { on: true }),
            ("/notices off", Command::Notices { on: false }),
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
            "/list all",
            "/join cafe",
            "/leave",
            "/rooms",
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
            "/bye",
            "/help",
            "/help nick",
        ] {
            assert_eq!(parse(line).unwrap().to_string(), line);
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
            ("/list cafe", Verb::List),
            ("/me ", Verb::Act),
            ("/reply", Verb::Reply),
            ("/history 0", Verb::History),
            ("/history -1", Verb::History),
            ("/history all", Verb::History),
            ("/history 65536", Verb::History),
            ("/private room", Verb::Private),
            ("/public room", Verb::Public),
            ("/invite", Verb::Invite),
            ("/whois", Verb::Whois),
            ("/ignore a b", Verb::Ignore),
            ("/unignore", Verb::Unignore),
            ("/notices", Verb::Notices),
            ("/notices maybe", Verb::Notices),
            ("/join", Verb::Join),
            ("/join a b", Verb::Join),
            ("/leave now", Verb::Leave),
            ("/rooms all", Verb::Rooms),
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

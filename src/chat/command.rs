//! What a line asks for: a command of the table with its arguments, or something to say.
//!
//! Not here: the table (`verb`), and what a command does (`state`).

use alloc::sync::Arc;
use core::fmt;
use core::num::IntErrorKind;

use super::{Limits, Text, Verb};

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
        /// Which of them; if in all rooms, of which rooms.
        part: Part,
    },
    /// Go to a room.
    Join {
        /// Which, as typed.
        room: Text,
    },
    /// Go back to the lobby.
    Leave,
    /// Show the rooms.
    Rooms {
        /// Which.
        part: Part,
    },
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
    /// Break lines at some width, or not at all.
    Wrap {
        /// At how many columns, within [`Limits::COLUMNS`].
        columns: Option<u16>,
    },
    /// Be shown ASCII only, or everything.
    Ascii {
        /// ASCII only.
        on: bool,
    },
    /// Leave the chat.
    Bye {
        /// What others are to be told; may be blank.
        words: Text,
    },
    /// Show how to use the chat, or one command.
    Help {
        /// Which command, as typed.
        about: Option<Text>,
    },
}

/// Which part of a list to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A page, counted from 1.
    Page(u16),
    /// Those whose names begin in this way, as typed, as names are compared.
    Start(Text),
}

impl Part {
    /// The part that a word asks for: the first page if it is blank. What consists of digits is the number of a
    /// page, and no beginning of a name.
    fn read(word: Text) -> Option<Self> {
        if word.is_blank() {
            return Some(Self::Page(1));
        }
        let is_number = word.as_str().bytes().all(|byte| byte.is_ascii_digit());
        if is_number { number(&word).map(Self::Page) } else { Some(Self::Start(word)) }
    }
}

/// As it is typed after the command.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(1) => Ok(()),
            Self::Page(number) => write!(f, " {number}"),
            Self::Start(start) => write!(f, " {start}"),
        }
    }
}

/// Why a line is no command, although it begins like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// No command has this word, which is here with its `/`.
    Unknown(Text),
    /// An argument is missing, or one too many.
    Usage(Verb),
    /// Keys that show nothing stand at the beginning, and may have taken a `/` or an `@` with them.
    Hidden,
}

impl Command {
    /// Reads a line. It is a command if and only if it begins with `/` or `@`, or with a character that looks
    /// like one of them, and then not with two; everything else is said. As the text is clean, nothing
    /// invisible can stand before the `@` and make a whisper public.
    ///
    /// # Errors
    ///
    /// If it begins like a command and is none.
    pub fn parse(line: Text) -> Result<Self, CommandError> {
        let line_text = line.as_str();
        let (verb, arguments) = match split_sign(line_text) {
            None => return Ok(Self::Say(line)),
            Some((sign, rest)) if split_sign(rest).is_some_and(|(other, _)| other == sign) => {
                return Ok(Self::Say(Text::clean(rest)));
            }
            Some((Sign::Whisper, rest)) => (Verb::Whisper, rest),
            Some((Sign::Command, rest)) => {
                let (word, arguments) = split_word(rest);
                let typed = &line_text[..line_text.len() - arguments.len()];
                let unknown = || CommandError::Unknown(Text::clean(typed));
                (Verb::find(word).ok_or_else(unknown)?, arguments)
            }
        };
        Self::with_arguments(verb, arguments).ok_or(CommandError::Usage(verb))
    }

    /// Reads a line as it was typed.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); or if its writer may see a command where there is none.
    pub fn read(line: Arc<str>) -> Result<Self, CommandError> {
        Self::parse(Text::typed(line).ok_or(CommandError::Hidden)?)
    }

    fn with_arguments(verb: Verb, arguments: &str) -> Option<Self> {
        // A mark on the `@` is none on the name.
        let arguments = Text::clean(arguments);
        let whole = Text::clean(arguments.as_str().trim_start());
        let (first, rest) = split_word(whole.as_str());
        let (first, rest) = (Text::clean(first), Text::clean(rest.trim_start()));
        match (verb, !first.is_blank(), !rest.is_blank()) {
            (Verb::Username, true, false) => Some(Self::Username { wanted: first }),
            (Verb::Whisper, true, true) => {
                let to = Text::clean(first.as_str().trim_end_matches(ADDRESSING));
                (!to.is_blank()).then_some(Self::Whisper { to, text: rest })
            }
            (Verb::Act, true, _) => Some(Self::Act { action: whole }),
            (Verb::Reply, true, _) => Some(Self::Reply { text: whole }),
            (Verb::List, _, _) if first.as_str().eq_ignore_ascii_case("all") => {
                let (part, more) = split_word(rest.as_str());
                let part = Part::read(Text::clean(part)).filter(|_| more.trim().is_empty())?;
                Some(Self::List { all: true, part })
            }
            (Verb::List, _, false) => Some(Self::List { all: false, part: Part::read(first)? }),
            (Verb::Join, true, false) => Some(Self::Join { room: first }),
            (Verb::Leave, false, false) => Some(Self::Leave),
            (Verb::Rooms, _, false) => Some(Self::Rooms { part: Part::read(first)? }),
            (Verb::Topic, false, false) => Some(Self::Topic { text: None }),
            (Verb::Topic, true, _) => Some(Self::Topic { text: Some(whole) }),
            (Verb::History, false, false) => Some(Self::History { count: None }),
            (Verb::History, true, false) => Some(Self::History { count: Some(number(&first)?) }),
            (Verb::Private, false, false) => Some(Self::Private),
            (Verb::Public, false, false) => Some(Self::Public),
            (Verb::Invite, true, false) => Some(Self::Invite { name: first }),
            (Verb::Whois, true, false) => Some(Self::Whois { name: first }),
            (Verb::Away, _, _) => Some(Self::Away { text: whole }),
            (Verb::Ignore, false, false) => Some(Self::Ignore { name: None }),
            (Verb::Ignore, true, false) => Some(Self::Ignore { name: Some(first) }),
            (Verb::Unignore, true, false) => Some(Self::Unignore { name: first }),
            (Verb::Notices, true, false) => on_or_off(&first).map(|on| Self::Notices { on }),
            (Verb::Wrap, true, false) => match on_or_off(&first) {
                Some(false) => Some(Self::Wrap { columns: None }),
                _ => {
                    let columns = first.as_str().parse().ok();
                    let columns = columns.filter(|columns| Limits::COLUMNS.contains(columns))?;
                    Some(Self::Wrap { columns: Some(columns) })
                }
            },
            (Verb::Ascii, true, false) => on_or_off(&first).map(|on| Self::Ascii { on }),
            (Verb::Bye, _, _) => Some(Self::Bye { words: whole }),
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
            Self::Say(text) => {
                if let Some((_, rest)) = split_sign(text.as_str()) {
                    f.write_str(&text.as_str()[..text.as_str().len() - rest.len()])?;
                }
                text.fmt(f)
            }
            Self::Username { wanted } => write!(f, "/username {wanted}"),
            Self::Whisper { to, text } => write!(f, "/w {to} {text}"),
            Self::Act { action } => write!(f, "/me {action}"),
            Self::Reply { text } => write!(f, "/reply {text}"),
            Self::List { all: false, part } => write!(f, "/list{part}"),
            Self::List { all: true, part } => write!(f, "/list all{part}"),
            Self::Join { room } => write!(f, "/join {room}"),
            Self::Leave => f.write_str("/leave"),
            Self::Rooms { part } => write!(f, "/rooms{part}"),
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
            Self::Wrap { columns: None } => f.write_str("/wrap off"),
            Self::Wrap { columns: Some(columns) } => write!(f, "/wrap {columns}"),
            Self::Ascii { on } => write!(f, "/ascii {}", if *on { "on" } else { "off" }),
            Self::Bye { words } if words.is_blank() => f.write_str("/bye"),
            Self::Bye { words } => write!(f, "/bye {words}"),
            Self::Help { about: None } => f.write_str("/help"),
            Self::Help { about: Some(about) } => write!(f, "/help {about}"),
        }
    }
}

/// What people put after the name of whom they talk to. No name has one of them in it.
const ADDRESSING: [char; 4] = [':', ',', '：', '，'];

/// What makes a line a command.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sign {
    Command,
    Whisper,
}

/// The sign that a text begins with, or one that looks like it, and what follows.
pub(super) fn split_sign(text: &str) -> Option<(Sign, &str)> {
    let mut characters = text.chars();
    let sign = match characters.next()? {
        '/' | '／' | '\u{2044}' | '\u{2215}' | '\u{29F8}' => Sign::Command,
        '@' | '＠' | '\u{FE6B}' => Sign::Whisper,
        _ => return None,
    };
    Some((sign, characters.as_str()))
}

/// The first word, and what follows it with its white space.
fn split_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// A number from 1; the largest, if it is larger: nothing has so many lines or pages.
fn number(word: &Text) -> Option<u16> {
    match word.as_str().parse::<u16>() {
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(u16::MAX),
        number => number.ok().filter(|number| *number > 0),
    }
}

fn on_or_off(word: &Text) -> Option<bool> {
    let is = |known: &str| word.as_str().eq_ignore_ascii_case(known);
    (is("on") || is("off")).then(|| is("on"))
}

#[cfg(test)]
mod tests;

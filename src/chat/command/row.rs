//! What a row of the table of commands has, and what is generated from all rows.
//!
//! Not here: the rows (`table`).

use super::Verb;

/// Who receives a message because of a command, apart from its sender. Notices of arrivals and
/// departures do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Tells {
    /// Nobody.
    Nobody,
    /// The room of the sender.
    Room,
    /// One user.
    User,
}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Talking, and the terminal.
    Basics,
    /// Other users, and one's own account.
    People,
    /// Rooms.
    Rooms,
    /// Keeping order: for operators only.
    Order,
}

/// A row of the table: a command without its arguments.
pub(super) struct Row {
    pub(super) verb: Verb,
    pub(super) group: Group,
    pub(super) tells: Tells,
    /// The words that a user may type after the `/`, the usual one first.
    pub(super) words: &'static [&'static str],
    /// The words for it in other chats. They are not accepted, but the reply names the right word.
    pub(super) elsewhere: &'static [&'static str],
    pub(super) usage: &'static str,
    /// Blank if the command shares the line of the command before it in the list of all commands.
    pub(super) summary: &'static str,
    pub(super) details: &'static str,
}

/// Generates from the rows: [`Verb`], the table, [`Command`], and the parsing and printing of
/// arguments.
macro_rules! commands {
    ($(
        #[doc = $doc:literal]
        $name:ident($argument:ty) {
            group: $group:ident, tells: $tells:ident, words: $words:expr,
            $(elsewhere: [$($elsewhere:literal),* $(,)?],)?
            usage: $usage:literal,
            $(summary: $summary:literal,)?
            details: $details:literal,
        }
    )*) => {
        /// A command, without its arguments.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Verb {
            $(#[doc = concat!("`", $usage, "`")] $name,)*
        }

        /// Every command, in the order of [`Verb`], which is also the order of `/help`.
        pub(super) const TABLE: &[Row] = &[$(Row {
            verb: Verb::$name,
            group: Group::$group,
            tells: Tells::$tells,
            words: &$words,
            elsewhere: &[$($($elsewhere),*)?],
            usage: $usage,
            summary: concat!("" $(, $summary)?),
            details: $details,
        },)*];

        /// What a line asks for. Printing and parsing are inverse.
        ///
        /// ```
        /// use chinwag::chat::{Addressed, Command, Text};
        ///
        /// let command = Command::parse(Text::clean("@bob hello"))?;
        /// let whisper = Addressed { to: Text::clean("bob"), text: Text::clean("hello") };
        /// assert_eq!(command, Command::Whisper(whisper));
        /// assert_eq!(command.to_string(), "/w bob hello");
        /// assert_eq!(Command::parse(Text::clean("/w bob hello")), Ok(command));
        /// # Ok::<(), chinwag::chat::CommandError>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            /// Say something to the room.
            Say(Text),
            $(#[doc = $doc] $name($argument),)*
        }

        impl Command {
            /// The command without its arguments; `None` for [`Command::Say`].
            #[must_use]
            pub fn verb(&self) -> Option<Verb> {
                match self {
                    Self::Say(_) => None,
                    $(Self::$name(_) => Some(Verb::$name),)*
                }
            }

            /// Parses what was typed after the word of a command, without leading white space.
            pub(super) fn with_arguments(verb: Verb, arguments: &Text) -> Option<Self> {
                match verb {
                    $(Verb::$name => <$argument>::read(arguments).map(Self::$name),)*
                }
            }

            /// Prints the arguments, each with a space before it.
            pub(super) fn print_arguments(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Say(_) => Ok(()),
                    $(Self::$name(argument) => argument.print(f),)*
                }
            }
        }
    };
}

pub(super) use commands;

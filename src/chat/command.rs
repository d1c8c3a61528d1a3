//! Parsing of lines: a command of the table with its arguments, or speech.
//!
//! Not here: what a command does (`state`).

use alloc::format;
use alloc::sync::Arc;
use core::fmt;

use zeroize::Zeroize;

use super::audience::is_plainly_speech;
use super::{Limits, Text};

mod arguments;
mod orders;
mod row;
mod table;
mod verb;

pub use arguments::{
    Addressed, Columns, Listing, Note, Nothing, Number, Part, Switch, Word, Words,
};
pub use orders::{Duration, Period, Reasoned, Sentence, Slow, Slowing};
pub use row::Group;
pub(super) use row::Tells;
pub use table::{Command, Verb};

/// Why a line that begins like a command is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// No command has this word, which includes its `/`.
    Unknown(Text),
    /// An argument is missing, invalid, or one too many.
    Usage(Verb),
    /// Keys that show nothing stand at the beginning of the line. They may have taken a `/` or an
    /// `@` with them.
    Hidden,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(word) => write!(f, "there is no command {word}"),
            Self::Usage(verb) => write!(f, "the usage is {}", verb.usage()),
            Self::Hidden => f.write_str("keys that show nothing stand before it"),
        }
    }
}

impl core::error::Error for CommandError {}

impl Command {
    /// Parses a line. It is a command if and only if it begins with `/` or `@`, or with a character
    /// that looks like one of them, and no second one of the same kind follows. Everything else is
    /// speech. The text is clean, so nothing invisible can stand before the `@` and make a whisper
    /// public.
    ///
    /// # Errors
    ///
    /// If it begins like a command but is not one: see [`CommandError`].
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
        // A mark after the `@` belongs to the `@`, not to the name.
        let arguments = Text::clean(arguments);
        let arguments = Text::clean(arguments.as_str().trim_start());
        Self::with_arguments(verb, &arguments).ok_or(CommandError::Usage(verb))
    }

    /// Cleans and parses a line as typed.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse), and [`CommandError::Hidden`] if the writer may see a command
    /// where there is none.
    pub fn read(line: Arc<str>) -> Result<Self, CommandError> {
        Self::parse(Text::typed(line).ok_or(CommandError::Hidden)?)
    }

    /// Whether the machine may answer a line with a question for a password. Until the line has been
    /// handled, the caller does not know whether the next one of its client is the password.
    #[must_use]
    pub fn may_ask(line: &Arc<str>) -> bool {
        about_password(line).is_some_and(|(verb, arguments)| {
            verb.is_some_and(|verb| Self::with_arguments(verb, &arguments).is_some())
        })
    }

    /// The line without what may be a password, which people append to a command that asks for one.
    /// What is left is refused, because nothing belongs there. Pass this to the machine, as lines may
    /// be stored.
    ///
    /// ```
    /// use chinwag::chat::Command;
    ///
    /// let without = |line: &str| Command::without_password(line.into());
    /// assert_eq!(&*without("/login ann open-sesame"), "/login ann ***");
    /// assert_eq!(&*without("/pasword open sesame"), "/pasword ***");
    /// assert_eq!(&*without("/login ann"), "/login ann");
    /// assert_eq!(&*without("/topic open sesame"), "/topic open sesame");
    /// ```
    #[must_use]
    pub fn without_password(line: Arc<str>) -> Arc<str> {
        let Some((verb, arguments)) = about_password(&line) else { return line };
        let (name, rest) = match verb {
            Some(Verb::Login) => split_word(arguments.as_str()),
            _ => ("", arguments.as_str()),
        };
        if rest.trim().is_empty() {
            return line;
        }
        let word = split_word(line.trim_start()).0;
        let separator = if name.is_empty() { "" } else { " " };
        let kept = format!("{word}{separator}{name} ***").into();
        arguments.wipe();
        let mut line = line;
        Arc::get_mut(&mut line).into_iter().for_each(Zeroize::zeroize);
        kept
    }
}

/// The command of a line and its arguments, if it is one that asks for a password, or seems to be
/// meant as one; then it has no verb.
fn about_password(line: &Arc<str>) -> Option<(Option<Verb>, Text)> {
    if is_plainly_speech(line) {
        return None;
    }
    let text = Text::typed(Arc::clone(line))?;
    let (sign, rest) = split_sign(text.as_str())?;
    if sign != Sign::Command || split_sign(rest).is_some_and(|(other, _)| other == sign) {
        return None;
    }
    let (word, arguments) = split_word(rest);
    let verb = Verb::find(word);
    let meant = verb.or_else(|| Verb::meant_by(word)).filter(|verb| verb.asks());
    let found = meant.map(|_| (verb, Text::clean(arguments.trim_start())));
    text.wipe();
    found
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
            command => {
                f.write_str("/")?;
                f.write_str(command.verb().map_or("", Verb::word))?;
                command.print_arguments(f)
            }
        }
    }
}

/// The sign that makes a line a command.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sign {
    Command,
    Whisper,
}

/// Splits a text after its sign, if it begins with one or with a character that looks like one.
pub(super) fn split_sign(text: &str) -> Option<(Sign, &str)> {
    let mut characters = text.chars();
    let sign = match characters.next()? {
        '/' | '／' | '\u{2044}' | '\u{2215}' | '\u{29F8}' => Sign::Command,
        '@' | '＠' | '\u{FE6B}' => Sign::Whisper,
        _ => return None,
    };
    Some((sign, characters.as_str()))
}

/// Splits a text after its first word. The rest keeps its leading white space.
fn split_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests;

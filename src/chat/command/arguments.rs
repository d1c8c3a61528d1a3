//! The forms of arguments. A form is parsed and printed in the same way for every command.
//!
//! Not here: which command takes which arguments (`table`).

use core::fmt;
use core::num::IntErrorKind;

use super::{Limits, Text};

/// All arguments of a command. Printing and parsing are inverse.
pub(super) trait Argument: Sized {
    /// Parses what was typed after the command's word, without leading white space.
    fn read(typed: &Text) -> Option<Self>;

    /// Prints the arguments, with a space before each word.
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// No argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nothing;

/// One word as typed, usually a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(pub Text);

/// One or more words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(pub Text);

/// Any number of words; may be blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note(pub Text);

/// A text and its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// The name of the recipient, as typed.
    pub to: Text,
    /// The text.
    pub text: Text,
}

/// The part of a list to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A page, counted from 1.
    Page(u16),
    /// The entries whose names begin with this, as typed. It is compared as names are.
    Start(Text),
}

/// The users to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Whether to list all rooms, as opposed to the room of the user.
    pub all: bool,
    /// The part of the users; if `all`, the part of the rooms.
    pub part: Part,
}

/// A number from 1. A number above the maximum is read as the maximum: no list and no history is so
/// long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub u16);

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

/// A number of columns within [`Limits::COLUMNS`], or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(pub Option<u16>);

impl Argument for Nothing {
    fn read(typed: &Text) -> Option<Self> {
        typed.is_blank().then_some(Self)
    }

    fn print(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl Argument for Word {
    fn read(typed: &Text) -> Option<Self> {
        let (first, rest) = split(typed);
        (!first.is_blank() && rest.is_blank()).then_some(Self(first))
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.0)
    }
}

impl Argument for Words {
    fn read(typed: &Text) -> Option<Self> {
        let (first, _) = split(typed);
        (!first.is_blank()).then(|| Self(typed.clone()))
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.0)
    }
}

impl Argument for Note {
    fn read(typed: &Text) -> Option<Self> {
        Some(Self(typed.clone()))
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_blank() { Ok(()) } else { write!(f, " {}", self.0) }
    }
}

/// Punctuation that people put after the name of the one they address. No name contains it.
pub(super) const ADDRESSING: [char; 4] = [':', ',', '：', '，'];

impl Argument for Addressed {
    fn read(typed: &Text) -> Option<Self> {
        let (first, text) = split(typed);
        let to = Text::clean(first.as_str().trim_end_matches(ADDRESSING));
        (!to.is_blank() && !text.is_blank()).then_some(Self { to, text })
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {} {}", self.to, self.text)
    }
}

/// The first page if nothing was typed. A word of digits is the number of a page, never the
/// beginning of a name.
impl Argument for Part {
    fn read(typed: &Text) -> Option<Self> {
        if typed.is_blank() {
            return Some(Self::Page(1));
        }
        let is_number = |word: &Text| word.as_str().bytes().all(|byte| byte.is_ascii_digit());
        match Word::read(typed)? {
            Word(word) if is_number(&word) => {
                Number::read(&word).map(|Number(page)| Self::Page(page))
            }
            Word(word) => Some(Self::Start(word)),
        }
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(1) => Ok(()),
            Self::Page(number) => write!(f, " {number}"),
            Self::Start(start) => write!(f, " {start}"),
        }
    }
}

impl Argument for Listing {
    fn read(typed: &Text) -> Option<Self> {
        let (first, rest) = split(typed);
        let all = first.as_str().eq_ignore_ascii_case("all");
        let part = Part::read(if all { &rest } else { typed })?;
        Some(Self { all, part })
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.all { " all" } else { "" })?;
        self.part.print(f)
    }
}

impl Argument for Number {
    fn read(typed: &Text) -> Option<Self> {
        let Word(word) = Word::read(typed)?;
        match word.as_str().parse::<u16>() {
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(Self(u16::MAX)),
            number => number.ok().filter(|number| *number > 0).map(Self),
        }
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.0)
    }
}

impl Argument for Switch {
    fn read(typed: &Text) -> Option<Self> {
        let Word(word) = Word::read(typed)?;
        let is = |known: &str| word.as_str().eq_ignore_ascii_case(known);
        (is("on") || is("off")).then(|| Self(is("on")))
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { " on" } else { " off" })
    }
}

impl Argument for Columns {
    fn read(typed: &Text) -> Option<Self> {
        if Switch::read(typed) == Some(Switch(false)) {
            return Some(Self(None));
        }
        let Word(word) = Word::read(typed)?;
        let columns = word.as_str().parse().ok();
        columns
            .filter(|columns| Limits::COLUMNS.contains(columns))
            .map(|columns| Self(Some(columns)))
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str(" off"),
            Some(columns) => write!(f, " {columns}"),
        }
    }
}

/// An optional argument.
impl<T: Argument> Argument for Option<T> {
    fn read(typed: &Text) -> Option<Self> {
        if typed.is_blank() { Some(None) } else { T::read(typed).map(Some) }
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().map_or(Ok(()), |argument| argument.print(f))
    }
}

/// Splits a text after its first word. The rest has no leading white space.
pub(super) fn split(typed: &Text) -> (Text, Text) {
    let (first, rest) = super::split_word(typed.as_str());
    (Text::clean(first), Text::clean(rest.trim_start()))
}

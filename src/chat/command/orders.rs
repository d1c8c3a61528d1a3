//! The forms of arguments by which people decide over others: operators, and owners of rooms.
//!
//! Not here: all others (`arguments`), and which command takes which (`table`).

use core::fmt;

use super::Text;
use super::arguments::{ADDRESSING, Argument, Note, Word, split};

/// A name and a reason, which may be blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoned {
    /// The name, as typed.
    pub name: Text,
    /// The reason.
    pub reason: Text,
}

/// Whom a ban or a mute is for, and how long it is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// A name or an origin, as typed.
    pub whom: Text,
    /// How long; `None` until it is lifted.
    pub period: Option<Period>,
    /// The reason; may be blank.
    pub reason: Text,
}

/// A period of time in milliseconds, of whole seconds. It is typed as a number of up to four digits and
/// `s`, `m`, `h`, `d` or `w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period(pub u64);

/// How long something is to last; `None` ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration(pub Option<Period>);

/// A room, and how often each of its members may speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slowing {
    /// The name of the room, as typed.
    pub room: Text,
    /// How often; `None` if as often as they like.
    pub slow: Option<Slow>,
}

/// How often each member of a room may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Slow {
    /// Once in so many seconds, 1 to 3600.
    pub seconds: u16,
    /// Whether that is only for those who are not registered.
    pub only_guests: bool,
}

impl Slow {
    /// The most seconds.
    pub const MOST: u16 = 3600;
}

impl Period {
    /// The units, the largest first.
    const UNITS: [(char, u64); 5] =
        [('w', 604_800_000), ('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1000)];

    fn read(word: &str) -> Option<Self> {
        let unit = word.chars().next_back()?.to_ascii_lowercase();
        let (_, milliseconds) = Self::UNITS.into_iter().find(|(known, _)| *known == unit)?;
        let digits = &word[..word.len() - 1];
        let count: u64 = digits.parse().ok().filter(|_| starts_with_digit(digits))?;
        (count > 0 && digits.len() <= 4).then_some(Self(count * milliseconds))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // More than four digits of one unit could not be read again.
        let is_whole = |(_, unit): &&(char, u64)| self.0.is_multiple_of(*unit);
        let (name, unit) = Self::UNITS.iter().find(is_whole).unwrap_or(&('s', 1000));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl Argument for Reasoned {
    fn read(typed: &Text) -> Option<Self> {
        let (name, reason) = addressed(typed)?;
        Some(Self { name, reason })
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.name)?;
        Note(self.reason.clone()).print(f)
    }
}

impl Argument for Sentence {
    /// A word after the name that begins with a digit must be a period, and something must follow `for`:
    /// else a typing error would be a sentence without end.
    fn read(typed: &Text) -> Option<Self> {
        let (whom, rest) = addressed(typed)?;
        let (first, others) = split(&rest);
        let is_for = first.as_str().eq_ignore_ascii_case("for");
        if is_for && others.is_blank() {
            return None;
        }
        let is_for = is_for && starts_with_digit(others.as_str());
        let timed = if is_for { &others } else { &rest };
        if !starts_with_digit(timed.as_str()) {
            return Some(Self { whom, period: None, reason: rest });
        }
        let (period, reason) = split(timed);
        Some(Self { whom, period: Some(Period::read(period.as_str())?), reason })
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.whom)?;
        self.period.iter().try_for_each(|period| write!(f, " {period}"))?;
        Note(self.reason.clone()).print(f)
    }
}

impl Argument for Duration {
    fn read(typed: &Text) -> Option<Self> {
        let Word(word) = Word::read(typed)?;
        match word.as_str().eq_ignore_ascii_case("off") {
            true => Some(Self(None)),
            false => Period::read(word.as_str()).map(|period| Self(Some(period))),
        }
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str(" off"),
            Some(period) => write!(f, " {period}"),
        }
    }
}

impl Argument for Slowing {
    fn read(typed: &Text) -> Option<Self> {
        let (room, rest) = split(typed);
        let (pace, rest) = split(&rest);
        let (last, rest) = split(&rest);
        let only_guests = last.as_str().eq_ignore_ascii_case("guests");
        if room.is_blank() || !rest.is_blank() || only_guests == last.is_blank() {
            return None;
        }
        if pace.as_str().eq_ignore_ascii_case("off") {
            return (!only_guests).then_some(Self { room, slow: None });
        }
        let seconds = pace.as_str().parse().ok().filter(|_| starts_with_digit(pace.as_str()))?;
        (1..=Slow::MOST)
            .contains(&seconds)
            .then_some(Self { room, slow: Some(Slow { seconds, only_guests }) })
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {} ", self.room)?;
        match self.slow {
            None => f.write_str("off"),
            Some(Slow { seconds, only_guests }) => {
                write!(f, "{seconds}{}", if only_guests { " guests" } else { "" })
            }
        }
    }
}

/// The name at the beginning, without punctuation after it, and the rest.
fn addressed(typed: &Text) -> Option<(Text, Text)> {
    let (first, rest) = split(typed);
    let name = Text::clean(first.as_str().trim_end_matches(ADDRESSING));
    (!name.is_blank()).then_some((name, rest))
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

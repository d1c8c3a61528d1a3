//! Usernames: names that nobody can take for the server.
//!
//! Not here: what is a name at all (`name`), and who has which (`state`).

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::name::{Name, NameError, outline};
use super::{Limits, Verb};

/// Words that nobody can have as a username, beside the words of the commands: others would take
/// their holder for the server, or for someone in charge of it.
const RESERVED: &str = "admin administrator all chinwag everybody everyone here host me mod moderator \
    nobody notice official op operator owner root security server staff support \
    sysop system you";

/// A name that someone can go by: a [`Name`] that is no reserved word and looks like none.
///
/// ```
/// use chinwag::chat::{Limits, NameError, Username};
///
/// let limits = Limits::default();
/// let ann = Username::parse("Ann", &limits)?;
/// assert_eq!(ann.as_str(), "Ann");
/// assert_eq!(ann.name().folded(), "ann");
/// assert_eq!(Username::parse("Server", &limits), Err(NameError::Reserved));
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Username(Name);

impl Username {
    /// The username that `raw` spells.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, in the order of [`NameError`].
    pub fn parse(raw: &str, limits: &Limits) -> Result<Self, NameError> {
        let username = Self(Name::parse(raw, limits.username_columns, limits.username_bytes)?);
        if username.is_reserved() { Err(NameError::Reserved) } else { Ok(username) }
    }

    /// The name that a newcomer is given: `anonymous0`, `anonymous1` and so on. It is not subject to
    /// the limits, and nothing that [`Self::parse`] accepts shares a key with it.
    pub(super) fn anonymous(number: u64) -> Self {
        Self(Name::given(&format!("anonymous{number}")))
    }

    /// The username as its holder wrote it, normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name that it is.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0
    }

    /// Whether it is a reserved word or looks like one, in any case.
    fn is_reserved(&self) -> bool {
        let outlines = self.0.keys().map(|key| outline(&key));
        let assigned = (outline("anonymous"), outline("0123456789"));
        let is_assigned = |outline: &String| {
            let number = outline.strip_prefix(assigned.0.as_str());
            number.is_some_and(|number| number.chars().all(|digit| assigned.1.contains(digit)))
        };
        outlines.iter().any(is_assigned)
            || reserved().any(|word| outlines.contains(&outline_of_word(word)))
    }
}

/// Every reserved word.
fn reserved() -> impl Iterator<Item = &'static str> {
    RESERVED.split(' ').chain(Verb::words())
}

/// The outline of a reserved word. They consist of small ASCII letters but for two, so that it is
/// found much faster than any other: a hundred are needed to judge one name.
fn outline_of_word(word: &str) -> String {
    word.replace(['@', '?'], "").replace('m', "rn").replace('i', "l")
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Username, NameError> {
        Username::parse(raw, &Limits::default())
    }

    #[test]
    fn the_outline_of_a_reserved_word_is_its_outline() {
        for word in reserved() {
            assert_eq!(outline_of_word(word), outline(word), "{word}");
        }
    }

    #[test]
    fn words_of_the_server_are_reserved_in_any_spelling() {
        for name in [
            "server",
            "Server",
            "SYSTEM",
            "system",
            "adrnin",
            "5erver",
            "list",
            "W",
            "who",
            "bye",
            "anonymous",
            "anonymous0",
            "ANONYMOUS12",
            "anonyrnous1",
            "anonymousl",
            "anonymousO",
            "аdmin",
            "ЅЕСURIТУ",
            "АDМІN",
            "ANONYM0US3",
            "server.",
            "_ser.ver_",
            "ser\u{332}ver",
            "ADMİN",
            "anonymous1\u{332}",
            "anonymous-2",
            "ADMlN",
            "ADM1N",
            "OFFlClAL",
            "SECUR1TY",
            "LlST",
            "ЕХІТ",
            "ꓮꓓꓟꓲꓠ",
            "ᴀᴅᴍɪɴ",
            "ꜱᴇʀᴠᴇʀ",
            "ѕуѕтем",
            "ᴏᴘ",
        ] {
            let refused = matches!(parse(name), Err(NameError::Reserved | NameError::Scripts));
            assert_eq!(refused, name != "5erver", "{name}");
        }
        assert!(parse("anonymous1a").is_ok());
        assert!(parse("lister").is_ok());
        assert!(parse("Mé").is_ok());
        assert!(parse("Öp").is_ok());
    }

    /// What makes it certain that a newcomer's name is free: whatever shares a key with an assigned
    /// username is refused, as all of its keys have the outline of one.
    #[test]
    fn every_key_of_an_assigned_username_is_reserved() {
        for number in [0, 1, 17, 1_234_567_890] {
            for key in Username::anonymous(number).name().keys() {
                assert!(Username(Name::given(&key)).is_reserved(), "{key}");
            }
        }
    }
}

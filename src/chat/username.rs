//! Usernames: names that cannot be mistaken for the server.
//!
//! Not here: which names are valid at all (`name`), and who has which (`state`).

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::Limits;
use super::lookalike::{Keys, coarse_skeleton};
use super::name::{Name, NameError};

/// Reserved words whose holder could pass for the server or for its operator. Names that look like
/// them at a glance are reserved too.
const IN_CHARGE: &str = "admin administrator chinwag help host mod moderator notice official op operator \
    owner root security server staff support sysop system";

/// Reserved words whose holder would be sent what is meant for everyone or for nobody. Names that
/// look like them only at a glance are valid: `ALI`.
const EVERYONE: &str = "all everybody everyone here me nobody you";

/// A valid username: a [`Name`] that is no reserved word and does not look like one. The words of
/// the commands are not reserved: `Nick` is a username.
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
    /// Parses a username.
    ///
    /// # Errors
    ///
    /// The first problem that is found: see [`NameError`].
    pub fn parse(raw: &str, limits: &Limits) -> Result<Self, NameError> {
        let username = Self(Name::parse(raw, limits.username_columns, limits.username_bytes)?);
        if username.is_reserved() { Err(NameError::Reserved) } else { Ok(username) }
    }

    /// The username given to a newcomer: `anonymous0`, `anonymous1` and so on. The limits do not
    /// apply to it, and no username that [`Self::parse`] accepts shares a key with it.
    pub(super) fn anonymous(number: u64) -> Self {
        Self(Name::given(&format!("anonymous{number}")))
    }

    /// The number in a username that the machine gave to a newcomer; `None` for any other username.
    pub(super) fn given_number(&self) -> Option<u64> {
        given_number(self.as_str())
    }

    /// The username as its holder typed it, in NFC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name itself.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0
    }

    /// Whether this is a reserved word or looks like one, in any case.
    fn is_reserved(&self) -> bool {
        let keys = Keys::of(&self.0);
        let in_small = keys.skeletons.first();
        if words(EVERYONE)
            .any(|word| in_small.is_some_and(|small| **small == *skeleton_of_word(word)))
        {
            return true;
        }
        let coarse_skeletons = keys.coarse_skeletons();
        let assigned = (coarse_skeleton("anonymous"), coarse_skeleton("0123456789"));
        let is_assigned = |key: &String| {
            let number = key.strip_prefix(assigned.0.as_str());
            number.is_some_and(|number| number.chars().all(|digit| assigned.1.contains(digit)))
        };
        coarse_skeletons.iter().any(is_assigned)
            || words(IN_CHARGE)
                .any(|word| coarse_skeletons.contains(&coarse_skeleton_of_word(word)))
    }
}

/// The number in a username that the machine gives, if it is one.
pub(super) fn given_number(username: &str) -> Option<u64> {
    let digits = username.strip_prefix("anonymous")?;
    let number = digits.parse().ok()?;
    (format!("{number}") == digits).then_some(number)
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(' ')
}

/// The skeleton of a reserved word. These words are lower-case ASCII, so this is much faster than
/// the general function. Each new name is compared with dozens of them.
fn skeleton_of_word(word: &str) -> String {
    word.replace('m', "rn").replace('w', "vv")
}

/// The coarse skeleton of a reserved word.
fn coarse_skeleton_of_word(word: &str) -> String {
    skeleton_of_word(word).replace('i', "l")
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
    fn the_fast_skeletons_of_reserved_words_are_exact() {
        for word in words(IN_CHARGE).chain(words(EVERYONE)) {
            assert_eq!(coarse_skeleton_of_word(word), coarse_skeleton(word), "{word}");
            assert_eq!(
                *skeleton_of_word(word),
                *Keys::of(&Name::given(word)).skeletons[0],
                "{word}"
            );
        }
    }

    #[test]
    fn reserved_words_are_refused_in_any_spelling() {
        for name in [
            "server",
            "Server",
            "SYSTEM",
            "system",
            "adrnin",
            "5erver",
            "everyone",
            "y.o.u",
            "Help",
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
            "ADMİN",
            "anonymous-2",
            "ADMlN",
            "ADM1N",
            "OFFlClAL",
            "SECUR1TY",
            "Adm1n",
            "А.L.L",
            "ovvner",
            "ꓮꓓꓟꓲꓠ",
            "ᴀᴅᴍɪɴ",
            "ꜱᴇʀᴠᴇʀ",
            "ѕуѕтем",
            "ᴏᴘ",
        ] {
            let refused = matches!(parse(name), Err(NameError::Reserved | NameError::Scripts));
            assert_eq!(refused, name != "5erver", "{name}");
        }
    }

    #[test]
    fn names_that_only_resemble_reserved_words_are_accepted() {
        for name in
            ["anonymous1a", "lister", "Mé", "Öp", "Nick", "ALI", "Ali", "list", "W", "Mo", "Yu"]
        {
            assert!(parse(name).is_ok(), "{name}");
        }
    }

    /// The name given to a newcomer is always free: all keys of an assigned username have its
    /// coarse skeleton, which is reserved, so a name that shares a key with it is refused.
    #[test]
    fn every_key_of_an_assigned_username_is_reserved() {
        for number in [0, 1, 17, 1_234_567_890] {
            let Keys { folded, skeletons } = Keys::of(Username::anonymous(number).name());
            for key in skeletons.iter().chain([&folded]) {
                assert!(Username(Name::given(key)).is_reserved(), "{key}");
            }
        }
    }
}

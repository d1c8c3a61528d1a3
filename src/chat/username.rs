//! Usernames: names that nobody can take for the server.
//!
//! Not here: what is a name at all (`name`), and who has which (`state`).

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::Limits;
use super::lookalike::{Keys, coarse_skeleton};
use super::name::{Name, NameError};

/// Words that nobody can have as a username, nor what looks like them at a glance: others would take their
/// holder for the server, or for someone in charge of it.
const IN_CHARGE: &str = "admin administrator chinwag help host mod moderator notice official op operator \
    owner root security server staff support sysop system";

/// Words that nobody can have as a username, as others would write to their holder what is meant for everyone
/// or for nobody. What looks like them only at a glance is a name: `ALI`.
const EVERYONE: &str = "all everybody everyone here me nobody you";

/// A name that someone can go by: a [`Name`] that is no reserved word and looks like none. The words of the
/// commands are not reserved: `Nick` is a name.
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

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(' ')
}

/// What a reserved word looks like. They consist of small ASCII letters, so that it is found much faster than
/// what any other looks like: dozens are needed to judge one name.
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
    fn the_outline_of_a_reserved_word_is_its_outline() {
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
    fn words_of_the_server_are_reserved_in_any_spelling() {
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
    fn names_that_nobody_takes_for_the_server_can_be_had() {
        for name in
            ["anonymous1a", "lister", "Mé", "Öp", "Nick", "ALI", "Ali", "list", "W", "Mo", "Yu"]
        {
            assert!(parse(name).is_ok(), "{name}");
        }
    }

    /// What makes it certain that a newcomer's name is free: whatever shares a key with an assigned
    /// username is refused, as all of its keys have the coarse skeleton of one.
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

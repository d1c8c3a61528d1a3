//! Usernames: what may be one, and when two are too alike to exist side by side.
//!
//! Not here: who has which (`state`).

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::{MixedScript, skeleton};
use unicode_width::UnicodeWidthStr;

use super::text::{is_invisible, is_mark};
use super::{Limits, Verb};

/// Words that nobody can have as a username, beside the words of the commands: others would take
/// their holder for the server, or for someone in charge of it.
const RESERVED: &str = "admin administrator all chinwag everybody everyone here host me mod moderator \
    nobody notice official op operator owner root security server staff support \
    sysop system you";

/// A name that someone can go by: normalised (NFKC), printable, of one script.
///
/// It consists of letters, digits and marks (at most [`Limits::MARKS_PER_BASE`] a base) of any one
/// script, and `_`, `-`, `.`; with at least one letter or digit.
///
/// A username occupies three keys, and two usernames with a key in common cannot exist side by
/// side: [the folded form](Self::folded), the look-alike skeleton (UTS 39) of it as written, and
/// the skeleton of the folded form. So `Ian` keeps out `lan`, and `bob0` keeps out `bobO`. The price
/// is that some honest pairs clash: `bernie` and `bemie`, as `rn` looks like `m`.
///
/// ```
/// use chinwag::chat::{Limits, Username, UsernameError};
///
/// let limits = Limits::default();
/// let ann = Username::parse("Ann", &limits)?;
/// assert_eq!(ann.as_str(), "Ann");
/// assert_eq!(ann.folded(), "ann");
/// assert_eq!(Username::parse("Server", &limits), Err(UsernameError::Reserved));
/// # Ok::<(), UsernameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Username(Box<str>);

/// What is wrong with a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameError {
    /// It is wider or longer than the limits.
    TooLong {
        /// [`Limits::username_columns`].
        columns: usize,
        /// [`Limits::username_bytes`].
        bytes: usize,
    },
    /// It has a character that is no letter, digit, mark, `_`, `-` or `.`; or too many marks; or
    /// no letter or digit at all.
    Characters,
    /// Its letters are of more than one script.
    Scripts,
    /// It is, or looks like, a word of the server: see [`Username`].
    Reserved,
}

impl Username {
    /// The username that `raw` spells.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, in the order of [`UsernameError`].
    pub fn parse(raw: &str, limits: &Limits) -> Result<Self, UsernameError> {
        let normal: String = raw.nfkc().collect();
        if normal.len() > limits.username_bytes || normal.width() > limits.username_columns {
            return Err(UsernameError::TooLong {
                columns: limits.username_columns,
                bytes: limits.username_bytes,
            });
        }
        if normal.width() == 0 || !is_spelled_well(&normal) {
            return Err(UsernameError::Characters);
        }
        if !normal.as_str().is_single_script() {
            return Err(UsernameError::Scripts);
        }
        let username = Self(normal.into());
        if username.is_reserved() {
            return Err(UsernameError::Reserved);
        }
        Ok(username)
    }

    /// The name that a newcomer is given: `anonymous0`, `anonymous1` and so on. It is not subject to
    /// the limits, and nothing that [`Self::parse`] accepts shares a key with it.
    pub(super) fn anonymous(number: u64) -> Self {
        Self(format!("anonymous{number}").into())
    }

    /// The username as its holder wrote it, normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The username without differences of case: the form by which it is looked up.
    #[must_use]
    pub fn folded(&self) -> String {
        Self::fold(self.as_str())
    }

    /// The folded form of any string, whether it could be a username or not.
    pub(super) fn fold(raw: &str) -> String {
        // To lower case by way of upper case, so that ß, ẞ and ss, or ς and σ, become the same.
        let lower = raw.nfkc().flat_map(char::to_lowercase);
        lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
    }

    /// The three keys that it occupies; some may be equal.
    pub(super) fn keys(&self) -> [String; 3] {
        let folded = self.folded();
        let folded_skeleton = skeleton(&folded).collect();
        [folded, skeleton(self.as_str()).collect(), folded_skeleton]
    }

    /// Whether it is a reserved word or looks like one, in any case.
    fn is_reserved(&self) -> bool {
        let outlines = self.keys().map(|key| outline(&key));
        let assigned = (outline("anonymous"), outline("0123456789"));
        let is_assigned = |outline: &String| {
            let number = outline.strip_prefix(assigned.0.as_str());
            number.is_some_and(|number| number.chars().all(|digit| assigned.1.contains(digit)))
        };
        outlines.iter().any(is_assigned)
            || RESERVED
                .split(' ')
                .chain(Verb::words())
                .any(|word| outlines.contains(&outline(word)))
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UsernameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { columns, bytes } => {
                write!(f, "too long: at most {columns} columns and {bytes} bytes")
            }
            Self::Characters => f.write_str("not allowed here: use letters, digits, _ - ."),
            Self::Scripts => f.write_str("not allowed here: use letters of one script"),
            Self::Reserved => f.write_str("not allowed here: reserved"),
        }
    }
}

impl core::error::Error for UsernameError {}

/// Whether a username's characters are such as it may have, in an order in which it may have them.
fn is_spelled_well(name: &str) -> bool {
    // Marks that the next mark would join, or none if there is no base for it.
    let mut marks = None;
    let mut has_base = false;
    for character in name.chars() {
        if matches!(character, '_' | '-' | '.') {
            marks = None;
        } else if is_invisible(character) || is_blank(character) {
            return false;
        } else if is_mark(character) {
            match &mut marks {
                Some(count) if *count < Limits::MARKS_PER_BASE => *count += 1,
                _ => return false,
            }
        } else if is_base(character) {
            marks = Some(0);
            has_base = true;
        } else {
            return false;
        }
    }
    has_base
}

/// Whether a character is a letter or a mark that shows nothing: two Egyptian blanks, and a joiner of
/// Tifinagh.
fn is_blank(character: char) -> bool {
    matches!(character, '\u{13441}' | '\u{13442}' | '\u{2D7F}')
}

/// Whether a character of a username is a letter or a digit, as opposed to a mark, `_`, `-` or `.`.
fn is_base(character: char) -> bool {
    character.general_category_group() == GeneralCategoryGroup::Letter
        || character.general_category() == GeneralCategory::DecimalNumber
}

/// What a name looks like at a glance, case, marks and dots aside. Coarser than a skeleton: no two
/// reserved words need to be told apart, so `ADM1N`, `Adrnin` and `ad.min` may all look like `admin`.
fn outline(name: &str) -> String {
    let written: String = skeleton(name).collect();
    let folded = Username::fold(&written);
    let composed = skeleton(&folded).nfc().filter(|character| is_base(*character));
    // The skeleton takes a capital i for an l, but not a small one.
    composed.map(|character| if character == 'i' { 'l' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Username, UsernameError> {
        Username::parse(raw, &Limits::default())
    }

    #[track_caller]
    fn clash(one: &str, other: &str) -> bool {
        let other = parse(other).unwrap().keys();
        parse(one).unwrap().keys().iter().any(|key| other.contains(key))
    }

    #[test]
    fn letters_digits_and_marks_of_one_script_are_allowed() {
        for name in [
            "ann",
            "Ann-Marie",
            "bob_2",
            "x.y",
            "7",
            "Zoë",
            "Ольга",
            "Γιώργος",
            "नमिता",
            "たろう山田",
            "김철수",
            "محمد",
            "ꮳꮃꭹ",
        ] {
            assert_eq!(parse(name).map(|name| name.0), Ok(name.into()), "{name}");
        }
    }

    #[test]
    fn compatibility_forms_are_normalised() {
        assert_eq!(parse("Ａｎｎ").unwrap().as_str(), "Ann");
        assert_eq!(parse("Zoe\u{308}").unwrap().as_str(), "Zoë");
    }

    #[test]
    fn bounds_are_in_columns_and_bytes() {
        let too_long = Err(UsernameError::TooLong { columns: 24, bytes: 96 });
        assert!(parse("abcdefghijklmnopqrstuvwx").is_ok());
        assert_eq!(parse("abcdefghijklmnopqrstuvwxy"), too_long);
        assert!(parse("山山山山山山山山山山山山").is_ok());
        assert_eq!(parse("山山山山山山山山山山山山山"), too_long);
        let dotted = "q\u{323}\u{323}\u{323}\u{323}";
        assert!(parse(&dotted.repeat(10)).is_ok(), "90 bytes");
        assert_eq!(parse(&dotted.repeat(11)), too_long, "99 bytes");
    }

    #[test]
    fn other_characters_are_refused() {
        for name in [
            "",
            "a b",
            "a]b",
            "a[b",
            "a/b",
            "@a",
            "a\u{200D}b",
            "😀",
            "½",
            "a\u{3164}",
            "\u{1160}",
            "\u{301}a",
            "_\u{301}",
            "q\u{323}\u{323}\u{323}\u{323}\u{323}",
            "...",
            "_",
            "a\u{AD}b",
            "🅐",
            "\u{13441}",
            "ⴰ\u{2D7F}",
            "\u{1161}x",
            "한\u{11FF}\u{11FF}\u{11FF}\u{11FF}\u{11FF}",
        ] {
            assert_eq!(parse(name), Err(UsernameError::Characters), "{name:?}");
        }
    }

    #[test]
    fn scripts_do_not_mix() {
        assert_eq!(parse("раypal"), Err(UsernameError::Scripts));
        assert_eq!(parse("ann山"), Err(UsernameError::Scripts));
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
        ] {
            let refused =
                matches!(parse(name), Err(UsernameError::Reserved | UsernameError::Scripts));
            assert_eq!(refused, name != "5erver", "{name}");
        }
        assert!(parse("anonymous1a").is_ok());
        assert!(parse("lister").is_ok());
        assert!(parse("Mé").is_ok());
        assert!(parse("Öp").is_ok());
    }

    #[test]
    fn alike_usernames_clash() {
        for (one, other) in [
            ("ann", "Ann"),
            ("ann", "ANN"),
            ("Ian", "lan"),
            ("bob0", "bobO"),
            ("bernie", "bemie"),
            ("BERNIE", "bemie"),
            ("сор", "cop"),
            ("Straße", "STRASSE"),
            ("ς", "σ"),
            ("a1", "al"),
        ] {
            assert!(clash(one, other) && clash(other, one), "{one} and {other}");
        }
        for (one, other) in [("ian", "lan"), ("bob0", "bobo"), ("ann", "anne"), ("a_b", "a-b")] {
            assert!(!clash(one, other) && !clash(other, one), "{one} and {other}");
        }
    }

    #[test]
    fn folding_is_idempotent_for_every_character() {
        for character in '\0'..=char::MAX {
            let once = Username::fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(Username::fold(&once), once, "{character:?}");
        }
    }

    /// What makes it certain that a newcomer's name is free: whatever shares a key with an assigned
    /// username is refused, as all of its keys have the outline of one.
    #[test]
    fn every_key_of_an_assigned_username_is_reserved() {
        for number in [0, 1, 17, 1_234_567_890] {
            for key in Username::anonymous(number).keys() {
                assert!(Username(key.clone().into()).is_reserved(), "{key}");
            }
        }
    }
}

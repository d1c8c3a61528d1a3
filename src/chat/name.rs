//! Names, of users and of rooms: what may be one, and when two are too alike to exist side by side.
//!
//! Not here: what only usernames (`username`) or room names (`room`) are subject to, and who holds
//! which (`register`).

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::{MixedScript, skeleton};
use unicode_width::UnicodeWidthStr;

use super::Limits;
use super::text::{is_invisible, is_mark};

/// A name: normalised (NFKC), printable, of one script.
///
/// It consists of letters, digits and marks (at most [`Limits::MARKS_PER_BASE`] a base) of any one
/// script, and `_`, `-`, `.`; with at least one letter or digit.
///
/// A name occupies three keys, and two names with a key in common cannot exist side by side: [the
/// folded form](Self::folded), the look-alike skeleton (UTS 39) of it as written, and the skeleton of
/// the folded form. So `Ian` keeps out `lan`, and `bob0` keeps out `bobO`. The price is that some honest
/// pairs clash: `bernie` and `bemie`, as `rn` looks like `m`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(Box<str>);

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// It is wider or longer than its limits.
    TooLong {
        /// How wide it may be, in terminal columns.
        columns: usize,
        /// How long it may be, in bytes of UTF-8.
        bytes: usize,
    },
    /// It has a character that is no letter, digit, mark, `_`, `-` or `.`; or too many marks; or
    /// no letter or digit at all.
    Characters,
    /// Its letters are of more than one script.
    Scripts,
    /// It is, or looks like, a word of the server: see [`Username`](super::Username).
    Reserved,
}

impl Name {
    /// The name that `raw` spells, within these limits.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, in the order of [`NameError`].
    pub fn parse(raw: &str, columns: usize, bytes: usize) -> Result<Self, NameError> {
        let normal: String = raw.nfkc().collect();
        if normal.len() > bytes || normal.width() > columns {
            return Err(NameError::TooLong { columns, bytes });
        }
        if normal.width() == 0 || !is_spelled_well(&normal) {
            return Err(NameError::Characters);
        }
        if !normal.as_str().is_single_script() {
            return Err(NameError::Scripts);
        }
        Ok(Self(normal.into()))
    }

    /// A name that the machine itself gives.
    pub(super) fn given(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as it was written, normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without differences of case: the form by which it is looked up.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(self.as_str())
    }

    /// The three keys that it occupies, the folded form first; some may be equal.
    pub(super) fn keys(&self) -> [String; 3] {
        let folded = self.folded();
        let folded_skeleton = skeleton(&folded).collect();
        [folded, skeleton(self.as_str()).collect(), folded_skeleton]
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NameError {
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

impl core::error::Error for NameError {}

/// Whether a name's characters are such as it may have, in an order in which it may have them.
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

/// Whether a character of a name is a letter or a digit, as opposed to a mark, `_`, `-` or `.`.
fn is_base(character: char) -> bool {
    character.general_category_group() == GeneralCategoryGroup::Letter
        || character.general_category() == GeneralCategory::DecimalNumber
}

/// The folded form of any string, whether it could be a name or not.
pub(super) fn fold(raw: &str) -> String {
    // To lower case by way of upper case, so that ß, ẞ and ss, or ς and σ, become the same.
    let lower = raw.nfkc().flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// What a name looks like at a glance, case, marks and dots aside. Coarser than a skeleton: `ADM1N`,
/// `Adrnin` and `ad.min` all look like `admin`.
pub(super) fn outline(name: &str) -> String {
    let written: String = skeleton(name).collect();
    let folded = fold(&written);
    let composed = skeleton(&folded).nfc().filter(|character| is_base(*character));
    // The skeleton takes a capital i for an l, but not a small one.
    composed.map(|character| if character == 'i' { 'l' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Name, NameError> {
        Name::parse(raw, 24, 96)
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
        let too_long = Err(NameError::TooLong { columns: 24, bytes: 96 });
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
            assert_eq!(parse(name), Err(NameError::Characters), "{name:?}");
        }
    }

    #[test]
    fn scripts_do_not_mix() {
        assert_eq!(parse("раypal"), Err(NameError::Scripts));
        assert_eq!(parse("ann山"), Err(NameError::Scripts));
    }

    #[test]
    fn alike_names_clash() {
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
            let once = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }
}

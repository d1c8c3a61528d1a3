//! Names, of users and of rooms: what may be one, and when two are too alike to exist side by side.
//!
//! Not here: what only usernames (`username`) or room names (`room`) are subject to, and who holds
//! which (`register`).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::{MixedScript, skeleton};
use unicode_width::UnicodeWidthStr;

use super::Limits;
use super::characters::{is_invisible, is_mark};

/// A name: normalised (NFKC), printable, of one script.
///
/// It consists of letters, digits and marks (at most [`Limits::MARKS_PER_BASE`] a base) of any one
/// script, and `_`, `-`, `.`; with at least one letter or digit.
///
/// A name occupies five keys, and two names with a key in common cannot exist side by side:
///
/// - [the folded form](Self::folded);
/// - what it looks like as it is written: `Ian` keeps out `lan`;
/// - what its folded form looks like: `BERNIE` keeps out `BEMIE`;
/// - what it looks like as it is written, folded: `olga` keeps out `0lga`, and `Ann` the Greek `ΑΝΝ`;
/// - what it looks like in capitals: `mike` keeps out `M1KE`, and the Greek `ΜΙΚΕ`.
///
/// What looks alike is what UTS 39 says, and small capitals look like capitals. The price is that some
/// honest pairs clash: `bernie` and `bemie`, as `rn` looks like `m`. To keep it low, `dan1` may stand
/// beside `dani`, although `DAN1` looks like `DANI`; and `lan` beside `ian`, although it looks like `Ian`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(Arc<str>);

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

    /// The five keys that it occupies, the folded form first; some may be equal.
    pub(super) fn keys(&self) -> [String; 5] {
        let (written, folded) = (look(self.as_str()), self.folded());
        let capitals: String = self.as_str().chars().flat_map(char::to_uppercase).collect();
        // A digit is not taken for an I.
        let capitals: Vec<String> = capitals.split('1').map(look).collect();
        let (in_small, at_a_glance) = (look(&folded), fold(&written));
        [folded, written, in_small, at_a_glance, capitals.join("1")]
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

/// Whether a character is a letter or a mark that shows nothing of itself: two Egyptian blanks, a
/// joiner of Tifinagh, and what draws out the letter before it in Arabic and in N'Ko.
fn is_blank(character: char) -> bool {
    matches!(character, '\u{13441}' | '\u{13442}' | '\u{2D7F}' | '\u{640}' | '\u{7FA}')
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

/// What a string looks like: its skeleton (UTS 39), in which small capitals are capitals.
fn look(written: &str) -> String {
    skeleton(written).map(capital).collect()
}

/// The capital that a small capital looks like; any other character is itself. Those that are not
/// here have the skeleton of a small letter.
fn capital(character: char) -> char {
    const CAPITALS: [(char, char); 16] = [
        ('ᴀ', 'A'),
        ('ʙ', 'B'),
        ('ᴅ', 'D'),
        ('ᴇ', 'E'),
        ('ꜰ', 'F'),
        ('ɢ', 'G'),
        ('ʜ', 'H'),
        ('ᴊ', 'J'),
        ('ĸ', 'K'),
        ('ʟ', 'L'),
        ('ʍ', 'M'),
        ('ɴ', 'N'),
        ('ᴘ', 'P'),
        ('ꞯ', 'Q'),
        ('ʀ', 'R'),
        ('ᴛ', 'T'),
    ];
    CAPITALS
        .iter()
        .find(|(small, _)| *small == character)
        .map_or(character, |(_, capital)| *capital)
}

/// What a name looks like at a glance, case, marks and dots aside. Coarser than [`look`]: `ADM1N`,
/// `Adrnin` and `ad.min` all look like `admin`.
pub(super) fn outline(name: &str) -> String {
    let folded = look(&fold(&look(name)));
    let bases = folded.nfc().filter(|character| is_base(*character));
    // A capital i looks like an l, but a small one does not.
    bases.map(|character| if character == 'i' { 'l' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

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
        assert!(parse(&(dotted.repeat(10) + "abcdef")).is_ok(), "96 bytes");
        assert_eq!(parse(&(dotted.repeat(10) + "abcdefg")), too_long, "97 bytes");
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
            "q\u{323}\u{323}\u{323}\u{323}\u{323}\u{323}\u{323}",
            "...",
            "_",
            "a\u{AD}b",
            "🅐",
            "\u{13441}",
            "ⴰ\u{2D7F}",
            "مح\u{640}مد",
            "\u{1161}x",
            "한\u{11FF}\u{11FF}\u{11FF}\u{11FF}\u{11FF}\u{11FF}\u{11FF}",
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
            ("BERNIE", "BEMIE"),
            ("bob0", "bobo"),
            ("0lga", "olga"),
            ("PauI", "paul"),
            ("B0B", "bob"),
            ("M1KE", "mike"),
            ("MIKE", "m\u{131}ke"),
        ] {
            assert!(clash(one, other) && clash(other, one), "{one} and {other}");
        }
        for (one, other) in [
            ("ian", "lan"),
            ("dan1", "dani"),
            ("ann", "anne"),
            ("a_b", "a-b"),
            ("Zoë", "Zoe"),
            ("вова", "bova"),
        ] {
            assert!(!clash(one, other) && !clash(other, one), "{one} and {other}");
        }
    }

    /// A Latin name in any case, and what looks like it in some case, cannot both be there.
    #[test]
    fn a_name_in_another_script_clashes_in_any_case() {
        for (fake, name) in [
            ("ΑΝΝ", "ann"),
            ("ΜΙΚΕ", "mike"),
            ("МІКЕ", "mike"),
            ("Міа", "mia"),
            ("АРТ", "apt"),
            ("арр\u{4CF}е", "apple"),
            ("АРР\u{4C0}Е", "apple"),
            ("ꓮꓡꓲꓚꓰ", "alice"),
            ("ᎪᎠᎪ", "ada"),
            ("ꭺꭰꭺ", "ada"),
            ("ⲂⲞⲂ", "bob"),
            ("ᴢᴏᴇ", "zoe"),
            ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟ", "abcdefghijkl"),
            ("ᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "mnopqrstuvwyz"),
        ] {
            let (first, rest) = name.split_at(1);
            let title = first.to_uppercase() + rest;
            for name in [name.to_owned(), name.to_uppercase(), title] {
                assert!(clash(fake, &name) && clash(&name, fake), "{fake} and {name}");
            }
        }
    }

    /// Whatever character looks like a letter of ASCII clashes with that letter, small or capital.
    #[test]
    fn what_looks_like_a_letter_clashes_with_it_in_any_case() {
        let letters = ('a'..='z').chain('A'..='Z').map(String::from);
        let letters: Vec<(String, String)> =
            letters.map(|letter| (skeleton(&letter).collect(), letter)).collect();
        let mut found = 0;
        for character in ('\0'..=char::MAX).filter(|character| character.is_alphanumeric()) {
            let written = String::from(character);
            let shape: String = skeleton(&written).collect();
            for (_, letter) in letters.iter().filter(|(known, _)| *known == shape) {
                // Others are no names, or shown as something else.
                if !parse(&written).is_ok_and(|name| name.as_str() == written) {
                    continue;
                }
                for letter in [letter.to_lowercase(), letter.to_uppercase()] {
                    assert!(clash(&written, &letter), "{written} and {letter}");
                    found += 1;
                }
            }
        }
        assert!(found > 1000, "{found} look-alikes");
    }

    #[test]
    fn folding_is_idempotent_for_every_character() {
        for character in '\0'..=char::MAX {
            let once = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }
}

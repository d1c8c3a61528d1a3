//! Names, of users and of rooms: what may be one, and in which order they are listed.
//!
//! Not here: how names are spelled (`spelling`), what only usernames (`username`) or room names (`room`) are
//! subject to, when two are too alike to exist side by side (`lookalike`), and who holds which (`name_index`).

use alloc::string::String;
use alloc::sync::Arc;
use core::cmp::Ordering;
use core::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_security::MixedScript;
use unicode_width::UnicodeWidthStr;

use super::Limits;
use super::lookalike::fold;
use super::spelling::{check_spelling, has_too_many_marks};

/// A name: normalised (NFC), printable, of one script.
///
/// It consists of letters, digits and marks (at most [`Limits::MARKS_PER_BASE`] a base) of any one
/// script, and `_`, `-`, `.`; with at least one letter or digit. Joiners (U+200C, U+200D) may be where the
/// script needs them, and U+0F0B in Tibetan.
///
/// It is shown as it is written, and compared in NFKC, without joiners. Apart from [the folded
/// form](Self::folded), by which it is found, these are its keys, and two names with a key in common cannot
/// exist side by side:
///
/// - what it looks like as it is written: `Ian` keeps out `lan`;
/// - what its folded form looks like: `BERNIE` keeps out `BEMIE`;
/// - what it looks like as it is written, folded: `olga` keeps out `0lga`, and `Ann` the Greek `ΑΝΝ`;
/// - what it looks like in capitals: `mike` keeps out `M1KE`, and the Greek `ΜΙΚΕ`.
///
/// What looks alike is what UTS 39 says. Small capitals also look like capitals, and `w` like `vv`. Dots, dashes
/// and underlines make no difference, nor do the points of Arabic, Hebrew and Syriac, the order of marks on one
/// base, a mark that is there twice, and a dot on a letter that has one. The price is that some honest pairs clash: `bernie` and `bemie`, as `rn`
/// looks like `m`. To keep it low, `dan1` may stand beside `dani`, although `DAN1` looks like `DANI`; and
/// `lan` beside `ian`, although it looks like `Ian`.
///
/// Names are ordered by their folded forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name as it is shown; then its folded form, unless it is the same. Lists are sorted by that.
    text: Arc<str>,
    /// How many bytes are shown.
    shown: usize,
}

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
    /// It has a character that is no letter, digit, mark, `_`, `-` or `.`, nor a joiner where one is needed; or
    /// no letter or digit at all.
    Characters,
    /// A letter has more marks than [`Limits::MARKS_PER_BASE`].
    TooManyMarks,
    /// A letter has a mark with which it is not written.
    Mark,
    /// Its letters are of more than one script.
    Scripts,
    /// It is, or looks like, a word of the server: see [`Username`](super::Username).
    Reserved,
}

impl Name {
    /// How much shorter a string can become in NFC: a syllable of Hangul has three letters as long as itself.
    const COMPOSITION: usize = 3;

    /// The name that `raw` spells, within these limits.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn parse(raw: &str, columns: usize, bytes: usize) -> Result<Self, NameError> {
        let too_long = NameError::TooLong { columns, bytes };
        let written = Self::bounded(raw, raw.nfc(), bytes).ok_or(too_long)?;
        let normal = Self::bounded(raw, written.nfkc(), bytes).ok_or(too_long)?;
        if written.width() > columns {
            return Err(too_long);
        }
        if written.width() == 0 {
            return Err(NameError::Characters);
        }
        if has_too_many_marks(raw) {
            return Err(NameError::TooManyMarks);
        }
        check_spelling(&written)?;
        check_spelling(&normal)?;
        if !normal.as_str().is_single_script() {
            return Err(NameError::Scripts);
        }
        Ok(Self::new(written))
    }

    fn new(mut text: String) -> Self {
        let (shown, folded) = (text.len(), fold(&text));
        if folded != text {
            text += &folded;
        }
        Self { text: text.into(), shown }
    }

    /// A form of `raw`, if it has no more than so many bytes. What is much longer is not looked at:
    /// one character can become eighteen.
    pub(super) fn bounded(
        raw: &str,
        form: impl Iterator<Item = char>,
        bytes: usize,
    ) -> Option<String> {
        if raw.len() > bytes.saturating_mul(Self::COMPOSITION) {
            return None;
        }
        let mut bounded = String::new();
        for character in form {
            bounded.push(character);
            if bounded.len() > bytes {
                return None;
            }
        }
        Some(bounded)
    }

    /// A name that the machine itself gives.
    pub(super) fn given(name: &str) -> Self {
        Self::new(name.into())
    }

    /// The folded form of what someone has typed of a name, unless it is longer than `bytes`.
    pub(super) fn start(raw: &str, bytes: usize) -> Option<String> {
        Self::bounded(raw, raw.nfkc(), bytes).map(|normal| fold(&normal))
    }

    /// The name as it was written, normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text[..self.shown]
    }

    /// The name without differences of case: the form by which it is looked up.
    #[must_use]
    pub fn folded(&self) -> &str {
        if self.is_folded() { &self.text } else { &self.text[self.shown..] }
    }

    /// The folded form, which shares its characters with the name if it is the same.
    pub(super) fn to_folded(&self) -> Arc<str> {
        if self.is_folded() { self.text.clone() } else { self.folded().into() }
    }

    fn is_folded(&self) -> bool {
        self.shown == self.text.len()
    }
}

/// By their folded forms, and those with the same as they are written.
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let in_folded_order = self.folded().cmp(other.folded());
        in_folded_order.then_with(|| self.as_str().cmp(other.as_str()))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { columns, bytes } => {
                write!(f, "too long: at most {columns} columns and {bytes} bytes")
            }
            Self::Characters => f.write_str("not allowed here: use letters, digits, _ - ."),
            Self::TooManyMarks => {
                write!(f, "too many marks: at most {} on a letter", Limits::MARKS_PER_BASE)
            }
            Self::Mark => {
                f.write_str("not allowed here: a mark that does not belong on its letter")
            }
            Self::Scripts => f.write_str("not allowed here: use letters of one script"),
            Self::Reserved => f.write_str("not allowed here: reserved"),
        }
    }
}

impl core::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn parse(raw: &str) -> Result<Name, NameError> {
        Name::parse(raw, 24, 96)
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
            assert_eq!(parse(name).unwrap().as_str(), name, "{name}");
        }
    }

    #[test]
    fn names_are_shown_as_they_are_typed_and_found_in_any_form() {
        for (typed, shown, folded) in [
            ("Ａｎｎ", "Ａｎｎ", "ann"),
            ("Zoe\u{308}", "Zoë", "zoë"),
            ("\u{E19}\u{E49}\u{E33}", "\u{E19}\u{E49}\u{E33}", "\u{E19}\u{E49}\u{E4D}\u{E32}"),
            ("\u{314B}\u{314B}", "\u{314B}\u{314B}", "\u{110F}\u{110F}"),
            ("\u{1112}\u{1161}\u{11AB}", "한", "한"),
        ] {
            let name = parse(typed).unwrap();
            assert_eq!((name.as_str(), name.folded()), (shown, folded), "{typed}");
        }
    }

    #[test]
    fn joiners_are_where_a_script_needs_them() {
        for (name, folded) in [
            ("\u{639}\u{644}\u{6CC}\u{200C}\u{631}\u{636}\u{627}", "علیرضا"),
            ("\u{915}\u{94D}\u{200D}\u{937}", "क्ष"),
            ("\u{915}\u{94D}\u{200C}\u{937}", "क्ष"),
            ("\u{D05}\u{D35}\u{D28}\u{D4D}\u{200D}", "\u{D05}\u{D35}\u{D28}\u{D4D}"),
            ("\u{DC1}\u{DCA}\u{200D}\u{DBB}\u{DD3}", "\u{DC1}\u{DCA}\u{DBB}\u{DD3}"),
            ("\u{1828}\u{1820}\u{1837}\u{180E}\u{1820}", "\u{1828}\u{1820}\u{1837}\u{1820}"),
        ] {
            let parsed = parse(name).unwrap();
            assert_eq!((parsed.as_str(), parsed.folded()), (name, folded));
        }
        for name in [
            "\u{200C}\u{639}\u{644}",
            "\u{639}\u{644}\u{200C}",
            "\u{639}\u{200D}\u{644}",
            "\u{639}\u{200C}\u{200C}\u{644}",
            "\u{639}\u{200C}-\u{644}",
            "\u{915}\u{200D}\u{937}",
            "\u{915}\u{94D}\u{200D}\u{200D}\u{937}",
            "\u{1820}\u{180E}",
            "a\u{200C}b",
        ] {
            assert_eq!(parse(name), Err(NameError::Characters), "{name:?}");
        }
    }

    /// What is far too long is refused before its characters are looked at.
    #[test]
    fn length_comes_first() {
        let too_long = Err(NameError::TooLong { columns: 24, bytes: 96 });
        assert_eq!(parse(&"\u{FDFA}".repeat(666)), too_long);
        assert_eq!(parse(&"]".repeat(97)), too_long);
        assert_eq!(
            parse(&"\u{1112}\u{1161}\u{11AB}".repeat(12)).unwrap().as_str(),
            "한".repeat(12)
        );
        let looks_at_nothing = core::iter::from_fn(|| panic!("it looked"));
        assert_eq!(Name::bounded(&"x".repeat(289), looks_at_nothing, 96), None);
        let mut endless = 0..;
        assert_eq!(Name::bounded("", endless.by_ref().map(|_| 'x'), 96), None);
        assert_eq!(endless.start, 97);
    }

    #[test]
    fn names_are_ordered_by_their_folded_forms() {
        let sorted =
            ["_a", "ANN", "Ann", "ann", "Bob", "bob2", "Zoe", "Ｚｏｅ", "Zoë", "Ольга", "ольга"];
        let mut names: Vec<Name> = sorted.iter().rev().map(|name| parse(name).unwrap()).collect();
        names.sort();
        let names: Vec<&str> = names.iter().map(Name::as_str).collect();
        assert_eq!(names, sorted);
    }

    #[test]
    fn bounds_are_in_columns_and_bytes() {
        let too_long = Err(NameError::TooLong { columns: 24, bytes: 96 });
        assert!(parse("abcdefghijklmnopqrstuvwx").is_ok());
        assert_eq!(parse("abcdefghijklmnopqrstuvwxy"), too_long);
        assert!(parse("山山山山山山山山山山山山").is_ok());
        assert_eq!(parse("山山山山山山山山山山山山山"), too_long);
        let toned = "\u{E01}\u{E49}".repeat(15);
        assert!(parse(&(toned.clone() + "123456")).is_ok(), "96 bytes");
        assert_eq!(parse(&(toned + "1234567")), too_long, "97 bytes");
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
            "Ⓐnn",
            "x²",
            "\u{FDFA}",
            "...",
            "_",
            "a\u{AD}b",
            "🅐",
            "\u{13441}",
            "ⴰ\u{2D7F}",
            "مح\u{640}مد",
            "\u{1161}x",
        ] {
            assert_eq!(parse(name), Err(NameError::Characters), "{name:?}");
        }
    }

    #[test]
    fn scripts_do_not_mix() {
        assert_eq!(parse("раypal"), Err(NameError::Scripts));
        assert_eq!(parse("ann山"), Err(NameError::Scripts));
    }
}

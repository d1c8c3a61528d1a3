//! Names of users and of rooms: which are valid, and how they are sorted.
//!
//! Not here: how names are spelled (`spelling`), the additional rules for usernames (`username`)
//! and for room names (`room`), when two names are too similar to exist side by side (`lookalike`),
//! and who holds which (`name_index`).

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
/// It consists of letters, digits and marks of any one script, and of `_`, `-` and `.`. It has at
/// least one letter or digit, and at most [`Limits::MARKS_PER_BASE`] marks on a base. Joiners
/// (U+200C, U+200D, U+180E) are valid where the script needs them, and U+0F0B is valid in Tibetan.
///
/// It is shown as typed, and compared in NFKC without joiners. Its keys are [the folded
/// form](Self::folded), by which it is found, and the following. Two names with a key in common
/// cannot exist side by side:
///
/// - what it looks like as typed: while `Ian` is taken, nobody can be `lan`;
/// - what its folded form looks like: `BERNIE` excludes `BEMIE`;
/// - what it looks like as typed, folded: `olga` excludes `0lga`, and `Ann` the Greek `ΑΝΝ`;
/// - what it looks like in capitals: `mike` excludes `M1KE`, and the Greek `ΜΙΚΕ`.
///
/// UTS 39 defines what looks alike. In addition, small capitals look like capitals, and `w` looks
/// like `vv`. Dots, dashes and underscores make no difference. Nor do the points of Arabic, Hebrew
/// and Syriac, the order of marks on one base, a repeated mark, and a dot on a letter that has one.
/// As a result, some honest pairs clash: `bernie` and `bemie`, because `rn` looks like `m`. To keep
/// such pairs rare, `dan1` can exist beside `dani`, although `DAN1` looks like `DANI`; and `lan`
/// beside `ian`, although it looks like `Ian`.
///
/// Names are sorted by their folded forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name as shown, followed by its folded form unless that is the same. Sorting a list needs
    /// the folded form, so it is stored.
    text: Arc<str>,
    /// The length of the name as shown, in bytes.
    shown: usize,
}

/// Why a name is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// The name is wider or longer than its limits.
    TooLong {
        /// The widest valid name, in terminal columns.
        columns: usize,
        /// The longest valid name, in bytes of UTF-8.
        bytes: usize,
    },
    /// The name has a character other than letters, digits, marks, `_`, `-` and `.`; or a joiner
    /// where none is needed; or no letter or digit at all.
    Characters,
    /// A letter has more marks than [`Limits::MARKS_PER_BASE`].
    TooManyMarks,
    /// A letter has a mark that does not belong on it.
    Mark,
    /// The letters are of more than one script.
    Scripts,
    /// The name is reserved or looks like a reserved one: see [`Username`](super::Username) and
    /// [`RoomName`](super::RoomName).
    Reserved,
}

impl Name {
    /// How many times shorter a string can become in NFC: a Hangul syllable replaces three letters,
    /// each as long as itself.
    const COMPOSITION: usize = 3;

    /// Parses a name of at most `columns` terminal columns and at most `bytes` bytes of UTF-8.
    ///
    /// # Errors
    ///
    /// The first problem that is found. The length is checked first, then each character in turn,
    /// then the script.
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

    /// The form of `raw`, if it has at most `bytes` bytes. If `raw` itself is much longer, `form`
    /// is not evaluated: one character can become eighteen.
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

    /// A name that the machine gives. It is not checked.
    pub(super) fn given(name: &str) -> Self {
        Self::new(name.into())
    }

    /// The folded form of a name or of its beginning, as typed; `None` if it is longer than
    /// `bytes`.
    pub(super) fn start(raw: &str, bytes: usize) -> Option<String> {
        Self::bounded(raw, raw.nfkc(), bytes).map(|normal| fold(&normal))
    }

    /// The name as typed, in NFC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text[..self.shown]
    }

    /// The name without differences of case: the form by which it is found.
    #[must_use]
    pub fn folded(&self) -> &str {
        if self.is_folded() { &self.text } else { &self.text[self.shown..] }
    }

    /// The folded form. It shares the memory of the name if both are the same.
    pub(super) fn to_folded(&self) -> Arc<str> {
        if self.is_folded() { self.text.clone() } else { self.folded().into() }
    }

    fn is_folded(&self) -> bool {
        self.shown == self.text.len()
    }
}

/// Compares the folded forms, and if they are the same, the names as shown.
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
    fn joiners_are_valid_only_where_a_script_needs_them() {
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

    /// A name that is far too long is refused before its characters are examined.
    #[test]
    fn length_is_checked_first() {
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

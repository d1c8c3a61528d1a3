//! How names are spelled: which characters they have, in which order, and which marks on which
//! letters.
//!
//! Not here: the same for text (`characters`), in which any letter may have any mark.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::characters::{is_invisible, is_joiner, is_joiner_meant, is_letter, is_mark};
use super::{Limits, NameError};

/// Checks the characters of a name and their order.
pub(super) fn check_spelling(name: &str) -> Result<(), NameError> {
    let (mut base, mut marks, mut has_base, mut last) = (None, 0, false, '\0');
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if is_separator(character) {
            base = None;
        } else if is_joiner(character) {
            let next = characters.peek().copied();
            if !base.is_some_and(|base| is_joiner_meant(character, base, last, next)) {
                return Err(NameError::Characters);
            }
        } else if is_invisible(character) || is_blank(character) {
            return Err(NameError::Characters);
        } else if is_mark(character) {
            let base = base.ok_or(NameError::Characters)?;
            marks += 1;
            if marks > Limits::MARKS_PER_BASE {
                return Err(NameError::TooManyMarks);
            }
            if !is_written_with(base, character) {
                return Err(NameError::Mark);
            }
        } else if is_base(character) {
            (base, marks, has_base) = (Some(character), 0, true);
        } else if character == char::REPLACEMENT_CHARACTER && marks == Limits::MARKS_PER_BASE {
            // `Text` replaces further marks by U+FFFD.
            return Err(NameError::TooManyMarks);
        } else {
            return Err(NameError::Characters);
        }
        last = character;
    }
    if has_base { Ok(()) } else { Err(NameError::Characters) }
}

/// Whether a name is typed with more marks on a letter than [`Text`](super::Text) leaves there, which counts them before
/// any is composed with its letter.
pub(super) fn has_too_many_marks(typed: &str) -> bool {
    let mut marks = 0;
    typed.chars().any(|character| {
        marks = match character {
            mark if is_mark(mark) => marks + 1,
            joiner if is_joiner(joiner) => marks,
            _ => 0,
        };
        marks > Limits::MARKS_PER_BASE
    })
}

/// Whether a character of a name does not change what the name looks like: `_`, `-`, `.`, and the
/// mark between syllables in Tibetan.
pub(super) fn is_separator(character: char) -> bool {
    matches!(character, '_' | '-' | '.' | '\u{F0B}')
}

/// Whether a letter or a mark is blank: two Egyptian blanks, a joiner of Tifinagh, and the
/// characters that extend the letter before them in Arabic and in N'Ko.
fn is_blank(character: char) -> bool {
    matches!(character, '\u{13441}' | '\u{13442}' | '\u{2D7F}' | '\u{640}' | '\u{7FA}')
}

/// Whether a character of a name is a letter or a digit, as opposed to a mark, `_`, `-` or `.`.
pub(super) fn is_base(character: char) -> bool {
    is_letter(character) || character.general_category() == GeneralCategory::DecimalNumber
}

/// Whether a letter is written with a mark. The name is in NFC, so the mark is one that does not
/// compose with the letter.
///
/// A mark that belongs to many scripts is drawn onto any letter, with unpredictable results: a dot
/// on an `i` is invisible. So in the scripts of Europe, a letter has only the marks with which it
/// is one character, and the marks below, which some orthographies need. In other scripts, a letter
/// has the marks of its own script.
fn is_written_with(letter: char, mark: char) -> bool {
    const NEEDED: [(&str, &str); 12] = [
        // Yoruba, Igbo and Edo: tones on letters with a dot below and on nasals; a line instead of
        // the dot.
        ("ẹịọụẸỊỌỤ", "\u{300}\u{301}\u{304}"),
        ("mM", "\u{300}\u{302}\u{304}\u{327}\u{30D}"),
        ("nN", "\u{302}\u{304}\u{30D}"),
        ("eèéoòósEÈÉOÒÓS", "\u{329}"),
        // Marshallese; Pe̍h-ōe-jī (Taiwanese), also on nasals.
        ("oO", "\u{327}\u{30D}\u{358}"),
        ("òóôōÒÓÔŌ", "\u{358}"),
        ("aeiuAEIU", "\u{30D}"),
        // Navajo and its relatives.
        ("ąęįǫĄĘĮǪ", "\u{300}\u{301}"),
        // Guarani; Tlingit and Haida.
        ("gxGX", "\u{303}\u{331}"),
        // Sanskrit in Latin letters.
        ("rlRL", "\u{325}"),
        // The additional vowels of West African and Nilotic languages, and their nasal.
        ("ɑɛəɨɩɔʉʋŋⱭƐƏƗƖƆɄƲŊ", "\u{300}\u{301}\u{302}\u{303}\u{304}\u{308}\u{30C}"),
        // Evenki and Kildin Sámi.
        ("аеёоыэюяАЕЁОЫЭЮЯ", "\u{304}"),
    ];
    match letter.script() {
        Script::Latin | Script::Greek | Script::Cyrillic | Script::Common => {
            NEEDED.iter().any(|(letters, marks)| letters.contains(letter) && marks.contains(mark))
        }
        script => {
            let scripts = mark.script_extension();
            !scripts.is_inherited() && !scripts.is_common() && scripts.contains_script(script)
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::super::Name;
    use super::*;

    fn parse(raw: &str) -> Result<String, NameError> {
        Name::parse(raw, 24, 96).map(|name| name.as_str().into())
    }

    #[test]
    fn letters_have_only_the_marks_that_they_are_written_with() {
        for name in [
            "Ṣadé",
            "Ọlá",
            "ẹ\u{301}bùn",
            "M\u{327}aje\u{13C}",
            "Nguyễn",
            "Sɛ\u{30C}nami",
            "Lîm-A-o\u{30D}k",
            "ą\u{301}",
            "Kr\u{325}ṣṇa",
            "g\u{303}uarani",
            "セ\u{309A}",
            "נ\u{5B8}ע\u{5B2}מ\u{5B4}י",
            "\u{1000}\u{103B}\u{103C}\u{103D}\u{103E}\u{102D}\u{102F}",
        ] {
            assert_eq!(parse(name), Ok(name.into()), "{name}");
        }
        for name in [
            "mi\u{307}ke",
            "j\u{307}an",
            "і\u{307}ра",
            "ann\u{332}",
            "ann\u{20DD}",
            "ann\u{951}",
            "7\u{308}",
            "अ\u{308}",
            "山\u{301}",
            "ა\u{302}",
        ] {
            assert_eq!(parse(name), Err(NameError::Mark), "{name:?}");
        }
        let marks = |count| String::from("\u{1000}") + &"\u{103D}".repeat(count);
        assert!(parse(&marks(6)).is_ok());
        for count in [7, 20] {
            assert_eq!(parse(&marks(count)), Err(NameError::TooManyMarks));
        }
        // Two of the seven would be one, but whoever types them loses the last before.
        let typed = "\u{D20}\u{D4D}\u{D3E}\u{D3E}\u{D3E}\u{D46}\u{D3E}\u{D3E}";
        assert_eq!(parse(typed), Err(NameError::TooManyMarks));
    }
}

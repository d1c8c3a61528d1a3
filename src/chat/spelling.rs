//! How names are spelled: which characters they have, in which order, and which marks on which letters.
//!
//! Not here: what text may have (`characters`), where any letter may have any mark.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::characters::{is_invisible, is_joiner, is_joiner_meant, is_letter, is_mark};
use super::{Limits, NameError};

/// Whether a name's characters are such as it may have, in an order in which it may have them.
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
            // What `Text` has in place of further ones.
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

/// Whether a character of a name makes no difference to what the name looks like: `_`, `-`, `.`, and what is
/// between the syllables of Tibetan.
pub(super) fn is_separator(character: char) -> bool {
    matches!(character, '_' | '-' | '.' | '\u{F0B}')
}

/// Whether a character is a letter or a mark that shows nothing of itself: two Egyptian blanks, a
/// joiner of Tifinagh, and what draws out the letter before it in Arabic and in N'Ko.
fn is_blank(character: char) -> bool {
    matches!(character, '\u{13441}' | '\u{13442}' | '\u{2D7F}' | '\u{640}' | '\u{7FA}')
}

/// Whether a character of a name is a letter or a digit, as opposed to a mark, `_`, `-` or `.`.
pub(super) fn is_base(character: char) -> bool {
    is_letter(character) || character.general_category() == GeneralCategory::DecimalNumber
}

/// Whether a letter is written with a mark, in NFC: so the mark is one that has not become part of it.
///
/// A mark that belongs to many scripts is drawn onto any letter, with an effect that nobody knows: a dot on an
/// `i` shows nothing. So in the scripts of Europe, letters have the marks with which they are one character, and
/// these, which some orthographies need. In any other, they have the marks of their script.
fn is_written_with(letter: char, mark: char) -> bool {
    const NEEDED: [(&str, &str); 12] = [
        // Yoruba, Igbo and Edo: a tone on a letter with a dot below, on a nasal; a line in place of the dot.
        ("ẹịọụẸỊỌỤ", "\u{300}\u{301}\u{304}"),
        ("mM", "\u{300}\u{302}\u{304}\u{327}\u{30D}"),
        ("nN", "\u{302}\u{304}\u{30D}"),
        ("eèéoòósEÈÉOÒÓS", "\u{329}"),
        // Marshallese, and Pe̍h-ōe-jī, which is Taiwanese, also on nasals.
        ("oO", "\u{327}\u{30D}\u{358}"),
        ("òóôōÒÓÔŌ", "\u{358}"),
        ("aeiuAEIU", "\u{30D}"),
        // Navajo and its relatives.
        ("ąęįǫĄĘĮǪ", "\u{300}\u{301}"),
        // Guarani; Tlingit and Haida.
        ("gxGX", "\u{303}\u{331}"),
        // Sanskrit in Latin letters.
        ("rlRL", "\u{325}"),
        // The vowels that West Africa and the languages of the Nile have beyond five, and their nasal.
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
    fn letters_have_the_marks_with_which_they_are_written() {
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

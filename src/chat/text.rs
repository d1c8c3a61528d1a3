//! What a user wrote, made safe for another person's terminal. [`Text::clean`] is the only
//! sanitiser there is.
//!
//! What never comes through:
//!
//! - control characters: C0, DEL, C1. A tab becomes a space.
//! - terminal sequences, whole: what ESC or a C1 introducer begins goes up to where a terminal
//!   would end it (ECMA-48 section 5.4), at the latest with the line. No `[31m` is left over.
//! - bidirectional controls, line and paragraph separators, and whatever shows nothing, but where it has a
//!   meaning (`characters`).
//! - marks without a visible base, and more on one than
//!   [`Limits::MARKS_PER_BASE`](super::Limits::MARKS_PER_BASE); these are replaced by one U+FFFD.
//!
//! Not here: decoding of bytes (`wire::line`), what may follow what (`characters`), and what a line asks for
//! (`command`).

use alloc::sync::Arc;
use core::fmt;

use super::characters::Kept;

const ESC: char = '\u{1B}';
const BEL: char = '\u{7}';
const CAN: char = '\u{18}';
const SUB: char = '\u{1A}';
/// String Terminator, as one character.
const ST: char = '\u{9C}';

/// User-supplied text in which no character can act on a terminal. A clone shares the characters.
///
/// ```
/// use chinwag::chat::Text;
///
/// assert_eq!(Text::clean("\u{1B}[31mred\u{1B}[0m\talert\u{7}").as_str(), "red alert");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Arc<str>);

impl Text {
    /// Removes whatever could act on a terminal. Total; cleaning twice changes nothing more.
    #[must_use]
    pub fn clean(raw: impl AsRef<str> + Into<Arc<str>>) -> Self {
        // Without a way out in the middle, so that many bytes are looked at together.
        let is_plain = |plain, byte| plain & matches!(byte, b' '..=b'~');
        if raw.as_ref().bytes().fold(true, is_plain) {
            return Self(raw.into());
        }
        let mut sequence = Sequence::None;
        let mut kept = Kept::default();
        for character in raw.as_ref().chars() {
            if sequence.lets_through(character) {
                kept.push(character);
            }
        }
        Self(kept.text.into())
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing but white space in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.chars().all(char::is_whitespace)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where in a terminal sequence the reader is.
#[derive(Clone, Copy)]
enum Sequence {
    /// In none.
    None,
    /// After ESC: what follows says which kind it is.
    Escape,
    /// After ESC and an intermediate byte: up to a final byte.
    EscapeIntermediate,
    /// In a control sequence: up to a final byte.
    Control,
    /// Before the one character that a single shift is for. Function keys send such sequences, some of
    /// them with a second `[`.
    Single,
    /// In a control string (OSC, DCS, SOS, PM, APC): up to its terminator.
    String,
}

impl Sequence {
    /// Whether `character` is text, as opposed to a part of a sequence.
    fn lets_through(&mut self, character: char) -> bool {
        let (next, is_text) = match (*self, character) {
            (_, ESC) => (Self::Escape, false),
            (Self::String, ST | BEL | CAN | SUB) => (Self::None, false),
            (Self::String, _) => (Self::String, false),
            (_, '\u{9B}') => (Self::Control, false),
            (_, '\u{8E}' | '\u{8F}') => (Self::Single, false),
            (_, '\u{90}' | '\u{98}' | '\u{9D}'..='\u{9F}') => (Self::String, false),
            (Self::None, _) | (_, '\u{80}'..) => (Self::None, true),
            (_, CAN | SUB) => (Self::None, false),
            (state, ..' ' | '\u{7F}') => (state, false),
            (Self::Escape, '[') => (Self::Control, false),
            (Self::Escape, 'N' | 'O') | (Self::Control, '[') => (Self::Single, false),
            (Self::Escape, ']' | 'P' | 'X' | '^' | '_') => (Self::String, false),
            (Self::Escape | Self::EscapeIntermediate, ' '..='/') => {
                (Self::EscapeIntermediate, false)
            }
            (Self::Control, ' '..='?') => (Self::Control, false),
            (_, _) => (Self::None, false),
        };
        *self = next;
        is_text
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::is_invisible;
    use super::*;

    #[track_caller]
    fn cleans(raw: &str, expected: &str) {
        assert_eq!(Text::clean(raw).as_str(), expected, "{raw:?}");
        assert_eq!(Text::clean(expected).as_str(), expected, "a second cleaning of {raw:?}");
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["", "ൎക", " ", "hello", "  two  spaces  ", "日本語", "नमस्ते", "Grüße", "[31m"]
        {
            cleans(text, text);
        }
    }

    #[test]
    fn control_characters_vanish_and_a_tab_becomes_a_space() {
        for code in (0..0x20).chain(0x7F..0xA0) {
            let control = char::from_u32(code).unwrap();
            let introduces = matches!(code, 0x1B | 0x8E | 0x8F | 0x90 | 0x98 | 0x9B | 0x9D..=0x9F);
            if !introduces {
                cleans(&format!("a{control}b"), if control == '\t' { "a b" } else { "ab" });
            }
        }
    }

    #[test]
    fn sequences_vanish_whole() {
        cleans("\u{1B}[1;31mred\u{1B}[0m", "red");
        cleans("\u{9B}1;31mred", "red");
        cleans("\u{1B}]0;title\u{7}text", "text");
        cleans("\u{1B}]0;title\u{1B}\\text", "text");
        cleans("\u{9D}0;title\u{9C}text", "text");
        cleans("\u{1B}Pq#0\u{1B}\\text", "text");
        cleans("\u{1B}(Btext", "text");
        cleans("\u{1B}ctext", "text");
        cleans("\u{1B}\u{1B}[31mtext", "text");
        cleans("\u{1B}OPtext", "text");
        cleans("\u{8F}Ptext", "text");
        cleans("\u{1B}[[Atext", "text");
        cleans("\u{1B}[31\u{18}text", "text");
        cleans("\u{1B}[3\u{7}1mtext", "text");
    }

    #[test]
    fn an_unended_sequence_takes_no_more_than_its_line() {
        cleans("text\u{1B}]0;title", "text");
        cleans("text\u{1B}[31", "text");
        cleans("text\u{1B}", "text");
    }

    #[test]
    fn a_letter_outside_ascii_ends_a_sequence_and_stays() {
        cleans("\u{1B}[31é", "é");
        cleans("\u{1B}é", "é");
        cleans("\u{1B}(é", "é");
    }

    #[test]
    fn bidirectional_controls_and_invisible_characters_vanish() {
        for hidden in [
            '\u{202E}',
            '\u{2066}',
            '\u{200F}',
            '\u{61C}',
            '\u{AD}',
            '\u{200B}',
            '\u{FEFF}',
            '\u{2060}',
            '\u{3164}',
            '\u{2028}',
            '\u{2029}',
            '\u{E0041}',
            '\u{FFF9}',
        ] {
            cleans(&format!("a{hidden}b"), "ab");
        }
    }

    #[test]
    fn no_single_character_acts_on_a_terminal() {
        for character in '\0'..=char::MAX {
            let text = Text::clean(format!("a{character}b"));
            assert!(
                !text.as_str().chars().any(|kept| kept.is_control()
                    || (is_invisible(kept)
                        && !matches!(kept, '\u{200C}' | '\u{200D}')
                        && !matches!(kept, '\u{180B}'..='\u{180F}')
                        && !matches!(kept, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'))),
                "{character:?} became {text:?}"
            );
        }
    }
}

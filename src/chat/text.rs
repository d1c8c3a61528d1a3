//! Text that a user typed, made safe for the terminals of others. [`Text::clean`] is the only
//! sanitiser.
//!
//! What it removes:
//!
//! - control characters: C0, DEL, C1. A tab becomes a space.
//! - complete terminal sequences ([`Sequence`]), as a whole, so that no `[31m` is left over. Of an
//!   incomplete one, only the character that introduces it: the rest may be text that someone
//!   typed.
//! - bidirectional controls, line and paragraph separators, and invisible characters, except where
//!   they have a meaning (`characters`).
//! - marks without a visible base. The marks on one base beyond
//!   [`Limits::MARKS_PER_BASE`](super::Limits::MARKS_PER_BASE) are replaced by one U+FFFD.
//!
//! Not here: decoding of bytes (`wire::line`), which character may follow which (`characters`), and
//! what a line asks for (`command`).

use alloc::sync::Arc;
use core::fmt;

use zeroize::Zeroize;

use super::characters::{Kept, is_invisible};
use super::sequence::{Sequence, StringsEnd, hides_a_command};

/// User-supplied text without any character that can act on a terminal. Clones share their memory.
///
/// ```
/// use chinwag::chat::Text;
///
/// assert_eq!(Text::clean("\u{1B}[31mred\u{1B}[0m\talert\u{7}").as_str(), "red alert");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Arc<str>);

impl Text {
    /// Removes everything that could act on a terminal. Accepts any text; cleaning twice changes
    /// nothing more.
    #[must_use]
    pub fn clean(raw: impl AsRef<str> + Into<Arc<str>>) -> Self {
        if is_plain(raw.as_ref()) {
            return Self(raw.into());
        }
        let mut kept = Kept::default();
        let mut rest = raw.as_ref();
        let strings_end = StringsEnd::of(rest);
        while let Some(character) = rest.chars().next() {
            if let Sequence::Whole { bytes, .. } = Sequence::of(rest, strings_end) {
                rest = &rest[bytes..];
            } else {
                // The introducer of an incomplete sequence is a control character, which is not
                // kept.
                kept.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
        Self(kept.text.into())
    }

    /// Cleans a line as typed. `None` if a key that shows nothing may have led its writer to see a
    /// command where there is none, or none where there is one.
    pub(super) fn typed(line: Arc<str>) -> Option<Self> {
        if is_plain(&line) {
            return Some(Self(line));
        }
        let shows = |character: char| !character.is_control() && !is_invisible(character);
        (!hides_a_command(&line, shows)).then(|| Self::clean(line))
    }

    /// Overwrites the text, unless it is in use elsewhere.
    pub(super) fn wipe(mut self) {
        Arc::get_mut(&mut self.0).into_iter().for_each(Zeroize::zeroize);
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty or consists of white space.
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

/// Whether a text consists of printable ASCII, as most texts do. Without an early exit, so that
/// many bytes are compared at a time.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use alloc::format;

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
    fn the_text_of_an_incomplete_sequence_stays() {
        cleans("text\u{1B}]0;title", "text]0;title");
        cleans("text\u{1B}[31", "text[31");
        cleans("text\u{1B}", "text");
        cleans("see you \u{1B} tomorrow", "see you  tomorrow");
        cleans("hi \u{1B}] there", "hi ] there");
        cleans("hi \u{1B}P there", "hi P there");
        cleans("hi \u{9D} there", "hi  there");
        cleans("\u{1B}[31é", "[31é");
        cleans("\u{1B}é", "é");
        cleans("\u{1B}(é", "(é");
        cleans("\u{1B}]one\u{7}two\u{1B}]three", "two]three");
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

//! Terminal sequences, which act on a terminal or are sent by its keys, and where they end (ECMA-48
//! section 5.4, and the behaviour of terminals).
//!
//! Not here: how the rest of a text is cleaned (`text`).

const ESC: char = '\u{1B}';
const BEL: char = '\u{7}';
const CAN: char = '\u{18}';
const SUB: char = '\u{1A}';
/// String Terminator, as one character.
const ST: char = '\u{9C}';

/// What a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// No sequence: the first character does not introduce one, or a character follows that no
    /// sequence can contain.
    None,
    /// The beginning of a sequence, up to the end of the text.
    Part,
    /// A whole sequence. A terminal shows nothing of it.
    Whole {
        /// Its length, in bytes of UTF-8.
        bytes: usize,
        /// Whether it is a control string (OSC, DCS, SOS, PM, APC), which no key sends.
        is_string: bool,
    },
}

/// Where the last terminator of a control string is in a line. Counted from the end of the line, so
/// that it also holds for any rest of the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StringsEnd(Option<usize>);

impl StringsEnd {
    pub(crate) fn of(line: &str) -> Self {
        let last = line.char_indices().rfind(|(at, _)| string_end(&line[*at..]).is_some());
        Self(last.map(|(at, _)| line.len() - at))
    }
}

impl Sequence {
    /// The sequence at the beginning of `text`, which is the rest of a line.
    pub(crate) fn of(text: &str, strings_end: StringsEnd) -> Self {
        let mut characters = text.chars();
        let body = match characters.next() {
            Some('\u{8E}' | '\u{8F}') => single,
            Some('\u{9B}') => control,
            Some('\u{90}' | '\u{98}' | '\u{9D}'..='\u{9F}') => {
                return Self::string(text, characters.as_str(), strings_end);
            }
            Some(ESC) => match characters.next() {
                Some('N' | 'O') => single,
                Some('[') => control,
                Some(']' | 'P' | 'X' | '^' | '_') => {
                    return Self::string(text, characters.as_str(), strings_end);
                }
                // ECMA-48 allows a space here too, but a space is more likely to be typed text.
                Some('!'..='/') => escape,
                Some('0'..='~') => return Self::Whole { bytes: 2, is_string: false },
                Some(_) => return Self::None,
                None => return Self::Part,
            },
            _ => return Self::None,
        };
        let rest = characters.as_str();
        for (at, character) in rest.char_indices() {
            let bytes = text.len() - rest.len() + at;
            match character {
                ESC => return Self::Whole { bytes, is_string: false },
                CAN | SUB => return Self::Whole { bytes: bytes + 1, is_string: false },
                '\0'..='\u{1F}' | '\u{7F}' => {}
                _ => match body(at, character) {
                    Place::Within => {}
                    Place::Last => {
                        return Self::Whole { bytes: bytes + 1, is_string: false };
                    }
                    Place::Outside => return Self::None,
                },
            }
        }
        Self::Part
    }

    fn string(text: &str, body: &str, StringsEnd(last): StringsEnd) -> Self {
        // Without a terminator in the rest there is no need to search. So the time for a line is
        // linear in its length.
        if last.is_none_or(|last| body.len() < last) {
            return Self::Part;
        }
        let end = body.char_indices().find_map(|(at, _)| Some(at + string_end(&body[at..])?));
        end.map_or(Self::Part, |end| Self::Whole {
            bytes: text.len() - body.len() + end,
            is_string: true,
        })
    }
}

/// The length of the terminator of a control string at the beginning of a text, in bytes.
fn string_end(text: &str) -> Option<usize> {
    match text.chars().next()? {
        BEL | CAN | SUB => Some(1),
        ST => Some(ST.len_utf8()),
        ESC => text[1..].starts_with('\\').then_some(2),
        _ => None,
    }
}

/// The position of a character in a sequence.
enum Place {
    Within,
    Last,
    Outside,
}

/// After a single shift: one character. Function keys send such sequences.
fn single(_: usize, character: char) -> Place {
    if matches!(character, '!'..='~') { Place::Last } else { Place::Outside }
}

/// After ESC and an intermediate byte.
fn escape(_: usize, character: char) -> Place {
    match character {
        ' '..='/' => Place::Within,
        '0'..='~' => Place::Last,
        _ => Place::Outside,
    }
}

/// After a control sequence introducer. Some function keys send a second `[` and then one
/// character.
fn control(at: usize, character: char) -> Place {
    match character {
        '[' if at == 0 => Place::Within,
        ' '..='?' => Place::Within,
        '@'..='~' => Place::Last,
        _ => Place::Outside,
    }
}

/// Whether the whole text is one key that shows nothing, or the beginning of one.
pub(crate) fn is_key(text: &str) -> bool {
    match Sequence::of(text, StringsEnd(None)) {
        Sequence::None => false,
        Sequence::Part => true,
        Sequence::Whole { bytes, .. } => bytes == text.len(),
    }
}

/// Whether keys at the beginning of a line may mislead its writer about whether it is a command:
/// before any visible character, a sequence contains an `@` or a `/`, or the beginning of a
/// sequence stands before one.
pub(crate) fn hides_a_command(line: &str, shows: impl Fn(char) -> bool) -> bool {
    let strings_end = StringsEnd::of(line);
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let taken = match Sequence::of(rest, strings_end) {
            Sequence::Whole { bytes, is_string } => {
                let (sequence, after) = rest.split_at(bytes);
                rest = after;
                if is_string { "" } else { sequence }
            }
            Sequence::Part => core::mem::take(&mut rest),
            // The writer may have taken what stands between ESC and the invalid character for a
            // key.
            Sequence::None if is_introducer(character) => core::mem::take(&mut rest),
            Sequence::None if shows(character) => return false,
            Sequence::None => {
                rest = &rest[character.len_utf8()..];
                ""
            }
        };
        if taken.contains(['@', '/', '＠', '／']) {
            return true;
        }
    }
    false
}

fn is_introducer(character: char) -> bool {
    matches!(character, ESC | '\u{8E}'..='\u{90}' | '\u{98}' | '\u{9B}' | '\u{9D}'..='\u{9F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: usize, is_string: bool) -> Sequence {
        Sequence::Whole { bytes, is_string }
    }

    #[test]
    fn a_sequence_ends_where_a_terminal_ends_it() {
        for (text, sequence) in [
            ("", Sequence::None),
            ("x\u{1B}[A", Sequence::None),
            ("\u{1B}", Sequence::Part),
            ("\u{1B}é", Sequence::None),
            ("\u{1B} t", Sequence::None),
            ("\u{1B}ctext", whole(2, false)),
            ("\u{1B}(Btext", whole(3, false)),
            ("\u{1B}(", Sequence::Part),
            ("\u{1B}(é", Sequence::None),
            ("\u{1B}[1;31mred", whole(7, false)),
            ("\u{1B}[ @x", whole(4, false)),
            ("\u{1B}[", Sequence::Part),
            ("\u{1B}[3é", Sequence::None),
            ("\u{1B}[3\u{1B}[m", whole(3, false)),
            ("\u{1B}[3\u{18}m", whole(4, false)),
            ("\u{1B}[3\u{7}1mtext", whole(6, false)),
            ("\u{1B}[[Atext", whole(4, false)),
            ("\u{1B}[[[", whole(4, false)),
            ("\u{9B}1mtext", whole(4, false)),
            ("\u{1B}OPtext", whole(3, false)),
            ("\u{1B}O text", Sequence::None),
            ("\u{8F}Ptext", whole(3, false)),
            ("\u{1B}]0;t\u{7}text", whole(6, true)),
            ("\u{1B}]0;t\u{1B}\\text", whole(7, true)),
            ("\u{9D}0;t\u{9C}text", whole(7, true)),
            ("\u{1B}]0;t", Sequence::Part),
            ("\u{1B}]0;t\u{1B}[m", Sequence::Part),
        ] {
            assert_eq!(Sequence::of(text, StringsEnd::of(text)), sequence, "{text:?}");
        }
    }

    #[test]
    fn only_whole_or_partial_keys_are_keys() {
        for key in [
            "\u{1B}",
            "\u{1B}[",
            "\u{1B}[A",
            "\u{1B}[3",
            "\u{1B}[3~",
            "\u{1B}O",
            "\u{1B}OH",
            "\u{1B}b",
        ] {
            assert!(is_key(key), "{key:?}");
        }
        for text in ["", "a", "\u{1B}[Aa", "\u{1B}[é", "\u{1B}bc"] {
            assert!(!is_key(text), "{text:?}");
        }
    }

    #[test]
    fn a_command_is_hidden_by_a_sequence_that_takes_its_sign() {
        let hides = |line| hides_a_command(line, |character| character > ' ');
        for line in [
            "\u{1B}O@bob s",
            "\u{1B}[/w bob s",
            "\u{1B}[1@bob s",
            "\u{1B}/w bob s",
            "\u{1B}@bob s",
            "\u{1B}]@bob s",
            "\u{1B}P1;@bob s",
            "\u{9B}@bob s",
            "\u{1B}[é @bob s",
            "\u{7}\u{1B}[A\u{1B}O@bob s",
            "\u{1B}[＠bob s",
        ] {
            assert!(hides(line), "{line:?}");
        }
        for line in [
            "@bob s",
            "\u{1B}[A@bob s",
            "\u{1B}OH/w bob s",
            "\u{1B}]8;;http://x\u{7}link",
            "hi \u{1B}O@bob s",
            "\u{1B}[31mred @bob",
            "\u{1B}[ hello",
            "\u{1B}",
        ] {
            assert!(!hides(line), "{line:?}");
        }
    }
}

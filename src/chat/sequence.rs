//! Sequences that act on a terminal, and that its keys send: where one ends (ECMA-48 section 5.4, and what
//! terminals make of it).
//!
//! Not here: what becomes of the rest of a text (`text`).

const ESC: char = '\u{1B}';
const BEL: char = '\u{7}';
const CAN: char = '\u{18}';
const SUB: char = '\u{1A}';
/// String Terminator, as one character.
const ST: char = '\u{9C}';

/// What a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// No sequence: its first character introduces none, or something follows that no sequence has.
    None,
    /// The beginning of a sequence, up to the end of the text.
    Part,
    /// A whole sequence: a terminal shows nothing of it.
    Whole {
        /// How long it is, in bytes of UTF-8.
        bytes: usize,
        /// Whether it is a control string (OSC, DCS, SOS, PM, APC), which no key sends.
        is_string: bool,
    },
}

/// Where the control strings of a line end at the latest, counted from the end of the line: so it is the same
/// for what is left of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StringsEnd(Option<usize>);

impl StringsEnd {
    pub(crate) fn of(line: &str) -> Self {
        let last = line.char_indices().rfind(|(at, _)| string_end(&line[*at..]).is_some());
        Self(last.map(|(at, _)| line.len() - at))
    }
}

impl Sequence {
    /// The sequence that `text`, which is the rest of a line, begins with.
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
                // A space could stand here too, but then it is one that someone typed.
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
        // If none ends any more, it need not be looked for: to look at a line takes no longer than the line.
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

/// How long the end of a control string is that a text begins with, in bytes.
fn string_end(text: &str) -> Option<usize> {
    match text.chars().next()? {
        BEL | CAN | SUB => Some(1),
        ST => Some(ST.len_utf8()),
        ESC => text[1..].starts_with('\\').then_some(2),
        _ => None,
    }
}

/// Where a character stands.
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

/// After a control sequence introducer. Some function keys send a second `[` and one character.
fn control(at: usize, character: char) -> Place {
    match character {
        '[' if at == 0 => Place::Within,
        ' '..='?' => Place::Within,
        '@'..='~' => Place::Last,
        _ => Place::Outside,
    }
}

/// Whether all of a text, from its first character on, is a key that shows nothing, or the beginning of one.
pub(crate) fn is_key(text: &str) -> bool {
    match Sequence::of(text, StringsEnd(None)) {
        Sequence::None => false,
        Sequence::Part => true,
        Sequence::Whole { bytes, .. } => bytes == text.len(),
    }
}

/// Whether a line may begin, to the eye of its writer, with a command that is none, or hide that it does: before
/// anything that shows stands a sequence that takes an `@` or a `/` with it, or the beginning of one before
/// them.
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
            // What stands between ESC and something that no sequence has may have been taken for a key.
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
    fn keys_show_nothing_and_other_text_does() {
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
    fn a_command_is_hidden_by_what_would_take_its_sign() {
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

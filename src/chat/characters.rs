//! Which character may follow which in text and in names: marks, joiners, selectors and tags.
//!
//! Some characters are invisible, or are drawn onto the one before them. Each is kept where the
//! Unicode standard gives it a meaning, and only as many of them as a script needs. Marks beyond
//! that are replaced by one U+FFFD: the writer sees the replacement, and a name does not turn into
//! another one.
//!
//! Not here: control characters and terminal sequences (`text`), and the other characters of names
//! (`name`).

use alloc::string::String;

use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::Limits;

const ZERO_WIDTH_JOINER: char = '\u{200D}';
const MONGOLIAN_VOWEL_SEPARATOR: char = '\u{180E}';
const BLACK_FLAG: char = '🏴';
const CANCEL_TAG: char = '\u{E007F}';
/// The tags that make a black flag the flag of England, of Scotland or of Wales. Other tags could
/// carry hidden text.
const FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];

/// The text kept so far, and the state that decides whether the next character may follow it.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) text: String,
    /// What a mark, a joiner or a selector would attach to.
    last: Last,
    /// The last character that is not a mark, a joiner, a selector or a tag.
    base: char,
    /// The number of marks on the base; one more than the limit once some have been replaced.
    marks: usize,
    /// The number of emoji in a row that are joined to the one before them.
    joined: usize,
    /// A joiner that is kept if something visible follows.
    joiner: Option<char>,
    /// The tags since the last flag, until they are complete.
    tags: String,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Last {
    /// Nothing yet, or white space.
    #[default]
    Blank,
    Visible,
    Selector,
    Joiner,
}

impl Kept {
    pub(super) fn push(&mut self, character: char) {
        if let '\u{E0020}'..=CANCEL_TAG = character {
            return self.push_tag(character);
        }
        self.tags.clear();
        match character {
            '\t' => self.push_base(' '),
            _ if is_joiner(character) => self.push_joiner(character),
            '\u{180B}'..='\u{180D}'
            | '\u{180F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{E0100}'..='\u{E01EF}' => {
                if self.last == Last::Visible && self.joiner.is_none() {
                    self.text.push(character);
                    self.last = Last::Selector;
                }
            }
            '\u{2028}' | '\u{2029}' => {}
            _ if character.is_control() || is_invisible(character) => {}
            _ if is_mark(character) => self.push_mark(character),
            '\u{1F3FB}'..='\u{1F3FF}' if self.last != Last::Blank => self.push_mark(character),
            _ => self.push_base(character),
        }
    }

    fn push_base(&mut self, character: char) {
        let joiner = self.joiner.take().filter(|joiner| self.joins(*joiner, character));
        let is_joined_emoji = joiner.is_some() && !is_letter(character);
        self.joined = if is_joined_emoji { self.joined + 1 } else { 0 };
        self.text.extend(joiner);
        self.last = if character.is_whitespace() { Last::Blank } else { Last::Visible };
        self.text.push(character);
        self.base = character;
        self.marks = 0;
    }

    /// Whether a joiner between the base and this character has a meaning.
    fn joins(&self, joiner: char, character: char) -> bool {
        if joiner == MONGOLIAN_VOWEL_SEPARATOR {
            return is_mongolian(character);
        }
        let is_bounded = is_letter(character) || self.joined < Limits::MARKS_PER_BASE;
        !character.is_whitespace() && is_bounded
    }

    /// Adds a mark, or a skin tone, which is drawn onto an emoji as a mark is drawn onto a letter.
    fn push_mark(&mut self, mark: char) {
        if self.last == Last::Blank || self.marks > Limits::MARKS_PER_BASE {
            return;
        }
        if self.marks == Limits::MARKS_PER_BASE {
            self.push_base(char::REPLACEMENT_CHARACTER);
            self.marks = Limits::MARKS_PER_BASE + 1;
            return;
        }
        let joiner = self.joiner.take();
        self.text.extend(joiner.filter(|joiner| *joiner != MONGOLIAN_VOWEL_SEPARATOR));
        self.text.push(mark);
        self.last = Last::Visible;
        self.marks += 1;
    }

    fn push_joiner(&mut self, joiner: char) {
        if self.joiner.is_some() || matches!(self.last, Last::Blank | Last::Joiner) {
            return;
        }
        // A final joiner changes how the letter before it is drawn, whatever follows.
        let is_final = match joiner {
            MONGOLIAN_VOWEL_SEPARATOR if !is_mongolian(self.base) => return,
            MONGOLIAN_VOWEL_SEPARATOR => false,
            _ if self.text.ends_with(is_virama) => true,
            _ => joiner == ZERO_WIDTH_JOINER && is_cursive(self.base),
        };
        if is_final {
            self.text.push(joiner);
            self.last = Last::Joiner;
        } else {
            self.joiner = Some(joiner);
        }
    }

    fn push_tag(&mut self, tag: char) {
        if self.tags.is_empty() && (self.joiner.is_some() || !self.text.ends_with(BLACK_FLAG)) {
            return;
        }
        if tag != CANCEL_TAG {
            self.tags.push(tag);
        } else if FLAGS.iter().any(|flag| flag.chars().map(to_tag).eq(self.tags.chars())) {
            self.text.push_str(&self.tags);
            self.text.push(CANCEL_TAG);
            self.last = Last::Selector;
            self.tags.clear();
        } else {
            self.tags.clear();
        }
    }
}

/// The tag for an ASCII character.
fn to_tag(character: char) -> char {
    char::from_u32(0xE_0000 + u32::from(character)).unwrap_or(character)
}

/// Whether a joiner in a name has a meaning. `base` is the base before it, `last` the character
/// directly before it, which may be a mark on the base, and `next` the character after it.
///
/// This follows UAX 31 (A1, A2, B), which also accepts some joiners that show nothing. They do no
/// harm, because names are compared without joiners.
pub(super) fn is_joiner_meant(joiner: char, base: char, last: char, next: Option<char>) -> bool {
    let is_before = |is: fn(char) -> bool| is(base) && next.is_some_and(is);
    match joiner {
        MONGOLIAN_VOWEL_SEPARATOR => is_before(is_mongolian),
        _ if is_virama(last) => true,
        ZERO_WIDTH_JOINER => false,
        _ => is_before(is_cursive),
    }
}

/// Whether a character is invisible but changes how its neighbours are drawn: U+200C, U+200D, and
/// the vowel separator of Mongolian.
pub(super) fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200C}' | ZERO_WIDTH_JOINER | MONGOLIAN_VOWEL_SEPARATOR)
}

/// Whether a character removes the vowel of the consonant before it.
fn is_virama(character: char) -> bool {
    canonical_combining_class(character) == 9
}

fn is_mongolian(character: char) -> bool {
    is_letter(character) && character.script() == Script::Mongolian
}

/// Whether a character is a letter of a script with joined letters.
fn is_cursive(character: char) -> bool {
    use Script::{
        Adlam, Arabic, Chorasmian, Hanifi_Rohingya, Mandaic, Manichaean, Mongolian, Nko,
        Old_Uyghur, Phags_Pa, Psalter_Pahlavi, Sogdian, Syriac,
    };
    let is_joined = matches!(
        character.script(),
        Adlam
            | Arabic
            | Chorasmian
            | Hanifi_Rohingya
            | Mandaic
            | Manichaean
            | Mongolian
            | Nko
            | Old_Uyghur
            | Phags_Pa
            | Psalter_Pahlavi
            | Sogdian
            | Syriac
    );
    is_joined && is_letter(character)
}

/// Whether a character is a letter.
pub(super) fn is_letter(character: char) -> bool {
    character.general_category_group() == GeneralCategoryGroup::Letter
}

/// Whether a character is drawn onto the one before it: a combining mark, or a vowel or a final
/// consonant of conjoining Hangul.
pub(super) fn is_mark(character: char) -> bool {
    character.general_category_group() == GeneralCategoryGroup::Mark
        || matches!(character, '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FB}')
}

/// Whether a character is invisible: Unicode's `Default_Ignorable_Code_Point`, and the interlinear
/// annotation controls U+FFF9 to U+FFFB.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::Text;
    use super::*;

    #[track_caller]
    fn cleans(raw: &str, expected: &str) {
        assert_eq!(Text::clean(raw).as_str(), expected, "{raw:?}");
        assert_eq!(Text::clean(expected).as_str(), expected, "a second cleaning of {raw:?}");
    }

    #[test]
    fn as_many_marks_as_a_script_needs_stay_on_a_base() {
        let marks = |count| format!("e{}x", "\u{301}".repeat(count));
        for count in 0..=6 {
            cleans(&marks(count), &marks(count));
        }
        let cut = format!("e{}\u{FFFD}x", "\u{301}".repeat(6));
        cleans(&marks(7), &cut);
        cleans(&marks(100), &cut);
        // Tai Tham, Myanmar, Tibetan.
        let stacked = [
            "\u{1A20}\u{1A60}\u{1A3F}\u{1A6E}\u{1A69}\u{1A75}\u{1A74}",
            "\u{1000}\u{103B}\u{103C}\u{103D}\u{103E}\u{102D}\u{102F}",
            "\u{F66}\u{F90}\u{FB2}\u{F74}\u{F7E}",
        ];
        for text in stacked {
            cleans(text, text);
        }
        cleans("\u{301}a \u{301}b", "a b");
        cleans("ᄀ\u{1161}\u{11A8}", "ᄀ\u{1161}\u{11A8}");
        let vowels = |count| format!("ᄀ{}", "\u{1161}".repeat(count));
        cleans(&vowels(7), &(vowels(6) + "\u{FFFD}"));
    }

    #[test]
    fn emoji_are_limited_like_letters() {
        let joined = |count| format!("👨{}", "\u{200D}👩".repeat(count));
        cleans(&joined(6), &joined(6));
        // Emoji beyond the limit lose their joiner and stand side by side: nothing visible is lost.
        cleans(&joined(8), &format!("{}👩\u{200D}👩", joined(6)));
        assert_eq!(Text::clean(joined(281)).as_str().matches('\u{200D}').count(), 241);
        let toned = |count| format!("👍{}", "🏽".repeat(count));
        cleans(&toned(6), &toned(6));
        cleans(&toned(400), &(toned(6) + "\u{FFFD}"));
        cleans("🏽👍", "🏽👍");
        let kiss = "👨🏽\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👨🏽";
        cleans(kiss, kiss);
        let words = "می\u{200C}".repeat(20) + "خواهم";
        cleans(&words, &words);
    }

    #[test]
    fn only_the_tags_of_known_flags_stay() {
        let tags = |letters: &str| letters.chars().map(to_tag).collect::<String>() + "\u{E007F}";
        for flag in FLAGS {
            let flag = format!("🏴{}", tags(flag));
            cleans(&flag, &flag);
            cleans(&format!("{flag}{flag} a"), &format!("{flag}{flag} a"));
            cleans(&format!("{flag}{}", tags("gbeng")), &flag);
        }
        for other in ["", "gben", "gbengl", "ustx", "hidden"] {
            cleans(&format!("🏴{}a", tags(other)), "🏴a");
        }
        cleans(&format!("a{}", tags("gbeng")), "a");
        cleans(&format!("🏴 {}", tags("gbeng")), "🏴 ");
        cleans("🏴\u{E0067}\u{E0062}a", "🏴a");
        let pirates = "🏴\u{200D}☠\u{FE0F}";
        cleans(pirates, pirates);
    }

    #[test]
    fn joiners_stay_at_the_end_of_a_word_where_they_change_its_last_letter() {
        for word in [
            "\u{D05}\u{D35}\u{D28}\u{D4D}\u{200D}",
            "\u{9AC}\u{9CE}\u{9A4}\u{9CD}\u{200D}",
            "\u{CAB}\u{CCD}\u{CB0}\u{CC6}\u{C82}\u{CA1}\u{CCD}\u{200C}",
            "\u{647}\u{200D}",
            "\u{1828}\u{1820}\u{1837}\u{180E}\u{1820}",
        ] {
            cleans(word, word);
            cleans(&format!("{word} a"), &format!("{word} a"));
            let doubled = word.replace('\u{200D}', "\u{200D}\u{200D}");
            cleans(&format!("{doubled}, {doubled}"), &format!("{word}, {word}"));
        }
        cleans("\u{639}\u{200C} a", "\u{639} a");
        cleans("a\u{180E}b \u{1820}\u{180E} \u{180E}\u{1820}", "ab \u{1820} \u{1820}");
        cleans("\u{1820}\u{180E}b", "\u{1820}b");
        cleans("\u{1820}\u{180E}\u{301}", "\u{1820}\u{301}");
    }

    #[test]
    fn joiners_and_selectors_stay_only_where_they_join_something() {
        let family = "👨\u{200D}👩\u{200D}👧";
        cleans(family, family);
        let heart_on_fire = "❤\u{FE0F}\u{200D}🔥";
        cleans(heart_on_fire, heart_on_fire);
        cleans("❤\u{FE0F}", "❤\u{FE0F}");
        cleans("می\u{200C}خواهم", "می\u{200C}خواهم");
        cleans("\u{200D}a", "a");
        cleans("a\u{200D}", "a");
        cleans("a\u{200D} b", "a b");
        cleans("a\u{200D}\u{200D}b", "a\u{200D}b");
        cleans("\u{FE0F}a", "a");
        cleans("a\u{FE0F}\u{FE0F}", "a\u{FE0F}");
    }
}

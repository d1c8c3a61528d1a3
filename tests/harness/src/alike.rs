//! Measures the protection against look-alike names: makes variants of a name in ten ways, and counts how many
//! of them can be taken while the original is in use.
//!
//! For all ways but the first, no variant may pass. The first makes variants that people can tell apart; its
//! count shows how permissive the rules are.
//!
//! Not here: which single pairs must clash (`name_pool` has some).

use std::fmt;

use chinwag::chat::{Chat, ClientId, Event, Limits, Message, Outbox, Output, Refusal, Timestamp};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// The originals, from many scripts.
#[rustfmt::skip]
pub const NAMES: [&str; 30] = [
    "ann",
    "mike",
    "jiji",
    "Wendy",
    "olga",
    "bernie",
    "Zoë",
    "Nguyễn",
    "ẹ\u{301}bun",
    "bob_2",
    "мія",
    "Ольга",
    "Јован",
    "Ελένη",
    "Αθηνά",
    "Արմեն",
    "ნინო",
    "שרה",
    "محمد",
    "علی",
    "नमिता",
    "রবি",
    "தமிழ்",
    "లక్ష్మి",
    "വിഷ്ണു",
    "สมชาย",
    "ကျော်",
    "太郎",
    "かな",
    "김철수",
];

/// The result for one way of making variants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Variants tried.
    pub made: usize,
    /// Variants that are refused even if no other name is in use.
    pub refused: usize,
    /// Variants that are refused only because the original is in use.
    pub alike: usize,
}

impl Count {
    /// Variants that can be used beside the original.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.made - self.refused - self.alike
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { made, refused, alike } = self;
        write!(f, "{made} made, {refused} refused, {alike} alike, {} pass", self.passed())
    }
}

/// Makes variants of a name.
pub type Make = fn(&str) -> Vec<String>;

/// The ways of making variants. Only variants of the first way may pass.
pub const WAYS: [(&str, Make); 10] = [
    ("a combining mark at the end", |name| {
        inserted(name, &marks(), |place, length| place == length)
    }),
    ("a dot, a dash or an underline", |name| inserted(name, &['.', '-', '_'], |_, _| true)),
    ("a joiner", |name| inserted(name, &['\u{200C}', '\u{200D}', '\u{180E}'], |_, _| true)),
    ("an invisible character", |name| {
        inserted(name, &['\u{200B}', '\u{AD}', '\u{34F}', '\u{2060}', '\u{FE0F}'], |_, _| true)
    }),
    ("a dot on i and j", |name| vec![name.replace('i', "i\u{307}").replace('j', "j\u{307}")]),
    ("a mark doubled", |name| {
        let marks = marks();
        let doubled = |letter: char| {
            let count = if marks.contains(&letter) { 2 } else { 1 };
            std::iter::repeat_n(letter, count)
        };
        vec![name.chars().flat_map(doubled).collect()]
    }),
    ("another case", |name| vec![name.to_lowercase(), name.to_uppercase()]),
    ("wide letters", |name| vec![name.chars().map(wide).collect()]),
    ("two letters for one, one for two", |name| {
        let pairs = [("w", "vv"), ("W", "VV"), ("m", "rn")].into_iter();
        pairs.flat_map(|(one, two)| [name.replace(one, two), name.replace(two, one)]).collect()
    }),
    ("a similar letter of the same script", |name| {
        let alike = |(letter, others): (char, &str)| {
            let others: Vec<char> = others.chars().collect();
            others.into_iter().map(move |other| name.replace(letter, &other.to_string()))
        };
        LETTERS.into_iter().flat_map(alike).collect()
    }),
];

/// Letters, each with others of the same script that look like it.
const LETTERS: [(char, &str); 9] = [
    ('i', "ıɩ"),
    ('l', "1I"),
    ('o', "0O"),
    ('s', "ꜱ"),
    ('a', "ɑ"),
    ('z', "ᴢ"),
    ('о', "0"),
    ('ο', "0"),
    ('O', "0"),
];

/// Tries every variant that `make` makes of these names.
#[must_use]
pub fn count(names: &[&str], make: Make) -> Count {
    let mut count = Count::default();
    for name in names {
        let mut chat = Chat::new(Limits::default());
        for client in [ClientId(0), ClientId(1)] {
            ask(&mut chat, Event::connect(client));
        }
        let mut rename = |client, name: &str| {
            let line = format!("/username {name}").into();
            ask(&mut chat, Event::Line { client: ClientId(client), line })
        };
        rename(0, name);
        for made in make(name).into_iter().filter(|made| made != name) {
            count.made += 1;
            match rename(1, &made) {
                None => drop(rename(1, "x")),
                Some(Refusal::UsernameTaken { .. }) => count.alike += 1,
                Some(_) => count.refused += 1,
            }
        }
    }
    count
}

fn ask(chat: &mut Chat, event: Event) -> Option<Refusal> {
    let mut outbox = Outbox::new();
    chat.handle(Timestamp(0), event, &mut outbox);
    outbox.iter().find_map(|output| match output {
        Output::Deliver { message: Message::Refused { refusal, .. }, .. } => Some(refusal.clone()),
        _ => None,
    })
}

/// All combining marks.
fn marks() -> Vec<char> {
    let is_mark = |c: &char| c.general_category_group() == GeneralCategoryGroup::Mark;
    ('\0'..=char::MAX).filter(is_mark).collect()
}

/// Inserts each of `others` at every position of `name` that `is_place` accepts. `is_place` gets the position
/// and the length.
fn inserted(name: &str, others: &[char], is_place: fn(usize, usize) -> bool) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let places = (1..=letters.len()).filter(|place| is_place(*place, letters.len()));
    let at = |place: usize| {
        let (before, after) = letters.split_at(place);
        others.iter().map(move |other| before.iter().chain([other]).chain(after).collect())
    };
    places.flat_map(at).collect()
}

fn wide(letter: char) -> char {
    let wide = || char::from_u32(u32::from(letter) + 0xFEE0);
    if letter.is_ascii_alphanumeric() { wide().unwrap_or(letter) } else { letter }
}

//! What names look like: when two are equal, or too similar to exist side by side.
//!
//! Not here: which names are valid (`name`), and who holds which (`name_index`).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_script::{Script, UnicodeScript};
use unicode_security::skeleton as uts39_skeleton;

use super::characters::{is_joiner, is_mark};
use super::name::Name;
use super::spelling::{is_base, is_separator};

/// The folded form of any string, whether it is a valid name or not: NFKC, without differences of
/// case, and without joiners.
pub(super) fn fold(raw: &str) -> String {
    if raw.is_ascii() {
        return raw.to_ascii_lowercase();
    }
    // To lower case by way of upper case, so that ß, ẞ and ss become equal, and ς and σ too.
    let joined = raw.chars().filter(|character| !is_joiner(*character));
    let lower = joined.nfkc().flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// The keys of a name. Two names with a key in common are too similar.
#[derive(Debug)]
pub(super) struct Keys {
    /// The folded form, by which the name is found.
    pub(super) folded: Arc<str>,
    /// What the name looks like: see [`Name`]. The first is the skeleton of the folded form.
    pub(super) skeletons: Vec<Arc<str>>,
}

impl Keys {
    pub(super) fn of(name: &Name) -> Self {
        let written = bare(name.as_str());
        let normal: String = written.nfkc().collect();
        let in_small = fold(&normal);
        let capitals: String = normal.chars().flat_map(char::to_uppercase).collect();
        // In capitals, the digit 1 does not look like an I: see [`Name`].
        let capitals: Vec<String> = capitals.split('1').map(skeleton).collect();
        let plainest = in_small.chars().flat_map(plainest).collect();
        let mut forms = Vec::from([skeleton(&in_small), plainest, capitals.join("1")]);
        // A name can look different from its NFKC: a long s becomes an s, but looks like an f.
        let is_normal = normal == written;
        for form in [Some(normal), Some(written).filter(|_| !is_normal)].into_iter().flatten() {
            let seen = skeleton(&form);
            forms.extend([fold(&seen), seen]);
        }
        let folded = name.to_folded();
        let mut skeletons: Vec<Arc<str>> = Vec::new();
        for form in forms {
            if !skeletons.iter().any(|other| **other == *form) {
                skeletons.push(if *form == *folded { folded.clone() } else { form.into() });
            }
        }
        Self { folded, skeletons }
    }

    /// The coarse skeleton of each key. Names with a key in common have a coarse skeleton in
    /// common.
    pub(super) fn coarse_skeletons(&self) -> Vec<String> {
        self.skeletons.iter().chain([&self.folded]).map(|key| coarse_skeleton(key)).collect()
    }
}

/// A name without the characters that do not distinguish it from others: separators, joiners, the
/// points of scripts that are mostly written without points, and marks that the same base already
/// carries.
fn bare(name: &str) -> String {
    use Script::{Arabic, Hebrew, Syriac};
    let (mut bare, mut start, mut base) = (String::new(), 0, '\0');
    for character in name.chars() {
        let is_left_out = if is_mark(character) {
            let is_point = matches!(base.script(), Arabic | Hebrew | Syriac);
            is_point || bare[start..].contains(character)
        } else {
            (start, base) = (bare.len(), character);
            is_separator(character) || is_joiner(character)
        };
        if !is_left_out {
            bare.push(character);
        }
    }
    bare
}

/// What a string looks like: its skeleton (UTS 39), with small capitals as capitals, without a dot
/// on a letter that has one, and with the marks of each base in one order.
fn skeleton(written: &str) -> String {
    if written.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return ascii_skeleton(written);
    }
    let shown: Vec<char> = uts39_skeleton(written).flat_map(plainest).collect();
    let mut skeleton = String::new();
    for cluster in shown.chunk_by(|_, next| is_mark(*next)) {
        let mut marks = cluster[1..].to_vec();
        let is_above = |mark: &char| matches!(canonical_combining_class(*mark), 107 | 230);
        if let ('i' | 'j', Some(place)) = (cluster[0], marks.iter().position(is_above))
            && matches!(marks[place], '\u{307}' | '\u{E48}')
        {
            // A dot or a short line takes the place of the dot that the letter has anyway.
            marks.remove(place);
        }
        marks.sort_unstable();
        skeleton.push(cluster[0]);
        skeleton.extend(marks);
    }
    skeleton
}

/// The same for ASCII letters and digits, without a table. Most names consist of these, and each
/// name needs several skeletons.
fn ascii_skeleton(written: &str) -> String {
    let mut skeleton = String::with_capacity(2 * written.len());
    for character in written.chars() {
        match character {
            '0' => skeleton.push('O'),
            '1' | 'I' => skeleton.push('l'),
            'm' => skeleton.push_str("rn"),
            'w' => skeleton.push_str("vv"),
            'W' => skeleton.push_str("VV"),
            other => skeleton.push(other),
        }
    }
    skeleton
}

/// The ASCII letters and marks that a character of a skeleton looks like, where UTS 39 does not say
/// so. Any other character stays as it is.
fn plainest(character: char) -> impl Iterator<Item = char> {
    let alike = match character {
        // Small capitals. UTS 39 maps those that are missing here to a small letter.
        'ᴀ' => "A",
        'ʙ' => "B",
        'ᴅ' => "D",
        'ᴇ' => "E",
        'ꜰ' => "F",
        'ɢ' => "G",
        'ʜ' => "H",
        'ᴊ' => "J",
        'ĸ' => "K",
        'ʟ' => "L",
        'ʍ' => "M",
        'ɴ' => "N",
        'ᴘ' => "P",
        'ꞯ' => "Q",
        'ʀ' => "R",
        'ᴛ' => "T",
        // As UTS 39 maps m to rn.
        'w' => "vv",
        'W' => "VV",
        // The anusvara of Odia is a circle, like those that UTS 39 maps to o.
        '\u{B02}' => "o",
        // The nasal signs of Telugu and Malayalam are circles above.
        '\u{C04}' => "\u{30A}",
        '\u{D00}' => "\u{30A}",
        // Bengali khanda ta is ta with a virama.
        '\u{9CE}' => "\u{9A4}\u{9CD}",
        _ => "",
    };
    alike.is_empty().then_some(character).into_iter().chain(alike.chars())
}

/// What a name looks like at a glance, without case, marks and separators. Coarser than
/// [`skeleton`]: `ADM1N`, `Adrnin` and `ad.min` all look like `admin`.
pub(super) fn coarse_skeleton(name: &str) -> String {
    let folded = skeleton(&fold(&skeleton(name)));
    let bases = folded.nfc().filter(|character| is_base(*character));
    // A capital I looks like an l, so i and l are the same here.
    bases.map(|character| if character == 'i' { 'l' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::super::NameError;
    use super::*;

    fn parse(raw: &str) -> Result<Name, NameError> {
        Name::parse(raw, 24, 96)
    }

    #[track_caller]
    fn clash(one: &str, other: &str) -> bool {
        let other = Keys::of(&parse(other).unwrap());
        Keys::of(&parse(one).unwrap()).skeletons.iter().any(|key| other.skeletons.contains(key))
    }

    #[test]
    fn alike_names_clash() {
        for (one, other) in [
            ("ann", "Ann"),
            ("ann", "ANN"),
            ("Ian", "lan"),
            ("bob0", "bobO"),
            ("bernie", "bemie"),
            ("BERNIE", "bemie"),
            ("сор", "cop"),
            ("Straße", "STRASSE"),
            ("ς", "σ"),
            ("a1", "al"),
            ("BERNIE", "BEMIE"),
            ("bob0", "bobo"),
            ("0lga", "olga"),
            ("PauI", "paul"),
            ("B0B", "bob"),
            ("M1KE", "mike"),
            ("MIKE", "m\u{131}ke"),
            ("ann.", "ann"),
            ("ann_", "ann"),
            ("a.n.n", "ann"),
            ("a_b", "a-b"),
            ("A-N-N", "ann"),
            ("vvendy", "wendy"),
            ("VVENDY", "Wendy"),
            ("v.v.endy", "wendy"),
            ("\u{130}an", "ian"),
            ("\u{130}AN", "Ian"),
            ("i\u{30D}n", "in"),
            ("\u{17F}red", "fred"),
            ("\u{17F}am", "sam"),
            ("Ａｎｎ", "ann"),
            ("علی\u{200C}رضا", "علیرضا"),
            ("क्\u{200D}ष", "क्ष"),
            ("അവന്\u{200D}", "അവൻ"),
            ("ত্\u{200D}", "ৎ"),
            ("\u{E19}\u{E49}\u{E33}", "\u{E19}\u{E4D}\u{E49}\u{E32}"),
            ("नं", "नंं"),
            ("\u{1000}\u{103B}\u{103C}", "\u{1000}\u{103C}\u{103B}"),
            ("مُحَمَّد", "محمد"),
            ("נָעֳמִי", "נעמי"),
            ("କ\u{B02}", "କଠ"),
            ("త\u{C02}", "త0"),
        ] {
            assert!(clash(one, other) && clash(other, one), "{one} and {other}");
        }
        for (one, other) in [
            ("ian", "lan"),
            ("dan1", "dani"),
            ("ann", "anne"),
            ("Zoë", "Zoe"),
            ("علي١", "علي١٠"),
            ("آمنة", "امنة"),
            ("ana", "anna"),
            ("вова", "bova"),
        ] {
            assert!(!clash(one, other) && !clash(other, one), "{one} and {other}");
        }
    }

    /// A Latin name clashes, in any case, with its lookalike from another script.
    #[test]
    fn a_name_in_another_script_clashes_in_any_case() {
        for (fake, name) in [
            ("ΑΝΝ", "ann"),
            ("ΜΙΚΕ", "mike"),
            ("МІКЕ", "mike"),
            ("Міа", "mia"),
            ("АРТ", "apt"),
            ("арр\u{4CF}е", "apple"),
            ("АРР\u{4C0}Е", "apple"),
            ("ꓮꓡꓲꓚꓰ", "alice"),
            ("ᎪᎠᎪ", "ada"),
            ("ꭺꭰꭺ", "ada"),
            ("ⲂⲞⲂ", "bob"),
            ("ᴢᴏᴇ", "zoe"),
            ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟ", "abcdefghijkl"),
            ("ᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "mnopqrstuvwyz"),
        ] {
            let (first, rest) = name.split_at(1);
            let title = first.to_uppercase() + rest;
            for name in [name.to_owned(), name.to_uppercase(), title] {
                assert!(clash(fake, &name) && clash(&name, fake), "{fake} and {name}");
            }
        }
    }

    /// Every character that looks like an ASCII letter clashes with that letter, in either case.
    #[test]
    fn a_lookalike_of_a_letter_clashes_with_it_in_any_case() {
        let letters = ('a'..='z').chain('A'..='Z').map(String::from);
        let letters: Vec<(String, String)> =
            letters.map(|letter| (uts39_skeleton(&letter).collect(), letter)).collect();
        let mut found = 0;
        for character in ('\0'..=char::MAX).filter(|character| character.is_alphanumeric()) {
            let written = String::from(character);
            let shape: String = uts39_skeleton(&written).collect();
            for (_, letter) in letters.iter().filter(|(known, _)| *known == shape) {
                // The others are not valid as names, or are shown as another character.
                if !parse(&written).is_ok_and(|name| name.as_str() == written) {
                    continue;
                }
                for letter in [letter.to_lowercase(), letter.to_uppercase()] {
                    assert!(clash(&written, &letter), "{written} and {letter}");
                    found += 1;
                }
            }
        }
        assert!(found > 1000, "{found} look-alikes");
    }

    /// The shortcuts for ASCII agree with the general functions. A letter that is not ASCII, beside
    /// the character, makes sure that those are used.
    #[test]
    fn the_shortcuts_for_ascii_agree_with_the_general_functions() {
        for character in ('0'..='z').filter(char::is_ascii_alphanumeric) {
            let alone = String::from(character);
            let beside = alone.clone() + "山";
            assert_eq!(skeleton(&alone) + "山", skeleton(&beside), "{character:?}");
            assert_eq!(fold(&alone) + "山", fold(&beside), "{character:?}");
        }
    }

    #[test]
    fn folding_is_idempotent_for_every_character() {
        for character in '\0'..=char::MAX {
            let once = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }
}

//! The index of names in use: usernames and their clients, room names and their rooms.
//!
//! Not here: which names are valid (`name`), and which are too similar (`lookalike`).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;

use super::lookalike::Keys;
use super::name::Name;

/// The names in use. Each key of a name has at most one holder: see [`Name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameIndex<Holder> {
    /// The longest name that anyone can hold, in bytes.
    longest: usize,
    keys: BTreeMap<Arc<str>, Entry<Holder>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry<Holder> {
    holder: Holder,
    kind: Kind,
}

/// How a key relates to the name that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The folded form of a name that the machine gives. It is the only key of that name.
    Given,
    /// The folded form of any other name.
    Folded,
    /// A skeleton of the name: what it looks like.
    Skeleton,
}

impl<Holder: Copy + Ord> NameIndex<Holder> {
    /// A bound on the names that the machine gives, `anonymous` and a number, in bytes.
    const LONGEST_GIVEN: usize = 32;

    /// An empty index. A name of more than `longest` bytes is never found.
    pub(super) fn new(longest: usize) -> Self {
        Self { longest: longest.max(Self::LONGEST_GIVEN), keys: BTreeMap::new() }
    }

    /// All holders of names.
    pub(super) fn holders(&self) -> BTreeSet<Holder> {
        self.keys.values().map(|entry| entry.holder).collect()
    }

    /// The holder of a name, compared without case. Names that only look like it are not found.
    pub(super) fn find(&self, name: &str) -> Option<Holder> {
        let folded = Name::start(name, self.longest)?;
        let entry = self.keys.get(folded.as_str()).filter(|entry| entry.kind != Kind::Skeleton);
        entry.map(|entry| entry.holder)
    }

    /// Whether `holder` may take a name: nobody else holds one that is too similar.
    pub(super) fn is_free_for(&self, name: &Name, holder: Holder) -> bool {
        let Keys { folded, skeletons } = Keys::of(name);
        let mut keys = skeletons.iter().chain([&folded]);
        keys.all(|key| self.keys.get(key).is_none_or(|entry| entry.holder == holder))
    }

    /// Enters a name, which must be free for `holder`, in addition to the names that it holds.
    pub(super) fn enter(&mut self, name: &Name, holder: Holder) {
        let Keys { folded, skeletons } = Keys::of(name);
        for key in skeletons {
            self.keys.insert(key, Entry { holder, kind: Kind::Skeleton });
        }
        self.keys.insert(folded, Entry { holder, kind: Kind::Folded });
    }

    /// Enters a name that the machine gives. Its skeletons are not entered, because no user can
    /// have a name that looks like it.
    pub(super) fn enter_given(&mut self, name: &Name, holder: Holder) {
        self.keys.insert(name.to_folded(), Entry { holder, kind: Kind::Given });
    }

    /// Removes a name that was entered before.
    pub(super) fn remove(&mut self, name: &Name) {
        if self.keys.get(name.folded()).is_some_and(|entry| entry.kind == Kind::Given) {
            self.keys.remove(name.folded());
            return;
        }
        let Keys { folded, skeletons } = Keys::of(name);
        for key in skeletons.iter().chain([&folded]) {
            self.keys.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::*;

    fn name(raw: &str) -> Name {
        Name::parse(raw, 24, 96).unwrap()
    }

    #[test]
    fn a_name_is_found_in_any_form_but_not_by_a_lookalike() {
        let mut index = NameIndex::new(96);
        index.enter(&name("Zoë.Ian"), 1);
        for form in ["Zoë.Ian", "zoë.ian", "ZOE\u{308}.IAN", "Ｚｏë.Ian", "Zoë.\u{200D}Ian"] {
            assert_eq!(index.find(form), Some(1), "{form}");
        }
        for other in ["ZoëIan", "zoë.lan", "zoëlan", "Zoe.Ian", "Zoë.Ian.", ""] {
            assert_eq!(index.find(other), None, "{other}");
        }
        for other in ["zoë-lan", "ZOËIAN"] {
            assert!(index.is_free_for(&name(other), 1), "{other}");
            assert!(!index.is_free_for(&name(other), 2), "{other}");
        }
        index.remove(&name("Zoë.Ian"));
        assert_eq!(index, NameIndex::new(96));
    }

    /// Most clients keep their given name, so it should take little memory.
    #[test]
    fn a_given_name_has_one_key() {
        let mut index = NameIndex::new(8);
        let anonymous = Name::given("anonymous18446744073709551615");
        index.enter_given(&anonymous, 1);
        assert_eq!(index.keys.len(), 1);
        assert_eq!(index.find("ANONYMOUS18446744073709551615"), Some(1));
        index.remove(&anonymous);
        assert_eq!(index, NameIndex::new(8));
    }

    #[test]
    fn a_string_longer_than_any_name_is_not_found() {
        let mut index = NameIndex::new(96);
        index.enter(&name("ann"), 1);
        // Joiners do not change a name, but they take up bytes.
        for (joiners, found) in [(31, Some(1)), (32, None), (600, None)] {
            let form = "ann".to_owned() + &"\u{200D}".repeat(joiners);
            assert_eq!(index.find(&form), found, "{joiners} joiners");
        }
    }
}

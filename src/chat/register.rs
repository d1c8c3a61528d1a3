//! Who holds which name, users and rooms alike.
//!
//! Not here: what is a name (`name`).

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::name::{Name, fold};

/// The names that are held. Each key of a name has one holder at most: see [`Name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Register<Holder> {
    keys: BTreeMap<String, Entry<Holder>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry<Holder> {
    holder: Holder,
    /// Whether the key is the folded form of the name, as opposed to something that it looks like.
    is_folded: bool,
}

impl<Holder: Copy + PartialEq> Register<Holder> {
    pub(super) fn new() -> Self {
        Self { keys: BTreeMap::new() }
    }

    /// Who goes by a name, differences of case aside. One that only looks like it is not found.
    pub(super) fn find(&self, name: &str) -> Option<Holder> {
        self.keys.get(&fold(name)).filter(|entry| entry.is_folded).map(|entry| entry.holder)
    }

    /// Whether `holder` may take a name: nobody else has one that is too alike.
    pub(super) fn is_free_for(&self, name: &Name, holder: Holder) -> bool {
        let holders = name.keys().map(|key| self.keys.get(&key).map(|entry| entry.holder));
        holders.into_iter().flatten().all(|other| other == holder)
    }

    /// Enters a name, which must be free for `holder`, beside others that it has.
    pub(super) fn enter(&mut self, name: &Name, holder: Holder) {
        let [folded, looks @ ..] = name.keys();
        for key in looks {
            self.keys.insert(key, Entry { holder, is_folded: false });
        }
        self.keys.insert(folded, Entry { holder, is_folded: true });
    }

    /// Removes a name that has been entered.
    pub(super) fn remove(&mut self, name: &Name) {
        for key in name.keys() {
            self.keys.remove(&key);
        }
    }
}

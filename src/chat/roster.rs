//! Ids sorted by the names that belong to them, so that one page of a list costs no more than its
//! length.
//!
//! The names are stored elsewhere, and each operation takes a function that looks them up. It looks
//! up a number of names that is logarithmic in the length of the roster, and moves ids of eight
//! bytes.
//!
//! Not here: which part a client may see (`lists`).

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::name::Name;

/// Ids without duplicates, sorted by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roster<Id>(Vec<Id>);

impl<Id: Copy + PartialEq> Roster<Id> {
    pub(super) fn new(ids: Vec<Id>) -> Self {
        Self(ids)
    }

    /// All ids, in order.
    pub(super) fn ids(&self) -> &[Id] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The position of a name, or else where to insert it. An id without a name compares as equal:
    /// it is the one to remove, whose owner may be gone by then.
    fn place<'a>(
        &self,
        name: &Name,
        name_of: impl Fn(Id) -> Option<&'a Name>,
    ) -> Result<usize, usize> {
        let compare = |id: &Id| name_of(*id).map_or(Ordering::Equal, |other| other.cmp(name));
        self.0.binary_search_by(compare)
    }

    pub(super) fn insert<'a>(
        &mut self,
        id: Id,
        name: &Name,
        name_of: impl Fn(Id) -> Option<&'a Name>,
    ) {
        if let Err(place) = self.place(name, name_of) {
            self.0.insert(place, id);
        }
    }

    pub(super) fn remove<'a>(&mut self, name: &Name, name_of: impl Fn(Id) -> Option<&'a Name>) {
        if let Ok(place) = self.place(name, name_of) {
            self.0.remove(place);
        }
    }

    /// The ids whose folded names begin with `start`.
    pub(super) fn starting<'a>(
        &self,
        start: &str,
        name_of: impl Fn(Id) -> Option<&'a Name>,
    ) -> &[Id] {
        let folded = |id: &Id| name_of(*id).map_or("", Name::folded);
        let from = &self.0[self.0.partition_point(|id| folded(id) < start)..];
        &from[..from.partition_point(|id| folded(id).starts_with(start))]
    }

    /// A page of the list that consists of `first` and then all other ids in order: at most `count`
    /// ids after the first `skip`.
    pub(super) fn page<'a>(
        &self,
        first: &[Id],
        skip: usize,
        count: usize,
        name_of: impl Fn(Id) -> Option<&'a Name>,
    ) -> Vec<Id> {
        let mut page: Vec<Id> = first.iter().skip(skip).take(count).copied().collect();
        let names = first.iter().filter_map(|id| name_of(*id));
        let mut places: Vec<usize> =
            names.filter_map(|name| self.place(name, &name_of).ok()).collect();
        places.sort_unstable();
        let mut next = skip.saturating_sub(first.len());
        for place in places {
            next += usize::from(place <= next);
        }
        let rest = self.0.iter().skip(next).filter(|id| !first.contains(id));
        page.extend(rest.take(count - page.len()));
        page
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use core::cell::Cell;

    use super::*;

    fn names(count: usize) -> Vec<Name> {
        (0..count).map(|number| Name::given(&format!("name{number:06}"))).collect()
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        let names = names(12);
        let roster = Roster::new((0..12).collect());
        for first in [&[][..], &[3], &[11, 0], &[0, 1, 2, 3, 4, 5, 6], &[5, 4]] {
            let mut all = first.to_vec();
            all.extend((0..12).filter(|id| !first.contains(id)));
            for count in 1..=13 {
                for skip in (0..=24).step_by(count) {
                    let page = roster.page(first, skip, count, |id: usize| names.get(id));
                    let expected: Vec<usize> = all.iter().skip(skip).take(count).copied().collect();
                    assert_eq!(page, expected, "{first:?} {skip} {count}");
                }
            }
        }
    }

    /// From ten to a hundred thousand ids, the number of names that an operation looks up grows
    /// logarithmically.
    #[test]
    fn lookups_grow_logarithmically() {
        for (count, most) in [(10, 5), (100, 8), (1000, 11), (10_000, 15), (100_000, 18)] {
            let names = names(count);
            let looked_up = Cell::new(0);
            let name_of = |id: usize| {
                looked_up.set(looked_up.get() + 1);
                names.get(id)
            };
            let mut roster = Roster::new((0..count).collect());
            let whole = roster.clone();
            roster.remove(&names[count / 3], name_of);
            assert!(looked_up.take() <= most, "{count}");
            roster.insert(count / 3, &names[count / 3], name_of);
            assert!(looked_up.take() <= most, "{count}");
            assert_eq!(roster, whole);
            assert_eq!(roster.starting("name000003", name_of), [3]);
            assert!(looked_up.take() <= 2 * most, "{count}");
            assert_eq!(roster.page(&[7], count - 2, 40, name_of), [count - 2, count - 1]);
            assert!(looked_up.take() <= most + 1, "{count}");
        }
    }
}

//! How often passwords are asked for, by where clients connect from.
//!
//! Not here: what is asked (`accounts`).

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;

use super::check::same;
use super::{Limits, Origin, Timestamp};

/// The questions asked lately: see [`Limits::tries`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tries {
    /// The times of the last questions, oldest first.
    pub(super) times: BTreeMap<Origin, VecDeque<Timestamp>>,
    /// The time of the last question for each origin.
    last: BTreeSet<(Timestamp, Origin)>,
}

impl Tries {
    /// Restores what was asked, as far as it matters within these limits.
    #[cfg(feature = "serde")]
    pub(super) fn restore(
        mut times: BTreeMap<Origin, VecDeque<Timestamp>>,
        limits: &Limits,
    ) -> Self {
        for times in times.values_mut() {
            times.drain(..times.len().saturating_sub(limits.tries));
        }
        let last = times.iter().filter_map(|(origin, times)| Some((*times.back()?, *origin)));
        Self { last: last.collect(), times }
    }

    /// Records a question, unless too many have been asked. Returns whether it may be asked.
    pub(super) fn take(&mut self, now: Timestamp, origin: Origin, limits: &Limits) -> bool {
        let window = u64::try_from(limits.tries_window).unwrap_or(u64::MAX);
        let is_over = |at: Timestamp| now.0.saturating_sub(at.0) >= window;
        let recent = self.times.get(&origin).into_iter().flatten().filter(|at| !is_over(**at));
        if recent.count() >= limits.tries {
            return false;
        }
        for _ in 0..Limits::ENDED_AT_ONCE {
            let Some(old) = self.last.first().copied().filter(|(at, _)| is_over(*at)) else {
                break;
            };
            self.last.remove(&old);
            self.times.remove(&old.1);
        }
        let times = self.times.entry(origin).or_default();
        if let Some(last) = times.back() {
            self.last.remove(&(*last, origin));
        }
        times.retain(|at| !is_over(*at));
        times.push_back(now);
        self.last.insert((now, origin));
        true
    }

    /// Checks that both parts agree.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), String> {
        let last = self.times.iter().filter_map(|(origin, times)| Some((*times.back()?, *origin)));
        same("the last tries", &self.last, &last.collect())?;
        let is_right = |times: &VecDeque<Timestamp>| {
            (1..=limits.tries).contains(&times.len()) && times.iter().is_sorted()
        };
        same("tries within the limit, in order", &self.times.values().all(is_right), &true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_so_many_tries_in_each_window() {
        let limits = Limits { tries: 2, tries_window: 1000, ..Limits::default() };
        let mut tries = Tries::default();
        for (at, origin, may_try) in [
            (0, 1, true),
            (10, 1, true),
            (999, 1, false),
            (999, 2, true),
            (1000, 1, true),
            (1009, 1, false),
            (1010, 1, true),
            (9000, 1, true),
        ] {
            let before = tries.clone();
            let taken = tries.take(Timestamp(at), Origin(origin), &limits);
            assert_eq!(taken, may_try, "at {at} from {origin}");
            assert!(taken || tries == before);
            assert_eq!(tries.check(&limits), Ok(()));
        }
        assert_eq!(tries.times.len(), 1, "what is over is forgotten");
    }
}

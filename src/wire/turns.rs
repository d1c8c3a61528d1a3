//! Scheduling of input: clients take turns, and what their input costs counts.
//!
//! A client that has sent little does not wait for the backlog of others. This is deficit round robin, in which new
//! clients come first, as in the scheduler fq_codel (RFC 8290).
//!
//! Not here: what a thing costs (`server`), and how much one client may send (`session`).

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::chat::Timestamp;

/// The things that clients have sent and that are not processed yet, by the key of the client.
///
/// ```
/// use chinwag::wire::Turns;
///
/// let mut turns: Turns<char, (), i32> = Turns::new(1);
/// turns.add('a', [1, 2, 3]);
/// turns.add('b', [4]);
/// let mut taken = Vec::new();
/// while let Some(mut turn) = turns.begin() {
///     taken.extend(turn.things.pop_front());
///     turn.credit -= 1;
///     turns.end(turn);
/// }
/// assert_eq!(taken, [1, 4, 2, 3]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turns<Key, Reason, Thing> {
    quantum: isize,
    waiting: BTreeMap<Key, Waiting<Reason, Thing>>,
    /// The clients that come first: new ones, and those with credit left in this round.
    fresh: VecDeque<Key>,
    /// All others, except those that are held.
    others: VecDeque<Key>,
    /// The clients that were held until now.
    woken: VecDeque<(Key, Rank)>,
    /// The number of holds so far.
    holds: u64,
    /// The clients that are held, by the reason.
    held: BTreeMap<Reason, Held<Key>>,
    /// When the next client that is held for a reason is to be woken.
    alarms: BTreeSet<(Timestamp, Reason)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting<Reason, Thing> {
    things: VecDeque<Thing>,
    credit: isize,
    held_for: Option<(Reason, Rank)>,
    /// Whether it is in `others`; it may be in `fresh` too.
    is_queued: bool,
}

/// The order of waking: fresh clients (`false`), then those that ask for least, then those held first.
type Rank = (bool, usize, u64);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Held<Key> {
    until: Timestamp,
    queue: BTreeMap<Rank, Key>,
}

/// One client's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<Key, Thing> {
    /// The key of the client.
    pub key: Key,
    /// The things that the client has sent, in order.
    pub things: VecDeque<Thing>,
    /// What the things may cost. If the first one costs more, it waits for a turn with more credit. A client that
    /// spends more than its credit waits for more rounds.
    pub credit: isize,
    is_fresh: bool,
    /// Set if the client was held until now.
    rank: Option<Rank>,
    /// The number of things at the beginning of the turn.
    count: usize,
}

impl<Key: Copy + Ord, Reason: Copy + Ord, Thing> Turns<Key, Reason, Thing> {
    /// No client has sent anything. A turn adds `quantum`, at least 1, to the credit of a client.
    #[must_use]
    pub fn new(quantum: usize) -> Self {
        let quantum = isize::try_from(quantum.max(1)).unwrap_or(isize::MAX);
        let (waiting, fresh, others, woken, holds, held, alarms) = Default::default();
        Self { quantum, waiting, fresh, others, woken, holds, held, alarms }
    }

    /// Adds things that a client has sent.
    pub fn add(&mut self, key: Key, things: impl Into<VecDeque<Thing>>) {
        let mut things = things.into();
        let waiting = self.waiting.entry(key).or_insert_with(|| Waiting {
            things: VecDeque::new(),
            credit: self.quantum,
            held_for: None,
            is_queued: false,
        });
        // A client with credit left in this round need not wait for the next.
        if waiting.things.is_empty() && waiting.credit > 0 && waiting.held_for.is_none() {
            self.fresh.push_back(key);
        }
        waiting.things.append(&mut things);
    }

    /// Begins the next turn, if a client is due for one. The turn must be [ended](Self::end) or [held](Self::hold).
    pub fn begin(&mut self) -> Option<Turn<Key, Thing>> {
        loop {
            let woken = self.woken.pop_front().map(|(key, rank)| (key, !rank.0, Some(rank)));
            let fresh = || Some((self.fresh.pop_front()?, true, None));
            let woken = woken.or_else(fresh);
            let (key, is_fresh, rank) =
                woken.or_else(|| Some((self.others.pop_front()?, false, None)))?;
            let is_from_others = !is_fresh && rank.is_none();
            let Some(waiting) = self.waiting.get_mut(&key) else { continue };
            waiting.is_queued &= !is_from_others;
            if waiting.held_for.is_some() {
                continue;
            }
            // A client is forgotten, and then fresh again, only after a round without input. Otherwise it could
            // always be fresh.
            if waiting.things.is_empty() && waiting.credit > 0 && is_from_others {
                self.waiting.remove(&key);
                continue;
            }
            // Its credit was spent, or was too low for its next thing.
            if is_from_others {
                waiting.credit = waiting.credit.saturating_add(self.quantum);
            }
            if waiting.things.is_empty() || waiting.credit <= 0 {
                self.queue(key);
                continue;
            }
            let things = core::mem::take(&mut waiting.things);
            let (credit, count) = (waiting.credit, things.len());
            return Some(Turn { key, things, credit, is_fresh, rank, count });
        }
    }

    /// Whether no client is due for a turn and none has a debt to pay off.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.woken.is_empty() && self.fresh.is_empty() && self.others.is_empty()
    }

    /// Ends a turn, with the things and the credit that are left.
    pub fn end(&mut self, turn: Turn<Key, Thing>) {
        let Turn { key, things, credit, .. } = turn;
        let Some(waiting) = self.waiting.get_mut(&key) else { return };
        (waiting.things, waiting.credit) = (things, credit);
        if waiting.things.is_empty() {
            // Credit beyond one quantum is not kept for later.
            waiting.credit = credit.min(self.quantum);
        }
        self.queue(key);
    }

    /// Ends a turn and gives the client no other before `until`. Of the clients that are held for one reason, one
    /// is woken at a time, because its turn can prolong the wait of the next: first fresh ones, then those whose
    /// first thing `asks` for least.
    pub fn hold(
        &mut self,
        turn: Turn<Key, Thing>,
        (reason, asks): (Reason, usize),
        until: Timestamp,
    ) {
        let Turn { key, things, credit, is_fresh, rank, count } = turn;
        let is_in_vain = things.len() == count;
        let new = (!(is_fresh && is_in_vain), asks, self.holds);
        let rank = rank.filter(|_| is_in_vain).unwrap_or(new);
        self.holds += 1;
        let Some(waiting) = self.waiting.get_mut(&key) else { return };
        (waiting.things, waiting.credit) = (things, credit);
        waiting.held_for = Some((reason, rank));
        let held =
            self.held.entry(reason).or_insert_with(|| Held { until, queue: BTreeMap::new() });
        held.queue.insert(rank, key);
        self.set_alarm(reason, until);
    }

    /// Whether things of a client are left while it has no turn.
    #[must_use]
    pub fn is_waiting(&self, key: Key) -> bool {
        self.waiting.get(&key).is_some_and(|waiting| !waiting.things.is_empty())
    }

    /// When the next client is to be [woken](Self::wake), if any is held.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(until, _)| *until)
    }

    /// Gives turns again to clients that were held until `now`.
    pub fn wake(&mut self, now: Timestamp) {
        while let Some((until, reason)) = self.alarms.first().copied()
            && until <= now
        {
            let woken = self.held.get_mut(&reason).and_then(|held| held.queue.pop_first());
            if let Some((rank, key)) = woken
                && let Some(waiting) = self.waiting.get_mut(&key)
            {
                waiting.held_for = None;
                self.woken.push_back((key, rank));
            }
            self.set_alarm(reason, Timestamp(now.0.saturating_add(1)));
        }
    }

    /// Drops the things of a client, and returns them.
    pub fn forget(&mut self, key: Key) -> VecDeque<Thing> {
        let Some(waiting) = self.waiting.get_mut(&key) else { return VecDeque::new() };
        let things = core::mem::take(&mut waiting.things);
        let Some((reason, rank)) = waiting.held_for.take() else { return things };
        if let Some(held) = self.held.get_mut(&reason) {
            held.queue.remove(&rank);
            let until = held.until;
            self.set_alarm(reason, until);
        }
        self.queue(key);
        things
    }

    /// Puts a client behind all others.
    fn queue(&mut self, key: Key) {
        if let Some(waiting) = self.waiting.get_mut(&key)
            && !core::mem::replace(&mut waiting.is_queued, true)
        {
            self.others.push_back(key);
        }
    }

    /// Sets when the next client that is held for a reason is woken, if there is one.
    fn set_alarm(&mut self, reason: Reason, until: Timestamp) {
        let Some(held) = self.held.get_mut(&reason) else { return };
        self.alarms.remove(&(held.until, reason));
        if held.queue.is_empty() {
            self.held.remove(&reason);
        } else {
            held.until = until;
            self.alarms.insert((until, reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Processes all things, each at its cost, and returns the order.
    fn take(turns: &mut Turns<char, &str, isize>) -> Vec<(char, isize)> {
        let mut taken = Vec::new();
        while let Some(mut turn) = turns.begin() {
            while turn.credit > 0
                && let Some(cost) = turn.things.pop_front()
            {
                turn.credit -= cost;
                taken.push((turn.key, cost));
            }
            turns.end(turn);
        }
        taken
    }

    #[test]
    fn a_client_that_sent_little_does_not_wait_for_a_backlog() {
        let mut turns = Turns::new(2);
        turns.add('a', [1; 6]);
        turns.add('b', [1; 3]);
        let first = turns.begin().unwrap();
        turns.end(Turn { credit: 0, ..first });
        turns.add('c', [1]);
        let order: Vec<char> = take(&mut turns).into_iter().map(|(key, _)| key).collect();
        assert_eq!(order, ['b', 'b', 'c', 'a', 'a', 'b', 'a', 'a', 'a', 'a']);
    }

    /// Over time all clients get the same share, whatever one thing costs.
    #[test]
    fn clients_share_by_cost() {
        let mut turns = Turns::new(10);
        turns.add('a', [1; 500]);
        turns.add('b', [25; 20]);
        turns.add('c', [100; 5]);
        let mut spent: BTreeMap<char, isize> = BTreeMap::new();
        for (key, cost) in take(&mut turns) {
            *spent.entry(key).or_default() += cost;
            let most = spent.values().max().unwrap();
            let least = ['a', 'b', 'c'].map(|key| spent.get(&key).copied().unwrap_or(0));
            assert!(most - least.iter().min().unwrap() <= 110, "{spent:?}");
        }
        assert_eq!(spent.into_values().collect::<Vec<_>>(), [500; 3]);
    }

    /// A client that sends one thing whenever the last one was processed is not always first.
    #[test]
    fn a_client_that_returns_at_once_is_not_fresh() {
        let mut turns = Turns::new(1);
        turns.add('a', [1]);
        turns.add('b', [1; 3]);
        let mut order = Vec::new();
        while let Some(mut turn) = turns.begin() {
            turn.things.pop_front();
            turn.credit -= 1;
            let key = turn.key;
            order.push(key);
            turns.end(turn);
            if key == 'a' && order.len() < 6 {
                turns.add('a', [1]);
            }
        }
        assert_eq!(order, ['a', 'b', 'a', 'b', 'a', 'b', 'a']);
        turns.add('b', [1; 2]);
        let order: Vec<char> = take(&mut turns).into_iter().map(|(key, _)| key).collect();
        assert_eq!(order, ['b', 'b']);
        assert_eq!(turns, Turns::new(1));
    }

    /// A client that has not spent all of its credit need not wait for the next round.
    #[test]
    fn a_client_with_credit_left_comes_first() {
        let mut turns: Turns<char, &str, isize> = Turns::new(2);
        let mut next = |added: &[(char, isize)]| {
            added.iter().for_each(|(key, cost)| turns.add(*key, [*cost]));
            let mut turn = turns.begin().unwrap();
            turn.credit -= turn.things.pop_front().unwrap();
            let key = turn.key;
            turns.end(turn);
            key
        };
        assert_eq!(next(&[('a', 1), ('b', 2), ('b', 2), ('c', 2), ('c', 2)]), 'a');
        assert_eq!(next(&[]), 'b');
        assert_eq!(next(&[('a', 1)]), 'c');
        assert_eq!(next(&[]), 'a');
        // Its credit is spent, so it waits for its place in the next round.
        assert_eq!(next(&[('d', 1), ('a', 1)]), 'd');
        assert_eq!([next(&[]), next(&[]), next(&[])], ['a', 'b', 'c']);
    }

    #[test]
    fn a_held_client_has_no_turn_before_its_time() {
        let mut turns = Turns::new(1);
        turns.add('a', [1, 2]);
        let turn = turns.begin().unwrap();
        turns.hold(turn, ("a room", 1), Timestamp(7));
        assert_eq!((turns.begin(), turns.wakes_at()), (None, Some(Timestamp(7))));
        turns.add('a', [3]);
        turns.wake(Timestamp(6));
        assert!(turns.is_waiting('a'));
        assert_eq!(turns.begin(), None);
        turns.wake(Timestamp(7));
        assert_eq!(turns.begin().unwrap().things, [1, 2, 3]);
        turns.wake(Timestamp(8));
        assert_eq!(turns.wakes_at(), None);
    }

    /// Of the clients that are held for one reason, one is woken at a time: first those that are fresh and ask for
    /// least. A client whose turn processed nothing is woken again before the others.
    #[test]
    fn held_clients_are_woken_one_after_the_other() {
        let mut turns = Turns::new(9);
        "abcd".chars().for_each(|key| turns.add(key, [1; 2]));
        for asks in [1, 1, 1, 0] {
            let turn = turns.begin().unwrap();
            turns.hold(turn, ("a room", asks), Timestamp(0));
        }
        let mut now = Timestamp(0);
        let mut woken = |takes: bool| {
            turns.wake(now);
            now.0 += 1;
            let mut turn = turns.begin().unwrap();
            let key = turn.key;
            if takes {
                turn.things.pop_front();
            }
            turns.hold(turn, ("a room", 1), now);
            assert_eq!(turns.begin(), None);
            key
        };
        let keys = [true, false, true, true, true, true, false, true].map(&mut woken);
        assert_eq!(keys, ['d', 'a', 'a', 'b', 'c', 'd', 'a', 'a']);
    }

    #[test]
    fn dropped_things_are_not_processed() {
        let mut turns = Turns::new(1);
        turns.add('a', [1, 2]);
        assert_eq!(turns.forget('a'), [1, 2]);
        assert_eq!(turns.begin(), None);
        turns.add('a', [1, 2]);
        let turn = turns.begin().unwrap();
        turns.hold(turn, ("a room", 1), Timestamp(7));
        turns.forget('a');
        turns.forget('b');
        assert_eq!((turns.begin(), turns.wakes_at()), (None, None));
        assert_eq!(turns, Turns { holds: 1, ..Turns::new(1) });
    }
}

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

    /// The things of a client that are left while it has no turn, in order.
    pub fn waiting(&self, key: Key) -> impl Iterator<Item = &Thing> {
        self.waiting.get(&key).into_iter().flat_map(|waiting| &waiting.things)
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
mod tests;

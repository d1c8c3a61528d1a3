//! The histories of rooms: the last lines that were said in them. Whispers are never stored.
//!
//! A history at its limit drops its oldest line. When all histories together exceed theirs, the
//! oldest line of all is dropped, whichever room the new line belongs to. This is the one way in
//! which a client outside a private room can notice that something was said in it: public lines are
//! dropped earlier.
//!
//! Not here: when a history is shown, and to whom (`rooms`).

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::budget::Budget;
use super::check::same;
use super::room::RoomId;
use super::{HistoryLine, Limits};

/// The histories of all rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Histories {
    /// The histories that are not empty.
    rooms: BTreeMap<RoomId, History>,
    /// The room of each history by the age of its oldest line.
    oldest: BTreeMap<u64, RoomId>,
    /// The size of all histories together.
    bytes: usize,
    /// The age of the next line. Ages are sequence numbers across all rooms: a newer line has a
    /// higher one.
    next: u64,
}

/// The history of one room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct History {
    /// Oldest first. Shared with copies of the state, and copied when one of them changes it: a
    /// copy of all histories must not take time for each line.
    lines: Arc<VecDeque<Remembered>>,
    bytes: usize,
}

/// A line in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    /// The sequence number of the line: see [`Histories`].
    pub(super) age: u64,
    /// Whether the room was private when the line was said.
    pub(super) is_private: bool,
    /// Whether the line was said before a restart: the id of its sender may belong to another client
    /// since.
    pub(super) is_before_restart: bool,
    pub(super) line: HistoryLine,
}

impl History {
    /// The bytes that a line takes in addition to its text and its sender's username.
    const OVERHEAD: usize = 128;

    fn size(line: &HistoryLine) -> usize {
        line.text.as_str().len() + line.from.username.as_str().len() + Self::OVERHEAD
    }

    fn exceeds(&self, limits: &Limits) -> bool {
        self.lines.len() > limits.history_lines || self.bytes > limits.history_room_bytes
    }

    /// Adds a line. Then drops lines, the oldest first, until no limit of the room is exceeded.
    fn push(&mut self, limits: &Limits, remembered: Remembered) {
        self.bytes += Self::size(&remembered.line);
        let lines = Arc::make_mut(&mut self.lines);
        lines.push_back(remembered);
        while lines.len() > limits.history_lines || self.bytes > limits.history_room_bytes {
            let Some(oldest) = lines.pop_front() else { return };
            self.bytes -= Self::size(&oldest.line);
        }
    }

    /// Drops the oldest line.
    fn pop(&mut self) {
        if let Some(oldest) = Arc::make_mut(&mut self.lines).pop_front() {
            self.bytes -= Self::size(&oldest.line);
        }
    }

    /// The age of the oldest line.
    fn age(&self) -> Option<u64> {
        self.lines.front().map(|oldest| oldest.age)
    }
}

impl Histories {
    /// Adds a line. Then drops lines until no limit is exceeded, the oldest first: of the room,
    /// then of all rooms.
    pub(super) fn remember(
        &mut self,
        limits: &Limits,
        room: RoomId,
        is_private: bool,
        line: HistoryLine,
    ) {
        let history = self.rooms.entry(room).or_default();
        let (bytes, oldest) = (history.bytes, history.age());
        history.push(
            limits,
            Remembered { age: self.next, is_private, is_before_restart: false, line },
        );
        self.bytes = self.bytes - bytes + history.bytes;
        self.next += 1;
        let now_oldest = history.age();
        self.set_oldest(room, oldest, now_oldest);
        while self.bytes > limits.history_bytes {
            let Some((_, &room)) = self.oldest.first_key_value() else { return };
            self.forget_oldest(room);
        }
    }

    /// The age that the next line will have.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The rooms whose histories are not empty.
    pub(super) fn rooms(&self) -> impl Iterator<Item = RoomId> {
        self.rooms.keys().copied()
    }

    /// The lines of the histories that are not empty, ascending by room.
    #[cfg(feature = "serde")]
    pub(super) fn lines(&self) -> impl Iterator<Item = (RoomId, Arc<VecDeque<Remembered>>)> {
        self.rooms.iter().map(|(room, history)| (*room, Arc::clone(&history.lines)))
    }

    /// Histories with these lines, whose next line will have the age `next`.
    #[cfg(feature = "serde")]
    pub(super) fn restore(
        next: u64,
        lines: impl Iterator<Item = (RoomId, Arc<VecDeque<Remembered>>)>,
    ) -> Self {
        let mut histories = Self { next, ..Self::default() };
        for (room, lines) in lines {
            let bytes = lines.iter().map(|remembered| History::size(&remembered.line)).sum();
            let history = History { lines, bytes };
            histories.bytes += bytes;
            histories.oldest.extend(history.age().map(|age| (age, room)));
            histories.rooms.insert(room, history);
        }
        histories
    }

    /// Checks that no limit is exceeded and that the counted sizes are those of the lines.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), String> {
        let mut bytes = 0;
        let mut oldest = BTreeMap::new();
        let mut ages = Vec::new();
        for (room, history) in &self.rooms {
            let of_lines = history.lines.iter().map(|remembered| remembered.age);
            same("ages in order", &of_lines.clone().is_sorted(), &true)?;
            ages.extend(of_lines);
            let sizes = history.lines.iter().map(|heard| History::size(&heard.line));
            same("bytes of a history", &history.bytes, &sizes.sum())?;
            same("a history exceeds its limits", &history.exceeds(limits), &false)?;
            same("an empty history", &history.lines.is_empty(), &false)?;
            bytes += history.bytes;
            oldest.extend(history.age().map(|age| (age, *room)));
        }
        ages.sort_unstable();
        same("each line has an age", &ages.is_sorted_by(|one, other| one < other), &true)?;
        same("a line is still to come", &(ages.last() >= Some(&self.next)), &false)?;
        same("bytes of all histories", &self.bytes, &bytes)?;
        same("all histories exceed their limit", &(bytes > limits.history_bytes), &false)?;
        same("the oldest lines", &self.oldest, &oldest)
    }

    /// Drops the history of a room.
    pub(super) fn forget(&mut self, room: RoomId) {
        let Some(history) = self.rooms.remove(&room) else { return };
        self.bytes -= history.bytes;
        if let Some(age) = history.age() {
            self.oldest.remove(&age);
        }
    }

    /// Drops the lines of a room that were said in private before the line with this age.
    pub(super) fn forget_private(&mut self, room: RoomId, before: u64) {
        let Some(history) = self.rooms.get_mut(&room) else { return };
        let (age, bytes) = (history.age(), history.bytes);
        Arc::make_mut(&mut history.lines).retain(|line| !line.is_private || line.age >= before);
        history.bytes = history.lines.iter().map(|line| History::size(&line.line)).sum();
        self.bytes -= bytes - history.bytes;
        if history.age() == age {
            return;
        }
        if let Some(age) = age {
            self.oldest.remove(&age);
        }
        match history.age() {
            Some(age) => drop(self.oldest.insert(age, room)),
            None => drop(self.rooms.remove(&room)),
        }
    }

    /// Whether a room has lines that were said in private before the line with this age.
    pub(super) fn has_private(&self, room: RoomId, before: u64) -> bool {
        let mut lines = self.rooms.get(&room).into_iter().flat_map(|room| room.lines.iter());
        lines.any(|line| line.is_private && line.age < before)
    }

    /// Marks all lines as said before a restart.
    pub(super) fn forget_senders(&mut self) {
        let histories = self.rooms.values_mut();
        let lines = histories.flat_map(|history| Arc::make_mut(&mut history.lines));
        lines.for_each(|remembered| remembered.is_before_restart = true);
    }

    fn forget_oldest(&mut self, room: RoomId) {
        let Some(history) = self.rooms.get_mut(&room) else { return };
        let (bytes, oldest) = (history.bytes, history.age());
        history.pop();
        self.bytes = self.bytes - bytes + history.bytes;
        let now_oldest = history.age();
        self.set_oldest(room, oldest, now_oldest);
    }

    /// Records the age of the oldest line of a room, which has changed from `before` to `now`.
    fn set_oldest(&mut self, room: RoomId, before: Option<u64>, now: Option<u64>) {
        if before == now && now.is_some() {
            return;
        }
        if let Some(age) = before {
            self.oldest.remove(&age);
        }
        match now {
            Some(age) => drop(self.oldest.insert(age, room)),
            None => drop(self.rooms.remove(&room)),
        }
    }

    /// The last lines of a room that pass `may_see`, at most `count` of them and as many as fit
    /// into a reply; the oldest first.
    pub(super) fn last(
        &self,
        limits: &Limits,
        room: RoomId,
        count: usize,
        may_see: impl Fn(&Remembered) -> bool,
    ) -> Vec<HistoryLine> {
        let newest_first =
            self.rooms.get(&room).into_iter().flat_map(|room| room.lines.iter().rev());
        let seen = newest_first.filter(|remembered| may_see(remembered)).take(count);
        let seen = seen.map(|remembered| remembered.line.clone());
        let mut lines = Budget::new(limits).take(seen, History::size);
        lines.reverse();
        lines
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::chat::{ClientId, Text, Timestamp, User, Username};

    fn line(text: &str) -> HistoryLine {
        let from = User { client: ClientId(1), username: Username::anonymous(1) };
        HistoryLine { at: Timestamp(0), from, is_said: true, text: Text::clean(text) }
    }

    /// H1, H2: no sequence of lines exceeds a limit, and every stored line is counted.
    #[test]
    fn no_limit_is_ever_exceeded() {
        let limits = Limits {
            history_lines: 3,
            history_room_bytes: 1500,
            history_bytes: 4000,
            ..Limits::default()
        };
        let mut histories = Histories::default();
        let mut surplus = [0; 3];
        for number in 0..500_u64 {
            let room = RoomId(number * number % 7);
            let line = line(&"x".repeat(usize::try_from(number * 31 % 900).unwrap()));
            let (count, bytes) =
                histories.rooms.get(&room).map_or((0, 0), |room| (room.lines.len(), room.bytes));
            let is_surplus = [
                count == limits.history_lines,
                bytes + History::size(&line) > limits.history_room_bytes,
                histories.bytes - bytes + History::size(&line) > limits.history_bytes,
            ];
            surplus.iter_mut().zip(is_surplus).for_each(|(times, is)| *times += u32::from(is));
            histories.remember(&limits, room, false, line);
            if number % 50 == 0 {
                histories.forget(room);
            }
            let bytes: usize = histories.rooms.values().map(|history| history.bytes).sum();
            assert_eq!(bytes, histories.bytes);
            assert!(bytes <= limits.history_bytes);
            let oldest =
                histories.rooms.iter().map(|(room, history)| (history.age().unwrap(), *room));
            assert_eq!(histories.oldest, oldest.collect());
            for history in histories.rooms.values() {
                let sizes = history.lines.iter().map(|heard| History::size(&heard.line));
                assert_eq!(sizes.sum::<usize>(), history.bytes);
                assert!((1..=limits.history_lines).contains(&history.lines.len()));
                assert!(history.bytes <= limits.history_room_bytes);
                assert!(history.lines.iter().is_sorted_by(|one, other| one.age < other.age));
            }
        }
        assert_eq!(surplus, [65, 217, 34], "each limit decides");
        (0..7).for_each(|room| histories.forget(RoomId(room)));
        assert_eq!(histories, Histories { next: 500, ..Histories::default() });
    }

    #[test]
    fn a_line_that_just_fits_drops_no_other() {
        let size = History::size(&line("x"));
        let limits =
            Limits { history_room_bytes: 2 * size, history_bytes: 3 * size, ..Limits::default() };
        let mut histories = Histories::default();
        for (room, remembered) in [
            (0, &[(0, 0)][..]),
            (0, &[(0, 0), (0, 1)]),
            (1, &[(0, 0), (0, 1), (1, 2)]),
            (1, &[(0, 1), (1, 2), (1, 3)]),
            (1, &[(0, 1), (1, 3), (1, 4)]),
        ] {
            histories.remember(&limits, RoomId(room), false, line("x"));
            let ages = histories
                .rooms
                .iter()
                .flat_map(|(room, history)| history.lines.iter().map(|heard| (room.0, heard.age)));
            assert!(ages.eq(remembered.iter().copied()), "{histories:?}");
        }
    }

    #[test]
    fn the_newest_lines_that_fit_into_a_reply_are_shown() {
        let limits = Limits { reply: 1024, ..Limits::default() };
        let mut histories = Histories::default();
        for number in 0..20 {
            histories.remember(&limits, RoomId(0), false, line(&format!("{number}")));
        }
        let last = |count| histories.last(&limits, RoomId(0), count, |_| true);
        let texts = |lines: Vec<HistoryLine>| -> Vec<Text> {
            lines.into_iter().map(|line| line.text).collect()
        };
        assert_eq!(texts(last(2)), [Text::clean("18"), Text::clean("19")]);
        assert_eq!(last(200).len(), 6, "140 bytes each");
        assert_eq!(histories.last(&limits, RoomId(0), 5, |_| false), []);
        assert_eq!(histories.last(&limits, RoomId(1), 5, |_| true), []);
    }
}

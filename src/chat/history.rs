//! What rooms remember of what was said in them. Whispers are never kept.
//!
//! At its limits a history forgets its oldest line, and at the limit of all histories the oldest line
//! of all goes, wherever the new one was said. Only so can someone who was outside a private room notice,
//! by what public lines are forgotten, that something was said in it.
//!
//! Not here: when it is shown (`rooms`).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::room::RoomId;
use super::state::Budget;
use super::{ClientId, HistoryLine, Limits};

/// The histories of all rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Histories {
    /// By room, then by age.
    lines: BTreeMap<(RoomId, u64), HistoryLine>,
    /// The room of each line, by age.
    rooms: BTreeMap<u64, RoomId>,
    sizes: BTreeMap<RoomId, Size>,
    /// Of all lines together.
    bytes: usize,
    /// The age of the next line: a number that grows.
    next: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    lines: usize,
    bytes: usize,
}

impl Histories {
    /// What a line takes beside its text and its sender's username.
    const OVERHEAD: usize = 128;

    fn size(line: &HistoryLine) -> usize {
        line.text.as_str().len() + line.from.username.as_str().len() + Self::OVERHEAD
    }

    /// Remembers a line. What exceeds the limits goes, the oldest first: of the room, then of all.
    pub(super) fn remember(&mut self, limits: &Limits, room: RoomId, line: HistoryLine) {
        let bytes = Self::size(&line);
        self.lines.insert((room, self.next), line);
        self.rooms.insert(self.next, room);
        self.next += 1;
        self.bytes += bytes;
        let size = self.sizes.entry(room).or_default();
        size.lines += 1;
        size.bytes += bytes;
        while self.sizes.get(&room).is_some_and(|size| {
            size.lines > limits.history_lines || size.bytes > limits.history_room_bytes
        }) {
            self.forget_oldest_of(room);
        }
        while self.bytes > limits.history_bytes
            && let Some((_, &room)) = self.rooms.first_key_value()
        {
            self.forget_oldest_of(room);
        }
    }

    /// The age of the next line.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Forgets all of a room.
    pub(super) fn forget(&mut self, room: RoomId) {
        self.forget_since(room, 0);
    }

    /// Forgets what was said in a room since some age.
    pub(super) fn forget_since(&mut self, room: RoomId, age: u64) {
        while self.forget_first(room, age) {}
    }

    fn forget_oldest_of(&mut self, room: RoomId) {
        self.forget_first(room, 0);
    }

    /// Forgets the oldest line of a room that is at least of some age. Returns whether there was one.
    fn forget_first(&mut self, room: RoomId, since: u64) -> bool {
        let oldest = self.lines.range((room, since)..=(room, u64::MAX)).next();
        let Some((&(_, age), line)) = oldest else { return false };
        let bytes = Self::size(line);
        self.lines.remove(&(room, age));
        self.rooms.remove(&age);
        self.bytes -= bytes;
        if let Some(size) = self.sizes.get_mut(&room) {
            size.lines -= 1;
            size.bytes -= bytes;
            if size.lines == 0 {
                self.sizes.remove(&room);
            }
        }
        true
    }

    /// The last lines of a room, at most `count` and as many as fit into a reply, without those of
    /// anyone in `ignores`.
    pub(super) fn last(
        &self,
        limits: &Limits,
        room: RoomId,
        count: usize,
        ignores: &[ClientId],
    ) -> Vec<HistoryLine> {
        let newest_first = self.lines.range((room, 0)..=(room, u64::MAX)).rev();
        let seen = newest_first.map(|(_, line)| line);
        let seen = seen.filter(|line| !ignores.contains(&line.from.client)).take(count);
        let mut lines = Budget::new(limits).take(seen.cloned(), Self::size);
        lines.reverse();
        lines
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::chat::{Text, Timestamp, User, Username};

    fn line(text: &str) -> HistoryLine {
        let from = User { client: ClientId(1), username: Username::anonymous(1) };
        HistoryLine { at: Timestamp(0), from, is_said: true, text: Text::clean(text) }
    }

    /// H1, H2: whatever is remembered, no limit is ever exceeded, and nothing is held that is not
    /// counted.
    #[test]
    fn no_limit_is_ever_exceeded() {
        let limits = Limits {
            history_lines: 7,
            history_room_bytes: 1500,
            history_bytes: 4000,
            ..Limits::default()
        };
        let mut histories = Histories::default();
        for number in 0..500_u64 {
            let room = RoomId(number * number % 7);
            let text = "x".repeat(usize::try_from(number * 31 % 900).unwrap());
            histories.remember(&limits, room, line(&text));
            if number % 50 == 0 {
                histories.forget(room);
            }
            let bytes: usize = histories.lines.values().map(Histories::size).sum();
            assert_eq!(bytes, histories.bytes);
            assert!(bytes <= limits.history_bytes);
            assert_eq!(histories.lines.len(), histories.rooms.len());
            for (room, size) in &histories.sizes {
                let own = histories.lines.range((*room, 0)..=(*room, u64::MAX));
                assert_eq!(own.clone().count(), size.lines);
                assert_eq!(own.map(|(_, line)| Histories::size(line)).sum::<usize>(), size.bytes);
                assert!((1..=limits.history_lines).contains(&size.lines));
                assert!(size.bytes <= limits.history_room_bytes);
            }
        }
        (0..7).for_each(|room| histories.forget(RoomId(room)));
        assert_eq!(histories, Histories { next: 500, ..Histories::default() });
    }

    #[test]
    fn what_is_shown_fits_into_a_reply_and_is_the_newest() {
        let limits = Limits { reply: 1024, ..Limits::default() };
        let mut histories = Histories::default();
        for number in 0..20 {
            histories.remember(&limits, RoomId(0), line(&format!("{number}")));
        }
        let last = |count| histories.last(&limits, RoomId(0), count, &[]);
        let texts = |lines: Vec<HistoryLine>| -> Vec<Text> {
            lines.into_iter().map(|line| line.text).collect()
        };
        assert_eq!(texts(last(2)), [Text::clean("18"), Text::clean("19")]);
        assert_eq!(last(200).len(), 6, "140 bytes each");
        assert_eq!(histories.last(&limits, RoomId(0), 5, &[ClientId(1)]), []);
        assert_eq!(histories.last(&limits, RoomId(1), 5, &[]), []);
    }
}

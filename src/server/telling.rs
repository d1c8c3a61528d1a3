//! Counts how many bytes each event delivers to which audience, so that an audience receives no more
//! than it can read: see [`Told`].
//!
//! Only lines are delayed for that. With a journal that defers events, a line is applied later than it
//! is proposed. Then its length is counted when it is proposed, and the rest when it is applied.
//!
//! Not here: delaying the senders (`hub`).

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::chat::{Audience, Chat, ClientId, Event, Timestamp};
use crate::wire::{Rate, Told};

/// The bytes delivered to each audience, and the event that is being applied.
pub(super) struct Telling {
    told: Told,
    is_limited: bool,
    /// The audience of the line that [`Self::wait`] has last let pass, until it is proposed or applied.
    asked: Option<Audience>,
    /// For each event that is proposed but not applied yet, its audience and the bytes counted for it.
    expected: VecDeque<(Audience, usize)>,
    /// For the event that is being applied: its client, its audience, and the client's room before it.
    teller: Option<(ClientId, Audience, Audience)>,
    /// The bytes that the event has delivered to others, and how many were counted when it was proposed.
    bytes: usize,
    counted: usize,
}

impl Telling {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self {
            told: Told::new(rate),
            is_limited: rate.is_some(),
            asked: None,
            expected: VecDeque::new(),
            teller: None,
            bytes: 0,
            counted: 0,
        }
    }

    /// What each audience has been told lately.
    pub(super) fn told(&self) -> &Told {
        &self.told
    }

    /// Continues with what each audience has been told.
    pub(super) fn take_over(&mut self, told: Told) {
        self.told = told;
    }

    /// Which audience delays a line of a client, and for how long; `None` if the line may pass.
    pub(super) fn wait(
        &mut self,
        now: Timestamp,
        chat: &Chat,
        client: ClientId,
        line: &Arc<str>,
    ) -> Option<(Audience, Duration)> {
        if !self.is_limited {
            return None;
        }
        let audience = chat.audience(client, line);
        let wait = self.told.wait(now, audience);
        self.asked = wait.is_zero().then_some(audience);
        (!wait.is_zero()).then_some((audience, wait))
    }

    /// Records that an event is proposed, and will be applied after all those proposed before. If it is
    /// a line, counts its length now, because other lines may [ask](Self::wait) before it is applied.
    /// Returns the number of bytes counted.
    pub(super) fn expect(&mut self, now: Timestamp, event: &Event) -> usize {
        let (audience, bytes) = match event {
            Event::Line { line, .. } => match self.asked.take() {
                Some(audience) if audience != Audience::Nobody => (audience, line.len()),
                _ => (Audience::Nobody, 0),
            },
            _ => (Audience::Nobody, 0),
        };
        self.told.tell(now, audience, bytes);
        self.expected.push_back((audience, bytes));
        bytes
    }

    /// Begins to apply an event. If it is a line, [`Self::wait`] has let it pass before.
    pub(super) fn begin(&mut self, chat: &Chat, event: &Event) {
        let teller = event.client().filter(|_| self.is_limited);
        let asked = match event {
            Event::Line { .. } => self.asked.take(),
            _ => None,
        };
        let asked = (asked.unwrap_or(Audience::Nobody), 0);
        let (audience, counted) = self.expected.pop_front().unwrap_or(asked);
        self.teller = teller.map(|client| (client, audience, chat.roommates(client).0));
        (self.bytes, self.counted) = (0, counted);
    }

    /// Adds a message that the event delivers to these clients.
    pub(super) fn tell(&mut self, to: &[ClientId], bytes: usize) {
        if self.teller.is_some_and(|(client, ..)| to != [client]) {
            self.bytes += bytes;
        }
    }

    /// Ends the event. Its bytes count for the user it was addressed to, or else for the rooms that its
    /// client was in before and is in now.
    pub(super) fn end(&mut self, now: Timestamp, chat: &Chat) {
        let Some((client, audience, before)) = self.teller.take() else { return };
        let bytes = self.bytes.saturating_sub(self.counted);
        if let Audience::User(_) = audience {
            return self.told.tell(now, audience, bytes);
        }
        let after = chat.roommates(client).0;
        self.told.tell(now, before, bytes);
        if after != before {
            self.told.tell(now, after, bytes);
        }
    }
}

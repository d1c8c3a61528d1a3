//! What an event tells, and whom, so that whoever tells too much waits: see [`Told`].
//!
//! Not here: making them wait (`hub`).

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::chat::{Audience, Chat, ClientId, Event, Timestamp};
use crate::wire::{Rate, Told};

pub(super) struct Telling {
    told: Told,
    is_limited: bool,
    /// Whom the line would tell that was asked about last, until it is performed.
    asked: Option<Audience>,
    /// Whom the events will tell that have been proposed, and how many bytes have been counted for it.
    expected: VecDeque<(Audience, usize)>,
    /// Whose event is performed, whom it would tell, and the room that it is in before.
    teller: Option<(ClientId, Audience, Audience)>,
    /// Bytes that it has told others, and those of them that have been counted.
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

    /// For whose sake, and how long, a client has to wait until it may say this, if it has to.
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

    /// An event has been proposed and will be performed later, after those before it. Counts now what it will tell at
    /// least: by then, others have asked. Returns how many bytes that is.
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

    /// An event is about to be performed: a line, if there was no need to [wait](Self::wait) for it.
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

    /// It tells these something.
    pub(super) fn tell(&mut self, to: &[ClientId], bytes: usize) {
        if self.teller.is_some_and(|(client, ..)| to != [client]) {
            self.bytes += bytes;
        }
    }

    /// It has been performed. What it told others counts for whom it was for, or else for the rooms that its client
    /// was and is in.
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

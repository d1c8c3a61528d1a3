//! What an event tells, and whom, so that whoever tells too much waits: see [`Told`].
//!
//! Not here: making them wait (`hub`).

use core::time::Duration;
use std::sync::Arc;

use crate::chat::{Audience, Chat, ClientId, Event, Timestamp};
use crate::wire::{Rate, Told};

pub(super) struct Telling {
    told: Told,
    is_limited: bool,
    /// Whom the line would tell that was asked about last, until it is performed.
    asked: Option<Audience>,
    /// Whose event is performed, whom it would tell, and the room that it is in before.
    teller: Option<(ClientId, Audience, Audience)>,
    /// Bytes that it has told others.
    bytes: usize,
}

impl Telling {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self {
            told: Told::new(rate),
            is_limited: rate.is_some(),
            asked: None,
            teller: None,
            bytes: 0,
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

    /// An event is about to be performed: a line, if there was no need to [wait](Self::wait) for it.
    pub(super) fn begin(&mut self, chat: &Chat, event: &Event) {
        let teller = event.client().filter(|_| self.is_limited);
        let asked = match event {
            Event::Line { .. } => self.asked.take(),
            _ => None,
        };
        self.teller = teller
            .map(|client| (client, asked.unwrap_or(Audience::Nobody), chat.roommates(client).0));
        self.bytes = 0;
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
        if let Audience::User(_) = audience {
            return self.told.tell(now, audience, self.bytes);
        }
        let after = chat.roommates(client).0;
        self.told.tell(now, before, self.bytes);
        if after != before {
            self.told.tell(now, after, self.bytes);
        }
    }
}

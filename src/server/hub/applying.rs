//! Events on their way: proposed to the journal, and applied when it gives them back.
//!
//! Not here: what is proposed (`hub`, `serving`), and what an event does (`chat`).

use std::string::String;

use tracing::info;

use super::super::journal::Journal;
use super::super::socket::Progress;
use super::super::{Limits, World, cost};
use super::Hub;
use crate::chat::{ClientId, CloseReason, Event, Message, Output, Timestamp};
use crate::wire::{Received, render};

impl<W: World, J: Journal> Hub<W, J> {
    /// Proposes an event, after the disconnection of those for whom more was due than can be kept: they did
    /// not leave by themselves. Returns what it costs, as far as that is known.
    pub(super) fn happen(&mut self, now: Timestamp, event: Event) -> usize {
        event.client().into_iter().for_each(|client| self.writer.evict_if_full(client));
        self.expel(now);
        self.propose(now, event)
    }

    pub(super) fn propose(&mut self, now: Timestamp, event: Event) -> usize {
        let mut cost = 1;
        if J::DEFERS {
            self.proposed += 1;
            let steady = self.writer.now();
            let bytes = self.told.expect(steady, &event);
            if let (Event::Line { client, .. }, true) = (&event, bytes > 0) {
                let (_, members) = self.chat.roommates(*client);
                cost = cost::of_telling(members, self.writer.layouts(), bytes);
            }
        }
        match self.journal.propose(now, event) {
            Some(event) => self.apply(now, event),
            None => cost,
        }
    }

    /// Has the chat take an event that has happened. Returns what that cost.
    fn apply(&mut self, at: Timestamp, event: Event) -> usize {
        let (mut recipients, mut bytes) = (0, 0);
        let client = event.client();
        let is_end = matches!(event, Event::Disconnect { .. });
        self.told.begin(&self.chat, &event);
        self.chat.handle(at, event, &mut self.outbox);
        for output in self.outbox.iter() {
            match output {
                Output::Deliver { to, message } => {
                    if let (Message::Refused { refusal, .. }, [client]) = (message, to) {
                        info!(%client, reason = refusal.kind(), "refused");
                    }
                    if let Message::Act(_) | Message::Announced { .. } = message {
                        let mut act = String::new();
                        render(message, &mut act);
                        info!(act = act.trim_start_matches(" * ").trim_end(), "moderation");
                    }
                    if let (Message::Wrapping { .. } | Message::Ascii { .. }, [client]) =
                        (message, to)
                    {
                        self.writer.change_view(*client, message);
                    }
                    self.rendered.clear();
                    render(message, &mut self.rendered);
                    recipients += to.len();
                    bytes += self.rendered.len();
                    self.told.tell(to, self.rendered.len());
                    self.writer.send(to, &self.rendered);
                }
                Output::Ask { client, ticket, ask } => {
                    let until = self.writer.now().after(Limits::ANSWER_TIME);
                    self.asking.begin(client, ticket, ask.clone(), until);
                    if !self.writer.hide_input(client, true) {
                        self.writer.send(&[client], render::SHOWN);
                    }
                    if self.writer.is_readable(client) {
                        let is_taken = self.limits.plain_passwords;
                        let words = if is_taken { render::READABLE } else { render::NOT_TAKEN };
                        self.writer.send(&[client], words);
                    }
                }
                Output::Close { client, reason } => {
                    let reason = match reason {
                        CloseReason::Bye => "said /bye",
                        CloseReason::Shutdown => "the server is shutting down",
                        CloseReason::TakenOver => "logged in on another connection",
                        CloseReason::Removed => "removed by an operator",
                        CloseReason::Banned => "banned",
                    };
                    info!(%client, reason, "disconnected");
                    self.asking.forget(client);
                    self.writer.close_departed(client);
                }
            }
        }
        self.outbox.clear();
        self.told.end(self.writer.now(), &self.chat);
        if let Some(client) = client {
            self.writer.owe(client, (recipients + bytes / 16) / Limits::TOKEN);
            // Not before: what was due to it before is sent.
            if is_end {
                self.asking.forget(client);
                if let Some(foreign) = self.foreign.remove(&client) {
                    self.writer.send_raw(client, foreign.answer().as_bytes());
                }
                self.writer.close(client);
            }
        }
        cost::of_telling(recipients, self.writer.layouts(), bytes)
    }

    /// Applies what has come back from the journal, as much as one batch may cost.
    pub(super) fn apply_settled(&mut self, now: Timestamp) {
        let mut spent = 0;
        while spent < Limits::BATCH
            && let Some((at, event)) = self.settled.pop_front()
        {
            let client = match &event {
                Event::Line { client, .. } | Event::Signal { client, .. } => Some(*client),
                _ => None,
            };
            spent += 1 + self.apply(at, event);
            self.events += 1;
            if let Some(client) = client {
                self.settle(now, client);
            }
        }
        if J::DEFERS {
            self.journal.applied(self.events, &self.chat);
        }
    }

    /// A line or a signal of a client has come back. If it was the last of all that was read, more may be read. Not
    /// before: what the client has sent since might be on its way to the hub.
    fn settle(&mut self, now: Timestamp, client: ClientId) {
        let Some(count) = self.unsettled.get_mut(&client) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        self.unsettled.remove(&client);
        // Whether a question came of it is known now.
        for received in self.asking.release(client) {
            if let Received::Line(line) = &received
                && !self.asking.may_be_asked(client)
            {
                self.told.wait(self.writer.now(), &self.chat, client, line);
            }
            self.receive(now, client, received);
        }
        if !self.turns.is_waiting(client) && !self.unsettled.contains_key(&client) {
            self.writer.set_progress(client, Progress::Done);
        }
    }

    /// Disconnects those for whom more was due than can be kept, and those who have vanished. Returns whether there were
    /// any: then more is due.
    pub(super) fn expel(&mut self, now: Timestamp) -> bool {
        let mut expelled = false;
        while let Some((client, cause)) = self.writer.next_disconnected() {
            expelled = true;
            self.propose(now, Event::Disconnect { client, cause });
        }
        expelled
    }
}

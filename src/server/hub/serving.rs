//! What clients have sent is done in turns, so that nobody waits for what another one has in hand.
//!
//! Not here: whose turn it is (`wire::turns`), and who has told too much (`telling`).

use core::time::Duration;
use std::format;

use super::super::journal::Journal;
use super::super::socket::Progress;
use super::super::{Limits, World, cost};
use super::Hub;
use crate::chat::{Cause, ClientId, Command, Event, Signal, Timestamp};
use crate::wire::Received;

impl<W: World, J: Journal> Hub<W, J> {
    /// Does what clients have sent, in turns, as much as one batch may cost.
    pub(super) fn serve(&mut self, now: Timestamp) {
        if self.rest.is_some() {
            return;
        }
        let steady = self.writer.now();
        self.turns.wake(steady);
        let mut spent = 0;
        while spent < Limits::BATCH
            && let Some(mut turn) = self.turns.begin()
        {
            let client = turn.key;
            let (_, members) = self.chat.roommates(client);
            let mut held = None;
            // To look whether it can be done takes time too.
            spent += 1;
            while let Some(next) = turn.things.front() {
                if cost::of(next, members, self.writer.layouts()) > turn.credit {
                    break;
                }
                if let Received::Line(line) = next
                    && !self.asking.may_be_asked(client)
                {
                    held = self.told.wait(steady, &self.chat, client, line);
                }
                if held.is_some() {
                    break;
                }
                let Some(what) = turn.things.pop_front() else { break };
                let cost = self.receive(now, client, what);
                spent += cost;
                turn.credit = turn.credit.saturating_sub_unsigned(cost);
            }
            // What has yet to come back from the journal is not done.
            if turn.things.is_empty() && !self.unsettled.contains_key(&client) {
                self.writer.set_progress(client, Progress::Done);
            }
            match held {
                None => self.turns.end(turn),
                Some((audience, wait)) => {
                    let asks = match turn.things.front() {
                        Some(Received::Line(line)) => line.len(),
                        _ => 0,
                    };
                    self.writer.set_progress(client, Progress::Held);
                    // Rounded up: else it would be woken before it may.
                    let until = steady.after(wait + Duration::from_millis(1));
                    self.turns.hold(turn, (audience, asks), until);
                }
            }
        }
    }

    /// Does what something that was received asks for, and returns what that cost.
    pub(super) fn receive(
        &mut self,
        now: Timestamp,
        client: ClientId,
        received: Received,
    ) -> usize {
        // What comes from someone who has been closed does nothing, and may be the password that was asked for.
        let is_for_chat = matches!(received, Received::Line(_) | Received::Signal(_));
        if is_for_chat && !self.writer.is_open(client) {
            return 1;
        }
        let Some(received) = self.asking.hold_back(client, received) else { return 1 };
        let Some(received) = self.take_answer(now, client, received) else { return 1 };
        if J::DEFERS && matches!(received, Received::Line(_) | Received::Signal(_)) {
            *self.unsettled.entry(client).or_default() += 1;
        }
        match received {
            Received::Line(line) => {
                if J::DEFERS && Command::may_ask(&line) {
                    self.asking.hold(client);
                }
                return cost::of_reading(&line) + self.happen(now, Event::Line { client, line });
            }
            Received::Signal(signal) => {
                if matches!(signal, Signal::Interrupt | Signal::AreYouThere) {
                    self.writer.set_speaks_telnet(client);
                }
                return self.happen(now, Event::Signal { client, signal });
            }
            Received::Answer(answer) => {
                self.writer.set_speaks_telnet(client);
                self.writer.send_raw(client, &answer);
            }
            Received::Echo(on) => {
                self.writer.set_speaks_telnet(client);
                self.writer.receive_echo(client, on);
            }
            Received::Width(columns) => {
                self.writer.set_speaks_telnet(client);
                self.writer.fit(client, columns);
            }
            Received::Foreign(foreign) => {
                self.foreign.insert(client, foreign);
                let reason = format!("speaks {}", foreign.name());
                self.disconnect(now, client, Cause::Closed, &reason);
            }
        }
        1
    }
}

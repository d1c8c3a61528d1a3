//! The hot path: from what the chat says to the sockets.
//!
//! A line for a thousand clients is a thousand deliveries, so what is done for each decides how fast the
//! server is. The kernel's part cannot be had for less than one write a client a batch. So the text of a batch
//! is kept once (for each view in use, `pages`), where it stays in the processor's cache; a recipient is looked up once for all lines in a
//! row that go to the same people; and its share of the text is written from there, without a copy, a lock, an
//! allocation or a task. Only what a socket does not take is copied to the client's queue.
//!
//! Not here: when a batch ends (`hub`), and what becomes of a client that does not take its share (`writer`).

use core::mem::{replace, take};
use core::ops::Range;
use std::collections::VecDeque;
use std::io::ErrorKind;

use super::super::connections::State;
use super::super::{Limits, Stream, World};
use super::Writer;
use super::watch::most_queued;
use crate::chat::{ClientId, Message};
use crate::wire::View;

impl<W: World> Writer<W> {
    /// Makes lines due to these clients.
    pub(in super::super) fn send(&mut self, to: &[ClientId], lines: &str) {
        if let [client] = to {
            return self.send_one(*client, lines);
        }
        if self.audience != to {
            self.distribute_lines();
            self.audience.extend_from_slice(to);
        }
        self.lines.push_str(lines);
        if self.pages.len() + self.lines.len() >= Limits::MOST_TEXT {
            self.flush();
        }
    }

    /// Makes bytes due to a client that are no lines: an answer in telnet, or in another protocol.
    pub(in super::super) fn send_raw(&mut self, client: ClientId, bytes: &[u8]) {
        self.distribute_lines();
        let Some(outgoing) = self.connections.open(client) else { return };
        let page = outgoing.page;
        let share = self.pages.append(page, bytes);
        self.add_for_one(client, page, share);
    }

    /// Finds out whether all that is due to a client can be kept.
    pub(in super::super) fn evict_if_full(&mut self, client: ClientId) {
        // Mostly there is room for all of the text, so its share need not be known.
        let Some(outgoing) = self.connections.open(client) else { return };
        let most = self.pages.len_of(outgoing.page)
            + self.lines.len()
            + View::most_added(self.lines.len());
        if outgoing.queue.room() < most {
            self.distribute_lines();
            self.queue_share(client);
        }
    }

    /// Makes lines due to one client.
    fn send_one(&mut self, client: ClientId, lines: &str) {
        self.distribute_lines();
        let Some(outgoing) = self.connections.open(client) else { return };
        let page = outgoing.page;
        self.pages.begin_lines();
        let share = self.pages.rows(page, lines);
        self.add_for_one(client, page, share);
    }

    /// Adds the end of a page to the share of one client. It does not stay there, where it would part what is
    /// due to others.
    fn add_for_one(&mut self, client: ClientId, page: usize, share: Range<usize>) {
        let start = share.start;
        self.add_share(client, share, true);
        self.queue_share(client);
        self.pages.truncate(page, start);
    }

    /// Adds the lines to the shares of those to whom they are due.
    pub(super) fn distribute_lines(&mut self) {
        if self.audience.is_empty() {
            return;
        }
        self.pages.begin_lines();
        let (mut audience, mut lines) = (take(&mut self.audience), take(&mut self.lines));
        let are_few = audience.len() <= Limits::FEW;
        for client in audience.drain(..) {
            if let Some(outgoing) = self.connections.open(client) {
                let share = self.pages.rows(outgoing.page, &lines);
                self.add_share(client, share, are_few);
            }
        }
        lines.clear();
        (self.audience, self.lines) = (audience, lines);
    }

    /// Adds a piece of the text to a client's share, which is one piece: if it does not follow on the rest,
    /// that goes to the client's queue.
    fn add_share(&mut self, client: ClientId, lines: Range<usize>, is_of_few: bool) {
        let Some(outgoing) = self.connections.open(client) else { return };
        if !replace(&mut outgoing.is_scheduled, true) {
            self.scheduled[usize::from(!is_of_few)].push_back(client);
        }
        if outgoing.share.end == lines.start {
            outgoing.share.end = lines.end;
        } else if outgoing.share.is_empty() {
            outgoing.share = lines;
        } else {
            self.queue_share(client);
            if let Some(outgoing) = self.connections.open(client) {
                outgoing.share = lines;
            }
        }
    }

    /// Writes what is due to whoever has been touched, as far as the sockets take it.
    fn flush(&mut self) {
        self.flush_some(usize::MAX);
    }

    /// Writes what is due to so many, those first who are told something with few others; but others too.
    pub(in super::super) fn flush_some(&mut self, most: usize) {
        self.distribute_lines();
        if self.unwritten.is_none() && self.pages.len() >= Limits::SENT_TEXT {
            self.pages.mark_ends();
            self.unwritten = Some([0, 1].map(|which| self.scheduled[which].len()));
        }
        for _ in 0..most {
            let order = if self.is_turn_of_many { [1, 0] } else { [0, 1] };
            let Some(which) = order.into_iter().find(|which| !self.scheduled[*which].is_empty())
            else {
                break;
            };
            self.is_turn_of_many = !self.is_turn_of_many;
            self.write_to_next(which);
            if let Some(unwritten) = &mut self.unwritten {
                unwritten[which] = unwritten[which].saturating_sub(1);
                if *unwritten == [0, 0] {
                    self.unwritten = None;
                    self.pages.drop_marked();
                }
            }
        }
        if self.is_idle() {
            self.unwritten = None;
            self.pages.clear();
        }
    }

    fn write_to_next(&mut self, which: usize) {
        let Some(client) = self.scheduled[which].pop_front() else { return };
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.is_scheduled = false;
        if outgoing.is_waiting {
            self.queue_share(client);
        } else {
            self.write(client);
            self.enforce_memory_limit();
        }
    }

    /// Whether nothing is to be written.
    pub(in super::super) fn is_idle(&self) -> bool {
        self.scheduled.iter().all(VecDeque::is_empty) && self.audience.is_empty()
    }

    /// Writes what is due to a client, as far as its socket takes it; the rest waits.
    pub(super) fn write(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        if !matches!(outgoing.state, State::Open | State::Closing) {
            return;
        }
        let due = outgoing.queue.len() + outgoing.share.len();
        let outcome = loop {
            let is_queue = !outgoing.queue.is_empty();
            let next = if is_queue {
                outgoing.queue.next()
            } else {
                self.pages.text(outgoing.page, outgoing.share.clone())
            };
            if next.is_empty() {
                break Ok(());
            }
            match outgoing.socket.stream.try_write(next) {
                Ok(0) => break Err(ErrorKind::WriteZero),
                Ok(count) if is_queue => outgoing.queue.advance(count),
                Ok(count) => outgoing.share.start += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error.kind()),
            }
        };
        if outgoing.share.is_empty() {
            // It must not point beyond the text of another batch.
            outgoing.share = 0..0;
        }
        self.queued.count(outgoing);
        let has_taken = outgoing.queue.len() + outgoing.share.len() < due;
        if has_taken && !self.is_stopping {
            outgoing.since = self.now;
        }
        let is_under_way = has_taken || matches!(outcome, Err(ErrorKind::WouldBlock));
        if is_under_way && !outgoing.is_watched {
            self.watch(client);
        }
        match outcome {
            Ok(()) => self.finish(client),
            Err(ErrorKind::WouldBlock) => {
                self.await_writable(client);
                if !self.try_queue_share(client) {
                    self.evict(client, "too slow: its send queue is full");
                }
            }
            Err(_) => self.mark_broken(client),
        }
    }

    /// In how many ways a line is laid out at most.
    pub(in super::super) fn layouts(&self) -> usize {
        self.pages.used()
    }

    /// Has what a client is sent from now on laid out as this message says, which is for it.
    pub(in super::super) fn change_view(&mut self, client: ClientId, message: &Message) {
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.has_chosen_width |= matches!(message, Message::Wrapping { .. });
        let view = self.pages.view(outgoing.page).after(message);
        self.set_view(client, view);
    }

    /// A client's window has so many columns, or it does not know: what its person has chosen goes before that.
    pub(in super::super) fn fit(&mut self, client: ClientId, columns: u16) {
        let Some(outgoing) =
            self.connections.open(client).filter(|outgoing| !outgoing.has_chosen_width)
        else {
            return;
        };
        let view = self.pages.view(outgoing.page).fit(columns, self.limits.wrap);
        self.set_view(client, view);
    }

    fn set_view(&mut self, client: ClientId, view: View) {
        self.distribute_lines();
        // What is due to it is on its old page.
        self.queue_share(client);
        let Some(outgoing) = self.connections.get(client) else { return };
        self.pages.release(outgoing.page);
        outgoing.page = self.pages.acquire(view);
    }

    /// Keeps a client's share beyond the batch, or finds that it has failed to keep up.
    pub(super) fn queue_share(&mut self, client: ClientId) {
        if !self.try_queue_share(client) {
            // One batch can hold more than a queue. Only what the socket does not take counts.
            self.write(client);
        }
        self.enforce_memory_limit();
    }

    /// Copies a client's share to its queue. Returns whether there was room for all of it.
    fn try_queue_share(&mut self, client: ClientId) -> bool {
        let Some(outgoing) = self.connections.get(client) else { return true };
        if outgoing.queue.is_empty() && !outgoing.share.is_empty() {
            outgoing.since = self.now;
        }
        if outgoing.queue.len() <= self.limits.send_queue {
            outgoing.within_limit_at = self.now;
        }
        outgoing.queue.allow(most_queued(outgoing, self.now, &self.limits));
        let share = take(&mut outgoing.share);
        let count = outgoing.queue.push(self.pages.text(outgoing.page, share.clone()));
        self.queued.count(outgoing);
        if count < share.len() {
            outgoing.share = share.start + count..share.end;
        }
        count == share.len()
    }
}

//! The hot path, from the messages of the chat to the sockets.
//!
//! A line for a thousand clients is a thousand deliveries, so the cost of a delivery decides how fast the
//! server is. The kernel needs at least one write for each client and batch. The server adds little to
//! that. The text of a batch is stored once for each view in use (`pages`), so it stays in the processor's
//! cache. Successive lines for the same clients are distributed together, with one lookup of each
//! client. Then each share is written from the page, without a copy, a lock, an allocation or a task. Only
//! bytes that a socket does not take are copied to the client's queue.
//!
//! Not here: when a batch ends (`hub`), and deadlines of clients that do not read (`watch`).

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
    /// Adds lines to the output of these clients.
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

    /// Adds bytes that are not lines to the output of a client: an answer in telnet, or in another protocol.
    pub(in super::super) fn send_raw(&mut self, client: ClientId, bytes: &[u8]) {
        self.distribute_lines();
        let Some(outgoing) = self.connections.open(client) else { return };
        let page = outgoing.page;
        let share = self.pages.append(page, bytes);
        self.add_for_one(client, page, share);
    }

    /// Queues a client's share if it may not fit, which evicts the client if it does not. This is called
    /// before an event of the client, so that its eviction comes first.
    pub(in super::super) fn evict_if_full(&mut self, client: ClientId) {
        // Mostly there is room for all of the text, whatever the client's share of it is.
        let Some(outgoing) = self.connections.open(client) else { return };
        let most = self.pages.len_of(outgoing.page)
            + self.lines.len()
            + View::most_added(self.lines.len());
        if outgoing.queue.room() < most {
            self.distribute_lines();
            self.queue_share(client);
        }
    }

    /// Adds lines to the output of one client.
    fn send_one(&mut self, client: ClientId, lines: &str) {
        self.distribute_lines();
        let Some(outgoing) = self.connections.open(client) else { return };
        let page = outgoing.page;
        self.pages.begin_lines();
        let share = self.pages.rows(page, lines);
        self.add_for_one(client, page, share);
    }

    /// Queues the end of a page for one client, and removes it from the page, where it would split the
    /// shares of all others.
    fn add_for_one(&mut self, client: ClientId, page: usize, share: Range<usize>) {
        let start = share.start;
        self.add_share(client, share, true);
        self.queue_share(client);
        self.pages.truncate(page, start);
    }

    /// Adds the lines to the shares of their recipients.
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

    /// Adds a range of the text to a client's share. A share is a single range, so if the new range does
    /// not continue it, the old share is queued first.
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

    /// Writes to all scheduled clients.
    fn flush(&mut self) {
        self.flush_some(usize::MAX);
    }

    /// Writes to at most `most` scheduled clients, alternately to one that was scheduled for a message to
    /// few, and to one of the others.
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

    /// Writes to the next scheduled client of a kind.
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

    /// Whether no client is scheduled, and all lines are distributed.
    pub(in super::super) fn is_idle(&self) -> bool {
        self.scheduled.iter().all(VecDeque::is_empty) && self.audience.is_empty()
    }

    /// Writes as much of a client's queue and share as its socket takes, and queues the rest.
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
            // The next batch begins at position 0 again.
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

    /// The most ways in which a line is laid out.
    pub(in super::super) fn layouts(&self) -> usize {
        self.pages.used()
    }

    /// Changes the view of a client as this message to it says, for all output from now on.
    pub(in super::super) fn change_view(&mut self, client: ClientId, message: &Message) {
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.has_chosen_width |= matches!(message, Message::Wrapping { .. });
        let view = self.pages.view(outgoing.page).after(message);
        self.set_view(client, view);
    }

    /// Fits the rows to a client's window with so many columns, 0 if the client does not know. A width that
    /// the user has chosen takes precedence.
    pub(in super::super) fn fit(&mut self, client: ClientId, columns: u16) {
        let Some(outgoing) =
            self.connections.open(client).filter(|outgoing| !outgoing.has_chosen_width)
        else {
            return;
        };
        let view = self.pages.view(outgoing.page).fit(columns, self.limits.wrap);
        self.set_view(client, view);
    }

    /// Moves a client to the page for a view.
    fn set_view(&mut self, client: ClientId, view: View) {
        self.distribute_lines();
        // Its share is on the old page.
        self.queue_share(client);
        let Some(outgoing) = self.connections.get(client) else { return };
        self.pages.release(outgoing.page);
        outgoing.page = self.pages.acquire(view);
    }

    /// Queues a client's share, so that it no longer depends on the text. Evicts the client if it does not
    /// fit.
    pub(super) fn queue_share(&mut self, client: ClientId) {
        if !self.try_queue_share(client) {
            // A batch can be longer than a queue. Only bytes that the socket does not take count, so write.
            self.write(client);
        }
        self.enforce_memory_limit();
    }

    /// Moves a client's share to its queue, as far as it fits. Returns whether all of it does.
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

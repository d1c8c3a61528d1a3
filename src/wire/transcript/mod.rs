//! A run of the chat as text, for people and programs: scripted sessions, stored counterexamples,
//! records of a running server.
//!
//! ```text
//! chinwag transcript 1
//!
//! # Two people meet.
//! 1 connects
//!   1 is welcomed
//!   1 <  * you are [anonymous0]; to change that, type /username NAME
//!   1 <  * nobody else is in [lobby]
//!   1 <  * [anonymous0] has connected
//! at 1500
//! 2 connects
//!   2 is welcomed
//!   2 <  * you are [anonymous1]; to change that, type /username NAME
//!   2 <  * in [lobby] with you: anonymous0
//!   1 2 <  * [anonymous1] has connected
//! 2 > hello
//!   1 < [anonymous1]> hello
//! 2 > /bye
//!   1 <  * [anonymous1] has disconnected
//!   2 is closed: bye
//! ```
//!
//! # Grammar
//!
//! A transcript consists of lines. The first is `chinwag transcript 1`, where 1 is the version of
//! this grammar. These may follow, in this order:
//!
//! - `program VERSION`: the version of the program that wrote the transcript.
//! - `limits NAME N NAME N ...`: the fields of [`Limits`] that differ from their defaults.
//! - `state JSON`: the [snapshot](crate::chat) that the run begins with; else it begins with a new chat.
//!
//! Then these follow, in any order:
//!
//! | line | meaning |
//! | --- | --- |
//! | empty, or `# ...` | a comment |
//! | `at MS` | the time of the next events, in milliseconds since the epoch; 0 at first |
//! | `N connects` | client N connects |
//! | `N connects from ORIGIN` | the same, and where from is known |
//! | `N > TEXT` | client N sends a line |
//! | `N signals WHAT` | `interrupt`, `are-you-there`, `overlong` or `slowed` |
//! | `N disconnects: WHY` | `closed`, `lost` or `slow` |
//! | `N answers TICKET: made TEXT` | client N has chosen a password with this credential |
//! | `N answers TICKET: right TEXT` | client N knows the password of this credential |
//! | `N answers TICKET: WHAT` | `wrong`; or there is none: `interrupted`, `silent`, `unusable`, `busy` or `forbidden` |
//! | `operator > TEXT` | the configuration makes the account with this name that of an operator |
//! | `shutdown` | the server stops |
//! | `restart` | the server has been started anew, and all clients are gone |
//! | `  N N ... < TEXT` | these clients are sent a line |
//! | `  N is welcomed` | this client is sent the banner |
//! | `  N is asked TICKET: new` | this client is asked for a new password |
//! | `  N is asked TICKET: check TEXT` | this client is asked for the password of this credential |
//! | `  N is closed: WHY` | this client is closed: `bye`, `shutdown`, `taken over`, `removed` or `banned` |
//!
//! Lines that begin with two spaces are expectations: the effects of the event before them,
//! complete and in order. TEXT begins after exactly one space. In it, `\\` is a backslash and
//! `\u{HEX}` is any character. Control characters, invisible characters, and a space at the end of
//! the line are always written in this form.
//!
//! Parsing a printed transcript gives the same transcript.
//!
//! Not here: files (the caller reads and writes them), and comparing with a model (the harness).

mod answers;
mod grammar;
mod limits;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::render;
#[cfg(feature = "serde")]
use crate::chat::Snapshot;
use crate::chat::{
    Ask, Chat, ClientId, CloseReason, Event, Limits, Message, Outbox, Output, Timestamp,
};

/// A run of the chat: the events, and what each client was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The version of the program that wrote the transcript, if stated.
    pub program: Option<String>,
    /// The limits of the chat.
    pub limits: Limits,
    /// The state that the run begins with, if not that of a new chat. Its limits are those of the run.
    #[cfg(feature = "serde")]
    pub state: Option<Snapshot>,
    /// Everything else, in order.
    pub entries: Vec<Entry>,
}

/// One line of a transcript, after its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A whole line that is empty or begins with `#`.
    Comment(String),
    /// The time of the next events.
    At(Timestamp),
    /// An event.
    Event(Event),
    /// Clients are sent a line. Its line end is left out.
    Sent {
        /// The recipients.
        to: Vec<ClientId>,
        /// The line.
        line: String,
    },
    /// A client is sent the banner.
    Welcomed(ClientId),
    /// A client is asked a question.
    Asked {
        /// The client.
        client: ClientId,
        /// The ticket of the question.
        ticket: u64,
        /// What it is asked for.
        ask: Ask,
    },
    /// A client is closed.
    Closed {
        /// The client.
        client: ClientId,
        /// Why it is closed.
        reason: CloseReason,
    },
}

impl Entry {
    /// Whether it is an effect of the event before it.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        match self {
            Self::Sent { .. } | Self::Welcomed(_) | Self::Asked { .. } | Self::Closed { .. } => {
                true
            }
            Self::Comment(_) | Self::At(_) | Self::Event(_) => false,
        }
    }
}

impl Transcript {
    /// The first line of every transcript, without its line end. No other line of a transcript is
    /// like it.
    pub const FIRST_LINE: &str = grammar::FIRST_LINE;

    /// The run of these events on a new chat, with their effects.
    #[must_use]
    pub fn record(limits: Limits, events: impl IntoIterator<Item = (Timestamp, Event)>) -> Self {
        let mut transcript = Self { limits, ..Self::default() };
        let mut now = Timestamp::default();
        for (at, event) in events {
            if at != now {
                now = at;
                transcript.entries.push(Entry::At(at));
            }
            transcript.entries.push(Entry::Event(event));
        }
        transcript.replay()
    }

    /// The same run with its expectations replaced by the effects of the events on a new chat.
    /// Everything else stays.
    ///
    /// # Panics
    ///
    /// If the limits contradict each other, or the state cannot be restored. What was parsed has been checked.
    #[must_use]
    pub fn replay(&self) -> Self {
        Self { entries: self.replayed().collect(), ..self.header() }
    }

    /// The entries of [`replay`](Self::replay), produced one at a time: the effects of a long run
    /// need not fit into memory.
    ///
    /// # Panics
    ///
    /// As [`replay`](Self::replay).
    pub fn replayed(&self) -> impl Iterator<Item = Entry> {
        let mut chat = self.beginning();
        let mut outbox = Outbox::new();
        let mut now = Timestamp::default();
        self.entries.iter().flat_map(move |entry| {
            let mut entries = Vec::new();
            match entry {
                effect if effect.is_effect() => return entries,
                Entry::At(at) => now = *at,
                _ => {}
            }
            entries.push(entry.clone());
            if let Entry::Event(event) = entry {
                chat.handle(now, event.clone(), &mut outbox);
                expect(&outbox, &mut entries);
                outbox.clear();
            }
            entries
        })
    }

    /// The transcript after its first `events` events: it begins with the state then.
    ///
    /// # Panics
    ///
    /// As [`replay`](Self::replay).
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn after(&self, events: u64) -> Self {
        let mut chat = self.beginning();
        let (mut now, mut left) = (Timestamp::default(), events);
        let mut entries = self.entries.iter();
        while left > 0
            && let Some(entry) = entries.next()
        {
            match entry {
                Entry::At(at) => now = *at,
                Entry::Event(event) => {
                    chat.handle(now, event.clone(), &mut Outbox::new());
                    left -= 1;
                }
                _ => {}
            }
        }
        // What the last of them caused is not an effect of the next.
        let rest = entries.skip_while(|entry| entry.is_effect());
        let mut rest: Vec<Entry> = rest.cloned().collect();
        if !matches!(rest.first(), None | Some(Entry::At(_))) {
            rest.insert(0, Entry::At(now));
        }
        Self { state: Some(chat.snapshot()), entries: rest, ..self.header() }
    }

    /// Whether a client is there at the beginning, or connects.
    #[must_use]
    pub fn has(&self, client: ClientId) -> bool {
        let connects = |entry: &Entry| matches!(entry, Entry::Event(Event::Connect { client: newcomer, .. }) if *newcomer == client);
        self.entries.iter().any(connects) || self.beginning().roommates(client).1 > 0
    }

    /// The same transcript without its entries.
    #[must_use]
    pub fn header(&self) -> Self {
        Self {
            program: self.program.clone(),
            limits: self.limits.clone(),
            #[cfg(feature = "serde")]
            state: self.state.clone(),
            entries: Vec::new(),
        }
    }

    fn beginning(&self) -> Chat {
        #[cfg(feature = "serde")]
        if let Some(state) = &self.state {
            return Chat::restore(state.clone()).expect("a state that was read has been restored");
        }
        Chat::new(self.limits.clone())
    }
}

/// Appends the effects of an event as entries.
///
/// Successive deliveries of the same text become one line, whether the machine sent the text at
/// once or in several messages. So there is only one way to write down what every client saw.
fn expect(outbox: &Outbox, entries: &mut Vec<Entry>) {
    let mut sent: Option<(Vec<ClientId>, String)> = None;
    for output in outbox.iter() {
        match output {
            Output::Deliver { to, message: Message::Welcome } => {
                flush(&mut sent, entries);
                entries.extend(to.iter().copied().map(Entry::Welcomed));
            }
            Output::Deliver { to, message } => {
                let mut text = String::new();
                render(message, &mut text);
                match &mut sent {
                    Some((before, same)) if *same == text && before.last() < to.first() => {
                        before.extend_from_slice(to);
                    }
                    _ => {
                        flush(&mut sent, entries);
                        sent = Some((to.to_vec(), text));
                    }
                }
            }
            Output::Ask { client, ticket, ask } => {
                flush(&mut sent, entries);
                entries.push(Entry::Asked { client, ticket, ask: ask.clone() });
            }
            Output::Close { client, reason } => {
                flush(&mut sent, entries);
                entries.push(Entry::Closed { client, reason });
            }
        }
    }
    flush(&mut sent, entries);
}

fn flush(sent: &mut Option<(Vec<ClientId>, String)>, entries: &mut Vec<Entry>) {
    if let Some((to, text)) = sent.take() {
        let line = |line: &str| Entry::Sent { to: to.clone(), line: line.to_owned() };
        entries.extend(text.lines().map(line));
    }
}

/// A line that does not follow the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for TranscriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl core::error::Error for TranscriptError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_record_has_the_time_wherever_it_changes() {
        let client = ClientId(1);
        let line = |line: &str| Event::Line { client, line: line.into() };
        let events = [
            (Timestamp(0), Event::connect(client)),
            (Timestamp(5), line("hello")),
            (Timestamp(5), line("/bye")),
            (Timestamp(6), Event::Shutdown),
        ];
        let limits = Limits { line: 300, ..Limits::default() };
        let expected = "\
chinwag transcript 1
limits line 300
1 connects
  1 is welcomed
  1 <  * you are [anonymous0]; to change that, type /username NAME
  1 <  * nobody else is in [lobby]
  1 <  * [anonymous0] has connected
at 5
1 > hello
1 > /bye
  1 is closed: bye
at 6
shutdown
";
        assert_eq!(Transcript::record(limits, events).to_string(), expected);
    }
}

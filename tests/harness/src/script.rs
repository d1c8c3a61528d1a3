//! Turns a transcript into a script: the actions of clients that make its events happen, one after another, and what
//! each client must then be sent.
//!
//! Clients cannot cause every event. A script leaves out or replaces those they cannot cause, lists these
//! differences, and expects the outputs of the events that remain.
//!
//! Not here: running the script (`simulator`, `tests/it`).

use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{
    Answer, Cause, ClientId, Event, Limits, Message, Signal, Timestamp, Unanswered,
};
use chinwag::wire::transcript::{Entry, Transcript};
use chinwag::wire::{Received, Receiver, render};

/// The actions of clients, in order.
#[derive(Clone, Debug)]
pub struct Script {
    /// The limits of the chat.
    pub limits: Limits,
    /// The actions.
    pub acts: Vec<Act>,
    /// What differs from the transcript, and why.
    pub differences: Vec<String>,
}

/// One action of a client, or the stop of the server.
#[derive(Clone, Debug)]
pub struct Act {
    /// The time of the action.
    pub at: Timestamp,
    /// The event that it causes.
    pub event: Event,
    /// What each client must be sent because of it.
    pub sent: BTreeMap<ClientId, String>,
    /// The connections that must be closed after it.
    pub closed: BTreeSet<ClientId>,
}

impl Script {
    /// The script of a transcript.
    #[must_use]
    pub fn of(transcript: &Transcript) -> Self {
        let mut cast = Cast { limits: transcript.limits.clone(), ..Cast::default() };
        let mut left = transcript.header();
        let mut differences = Vec::new();
        for entry in &transcript.replay().entries {
            match entry {
                Entry::At(_) => left.entries.push(entry.clone()),
                Entry::Asked { client, ticket, .. } => {
                    cast.asked.insert(*client, *ticket);
                }
                Entry::Event(event) => match cast.perform(event) {
                    Ok(performed) => {
                        if performed != *event {
                            let instead = Entry::Event(performed.clone());
                            differences.push(format!("{entry}: replaced by {instead}"));
                        }
                        left.entries.push(Entry::Event(performed));
                    }
                    Err(why) => differences.push(format!("{entry}: left out, {why}")),
                },
                _ => {}
            }
        }
        Self { limits: transcript.limits.clone(), acts: acts(&left), differences }
    }
}

/// The acts of a transcript that clients can perform completely.
fn acts(transcript: &Transcript) -> Vec<Act> {
    let mut acts: Vec<Act> = Vec::new();
    let mut at = Timestamp::default();
    let mut closed = BTreeSet::new();
    let mut banner = String::new();
    render(&Message::Welcome, &mut banner);
    for entry in transcript.replayed() {
        match (entry, acts.last_mut()) {
            (Entry::At(now), _) => at = now,
            (Entry::Event(event), _) => {
                match &event {
                    Event::Disconnect { client, cause: Cause::Closed } => {
                        closed.insert(*client);
                    }
                    Event::Restart => closed.clear(),
                    _ => {}
                }
                let (sent, closed) = (BTreeMap::new(), closed.clone());
                acts.push(Act { at, event, sent, closed });
            }
            (Entry::Sent { to, line }, Some(act)) => {
                for client in to {
                    act.sent.entry(client).or_default().push_str(&format!("{line}\r\n"));
                }
            }
            (Entry::Welcomed(client), Some(act)) => {
                act.sent.entry(client).or_default().push_str(&banner);
            }
            (Entry::Closed { client, .. }, Some(act)) => {
                closed.insert(client);
                act.closed.insert(client);
            }
            _ => {}
        }
    }
    acts
}

/// The clients that have connected so far.
#[derive(Default)]
struct Cast {
    limits: Limits,
    come: BTreeSet<ClientId>,
    /// Clients that have closed their side.
    gone: BTreeSet<ClientId>,
    /// Clients that have been asked for a password, with the ticket.
    asked: BTreeMap<ClientId, u64>,
    has_stopped: bool,
}

impl Cast {
    /// The event that clients can cause in place of this one; mostly the event itself.
    ///
    /// # Errors
    ///
    /// Why clients cannot cause any.
    fn perform(&mut self, event: &Event) -> Result<Event, &'static str> {
        if self.has_stopped {
            return Err("the server has stopped");
        }
        match event {
            Event::Connect { client, .. } if self.come.insert(*client) => Ok(event.clone()),
            Event::Connect { .. } => Err("it has connected before"),
            Event::Shutdown => {
                self.has_stopped = true;
                Ok(Event::Shutdown)
            }
            Event::Restart => {
                self.come.clear();
                self.asked.clear();
                self.gone.clear();
                Ok(Event::Restart)
            }
            Event::Line { client, .. }
            | Event::Signal { client, .. }
            | Event::Answered { client, .. }
            | Event::Disconnect { client, .. }
                if self.gone.contains(client) || !self.come.contains(client) =>
            {
                Err("it is not connected")
            }
            Event::Line { client, .. } | Event::Signal { client, signal: Signal::Interrupt }
                if self.asked.contains_key(client) =>
            {
                Err("it would be taken as a password")
            }
            Event::Signal { .. } | Event::Appoint { .. } => Ok(event.clone()),
            Event::Answered { client, ticket, answer } => {
                if self.asked.get(client) != Some(ticket) {
                    return Err("it has not been asked that");
                }
                if bytes(event, &self.limits).is_empty() {
                    return Err("it takes time");
                }
                if let Answer::Made(text) | Answer::Right(text) = answer
                    && !Limits::PASSWORD.contains(&text.as_str().len())
                {
                    return Err("that is no password");
                }
                self.asked.remove(client);
                Ok(event.clone())
            }
            Event::Line { client, line } => match &self.meaning(line)[..] {
                [Received::Line(heard)] if heard == line => Ok(event.clone()),
                // The wire layer, which counts bytes, refuses the line before the chat does; the reply is the same.
                [Received::Signal(Signal::Overlong)] => {
                    Ok(Event::Signal { client: *client, signal: Signal::Overlong })
                }
                _ => Err("no bytes mean this line"),
            },
            Event::Disconnect { client, cause } => {
                self.gone.insert(*client);
                let cause = match cause {
                    // To be too slow takes more output than a transcript has.
                    Cause::Slow => Cause::Lost,
                    Cause::Lost | Cause::Closed => *cause,
                };
                Ok(Event::Disconnect { client: *client, cause })
            }
        }
    }

    fn meaning(&self, line: &str) -> Vec<Received> {
        let mut receiver = Receiver::new(&self.limits, None);
        // The client has been welcomed by then.
        receiver.settle();
        let mut meaning = Vec::new();
        let bytes = format!("{line}\r\n");
        receiver.receive(Timestamp(0), bytes.as_bytes(), |what| meaning.push(what));
        meaning
    }
}

/// The bytes by which a client causes its event; none if it causes it in another way.
#[must_use]
pub fn bytes(event: &Event, limits: &Limits) -> Vec<u8> {
    match event {
        Event::Line { line, .. } => format!("{line}\r\n").into_bytes(),
        Event::Signal { signal: Signal::Interrupt, .. }
        | Event::Answered { answer: Answer::None(Unanswered::Interrupted), .. } => {
            b"\xFF\xF4".to_vec()
        }
        // The password is like its credential.
        Event::Answered { answer: Answer::Made(text) | Answer::Right(text), .. } => {
            format!("{text}\r\n").into_bytes()
        }
        Event::Answered { answer: Answer::Wrong, .. } => b"wrong password\r\n".to_vec(),
        Event::Answered { answer: Answer::None(Unanswered::Unusable), .. } => b"short\r\n".to_vec(),
        Event::Answered {
            answer: Answer::None(Unanswered::Silent | Unanswered::Busy | Unanswered::Forbidden),
            ..
        } => Vec::new(),
        Event::Signal { signal: Signal::AreYouThere, .. } => b"\xFF\xF6".to_vec(),
        Event::Signal { signal: Signal::Overlong, .. } => {
            format!("{}\r\n", "x".repeat(limits.line + 1)).into_bytes()
        }
        // Flood control raises this event; a client does not send it.
        Event::Signal { signal: Signal::Slowed, .. } => Vec::new(),
        Event::Connect { .. } | Event::Disconnect { .. } => Vec::new(),
        Event::Appoint { .. } | Event::Shutdown | Event::Restart => Vec::new(),
    }
}

//! Transcripts as scripts: what clients do over their connections so that the events of a transcript happen,
//! one after the other, and what each client must be sent then.
//!
//! Not everything can be performed as it stands. What clients cannot do is left out, and what they can only
//! do in another way is changed; a script says which, and its expectations are of what is left.
//!
//! Not here: who performs it (`simulator`, `tests/it`).

use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{Cause, ClientId, Event, Limits, Message, Signal, Timestamp};
use chinwag::wire::transcript::{Entry, Transcript};
use chinwag::wire::{Received, Receiver, render};

/// What clients do, in order.
#[derive(Clone, Debug)]
pub struct Script {
    /// The limits of the chat.
    pub limits: Limits,
    /// What they do.
    pub acts: Vec<Act>,
    /// What of the transcript is not performed as it stands, and why.
    pub differences: Vec<String>,
}

/// What one client does, or the server's stop.
#[derive(Clone, Debug)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// What comes of it.
    pub event: Event,
    /// What each client must be sent for it.
    pub sent: BTreeMap<ClientId, String>,
    /// Whose connections must be ended after it.
    pub closed: BTreeSet<ClientId>,
}

impl Script {
    /// The script of a transcript.
    #[must_use]
    pub fn of(transcript: &Transcript) -> Self {
        let mut cast = Cast { limits: transcript.limits.clone(), ..Cast::default() };
        let mut left = transcript.header();
        let mut differences = Vec::new();
        for entry in &transcript.entries {
            match entry {
                Entry::At(_) => left.entries.push(entry.clone()),
                Entry::Event(event) => match cast.perform(event) {
                    Ok(performed) => {
                        if performed != *event {
                            let instead = Entry::Event(performed.clone());
                            differences.push(format!("{entry}: instead, {instead}"));
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

/// The acts of a transcript all of which can be performed.
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
                if let Event::Disconnect { client, cause: Cause::Closed } = event {
                    closed.insert(client);
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

/// Who has come so far.
#[derive(Default)]
struct Cast {
    limits: Limits,
    come: BTreeSet<ClientId>,
    /// Whose own side of the connection has ended.
    gone: BTreeSet<ClientId>,
    has_stopped: bool,
}

impl Cast {
    /// What a client can do so that an event happens.
    ///
    /// # Errors
    ///
    /// Why there is no such thing.
    fn perform(&mut self, event: &Event) -> Result<Event, &'static str> {
        if self.has_stopped {
            return Err("the server has stopped");
        }
        match event {
            Event::Connect { client } if self.come.insert(*client) => Ok(event.clone()),
            Event::Connect { .. } => Err("it has come already"),
            Event::Shutdown => {
                self.has_stopped = true;
                Ok(Event::Shutdown)
            }
            Event::Line { client, .. }
            | Event::Signal { client, .. }
            | Event::Disconnect { client, .. }
                if self.gone.contains(client) || !self.come.contains(client) =>
            {
                Err("it is not there")
            }
            Event::Signal { .. } => Ok(event.clone()),
            Event::Line { client, line } => match &self.meaning(line)[..] {
                [Received::Line(heard)] if heard == line => Ok(event.clone()),
                // The wire, which counts bytes, finds it first; the chat says the same of it.
                [Received::Signal(Signal::Overlong)] => {
                    Ok(Event::Signal { client: *client, signal: Signal::Overlong })
                }
                _ => Err("no bytes mean it"),
            },
            Event::Disconnect { client, cause } => {
                self.gone.insert(*client);
                let cause = match cause {
                    // It takes more than there is in a transcript.
                    Cause::Slow => Cause::Lost,
                    Cause::Lost | Cause::Closed => *cause,
                };
                Ok(Event::Disconnect { client: *client, cause })
            }
        }
    }

    fn meaning(&self, line: &str) -> Vec<Received> {
        let mut receiver = Receiver::new(&self.limits, None);
        // Whoever says it has been greeted.
        receiver.settle();
        let mut meaning = Vec::new();
        let bytes = format!("{line}\r\n");
        receiver.receive(Timestamp(0), bytes.as_bytes(), |what| meaning.push(what));
        meaning
    }
}

/// The bytes that have a client's event happen; none for what is not sent.
#[must_use]
pub fn bytes(event: &Event, limits: &Limits) -> Vec<u8> {
    match event {
        Event::Line { line, .. } => format!("{line}\r\n").into_bytes(),
        Event::Signal { signal: Signal::Interrupt, .. } => b"\xFF\xF4".to_vec(),
        Event::Signal { signal: Signal::AreYouThere, .. } => b"\xFF\xF6".to_vec(),
        Event::Signal { signal: Signal::Overlong, .. } => {
            format!("{}\r\n", "x".repeat(limits.line + 1)).into_bytes()
        }
        // That happens by itself.
        Event::Signal { signal: Signal::Slowed, .. } => Vec::new(),
        Event::Connect { .. } | Event::Disconnect { .. } | Event::Shutdown => Vec::new(),
    }
}

//! Clients of the real program that act out a script, with its journal on. What each is sent is judged by the journal.
//!
//! Not here: the scripts (`support::transcripts`), and the actions of clients (`chinwag_harness::script`).

use std::collections::BTreeMap;

use chinwag::chat::{
    Answer, Cause, ClientId, Credential, Event, Limits, Origin, Signal, Timestamp,
};
use chinwag::server::journal;
use chinwag::wire::transcript::{Entry, Transcript};
use chinwag_harness::client_record::{ClientRecord, effective, from_number, judge, renamed};
use chinwag_harness::diff::{self, LEGEND};
use chinwag_harness::script::{Act, bytes};
use rustix::process;

use super::journals::{Scratch, serve};
use super::tcp::{Client, Server};

const THERE: &str = " * yes, the chat is still here";

/// A client with its record; the connection is gone once it has ended.
struct Actor {
    client: Option<Client>,
    record: ClientRecord,
    /// The number of pings not answered yet.
    asked: usize,
}

impl Actor {
    fn connect(server: &Server, origin: Origin) -> Self {
        let host = u8::try_from(origin.0).unwrap();
        let client = Client::connect_from(host, server.addresses[0]);
        // Lines and pings are small writes that must not wait for each other.
        client.socket().set_nodelay(true).unwrap();
        Self { client: Some(client), record: ClientRecord::default(), asked: 0 }
    }

    fn send(&mut self, event: &Event, events: usize) {
        let bytes = bytes(event, &Limits::default());
        if let Some(client) = &mut self.client {
            // Fails if the server has closed the connection.
            let _ = client.try_send(&bytes);
        }
        self.record.sent.extend_from_slice(&bytes);
        self.record.sent_after.push((events, self.record.sent.len()));
        let is_question = matches!(event, Event::Signal { signal: Signal::AreYouThere, .. });
        self.asked += usize::from(is_question);
    }

    /// Reads until every ping has been answered.
    fn wait(&mut self) {
        let Some(client) = &mut self.client else { return };
        while self.asked > 0 {
            let line = client.line();
            self.asked -= usize::from(line == THERE);
            self.record.received.extend_from_slice(format!("{line}\r\n").as_bytes());
        }
    }

    /// Reads until this line comes.
    fn wait_for(&mut self, awaited: &str) {
        let Some(client) = &mut self.client else { return };
        loop {
            let line = client.line();
            self.record.received.extend_from_slice(format!("{line}\r\n").as_bytes());
            if without_date(&line) == without_date(awaited) {
                return;
            }
        }
    }

    /// Reads until the server has closed the connection.
    fn wait_for_end(&mut self) {
        let Some(client) = &mut self.client else { return };
        let (rest, is_clean) = client.rest();
        self.record.received.extend_from_slice(rest.as_bytes());
        self.record.has_ended_well = is_clean;
    }
}

/// A script in progress.
pub(crate) struct Stage<'a> {
    journal: &'a Scratch,
    server: Server,
    /// The clients in the order in which they connected, and their ids in the script.
    actors: Vec<Actor>,
    cast: BTreeMap<ClientId, usize>,
    /// The client of each actor.
    names: Vec<ClientId>,
    /// The events that the journal must have. Each act is followed by a ping; the act is complete when it is
    /// answered.
    events: Vec<(Timestamp, Event)>,
}

impl<'a> Stage<'a> {
    /// A server with its journal in this place.
    pub(crate) fn new(journal: &'a Scratch) -> Self {
        let (actors, cast, names, events) = Default::default();
        Self { journal, server: serve(journal), actors, cast, names, events }
    }

    pub(crate) fn perform(&mut self, act: &Act) {
        match &act.event {
            Event::Connect { client, peer } => {
                self.cast.insert(*client, self.actors.len());
                self.names.push(*client);
                let actor = Actor::connect(&self.server, peer.origin);
                self.actors.push(actor);
                self.take(&act.event);
                self.ask(*client);
            }
            Event::Line { client, .. } | Event::Signal { client, .. } => {
                let events = self.events.len();
                let actor = self.actor(*client);
                actor.send(&act.event, events);
                if actor.record.has_ended_well {
                    return;
                }
                self.take(&act.event);
                if act.closed.contains(client) {
                    self.actor(*client).wait_for_end();
                } else {
                    self.ask(*client);
                }
            }
            Event::Answered { client, .. } => {
                let events = self.events.len();
                let actor = self.actor(*client);
                actor.send(&act.event, events);
                let last = act.sent.get(client).and_then(|sent| sent.lines().last());
                actor.wait_for(last.unwrap_or_default());
                self.take(&act.event);
                let is_closed = |(client, index): (&ClientId, &usize)| {
                    act.closed.contains(client).then_some(*index)
                };
                let closed: Vec<usize> = self.cast.iter().filter_map(is_closed).collect();
                closed.into_iter().for_each(|index| self.actors[index].wait_for_end());
                self.ask(*client);
            }
            Event::Disconnect { client, cause: Cause::Closed } => {
                let actor = self.actor(*client);
                actor.record.is_over = true;
                if let Some(client) = &mut actor.client {
                    client.finish();
                }
                actor.wait_for_end();
                self.take(&act.event);
            }
            Event::Disconnect { client, .. } => {
                let actor = self.actor(*client);
                (actor.record.is_over, actor.record.is_broken) = (true, true);
                actor.client.take().into_iter().for_each(Client::reset);
                self.server.log_line("connection lost");
                self.take(&act.event);
                // If the next one to be reset were still to be told of this, the server might see its end only as it
                // writes, and not know why.
                let cast = self.cast.iter().map(|(client, index)| (*client, &self.actors[*index]));
                let there = cast
                    .filter(|(_, actor)| actor.client.is_some() && !actor.record.has_ended_well);
                let there: Vec<ClientId> = there.map(|(client, _)| client).collect();
                there.into_iter().for_each(|client| self.ask(client));
            }
            Event::Restart => self.restart(),
            // The configuration is read once: see `scripts`.
            Event::Appoint { .. } | Event::Shutdown => {}
        }
    }

    /// Kills the server, and starts another one.
    fn restart(&mut self) {
        self.server.signal(process::Signal::KILL);
        self.server.child.wait().unwrap();
        for actor in &mut self.actors {
            actor.wait_for_end();
            actor.client = None;
            (actor.record.is_over, actor.record.is_broken) = (true, true);
        }
        self.cast.clear();
        self.server = serve(self.journal);
        self.take(&Event::Restart);
    }

    fn actor(&mut self, client: ClientId) -> &mut Actor {
        &mut self.actors[self.cast[&client]]
    }

    fn take(&mut self, event: &Event) {
        self.events.push((Timestamp(0), event.clone()));
    }

    fn ask(&mut self, client: ClientId) {
        let question = Event::Signal { client, signal: Signal::AreYouThere };
        let events = self.events.len();
        let actor = self.actor(client);
        actor.send(&question, events);
        actor.wait();
        self.take(&question);
    }

    /// Stops the server, as at the end of every script, and judges all by the journal.
    pub(crate) fn end(mut self, name: &str) {
        for actor in &mut self.actors {
            actor.client.take_if(|_| actor.record.has_ended_well);
        }
        self.take(&Event::Shutdown);
        self.server.signal(process::Signal::TERM);
        for actor in &mut self.actors {
            actor.wait_for_end();
            actor.record.is_over |= actor.client.take().is_some();
        }
        let (status, log) = self.server.end();
        assert_eq!(status.code(), Some(0), "{name}: {log}");

        let text = journal::read(&self.journal.0, 1).unwrap();
        let journal = numbered(events(&Transcript::parse(&text).unwrap()));
        let limits = Limits::default();
        let records: Vec<ClientRecord> =
            self.actors.into_iter().map(|actor| actor.record).collect();
        let problems = judge(&journal, &limits, &records).join("\n");
        assert!(problems.is_empty(), "{name}: {problems}\n\nthe journal:\n\n{text}");
        let called = |number: u64| self.names[usize::try_from(number).unwrap()];
        let taken = effective(&renamed(&journal, called), &limits);
        let plain = |events: Vec<(Timestamp, Event)>| -> Vec<(Timestamp, Event)> {
            events.into_iter().map(|(_, event)| (Timestamp(0), without_credential(event))).collect()
        };
        let (taken, due) = (plain(taken), plain(effective(&self.events, &limits)));
        assert!(taken == due, "{name}: the journal {LEGEND}\n{}", diff::events(&due, &taken));
    }
}

/// The events with clients numbered as they connect. After a restart, the server gives its ids anew.
fn numbered(events: Vec<(Timestamp, Event)>) -> Vec<(Timestamp, Event)> {
    let mut numbers: BTreeMap<ClientId, ClientId> = BTreeMap::new();
    let mut count = 0;
    let number = |(at, mut event): (Timestamp, Event)| {
        if let Event::Connect { client, .. } = event {
            numbers.insert(client, from_number(count));
            count += 1;
        }
        match &mut event {
            Event::Connect { client, .. }
            | Event::Line { client, .. }
            | Event::Signal { client, .. }
            | Event::Answered { client, .. }
            | Event::Disconnect { client, .. } => *client = numbers[client],
            Event::Appoint { .. } | Event::Shutdown | Event::Restart => {}
        }
        (at, event)
    };
    events.into_iter().map(number).collect()
}

/// A line without its date, if it is one of those with a date.
fn without_date(line: &str) -> &str {
    line.strip_prefix(" | ").and_then(|line| line.get("1970-01-01 00:00".len()..)).unwrap_or(line)
}

/// An event as a script can have it, which does not know of salts, nor from where its clients connect.
fn without_credential(event: Event) -> Event {
    let plain = || Credential::new("password").unwrap();
    match event {
        Event::Answered { client, ticket, answer: Answer::Made(_) } => {
            Event::Answered { client, ticket, answer: Answer::Made(plain()) }
        }
        Event::Answered { client, ticket, answer: Answer::Right(_) } => {
            Event::Answered { client, ticket, answer: Answer::Right(plain()) }
        }
        Event::Connect { client, .. } => Event::connect(client),
        other => other,
    }
}

/// The events of a transcript with their times.
fn events(transcript: &Transcript) -> Vec<(Timestamp, Event)> {
    let mut now = Timestamp::default();
    let mut events = Vec::new();
    for entry in &transcript.entries {
        match entry {
            Entry::At(at) => now = *at,
            Entry::Event(event) => events.push((now, event.clone())),
            _ => {}
        }
    }
    events
}

//! What each event costs, counted: how often ids are compared, which everything that is looked up, walked through
//! or sorted does.
//!
//! Not here: names, which `roster` counts; and what is moved in memory, at eight bytes for each member of a room.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Cause, Chat, ClientId, Event, Limits, Message, Outbox, Output, Signal, Timestamp};
use crate::counted::COMPARED;

/// Whoever does what is counted.
const ANN: ClientId = ClientId(0);
const BOB: ClientId = ClientId(1);

struct Counted {
    chat: Chat,
    outbox: Outbox,
    next: u64,
    /// What more was compared than is allowed.
    excesses: Vec<String>,
}

impl Counted {
    fn new(limits: Limits) -> Self {
        let (outbox, next, excesses) = Default::default();
        let mut counted = Self { chat: Chat::new(limits), outbox, next, excesses };
        counted.connect();
        counted.connect();
        counted.line(ANN, "/username ann");
        counted.line(BOB, "/username bob");
        counted
    }

    /// The same when so many are there; each that comes does something.
    fn among(count: u64, limits: Limits, each: impl Fn(&mut Self, ClientId)) -> Self {
        let mut counted = Self::new(limits);
        while counted.next < count {
            let client = counted.connect();
            each(&mut counted, client);
        }
        counted
    }

    fn perform(&mut self, event: Event) -> usize {
        self.outbox.clear();
        COMPARED.set(0);
        self.chat.handle(Timestamp(0), event, &mut self.outbox);
        COMPARED.get()
    }

    /// How many are told what the last event caused, and how many users and rooms are listed in that.
    fn answer(&self) -> (usize, usize) {
        let outputs = self.outbox.iter().map(|output| match output {
            Output::Deliver { to, message } => (to.len(), listed(message)),
            Output::Close { .. } => (1, 0),
        });
        outputs.fold((0, 0), |(told, listed), (more, others)| (told + more, listed + others))
    }

    fn connect(&mut self) -> ClientId {
        let client = ClientId(self.next);
        self.next += 1;
        self.perform(Event::Connect { client });
        client
    }

    fn line(&mut self, client: ClientId, line: &str) {
        self.perform(Event::Line { client, line: line.into() });
    }

    /// Performs it, and notes whether that took more than a few lookups, one for each who is listed, and two
    /// comparisons for each who is told.
    fn count(&mut self, event: Event) {
        let name = format!("{event:?}");
        let compared = self.perform(event);
        let (told, listed) = self.answer();
        // A map's nodes have up to eleven keys, and are searched one by one.
        let lookup = 6 * usize::try_from(self.next.ilog2()).unwrap();
        if compared > (12 + listed) * lookup + 2 * told {
            let excess =
                format!("{name}: {compared}; {told} told, {listed} listed, {} there", self.next);
            self.excesses.push(excess);
        }
    }

    fn count_line(&mut self, line: &str) {
        self.count(Event::Line { client: ANN, line: line.into() });
    }

    /// Everything that one can do, once at least.
    fn count_all(&mut self) {
        for line in [
            "hello",
            "/me waves",
            "/username anna",
            "/username ann",
            "/username bob",
            "@bob hello",
            "@nobody hello",
            "/reply hello",
            "/list",
            "/list 2",
            "/list b",
            "/list all",
            "/rooms",
            "/rooms 2",
            "/rooms b",
            "/whois bob",
            "/history",
            "/away",
            "/ignore bob",
            "/ignore",
            "/unignore bob",
            "/notices off",
            "/notices on",
            "/join ANN",
            "/invite bob",
            "/topic hello",
            "/private",
            "/private",
            "/list all",
            "/rooms",
            "/public",
            "/leave",
            "/leave",
            "/help",
            "/unknown",
        ] {
            self.count_line(line);
        }
        self.count(Event::Signal { client: ANN, signal: Signal::AreYouThere });
        let client = ClientId(self.next);
        self.count(Event::Connect { client });
        self.count(Event::Disconnect { client, cause: Cause::Closed });
    }
}

fn listed(message: &Message) -> usize {
    match message {
        Message::Users { usernames, .. } | Message::Present { usernames, .. } => usernames.len(),
        Message::Everyone { rooms, .. } => {
            rooms.iter().map(|(_, usernames, _)| 1 + usernames.len()).sum()
        }
        Message::Rooms { rooms, .. } => rooms.len(),
        _ => 0,
    }
}

/// Whatever someone does costs what its answer is long, and the logarithm of how many there are.
#[test]
fn what_one_does_does_not_grow_with_the_crowd() {
    for count in [10, 100, 1000, 10_000, 100_000] {
        let mut counted = Counted::among(count, Limits::default(), |_, _| {});
        counted.count_all();
        assert_eq!(counted.excesses, [""; 0]);
    }
}

/// The same among those who are told of nobody who comes and goes, however large the room.
#[test]
fn who_goes_is_not_looked_for_among_those_who_are_not_told() {
    for count in [10, 100, 1000, 10_000] {
        let mut counted = Counted::new(Limits { announce_below: usize::MAX, ..Limits::default() });
        for line in ["/notices off", "/join quiet"] {
            counted.line(ANN, line);
            counted.line(BOB, line);
        }
        while counted.next < count {
            let client = counted.connect();
            counted.line(client, "/notices off");
            counted.line(client, "/join quiet");
        }
        counted.line(ANN, "/leave");
        for line in ["/join quiet", "/leave"] {
            counted.count_line(line);
        }
        assert_eq!(counted.excesses, [""; 0]);
    }
}

/// The same with as many rooms, the histories of which are full.
#[test]
fn what_one_does_does_not_grow_with_the_rooms() {
    for count in [10, 100, 1000, 10_000] {
        let limits =
            Limits { history_room_bytes: 400, history_bytes: 140 * 9, ..Limits::default() };
        let mut counted = Counted::among(count, limits, |counted, client| {
            counted.line(client, &format!("/join room{}", counted.next));
            counted.line(client, "hello");
        });
        counted.count_all();
        assert_eq!(counted.excesses, [""; 0]);
    }
}

/// The same of someone whom all ignore, wherever they are, and of those.
#[test]
fn what_one_does_does_not_grow_with_those_who_ignore() {
    for count in [10, 100, 1000, 10_000] {
        let mut counted = Counted::among(count, Limits::default(), |counted, client| {
            counted.line(client, "/ignore ann");
            counted.line(client, "/ignore bob");
        });
        for client in [ANN, BOB] {
            counted.line(client, "/join apart");
        }
        counted.count_all();
        let client = ClientId(counted.next - 1);
        counted.count(Event::Line { client, line: "hello".into() });
        counted.count(Event::Disconnect { client, cause: Cause::Closed });
        assert_eq!(counted.excesses, [""; 0]);
    }
}

/// All who leave at a stop are told so, and no more is looked for.
#[test]
fn the_end_costs_what_it_tells() {
    for count in [10, 100, 1000, 10_000, 100_000] {
        let mut counted = Counted::among(count, Limits::default(), |_, _| {});
        counted.count(Event::Shutdown);
        assert_eq!(counted.excesses, [""; 0]);
    }
}

//! The cost of each event, counted in comparisons of ids: looking up, iterating over and sorting
//! clients and rooms all compare ids.
//!
//! Not here: lookups of names, which the tests of `roster` count; and the ids that are moved in
//! memory, at eight bytes each in every sorted list of a room.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{
    Answer, Ask, Cause, Chat, ClientId, Credential, Event, Limits, Message, Outbox, Output, Signal,
    Text, Timestamp,
};
use crate::counted::COMPARED;

/// The client whose events are counted.
const ANN: ClientId = ClientId(0);
const BOB: ClientId = ClientId(1);

struct Counted {
    chat: Chat,
    outbox: Outbox,
    next: u64,
    /// The time of the next events.
    at: Timestamp,
    /// The events that took more comparisons than allowed.
    excesses: Vec<String>,
}

impl Counted {
    fn new(limits: Limits) -> Self {
        // Else the fourth password would be refused.
        let limits = Limits { tries: 9, ..limits };
        let (outbox, next, at, excesses) = Default::default();
        let mut counted = Self { chat: Chat::new(limits), outbox, next, at, excesses };
        counted.connect();
        counted.connect();
        counted.line(ANN, "/username ann");
        counted.line(BOB, "/username bob");
        counted
    }

    /// The same with `count` clients. Calls `each` for every client after the first two.
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
        self.chat.handle(self.at, event, &mut self.outbox);
        COMPARED.get()
    }

    /// The number of recipients of the outputs of the last event, and the number of users and rooms
    /// that they list.
    fn answer(&self) -> (usize, usize) {
        let outputs = self.outbox.iter().map(|output| match output {
            Output::Deliver { to, message } => (to.len(), listed(message)),
            Output::Ask { .. } | Output::Close { .. } => (1, 0),
        });
        outputs.fold((0, 0), |(told, listed), (more, others)| (told + more, listed + others))
    }

    fn connect(&mut self) -> ClientId {
        let client = ClientId(self.next);
        self.next += 1;
        self.perform(Event::connect(client));
        client
    }

    fn line(&mut self, client: ClientId, line: &str) {
        self.perform(Event::Line { client, line: line.into() });
    }

    /// Performs an event and records whether it took more than a few lookups, one lookup for each
    /// listed entry, and two comparisons for each recipient.
    fn count(&mut self, event: Event) {
        let name = format!("{event:?}");
        let compared = self.perform(event);
        let (told, listed) = self.answer();
        if compared > (14 + listed) * self.lookup() + 2 * told {
            let excess =
                format!("{name}: {compared}; {told} told, {listed} listed, {} there", self.next);
            self.excesses.push(excess);
        }
    }

    /// The comparisons of one lookup. A node of a `BTreeMap` has up to eleven keys, which are searched
    /// one by one.
    fn lookup(&self) -> usize {
        6 * usize::try_from(self.next.ilog2()).unwrap()
    }

    fn count_line(&mut self, line: &str) {
        self.count(Event::Line { client: ANN, line: line.into() });
    }

    /// Counts every kind of event and command at least once.
    fn count_all(&mut self) {
        self.count_account();
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
        self.count_order();
        let client = ClientId(self.next);
        self.count(Event::connect(client));
        self.count(Event::Disconnect { client, cause: Cause::Closed });
    }
}

impl Counted {
    /// Counts what is done about an account, and with one whose holder is not here.
    fn count_account(&mut self) {
        for line in ["/username ann", "/register", "/seen ann", "/hide on", "/username anna"] {
            self.count_line(line);
            self.count_answer();
        }
        self.count(Event::Line { client: BOB, line: "@ann hello".into() });
        for line in ["/seen ann", "/login ann", "/password", "/unregister", "/unregister"] {
            self.count_line(line);
            self.count_answer();
            self.count_answer();
        }
    }

    /// Counts what an operator does, and lines while someone is muted. An announcement is for all.
    fn count_order(&mut self) {
        for line in ["/username ann", "/join court", "/register"] {
            self.count_line(line);
            self.count_answer();
        }
        self.count(Event::Appoint { name: Text::clean("ann") });
        // Without an account or an origin nobody can be banned or muted.
        for line in ["/username bob", "/register"] {
            self.count(Event::Line { client: BOB, line: line.into() });
            self.count_answer();
        }
        for line in ["/mute bob 2h", "hello", "/whois bob", "/slow court 1", "hello"] {
            self.count_line(line);
            self.count(Event::Line { client: BOB, line: line.into() });
        }
        for line in ["/slow court off", "/unmute bob", "/op bob", "/deop bob", "/bans", "/audit"] {
            self.count_line(line);
        }
        self.count_line("/unregister");
        self.count_answer();
    }

    /// Counts the right answer to the last event, if that was a question.
    fn count_answer(&mut self) {
        let asked = self.outbox.iter().find_map(|output| match output {
            Output::Ask { client, ticket, ask } => Some((client, ticket, ask.clone())),
            _ => None,
        });
        if let Some((client, ticket, ask)) = asked {
            let answer = match ask {
                Ask::Check(credential) => Answer::Right(credential),
                Ask::New => Answer::Made(Credential::new("credential").unwrap()),
            };
            self.count(Event::Answered { client, ticket, answer });
        }
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

/// The cost of an event is linear in its answer and logarithmic in the number of clients.
#[test]
fn costs_do_not_grow_with_the_number_of_clients() {
    for count in [10, 100, 1000, 10_000, 100_000] {
        let mut counted = Counted::among(count, Limits::default(), |_, _| {});
        counted.count_all();
        assert_eq!(counted.excesses, [""; 0]);
    }
}

/// The same in a room whose members have notices off, however large it is.
#[test]
fn departures_do_not_search_the_members_without_notices() {
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

/// The same with as many rooms, whose histories are full.
#[test]
fn costs_do_not_grow_with_the_number_of_rooms() {
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

/// The same with as many vacant rooms, one of which ends at each event.
#[test]
fn costs_do_not_grow_with_the_number_of_vacant_rooms() {
    for count in [100, 1000, 10_000] {
        let limits = Limits { keep_rooms: 1_000_000, history_lines: 1, ..Limits::default() };
        let mut counted = Counted::among(count, limits, |counted, client| {
            counted.at = Timestamp(counted.next);
            counted.line(client, &format!("/join room{}", counted.next));
            counted.line(client, "hello");
            counted.line(client, "/leave");
        });
        assert_eq!(counted.chat.rooms.len() as u64, count - 2);
        counted.at = Timestamp(500_000);
        counted.line(ANN, "/join cafe");
        for line in ["/leave", "/join cafe", "/join room5", "/rooms", "/rooms 2", "/rooms r"] {
            counted.count_line(line);
        }
        let ended = count.min(20);
        for time in 3..ended {
            counted.at = Timestamp(1_000_000 + time);
            counted.count_line("/list all");
        }
        // `cafe` is vacant, and `room5` is not.
        assert_eq!(counted.chat.rooms.len() as u64, count - ended + 3);
        assert_eq!(counted.excesses, [""; 0]);
    }
}

/// Rooms that were left at the same time do not all end by one event.
#[test]
fn an_event_ends_a_limited_number_of_rooms() {
    let limits = Limits { keep_rooms: 1000, ..Limits::default() };
    let mut counted = Counted::among(1002, limits, |counted, client| {
        counted.line(client, &format!("/join room{}", counted.next));
    });
    counted.perform(Event::Restart);
    counted.at = Timestamp(1000);
    let nobody = || Event::Disconnect { client: ANN, cause: Cause::Lost };
    for left in [936, 872, 808] {
        let compared = counted.perform(nobody());
        assert_eq!(counted.chat.rooms.len(), left);
        let most = Limits::ENDED_AT_ONCE * 12 * counted.lookup();
        assert!(compared <= most, "{compared}");
    }
}

/// The same for a client that everyone ignores, wherever they are, and for those who ignore it.
#[test]
fn costs_do_not_grow_with_the_number_of_those_who_ignore() {
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

/// A shutdown costs its recipients; nothing else is looked up.
#[test]
fn a_shutdown_costs_its_recipients() {
    for count in [10, 100, 1000, 10_000, 100_000] {
        let mut counted = Counted::among(count, Limits::default(), |_, _| {});
        counted.count(Event::Shutdown);
        assert_eq!(counted.excesses, [""; 0]);
    }
}

//! How long a snapshot takes: with 10,000 clients, each in one of 10,000 rooms, and with full histories.
//!
//! `cargo bench --bench snapshot` prints milliseconds: the best, the median and the worst of some rounds. The machine
//! waits for the first row and the last two; the others can be done elsewhere.
//!
//! Not here: what a line costs (`core`).

#![expect(clippy::disallowed_types, reason = "it measures time")]

use std::hint;
use std::time::Instant;

use chinwag::chat::{Chat, ClientId, Event, Limits, Outbox, Snapshot, Timestamp};

const CLIENTS: u64 = 10_000;
/// Rooms with a full history: as many as fill all that histories may take.
const FULL: u64 = 340;
/// What is said, 64 bytes.
const LINE: &str = "so many words that they make a line of sixty-four bytes, or so.!";
const ROUNDS: usize = 15;

fn main() {
    let mut chat = crowded();
    println!("| | best | median | worst |");
    println!("| --- | ---: | ---: | ---: |");
    measure("snapshot", || chat.snapshot());
    measure("clone", || chat.clone());
    let snapshot = chat.snapshot();
    measure("to JSON", || snapshot.to_json());
    let json = snapshot.to_json();
    measure("from JSON", || Snapshot::from_json(&json).expect("it is one"));
    let read = Snapshot::from_json(&json).expect("it is one");
    assert_eq!(Chat::restore(read.clone()).as_ref(), Ok(&chat));
    let mut copies = vec![read; ROUNDS];
    measure("restore", || Chat::restore(copies.pop().expect("one a round")));
    drop(snapshot);
    let mut outbox = Outbox::new();
    let snapshot = chat.snapshot();
    // The oldest lines made room for the newest, so these are full.
    let mut rooms = (0..FULL).rev();
    measure("the first line in a room since", || {
        say(&mut chat, rooms.next().expect("one a round"), &mut outbox);
    });
    drop(snapshot);
    measure("another line in a room", || say(&mut chat, 0, &mut outbox));
    println!("\nJSON: {:.1} MB", json.len() as f64 / 1e6);
}

/// Calls `what` so often, and prints how long it took; what it returns is dropped outside of that.
fn measure<T>(name: &str, mut what: impl FnMut() -> T) {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let made = hint::black_box(what());
            let time = start.elapsed();
            drop(made);
            time.as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let [best, median, worst] = [0, ROUNDS / 2, ROUNDS - 1].map(|place| times[place]);
    println!("| {name} | {best:.3} | {median:.3} | {worst:.3} |");
}

fn say(chat: &mut Chat, client: u64, outbox: &mut Outbox) {
    let event = Event::Line { client: ClientId(client), line: LINE.into() };
    chat.handle(Timestamp(0), event, outbox);
    outbox.clear();
}

/// Everyone has a name, a room with a topic and someone to ignore.
fn crowded() -> Chat {
    let mut chat = Chat::new(Limits::default());
    let mut outbox = Outbox::new();
    for client in 0..CLIENTS {
        chat.handle(Timestamp(0), Event::connect(ClientId(client)), &mut outbox);
        let name = format!("/name user{client}");
        let room = format!("/join room{client}");
        let ignored = format!("/ignore user{}", client / 2);
        for line in [&name[..], &room, "/topic what is talked about", &ignored, LINE] {
            let event = Event::Line { client: ClientId(client), line: line.into() };
            chat.handle(Timestamp(0), event, &mut outbox);
        }
        outbox.clear();
    }
    for client in 0..FULL {
        (0..1000).for_each(|_| say(&mut chat, client, &mut outbox));
    }
    chat
}

//! How long a server needs to start after 1,000,000 events, with and without a snapshot after them.
//!
//! `cargo bench --bench start` prints milliseconds of opening a data directory, with what is read, checked and applied.
//!
//! Not here: starting the process, which takes some 10 ms more.

#![expect(clippy::disallowed_types, reason = "it measures time")]

use std::fs;
use std::path::Path;
use std::time::Instant;

use chinwag::chat::{Chat, ClientId, Event, Limits, Outbox, Timestamp};
use chinwag::server::journal::{Batch, Disk, Keeping, Store};
use futures_lite::future;

const EVENTS: u64 = 1_000_000;
const CLIENTS: u64 = 1000;
/// Events in a batch, as a busy server has.
const BATCH: u64 = 16;
/// What is said, 64 bytes.
const LINE: &str = "so many words that they make a line of sixty-four bytes, or so.!";

fn main() {
    let path = Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/start.data"));
    let _ = fs::remove_dir_all(path);
    let limits = Limits::default();
    let (mut disk, mut loaded) = open(path, &limits).1;
    let mut number = 0;
    while number < EVENTS {
        let events: Vec<_> =
            (number..number + BATCH).map(|number| (at(number), event(number))).collect();
        for (at, event) in &events {
            loaded.handle(*at, event.clone(), &mut Outbox::new());
        }
        let (_, stored) = future::block_on(disk.append(Batch { first: number + 1, events }));
        stored.expect("there is room");
        number += BATCH;
    }
    drop(disk);
    let size = fs::metadata(path.join("chinwag.sqlite")).expect("it is there").len();
    println!("{number} events, {} MB", size / 1_000_000);
    let (time, (mut disk, chat)) = open(path, &limits);
    assert_eq!(chat, loaded);
    println!("start without a snapshot: {time} ms");
    disk.snapshot(number, loaded.snapshot());
    // Waits for that.
    drop(disk);
    let (time, _) = open(path, &limits);
    println!("start with a snapshot: {time} ms");
    let _ = fs::remove_dir_all(path);
}

fn open(path: &Path, limits: &Limits) -> (u128, (Disk, Chat)) {
    let start = Instant::now();
    let (disk, loaded) = Disk::open(path, limits, Keeping::default(), false).expect("it is whole");
    (start.elapsed().as_millis(), (disk, loaded.chat))
}

fn at(number: u64) -> Timestamp {
    Timestamp(1_700_000_000_000 + number)
}

/// Clients connect, and then talk in turn.
fn event(number: u64) -> Event {
    let client = ClientId(number % CLIENTS);
    match number < CLIENTS {
        true => Event::connect(client),
        false => Event::Line { client, line: LINE.into() },
    }
}

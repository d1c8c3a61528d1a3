//! The real server under attack by 500 clients: its memory stays within bounds, and honest clients can chat.
//!
//! It takes ten seconds; with `CHINWAG_ATTACK_SECONDS=600` it is a soak. Delivery times with and without the attack
//! are printed but not judged, as they depend on the machine.
//!
//! Not here: the attackers (`support::attackers`), and the checks of honest clients (`support::crowd`).

use std::env;

use chinwag::server::Limits;
use chinwag::wire::Received;
use rustix::process::Signal;

use crate::support::attackers::{Attack, Tally, kinds};
use crate::support::crowd::Crowd;
use crate::support::tcp::{Server, allow_many_sockets};

const HONEST: usize = 20;
const ATTACKERS: usize = 500;

const CLIENTS: usize = 600;
const SEND_QUEUE: usize = 128 * 1024;
const MEMORY: usize = 8 * 1024 * 1024;
/// Announcements to everyone, since they make up most of the output.
const OPTIONS: [(&str, usize); 4] = [
    ("--max-clients", CLIENTS),
    ("--send-queue", SEND_QUEUE),
    ("--memory", MEMORY),
    ("--announce-below", usize::MAX),
];

#[test]
fn honest_clients_can_chat_under_attack_and_memory_is_bounded() {
    let seconds = env::var("CHINWAG_ATTACK_SECONDS").map_or(10, |text| text.parse().unwrap());
    allow_many_sockets(4096);
    let options = OPTIONS.map(|(option, value)| [option.to_owned(), value.to_string()]);
    let options: Vec<&str> = options.iter().flatten().map(String::as_str).collect();
    let server = Server::start(&options);
    let mut crowd = Crowd::join(&server, HONEST);
    crowd.chat((seconds / 2).clamp(2, 60), || {});
    crowd.drain();
    let (quiet, _) = crowd.take_delays();
    println!("quiet: 99 of 100 lines within {quiet:?}, {} of memory", peak(&server));

    let bound = memory_bound();
    let mut attack = Attack::start(server.addresses[0], kinds());
    crowd.chat(seconds, || {
        assert!(server.peak_memory() <= Some(bound), "{} of memory", peak(&server));
    });
    attack.stop();
    crowd.drain();
    let (loud, lines) = crowd.take_delays();
    let tallies = attack.end();
    for Tally { kind, attackers, connections, bytes } in &tallies {
        println!("{attackers} {kind}: {connections} connections, {bytes} bytes");
        assert!(connections >= attackers, "only {connections} connections of those that {kind}");
    }
    assert_eq!(tallies.iter().map(|tally| tally.attackers).sum::<usize>(), ATTACKERS);
    assert_eq!(lines, usize::try_from(seconds).unwrap() * HONEST * (HONEST - 1));
    let ratio = loud.as_secs_f64() / quiet.as_secs_f64();
    println!("attacked: 99 of 100 of {lines} lines within {loud:?}, {ratio:.1} times as long");
    println!("{} evicted for reading too slowly", crowd.cut_off());
    assert!(crowd.cut_off() > 0, "attackers that never read were not sent enough to be evicted");
    println!("{} of memory; {} MiB allowed", peak(&server), bound >> 20);

    crowd.wait_to_be_alone();
    crowd.chat(2, || {});
    crowd.drain();
    assert!(server.peak_memory() <= Some(bound), "{} of memory", peak(&server));
    drop(crowd);
    server.signal(Signal::TERM);
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
}

/// The greatest resident memory of the server that its limits permit.
fn memory_bound() -> usize {
    /// The program itself, the stacks of its threads, and memory that the allocator retains.
    const PROGRAM: usize = 32 << 20;
    /// For each connection: two tasks, a pending line, a name, table entries.
    const CONNECTION: usize = 16 << 10;
    /// A buffer that grows by doubling can be twice as large as its contents.
    const GROWTH: usize = 2;

    let limits = Limits::default();
    let burst = limits.rate.map_or(Limits::READ, |rate| usize::try_from(rate.burst()).unwrap());
    // One read, waiting for its turn: lines in which each byte may have become a character of three bytes, and bytes
    // that flood control holds back.
    let text = Limits::READ * "\u{FFFD}".len() * GROWTH;
    let read = text + burst * size_of::<Received>() + Limits::READ;
    let queues = MEMORY.min(CLIENTS * SEND_QUEUE) * GROWTH;
    // Nobody leaves the lobby, so there is one history.
    let history = limits.chat.history_room_bytes * GROWTH;
    // As much again may be in transit to the reader of the log.
    let log = 2 * Limits::LOG * GROWTH;
    // Nothing more is read from a client before that is handled, except to look for an interrupt.
    let waiting = CLIENTS * (read + Limits::LOOK_AHEAD);
    PROGRAM + CLIENTS * CONNECTION + waiting + queues + history + log
}

fn peak(server: &Server) -> String {
    let peak = server.peak_memory();
    peak.map_or("an unknown amount".into(), |bytes| format!("{} MiB", bytes >> 20))
}

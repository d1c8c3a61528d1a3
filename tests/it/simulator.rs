//! The production server in a simulated world: laws J1 to J8, and that runs are deterministic.
//!
//! Not here: the simulation (`chinwag_harness::simulator`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use chinwag_harness::Operation;
use chinwag_harness::diff::{self, LEGEND};
use chinwag_harness::simulator::{Case, Condition, Step, cases, rude_cases, run};

use crate::support::laws::{every, require};
use crate::support::simulation::{EVICTED, MANY, MUCH, judged, passes, scripted};

/// Every situation. Those of the server are named by its log messages.
const SITUATIONS: &[&str] = &[
    "a client takes everything again",
    "a crash while somebody is there",
    "a crash while something is not stored",
    "a half-close in the middle of a line",
    "a read is short",
    "a reset in the middle of a line",
    "a socket takes no more",
    "a start from a snapshot",
    "a successor takes over",
    "a successor takes over what is due",
    "a write is short",
    "an operator, by the configuration",
    "cannot accept connections",
    "connected",
    "disconnected: banned",
    "disconnected: closed by the peer",
    "disconnected: connection lost",
    "disconnected: logged in on another connection",
    "disconnected: removed by an operator",
    "disconnected: said /bye",
    "disconnected: speaks HTTP",
    "disconnected: speaks TLS",
    "disconnected: the server is shutting down",
    "disconnected: too slow: it takes nothing of what is due",
    "disconnected: too slow: its send queue is full",
    "disconnected: too slow: the memory for all send queues is used up",
    "gave up on what was due",
    "it goes on before it is at rest",
    "moderation",
    "no operator: nobody has registered that name; do, then start again",
    "no successor takes over",
    "refused a connection: its address connects too often",
    "refused a connection: too many connections from its address",
    "refused connections: none can be accepted",
    "shutting down",
    "taking over",
    "the chat stands still: its journal cannot be written",
    "the chat stands still: the disk does not answer",
    "the clock is put back while something waits",
    "the journal is written again, and the chat goes on",
    "the server stops while something waits",
    "time passes while data is in flight to a client that has vanished",
];

/// J1 to J8: whatever clients, networks and schedules do, the journal has what clients sent, clients receive what the
/// journal causes, and when faults stop nothing is missing, stuck or left over. Every situation occurs; what never
/// occurs is not tested.
#[test]
fn j1_to_j8_hold_whatever_happens() {
    let counts: RefCell<BTreeMap<String, u64>> = RefCell::default();
    every(cases(90), |case| {
        let record = run(case);
        for (name, count) in record.situations() {
            *counts.borrow_mut().entry(name.clone()).or_default() += count;
        }
        judged(&record)
    });
    let counts = counts.into_inner();
    // Too rare for a default run; `slow::who_is_evicted_while_closing_sees_no_good_end` covers it.
    let names = counts.keys().map(String::as_str).filter(|name| *name != EVICTED);
    let occurring: Vec<&str> = names.collect();
    assert_eq!(occurring, SITUATIONS, "of {counts:#?}");
}

/// The same with few rude clients: they do several things before the server runs, fill single reads exactly, and
/// reconnect where a client has just left.
#[test]
fn j1_to_j8_hold_among_the_rude() {
    every(rude_cases(40), |case| {
        let record = run(case);
        judged(&record)
    });
}

/// A server stops, although a client is evicted between the proposal of that and its happening.
#[test]
fn who_is_evicted_while_the_server_stops_does_not_keep_it() {
    let steps = [
        Step::Paste { slot: 120, which: 124 },
        Step::Finish { slot: 8 },
        Step::Paste { slot: 45, which: 99 },
        Step::Stall { slot: 0, count: 0 },
        Step::Finish { slot: 180 },
        Step::Stall { slot: 0, count: 0 },
        Step::Stall { slot: 0, count: 0 },
    ];
    let mut schedule = vec![1; 67];
    [(32, 62), (35, 59), (37, 66)].into_iter().for_each(|(place, number)| schedule[place] = number);
    let case = Case { is_abrupt: true, is_stored: true, schedule, ..scripted(3, &steps) };
    passes(&run(&case));
}

/// A server that starts again gives no id that is stored, although connections that never became clients had ids too.
#[test]
fn ids_are_not_used_again_after_a_crash() {
    let connect = Step::Chat(Operation::Connect);
    let say = Step::Chat(Operation::Say { slot: 4, opening: 0, body: 0 });
    let moment = Step::Wait { which: 0 };
    let mut steps = vec![connect; 4];
    // The next one has the place of the first.
    steps.extend([Step::Finish { slot: 0 }, moment, connect, say, say, moment]);
    steps.extend([Step::Crash, connect, Step::Wait { which: 1 }]);
    let record = run(&Case { is_stored: true, ..scripted(0, &steps) });
    passes(&record);
    let journal = record.to_string();
    let connects = journal.lines().filter(|line| line.contains(" connects"));
    let mut clients: Vec<&str> = connects.collect();
    clients.sort_unstable();
    clients.dedup();
    assert_eq!(clients.len(), 2, "{journal}");
}

/// Runs are deterministic, so that a failure can be repeated.
#[test]
fn a_case_runs_the_same_way_twice() {
    every(cases(30), |case| {
        let (one, other) = (run(case).trace(), run(case).trace());
        require(one == other, || {
            format!("the second run {LEGEND}\n{}", diff::numbered(&one, &other))
        })
    });
}

/// The index of a line followed by an overlong one, in the bytes that a client can send.
const SHORT_AND_OVERLONG: u8 = 11;

/// An interrupt discards everything before it that has not been handled, even the refusal of an overlong line.
#[test]
fn interrupted_input_is_discarded() {
    let steps = [
        // The room has been sent so much that senders must wait.
        Step::Paste { slot: 1, which: MUCH },
        Step::Wait { which: 0 },
        Step::Bytes { slot: 0, which: SHORT_AND_OVERLONG },
        Step::Wait { which: 0 },
        // An interrupt.
        Step::Chat(Operation::Signal { slot: 0, signal: 0 }),
    ];
    let case = Case { has_flood_control: true, ..scripted(3, &steps) };
    let record = run(&case);
    passes(&record);
    assert!(!record.to_string().contains("overlong"), "{record}");
    assert!(record.to_string().contains("signals interrupt"), "{record}");
}

/// A client that has left with lines held back keeps its name for some seconds only, not until flood control has
/// released all its lines.
#[test]
fn lines_held_back_are_dropped_soon_after_their_client_leaves() {
    let steps =
        [Step::Paste { slot: 0, which: MANY }, Step::Finish { slot: 0 }, Step::Wait { which: 4 }];
    let case = Case { has_flood_control: true, is_abrupt: true, ..scripted(2, &steps) };
    let record = run(&case);
    passes(&record);
    assert_eq!(record.situations().get("disconnected: closed by the peer"), Some(&1));
    // Twenty at once, then two a second until the rest is dropped after five seconds. The thirtieth would be due at
    // that moment.
    assert_eq!(record.to_string().matches("\n0 > ").count(), 29);
}

/// An interrupt does not wait behind flood control, and the lines before it are dropped.
#[test]
fn an_interrupt_overtakes_lines_held_back() {
    let steps = [
        Step::Paste { slot: 0, which: MANY },
        Step::Bytes { slot: 0, which: 3 },
        Step::Chat(Operation::Say { slot: 0, opening: 0, body: 0 }),
    ];
    let record = run(&Case { has_flood_control: true, ..scripted(2, &steps) });
    passes(&record);
    let journal = record.to_string();
    let taken = |what: &str| journal.matches(&format!("\n0 {what}")).count();
    assert_eq!((taken("> "), taken("signals interrupt")), (21, 2));
    assert!(
        journal.contains("\n0 signals interrupt\n  0 <  * to leave, type /bye\n0 signals"),
        "{journal}"
    );
}

/// A client that says little does not wait behind clients that say more than the room may be told, though each of
/// those stays within its own limit. An interrupt drops what is left of that.
#[test]
fn who_says_little_does_not_wait_for_those_who_say_much() {
    let say = Step::Chat(Operation::Say { slot: 2, opening: 0, body: 0 });
    let [first, second] = [0, 1].map(|slot| Step::Paste { slot, which: MUCH });
    let steps = [first, second, say, Step::Bytes { slot: 0, which: 3 }, Step::Wait { which: 6 }];
    let record = run(&Case { has_flood_control: true, ..scripted(3, &steps) });
    passes(&record);
    let journal = record.to_string();
    let said = journal.lines().filter_map(|line| line.split_once(' ')).filter_map(|(who, what)| {
        let client: u64 = who.parse().ok()?;
        (what.starts_with("> ") || what.starts_with("signals")).then_some(client >> 24)
    });
    let mut order: Vec<(u64, usize)> = Vec::new();
    for client in said {
        match order.last_mut() {
            Some((last, count)) if *last == client => *count += 1,
            _ => order.push((client, 1)),
        }
    }
    // Ten lines of twelve, and the two signals of an interrupt with a timing mark.
    assert_eq!(order, [(0, 10 + 2), (2, 1), (1, 12)]);
}

/// L1: what may be a password is not said after the server has closed the connection, although it was held back until
/// it was known whether it is one.
#[test]
fn what_may_be_a_password_is_not_said_at_the_end() {
    let steps = [
        Step::Chat(Operation::Rename { slot: 0, name: 0, word: 0 }),
        Step::Chat(Operation::Register { slot: 0 }),
        Step::Wait { which: 2 },
        Step::Chat(Operation::Answer { slot: 0, kind: 0 }),
        Step::Wait { which: 4 },
        Step::Disk { condition: Condition::Full },
        Step::Chat(Operation::LogIn { slot: 1, account: 0 }),
        Step::Chat(Operation::Say { slot: 1, opening: 0, body: 0 }),
        Step::Disk { condition: Condition::TakesTime },
    ];
    passes(&run(&Case { is_abrupt: true, is_stored: true, ..scripted(2, &steps) }));
}

//! The production server in a simulated world: invariants J1 to J8, and that a case always runs the same
//! way.
//!
//! Not here: how it is simulated (`chinwag_harness::simulator`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use chinwag_harness::Operation;
use chinwag_harness::simulator::{Case, Step, cases, run};

use crate::laws::{every, require};

/// Those of the server have the words of its log.
const SITUATIONS: &[&str] = &[
    "a client takes everything again",
    "a half-close in the middle of a line",
    "a read is short",
    "a reset in the middle of a line",
    "a socket takes no more",
    "a write is short",
    "cannot accept connections",
    "connected",
    "disconnected: closed by the peer",
    "disconnected: connection lost",
    "disconnected: said /bye",
    "disconnected: speaks HTTP",
    "disconnected: speaks TLS",
    "disconnected: the server is shutting down",
    "disconnected: too slow: it takes nothing of what is due",
    "disconnected: too slow: its send queue is full",
    "disconnected: too slow: the memory for all send queues is used up",
    "gave up on what was due",
    "refused a connection: its address connects too often",
    "refused a connection: too many connections from its address",
    "refused connections: none can be accepted",
    "shutting down",
    "the clock is put back while something waits",
    "the server stops while something waits",
];

/// J1 to J8: whatever clients, networks and schedules do, the journal is what was sent, what was received
/// is what the journal causes, and when faults stop nothing is missing, stuck or left. And every one of
/// these situations occurs: what never occurs is not proved.
#[test]
fn j1_to_j8_hold_whatever_happens() {
    let counts: RefCell<BTreeMap<String, u64>> = RefCell::default();
    every(cases(90), |case| {
        let record = run(case);
        for (name, count) in record.situations() {
            *counts.borrow_mut().entry(name.clone()).or_default() += count;
        }
        record.check().map_err(|problem| format!("{problem}\n\nthe journal:\n\n{record}"))
    });
    let counts = counts.into_inner();
    // Too rare to be in every run; `who_is_evicted_while_closing_sees_no_good_end` has it.
    let names = counts.keys().map(String::as_str).filter(|name| *name != EVICTED);
    let occurring: Vec<&str> = names.collect();
    assert_eq!(occurring, SITUATIONS, "of {counts:#?}");
}

/// The same case runs the same way: what fails can be seen again.
#[test]
fn a_case_runs_the_same_way_twice() {
    every(cases(30), |case| {
        let (one, other) = (run(case).trace(), run(case).trace());
        require(one == other, || format!("{one}\nis not\n{other}"))
    });
}

/// So many clients come, and then this happens, in the order in which it is written.
pub(crate) fn scripted(clients: usize, steps: &[Step]) -> Case {
    let mut all = vec![Step::Chat(Operation::Connect); clients];
    // After a moment they are all there.
    all.push(Step::Wait { which: 1 });
    all.extend(steps);
    let (schedule, is_braked, is_crowded, is_roomy, is_abrupt) = Default::default();
    Case { steps: all, schedule, is_braked, is_crowded, is_roomy, is_abrupt }
}

/// The same, with memory for queues that are longer than any may be for long.
fn roomy(clients: usize, steps: &[Step]) -> Case {
    Case { is_roomy: true, ..scripted(clients, steps) }
}

/// All that is promised must hold of a case, and these situations must have occurred so often.
#[track_caller]
pub(crate) fn holds(case: &Case, situations: &[(&str, u64)]) {
    let record = run(case);
    assert_eq!(record.check(), Ok(()));
    let count = |name| record.situations().get(name).copied().unwrap_or_default();
    let counted: Vec<(&str, u64)> =
        situations.iter().map(|(name, _)| (*name, count(*name))).collect();
    assert_eq!(counted, situations, "of {:#?}", record.situations());
}

/// 40 lines of a letter.
const MANY: u8 = 0;
/// A line, and after it one that is too long.
const SHORT_AND_OVERLONG: u8 = 11;
/// 12 lines of 400 letters.
pub(crate) const MUCH: u8 = 1;
/// 3 lines of 1,500 letters.
const SOME: u8 = 4;

/// 40 lines of a letter.
const MUCH_SHORT: u8 = 0;

/// 30 times /help.
const HELP: u8 = 3;

const QUEUE: &str = "disconnected: too slow: its send queue is full";
const MEMORY: &str = "disconnected: too slow: the memory for all send queues is used up";
const EVICTED: &str = "gave up on what was due: no memory";
pub(crate) const NOTHING_TAKEN: &str = "disconnected: too slow: it takes nothing of what is due";
const GIVEN_UP: &str = "gave up on what was due";
const LOST: &str = "disconnected: connection lost";

/// A socket that fails when it is written to, while nobody who reads from it notices.
#[test]
fn who_cannot_be_written_to_does_not_stay() {
    let steps = [Step::Break { slot: 0 }, Step::Paste { slot: 1, which: SOME }];
    holds(&scripted(2, &steps), &[(LOST, 1)]);
}

/// Someone ends his side in the batch in which it shows that another is too slow: of that he is told before he leaves.
#[test]
fn who_leaves_is_told_of_all_that_came_before() {
    let mut case = scripted(0, &[]);
    case.steps = vec![Step::Chat(Operation::Connect); 5];
    case.steps.extend([
        Step::Chat(Operation::Topic { slot: 4, body: 2 }),
        Step::Stall { slot: 0, count: 0 },
        Step::Take { slot: 0, count: 0 },
        Step::Paste { slot: 0, which: 2 },
        Step::Stall { slot: 2, count: 0 },
        Step::Paste { slot: 1, which: MUCH },
        Step::Chat(Operation::Join { slot: 3, room: 6 }),
        Step::Finish { slot: 1 },
        Step::Chat(Operation::Say { slot: 2, opening: 0, body: 0 }),
    ]);
    case.schedule = vec![0; 113];
    for (at, choice) in [(6, 1), (64, 2), (66, 2), (67, 1), (68, 3), (69, 1), (112, 2)] {
        case.schedule[at] = choice;
    }
    let record = run(&case);
    assert_eq!(record.check(), Ok(()));
    let has_left = |who| record.to_string().find(&format!(" * [{who}] has disconnected"));
    let (slow, leaves) = (has_left("anonymous1"), has_left("anonymous2"));
    assert!(slow.is_some() && slow < leaves, "{record}");
}

/// Nothing of what someone interrupts is heard, not even that a line was too long: what came after a line that is not heard
/// is not heard either.
#[test]
fn what_is_interrupted_is_not_heard() {
    let steps = [
        // Now the room has been told so much that who speaks has to wait.
        Step::Paste { slot: 1, which: MUCH },
        Step::Wait { which: 0 },
        Step::Bytes { slot: 0, which: SHORT_AND_OVERLONG },
        Step::Wait { which: 0 },
        // An interrupt.
        Step::Chat(Operation::Signal { slot: 0, signal: 0 }),
    ];
    let case = Case { is_braked: true, ..scripted(3, &steps) };
    let record = run(&case);
    assert_eq!(record.check(), Ok(()));
    assert!(!record.to_string().contains("overlong"), "{record}");
    assert!(record.to_string().contains("signals interrupt"), "{record}");
}

/// Someone who has closed his side, and for whom most is kept, must make room for others. What he has got
/// is not all, so it must not look as if it were.
#[test]
fn who_is_evicted_while_closing_sees_no_good_end() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 2, which: MUCH },
        Step::Finish { slot: 0 },
        Step::Stall { slot: 1, count: 0 },
        Step::Paste { slot: 2, which: SOME },
    ];
    holds(&scripted(3, &steps), &[(EVICTED, 1), (MEMORY, 0), (QUEUE, 0)]);
}

/// A clock that is put back does not lengthen anyone's patience by as much.
#[test]
fn who_takes_nothing_is_disconnected_although_the_clock_is_put_back() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::PutBack,
        Step::Wait { which: 6 },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 1)]);
}

/// What the socket holds hides that a client on a slow link takes what it is sent.
#[test]
fn who_takes_all_slowly_is_not_disconnected_for_taking_nothing() {
    let steps = [
        Step::Slow { slot: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::Wait { which: 6 },
        Step::Wait { which: 6 },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 0)]);
}

/// More is due at once than a queue may hold for long. That says nothing of who is to read it.
#[test]
fn who_reads_gets_a_burst_that_is_longer_than_a_queue() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: MUCH },
        Step::Paste { slot: 1, which: MUCH },
        Step::Paste { slot: 1, which: MUCH },
        Step::Wait { which: 3 },
    ];
    holds(&roomy(2, &steps), &[(QUEUE, 0)]);
}

/// Nobody is waited for who has taken nothing for a while when its queue becomes full.
#[test]
fn who_takes_nothing_has_no_longer_queue() {
    let much = Step::Paste { slot: 1, which: MUCH };
    let wait = Step::Wait { which: 4 };
    let steps = [Step::Stall { slot: 0, count: 0 }, much, wait, much];
    holds(&roomy(2, &steps), &[(QUEUE, 1)]);
}

/// Someone takes something all the time, and yet falls minutes behind. He is told why he is disconnected, although
/// he reads that as slowly.
#[test]
fn who_falls_far_behind_is_told_why() {
    let paste = Step::Paste { slot: 1, which: MANY };
    let burst = [paste; 10];
    let minute = Step::Wait { which: 6 };
    let late = [Step::Slow { slot: 0 }, paste, Step::Wait { which: 5 }];
    let steps =
        [&late[..], &burst, &[Step::Wait { which: 3 }], &[minute, paste], &[minute; 4]].concat();
    holds(&roomy(2, &steps), &[(QUEUE, 1), (NOTHING_TAKEN, 0), (GIVEN_UP, 0)]);
}

/// A client that has closed and takes a little, and never all, is not waited for without end.
#[test]
fn who_closes_and_takes_a_little_is_given_up_in_the_end() {
    let steps = [
        Step::Slow { slot: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::Finish { slot: 0 },
        Step::Wait { which: 6 },
        Step::Wait { which: 6 },
        Step::Wait { which: 6 },
    ];
    holds(&scripted(2, &steps), &[(GIVEN_UP, 1)]);
    holds(&scripted(2, &steps[..5]), &[(GIVEN_UP, 0)]);
}

/// The others are told at once that someone has been disconnected, not when something else happens.
#[test]
fn that_someone_is_too_slow_is_told_at_once() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::Wait { which: 5 },
    ];
    holds(&scripted(3, &steps), &[(NOTHING_TAKEN, 1)]);
}

/// A client that takes everything again is not cut off for what its socket would take by now, although the
/// server has yet to be told that it would: whatever it is doing at that moment.
#[test]
fn who_takes_everything_again_is_not_evicted() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 2, which: MUCH },
        Step::Stall { slot: 1, count: 0 },
        Step::Paste { slot: 2, which: MANY },
        Step::Paste { slot: 2, which: MANY },
        Step::Paste { slot: 2, which: MANY },
        Step::Heal { slot: 0 },
    ];
    let mut spared = 0;
    for moment in 0..100 {
        let mut case = scripted(3, &steps);
        case.schedule = vec![0; moment];
        // Of all choices, one is another: if it is the right one, the server has no time before the next step.
        case.schedule.push(1);
        let record = run(&case);
        assert_eq!(record.check(), Ok(()), "{moment}");
        spared += u32::from(!record.situations().contains_key(MEMORY));
    }
    assert_eq!(spared, 1);
}

/// Someone for whom more was due than can be kept, and who says /bye in the same breath, has not left: he has
/// been disconnected, and so everyone is told. Whether it was due to him alone, or to others too.
#[test]
fn who_is_too_slow_has_not_left_by_himself() {
    let bye = Step::Chat(Operation::Bye { slot: 0, word: 0 });
    for pastes in [&[(0, HELP)][..], &[(1, MUCH), (1, MANY), (1, SOME)]] {
        let paste = |(slot, which): &(u8, u8)| Step::Paste { slot: *slot, which: *which };
        let pastes: Vec<Step> = pastes.iter().map(paste).collect();
        let stalled =
            [Step::Stall { slot: 0, count: 0 }, paste(&(1, MANY)), Step::Wait { which: 4 }];
        let steps = [&stalled, &pastes[..], &[bye]].concat();
        let mut overtaken = 0;
        for moment in 0..100 {
            let mut case = scripted(2, &steps);
            case.schedule = vec![0; moment];
            case.schedule.push(1);
            let record = run(&case);
            assert_eq!(record.check(), Ok(()), "{steps:?}, {moment}");
            overtaken += u32::from(record.situations().contains_key(QUEUE));
        }
        assert_eq!(overtaken, 100, "{steps:?}");
    }
}

/// Someone for whom there is no room for the news that another one has been disconnected is disconnected too,
/// and not only when something else happens: he may take everything by then.
#[test]
fn who_has_no_room_for_the_end_of_others_goes_with_them() {
    let stall = |slot, count| Step::Stall { slot, count };
    let steps = [stall(0, 3), stall(4, 3), stall(8, 1), Step::Paste { slot: 10, which: MUCH }];
    holds(&scripted(11, &steps), &[(MEMORY, 10), (QUEUE, 0)]);
}

/// A client that has gone with much in hand holds its name for some seconds, not until flood control has let all
/// of it be said.
#[test]
fn what_is_left_over_by_someone_who_has_gone_is_forgotten() {
    let steps = [
        Step::Paste { slot: 0, which: MUCH_SHORT },
        Step::Finish { slot: 0 },
        Step::Wait { which: 4 },
    ];
    let case = Case { is_braked: true, is_abrupt: true, ..scripted(2, &steps) };
    let record = run(&case);
    assert_eq!(record.check(), Ok(()));
    assert_eq!(record.situations().get("disconnected: closed by the peer"), Some(&1));
    // Twenty at once, and two a second until five seconds have passed.
    assert_eq!(record.to_string().matches("\n0 > ").count(), 29);
}

/// An interrupt does not wait behind flood control, and what came before it is not said any more.
#[test]
fn an_interrupt_overtakes_what_flood_control_holds_back() {
    let steps = [
        Step::Paste { slot: 0, which: MUCH_SHORT },
        Step::Bytes { slot: 0, which: 3 },
        Step::Chat(Operation::Say { slot: 0, opening: 0, body: 0 }),
    ];
    let record = run(&Case { is_braked: true, ..scripted(2, &steps) });
    assert_eq!(record.check(), Ok(()));
    let journal = record.to_string();
    let taken = |what: &str| journal.matches(&format!("\n0 {what}")).count();
    assert_eq!((taken("> "), taken("signals interrupt")), (21, 2));
    assert!(
        journal.contains("\n0 signals interrupt\n  0 <  * to leave, type /bye\n0 signals"),
        "{journal}"
    );
}

/// Who says little does not wait behind those who say more than a room may be told, each within what one may
/// say; and an interrupt takes back what has not been said of that.
#[test]
fn who_says_little_does_not_wait_for_those_who_say_much() {
    let say = Step::Chat(Operation::Say { slot: 2, opening: 0, body: 0 });
    let [first, second] = [0, 1].map(|slot| Step::Paste { slot, which: MUCH });
    let steps = [first, second, say, Step::Bytes { slot: 0, which: 3 }, Step::Wait { which: 6 }];
    let record = run(&Case { is_braked: true, ..scripted(3, &steps) });
    assert_eq!(record.check(), Ok(()));
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
    // Ten lines of twelve, and what the interrupt is in telnet.
    assert_eq!(order, [(0, 10 + 2), (2, 1), (1, 12)]);
}

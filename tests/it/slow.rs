//! Scenarios with clients of the simulated server that read slowly or not at all, or vanish: which of them are
//! disconnected, and what they still receive.
//!
//! Not here: generated scenarios (`simulator`), and real sockets (`vanished`).

use chinwag_harness::Operation;
use chinwag_harness::simulator::{Case, SEND_QUEUE, Step, run};

use crate::support::simulation::{
    EVICTED, HELP, LOST, MANY, MINUTE, MUCH, NOTHING_TAKEN, SOME, holds, passes, scripted,
};

const QUEUE: &str = "disconnected: too slow: its send queue is full";
const MEMORY: &str = "disconnected: too slow: the memory for all send queues is used up";
const GIVEN_UP: &str = "gave up on what was due";

/// A case with memory for queues beyond their usual limit.
fn roomy(clients: usize, steps: &[Step]) -> Case {
    Case { memory: 5 * SEND_QUEUE, ..scripted(clients, steps) }
}

/// Writes to a socket fail, while reads do not report anything.
#[test]
fn who_cannot_be_written_to_does_not_stay() {
    let steps = [Step::Break { slot: 0 }, Step::Paste { slot: 1, which: SOME }];
    holds(&scripted(2, &steps), &[(LOST, 1)]);
}

/// A client that has closed its side and has the longest queue is evicted to make room. It has not received
/// everything, so its connection must not seem to end well.
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

/// Putting the clock back does not give a stalled client as much more time.
#[test]
fn who_takes_nothing_is_disconnected_although_the_clock_is_put_back() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::PutBack,
        Step::Wait { which: MINUTE },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 1)]);
}

/// The buffer of the socket hides that a client on a slow link makes progress.
#[test]
fn who_takes_all_slowly_is_not_disconnected_for_taking_nothing() {
    let steps = [
        Step::Slow { slot: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::Wait { which: MINUTE },
        Step::Wait { which: MINUTE },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 0)]);
}

/// More is due at once than a queue may usually hold. The client reads, so it is not evicted.
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

/// A client that has read nothing for a while is evicted as soon as its queue is full.
#[test]
fn who_takes_nothing_has_no_longer_queue() {
    let much = Step::Paste { slot: 1, which: MUCH };
    let wait = Step::Wait { which: 4 };
    let steps = [Step::Stall { slot: 0, count: 0 }, much, wait, much];
    holds(&roomy(2, &steps), &[(QUEUE, 1)]);
}

/// A client makes progress all the time but falls minutes behind. It is told why it is evicted, although it reads
/// that slowly too.
#[test]
fn who_falls_far_behind_is_told_why() {
    let paste = Step::Paste { slot: 1, which: MANY };
    let burst = [paste; 10];
    let minute = Step::Wait { which: MINUTE };
    let late = [Step::Slow { slot: 0 }, paste, Step::Wait { which: 5 }];
    let steps =
        [&late[..], &burst, &[Step::Wait { which: 3 }], &[minute, paste], &[minute; 4]].concat();
    holds(&roomy(2, &steps), &[(QUEUE, 1), (NOTHING_TAKEN, 0), (GIVEN_UP, 0)]);
}

/// A client that has closed and reads a little is given up after a limited time.
#[test]
fn who_closes_and_takes_a_little_is_given_up_in_the_end() {
    let steps = [
        Step::Slow { slot: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::Finish { slot: 0 },
        Step::Wait { which: MINUTE },
        Step::Wait { which: MINUTE },
        Step::Wait { which: MINUTE },
    ];
    holds(&scripted(2, &steps), &[(GIVEN_UP, 1)]);
    holds(&scripted(2, &steps[..5]), &[(GIVEN_UP, 0)]);
}

/// An eviction is announced to the others at once, not at the next event.
#[test]
fn an_eviction_is_announced_at_once() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::Wait { which: 5 },
    ];
    holds(&scripted(3, &steps), &[(NOTHING_TAKEN, 1)]);
}

/// A client that reads again is not evicted because of data its socket would accept by now, even if the server has
/// not been notified yet; whatever the server is doing at that moment.
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
        // A single choice differs. At the right place it leaves the server no time before the next step.
        case.schedule.push(1);
        let record = run(&case);
        passes(&record);
        spared += u32::from(!record.situations().contains_key(MEMORY));
    }
    assert_eq!(spared, 1);
}

/// A client that exceeds its queue and sends `/bye` at the same time counts as evicted, not as gone by itself, and
/// the others are told so. Whether the data was due to it alone or to others too.
#[test]
fn who_is_too_slow_has_not_left_by_itself() {
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
            passes(&record);
            overtaken += u32::from(record.situations().contains_key(QUEUE));
        }
        assert_eq!(overtaken, 100, "{steps:?}");
    }
}

/// A client without room for the notice of another's eviction is evicted too, and at once: at the next event it might
/// have room again.
#[test]
fn who_has_no_room_for_the_end_of_others_goes_with_them() {
    let stall = |slot, count| Step::Stall { slot, count };
    let steps = [stall(0, 3), stall(4, 3), stall(8, 1), Step::Paste { slot: 10, which: MUCH }];
    holds(&scripted(11, &steps), &[(MEMORY, 10), (QUEUE, 0)]);
}

/// A line is in flight to a client that has vanished, and the server has nothing more to send. Only the silence shows
/// it.
#[test]
fn who_has_vanished_is_lost_although_all_has_been_sent() {
    let say = Step::Chat(Operation::Say { slot: 1, opening: 0, body: 0 });
    let steps = [Step::Vanish { slot: 0 }, say, Step::Wait { which: MINUTE }];
    holds(&scripted(2, &steps), &[(LOST, 1), (NOTHING_TAKEN, 0)]);
}

/// All data due is in the system's buffers, and the client reads nothing. That is fine for a minute, since systems
/// free their buffers in large pieces, but not for two.
#[test]
fn who_pauses_is_disconnected_only_after_a_minute() {
    let minute = Step::Wait { which: MINUTE };
    let say = Step::Chat(Operation::Say { slot: 1, opening: 0, body: 0 });
    let steps = [Step::Stall { slot: 0, count: 0 }, say, minute, minute];
    holds(&scripted(2, &steps[..3]), &[(LOST, 0), (NOTHING_TAKEN, 0)]);
    holds(&scripted(2, &steps), &[(LOST, 0), (NOTHING_TAKEN, 1)]);
}

/// A client slowly reads what is in the system's buffers, and nothing else becomes due. Its progress shows only
/// there.
#[test]
fn who_takes_slowly_what_the_system_has_is_not_disconnected() {
    let minute = Step::Wait { which: MINUTE };
    let steps = [
        Step::Slow { slot: 0 },
        Step::Paste { slot: 1, which: MANY },
        minute,
        minute,
        minute,
        minute,
        minute,
        minute,
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 0)]);
}

/// A client has been evicted for reading nothing, and reads the reason only a minute later.
#[test]
fn who_reads_late_is_told_why() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: SOME },
        Step::Wait { which: 5 },
        Step::Wait { which: MINUTE },
        Step::Heal { slot: 0 },
        Step::Wait { which: 1 },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 1), (GIVEN_UP, 0)]);
}

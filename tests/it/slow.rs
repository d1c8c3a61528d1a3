//! Clients of the simulated server that take what they are sent slowly, or not at all; and that vanish. Who loses the
//! connection for that, and what it still gets.
//!
//! Not here: what generated clients do (`simulator`), and real sockets (`vanished`).

use chinwag_harness::Operation;
use chinwag_harness::simulator::{Case, SEND_QUEUE, Step, run};

use crate::simulator::{
    EVICTED, HELP, LOST, MANY, MINUTE, MUCH, NOTHING_TAKEN, SOME, holds, scripted,
};

const QUEUE: &str = "disconnected: too slow: its send queue is full";
const MEMORY: &str = "disconnected: too slow: the memory for all send queues is used up";
const GIVEN_UP: &str = "gave up on what was due";

/// Memory for queues that are longer than any may be for long.
fn roomy(clients: usize, steps: &[Step]) -> Case {
    Case { memory: 5 * SEND_QUEUE, ..scripted(clients, steps) }
}

/// A socket that fails when it is written to, while nobody who reads from it notices.
#[test]
fn who_cannot_be_written_to_does_not_stay() {
    let steps = [Step::Break { slot: 0 }, Step::Paste { slot: 1, which: SOME }];
    holds(&scripted(2, &steps), &[(LOST, 1)]);
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
        Step::Wait { which: MINUTE },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 1)]);
}

/// What the socket holds hides that a client on a slow link takes what it is sent.
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
    let minute = Step::Wait { which: MINUTE };
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
        Step::Wait { which: MINUTE },
        Step::Wait { which: MINUTE },
        Step::Wait { which: MINUTE },
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

/// A line that is on its way to someone who has vanished, and that the server is rid of: nothing but the silence shows it.
#[test]
fn who_has_vanished_is_lost_although_all_has_been_sent() {
    let say = Step::Chat(Operation::Say { slot: 1, opening: 0, body: 0 });
    let steps = [Step::Vanish { slot: 0 }, say, Step::Wait { which: MINUTE }];
    holds(&scripted(2, &steps), &[(LOST, 1), (NOTHING_TAKEN, 0)]);
}

/// Someone is there and takes nothing, and all that is due has been sent: for a minute that may be so, as a system makes
/// room in large pieces. Not for two.
#[test]
fn who_pauses_is_disconnected_only_after_a_minute() {
    let minute = Step::Wait { which: MINUTE };
    let say = Step::Chat(Operation::Say { slot: 1, opening: 0, body: 0 });
    let steps = [Step::Stall { slot: 0, count: 0 }, say, minute, minute];
    holds(&scripted(2, &steps[..3]), &[(LOST, 0), (NOTHING_TAKEN, 0)]);
    holds(&scripted(2, &steps), &[(LOST, 0), (NOTHING_TAKEN, 1)]);
}

/// Someone takes slowly what the system has of what is due, and nothing else becomes due: that it takes something shows
/// only there.
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

/// Someone has been disconnected for taking nothing, and reads only a minute later why.
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

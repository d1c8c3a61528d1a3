//! Send queues and token buckets, compared with simpler implementations.
//!
//! Not here: what is queued, and who pays tokens for what (`simulator`, `bytes`).

use std::cell::Cell;

use chinwag::chat::Timestamp;
use chinwag::wire::{Bucket, Rate, SendQueue, View};
use proptest::prelude::*;

use crate::support::laws::{every, require};

/// An operation on a queue.
#[derive(Clone, Debug)]
enum Use {
    /// Appends lines, each with a number of rows and their length.
    Push(Vec<(usize, usize)>),
    /// The same, as the last thing ever appended.
    PushLast(Vec<(usize, usize)>),
    /// Writes a part of what is queued, in 64ths.
    Advance(usize),
    Cut,
    Allow(usize),
}

fn uses() -> impl Strategy<Value = Vec<Use>> {
    let length = prop_oneof![6 => 0..80_usize, 1 => 0..5000_usize];
    let line = (prop_oneof![3 => Just(1_usize), 1 => 1..5_usize], length);
    let lines = prop::collection::vec(line, 0..8);
    let portion = prop_oneof![4 => 0..64_usize, 1 => Just(1), 1 => Just(63), 1 => Just(64)];
    let limit = prop_oneof![0..200_usize, 0..20_000_usize];
    let one = prop_oneof![
        8 => lines.clone().prop_map(Use::Push),
        1 => lines.prop_map(Use::PushLast),
        8 => portion.prop_map(Use::Advance),
        1 => Just(Use::Cut),
        1 => limit.prop_map(Use::Allow),
    ];
    prop::collection::vec(one, 0..60)
}

/// Lines whose bytes differ from neighbouring lines.
fn text(lines: &[(usize, usize)], count: &mut u8) -> Vec<Vec<u8>> {
    let line = |&(rows, length): &(usize, usize)| {
        let mut rows_of_it = Vec::new();
        for row in 0..rows {
            *count = count.wrapping_add(1);
            let indent = if row == 0 { "" } else { View::INDENT };
            rows_of_it.extend_from_slice(indent.as_bytes());
            rows_of_it.extend(std::iter::repeat_n(b'a' + *count % 26, length));
            rows_of_it.extend_from_slice(b"\r\n");
        }
        rows_of_it
    };
    lines.iter().map(line).collect()
}

/// G5: what is taken from a queue is what went in, without gaps, however it is taken and cut. Only whole lines go in,
/// as many as fit. Cutting the queue leaves only the rest of a line already begun.
#[test]
fn g5_a_queue_is_like_a_list_of_lines() {
    let (cut_within, refused, wrapped) = (Cell::new(0), Cell::new(0), Cell::new(0));
    every(uses(), |uses| {
        let (mut limit, mut count) = (8_000, 0);
        let (mut queue, mut plain) = (SendQueue::new(limit), Vec::<Vec<u8>>::new());
        for next in uses {
            let waits = plain.concat();
            match next {
                Use::Push(lines) | Use::PushLast(lines) => {
                    let is_last = matches!(next, Use::PushLast(_));
                    let kept = if is_last { 0 } else { SendQueue::LAST_WORDS };
                    let lines = text(lines, &mut count);
                    let pushed = match is_last {
                        true => queue.push_last(&lines.concat()),
                        false => queue.push(&lines.concat()),
                    };
                    let mut room = limit.saturating_sub(kept).saturating_sub(waits.len());
                    let mut fitting = 0;
                    for line in &lines {
                        if line.len() > room {
                            refused.set(refused.get() + 1);
                            break;
                        }
                        room -= line.len();
                        fitting += line.len();
                        plain.push(line.clone());
                    }
                    require(pushed == fitting, || format!("{pushed} bytes in, not {fitting}"))?;
                }
                Use::Advance(portion) => {
                    let next = queue.next().to_vec();
                    require(waits.starts_with(&next), || "other bytes come out".to_owned())?;
                    require(next.is_empty() == waits.is_empty(), || "nothing out".to_owned())?;
                    wrapped.set(wrapped.get() + u64::from(next.len() < waits.len()));
                    let mut left = next.len() * portion / 64;
                    queue.advance(left);
                    while left > 0 {
                        let line = plain.remove(0);
                        if line.len() > left {
                            plain.insert(0, line[left..].to_vec());
                            break;
                        }
                        left -= line.len();
                    }
                }
                Use::Cut => {
                    cut_within.set(cut_within.get() + u64::from(plain.len() > 1));
                    plain.truncate(1);
                    let dropped = waits.len() - plain.concat().len();
                    let cut = queue.cut();
                    require(cut == dropped, || format!("{cut} bytes were dropped, not {dropped}"))?;
                }
                Use::Allow(new) => {
                    limit = *new;
                    queue.allow(limit);
                }
            }
            require(queue.len() == plain.concat().len(), || format!("{} bytes", queue.len()))?;
        }
        let mut rest = Vec::new();
        while !queue.is_empty() {
            let next = queue.next().to_vec();
            queue.advance(next.len());
            rest.extend(next);
        }
        require(rest == plain.concat(), || "other bytes are left".to_owned())
    });
    for (count, what) in [(cut_within, "cut"), (refused, "full"), (wrapped, "wrapped")] {
        assert!(count.get() > 0, "no queue was {what}");
    }
}

/// An event of a bucket: the clock moves, a client waits as long as told, or takes tokens.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Passes(i64),
    Waits,
    Takes(u32),
}

/// I3: however often the clock is put back, a bucket permits no more than the burst and the rate for the time passed.
/// A client that waits as long as told may proceed. Putting the clock back makes nobody wait longer.
#[test]
fn i3_putting_the_clock_back_gives_and_takes_nothing() {
    const DAY: i64 = 86_400_000;
    let jump = prop_oneof![
        Just(-1_i64),
        Just(-DAY),
        Just(1),
        Just(0),
        2..5000_i64,
        Just(DAY),
        -5000..-2_i64,
    ];
    let moment = prop_oneof![
        3 => jump.prop_map(Moment::Passes),
        2 => Just(Moment::Waits),
        6 => prop_oneof![3 => Just(1_u32), 1 => 1..30_u32].prop_map(Moment::Takes),
    ];
    let drawn = (1..30_u32, 1..2000_u32, prop::collection::vec(moment, 0..80));
    let back_in_debt = Cell::new(0);
    every(drawn, |(burst, per_second, moments)| {
        let mut bucket = Bucket::new(Rate::new(*burst, *per_second));
        // In microseconds: the cost of a token as the server rounds it, and the time and tokens so far.
        let each = u64::from(1_000_000 / *per_second);
        let (mut now, mut passed, mut taken) = (100 * DAY as u64, 0_u64, 0_u64);
        for moment in moments {
            let before = bucket.wait(Timestamp(now));
            match *moment {
                Moment::Passes(by) => {
                    now = now.saturating_add_signed(by);
                    passed += 1000 * u64::try_from(by).unwrap_or(0);
                    let wait = bucket.wait(Timestamp(now));
                    back_in_debt.set(back_in_debt.get() + u32::from(by < 0 && !before.is_zero()));
                    require(wait <= before, || format!("{by} ms later: {wait:?}, was {before:?}"))?;
                }
                Moment::Waits => {
                    let milliseconds = before.as_micros().div_ceil(1000) as u64;
                    now += milliseconds;
                    passed += 1000 * milliseconds;
                    let wait = bucket.wait(Timestamp(now));
                    require(wait.is_zero(), || format!("has waited, and must wait {wait:?} more"))?;
                }
                Moment::Takes(count) => {
                    if !before.is_zero() {
                        continue;
                    }
                    let most = u64::from(*burst) * each + passed;
                    let is_allowed = taken + each <= most;
                    require(is_allowed, || format!("{taken} us taken, of {most}"))?;
                    bucket.take_many(Timestamp(now), count);
                    taken += u64::from(count) * each;
                }
            }
        }
        let full = u64::from(*burst) * each;
        now += (full + taken) / 1000 + 1;
        require(bucket.is_full(Timestamp(now)), || "the bucket is not full at the end".to_owned())
    });
    assert!(back_in_debt.get() > 0);
}

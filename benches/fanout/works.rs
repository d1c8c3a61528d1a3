//! What is measured: the same work for each server.
//!
//! Not here: who does the work (`crowd`), which of it is done when (`main`).

#![expect(clippy::disallowed_types, reason = "it measures time")]

use std::time::{Duration, Instant};

use crate::crowd::{Crowd, SPEAKERS, Stalled};
use crate::server::{Kind, Server};

/// How many lines a speaker may be ahead of the slowest who reads.
const WINDOW: u32 = 64;

/// What a piece of work cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    Cpu,
    DeliveriesPerSecond,
    MedianDelay,
    P99Delay,
    CpuPerNewcomer,
    NewcomersPerSecond,
    Resident,
}

impl Measure {
    pub(crate) const ALL: [Self; 7] = [
        Self::Cpu,
        Self::DeliveriesPerSecond,
        Self::MedianDelay,
        Self::P99Delay,
        Self::CpuPerNewcomer,
        Self::NewcomersPerSecond,
        Self::Resident,
    ];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Cpu => "server CPU a delivery, us",
            Self::DeliveriesPerSecond => "deliveries a second",
            Self::MedianDelay => "median delay, ms",
            Self::P99Delay => "99th percentile, ms",
            Self::CpuPerNewcomer => "server CPU a newcomer, us",
            Self::NewcomersPerSecond => "newcomers a second",
            Self::Resident => "resident bytes a connection",
        }
    }
}

pub(crate) type Figures = Vec<(Measure, f64)>;

/// Speakers say lines of `length` bytes as fast as they are delivered, until there were so many
/// deliveries.
pub(crate) fn saturated(
    kind: Kind,
    clients: usize,
    length: usize,
    deliveries: usize,
    all_read: bool,
) -> Result<Figures, Stalled> {
    let server = Server::start(kind);
    let mut crowd = Crowd::new(length);
    crowd.join(server.address, clients, kind.announces())?;
    talk(&mut crowd, WINDOW)?;
    if !all_read {
        crowd.stop_reading();
    }
    let recipients = if all_read { clients - 1 } else { clients - 2 };
    let lines = u32::try_from(deliveries / recipients / SPEAKERS).expect("fits").max(WINDOW);
    let (start, cpu) = (Instant::now(), server.cpu());
    talk(&mut crowd, lines)?;
    let (time, cpu) = (start.elapsed(), server.cpu() - cpu);
    let deliveries = (recipients * SPEAKERS * lines as usize) as f64;
    Ok(vec![
        (Measure::Cpu, cpu as f64 / 1000.0 / deliveries),
        (Measure::DeliveriesPerSecond, deliveries / time.as_secs_f64()),
    ])
}

/// Has every speaker say so many lines, and everyone hear them.
fn talk(crowd: &mut Crowd, lines: u32) -> Result<(), Stalled> {
    let until = crowd.said.map(|said| said + lines);
    loop {
        let ahead = crowd.ahead();
        for speaker in 0..SPEAKERS {
            let left = until[speaker] - crowd.said[speaker];
            let count = left.min(WINDOW - ahead[speaker]);
            if count > 0 {
                crowd.say(speaker, count);
            }
        }
        if crowd.said == until && crowd.ahead() == [0; SPEAKERS] {
            return Ok(());
        }
        crowd.hear_something(|_, _| {})?;
    }
}

/// Speakers say a line in turn, in the same intervals.
pub(crate) fn paced(
    kind: Kind,
    clients: usize,
    interval: Duration,
    lines: usize,
) -> Result<Figures, Stalled> {
    let server = Server::start(kind);
    let mut crowd = Crowd::new(64);
    crowd.join(server.address, clients, kind.announces())?;
    talk(&mut crowd, 1)?;
    let (start, cpu) = (Instant::now(), server.cpu());
    let mut said_at = [const { Vec::new() }; SPEAKERS];
    let mut delays = Vec::with_capacity(lines * clients);
    let mut said = 0;
    while said < lines || crowd.ahead() != [0; SPEAKERS] {
        let due = start + interval * u32::try_from(said).expect("fits");
        let wait = due.saturating_duration_since(Instant::now());
        if said < lines && wait.is_zero() {
            said_at[said % SPEAKERS].push(Instant::now());
            crowd.say(said % SPEAKERS, 1);
            said += 1;
            continue;
        }
        let heard = |speaker: usize, number: u32| {
            // The first line was not timed.
            delays.push(said_at[speaker][number as usize - 1].elapsed());
        };
        if said < lines {
            crowd.hear(wait, heard);
        } else {
            crowd.hear_something(heard)?;
        }
    }
    let deliveries = lines * (clients - 1);
    assert_eq!(delays.len(), deliveries, "each delivery was counted");
    delays.sort_unstable();
    let delay = |part: usize| delays[(deliveries - 1) * part / 100].as_secs_f64() * 1000.0;
    Ok(vec![
        (Measure::Cpu, (server.cpu() - cpu) as f64 / 1000.0 / deliveries as f64),
        (Measure::MedianDelay, delay(50)),
        (Measure::P99Delay, delay(99)),
    ])
}

/// So many come as fast as they can, and each is told of all who come after it.
pub(crate) fn newcomers(kind: Kind, clients: usize) -> Result<Figures, Stalled> {
    let server = Server::start(kind);
    let (start, cpu) = (Instant::now(), server.cpu());
    let mut crowd = Crowd::new(64);
    crowd.join(server.address, clients, kind.announces())?;
    let (time, cpu) = (start.elapsed(), server.cpu() - cpu);
    Ok(vec![
        (Measure::CpuPerNewcomer, cpu as f64 / 1000.0 / clients as f64),
        (Measure::NewcomersPerSecond, clients as f64 / time.as_secs_f64()),
    ])
}

/// So many are connected, have been told of each other and say nothing.
pub(crate) fn idle(kind: Kind, clients: usize) -> Result<Figures, Stalled> {
    let server = Server::start(kind);
    let before = server.resident();
    let mut crowd = Crowd::new(64);
    crowd.join(server.address, clients, kind.announces())?;
    let resident = server.resident().saturating_sub(before);
    Ok(vec![(Measure::Resident, resident as f64 / clients as f64)])
}

//! Checks the meaning of recorded bytes, and names the parts of telnet that occur in them.
//!
//! Not here: the records (`conformance`, `muds`, `programs`).

use chinwag::chat::{Limits, Signal, Timestamp};
use chinwag::wire::negotiation::Echo;
use chinwag::wire::{Received, Receiver};
use chinwag_harness::fuzz;

pub(crate) const DO: u8 = 0xFD;
pub(crate) const DONT: u8 = 0xFE;
pub(crate) const WONT: u8 = 0xFC;

/// Telnet options.
pub(crate) const BINARY: u8 = 0;
pub(crate) const ECHO: u8 = 1;
pub(crate) const SGA: u8 = 3;
pub(crate) const TIMING_MARK: u8 = 6;
pub(crate) const TTYPE: u8 = 24;
pub(crate) const NAWS: u8 = 31;
pub(crate) const TSPEED: u8 = 32;
pub(crate) const OLD_ENVIRON: u8 = 36;
pub(crate) const NEW_ENVIRON: u8 = 39;

pub(crate) const INTERRUPT: Received = Received::Signal(Signal::Interrupt);

/// Requires that each piece of a trace has the given meaning, however the bytes are split. The trace ends with the
/// end of input: a last line without a line end counts unless it arrived key by key.
#[track_caller]
pub(crate) fn conforms(trace: &[(&[u8], Vec<Received>)]) {
    let pieces: Vec<&[u8]> = trace.iter().map(|(bytes, _)| *bytes).collect();
    let bytes = pieces.concat();
    let due: Vec<Received> = trace.iter().flat_map(|(_, meaning)| meaning.clone()).collect();
    assert_eq!(receive(&pieces), due, "in the pieces of the trace");
    let mut receiver = Receiver::new(&Limits::default(), None);
    receiver.receive(Timestamp(0), &bytes, |_| {});
    let held = receiver.clone().settle().len();
    let has_draft = receiver.finish().len() > held;
    for size in [bytes.len(), 1, 2, 3] {
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        let is_typed = size <= Receiver::KEY && chunks.len() > 1;
        let due = if is_typed && has_draft { &due[..due.len() - 1] } else { &due[..] };
        assert_eq!(receive(&chunks), due, "in chunks of {size}");
    }
}

/// The meaning of these reads, with the answers of a server that has not asked for anything.
fn receive(reads: &[&[u8]]) -> Vec<Received> {
    let mut echo = Echo::default();
    let answered = |what| match what {
        Received::Echo(on) => echo.receive(on).map(Received::Answer),
        other => Some(other),
    };
    fuzz::receive(reads.iter().copied()).into_iter().filter_map(answered).collect()
}

pub(crate) fn line(text: &str) -> Received {
    Received::Line(text.into())
}

pub(crate) fn refuses(verb: u8, option: u8) -> Received {
    Received::Answer([0xFF, verb, option])
}

pub(crate) fn window() -> Received {
    Received::Answer([0xFF, DO, NAWS])
}

pub(crate) fn no_mark() -> Received {
    refuses(WONT, TIMING_MARK)
}

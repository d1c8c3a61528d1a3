//! Estimates what input costs the hub, in units of about a microsecond: see [`Limits::TURN`].
//!
//! Not here: whose turn it is (`hub`, `wire::turns`).

use super::Limits;
use crate::chat::is_plainly_speech;
use crate::wire::Received;

/// The cost of an input, as far as it is known before it is processed. The client's room has this many
/// members, and text is laid out in at most this many ways.
pub(super) fn of(received: &Received, members: usize, layouts: usize) -> isize {
    let Received::Line(line) = received else { return 1 };
    let cost = of_reading(line) + of_telling(members, layouts, line.len());
    cost.try_into().unwrap_or(isize::MAX)
}

/// The cost of parsing a line.
pub(super) fn of_reading(line: &str) -> usize {
    if is_plainly_speech(line) { 0 } else { Limits::COMMAND + line.len() / Limits::NAME }
}

/// The cost of a text for this many recipients: it is delivered to each, and laid out once for each layout.
pub(super) fn of_telling(recipients: usize, layouts: usize, bytes: usize) -> usize {
    let laid_out = bytes.saturating_mul(layouts.min(recipients));
    1 + recipients / Limits::RECIPIENTS + laid_out / Limits::ANSWER
}

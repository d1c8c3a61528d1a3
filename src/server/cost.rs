//! What it costs the hub to do something, in about microseconds: see [`Limits::TURN`].
//!
//! Not here: who has to wait for it (`hub`, `wire::turns`).

use super::Limits;
use crate::chat::is_plainly_speech;
use crate::wire::Received;

/// What something will cost that was received from a client in a room of so many, which see a text in so many layouts, as
/// far as that is known before.
pub(super) fn of(received: &Received, members: usize, layouts: usize) -> isize {
    let Received::Line(line) = received else { return 1 };
    let cost = of_reading(line) + of_telling(members, layouts, line.len());
    cost.try_into().unwrap_or(isize::MAX)
}

/// Finding out what a line means.
pub(super) fn of_reading(line: &str) -> usize {
    if is_plainly_speech(line) { 0 } else { Limits::COMMAND + line.len() / Limits::NAME }
}

/// Telling so many a text of so many bytes: once each, and once for each of so many layouts.
pub(super) fn of_telling(recipients: usize, layouts: usize, bytes: usize) -> usize {
    let laid_out = bytes.saturating_mul(layouts.min(recipients));
    1 + recipients / Limits::RECIPIENTS + laid_out / Limits::ANSWER
}

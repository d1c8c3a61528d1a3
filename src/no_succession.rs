//! Where there are no successors: other systems than Linux.
//!
//! Not here: how they take over (`succession`).

use chinwag::server::Tcp;
use chinwag::server::log::Log;

/// What a process needs to hand over: nothing, because it cannot.
pub(crate) struct Succession;

impl Succession {
    /// Says that no successor can take over. Returns its process if one has.
    pub(crate) async fn hand_over(&self, _: &Tcp, log: &mut Log) -> Option<u32> {
        crate::say(log, format_args!("chinwag: only on Linux can a successor take over"));
        None
    }

    /// Stops a successor, of which there is none.
    pub(crate) fn stop(&self, _: u32) {}
}

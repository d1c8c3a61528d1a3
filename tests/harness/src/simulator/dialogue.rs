//! One client of the simulated server, which says what it is told to say. Not here: scripts with several (`script`).

use chinwag::chat::Origin;
use chinwag::server::Limits;

use super::running::Running;
use crate::client_record::without_telnet;

/// What a client from another machine is sent, in order, if it sends these pieces. Each of them is answered before the
/// next one is sent.
#[must_use]
pub fn dialogue(limits: Limits, pieces: &[&str]) -> String {
    let mut run = Running::new(limits, Vec::new(), 0, false);
    run.connect(Origin(1));
    // A client that sends something is admitted at once.
    run.connections[0].send(b"\xFF\xFD\x06", 0);
    for piece in pieces {
        run.world.run_until_idle();
        // Longer than a password is checked, at times.
        run.world.advance(4_000);
        run.connections[0].send(piece.as_bytes(), 0);
    }
    run.world.run_until_idle();
    run.world.advance(4_000);
    String::from_utf8(without_telnet(&run.connections[0].peer.received())).expect("is UTF-8")
}

//! Real client programs against the real server. Each joins, changes its name, talks and whispers with a plain client
//! in both directions, and leaves. The plain client must receive exactly what is due; the program must show the right
//! lines.
//!
//! A missing program is skipped; with `CHINWAG_CLIENTS=all` it fails its test.
//!
//! Not here: the bytes that the programs send (`conformance`).

use crate::support::client_program::{Seat, Visit, visits};

const BACKSPACE: char = '\x7F';
const CTRL_C: char = '\x03';

/// Ctrl-C discards the line, and the client shows the answer. Letters whose second byte this client mistakes for a
/// key arrive intact.
#[test]
fn telnet() {
    let command = |host: &str, port| format!("telnet {host} {port}");
    let Some(mut visit) = Visit::start(Seat::Terminal, "telnet", command) else { return };
    visit.talk();
    let Visit { ann, bob, .. } = &mut visit;
    bob.types(&format!("не 世é{BACKSPACE}{BACKSPACE}мы у 日本!"));
    ann.expect("[bob]> не мы у 日本!");
    ann.send("go on\r\n");
    bob.skip_to("[ann]> go on");
    bob.presses(&format!("half a line{CTRL_C}"));
    bob.skip_to(" * to leave, type /bye");
    ann.send("still there?\r\n");
    bob.expect("[ann]> still there?");
    bob.types("yes");
    ann.expect("[bob]> yes");
    visit.leave();
}

#[test]
fn plink() {
    visits(Seat::Terminal, "plink", |host: &str, port| format!("plink -telnet -P {port} {host}"));
}

#[test]
fn busybox() {
    visits(Seat::Terminal, "busybox", |host: &str, port| format!("busybox telnet {host} {port}"));
}

#[test]
fn nc() {
    visits(Seat::Pipe, "nc", |host: &str, port| format!("nc {host} {port}"));
}

#[test]
fn socat() {
    visits(Seat::Pipe, "socat", |host: &str, port| format!("socat - TCP:{host}:{port}"));
}

#[test]
fn tintin() {
    let command = |host: &str, port| format!("tt++ -G -e '#session chat {host} {port}'");
    let Some(mut visit) = Visit::start(Seat::Terminal, "tt++", command) else { return };
    visit.talk();
    // The program keeps running after its sessions.
    visit.bob.types("/bye");
    visit.bob.skip_to("#SESSION 'gts' ACTIVATED.");
    visit.bob.types("#end");
    visit.bob.expect_end();
    visit.ann.expect(" * [bob] has disconnected");
}

//! The messages of the real program at startup.
//!
//! Not here: the journal (`journal`, `restart`).

use crate::support::tcp::{Server, program, program_limited};

#[test]
fn a_port_in_use_is_one_error_line_and_status_1() {
    let server = Server::start(&[]);
    let address = server.addresses[0].to_string();
    let output = program().args(["--listen", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let problem = format!("chinwag: cannot listen on {address}: Address already in use");
    // The number of the system's error follows.
    assert_eq!(said.split(" (os error").next(), Some(problem.as_str()));
    assert_eq!(said.lines().count(), 1);
}

/// A name stands for all its addresses, each with a line in the log.
#[test]
fn it_listens_on_a_name() {
    let server = Server::start_on(&["localhost:0"], &[]);
    assert!(server.addresses[0].ip().is_loopback());
    server.join().ping();
}

#[test]
fn an_unknown_name_is_one_error_line_and_status_1() {
    let output = program().args(["--listen", "nowhere.invalid:6000"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    // The message of the system follows.
    assert!(said.starts_with("chinwag: cannot listen on nowhere.invalid:6000: "), "{said}");
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn too_few_descriptors_are_one_error_line_and_status_1() {
    let output = program_limited("-n 20").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let problem = "chinwag: no room for a single client: 20 files may be open, and 32 are needed for \
        other things; raise the limit on open files (ulimit -Hn)\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), problem);
}

#[test]
fn invalid_options_are_one_error_line() {
    for (option, value, status, problem) in [
        (
            "--send-queue",
            "1000",
            1,
            "chinwag: the send queue must have room for two replies, 131072 bytes by default",
        ),
        ("--max-clients", "0", 1, "chinwag: there must be room for at least one client"),
        (
            "--listen",
            "6000",
            2,
            "error: invalid value '6000' for '--listen <ADDR>': expected an address or a name, and a \
             port, as in 127.0.0.1:6000, [::1]:6000, localhost:6000",
        ),
        ("--threads", "0", 2, "error: invalid value '0' for '--threads <N>': 0 is not in 1..=256"),
        (
            "--log",
            "loud",
            2,
            "error: invalid value 'loud' for '--log <FILTER>': \"loud\" is no level; for a target, \
             add one: \"loud=info\"",
        ),
    ] {
        let output = program().args([option, value]).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{option} {value}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().next(), Some(problem));
    }
}

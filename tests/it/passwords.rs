//! Passwords at the real program: asked for and taken out of what is said. L1: none is anywhere for longer than it is
//! checked.
//!
//! Not here: what follows from them (`tests/transcripts/accounts.chat`), and that they are checked late (`simulator`).

use std::fs;
use std::io::{Read, Seek, SeekFrom};

use chinwag::server::{Limits, journal};
use chinwag_harness::simulator::dialogue;
use rustix::process::Signal;

use crate::support::journals::Scratch;
use crate::support::tcp::{Client, Server};

const HIDE: &[u8] = b"\xFF\xFB\x01";
const SHOW: &[u8] = b"\xFF\xFC\x01";
const NEW: &str = " * type a new password for [ann], 8 characters or more";
const ASKED: &str = " * type the password of [ann]";
const MINE: &str = " * [ann] is yours now: /login ann takes it back";
const SHOWN: &str = " * your screen may show it as you type";

/// The terminal of a peer that speaks telnet hides what is typed, until the end of that line. Other peers are told that
/// theirs may not.
#[test]
fn a_terminal_hides_a_password() {
    let server = Server::start(&[]);
    let mut ann = server.join_as("ann");
    ann.send("/register\r\n");
    ann.expect(NEW);
    ann.expect(SHOWN);
    ann.send("a password of ann's\r\n");
    ann.expect(MINE);
    ann.ping();
    for (typed, answer) in [
        (&b"no password of hers\r\n"[..], " * wrong password"),
        (b"short\r\n", " * that is no password: 8 to 128 characters; nothing is changed"),
    ] {
        ann.send("/password\r\n");
        ann.expect(ASKED);
        ann.expect_bytes(HIDE);
        ann.send(b"\xFF\xFD\x01");
        ann.send(typed);
        ann.expect_bytes(SHOW);
        ann.expect(answer);
        ann.send(b"\xFF\xFE\x01");
    }
    // From another address: three passwords a minute are asked for from one.
    let mut bob = Client::connect_from(1, server.addresses[0]);
    bob.send(b"\xFF\xF6/login ann\r\n");
    bob.skip_until(|line| line == " * yes, the chat is still here");
    bob.expect(ASKED);
    bob.expect_bytes(HIDE);
    bob.send(b"\xFF\xFD\x01\xFF\xF4");
    bob.expect_bytes(SHOW);
    bob.expect(" * no password: nothing is changed");
    // A terminal that refuses is not asked again before the next question.
    bob.send(b"\xFF\xFE\x01/login ann\r\n");
    bob.expect(ASKED);
    bob.expect_bytes(HIDE);
    bob.send(b"\xFF\xFE\x01\xFF\xF4");
    bob.expect(" * no password: nothing is changed");
}

/// Who is asked over a connection that is not encrypted, from another machine, is told so. Passwords can be forbidden
/// there; what is typed is then thrown away, and not said.
#[test]
fn a_password_that_others_can_read() {
    let said = |plain_passwords| {
        let limits = Limits { plain_passwords, ..Limits::default() };
        let all = dialogue(limits, &["/username ann\r\n", "/register\r\n", "open sesame\r\n"]);
        let (_, answers) = all.split_once(" changed username to [ann]\r\n").unwrap();
        answers.to_owned()
    };
    let readable = " * the connection is not encrypted: anyone on the way can read it";
    assert_eq!(said(true), format!("{NEW}\r\n{readable}\r\n{MINE}\r\n"));
    let not_taken = " * it is not taken here, as the connection is not encrypted: just press Enter";
    let nothing = " * no password over a connection that is not encrypted: nothing is changed";
    assert_eq!(said(false), format!("{NEW}\r\n{not_taken}\r\n{nothing}\r\n"));
}

/// What is sent after a command that asks is the password, even if it comes in the same packet, and however late the
/// disk is. What comes after it is not.
#[test]
fn a_password_can_be_typed_ahead() {
    let data = Scratch::new("passwords-ahead");
    for options in [&[][..], &["--data", data.path()]] {
        let server = Server::start(options);
        let mut ann = server.join_as("ann");
        let mut bob = server.join();
        ann.expect(" * [anonymous1] has connected");
        ann.send("/register\r\nopen sesame\r\nsaid by ann\r\n");
        ann.skip_until(|line| line == MINE);
        bob.expect("[ann]> said by ann");
        bob.send("/login ann\r\nopen sesame\r\n");
        bob.skip_until(|line| line == " * you are logged in as [ann]");
    }
}

/// L1: neither the journal, a snapshot, the log, the history nor the memory of the server holds what was typed as a
/// password, or seems to have been meant as one.
#[test]
fn l1_no_password_is_kept() {
    let data = Scratch::new("passwords-kept");
    let server = Server::start(&["--data", data.path(), "--keep-events", "1"]);
    let mut ann = server.join_as("ann");
    let tokens = ["first-token-1111", "wrong-token-2222", "second-token-3333", "aside-token-4444"];
    ann.send("/register\r\n");
    ann.send(format!("{}\r\n", tokens[0]));
    ann.skip_until(|line| line == MINE);
    ann.send("/password\r\n");
    ann.send(format!("{}\r\n", tokens[1]));
    ann.skip_until(|line| line == " * wrong password");
    ann.send("/password\r\n");
    ann.send(format!("{}\r\n", tokens[0]));
    ann.skip_until(|line| line == NEW);
    ann.send(format!("{}\r\n", tokens[2]));
    ann.skip_until(|line| line == " * your password is changed");
    for line in ["/login ann", "/identify", "/pasword ann", "/register"] {
        ann.send(format!("{line} {}\r\n", tokens[3]));
    }
    ann.send(b"hello\r\n\xFF\xF6");
    ann.skip_until(|line| line == " * yes, the chat is still here");
    let is_in = |bytes: &[u8], token: &str| {
        bytes.windows(token.len()).any(|window| window == token.as_bytes())
    };
    let memory = memory(server.process.as_raw_nonzero().get());
    assert!(is_in(&memory, "$argon2id$"), "the credential is in the memory");
    for token in tokens {
        assert!(!is_in(&memory, token), "{token} is in the memory");
    }
    let text = journal::read(&data.0, 1).unwrap();
    assert!(text.contains(" > /login ann ***\n"), "{text}");
    server.signal(Signal::TERM);
    let (_, log) = server.end();
    assert!(log.contains("refused"), "{log}");
    for token in tokens {
        assert!(!text.contains(token) && !log.contains(token), "{token}");
        for file in fs::read_dir(&data.0).unwrap() {
            let path = file.unwrap().path();
            assert!(!is_in(&fs::read(&path).unwrap(), token), "{token} is in {}", path.display());
        }
    }
}

/// L1: nor is a password kept that comes when the connection has been closed meanwhile.
#[test]
fn l1_a_password_that_comes_too_late_is_not_kept() {
    let data = Scratch::new("passwords-late");
    let server = Server::start(&["--data", data.path(), "--keep-events", "1"]);
    let mut ann = server.join_as("ann");
    ann.send("/register\r\nopen sesame\r\n");
    ann.skip_until(|line| line == MINE);
    ann.send("/password\r\n");
    ann.expect(ASKED);
    let mut again = server.join();
    again.send("/login ann\r\nopen sesame\r\n");
    again.skip_until(|line| line == " * you are logged in as [ann]");
    ann.skip_until(|line| line == " * you have logged in on another connection, so this one ends");
    ann.send("too-late-token\r\n");
    ann.finish();
    let mut last = server.join();
    last.ping();
    server.signal(Signal::TERM);
    server.end();
    let text = journal::read(&data.0, 1).unwrap();
    assert!(text.contains("right"), "{text}");
    assert!(!text.contains("too-late-token"), "{text}");
}

/// Everything that a process can write to.
fn memory(process: i32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut memory = fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut all = Vec::new();
    for map in maps.lines().filter(|map| map.split(' ').nth(1).unwrap().starts_with("rw")) {
        let (start, rest) = map.split_once('-').unwrap();
        let end = rest.split(' ').next().unwrap();
        let [start, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        memory.seek(SeekFrom::Start(start)).unwrap();
        // Some maps are of devices.
        if memory.read_exact(&mut bytes).is_ok() {
            all.append(&mut bytes);
        }
    }
    all
}

/// A question outlasts a change of the server.
#[test]
fn a_successor_waits_for_the_answer() {
    let mut server = Server::start(&[]);
    let mut ann = server.join_as("ann");
    ann.ping();
    ann.send("/register\r\nopen se");
    ann.expect(NEW);
    server.signal(Signal::USR2);
    server.wait_for_successor();
    ann.send("same\r\n");
    ann.skip_until(|line| line == MINE);
    let mut bob: Client = server.join();
    bob.send("/login ann\r\nopen sesame\r\n");
    bob.skip_until(|line| line == " * you are logged in as [ann]");
}

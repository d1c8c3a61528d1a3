//! The real program over TCP: the whole path, and what only a real server can show.
//!
//! Not here: startup (`startup`), limits (`limits`) and the journal (`journal`).

use std::net::TcpListener;
use std::thread;

use rustix::process::Signal;

use crate::support::tcp::{Client, GREETING, Server};

#[test]
fn everything_that_a_user_can_do() {
    let server = Server::start(&[]);
    let mut ann = server.join_as("ann");
    let mut bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    bob.send("/nick bob\r\n");
    for client in [&mut ann, &mut bob] {
        client.expect(" * anonymous1 changed username to [bob]");
    }

    ann.send("hello\r\nGrüße, 世界\r\n");
    bob.expect("[ann]> hello");
    bob.expect("[ann]> Grüße, 世界");
    bob.send("@ann psst\n/w ANN hey\r/msg ann you\r\0");
    ann.expect("[bob] whispers> psst");
    ann.expect("[bob] whispers> hey");
    ann.expect("[bob] whispers> you");
    (0..3).for_each(|_| bob.expect(" * whispered to [ann]"));

    ann.send("/who\r\n/username\r\n/username bob\r\n@carol hi\r\n/dance\r\n\r\n   \r\n");
    ann.expect("UserList:{bob, ann} Total:[2]");
    ann.expect(" * usage: /username NAME");
    ann.expect(
        " * ann failed to change username to \"bob\" (taken, or looks too much like another's)",
    );
    ann.expect(" * \"carol\" is unknown user (type /list to see who is here)");
    ann.expect(" * ann issued unrecognised command \"/dance\" (type /help to see them all)");
    ann.send("/help @\r\n");
    ann.expect("@NAME TEXT                           whisper TEXT to NAME");
    ann.expect(
        "    Nobody else sees it. It is kept for a registered NAME who is not here. To say something that begins with @, type @@. Also: /w, /msg",
    );

    bob.send("/bye\r\n");
    bob.expect_end("");
    ann.expect(" * [bob] has disconnected");
    ann.ping();
}

/// `printf 'hi\n' | nc` half-closes at once. Its line is delivered, with or without a line end, and it is sent
/// everything due before the connection is closed.
#[test]
fn a_half_close_delivers_and_flushes() {
    let server = Server::start(&[]);
    let mut ann = server.join_as("ann");
    for (sent, seen) in [("hi\n", "hi"), ("no line end", "no line end")] {
        let mut brief = Client::connect(server.addresses[0]);
        brief.send(format!("/list\r\n{sent}"));
        brief.finish();
        let (received, is_clean) = brief.rest();
        assert!(is_clean);
        assert!(received.contains("UserList:{ann, anonymous"), "{received}");
        let joined = ann.line();
        let name = joined.strip_prefix(" * [").unwrap().strip_suffix("] has connected").unwrap();
        ann.expect(&format!("[{name}]> {seen}"));
        ann.expect(&format!(" * [{name}] has disconnected"));
    }
}

/// A client that closes with input unread resets the connection. Its earlier lines still count.
#[test]
fn a_line_before_a_hasty_close_is_delivered() {
    let server = Server::start(&["--log", "off"]);
    let mut ann = server.join();
    for round in 0..200 {
        let mut hasty = Client::connect(server.addresses[0]);
        hasty.send(format!("hi {round}\n"));
    }
    let is_said = |line: &String| line.contains("]> hi ");
    let said = std::iter::repeat_with(|| ann.line()).filter(is_said);
    let last = |line: String| line.rsplit_once(' ').unwrap().1.parse::<u32>().unwrap();
    let mut rounds: Vec<u32> = said.map(last).take(200).collect();
    rounds.sort_unstable();
    assert!(rounds.into_iter().eq(0..200));
}

#[test]
fn a_reset_is_a_lost_connection() {
    let mut server = Server::start(&[]);
    let mut ann = server.join_as("ann");
    let bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    bob.reset();
    ann.expect(" * [anonymous1] has disconnected (connection lost)");
    assert!(server.log_line("disconnected").ends_with(r#"reason="connection lost""#));
}

/// A client that does not read is evicted with a reason and delays nobody: all others receive everything. What it
/// received has no gap.
#[test]
fn a_client_that_never_reads_delays_nobody() {
    let mut server = Server::start(&["--rate-limit", "off", "--told-rate", "off"]);
    let mut deaf = server.join_as("deaf");
    let mut ann = server.join_as("ann");
    let mut bob = server.join();
    ann.expect(" * [anonymous2] has connected");

    let padding = "x".repeat(2000);
    let mut is_gone = false;
    let mut sent = 0;
    while !is_gone {
        ann.send(format!("{sent} {padding}\r\n"));
        let mut seen = bob.line();
        if seen == " * [deaf] has disconnected (too slow to read)" {
            is_gone = true;
            seen = bob.line();
        }
        assert_eq!(seen, format!("[ann]> {sent} {padding}"));
        sent += 1;
        assert!(sent < 20_000, "a client that does not read is still present with 40 MB due");
    }
    assert!(server.log_line("too slow").ends_with(r#"reason="too slow: its send queue is full""#));

    let (received, is_clean) = deaf.rest();
    let tail = received.lines().next_back().unwrap_or_default();
    assert_eq!((tail, is_clean), (" * you are disconnected: too slow to read", true));
    let said = received.lines().filter_map(|line| line.strip_prefix("[ann]> ")?.split_once(' '));
    let numbers: Vec<u32> = said.map(|(number, _)| number.parse().unwrap()).collect();
    assert!(numbers.iter().copied().eq(0..u32::try_from(numbers.len()).unwrap()), "{numbers:?}");
}

/// Everyone is told, and the exit status is 0.
#[test]
fn a_signal_announces_the_stop_and_exits_with_0() {
    for signal in [Signal::HUP, Signal::INT, Signal::TERM] {
        let server = Server::start(&[]);
        let mut ann = server.join();
        let mut bob = server.join();
        ann.expect(" * [anonymous1] has connected");
        server.signal(signal);
        ann.expect_end(" * the server is shutting down\r\n");
        bob.expect_end(" * the server is shutting down\r\n");
        let address = server.addresses[0];
        drop((ann, bob));
        let (status, log) = server.end();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(std::net::TcpStream::connect(address).is_err(), "the port is still open");
    }
}

/// The server waits only a limited time for clients to close.
#[test]
fn a_client_that_never_closes_does_not_block_the_stop() {
    let server = Server::start(&[]);
    let mut idle = server.join();
    server.signal(Signal::TERM);
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
    idle.expect(" * the server is shutting down");
}

/// A second signal stops the server at once.
#[test]
fn a_second_signal_stops_the_server_at_once() {
    let mut server = Server::start(&[]);
    let _idle = server.join();
    server.signal(Signal::INT);
    server.log_line("a second signal stops it at once");
    server.log_line("shutting down clients=1");
    server.signal(Signal::INT);
    assert_eq!(server.end().0.code(), Some(130));
}

#[test]
fn a_full_server_says_so() {
    let server = Server::start(&["--max-clients", "1"]);
    let mut ann = server.join();
    // Some clients send before they read; they are told too.
    for greeting in ["", "hi\r\n", "\u{FF}\u{FB}"] {
        let mut bob = Client::connect(server.addresses[0]);
        bob.send(greeting);
        bob.expect_end(" * the server is full, please try again later\r\n");
    }
    ann.send("/bye\r\n");
    ann.expect_end("");
    drop(ann);
    // Retries until the server has noticed the free place.
    let mut next = (0..10_000).map(|_| Client::connect(server.addresses[0]));
    assert!(next.any(|mut client| client.line() == GREETING));
}

#[test]
fn history_can_be_turned_off() {
    for (options, answer) in [
        (&["--history", "0"][..], " * nothing is remembered here"),
        (&[][..], " | nothing is remembered of [lobby]"),
    ] {
        let server = Server::start(options);
        let mut ann = server.join();
        ann.send("/history\r\n");
        ann.expect(answer);
    }
}

#[test]
fn it_listens_on_several_addresses_including_ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let server = Server::start_on(&["127.0.0.1:0", "[::1]:0"], &["--threads", "1"]);
    let mut ann = server.join();
    let mut bob = Client::connect(server.addresses[1]);
    bob.skip_banner();
    bob.expect(" * [anonymous1] has connected");
    ann.expect(" * [anonymous1] has connected");
}

#[test]
fn the_server_survives_every_byte_value() {
    let server = Server::start(&["--rate-limit", "off"]);
    let mut ann = server.join_as("ann");
    let mut bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    for first in 0..=255_u8 {
        for second in [b'a', 0xFF, 0xFA, 0xFD, 0x1B, first] {
            bob.send([first, second, b'\r', b'\n', 0xFF, 0xF0, b'\r', b'\n']);
        }
    }
    bob.send("done\r\n");
    ann.skip_to("[anonymous1]> done");
    ann.ping();
}

#[test]
fn the_server_survives_two_thousand_quick_connections() {
    let server = Server::start(&["--log", "off", "--max-clients", "100"]);
    let address = server.addresses[0];
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..500 {
                    drop(Client::connect(address));
                }
            });
        }
    });
    // Connections that still wait to be accepted may fill the server for a while.
    let mut connected = (0..10_000).map(|_| Client::connect(address));
    let mut ann = connected.find_map(|mut ann| (ann.line() == GREETING).then_some(ann)).unwrap();
    ann.send(b"\xFF\xF6");
    ann.skip_to(" * yes, the chat is still here");
}

#[test]
fn the_log_has_events_but_no_text_of_users() {
    let mut server = Server::start(&[]);
    let mut ann = server.join();
    ann.send("a-secret\r\n/a-secret\r\n@a-secret a-secret\r\n/username a-secret]\r\n");
    for reason in ["unknown command", "unknown user", "not a username"] {
        assert!(server.log_line("refused").ends_with(&format!("reason={reason:?}")));
    }
    ann.send("/bye\r\n");
    ann.rest();
    drop(ann);
    assert!(server.log_line("disconnected").ends_with(r#"reason="said /bye""#));
    server.signal(Signal::TERM);
    let (_, log) = server.end();
    assert!(!log.contains("a-secret"), "{log}");
}

#[test]
fn a_log_that_nobody_reads_does_not_stall_the_server() {
    // The server's standard error is a pipe of 64 KiB; this makes some 200 KiB of log lines.
    let server = Server::start(&["--rate-limit", "off"]);
    let mut ann = server.join();
    for _ in 0..20 {
        ann.send("/x\r\n".repeat(100));
        for _ in 0..100 {
            ann.expect(
                " * anonymous0 issued unrecognised command \"/x\" (type /help to see them all)",
            );
        }
    }
}

#[test]
fn closing_standard_input_changes_nothing() {
    let mut server = Server::start(&[]);
    let mut ann = server.join();
    drop(server.child.stdin.take());
    let mut bob = server.join();
    bob.ping();
    ann.expect(" * [anonymous1] has connected");
    ann.ping();
    assert!(server.child.try_wait().unwrap().is_none(), "the server has exited");
}

/// Telnet clients may send the last byte of Ctrl-C as urgent data. The server reads it as ordinary data.
#[test]
fn urgent_data_is_ordinary_data() {
    let server = Server::start(&[]);
    let mut ann = server.join();
    let mut bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    bob.send_urgent(b"urge");
    bob.send(b"nt\r\n");
    ann.expect("[anonymous1]> urgent");
}

/// A client that reads receives a burst larger than its send queue completely.
#[test]
fn a_burst_does_not_evict_a_client_that_reads() {
    let server = Server::start(&["--rate-limit", "off", "--send-queue", "131072"]);
    let mut clients: Vec<Client> = (0..8).map(|_| server.join()).collect();
    // More than a queue holds, but no more than the sockets hold in addition, since a busy machine may not read for a
    // while.
    let burst = format!("{}\r\n", "x".repeat(1000)).repeat(40);
    for client in &mut clients {
        client.send(&burst);
    }
    thread::scope(|scope| {
        for client in &mut clients {
            scope.spawn(move || {
                let is_said = |line: &String| line.ends_with('x');
                let said = std::iter::repeat_with(|| client.line()).filter(is_said);
                assert_eq!(said.take(280).count(), 280);
            });
        }
    });
}

//! The limits of the real program over TCP: lines, connections, descriptors, queues.
//!
//! Not here: limits by address, from which loopback is exempt (`server::door`), and combined attacks (`attack`).

use std::io::{ErrorKind, Write};
use std::iter;

use chinwag::chat::{Limits, Timestamp};
use chinwag::wire::{Rate, Received, Receiver};
use rustix::process::Signal;

use crate::support::tcp::{Client, GREETING, Server};

const FULL: &str = " * the server is full, please try again later\r\n";

/// Flood control permits 20 lines at once, then two a second. Further lines are delayed, not dropped.
#[test]
#[expect(clippy::disallowed_types, reason = "what is asserted is that time has passed")]
fn a_flood_is_delayed_and_nothing_of_it_is_lost() {
    let server = Server::start(&[]);
    let mut ann = server.join();
    let mut bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    let start = std::time::Instant::now();
    bob.send((0..23).map(|number| format!("line {number}\r\n")).collect::<String>());
    for number in 0..23 {
        ann.expect(&format!("[anonymous1]> line {number}"));
    }
    // The server's clock has millisecond resolution.
    assert!(start.elapsed().as_millis() >= 1499, "{:?}", start.elapsed());
}

/// A user who resizes a window sends many reports and can still talk; but an endless stream of reports costs tokens.
#[test]
fn only_some_widths_cost_a_token() {
    let report = b"\xFF\xFA\x1F\0P\0\x18\xFF\xF0";
    let bytes = [&b"\xFF\xFB\x1F"[..], &report.repeat(100)].concat();
    let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(3, 1)));
    let mut received = Vec::new();
    let unread = receiver.receive(Timestamp(0), &bytes, |what| received.push(what));
    // The answer takes the first of three.
    let count = 2 * usize::from(Receiver::WIDTHS);
    let due = iter::once(Received::Answer([0xFF, 0xFD, 0x1F]));
    let due: Vec<Received> = due.chain(iter::repeat_n(Received::Width(80), count)).collect();
    assert_eq!((received, unread), (due, &*report.repeat(100 - count)));
}

/// Under flood control the server stops reading, so it is the flooder that has to wait.
#[test]
fn a_flood_fills_the_flooders_own_window() {
    let server = Server::start(&[]);
    let bob = server.join();
    bob.socket().set_nonblocking(true).unwrap();
    let lines = b"x\r\n".repeat(10_000);
    let sent = iter::repeat_with(|| bob.socket().write(&lines)).take(10_000);
    let outcome = sent.map(|sent| sent.map_err(|error| error.kind())).find(Result::is_err);
    assert_eq!(outcome, Some(Err(ErrorKind::WouldBlock)), "the server accepted 300 MB");
}

/// Lines that flood control holds back delay neither the disconnect of their sender nor the stop of the server.
#[test]
fn a_flood_does_not_delay_a_disconnect_or_a_stop() {
    let server = Server::start(&[]);
    let mut ann = server.join();
    let mut bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    bob.send(format!("{}/bye\r\n{}", "x\r\n".repeat(19), "y\r\n".repeat(1000)));
    bob.expect_end("");
    (0..19).for_each(|_| ann.expect("[anonymous1]> x"));
    ann.expect(" * [anonymous1] has disconnected");
    ann.send("x\r\n".repeat(1000));
    ann.expect(" * you say more than others can read: the rest comes later; Ctrl-C forgets it");
    server.signal(Signal::TERM);
    ann.expect_end(" * the server is shutting down\r\n");
    drop((ann, bob));
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
}

/// Clients of other protocols are answered in their protocol or closed. They are not announced, nor are clients that
/// disconnect before they send anything.
#[test]
fn clients_of_other_protocols_are_not_announced() {
    let mut server = Server::start(&[]);
    let mut ann = server.join();
    let bad_request = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\
        Content-Type: text/plain\r\n\r\nThis is a chat server, for telnet.\r\n";
    for (greeting, answer, reason) in [
        (&b"POST / HTTP/1.1\r\nHost: x\r\n\r\nhello\r\n"[..], bad_request, "speaks HTTP"),
        (b"\x16\x03\x01\x02\0\x01", "", "speaks TLS"),
        (
            b"PASS secret\r\nNICK ian\r\nUSER ian 0 * :Ian\r\n",
            "ERROR :This is a chat server, for telnet.\r\n",
            "speaks IRC",
        ),
        (b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", "", "speaks the PROXY protocol"),
        (b"", "", "closed by the peer"),
    ] {
        // The server is suspended, so that the whole greeting has arrived when it reads.
        server.signal(Signal::STOP);
        let mut stranger = Client::connect(server.addresses[0]);
        stranger.send(greeting);
        if greeting.is_empty() {
            stranger.finish();
        }
        server.signal(Signal::CONT);
        stranger.expect_end(answer);
        assert!(server.log_line("disconnected").ends_with(&format!("reason={reason:?}")));
        ann.ping();
    }
}

/// A line that could start an IRC registration counts as a chat line if the rest does not follow at once.
#[test]
fn a_line_that_could_start_another_protocol_is_said() {
    let server = Server::start(&[]);
    let mut ann = server.join();
    let mut script = Client::connect(server.addresses[0]);
    script.send("NICK well\r\n");
    ann.expect(" * [anonymous1] has connected");
    ann.expect("[anonymous1]> NICK well");
}

/// A client that sends HTTP late has been announced, but its request does not reach the chat.
#[test]
fn a_late_http_request_does_not_reach_the_chat() {
    let server = Server::start(&[]);
    let mut ann = server.join();
    let mut stranger = server.join();
    ann.expect(" * [anonymous1] has connected");
    stranger.send("GET / HTTP/1.1\r\nCookie: secret\r\n\r\n");
    let (received, is_clean) = stranger.rest();
    assert_eq!((received.lines().next(), is_clean), (Some("HTTP/1.1 400 Bad Request"), true));
    ann.expect(" * [anonymous1] has disconnected");
    ann.ping();
}

/// The client with the longest queue is evicted first. It is told why, and what it received has no gap.
#[test]
fn the_memory_for_all_queues_is_bounded() {
    let mut options = vec!["--rate-limit", "off", "--told-rate", "off"];
    options.extend(["--send-queue", "1048576", "--memory", "1048576"]);
    let mut server = Server::start(&options);
    let mut deaf = [server.join_as("deaf"), server.join_as("mute")];
    let mut ann = server.join_as("ann");
    let mut bob = server.join_as("bob");
    ann.skip_to(" * anonymous3 changed username to [bob]");
    let padding = "x".repeat(2000);
    let gone = (0..20_000).find_map(|number| {
        ann.send(format!("{number} {padding}\r\n"));
        let seen = bob.line();
        let is_said = seen == format!("[ann]> {number} {padding}");
        (!is_said).then_some(seen)
    });
    let reason = r#"reason="too slow: the memory for all send queues is used up""#;
    assert!(server.log_line("too slow").ends_with(reason));
    let first = gone.unwrap();
    let closed = deaf.iter_mut().find(|client| {
        first == format!(" * [{}] has disconnected (too slow to read)", client.name)
    });
    let (received, _) = closed.unwrap_or_else(|| panic!("not a notice: {first:?}")).rest();
    let tail = received.lines().next_back();
    assert_eq!(tail, Some(" * you are disconnected: too slow to read"));
    let said = received.lines().filter_map(|line| line.strip_prefix("[ann]> ")?.split_once(' '));
    let numbers: Vec<u32> = said.map(|(number, _)| number.parse().unwrap()).collect();
    assert!(numbers.iter().copied().eq(0..u32::try_from(numbers.len()).unwrap()), "{numbers:?}");
}

/// Of 200 clients, as many are admitted as there are descriptors. The others are told; admitted clients can chat;
/// each departure makes room.
#[test]
fn few_descriptors_are_enough_for_admitted_clients() {
    let server = Server::start_limited("-n 64", &[]);
    let clients = (0..200).map(|_| Client::connect(server.addresses[0]));
    let mut inside: Vec<Client> = Vec::new();
    let mut outside = 0;
    for mut client in clients.collect::<Vec<_>>() {
        match client.line() {
            line if line == GREETING => inside.push(client),
            line => {
                assert_eq!(format!("{line}\r\n"), FULL);
                outside += 1;
            }
        }
    }
    assert_eq!((inside.len(), outside), (32, 168));
    for leaver in inside.split_off(16) {
        leaver.reset();
    }
    let [ann, bob, ..] = &mut inside[..] else { panic!("nobody is inside") };
    ann.send("hello\r\n");
    bob.skip_until(|line| line.ends_with("]> hello"));
    bob.send("hello yourself\r\n");
    ann.skip_until(|line| line.ends_with("]> hello yourself"));
    // Retries until the server has noticed the free places.
    let connected = (0..10_000).map(|_| Client::connect(server.addresses[0]));
    let inside_now = connected.map(|mut client| (client.line(), client));
    let newcomers = inside_now.filter(|(line, _)| line == GREETING).take(16);
    assert_eq!(newcomers.collect::<Vec<_>>().len(), 16);
}

/// Without a free descriptor, connections are refused by means of a reserved one.
#[cfg(target_os = "linux")]
#[test]
fn without_descriptors_clients_are_told_why() {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

    let mut server = Server::start(&[]);
    let pid = Pid::from_child(&server.child);
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let set_limit = |current| {
        prlimit(Some(pid), Resource::Nofile, Rlimit { current, maximum }).unwrap();
    };
    let mut ann = server.join();
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap();
    let numbers = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let last = numbers.map(|number| number.parse::<u64>().unwrap()).max().unwrap();
    set_limit(Some(last + 1));
    // There may be unused numbers below the highest.
    let connected = (0..).map(|_| Client::connect(server.addresses[0]));
    let inside = connected.map(|mut client| (client.line(), client));
    let inside: Vec<_> = inside.take_while(|(line, _)| line == GREETING).collect();
    for _ in 0..10 {
        Client::connect(server.addresses[0]).expect_end(FULL);
    }
    server.log_line("cannot accept connections");
    server.log_line("refused connections: none can be accepted");
    drop(inside);
    set_limit(maximum);
    // A client that connects while others are still being refused is refused with them.
    let mut newcomers = (0..1000).map(|_| Client::connect(server.addresses[0]));
    assert!(newcomers.any(|mut client| client.line() == GREETING));
    ann.send(b"\xFF\xF6");
    ann.skip_to(" * yes, the chat is still here");
}

/// TCP keepalive is on.
#[cfg(target_os = "linux")]
#[test]
fn connections_are_kept_alive() {
    let server = Server::start(&[]);
    let ann = server.join();
    let local = ann.socket().local_addr().unwrap().port();
    let remote = server.addresses[0].port();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ends_with = |address: &str, port| address.ends_with(&format!(":{port:04X}"));
    let timers = table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_servers = ends_with(fields[1], remote) && ends_with(fields[2], local);
        is_servers.then(|| fields[5].to_owned())
    });
    // Timer 2 is keepalive. Its time is in hundredths of a second, here at most 45 s.
    let [timer] = &timers.collect::<Vec<_>>()[..] else { panic!("no such connection") };
    let (kind, left) = timer.split_once(':').unwrap();
    assert_eq!(kind, "02");
    assert!((1..=4500).contains(&u32::from_str_radix(left, 16).unwrap()), "{timer}");
}

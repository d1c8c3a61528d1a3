//! A peer that has vanished is detected in time, whatever is being sent to it, and a peer that pauses is not mistaken
//! for one. The test cuts off a peer in its own network namespace.
//!
//! Skipped if the system permits no such namespace.
//!
//! Not here: the socket options that detect it (`server::tcp`).

use std::env;
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::support::tcp::{Client, Server, now};

/// The option of the server, in seconds.
const VANISHED: u64 = 8;

/// The number of lines of 1,000 bytes for the peer that pauses. The buffers of both systems hold them.
const LINES: usize = 110;

/// Runs the next test in a network namespace with its own loopback.
#[test]
fn a_peer_that_has_vanished_is_found_in_time() {
    let namespace = || {
        let mut command = Command::new("unshare");
        command.args(["--net", "--map-root-user"]);
        command
    };
    let is_there = namespace().args(["ip", "link", "set", "lo", "up"]).status();
    if !is_there.is_ok_and(|status| status.success()) {
        println!("skipped: the system permits no network namespace");
        return;
    }
    let test = "vanished::in_a_namespace";
    let output = namespace()
        .arg(env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

/// Of the peers that vanish, one is idle, one is sent something at once, and one later, when keepalive probes are
/// running. Meanwhile another peer reads nothing, with more due than its own buffer holds.
#[test]
#[ignore = "cuts off addresses of the machine it runs on"]
fn in_a_namespace() {
    // As in other networks, since the size of packets determines in which pieces a system frees its buffers.
    ip(&["link", "set", "lo", "mtu", "1500", "up"]);
    let vanished = VANISHED.to_string();
    let mut server = Server::start_on(
        &["127.0.0.1:0", "127.0.0.2:0"],
        &["--vanished-after", &vanished, "--rate-limit", "off", "--told-rate", "off"],
    );
    let join = |room: &str, address: usize| {
        let mut client = Client::connect(server.addresses[address]);
        client.skip_banner();
        client.send(format!("/join {room}\r\n").as_bytes());
        client.send(b"\xFF\xF6");
        client.skip_to(" * yes, the chat is still here");
        client
    };
    let rooms = ["silent", "busy", "late"];
    let mut speakers = [1, 2].map(|room| join(rooms[room], 0));
    let (mut speaker, mut pausing) = (join("pauses", 0), join("pauses", 0));
    // After the window already announced is used up, its buffer is full.
    set_socket_recv_buffer_size(pausing.socket(), 4096).unwrap();
    let victims = rooms.map(|room| join(room, 1));
    ip(&["route", "add", "blackhole", "127.0.0.2/32", "table", "local"]);
    let pulled = now();
    let lines: Vec<_> = (0..LINES).map(|number| format!("{number:01000}")).collect();
    speaker.send(format!("/username ann\r\n{}\r\n", lines.join("\r\n")));
    let [busy, late] = &mut speakers;
    busy.send("are you there?\r\n");
    let (stop, stopped) = channel::<()>();
    let found = thread::scope(|scope| {
        scope.spawn(move || {
            let later = Duration::from_millis(VANISHED * 1000 / 2 - 1500);
            if stopped.recv_timeout(later) == Err(RecvTimeoutError::Timeout) {
                late.send("are you there?\r\n");
            }
        });
        let found = victims.each_ref().map(|_| {
            let line = server.log_line("disconnected");
            assert!(line.contains("reason=\"connection lost\""), "{line}");
            now() - pulled
        });
        drop(stop);
        found
    });
    println!("found after {found:?}");
    // The system counts in whole seconds.
    assert!(found[0] > Duration::from_secs(VANISHED / 2 - 1), "{found:?}");
    assert!(found[2] <= Duration::from_secs(VANISHED + 1), "{found:?}");
    wait(Duration::from_secs(VANISHED).saturating_sub(now() - pulled));
    let mut shown = lines.iter().map(|line| format!("[ann]> {line}"));
    pausing.skip_to(&shown.next().unwrap());
    shown.for_each(|line| pausing.expect(&line));
}

#[expect(
    clippy::disallowed_methods,
    reason = "only waiting shows that the peer is not disconnected"
)]
fn wait(time: Duration) {
    thread::sleep(time);
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().unwrap();
    assert!(status.success(), "ip {arguments:?}");
}

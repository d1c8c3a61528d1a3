//! A peer that has vanished is found in time, whatever is being sent to it: a cable is pulled, in a network namespace
//! of its own.
//!
//! Skipped where no such namespace can be had.
//!
//! Not here: the options of sockets by which it is found (`server::tcp`).

use std::env;
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::tcp::{Client, Server, now};

/// What the server is told: in how many seconds.
const VANISHED: u64 = 8;

/// Runs the next test in a namespace that has nothing but a loopback of its own.
#[test]
fn a_peer_that_has_vanished_is_found_in_time() {
    let namespace = || {
        let mut command = Command::new("unshare");
        command.args(["--net", "--map-root-user"]);
        command
    };
    let is_there = namespace().args(["ip", "link", "set", "lo", "up"]).status();
    if !is_there.is_ok_and(|status| status.success()) {
        println!("skipped: there is no network namespace");
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

/// One is silent, to one something is sent at once, to one later, when the system has asked already.
#[test]
#[ignore = "pulls the cable of the machine that it is run on"]
fn in_a_namespace() {
    ip(&["link", "set", "lo", "up"]);
    let vanished = VANISHED.to_string();
    let mut server =
        Server::start_on(&["127.0.0.1:0", "127.0.0.2:0"], &["--vanished-after", &vanished]);
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
    let victims = rooms.map(|room| join(room, 1));
    ip(&["route", "add", "blackhole", "127.0.0.2/32", "table", "local"]);
    let pulled = now();
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
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().unwrap();
    assert!(status.success(), "ip {arguments:?}");
}

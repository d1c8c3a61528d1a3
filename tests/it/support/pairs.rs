//! Pairs of honest clients over TCP, each in a room of its own, which measure how long lines take.
//!
//! Not here: crowds of honest clients in one room (`support::crowd`).

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::tcp::{PATIENCE, Server, now};

/// The number of pairs of honest clients.
pub(crate) const PAIRS: usize = 10;

/// The time between two lines of a pair.
const PACE: Duration = Duration::from_secs(1);

/// Two honest clients in their own room: one sends lines, the other receives them.
pub(crate) struct Pair {
    says: TcpStream,
    hears: TcpStream,
    /// The part of a line received so far.
    rest: Vec<u8>,
    /// The time at which each line was sent.
    said: Vec<Duration>,
    heard: usize,
}

impl Pair {
    pub(crate) fn join(server: &Server, number: usize) -> Self {
        let join = || {
            let mut client = server.join();
            client.send(format!("/join honest{number}\r\n"));
            while !client.line().contains(&format!("honest{number}")) {}
            let stream = client.into_stream().into_inner();
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            stream
        };
        let (says, hears) = (join(), join());
        Self { says, hears, rest: Vec::new(), said: Vec::new(), heard: 0 }
    }

    fn say(&mut self) {
        let line = format!("line {}\r\n", self.said.len());
        self.said.push(now());
        // One line a second never fills a socket.
        self.says.write_all(line.as_bytes()).unwrap();
    }

    /// Reads what has arrived. Returns the delivery times.
    fn hear(&mut self) -> Vec<Duration> {
        let mut buffer = [0; 4096];
        loop {
            match self.hears.read(&mut buffer) {
                Ok(0) => panic!("an honest client was disconnected"),
                Ok(count) => self.rest.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
        // Reads what the sender is sent too, so that it is not evicted.
        while self.says.read(&mut buffer).is_ok_and(|count| count > 0) {}
        let mut delays = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            if line.ends_with(format!("]> line {}\r\n", self.heard).as_bytes()) {
                delays.push(now() - self.said[self.heard]);
                self.heard += 1;
            }
        }
        delays
    }
}

/// Has each pair send a line a second from `start` on, and returns the delivery times.
pub(crate) fn chat(pairs: &mut [Pair], start: Duration, seconds: u32) -> Vec<Duration> {
    let (mut delays, mut said, total) = (Vec::new(), 0, seconds * PAIRS as u32);
    let deadline = start + seconds * PACE + PATIENCE;
    while delays.len() < total as usize {
        assert!(
            now() < deadline,
            "{} of {total} honest lines have not arrived",
            total as usize - delays.len()
        );
        let due = start + said * PACE / PAIRS as u32;
        if said < total && now() >= due {
            pairs[said as usize % PAIRS].say();
            said += 1;
            continue;
        }
        let wait = if said < total { due.saturating_sub(now()) } else { PACE };
        let mut sockets: Vec<PollFd> =
            pairs.iter().map(|pair| PollFd::new(&pair.hears, PollFlags::IN)).collect();
        poll(&mut sockets, Some(&Timespec::try_from(wait).unwrap())).unwrap();
        delays.extend(pairs.iter_mut().flat_map(Pair::hear));
    }
    delays
}

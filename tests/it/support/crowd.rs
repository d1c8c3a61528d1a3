//! Honest clients that chat over TCP. Each sends numbered lines, and checks that it receives those of all others
//! once, in order and without gaps.
//!
//! One thread drives all of them and waits only for what is due, so the phases of a test are calls.
//!
//! Not here: attackers around them (`attack`).

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::tcp::{PATIENCE, Server, now};

/// The time between two lines of a client.
const PACE: Duration = Duration::from_secs(1);

/// The honest clients.
pub(crate) struct Crowd {
    clients: Vec<Honest>,
    /// The delivery time of each line received, since they were last taken.
    delays: Vec<Duration>,
    /// How many other clients were evicted for not reading.
    cut_off: usize,
}

struct Honest {
    name: String,
    stream: BufReader<TcpStream>,
    /// The part of a line received so far.
    line: Vec<u8>,
    /// The last complete line: the reason if the client was disconnected.
    last: String,
    /// Bytes that the server has not accepted yet.
    unsent: Vec<u8>,
    /// The number of lines sent.
    said: usize,
    /// The number of lines received from each client.
    heard: Vec<usize>,
    /// The number of clients connected, if the server has reported it since it was last taken.
    total: Option<usize>,
}

impl Crowd {
    /// Connects clients, each with its own name.
    pub(crate) fn join(server: &Server, count: usize) -> Self {
        let join = |number| {
            let name = format!("honest{number}");
            let stream = server.join_as(&name).into_stream();
            stream.get_ref().set_nonblocking(true).unwrap();
            stream.get_ref().set_nodelay(true).unwrap();
            Honest {
                name,
                stream,
                line: Vec::new(),
                last: String::new(),
                unsent: Vec::new(),
                said: 0,
                heard: vec![0; count],
                total: None,
            }
        };
        Self { clients: (0..count).map(join).collect(), delays: Vec::new(), cut_off: 0 }
    }

    /// Chats for a while, and calls a function each second.
    pub(crate) fn chat(&mut self, seconds: u32, mut each_second: impl FnMut()) {
        let (start, count) = (now(), self.clients.len());
        for second in 0..seconds {
            for number in 0..count {
                // Lines are spread evenly over the second.
                let place = u32::try_from(number).unwrap() * PACE / u32::try_from(count).unwrap();
                self.receive_until(start + second * PACE + place);
                self.clients[number].say();
            }
            each_second();
        }
    }

    /// Waits until all lines have arrived.
    pub(crate) fn drain(&mut self) {
        let deadline = now() + PATIENCE;
        while let Some((from, to)) = self.missing() {
            assert!(now() < deadline, "lines of {from} have not reached {to}");
            self.receive(deadline);
        }
    }

    /// Waits until nobody else is connected.
    pub(crate) fn wait_to_be_alone(&mut self) {
        let deadline = now() + PATIENCE;
        let mut next = now();
        while self.clients[0].total.take() != Some(self.clients.len()) {
            assert!(now() < deadline, "others stay connected");
            if now() >= next {
                // No faster than flood control allows.
                next += PACE;
                self.clients[0].send(b"/list all\r\n");
            }
            self.receive(next);
        }
    }

    /// The 99th percentile of the delivery times since this was last called, and the number of lines received.
    pub(crate) fn take_delays(&mut self) -> (Duration, usize) {
        let mut delays = std::mem::take(&mut self.delays);
        delays.sort_unstable();
        (delays[(delays.len() - 1) * 99 / 100], delays.len())
    }

    /// How many other clients were evicted for not reading, as announced to the first client.
    pub(crate) fn cut_off(&self) -> usize {
        self.cut_off
    }

    /// A sender and a receiver between whom lines are missing.
    fn missing(&self) -> Option<(&str, &str)> {
        self.clients.iter().enumerate().find_map(|(number, from)| {
            let lacks = |to: &&Honest| to.name != from.name && to.heard[number] != from.said;
            self.clients.iter().find(lacks).map(|to| (from.name.as_str(), to.name.as_str()))
        })
    }

    fn receive_until(&mut self, until: Duration) {
        self.receive(until);
        while now() < until {
            self.receive(until);
        }
    }

    /// Reads what has arrived. If there is nothing, waits until `until` at most.
    fn receive(&mut self, until: Duration) {
        let sockets = self.clients.iter().map(|client| {
            let out = if client.unsent.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            PollFd::new(client.stream.get_ref(), PollFlags::IN | out)
        });
        let mut sockets: Vec<PollFd<'_>> = sockets.collect();
        let wait = Timespec::try_from(until.saturating_sub(now())).unwrap();
        poll(&mut sockets, Some(&wait)).unwrap();
        let ready: Vec<bool> = sockets.iter().map(|socket| !socket.revents().is_empty()).collect();

        for number in (0..ready.len()).filter(|number| ready[*number]) {
            self.clients[number].flush();
            while let Some(line) = self.clients[number].line() {
                self.hear(number, line.trim_end());
            }
        }
    }

    /// Checks a received line, if another honest client sent it.
    fn hear(&mut self, to: usize, line: &str) {
        if let Some(total) = line.strip_prefix(" * Total:[") {
            self.clients[to].total = Some(total.trim_end_matches(']').parse().unwrap());
        }
        if to == 0 && line.ends_with(" has disconnected (too slow to read)") {
            self.cut_off += 1;
        }
        let said = line.strip_prefix('[').and_then(|rest| rest.split_once("]> "));
        let Some((name, words)) = said else { return };
        let Some(from) = self.clients.iter().position(|client| client.name == name) else { return };
        let client = &mut self.clients[to];
        let (number, stamp) = words.split_once(' ').unwrap_or((words, ""));
        assert_eq!(number, client.heard[from].to_string(), "what {} got from {name}", client.name);
        client.heard[from] += 1;
        let sent = Duration::from_micros(stamp.parse().unwrap());
        self.delays.push(now().saturating_sub(sent));
    }
}

impl Honest {
    /// Sends the next line: its number and the time.
    fn say(&mut self) {
        let line = format!("{} {}\r\n", self.said, now().as_micros());
        self.said += 1;
        self.send(line.as_bytes());
    }

    fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend(bytes);
        self.flush();
    }

    fn flush(&mut self) {
        while !self.unsent.is_empty() {
            match self.stream.get_mut().write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // Reading reports the reason.
                Err(_) => self.unsent.clear(),
            }
        }
    }

    /// The next line, if it has arrived completely.
    fn line(&mut self) -> Option<String> {
        let outcome = self.stream.read_until(b'\n', &mut self.line);
        if matches!(&outcome, Err(error) if error.kind() == ErrorKind::WouldBlock) {
            return None;
        }
        let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
        assert!(line.ends_with('\n'), "{} was cut off ({outcome:?}): {}", self.name, self.last);
        self.last.clone_from(&line);
        Some(line)
    }
}

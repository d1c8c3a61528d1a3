//! The clients of a benchmark, in one thread: they connect, a few of them say numbered lines, and every line
//! that any of them receives is counted and its place in the order checked.
//!
//! Not here: what is measured (`works`).

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use memchr::memchr;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

/// How many of the clients say something: the first ones.
pub(crate) const SPEAKERS: usize = 4;

/// How long nothing at all may come while something is due, before the server counts as stalled.
const PATIENCE: Duration = Duration::from_secs(5);

/// The server does not deliver, although all who are due something read.
#[derive(Debug)]
pub(crate) struct Stalled;

pub(crate) struct Crowd {
    epoll: OwnedFd,
    clients: Vec<Client>,
    /// How many lines each speaker has said.
    pub(crate) said: [u32; SPEAKERS],
    /// How many bytes a line of theirs has, its end included.
    length: usize,
    buffer: Vec<u8>,
    ready: Vec<epoll::Event>,
}

struct Client {
    stream: TcpStream,
    /// The beginning of a line.
    rest: Vec<u8>,
    /// Which line of each speaker is the next, or has been.
    heard: [u32; SPEAKERS],
    /// Whose arrival it was told of last.
    newest: Option<usize>,
    reads: bool,
}

impl Crowd {
    /// A crowd whose speakers say lines of so many bytes.
    pub(crate) fn new(length: usize) -> Self {
        Self {
            epoll: epoll::create(CreateFlags::CLOEXEC).expect("epoll"),
            clients: Vec::new(),
            said: [0; SPEAKERS],
            length,
            buffer: vec![0; 256 * 1024],
            ready: Vec::with_capacity(1024),
        }
    }

    /// Connects so many clients, and waits until each has been told of the last one, or, if the server
    /// does not announce them, of itself.
    pub(crate) fn join(
        &mut self,
        address: SocketAddr,
        count: usize,
        is_announced: bool,
    ) -> Result<(), Stalled> {
        for number in 0..count {
            let stream = TcpStream::connect(address).expect("the server accepts");
            stream.set_nonblocking(true).expect("a socket");
            stream.set_nodelay(true).expect("a socket");
            let data = EventData::new_u64(number as u64);
            epoll::add(&self.epoll, &stream, data, EventFlags::IN).expect("epoll");
            let heard = [0; SPEAKERS];
            self.clients.push(Client { stream, rest: vec![], heard, newest: None, reads: true });
            if number % 16 == 0 {
                self.hear(Duration::ZERO, |_, _| {});
            }
        }
        let knows = |client: &Client| match client.newest {
            Some(newest) => !is_announced || newest + 1 == count,
            None => false,
        };
        while !self.clients.iter().all(knows) {
            self.hear_something(|_, _| {})?;
        }
        Ok(())
    }

    /// From now on, the last client does not read.
    pub(crate) fn stop_reading(&mut self) {
        let client = self.clients.last_mut().expect("there are clients");
        client.reads = false;
        epoll::delete(&self.epoll, &client.stream).expect("epoll");
    }

    /// Has a speaker say so many lines.
    pub(crate) fn say(&mut self, speaker: usize, count: u32) {
        let mut lines = Vec::with_capacity(count as usize * self.length);
        for _ in 0..count {
            let end = lines.len() + self.length - 1;
            write!(lines, "#{speaker}{:08}", self.said[speaker]).expect("a Vec takes all");
            lines.resize(end, b'x');
            lines.push(b'\n');
            self.said[speaker] += 1;
        }
        let written = (&self.clients[speaker].stream).write(&lines).expect("the server reads");
        assert_eq!(written, lines.len(), "what a speaker is ahead fits its socket");
    }

    /// How many lines each speaker has said that not all who read have received.
    pub(crate) fn ahead(&self) -> [u32; SPEAKERS] {
        let mut ahead = [0; SPEAKERS];
        for (number, client) in self.clients.iter().enumerate().filter(|(_, c)| c.reads) {
            for speaker in (0..SPEAKERS).filter(|speaker| *speaker != number) {
                let behind = self.said[speaker] - client.heard[speaker];
                ahead[speaker] = ahead[speaker].max(behind);
            }
        }
        ahead
    }

    /// Receives what has come, and waits until something has. Each line of a speaker is reported.
    pub(crate) fn hear_something(&mut self, heard: impl FnMut(usize, u32)) -> Result<(), Stalled> {
        if self.hear(PATIENCE, heard) { Ok(()) } else { Err(Stalled) }
    }

    /// Receives what has come, after waiting for something at most so long. Returns whether anything
    /// has.
    pub(crate) fn hear(&mut self, wait: Duration, mut heard: impl FnMut(usize, u32)) -> bool {
        let timeout = Timespec::try_from(wait).expect("is short");
        self.ready.clear();
        let ready = rustix::buffer::spare_capacity(&mut self.ready);
        epoll::wait(&self.epoll, ready, Some(&timeout)).expect("epoll");
        for event in &self.ready {
            let number = usize::try_from(event.data.u64()).expect("is an index");
            let client = &mut self.clients[number];
            match client.stream.read(&mut self.buffer) {
                Ok(0) => panic!("client {number} was disconnected"),
                Ok(count) => {
                    client.receive(number, &self.buffer[..count], self.length, &mut heard);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("client {number}: {error}"),
            }
        }
        !self.ready.is_empty()
    }
}

impl Client {
    fn receive(
        &mut self,
        number: usize,
        mut bytes: &[u8],
        length: usize,
        heard: &mut impl FnMut(usize, u32),
    ) {
        while let Some(end) = memchr(b'\n', bytes) {
            if self.rest.is_empty() {
                self.line(number, &bytes[..end], length, heard);
            } else {
                let mut line = core::mem::take(&mut self.rest);
                line.extend_from_slice(&bytes[..end]);
                self.line(number, &line, length, heard);
            }
            bytes = &bytes[end + 1..];
        }
        self.rest.extend_from_slice(bytes);
    }

    fn line(
        &mut self,
        number: usize,
        line: &[u8],
        length: usize,
        heard: &mut impl FnMut(usize, u32),
    ) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let said = line.len().checked_sub(length - 1).map(|start| &line[start..]);
        if let Some([b'#', speaker, rest @ ..]) = said {
            let speaker = usize::from(speaker - b'0');
            let said = rest[..8].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            assert_eq!(
                (speaker == number, said),
                (false, self.heard[speaker]),
                "client {number} received a line of speaker {speaker} out of its turn"
            );
            self.heard[speaker] += 1;
            heard(speaker, said);
        } else if let Some(rest) = line.strip_prefix(b" * [anonymous")
            && let Some(digits) = rest.strip_suffix(b"] has connected")
        {
            let newest = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            let newest: usize = newest.expect("a number");
            let in_turn = self.newest.is_none_or(|last| last + 1 == newest);
            assert!(in_turn, "client {number} was told of arrival {newest} out of its turn");
            self.newest = Some(newest);
        }
    }
}

//! Attackers: clients that try to exhaust the server. Each kind has its own method. An attacker that is disconnected
//! or refused reconnects.
//!
//! Not here: the effect on honest clients (`attack`), and clients that stay within their limits (`fair`).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};

use super::tcp::now;

/// A kind of attacker.
pub(crate) struct Kind {
    /// Its name: a verb phrase.
    pub(crate) name: &'static str,
    /// How many attack at a time.
    pub(crate) attackers: usize,
    /// One turn of an attacker.
    pub(crate) act: Act,
}

/// One turn. Returns the time until the next turn, or none to disconnect and reconnect.
type Act = Box<dyn Fn(&mut Attacker, &mut TcpStream) -> io::Result<Option<Duration>> + Send>;

/// The kinds of attackers.
pub(crate) fn kinds() -> [Kind; 8] {
    [
        Kind { name: "send garbage", attackers: 80, act: Box::new(send_garbage) },
        Kind { name: "never read", attackers: 120, act: Box::new(never_read) },
        Kind { name: "connect and vanish", attackers: 50, act: Box::new(vanish) },
        Kind { name: "drip a byte a second", attackers: 80, act: Box::new(drip) },
        Kind { name: "send lines of 10 MB", attackers: 20, act: Box::new(send_long_lines) },
        Kind { name: "negotiate in loops", attackers: 50, act: Box::new(negotiate) },
        Kind { name: "half-close", attackers: 50, act: Box::new(half_close) },
        Kind { name: "reset", attackers: 50, act: Box::new(reset) },
    ]
}

/// The time until a disconnected attacker reconnects.
const RETRY: Duration = Duration::from_millis(100);

/// The length of a line that only serves to waste resources.
const LONG_LINE: usize = 10_000_000;

const IAC: u8 = 0xFF;
const WILL: u8 = 0xFB;
const WONT: u8 = 0xFC;
const DO: u8 = 0xFD;
const DONT: u8 = 0xFE;

/// A running attack, with one thread for each kind. Dropping it ends the threads.
pub(crate) struct Attack {
    /// Dropping a sender stops its thread.
    running: Vec<Sender<()>>,
    threads: Vec<JoinHandle<Tally>>,
}

/// What all attackers of a kind have done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// The name of the kind.
    pub(crate) kind: &'static str,
    /// How many attacked at a time.
    pub(crate) attackers: usize,
    /// The number of connections made.
    pub(crate) connections: usize,
    /// The number of bytes that the server's side accepted.
    pub(crate) bytes: usize,
}

impl Attack {
    /// Starts an attack.
    pub(crate) fn start(address: SocketAddr, kinds: impl IntoIterator<Item = Kind>) -> Self {
        let start = |Kind { name, attackers, act }| {
            let (sender, stop) = channel();
            let tally = Tally { kind: name, attackers, ..Tally::default() };
            (sender, thread::spawn(move || attack(address, &act, tally, &stop)))
        };
        let (running, threads) = kinds.into_iter().map(start).unzip();
        Self { running, threads }
    }

    /// Makes the attackers disconnect.
    pub(crate) fn stop(&mut self) {
        self.running.clear();
    }

    /// Waits until the attackers have stopped, and returns what they have done.
    pub(crate) fn end(mut self) -> Vec<Tally> {
        self.stop();
        self.threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }
}

/// Runs all attackers of one kind.
fn attack(address: SocketAddr, act: &Act, mut tally: Tally, stop: &Receiver<()>) -> Tally {
    // At a lower priority, so that honest clients get their share of the processor.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(5);
    let mut attackers: Vec<Attacker> = (1..=tally.attackers).map(Attacker::new).collect();
    let due = |attacker: &Attacker| Reverse((attacker.due, attacker.number));
    let mut turns: BinaryHeap<_> = attackers.iter().map(due).collect();
    while let Some(Reverse((due_at, number))) = turns.pop() {
        let wait = due_at.saturating_sub(now());
        if stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
            break;
        }
        let next = &mut attackers[number - 1];
        next.take_turn(address, act, &mut tally);
        turns.push(due(next));
    }
    tally
}

/// One attacker.
pub(crate) struct Attacker {
    /// Its number within its kind, from 1.
    pub(crate) number: usize,
    socket: Option<TcpStream>,
    /// The time of its next turn.
    due: Duration,
    /// The number of turns on this connection.
    pub(crate) turn: usize,
    /// The number of bytes of this turn that the server's side accepted.
    sent: usize,
    /// The number of bytes sent of a long line.
    line: usize,
    random: Random,
}

impl Attacker {
    fn new(number: usize) -> Self {
        let mut random = Random(number as u64);
        // Spread over a second.
        let due = now() + random.up_to(Duration::from_secs(1));
        Self { number, socket: None, due, turn: 0, sent: 0, line: 0, random }
    }

    fn take_turn(&mut self, address: SocketAddr, act: &Act, tally: &mut Tally) {
        self.due = match self.try_turn(address, act, tally) {
            Ok(wait) => now() + wait.unwrap_or_default(),
            // It was disconnected or refused, which is expected.
            Err(_) => now() + RETRY,
        };
        tally.bytes += std::mem::take(&mut self.sent);
    }

    fn try_turn(
        &mut self,
        address: SocketAddr,
        act: &Act,
        tally: &mut Tally,
    ) -> io::Result<Option<Duration>> {
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => {
                (self.turn, self.line) = (0, 0);
                let socket = TcpStream::connect_timeout(&address, RETRY)?;
                socket.set_nonblocking(true)?;
                tally.connections += 1;
                socket
            }
        };
        let wait = act(self, &mut socket)?;
        self.turn += 1;
        self.socket = wait.is_some().then_some(socket);
        Ok(wait)
    }

    /// Sends as many bytes as the server's side accepts at once.
    pub(crate) fn send(&mut self, socket: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        match socket.write(bytes) {
            Ok(count) => self.sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Reads what has arrived. The end of the connection is an error.
pub(crate) fn receive(socket: &mut TcpStream, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    // Bounded, so that other attackers get their turns.
    for _ in 0..64 {
        match socket.read(&mut buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => take(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fragments of telnet, escape sequences, invalid UTF-8 and forged lines in random order, and random bytes.
fn send_garbage(attacker: &mut Attacker, socket: &mut TcpStream) -> io::Result<Option<Duration>> {
    const PIECES: [&[u8]; 9] = [
        &[IAC],
        b"\x1B[31m",
        b"\xC3\x28\xF0\x9F\xC0\x80\xFF\xFF",
        b"\r\n",
        b"\r[honest0]> 0 0\r\n",
        b"/username honest1\r\n",
        b"@honest2 psst ",
        b"\n\n\n\n\n\n\n\n",
        "\u{202E}\u{200B}e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{9B}1m".as_bytes(),
    ];
    receive(socket, |_| {})?;
    let mut garbage = Vec::new();
    while garbage.len() < 1024 {
        let value = attacker.random.next();
        match PIECES.get(attacker.random.below(2 * PIECES.len())) {
            Some(piece) => garbage.extend(*piece),
            None => garbage.extend(value.to_le_bytes()),
        }
    }
    attacker.send(socket, &garbage)?;
    Ok(Some(Duration::from_millis(50)))
}

/// Requests long replies and reads nothing, so that everything sent to the room is queued too.
fn never_read(attacker: &mut Attacker, socket: &mut TcpStream) -> io::Result<Option<Duration>> {
    if attacker.turn == 0 {
        // A small buffer, so that the server's side fills sooner.
        set_socket_recv_buffer_size(&*socket, 4096)?;
    }
    let line = "x".repeat(2000);
    for command in ["/history 200", "/list all", "/help"] {
        attacker.send(socket, format!("{line}\r\n{command}\r\n").as_bytes())?;
    }
    Ok(Some(Duration::from_millis(200)))
}

/// Disconnects, before or after the server has noticed it.
fn vanish(attacker: &mut Attacker, socket: &mut TcpStream) -> io::Result<Option<Duration>> {
    if attacker.turn == 0 {
        return Ok(Some(attacker.random.up_to(Duration::from_millis(200))));
    }
    // Unread input would turn the close into a reset.
    receive(socket, |_| {})?;
    Ok(None)
}

/// Sends a byte a second, so that every line, character and subnegotiation is incomplete most of the time.
fn drip(attacker: &mut Attacker, socket: &mut TcpStream) -> io::Result<Option<Duration>> {
    const DRIPS: &[u8] = b"/l\xE4\xB8\x96\xFF\xFD\x06\r\n\xFF\xFA\x18drip\xFF\xF0drop\r\n";
    receive(socket, |_| {})?;
    attacker.send(socket, &DRIPS[attacker.turn % DRIPS.len()..][..1])?;
    Ok(Some(Duration::from_secs(1)))
}

/// Sends lines far above the limit.
fn send_long_lines(
    attacker: &mut Attacker,
    socket: &mut TcpStream,
) -> io::Result<Option<Duration>> {
    receive(socket, |_| {})?;
    if attacker.line < LONG_LINE {
        attacker.send(socket, &[b'x'; 64 * 1024])?;
        attacker.line += attacker.sent;
    } else {
        attacker.send(socket, b"\r\n")?;
        attacker.line = 0;
    }
    Ok(Some(Duration::from_millis(20)))
}

/// Requests every refused option again, and sends commands that the server answers each time.
fn negotiate(attacker: &mut Attacker, socket: &mut TcpStream) -> io::Result<Option<Duration>> {
    let option = attacker.random.next().to_le_bytes()[0];
    let mut requests = Vec::new();
    for verb in [WILL, DO, WONT, DONT] {
        requests.extend([IAC, verb, option]);
    }
    // A timing mark, an interrupt, an Are You There.
    requests.extend([IAC, DO, 6, IAC, 0xF4, IAC, 0xF6]);
    receive(socket, |bytes| {
        for answer in bytes.windows(3).filter(|answer| answer[0] == IAC) {
            let again = if answer[1] == WONT { DO } else { WILL };
            requests.extend([IAC, again, answer[2]]);
        }
    })?;
    attacker.send(socket, &requests)?;
    Ok(Some(Duration::from_millis(20)))
}

/// Closes its sending side in the middle of a line, and waits for the rest.
fn half_close(attacker: &mut Attacker, socket: &mut TcpStream) -> io::Result<Option<Duration>> {
    if attacker.turn == 0 {
        attacker.send(socket, b"/list\r\nI am gone already\r\nand this has no end")?;
        socket.shutdown(Shutdown::Write)?;
    }
    receive(socket, |_| {})?;
    Ok(Some(Duration::from_millis(50)))
}

/// Resets the connection in the middle of a line.
fn reset(attacker: &mut Attacker, socket: &mut TcpStream) -> io::Result<Option<Duration>> {
    if attacker.turn == 0 {
        attacker.send(socket, b"I am gone alre")?;
        return Ok(Some(attacker.random.up_to(Duration::from_millis(200))));
    }
    set_socket_linger(&*socket, Some(Duration::ZERO))?;
    Ok(None)
}

/// A pseudorandom generator with the same sequence in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        // The upper bits, since the lower ones are poor at first for small seeds.
        usize::try_from(self.next() >> 33).unwrap() % end
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        most * u32::try_from(self.below(1000)).unwrap() / 1000
    }
}

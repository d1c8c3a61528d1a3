//! A successor takes over from the real program: nobody notices, and if it cannot, nothing has happened.
//!
//! Not here: handing over at random moments (`simulator`).

use std::env;
use std::fs::{self, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use chinwag::chat::ClientId;
use chinwag::server::journal;
use chinwag_harness::streams::Streams;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::support::journals::Scratch;
use crate::support::tcp::{Client, PATIENCE, Server, allow_many_sockets, now, program};

/// A program file that can be replaced while it runs.
struct Program(Scratch);

impl Program {
    fn new(name: &str) -> Self {
        let program = Self(Scratch::new(name));
        fs::create_dir_all(&program.0.0).unwrap();
        program.replace_by_itself();
        program
    }

    fn path(&self) -> String {
        format!("{}/chinwag", self.0.path())
    }

    /// Puts another file of the program in its place.
    fn replace_by_itself(&self) {
        let new = format!("{}/new", self.0.path());
        fs::copy(program().get_program(), &new).unwrap();
        fs::rename(new, self.path()).unwrap();
    }

    /// Puts a shell script in its place.
    fn replace_by(&self, script: &str) {
        let new = format!("{}/new", self.0.path());
        fs::write(&new, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&new, Permissions::from_mode(0o755)).unwrap();
        fs::rename(new, self.path()).unwrap();
    }

    fn start(&self, options: &[&str]) -> Server {
        Server::launch(Command::new(self.path()), &["127.0.0.1:0"], options)
    }
}

/// One of many clients, who all are in the lobby.
struct Member {
    stream: TcpStream,
    received: Vec<u8>,
    /// How many lines it has said, each with one token.
    said: usize,
    /// When it was last sent something.
    heard_at: Duration,
}

impl Member {
    fn send(&mut self, bytes: &[u8]) {
        assert_eq!(self.stream.write(bytes).unwrap(), bytes.len());
    }

    /// Reads what there is, at most this much. Returns for how long there was nothing.
    fn read(&mut self, most: usize) -> Duration {
        let mut buffer = vec![0; most];
        match self.stream.read(&mut buffer) {
            Ok(0) => {
                panic!("the connection has ended: {}", String::from_utf8_lossy(&self.received))
            }
            Ok(count) => self.received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Duration::ZERO,
            Err(error) => panic!("{error}"),
        }
        let silence = now() - self.heard_at;
        self.heard_at = now();
        silence
    }
}

/// The members who read slowly; who have sent part of a telnet command at a restart; who talk; and the one who has typed
/// part of a line.
const SLOW: Range<usize> = 0..4;
const ASKING: Range<usize> = 4..8;
const TALKING: Range<usize> = 8..12;
const TYPING: usize = 12;

/// The answer to a request for a timing mark.
const NO_TIMING_MARK: &[u8] = b"\xFF\xFC\x06";

/// The crowd, and what it says.
struct Crowd {
    members: Vec<Member>,
    streams: Streams,
    tokens: u64,
    longest_silence: Duration,
}

impl Crowd {
    fn join(server: &Server, count: usize) -> Self {
        let join = |_| {
            let stream = Client::connect(server.addresses[0]).into_stream().into_inner();
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            Member { stream, received: Vec::new(), said: 0, heard_at: now() }
        };
        let members = (0..count).map(join).collect();
        let (streams, tokens, longest_silence) = Default::default();
        let mut crowd = Self { members, streams, tokens, longest_silence };
        crowd.read_until_each(|_, member| member.received.ends_with(b" has connected\r\n"));
        crowd
    }

    /// Reads until this holds for every member.
    fn read_until_each(&mut self, is_done: impl Fn(usize, &Member) -> bool) {
        let until = now() + PATIENCE;
        let waits = |(number, member): &(usize, &Member)| !is_done(*number, member);
        while let Some((number, member)) = self.members.iter().enumerate().find(waits) {
            let end = &member.received[member.received.len().saturating_sub(500)..];
            let end = String::from_utf8_lossy(end);
            assert!(now() < until, "{number} of {} has not got all: {end}", self.members.len());
            self.read(0, Duration::from_millis(10));
        }
    }

    /// Reads what members have, from this one on; waits for so long if there is nothing.
    fn read(&mut self, first: usize, wait: Duration) {
        let members = &self.members[first..];
        let mut sockets: Vec<PollFd<'_>> =
            members.iter().map(|member| PollFd::new(&member.stream, PollFlags::IN)).collect();
        poll(&mut sockets, Some(&Timespec::try_from(wait).unwrap())).unwrap();
        let ready: Vec<bool> = sockets.iter().map(|socket| !socket.revents().is_empty()).collect();
        for (member, _) in self.members[first..].iter_mut().zip(ready).filter(|(_, ready)| *ready) {
            self.longest_silence = self.longest_silence.max(member.read(1 << 16));
        }
    }

    /// A line with the next token, which this member says.
    fn line(&mut self, from: usize, text: &str) -> String {
        self.tokens += 1;
        self.members[from].said += 1;
        self.streams.submit(self.tokens, ClientId(from as u64), None);
        format!("{text}#{}\r\n", self.tokens)
    }

    /// The next of those who talk says something, and all but the slow ones read for a while.
    fn talk(&mut self, text: &str) {
        let from = TALKING.start + self.tokens as usize % TALKING.len();
        let line = self.line(from, text);
        self.members[from].send(line.as_bytes());
        self.read(SLOW.end, Duration::from_millis(5));
    }
}

/// Clients notice nothing of restarts, whatever is under way: a line half typed, a telnet command half sent, queues half
/// full. The program file is replaced meanwhile. `CHINWAG_RESTARTS` and `CHINWAG_CROWD` set how many there are.
#[test]
fn nobody_notices_a_successor() {
    let number = |name, or| env::var(name).map_or(or, |number| number.parse().unwrap());
    let (restarts, count) = (number("CHINWAG_RESTARTS", 3), number("CHINWAG_CROWD", 60));
    allow_many_sockets(2 * count as u64 + 100);
    for options in [&[][..], &["--data"]] {
        let data = Scratch::new("successor-data");
        let program = Program::new("successor-program");
        let mut all = vec!["--rate-limit", "off", "--told-rate", "off", "--send-queue", "4000000"];
        all.extend(options);
        if !options.is_empty() {
            all.push(data.path());
        }
        let mut server = program.start(&all);
        let mut crowd = Crowd::join(&server, count);
        let padding = "x".repeat(1000);
        for restart in 0..restarts {
            program.replace_by_itself();
            (0..20).for_each(|_| crowd.talk(&padding));
            let (start, end) =
                [(&b"\xFF"[..], &b"\xFD\x06"[..]), (b"\xFF\xFD", b"\x06")][restart % 2];
            crowd.members[ASKING].iter_mut().for_each(|member| member.send(start));
            let line = crowd.line(TYPING, "half of it before, half of it after");
            let (typed, rest) = line.split_at(line.len() / 2);
            crowd.members[TYPING].send(typed.as_bytes());
            for member in &mut crowd.members[SLOW] {
                let _ = member.read(10_000);
            }
            crowd.members.iter_mut().for_each(|member| member.heard_at = now());
            let has_taken_over = AtomicBool::new(false);
            thread::scope(|scope| {
                server.signal(Signal::USR2);
                scope.spawn(|| {
                    server.wait_for_successor();
                    has_taken_over.store(true, Ordering::Relaxed);
                });
                while !has_taken_over.load(Ordering::Relaxed) {
                    crowd.talk("meanwhile");
                }
            });
            crowd.members[ASKING].iter_mut().for_each(|member| member.send(end));
            crowd.members[TYPING].send(rest.as_bytes());
        }
        let answers = |member: &Member| {
            member.received.windows(3).filter(|bytes| *bytes == NO_TIMING_MARK).count()
        };
        let lines = crowd.tokens as usize;
        crowd.read_until_each(|number, member| {
            let heard = member.received.iter().filter(|&&byte| byte == b'#').count();
            let asked = if ASKING.contains(&number) { restarts } else { 0 };
            heard >= lines - member.said && answers(member) >= asked
        });
        for (number, member) in crowd.members.iter().enumerate() {
            let asked = if ASKING.contains(&number) { restarts } else { 0 };
            assert_eq!(answers(member), asked, "answers to {number}");
            let text = String::from_utf8_lossy(&member.received).replace("\u{FFFD}", "");
            crowd.streams.receive(ClientId(number as u64), &text);
            assert!(!text.contains("disconnected"), "{number}: {text}");
        }
        assert_eq!(crowd.streams.findings(), []);
        println!(
            "{count} clients, {restarts} restarts, {options:?}: {} lines, longest silence {:?}",
            crowd.tokens, crowd.longest_silence
        );
        server.signal(Signal::TERM);
        drop(crowd);
        assert_eq!(server.end().0.code(), Some(0));
    }
}

/// If the file cannot be started, ends, says nothing in time or cannot read the state, the server goes on as if nothing
/// had been.
#[test]
fn who_cannot_take_over_is_not_the_server() {
    let real = program().get_program().to_str().unwrap().to_owned();
    let data = Scratch::new("successor-impossible-data");
    let program = Program::new("successor-impossible");
    let mut server = program.start(&["--data", data.path(), "--history", "50"]);
    let process = server.process;
    let mut ann = server.join_as("ann");
    let mut bob = server.join_as("bob");
    ann.expect(" * [anonymous1] has connected");
    ann.expect(" * anonymous1 changed username to [bob]");
    ann.send("one\r\n");
    bob.expect("[ann]> one");
    ann.send("two\r\nhalf ");
    bob.expect("[ann]> two");
    let ended = "the other process has ended";
    for (script, why) in [
        ("exit 1", ended),
        ("printf here >&0; exit 1", ended),
        // Two lines do not fit.
        (&*format!("exec {real} \"$@\" --history 1"), ended),
        ("printf here >&0; exec sleep 60", "no answer in time"),
    ] {
        program.replace_by(script);
        server.signal(Signal::USR2);
        bob.send("meanwhile\r\n");
        let line = server.log_line("no successor has taken over, and this server goes on");
        assert_eq!(line.split_once(" error=").map(|(_, error)| error), Some(why), "{script}");
        ann.expect("[bob]> meanwhile");
    }
    fs::remove_file(program.path()).unwrap();
    server.signal(Signal::USR2);
    let line = server.log_line("no successor has taken over, and this server goes on");
    assert!(line.contains("No such file or directory"), "{line}");
    ann.send("a line\r\n");
    bob.expect("[ann]> half a line");
    program.replace_by_itself();
    assert_eq!(server.process, process);
    server.signal(Signal::USR2);
    server.wait_for_successor();
    ann.send("after all\r\n");
    bob.expect("[ann]> after all");
}

/// Whoever stops the process while it hands over stops the server.
#[test]
fn a_stop_during_a_handover_stops_the_successor() {
    let real = program().get_program().to_str().unwrap().to_owned();
    let program = Program::new("successor-stopped");
    let mut server = program.start(&[]);
    let mut ann = server.join_as("ann");
    // The stop comes while the successor starts.
    let ready = Scratch::new("successor-stopped-ready");
    assert!(Command::new("mkfifo").arg(ready.path()).status().unwrap().success());
    program.replace_by(&format!("cat {} >/dev/null; exec {real} \"$@\"", ready.path()));
    server.signal(Signal::USR2);
    server.log_line("starting a successor");
    server.signal(Signal::TERM);
    fs::write(&ready.0, "go on").unwrap();
    server.wait_for_successor();
    ann.expect_end(" * the server is shutting down\r\n");
    ann.finish();
    let _ = server.end();
}

/// The directory stays the server's, and what was said before and after is in it, also after a kill.
#[test]
fn a_successor_keeps_the_directory() {
    let data = Scratch::new("successor-directory");
    let program = Program::new("successor-directory-program");
    let options = ["--data", data.path(), "--keep-events", "1", "--rate-limit", "off"];
    let mut server = program.start(&options);
    let mut ann = server.join_as("ann");
    for number in 0..3 {
        ann.send(format!("before {number}\r\n"));
        ann.ping();
        server.signal(Signal::USR2);
        server.wait_for_successor();
        ann.send(format!("after {number}\r\n"));
        ann.ping();
        let second = Command::new(program.path())
            .args(["--listen", "127.0.0.1:0", "--data", data.path()])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(second.stderr).unwrap(),
            format!(
                "chinwag: cannot use the data directory {}: another server is using it\n",
                data.path()
            )
        );
    }
    server.signal(Signal::KILL);
    let _ = server.end();
    let said: Vec<String> = journal::read(&data.0, 1)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once(" > ").map(|(_, said)| said.to_owned()))
        .collect();
    let expected = ["/username ann", "before 0", "after 0", "before 1", "after 1", "before 2"];
    assert_eq!(said, [&expected[..], &["after 2"]].concat());
    let server = program.start(&options);
    let mut bob = Client::connect(server.addresses[0]);
    bob.skip_until(|line| line.ends_with("[ann]> after 2"));
}

/// systemd is told which process is the server, as sd_notify(3) says.
#[test]
fn systemd_is_told_of_a_successor() {
    let place = Scratch::new("successor-notify");
    let socket = UnixDatagram::bind(&place.0).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = program();
    command.env("NOTIFY_SOCKET", place.path());
    let mut server = Server::launch(command, &["127.0.0.1:0"], &[]);
    server.signal(Signal::USR2);
    server.wait_for_successor();
    let mut buffer = [0; 100];
    let count = socket.recv(&mut buffer).unwrap();
    let expected = format!("MAINPID={}", server.process.as_raw_nonzero());
    assert_eq!(String::from_utf8_lossy(&buffer[..count]), expected);
}

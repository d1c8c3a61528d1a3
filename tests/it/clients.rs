//! Real client programs against the real server: each joins, takes a name, talks and whispers both ways
//! with a plain client, and leaves. What the plain one receives must be exactly right, and what the
//! program shows must have the right lines in it.
//!
//! A program that is not installed is skipped, or with `CHINWAG_CLIENTS=all` fails its test.
//!
//! Not here: which bytes they send (`conformance`).

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;

use crate::tcp::{Client, PATIENCE, Server};

const BACKSPACE: char = '\x7F';
const CTRL_C: char = '\x03';

/// Where programs are looked for, beside the usual places. Debian keeps TinTin++ there.
const GAMES: &str = "/usr/games";

/// Lines that no program here has reason to show.
const ENOUGH: usize = 1000;

/// What a program is given to talk through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seat {
    /// A terminal, which edits and echoes.
    Terminal,
    /// Its input and output as they are.
    Pipe,
}

/// A client program with someone at its keys; killed when dropped.
struct Program {
    child: Child,
    seat: Seat,
    keys: Option<ChildStdin>,
    screen: Receiver<String>,
    /// What it has shown, for the one who asks why a test fails.
    shown: Vec<String>,
}

impl Program {
    /// Starts a program by this command.
    fn start(command: &str, seat: Seat) -> Self {
        let mut program = match seat {
            // `script` gives it a terminal. Without a size TinTin++ does not start; with `iutf8`, as in any
            // terminal of today, Backspace takes back a letter rather than a byte.
            Seat::Terminal => {
                let mut script = Command::new("script");
                let command = format!("stty rows 24 cols 80 iutf8 && exec {command}");
                script.args(["--quiet", "--flush", "--command", &command, "/dev/null"]);
                script
            }
            Seat::Pipe => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("exec {command}")]);
                shell
            }
        };
        // Its own settings, if the user has any, stay out of this.
        program.env("HOME", env!("CARGO_TARGET_TMPDIR")).env("PATH", path());
        program.env("LC_ALL", "C.UTF-8").env("TERM", "dumb").env("SHELL", "/bin/sh");
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keys, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let (show, screen) = channel();
        thread::spawn(move || watch(stdout, &show));
        Self { child, seat, keys, screen, shown: Vec::new() }
    }

    /// Types a line and presses Enter.
    fn types(&mut self, line: &str) {
        let enter = if self.seat == Seat::Terminal { "\r" } else { "\n" };
        self.presses(&format!("{line}{enter}"));
    }

    /// Presses keys.
    fn presses(&mut self, keys: &str) {
        self.keys.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// The next line that it shows, or nothing if it has ended.
    #[track_caller]
    fn line(&mut self) -> Option<&str> {
        assert!(self.shown.len() < ENOUGH, "it shows more and more: {:#?}", self.shown);
        match self.screen.recv_timeout(PATIENCE) {
            Ok(line) => self.shown.push(line),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing more comes: {:#?}", self.shown),
        }
        self.shown.last().map(String::as_str)
    }

    /// Skips what it shows up to this line, such as what its user typed.
    #[track_caller]
    fn skip_to(&mut self, line: &str) {
        while let Some(shown) = self.line() {
            if shown == line {
                return;
            }
        }
        panic!("it ended without {line:?}: {:#?}", self.shown);
    }

    /// The next line that it shows must be this one.
    #[track_caller]
    fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), Some(line));
    }

    /// Its user presses no more keys, and it must end by itself.
    #[track_caller]
    fn expect_end(&mut self) {
        self.keys = None;
        while self.line().is_some() {}
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already. What `script` runs ends with its terminal.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a program shows, line by line, until it ends.
fn watch(stdout: ChildStdout, show: &Sender<String>) {
    for line in BufReader::new(stdout).split(b'\n') {
        let Ok(line) = line else { return };
        if show.send(plain(&String::from_utf8_lossy(&line))).is_err() {
            return;
        }
    }
}

/// A line without what terminals and clients add to it: carriage returns, escape sequences, and the
/// echo of Ctrl-C with what was typed before it.
fn plain(line: &str) -> String {
    let line = line.rsplit("^C").next().unwrap_or_default();
    let mut plain = String::new();
    let mut characters = line.chars().filter(|character| *character != '\r');
    while let Some(character) = characters.next() {
        if character != '\x1B' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('[') => drop(characters.find(|end| ('@'..='~').contains(end))),
            Some(']') => drop(characters.find(|end| *end == '\x07')),
            _ => {}
        }
    }
    plain
}

/// The places where programs are.
fn path() -> String {
    format!("{}:{GAMES}", env::var("PATH").unwrap_or_default())
}

/// Whether these programs are there. A test that goes on without must say so, or fail if all are wanted.
fn are_there(programs: &[&str]) -> bool {
    let is_there =
        |program: &&&str| path().split(':').any(|folder| Path::new(folder).join(program).is_file());
    let Some(missing) = programs.iter().find(|program| !is_there(program)) else { return true };
    let are_all_wanted = env::var("CHINWAG_CLIENTS").is_ok_and(|wanted| wanted == "all");
    assert!(!are_all_wanted, "there is no {missing}");
    println!("skipped: there is no {missing}");
    false
}

/// A plain client, ann, and a program that has joined her.
struct Visit {
    _server: Server,
    ann: Client,
    bob: Program,
}

impl Visit {
    /// Starts a server, and a program by the command that is made of its host and port. Nothing if
    /// the program is not there.
    fn start(seat: Seat, program: &str, command: fn(&str, u16) -> String) -> Option<Self> {
        let programs = match seat {
            Seat::Terminal => &["script", program][..],
            Seat::Pipe => &[program],
        };
        if !are_there(programs) {
            return None;
        }
        let server = Server::start(&[]);
        let mut ann = server.join_as("ann");
        let address = server.addresses[0];
        let mut bob = Program::start(&command(&address.ip().to_string(), address.port()), seat);
        bob.skip_to(" * [anonymous1] has connected");
        ann.expect(" * [anonymous1] has connected");
        Some(Self { _server: server, ann, bob })
    }

    /// The program's user takes a name, and they talk and whisper both ways.
    fn talk(&mut self) {
        let Self { ann, bob, .. } = self;
        bob.types("/username bob");
        bob.skip_to(" * anonymous1 changed username to [bob]");
        ann.expect(" * anonymous1 changed username to [bob]");
        bob.types("hello, Grüße, 世界");
        ann.expect("[bob]> hello, Grüße, 世界");
        ann.send("hello to you, 世界\r\n");
        bob.skip_to("[ann]> hello to you, 世界");
        bob.types("@ann psst");
        ann.expect("[bob] whispers> psst");
        ann.send("@bob yes?\r\n");
        bob.skip_to("[ann] whispers> yes?");
        ann.expect(" * whispered to [bob]");
    }

    /// The program's user leaves, and nothing is amiss.
    fn leave(mut self) {
        self.bob.types("/bye");
        self.ann.expect(" * [bob] has disconnected");
        self.bob.expect_end();
        self.ann.ping();
    }
}

/// The program's user joins, talks and leaves.
fn visits(seat: Seat, program: &str, command: fn(&str, u16) -> String) {
    let Some(mut visit) = Visit::start(seat, program, command) else { return };
    visit.talk();
    visit.leave();
}

/// Ctrl-C forgets the line, and the answer is not thrown away with what came before it. Letters whose second
/// byte this client takes for a key arrive whole.
#[test]
fn telnet() {
    let command = |host: &str, port| format!("telnet {host} {port}");
    let Some(mut visit) = Visit::start(Seat::Terminal, "telnet", command) else { return };
    visit.talk();
    let Visit { ann, bob, .. } = &mut visit;
    bob.types(&format!("не 世é{BACKSPACE}{BACKSPACE}мы у 日本!"));
    ann.expect("[bob]> не мы у 日本!");
    ann.send("go on\r\n");
    bob.skip_to("[ann]> go on");
    bob.presses(&format!("half a line{CTRL_C}"));
    bob.skip_to(" * to leave, type /bye");
    ann.send("still there?\r\n");
    bob.expect("[ann]> still there?");
    bob.types("yes");
    ann.expect("[bob]> yes");
    visit.leave();
}

#[test]
fn plink() {
    visits(Seat::Terminal, "plink", |host: &str, port| format!("plink -telnet -P {port} {host}"));
}

#[test]
fn busybox() {
    visits(Seat::Terminal, "busybox", |host: &str, port| format!("busybox telnet {host} {port}"));
}

#[test]
fn nc() {
    visits(Seat::Pipe, "nc", |host: &str, port| format!("nc {host} {port}"));
}

#[test]
fn socat() {
    visits(Seat::Pipe, "socat", |host: &str, port| format!("socat - TCP:{host}:{port}"));
}

#[test]
fn tintin() {
    let command = |host: &str, port| format!("tt++ -G -e '#session chat {host} {port}'");
    let Some(mut visit) = Visit::start(Seat::Terminal, "tt++", command) else { return };
    visit.talk();
    // It outlives its sessions.
    visit.bob.types("/bye");
    visit.bob.skip_to("#SESSION 'gts' ACTIVATED.");
    visit.bob.types("#end");
    visit.bob.expect_end();
    visit.ann.expect(" * [bob] has disconnected");
}

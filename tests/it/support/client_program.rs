//! Real client programs, driven through a terminal or pipes, and their visits to a server.
//!
//! Not here: the programs (`clients`).

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;

use super::tcp::{Client, PATIENCE, Server};

/// Where Debian installs TinTin++.
const GAMES: &str = "/usr/games";

/// More lines than any program here has reason to show.
const ENOUGH: usize = 1000;

/// How a program is attached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seat {
    /// To a terminal, which edits and echoes.
    Terminal,
    /// To plain pipes.
    Pipe,
}

/// A running client program; killed when dropped.
pub(crate) struct Program {
    child: Child,
    seat: Seat,
    keys: Option<ChildStdin>,
    screen: Receiver<String>,
    /// The lines shown so far, for failure messages.
    shown: Vec<String>,
}

impl Program {
    /// Starts a program with this command.
    fn start(command: &str, seat: Seat) -> Self {
        let mut program = match seat {
            // `script` provides a terminal. Without a size TinTin++ does not start; with `iutf8`, as in any current
            // terminal, Backspace erases a letter instead of a byte.
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
        // Keeps out the settings of the user who runs the tests.
        program.env("HOME", env!("CARGO_TARGET_TMPDIR")).env("PATH", path());
        program.env("LC_ALL", "C.UTF-8").env("TERM", "dumb").env("SHELL", "/bin/sh");
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keys, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let (show, screen) = channel();
        thread::spawn(move || watch(stdout, &show));
        Self { child, seat, keys, screen, shown: Vec::new() }
    }

    /// Types a line and presses Enter.
    pub(crate) fn types(&mut self, line: &str) {
        let enter = if self.seat == Seat::Terminal { "\r" } else { "\n" };
        self.presses(&format!("{line}{enter}"));
    }

    /// Presses keys.
    pub(crate) fn presses(&mut self, keys: &str) {
        self.keys.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// The next line that the program shows; none if it has ended.
    #[track_caller]
    fn line(&mut self) -> Option<&str> {
        assert!(self.shown.len() < ENOUGH, "it shows too many lines: {:#?}", self.shown);
        match self.screen.recv_timeout(PATIENCE) {
            Ok(line) => self.shown.push(line),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => panic!("no further line: {:#?}", self.shown),
        }
        self.shown.last().map(String::as_str)
    }

    /// Skips lines up to this one, such as an echo.
    #[track_caller]
    pub(crate) fn skip_to(&mut self, line: &str) {
        while let Some(shown) = self.line() {
            if shown == line {
                return;
            }
        }
        panic!("it ended without {line:?}: {:#?}", self.shown);
    }

    /// Requires that the next line is this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), Some(line));
    }

    /// Closes the input, and requires that the program ends.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        self.keys = None;
        while self.line().is_some() {}
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already. The command that `script` runs ends with its terminal.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the lines that a program shows until it ends.
fn watch(stdout: ChildStdout, show: &Sender<String>) {
    for line in BufReader::new(stdout).split(b'\n') {
        let Ok(line) = line else { return };
        if show.send(plain(&String::from_utf8_lossy(&line))).is_err() {
            return;
        }
    }
}

/// A line without what terminals and clients add: carriage returns, escape sequences, and the echo of Ctrl-C with the
/// text before it.
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

/// The search path for programs.
fn path() -> String {
    format!("{}:{GAMES}", env::var("PATH").unwrap_or_default())
}

/// Whether these programs are installed. If not, prints so, or fails if `CHINWAG_CLIENTS=all`.
fn are_there(programs: &[&str]) -> bool {
    let is_there =
        |program: &&&str| path().split(':').any(|folder| Path::new(folder).join(program).is_file());
    let Some(missing) = programs.iter().find(|program| !is_there(program)) else { return true };
    let are_all_wanted = env::var("CHINWAG_CLIENTS").is_ok_and(|wanted| wanted == "all");
    assert!(!are_all_wanted, "{missing} is not installed");
    println!("skipped: {missing} is not installed");
    false
}

/// A plain client, ann, and a program, bob, in one room.
pub(crate) struct Visit {
    _server: Server,
    pub(crate) ann: Client,
    pub(crate) bob: Program,
}

impl Visit {
    /// Starts a server, and the program with a command made from host and port; none if it is not installed.
    pub(crate) fn start(
        seat: Seat,
        program: &str,
        command: fn(&str, u16) -> String,
    ) -> Option<Self> {
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

    /// bob changes his name, and they talk and whisper in both directions.
    pub(crate) fn talk(&mut self) {
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

    /// bob leaves, and ann is sent nothing unexpected.
    pub(crate) fn leave(mut self) {
        self.bob.types("/bye");
        self.ann.expect(" * [bob] has disconnected");
        self.bob.expect_end();
        self.ann.ping();
    }
}

/// The program joins, talks and leaves.
pub(crate) fn visits(seat: Seat, program: &str, command: fn(&str, u16) -> String) {
    let Some(mut visit) = Visit::start(seat, program, command) else { return };
    visit.talk();
    visit.leave();
}

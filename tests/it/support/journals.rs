//! Journals of the real program: places for them, clients that record what passes, and `chinwag replay`.
//!
//! Not here: the format (`wire::transcript`).

use std::fs;
use std::io::Write;
use std::net::{Shutdown, SocketAddr};
use std::path::PathBuf;
use std::process::{self, Stdio};

use chinwag::chat::{ClientId, Event};
use chinwag::server::journal;
use chinwag::wire::transcript::{Entry, Transcript};
use rustix::process::Signal;

use super::tcp::{Client, Server, program};

/// A temporary file or directory, removed when dropped.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("{name}-{}", process::id());
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    pub(crate) fn holding(name: &str, text: &str) -> Self {
        let scratch = Self::new(name);
        fs::write(&scratch.0, text).unwrap();
        scratch
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The test may have failed before it created the file.
        let _ = fs::remove_file(&self.0);
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A client that records what it sends and receives.
pub(crate) struct Person {
    pub(crate) client: Client,
    said: Vec<String>,
    received: String,
}

impl Person {
    /// Connects, and waits until the client is admitted.
    pub(crate) fn join(address: SocketAddr) -> Self {
        let client = Client::connect(address);
        let mut person = Self { client, said: Vec::new(), received: String::new() };
        person.ping();
        person
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.client.send(format!("{line}\r\n"));
        self.said.push(line.to_owned());
    }

    /// Reads up to a line.
    pub(crate) fn see(&mut self, line: &str) {
        let mut seen = String::new();
        while seen != line {
            seen = self.client.line();
            self.received += &format!("{seen}\r\n");
        }
    }

    /// Waits until everything sent has been handled.
    pub(crate) fn ping(&mut self) {
        self.client.send(b"\xFF\xF6");
        self.see(" * yes, the chat is still here");
    }

    /// Reads up to the end of the connection.
    pub(crate) fn finish(&mut self) {
        let (rest, is_clean) = self.client.rest();
        assert!(is_clean);
        self.received += &rest;
        // Otherwise the server would wait for the close. Fails if the server has stopped.
        let _ = self.client.socket().shutdown(Shutdown::Write);
    }
}

/// Stops a server with these clients, in the order in which they connected, and compares its journal with their
/// records.
pub(crate) fn stop_and_check(server: Server, journal: &Scratch, people: Vec<Person>) {
    server.signal(Signal::TERM);
    let goes = |mut person: Person| {
        person.finish();
        (person.said, person.received)
    };
    let people: Vec<(Vec<String>, String)> = people.into_iter().map(goes).collect();
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");

    let text = journal::read(&journal.0, 1).unwrap();
    let transcript = Transcript::parse(&text).unwrap();
    assert_eq!(transcript.to_string(), text);
    let events = transcript.entries.iter().filter_map(|entry| match entry {
        Entry::Event(event) => Some(event),
        _ => None,
    });
    let events: Vec<&Event> = events.collect();
    let connected = events.iter().filter_map(|event| match event {
        Event::Connect { client, .. } => Some(*client),
        _ => None,
    });
    let clients: Vec<ClientId> = connected.collect();
    assert_eq!(clients.len(), people.len());
    for ((said, received), id) in people.iter().zip(clients) {
        let lines = events.iter().filter_map(|event| match event {
            Event::Line { client, line } if *client == id => Some(&**line),
            _ => None,
        });
        assert!(lines.eq(said), "J1: {id} said {said:?}, not\n{text}");
        let replayed = replay(&[journal.path(), "--client", &id.to_string()], "");
        assert_eq!(replayed, (Some(0), received.replace('\r', ""), String::new()), "J2, J3");
    }
}

/// Runs `chinwag replay`. Returns its status, standard output and standard error.
pub(crate) fn replay(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = program();
    command.arg("replay").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Starts a server with this data directory that keeps all events, but no rooms, and without flood control.
pub(crate) fn serve(journal: &Scratch) -> Server {
    let keeping = ["--data", journal.path(), "--keep-events", "1", "--keep-rooms", "0"];
    Server::start(&[&["--rate-limit", "off"][..], &keeping].concat())
}

/// A short transcript without outputs.
pub(crate) fn run() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "chinwag transcript 1\nprogram {version}\n\n# Two.\nat 7\n1 connects\n2 connects\n\
         1 > /username ann\n2 >  hello \\\\ \\u{{20}}\n1 > /bye\n"
    )
}

/// Someone says these lines, and the server is stopped.
pub(crate) fn said_and_stopped(server: Server, lines: &[&str]) {
    let mut ann = Person::join(server.addresses[0]);
    lines.iter().for_each(|line| ann.say(line));
    ann.ping();
    server.signal(Signal::TERM);
    ann.finish();
    assert_eq!(server.end().0.code(), Some(0));
}

/// What the program says, in its one line, when it does not start with these options.
pub(crate) fn refused(options: &[&str]) -> String {
    let output = program().args(["--listen", "127.0.0.1:0"]).args(options).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    // The number of the system's error follows.
    said.trim_end().split(" (os error").next().unwrap().to_owned()
}

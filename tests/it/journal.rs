//! The journal of the real program, and `chinwag replay`: laws J1 to J3.
//!
//! Not here: a journal of several runs (`restart`).

use std::fs;
use std::io::Write;
use std::net::{Shutdown, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::thread;

use chinwag::chat::{ClientId, Event, Message};
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};
use rustix::process::Signal;

use crate::tcp::{Client, Server, program};

/// A temporary file, removed when dropped.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("{name}-{}.chat", process::id());
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
    }
}

/// A client that records what it sends and receives.
pub(crate) struct Person {
    client: Client,
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
    fn see(&mut self, line: &str) {
        let mut seen = String::new();
        while seen != line {
            seen = self.client.line();
            self.received += &format!("{seen}\r\n");
        }
    }

    /// Waits until everything sent has been handled.
    fn ping(&mut self) {
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
fn stop_and_check(server: Server, journal: &Scratch, people: Vec<Person>) {
    server.signal(Signal::TERM);
    let goes = |mut person: Person| {
        person.finish();
        (person.said, person.received)
    };
    let people: Vec<(Vec<String>, String)> = people.into_iter().map(goes).collect();
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");

    let text = fs::read_to_string(&journal.0).unwrap();
    let transcript = Transcript::parse(&text).unwrap();
    assert_eq!(transcript.to_string(), text);
    let events = transcript.entries.iter().filter_map(|entry| match entry {
        Entry::Event(event) => Some(event),
        _ => None,
    });
    let events: Vec<&Event> = events.collect();
    let connected = events.iter().filter_map(|event| match event {
        Event::Connect { client } => Some(*client),
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

pub(crate) fn serve(journal: &Scratch) -> Server {
    Server::start(&["--rate-limit", "off", "--journal", journal.path()])
}

#[test]
fn a_journal_has_all_events() {
    let journal = Scratch::new("happened");
    let server = serve(&journal);
    let mode = fs::metadata(&journal.0).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only the owner may read it");
    let address = server.addresses[0];
    let mut ann = Person::join(address);
    ann.say("/username ann");
    let mut bob = Person::join(address);
    let mut cy = Person::join(address);
    bob.say("@ann psst \u{1B}[31m \\ ");
    bob.ping();
    ann.say("/join den");
    ann.ping();
    cy.say("/join den");
    ann.see(" * [anonymous2] has joined the room");
    cy.say("hello");
    ann.say("/topic Grüße, 世界");
    cy.see(" * ann set the topic to: Grüße, 世界");
    bob.say("/bye");
    bob.finish();
    ann.say("/leave");
    ann.ping();
    cy.client.finish();
    cy.finish();
    stop_and_check(server, &journal, vec![ann, bob, cy]);
}

/// The lines of the clients in the next test, each in an order of its own.
const LINES: [&str; 31] = [
    "hello",
    "",
    " a space before and after ",
    "Grüße, 世界",
    "\u{1B}[31mred\u{1B}[0m \\u{7F}",
    "# no comment",
    "/username ann",
    "/username bob",
    "@ann psst",
    "@bob psst",
    "@anonymous2 psst",
    "/reply yes",
    "/me waves",
    "/join den",
    "/join attic",
    "/leave",
    "/private",
    "/public",
    "/invite ann",
    "/topic tea",
    "/history",
    "/list",
    "/list all",
    "/rooms",
    "/whois ann",
    "/away tea",
    "/ignore ann",
    "/unignore ann",
    "/notices off",
    "/notices on",
    "/dance",
];

/// However the lines of several clients interleave, the journal has what each sent, and its replay what each was
/// sent.
#[test]
fn j1_to_j3_the_journal_gives_what_everyone_said_and_was_sent() {
    let journal = Scratch::new("everyone");
    let server = serve(&journal);
    let mut people: Vec<Person> = (0..5).map(|_| Person::join(server.addresses[0])).collect();
    thread::scope(|scope| {
        for (number, person) in people.iter_mut().enumerate() {
            scope.spawn(move || {
                for step in 0..150 {
                    person.say(LINES[(step * (number + 2) + number) % LINES.len()]);
                }
                match number {
                    0 => person.say("/bye"),
                    1 => person.client.finish(),
                    _ => return person.ping(),
                }
                person.finish();
            });
        }
    });
    stop_and_check(server, &journal, people);
}

#[test]
fn a_journal_that_cannot_be_opened_is_one_error_line_and_status_1() {
    let taken = Scratch::holding("taken", "precious");
    let nowhere = Scratch::new("nowhere");
    let nowhere = format!("{}/journal", nowhere.path());
    for (path, why) in [
        (taken.path(), "there is such a file, and it is not a journal"),
        (&nowhere, "No such file or directory"),
        ("/dev/null", "it is not a regular file"),
    ] {
        let output =
            program().args(["--listen", "127.0.0.1:0", "--journal", path]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        let problem = format!("chinwag: cannot start the journal {path}: {why}");
        // The number of the system's error follows.
        assert_eq!(said.trim_end().split(" (os error").next(), Some(problem.as_str()));
        assert_eq!(said.lines().count(), 1);
    }
    assert_eq!(fs::read_to_string(&taken.0).unwrap(), "precious");
}

/// A short transcript without outputs.
pub(crate) fn run() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "chinwag transcript 1\nprogram {version}\n\n# Two.\nat 7\n1 connects\n2 connects\n\
         1 > /username ann\n2 >  hello \\\\ \\u{{20}}\n1 > /bye\n"
    )
}

/// What its second client is sent after the banner.
const SENT: &str = concat!(
    " * you are [anonymous1]; to change that, type /username NAME\n",
    " * in [lobby] with you: anonymous0\n",
    " * [anonymous1] has connected\n",
    " * anonymous0 changed username to [ann]\n",
    " * [ann] has disconnected\n",
);

#[test]
fn a_replay_prints_everything_or_the_output_of_one_client() {
    let journal = Scratch::holding("replayed", &run());
    let all = Transcript::parse(&run()).unwrap().replay().to_string();
    assert!(
        all.ends_with("1 > /bye\n  2 <  * [ann] has disconnected\n  1 is closed: bye\n"),
        "{all}"
    );
    assert_eq!(replay(&[journal.path()], ""), (Some(0), all.clone(), String::new()));
    assert_eq!(replay(&["-"], &run()), (Some(0), all.clone(), String::new()));
    assert_eq!(replay(&["-"], &all), (Some(0), all, String::new()), "a replay of what it printed");
    let (status, sent, said) = replay(&["--client", "2", journal.path()], "");
    assert_eq!((status, said.as_str()), (Some(0), ""));
    let mut banner = String::new();
    render(&Message::Welcome, &mut banner);
    assert_eq!(sent, banner.replace('\r', "") + SENT);
}

/// As after a crash of the process or the system.
#[test]
fn a_truncated_journal_is_replayed_up_to_its_last_line() {
    let all = Transcript::parse(&run()).unwrap().replay().to_string();
    let said = "chinwag: standard input ends in the middle of a line, which is left out\n";
    for rest in ["2 > hel", "2", "2 > \u{4e16}"] {
        let input = run() + rest;
        assert_eq!(replay(&["-"], &input), (Some(0), all.clone(), said.to_owned()), "{rest}");
    }
}

#[test]
fn a_replay_warns_if_it_may_differ() {
    let gap = "# 3 events could not be written in time\n# 4 events could not be written in time\n";
    let input = run().replace("1 > /username", &format!("{gap}1 > /username"));
    let all = Transcript::parse(&input).unwrap().replay().to_string();
    let said =
        "chinwag: standard input has gaps (2, of 7 events): after the first, all may differ\n";
    assert_eq!(replay(&["-"], &input), (Some(0), all, said.to_owned()));

    let this = env!("CARGO_PKG_VERSION");
    let input = run().replace(&format!("program {this}"), "program 0.0.9");
    let all = Transcript::parse(&input).unwrap().replay().to_string();
    let said = format!(
        "chinwag: standard input was written by version 0.0.9; this is {this}, which may differ\n"
    );
    assert_eq!(replay(&["-"], &input), (Some(0), all, said));
}

#[test]
fn an_invalid_journal_is_one_error_line_and_status_1() {
    for (input, client, problem) in [
        (run(), "3", "standard input: no client 3 connects"),
        (
            "GIF89a\n".to_owned(),
            "1",
            "standard input: line 1: a transcript begins with the line \"chinwag transcript 1\"",
        ),
        (
            run() + "1 waves\n",
            "1",
            "standard input: line 11: not a line of a transcript, see wire::transcript",
        ),
    ] {
        let outcome = replay(&["-", "--client", client], &input);
        assert_eq!(outcome, (Some(1), String::new(), format!("chinwag: {problem}\n")));
    }
    let missing = Scratch::new("missing");
    let (status, printed, said) = replay(&[missing.path()], "");
    assert_eq!((status, printed.as_str()), (Some(1), ""));
    let problem = format!("chinwag: cannot read {}: No such file or directory", missing.path());
    assert_eq!(said.split(" (os error").next(), Some(problem.as_str()));
    let binary = Scratch::new("binary");
    fs::write(&binary.0, b"chinwag transcript 1\n\xFF\n").unwrap();
    let problem = format!("chinwag: {}: this is not UTF-8\n", binary.path());
    assert_eq!(replay(&[binary.path()], ""), (Some(1), String::new(), problem));
}

/// `chinwag replay FILE | head` ends without an error.
#[test]
fn a_replay_ends_well_when_its_reader_closes_the_pipe() {
    let journal = Scratch::holding("long", &(run() + &"2 > /list\n".repeat(20_000)));
    for options in [&[][..], &["--client", "2"]] {
        let mut command = program();
        command.arg("replay").arg(journal.path()).args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    }
}

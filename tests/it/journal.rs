//! The journal of the real program, and `chinwag replay`: laws J1 to J3.
//!
//! Not here: the directory that it is in, and restarts (`data`).

use std::fs;
use std::process::Stdio;
use std::thread;

use chinwag::chat::Message;
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};
use rustix::process::Signal;

use crate::support::journals::{Person, Scratch, replay, run, serve, stop_and_check};
use crate::support::tcp::program;

#[test]
fn a_journal_has_all_events() {
    let journal = Scratch::new("happened");
    let server = serve(&journal);
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

/// A replay that begins with a later event has what the whole one has from there on, whatever it is read from; and, as it
/// has the state before, it can be replayed itself.
#[test]
fn a_replay_can_begin_with_any_event() {
    let directory = Scratch::new("replay-from");
    let server = serve(&directory);
    let mut ann = Person::join(server.addresses[0]);
    LINES.iter().for_each(|line| ann.say(line));
    ann.ping();
    server.signal(Signal::TERM);
    ann.finish();
    let _ = server.end();
    let (_, all, _) = replay(&[directory.path()], "");
    let file = Scratch::holding("replay-from-file", &all);
    let events = |text: &str| {
        let entries = Transcript::parse(text).unwrap().entries.into_iter();
        entries.filter(|entry| !matches!(entry, Entry::At(_))).collect::<Vec<_>>()
    };
    let all = events(&all);
    let is_event = |entry: &&Entry| matches!(entry, Entry::Event(_));
    let count = all.iter().filter(is_event).count();
    for first in 1..=count + 1 {
        let mut left = first;
        let skipped = all.iter().take_while(|entry| {
            left -= usize::from(is_event(entry));
            left > 0
        });
        let due = &all[skipped.count()..];
        for from in [&directory, &file] {
            let number = first.to_string();
            let (status, text, said) = replay(&[from.path(), "--from", &number], "");
            assert_eq!((status, said.as_str()), (Some(0), ""));
            assert_eq!(events(&text), due, "from event {first} on of {}", from.path());
            assert_eq!(replay(&["-"], &text), (Some(0), text, String::new()));
        }
    }
    // Who was there before is there.
    let sent = |options: &[&str]| replay(&[&[directory.path()], options].concat(), "").1;
    let (whole, rest) = (sent(&["--client", "0"]), sent(&["--client", "0", "--from", "5"]));
    assert!(whole.ends_with(&rest) && !rest.is_empty() && rest.len() < whole.len(), "{rest}");
}

#[test]
fn a_replay_warns_if_it_may_differ() {
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

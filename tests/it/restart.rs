//! A journal over several runs, and a journal that cannot grow.
//!
//! Not here: the journal of one run (`journal`).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chinwag::wire::transcript::Transcript;
use rustix::process::Signal;

use crate::support::journals::{Person, Scratch, replay, run, serve};
use crate::support::tcp::{Server, program};

/// A service restarts with the same command line, even after it was killed in the middle of a line.
#[test]
fn a_journal_is_continued_by_the_next_run() {
    let torn = format!("{}2 > hel", run());
    for (before, kept) in [(torn, run()), (run(), run()), ("chinwag tr".to_owned(), String::new())]
    {
        let journal = Scratch::holding("continued", &before);
        let server = serve(&journal);
        let mode = fs::metadata(&journal.0).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner may read it");
        let mut ann = Person::join(server.addresses[0]);
        ann.say("/bye");
        ann.finish();
        server.signal(Signal::TERM);
        assert_eq!(server.end().0.code(), Some(0));
        let text = fs::read_to_string(&journal.0).unwrap();
        let second = Transcript::parse(text.strip_prefix(&kept).unwrap()).unwrap().replay();
        let first = if kept.is_empty() {
            String::new()
        } else {
            Transcript::parse(&kept).unwrap().replay().to_string()
        };
        let printed = |text: String| (Some(0), text, String::new());
        assert_eq!(replay(&[journal.path()], ""), printed(format!("{first}{second}")));
        let last = if kept.is_empty() { "1" } else { "2" };
        let one = replay(&[journal.path(), "--run", last], "");
        assert_eq!(one, printed(second.to_string()));
        let (status, _, said) = replay(&[journal.path(), "--run", "3"], "");
        let problem = format!("there is no run 3, the last is {last}");
        assert_eq!((status, said), (Some(1), format!("chinwag: {}: {problem}\n", journal.path())));
    }
}

/// Two servers would corrupt a shared journal.
#[test]
fn a_journal_belongs_to_one_server_at_a_time() {
    let journal = Scratch::new("shared");
    let _server = serve(&journal);
    let path = journal.path();
    let output = program().args(["--listen", "127.0.0.1:0", "--journal", path]).output().unwrap();
    let problem =
        format!("chinwag: cannot start the journal {path}: another process writes to it\n");
    assert_eq!((output.status.code(), String::from_utf8(output.stderr)), (Some(1), Ok(problem)));
}

/// Each run numbers its clients; a replay of one client shows it in all runs.
#[test]
fn a_replay_shows_a_client_in_every_run() {
    let (_, once, _) = replay(&["-", "--client", "2"], &run());
    let input = format!("{}{}", run(), run());
    assert_eq!(replay(&["-", "--client", "2"], &input), (Some(0), once.repeat(2), String::new()));
}

/// The limit on file sizes stands in for a full disk: the log reports it, and the chat continues.
#[test]
fn a_full_disk_does_not_stop_the_chat() {
    let journal = Scratch::new("limited");
    let mut server =
        Server::start_limited("-f 8", &["--rate-limit", "off", "--journal", journal.path()]);
    let mut ann = server.join_as("ann");
    let mut bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    let padding = "x".repeat(1000);
    for _ in 0..10 {
        ann.send(format!("{padding}\r\n"));
        bob.expect(&format!("[ann]> {padding}"));
    }
    let said = server.log_line("the journal cannot be written for now");
    assert!(said.ends_with("error=File too large (os error 27)"), "{said}");
    ann.send("still here\r\n");
    bob.expect("[ann]> still here");
    let text = fs::read(&journal.0).unwrap();
    assert!(text.len() >= 4096, "everything that fits is written");
    drop((ann, bob));
    server.signal(Signal::TERM);
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.ends_with("chinwag: the end of the journal could not be written\n"), "{log}");
}

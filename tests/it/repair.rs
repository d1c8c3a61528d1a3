//! Damaged data directories: they are refused, checked, and repaired if somebody says so.
//!
//! Not here: whole ones (`data`), and damaged snapshots of the machine (`damaged`).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chinwag::server::journal;
use rustix::process::Signal;

use crate::support::journals::{self, Person, Scratch, refused, said_and_stopped};
use crate::support::tcp::{Client, Server, program};

/// Starts a server with this data directory, without flood control.
fn serve(data: &Scratch, options: &[&str]) -> Server {
    Server::start(&[&["--rate-limit", "off", "--data", data.path()], options].concat())
}

/// What the program says of a directory that it cannot use.
fn problem(data: &Scratch, why: &str) -> String {
    let path = data.path();
    format!("chinwag: cannot use the data directory {path}: {why}")
}

/// What it says at the end of that if the directory is damaged.
fn hint(data: &Scratch) -> String {
    format!("; \"chinwag check {}\" says what can be kept", data.path())
}

/// Runs `chinwag check`. Returns whether the directory is whole, and what it says.
fn check(data: &Scratch) -> (bool, String) {
    let output = program().args(["check", data.path()]).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap().replace(data.path(), "DIR");
    (output.status.success(), said)
}

/// Changes a byte of the database, where this is.
fn damage(data: &Scratch, what: &[u8]) {
    let database = data.0.join("chinwag.sqlite");
    let mut bytes = fs::read(&database).unwrap();
    let at = bytes.windows(what.len()).position(|bytes| bytes == what).unwrap();
    bytes[at] ^= 1;
    fs::write(&database, bytes).unwrap();
}

/// Whatever happened to the bytes, the server does not start as if nothing had.
#[test]
fn damage_is_found() {
    let data = Scratch::new("data-damaged");
    said_and_stopped(serve(&data, &[]), &["something to be remembered"]);
    damage(&data, b"something");
    let why = "the snapshot is damaged: it is not what was written";
    assert_eq!(refused(&["--data", data.path()]), problem(&data, why) + &hint(&data));

    // Events that are kept for replay are looked at too.
    let data = Scratch::new("data-damaged-events");
    said_and_stopped(journals::serve(&data), &["/dance something"]);
    damage(&data, b"something");
    let options = ["--data", data.path(), "--keep-rooms", "0"];
    let said = refused(&options);
    let problem = said.strip_prefix(&problem(&data, "the events from number ")).unwrap();
    let (first, rest) = problem.split_once(' ').unwrap();
    assert_eq!(rest, format!("on are damaged: they are not what was written{}", hint(&data)));
    assert!(first.parse::<u64>().is_ok(), "{said}");
}

/// A damaged directory is repaired only if somebody says so. What can be kept is kept, and what was there is put aside.
#[test]
fn what_can_be_kept_is_kept() {
    let data = Scratch::new("repair-kept");
    let server = serve(&data, &[]);
    let mut ann = Person::join(server.addresses[0]);
    for line in ["/username ann", "one", "two", "three", "four"] {
        ann.say(line);
        ann.ping();
    }
    server.signal(Signal::KILL);
    let _ = server.end();
    assert_eq!(check(&data), (true, "DIR is whole, up to event 12\n".to_owned()));
    // Whoever opens the database and closes it again moves into it what is in its log.
    refused(&["--data", data.path(), "--history", "1"]);
    damage(&data, b"three");
    let why = "the events from number 9 on are damaged: they are not what was written";
    let said = format!(
        "chinwag: DIR is damaged:\n  {why}\nthe state after event 8 can be kept; the last event was number 12\n\
         to start with that: chinwag --data DIR --repair\n"
    );
    assert_eq!(check(&data), (false, said));
    assert_eq!(refused(&["--data", data.path()]), problem(&data, why) + &hint(&data));

    // The first repairs it, and the second has nothing to repair.
    for _ in 0..2 {
        let server = serve(&data, &["--repair"]);
        let mut bob = Client::connect(server.addresses[0]);
        bob.send("/history\r\n/bye\r\n");
        let (seen, _) = bob.rest();
        let said: Vec<&str> = seen
            .lines()
            .filter_map(|line| line.split_once("[ann]> "))
            .map(|(_, said)| said)
            .collect();
        assert_eq!(said, ["one", "two", "one", "two"]);
        server.signal(Signal::TERM);
        assert_eq!(server.end().0.code(), Some(0));
    }
    let mut names: Vec<String> = fs::read_dir(&data.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    assert_eq!(names, ["chinwag.sqlite", "chinwag.sqlite.damaged-1", "lock", "origins.key"]);
    let aside = data.0.join("chinwag.sqlite.damaged-1");
    assert_eq!(fs::metadata(&aside).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read(&aside).unwrap().windows(4).any(|window| window == b"four"));
    assert!(check(&data).0);
}

/// A repair with other limits gives what is kept those limits.
#[test]
fn a_repair_can_change_limits() {
    let data = Scratch::new("repair-limits");
    said_and_stopped(serve(&data, &["--keep-events", "1"]), &["one", "two"]);
    damage(&data, b"\"next_anonymous\"");
    said_and_stopped(serve(&data, &["--repair", "--history", "2"]), &["three", "four"]);
    let server = serve(&data, &["--history", "2"]);
    let mut bob = Client::connect(server.addresses[0]);
    bob.skip_to(" | the last 2 lines in [lobby] (times in UTC):");
    assert!(bob.line().ends_with("> three"));
    assert!(bob.line().ends_with("> four"));
}

/// If events are kept, a damaged snapshot costs nothing: the events before it lead to the same state.
#[test]
fn events_make_up_for_a_damaged_snapshot() {
    let data = Scratch::new("repair-snapshot");
    let options = ["--keep-events", "1"];
    said_and_stopped(serve(&data, &options), &["something to be remembered"]);
    damage(&data, b"\"next_anonymous\"");
    let report = journal::check(&data.0).unwrap();
    assert_eq!(report.damage, ["the snapshot is damaged: it is not what was written"]);
    assert_eq!(report.kept, report.last);
    let server = serve(&data, &["--keep-events", "1", "--repair"]);
    let mut bob = Client::connect(server.addresses[0]);
    bob.skip_until(|line| line.ends_with("> something to be remembered"));
}

/// Whatever byte of the file is damaged: a check that finds nothing has found what was there; and what a check says can
/// be kept, a repair keeps.
#[test]
fn a_repair_keeps_what_a_check_says() {
    let data = Scratch::new("repair-bytes");
    said_and_stopped(serve(&data, &["--keep-events", "1"]), &["one", "two", "/topic three"]);
    let database = data.0.join("chinwag.sqlite");
    let whole = fs::read(&database).unwrap();
    let expected = journal::check(&data.0).unwrap();
    let mut found = 0;
    for place in (100..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        fs::write(&database, &bytes).unwrap();
        let report = journal::check(&data.0).unwrap_or_else(|error| panic!("{place}: {error}"));
        if report.damage.is_empty() {
            assert_eq!(report, expected, "byte {place}");
            continue;
        }
        found += 1;
        let server = serve(&data, &["--repair"]);
        // Who is greeted is stored.
        let mut client = Client::connect(server.addresses[0]);
        client.skip_banner();
        drop(server);
        let repaired = journal::check(&data.0).unwrap();
        assert_eq!(repaired.damage, Vec::<String>::new(), "byte {place}");
        // The start is an event too, if there was anything before.
        assert_eq!(repaired.kept, report.kept + u64::from(report.kept > 0) + 1, "byte {place}");
        for entry in fs::read_dir(&data.0).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
    assert!(found >= 3, "{found}");
}

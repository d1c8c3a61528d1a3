//! The data directory of the real program: what a restart finds there, whose it is, and a disk that is full.
//!
//! Not here: the events in it (`journal`).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, iter, thread};

use chinwag::chat::{ClientId, Event, Message};
use chinwag::server::journal;
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};
use rustix::process::Signal;

use crate::support::journals::{Person, Scratch, refused, said_and_stopped};
use crate::support::tcp::{Client, Server};

/// Starts a server with this data directory, without flood control.
fn serve(data: &Scratch) -> Server {
    Server::start(&["--rate-limit", "off", "--data", data.path()])
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The directory holds whispers: only its owner may read it, whatever it was before.
#[test]
fn the_directory_is_its_owners_alone() {
    let new = Scratch::new("data-new");
    let open = Scratch::new("data-open");
    fs::create_dir(&open.0).unwrap();
    fs::set_permissions(&open.0, PermissionsExt::from_mode(0o755)).unwrap();
    for data in [new, open] {
        let _server = serve(&data);
        assert_eq!(mode(&data.0), 0o700);
        let mut names: Vec<_> =
            fs::read_dir(&data.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(
            names,
            ["chinwag.sqlite", "chinwag.sqlite-shm", "chinwag.sqlite-wal", "lock", "origins.key"]
        );
        names.iter().for_each(|name| assert_eq!(mode(&data.0.join(name)), 0o600, "{name:?}"));
    }
}

/// Whatever cannot be a data directory is left as it is, and said in one line.
#[test]
fn what_is_no_data_directory_is_not_touched() {
    let file = Scratch::holding("data-file", "precious");
    let nowhere = Scratch::new("data-nowhere");
    let nowhere = format!("{}/data", nowhere.path());
    let others = Scratch::new("data-others");
    fs::create_dir(&others.0).unwrap();
    fs::set_permissions(&others.0, PermissionsExt::from_mode(0o755)).unwrap();
    fs::write(others.0.join("thesis"), "precious").unwrap();
    let posing = Scratch::new("data-posing");
    fs::create_dir(&posing.0).unwrap();
    fs::write(posing.0.join("chinwag.sqlite"), [b'x'; 200]).unwrap();
    let linked = Scratch::new("data-linked");
    symlink(&others.0, &linked.0).unwrap();
    let is_linked =
        format!("{} is a symbolic link; give the place that it leads to", linked.path());
    let foreign = "which is not chinwag's; give a directory that is empty or new";
    for (path, why) in [
        (file.path(), "it is not a directory"),
        (&nowhere, "No such file or directory"),
        (others.path(), &format!("it holds thesis, {foreign}")),
        (posing.path(), &format!("it holds chinwag.sqlite, {foreign}")),
        (linked.path(), &is_linked),
    ] {
        let problem = format!("chinwag: cannot use the data directory {path}: {why}");
        assert_eq!(refused(&["--data", path]), problem);
    }
    assert_eq!(fs::read_to_string(&file.0).unwrap(), "precious");
    assert_eq!(mode(&others.0), 0o755);
    assert_eq!(fs::read_dir(&others.0).unwrap().count(), 1);
    assert_eq!(fs::read(posing.0.join("chinwag.sqlite")).unwrap(), [b'x'; 200]);
    fs::remove_file(&linked.0).unwrap();
}

/// Two servers would decide against each other.
#[test]
fn a_directory_belongs_to_one_server_at_a_time() {
    let data = Scratch::new("data-shared");
    let _server = serve(&data);
    let problem = format!(
        "chinwag: cannot use the data directory {}: another server is using it",
        data.path()
    );
    assert_eq!(refused(&["--data", data.path()]), problem);
}

/// A machine with other limits would decide otherwise what has been decided; and one that is older does not know what a
/// newer one has written.
#[test]
fn a_directory_of_other_limits_or_a_newer_version_is_refused() {
    let data = Scratch::new("data-limits");
    said_and_stopped(serve(&data), &["one", "two"]);
    let refused = |options: &[&str]| {
        let said = refused(&[&["--data", data.path()][..], options].concat());
        let start = format!("chinwag: cannot use the data directory {}: ", data.path());
        said.strip_prefix(&start).unwrap().to_owned()
    };
    assert_eq!(
        refused(&["--history", "1"]),
        "it was written with other limits (keep_rooms 2592000000), and does not fit these: \
         the parts do not fit together: a history exceeds its limits: true, not false"
    );
    // What fits other limits gets them.
    for _ in 0..2 {
        let server = Server::start(&["--data", data.path(), "--history", "2"]);
        server.signal(Signal::TERM);
        assert_eq!(server.end().0.code(), Some(0));
    }
    let database = data.0.join("chinwag.sqlite");
    let mut bytes = fs::read(&database).unwrap();
    bytes[63] = 2;
    fs::write(&database, bytes).unwrap();
    assert_eq!(
        refused(&[]),
        "a newer chinwag has written it (format 2; this one knows 1); use that one"
    );
}

/// What a restart keeps: the history of the lobby, and rooms with topic, privacy and history. What it does not: who was
/// there, what was said in private, and whispers, of which nothing is left in any file.
#[test]
fn a_restart_keeps_rooms_and_forgets_whispers() {
    let data = Scratch::new("data-kept");
    let server = serve(&data);
    let mut ann = Person::join(server.addresses[0]);
    let mut bob = Person::join(server.addresses[0]);
    ann.say("/username ann");
    ann.say("hello, lobby");
    ann.say("@anonymous1 nobody else reads this");
    ann.say("/join den");
    ann.say("hello, den");
    ann.say("/topic tea");
    ann.say("/private");
    ann.say("in private");
    ann.say("/join attic");
    ann.say("hello, attic");
    ann.ping();
    bob.ping();
    server.signal(Signal::TERM);
    ann.finish();
    bob.finish();
    assert_eq!(server.end().0.code(), Some(0));
    for name in ["chinwag.sqlite", "chinwag.sqlite-wal"] {
        let bytes = fs::read(data.0.join(name)).unwrap_or_default();
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert_eq!(has("hello, attic"), name == "chinwag.sqlite", "{name}");
        assert!(!has("nobody else reads this") && !has("in private"), "{name}");
    }

    let server = serve(&data);
    let mut cat = Client::connect(server.addresses[0]);
    cat.send("/list all\r\n/rooms\r\n/history\r\n/join attic\r\n/join den\r\n");
    cat.finish();
    let (seen, _) = cat.rest();
    // Times differ.
    let untimed = |line: &str| {
        line.split_once(" [ann]> ").map_or(line.to_owned(), |(_, said)| said.to_owned())
    };
    let seen: Vec<String> =
        seen.lines().skip_while(|line| !line.starts_with(" * you are")).map(untimed).collect();
    let expected = expect_test::expect![[r#"
         * you are [anonymous2]; to change that, type /username NAME
         * nobody else is in [lobby]
         | the last line in [lobby] (time in UTC):
        hello, lobby
         * [anonymous2] has connected
         * [lobby] UserList:{anonymous2} Total:[1]
         * Total:[1]
         * [lobby] Total:[1]
         * [attic] Total:[0]
         | the last line in [lobby] (time in UTC):
        hello, lobby
         * you are in [attic]
         * nobody else is in [attic]
         | the last line in [attic] (time in UTC):
        hello, attic
         * [anonymous2] has joined the room
         * you are in [den] (private), a new room (type /rooms to see the others)
         * [anonymous2] has joined the room
    "#]];
    expected.assert_eq(&(seen.join("\n") + "\n"));
}

/// What clients say in the next test.
const LINES: [&str; 8] =
    ["hello", "/me waves", "/join den", "/leave", "/topic tea", "/history 3", "/list", "/whois me"];

/// Says a name and then lines without end, and returns all that it receives until the connection breaks. Counts
/// the lines, and calls this once there have been so many, of all clients.
fn talk(
    stream: TcpStream,
    name: &str,
    seen: &AtomicUsize,
    (at, kill): (usize, &(dyn Fn() + Sync)),
) -> String {
    let mut writer = stream.try_clone().unwrap();
    let mut received = String::new();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut lines = iter::once(format!("/username {name}"))
                .chain(LINES.iter().cycle().map(|line| (*line).to_owned()));
            while lines
                .next()
                .is_some_and(|line| writer.write_all(format!("{line}\r\n").as_bytes()).is_ok())
            {
            }
        });
        let mut reader = BufReader::new(stream);
        while reader.read_line(&mut received).is_ok_and(|count| count > 0) {
            if seen.fetch_add(1, Ordering::Relaxed) == at {
                kill();
            }
        }
    });
    received.replace('\r', "")
}

/// K1: all that anyone has been sent is caused by what is there after a kill, at whatever moment that is.
/// `CHINWAG_KILLS` sets the number of kills; each is followed by a start that goes on where the last ended.
#[test]
fn k1_what_was_shown_survives_a_kill() {
    let kills = env::var("CHINWAG_KILLS").map_or(5, |kills| kills.parse().unwrap());
    let data = Scratch::new("data-killed");
    let mut random: u64 = 1;
    for run in 0..kills {
        let server = serve(&data);
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (random >> 33) as usize % 3000;
        let (seen, address) = (AtomicUsize::new(0), server.addresses[0]);
        let kill = || server.signal(Signal::KILL);
        let names: Vec<String> = (0..4).map(|number| format!("r{run}p{number}")).collect();
        let streams = [(); 4].map(|()| TcpStream::connect(address).unwrap());
        let received: Vec<String> = thread::scope(|scope| {
            let mut talking = Vec::new();
            for (name, stream) in names.iter().zip(streams) {
                let (seen, kill) = (&seen, &kill);
                talking.push(scope.spawn(move || talk(stream, name, seen, (at, kill))));
            }
            talking.into_iter().map(|talks| talks.join().unwrap()).collect()
        });
        let _ = server.end();
        let transcript = Transcript::parse(&journal::read(&data.0, 1).unwrap()).unwrap();
        let due = due(&transcript);
        for (name, received) in names.iter().zip(received) {
            let called = format!("/username {name}");
            let client = transcript.entries.iter().find_map(|entry| match entry {
                Entry::Event(Event::Line { client, line }) if **line == *called => Some(*client),
                _ => None,
            });
            // Who has no event with its name has been sent nothing that follows from it.
            let Some(client) = client else {
                assert!(!received.contains(name), "{name} of run {run}: {received}");
                continue;
            };
            assert!(due[&client].starts_with(&received), "{name} of run {run}, killed at {at}");
        }
    }
}

/// What each client is due.
fn due(transcript: &Transcript) -> BTreeMap<ClientId, String> {
    let mut due: BTreeMap<ClientId, String> = BTreeMap::new();
    let mut banner = String::new();
    render(&Message::Welcome, &mut banner);
    for entry in transcript.replayed() {
        match entry {
            Entry::Welcomed(client) => *due.entry(client).or_default() += &banner.replace('\r', ""),
            Entry::Sent { to, line } => {
                to.iter()
                    .for_each(|client| *due.entry(*client).or_default() += &format!("{line}\n"));
            }
            _ => {}
        }
    }
    due
}

/// The limit on file sizes stands in for a full disk: everybody is told, nothing more is shown, and after a restart with
/// room all is there that was shown.
#[test]
fn a_full_disk_stops_the_chat_and_loses_nothing() {
    let data = Scratch::new("data-full");
    let mut server =
        Server::start_limited("-f 1000", &["--rate-limit", "off", "--data", data.path()]);
    let mut ann = server.join_as("ann");
    let mut bob = server.join();
    ann.expect(" * [anonymous1] has connected");
    let padding = "x".repeat(1000);
    let mut shown = 0;
    loop {
        ann.send(format!("{padding} {shown}\r\n"));
        let line = bob.line();
        if line == " * the chat stands still: the disk is full or slow; no line is lost" {
            break;
        }
        assert_eq!(line, format!("[ann]> {padding} {shown}"));
        shown += 1;
        assert!(shown < 200, "the limit does not hold");
    }
    ann.expect(" * the chat stands still: the disk is full or slow; no line is lost");
    server.log_line("the chat stands still: its journal cannot be written");
    assert!(shown >= 10, "{shown}");
    server.signal(Signal::KILL);
    let _ = server.end();
    let text = journal::read(&data.0, 1).unwrap();
    let said = text.lines().filter(|line| line.contains(&padding)).count();
    assert_eq!(said, shown, "what was shown is there, and nothing else");
    let server = serve(&data);
    let mut cat = Person::join(server.addresses[0]);
    cat.say("there is room again");
    cat.ping();
}

//! Tests the checkers: corrupts the output of one session in one way, and requires that the intended checker reports
//! exactly that.
//!
//! Not here: faulty machines (`shrinking`), and changes of the product.

use std::collections::BTreeSet;

use chinwag::chat::ClientId;
use chinwag_harness::Operation::{self, Bye, Connect, Ignore, Join, Rename, Say, Whisper};
use chinwag_harness::Run;
use chinwag_harness::Target::Present;
use chinwag_harness::diff::LEGEND;
use chinwag_harness::laws::{LAWS, Law};
use chinwag_harness::streams::Finding;

use crate::support::laws::lines_are_whole;

const ANN: ClientId = ClientId(0);
const BOB: ClientId = ClientId(1);
const CY: ClientId = ClientId(2);
const DAN: ClientId = ClientId(3);
const EVE: ClientId = ClientId(4);

const fn say(slot: u8) -> Operation {
    Say { slot, opening: 0, body: 0 }
}

const fn whisper(slot: u8, to: u8) -> Operation {
    Whisper { slot, to: Present(to), word: 0, body: 0 }
}

/// The session. A line's token is the index of its step.
const SESSION: [Operation; 21] = [
    // Step 0: Ann, Bob, Cy and Dan connect.
    Connect,
    Connect,
    Connect,
    Connect,
    Rename { slot: 0, name: 0, word: 0 },
    // Step 5.
    say(0),
    say(1),
    say(0),
    say(0),
    whisper(0, 1),
    // Step 10.
    whisper(0, 1),
    // Eve connects.
    Connect,
    say(0),
    Ignore { slot: 2, whom: Present(1) },
    say(1),
    // Step 15: Dan leaves.
    Bye { slot: 3, word: 0 },
    say(0),
    Join { slot: 2, room: 1 },
    say(0),
    say(1),
    // Step 20.
    whisper(0, 2),
];

/// The checker that must report a corruption, and its report.
#[derive(Clone, Copy)]
enum Judge {
    /// The stream checkers, with all their findings.
    Streams(&'static [Finding]),
    /// The checker of text, with the start of its report.
    Text(&'static str),
    /// The comparison with the model: the event, and the start of the difference.
    Model(&'static str, &'static str),
}
use Finding::{Disagreement, Duplicate, Gap, Leak, Lost, Phantom, Reordered, Stale};
use Judge::{Model, Streams, Text};

/// Changes what a client was sent in a step.
fn alter(run: &mut Run, step: usize, client: ClientId, alter: impl Fn(String) -> String) {
    let told = &mut run.steps[step].told;
    let text = alter(told.to(client));
    told.sent.retain(|(to, _)| *to != client);
    told.sent.push((client, text));
}

/// Drops what a client was sent in a step.
fn lose(run: &mut Run, step: usize, client: ClientId) {
    alter(run, step, client, |_| String::new());
}

/// Sends a client in one step, in addition, what another client was sent in another step.
fn copy(run: &mut Run, (from, of): (usize, ClientId), (step, client): (usize, ClientId)) {
    let copied = run.steps[from].told.to(of);
    alter(run, step, client, |text| text + &copied);
}

/// Swaps what a client was sent in two steps.
fn swap(run: &mut Run, client: ClientId, one: usize, other: usize) {
    let texts = [one, other].map(|step| run.steps[step].told.to(client));
    alter(run, one, client, |_| texts[1].clone());
    alter(run, other, client, |_| texts[0].clone());
}

/// Replaces part of what a client was sent in a step.
fn replace(run: &mut Run, step: usize, client: ClientId, part: &str, other: &str) {
    assert!(run.steps[step].told.to(client).contains(part));
    alter(run, step, client, |text| text.replace(part, other));
}

type Mutant = (&'static str, fn(&mut Run), Judge);

const MUTANTS: &[Mutant] = &[
    (
        "a line comes twice",
        |run| copy(run, (7, BOB), (7, BOB)),
        Streams(&[Duplicate { at: BOB, token: 7 }]),
    ),
    (
        "a line comes again later",
        |run| copy(run, (5, BOB), (16, BOB)),
        Streams(&[Duplicate { at: BOB, token: 5 }]),
    ),
    (
        "a whisper comes twice",
        |run| copy(run, (9, BOB), (12, BOB)),
        Streams(&[Duplicate { at: BOB, token: 9 }]),
    ),
    (
        "a line that nobody said",
        |run| alter(run, 19, EVE, |text| text + "[ann]> hello#99\r\n"),
        Streams(&[Phantom { at: EVE, token: 99 }]),
    ),
    (
        "a line goes to its sender",
        |run| copy(run, (7, BOB), (7, ANN)),
        Streams(&[Leak { at: ANN, token: 7 }]),
    ),
    (
        "a line goes to a client that ignores its sender",
        |run| copy(run, (14, DAN), (14, CY)),
        Streams(&[Leak { at: CY, token: 14 }]),
    ),
    (
        "a whisper goes to a third client too",
        |run| copy(run, (9, BOB), (9, CY)),
        Streams(&[Leak { at: CY, token: 9 }]),
    ),
    (
        "a whisper goes to a third client instead",
        |run| {
            copy(run, (9, BOB), (9, DAN));
            lose(run, 9, BOB);
        },
        Streams(&[Leak { at: DAN, token: 9 }, Lost { at: BOB, token: 9 }]),
    ),
    (
        "two lines of one sender are swapped for everyone",
        |run| [BOB, CY, DAN].into_iter().for_each(|client| swap(run, client, 7, 8)),
        Streams(&[
            Reordered { at: BOB, first: 7, second: 8 },
            Reordered { at: CY, first: 7, second: 8 },
            Reordered { at: DAN, first: 7, second: 8 },
        ]),
    ),
    (
        "two whispers are swapped",
        |run| swap(run, BOB, 9, 10),
        Streams(&[Reordered { at: BOB, first: 9, second: 10 }]),
    ),
    (
        "lines of two senders are swapped for one client",
        |run| swap(run, CY, 6, 7),
        Streams(&[Disagreement { between: (CY, DAN), first: 7, second: 6 }]),
    ),
    (
        "two clients get each other's whispers",
        |run| {
            copy(run, (10, BOB), (10, CY));
            lose(run, 10, BOB);
            copy(run, (20, CY), (20, BOB));
            lose(run, 20, CY);
        },
        Streams(&[
            Leak { at: BOB, token: 20 },
            Leak { at: CY, token: 10 },
            Lost { at: BOB, token: 10 },
            Lost { at: CY, token: 20 },
        ]),
    ),
    (
        "a line is lost for everyone",
        |run| [BOB, CY, DAN].into_iter().for_each(|client| lose(run, 7, client)),
        Streams(&[
            Lost { at: BOB, token: 7 },
            Lost { at: CY, token: 7 },
            Lost { at: DAN, token: 7 },
        ]),
    ),
    (
        "a line in the middle is lost for one client",
        |run| lose(run, 6, CY),
        Streams(&[Gap { at: CY, token: 6 }]),
    ),
    (
        "the last line is lost for one client",
        |run| lose(run, 18, BOB),
        Streams(&[Lost { at: BOB, token: 18 }]),
    ),
    ("the last whisper is lost", |run| lose(run, 10, BOB), Streams(&[Lost { at: BOB, token: 10 }])),
    (
        "a line comes after leaving",
        |run| copy(run, (16, BOB), (16, DAN)),
        Streams(&[Stale { at: DAN }]),
    ),
    (
        "a line comes before the banner",
        |run| copy(run, (8, BOB), (8, EVE)),
        Streams(&[Stale { at: EVE }]),
    ),
    (
        "a line from before connecting comes after it",
        |run| copy(run, (8, BOB), (11, EVE)),
        Streams(&[Stale { at: EVE }]),
    ),
    ("the banner is missing", |run| lose(run, 11, EVE), Streams(&[Stale { at: EVE }])),
    (
        "a line has no end",
        |run| replace(run, 19, EVE, "\r\n", ""),
        Text("4 was sent half a line: "),
    ),
    (
        "a line has a line end in the middle",
        |run| replace(run, 19, EVE, "hello", "hel\nlo"),
        Text("4 was sent a control character: \"[anonymous1]> hel\\nlo#19\""),
    ),
    (
        "a control character comes through",
        |run| replace(run, 19, EVE, "hello", "\u{1B}[2Jhello"),
        Text("4 was sent a control character: \"[anonymous1]> \\u{1b}[2Jhello#19\""),
    ),
    (
        "a line has two ends",
        |run| replace(run, 19, EVE, "\r\n", "\r\n\r\n"),
        Model("`1 > hello#19`", "client 4:\n  [anonymous1]> hello#19\n+ "),
    ),
    (
        "a line is cut off",
        |run| replace(run, 19, EVE, "hello#19", "hel"),
        Model("`1 > hello#19`", "client 4:\n- "),
    ),
    (
        "a line shows another user's name",
        |run| replace(run, 7, BOB, "[ann]", "[anonymous2]"),
        Model("`0 > hello#7`", "client 1:\n- "),
    ),
    (
        "a line shows a former name",
        |run| replace(run, 7, BOB, "[ann]", "[anonymous0]"),
        Model("`0 > hello#7`", "client 1:\n- "),
    ),
    (
        "a whisper looks like a line",
        |run| replace(run, 9, BOB, "] whispers> ", "]> "),
        Model("`0 > @anonymous1 hello#9`", "client 1:\n- "),
    ),
    (
        "a line goes to a client in another room",
        |run| copy(run, (18, BOB), (18, CY)),
        Model("`0 > hello#18`", "client 2:\n+ "),
    ),
    ("a notice is missing", |run| lose(run, 15, BOB), Model("`3 > /bye`", "client 1:\n- ")),
    (
        "a notice comes twice",
        |run| copy(run, (15, BOB), (15, BOB)),
        Model("`3 > /bye`", "client 1:\n   * [anonymous3] has disconnected\n+ "),
    ),
    (
        "a notice comes after leaving",
        |run| copy(run, (17, BOB), (17, DAN)),
        Model("`2 > /join cafe`", "client 3:\n+ "),
    ),
    (
        "nobody is disconnected",
        |run| run.steps[15].told.closed.clear(),
        Model("`3 > /bye`", "closed connections:\n- "),
    ),
    (
        "the wrong client is disconnected",
        |run| run.steps[15].told.closed = vec![EVE],
        Model("`3 > /bye`", "closed connections:\n- "),
    ),
];

/// The intended checker reports each corruption and nothing else. The comparison with the model finds all of them.
#[test]
fn every_corruption_is_reported_by_its_checker() {
    let run = Run::of(&SESSION);
    let verdicts = (run.check(), run.streams().findings(), lines_are_whole(&run));
    assert_eq!(verdicts, (Ok(()), vec![], Ok(())));
    for (name, change, judge) in MUTANTS {
        let mut run = Run::of(&SESSION);
        change(&mut run);
        let problem = run.check().expect_err(name);
        match judge {
            Streams(findings) => assert_eq!(run.streams().findings(), *findings, "{name}"),
            Text(found) => {
                let problem = lines_are_whole(&run).expect_err(name);
                assert!(problem.starts_with(found), "{name}: {problem}");
            }
            Model(event, found) => {
                let found = format!("after {event} {LEGEND}\n{found}");
                assert!(problem.starts_with(&found), "{name}: {problem}");
            }
        }
    }
}

/// Every law that compares client output finds a lost line, and no other law does.
#[test]
fn a_lost_line_breaks_the_laws() {
    let broken_by = |run: &Run| -> Vec<&str> {
        let is_broken = |law: Law| (0..=255).step_by(51).any(|draw| law(run, draw).is_err());
        LAWS.iter().filter(|(_, law)| is_broken(*law)).map(|(name, _)| *name).collect()
    };
    let mut run = Run::of(&SESSION);
    assert_eq!(broken_by(&run), [""; 0]);
    lose(&mut run, 7, DAN);
    let found = [
        "B2, purging of whispers",
        "B2, purging of what is private",
        "F2, prefix",
        "F3, relabelling",
        "F4, continuation of a copy",
        "errors leave no trace",
        "K4, restoration",
    ];
    assert_eq!(broken_by(&run), found);
}

/// Some corruption causes every kind of finding.
#[test]
fn every_kind_of_finding_occurs() {
    let kinds = |finding: &Finding| match finding {
        Duplicate { .. } => "duplicate",
        Phantom { .. } => "phantom",
        Leak { .. } => "leak",
        Reordered { .. } => "reordered",
        Disagreement { .. } => "disagreement",
        Lost { .. } => "lost",
        Gap { .. } => "gap",
        Stale { .. } => "stale",
    };
    let found = MUTANTS.iter().flat_map(|(_, _, judge)| match judge {
        Streams(findings) => *findings,
        Text(_) | Model(..) => &[],
    });
    assert_eq!(found.map(kinds).collect::<BTreeSet<_>>().len(), 8);
}

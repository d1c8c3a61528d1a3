//! Bytes: laws G1 to G4.
//!
//! Not here: what single clients send (`conformance`), and wrapped rows (`rows`).

use std::cell::{Cell, RefCell};
use std::{fmt, mem};

use chinwag::chat::{Command, Limits, Signal, Text, Verb};
use chinwag::wire::Received;
use chinwag::wire::transcript::Transcript;
use chinwag_harness::diff::{self, LEGEND};
use chinwag_harness::laws::chunking;
use chinwag_harness::name_pool::{BODIES, NAMES};
use chinwag_harness::{TelnetClients, fuzz};
use proptest::prelude::*;

use crate::support::laws::{every, every_run, lines_are_whole, require};

/// Bytes with a short debug output.
struct Bytes(Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("b\"")?;
        for run in self.0.chunk_by(|one, other| one == other) {
            let byte = run[..1].escape_ascii();
            match run.len() {
                count @ 0..9 => write!(f, "{}", byte.to_string().repeat(count))?,
                count => write!(f, "{{{count} times {byte}}}")?,
            }
        }
        f.write_str("\"")
    }
}

/// G1: the same bytes give the same lines, signals and answers however they are split into reads.
#[test]
fn g1_splitting_changes_nothing() {
    let piece = prop_oneof![
        4 => prop::sample::select(&b"\xFF\xFA\xF0\xFB\xFC\xFD\xFE\xF4\xF6\xF7\xF8\x06\x01\x08\x7F\x15\r\n\0a\xC3\xA9"[..])
            .prop_map(|byte| vec![byte]),
        1 => prop::sample::select(vec![
            b"hello\r\n".to_vec(), b"hi\r\0".to_vec(), b"\xFF\xFD\x06".to_vec(), b"GET / HTTP/1.1\r\n".to_vec(), b"\x16\x03".to_vec(),
            b"PASS x\r\n".to_vec(), b"NICK x\r\n".to_vec(), b"USER x 0 * :x\r\n".to_vec(), b"*1\r\n".to_vec(), b"$4\r\n".to_vec(),
            b"\r\n\r\n\0\r\nQUIT\n".to_vec(), b"\x0A\0\x2F\x04".to_vec(), b"stats\r\n".to_vec(),
            b"\xFF\xFA\x1F\0P\0\x18\xFF\xF0".to_vec(), b"\xFF\xFB\x1F\xFF\xFA\x1F\0\xFF\xFF\0\x18\xFF\xF0".to_vec(),
            vec![b'x'; 2040], vec![b'y'; 2049],
        ]),
        // Graphemes and key presses that one Backspace erases as a whole, or not at all, and erasing keys.
        2 => prop::sample::select(vec![
            "e\u{301}\u{323}", "\u{1F469}\u{200D}\u{1F4BB}", "\u{1F1E9}\u{1F1EA}", "\u{1F1E9}", "\u{200D}", "\u{FE0F}",
            "\u{BA8}\u{BC0}", "\u{301}", "\u{1B}[A", "\u{1B}OP", "\u{1B}", "\u{1B}[1;5", "\u{1B}]0;t", "[[A", "\u{8}", "\u{7F}\u{7F}", "\u{15}",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::sample::select(vec![
            &b"\xFF\xF7"[..], b"\xFF\xF8", b"\xFF\xED", b"\xFF\xF3", b"\xFF\xF5", b"\xFF\xF1", b"\xE2\x82", b"\xF0\x9F\x92", b"\xC3",
            b"\xFF\xFA\x18\xFF\xF4", b"\xFF\xFA\x1F\0\xFF\xF6", b"\xFF\xFA\x18z\xFF\xFD\x06",
            b"\xFF\xFC\x1F", b"\xFF\xFB\x1F", b"\xFF\xFA\x1F", b"\xFF\xFA\x1F\0\x50\0\x18\xFF\xF0", b"\xFF\xFF",
        ]).prop_map(<[u8]>::to_vec),
        1 => (500..520_usize).prop_map(|length| [b"\xFF\xFA\x18", &vec![b'z'; length][..]].concat()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    let bytes = (any::<u8>(), prop::collection::vec(piece, 0..40))
        .prop_map(|(split, pieces)| Bytes([vec![split], pieces.concat()].concat()));
    every(bytes, |Bytes(bytes)| fuzz::telnet(bytes));
}

/// G1 holds for the bytes that the clients of a session type.
#[test]
fn g1_splitting_what_a_session_types_changes_nothing() {
    every_run(|run| chunking(run, 11));
}

/// G2: an overlong line costs one refusal and is dropped up to its end; the next line is intact.
#[test]
fn g2_an_overlong_line_costs_one_refusal() {
    let limit = Limits::default().line;
    let end = prop::sample::select(vec!["\r\n", "\r\0", "\r", "\n"]);
    every((1..20_000_usize, 1..5000_usize, end), |(excess, chunk, end)| {
        let bytes = format!("{}{end}next{end}", "x".repeat(limit + excess));
        let got = fuzz::receive(bytes.as_bytes().chunks(*chunk));
        let due = [Received::Signal(Signal::Overlong), Received::Line("next".into())];
        require(got == due, || format!("{got:?}"))
    });
}

/// G3: parsing what a command prints gives the same command, for any characters. Every command occurs.
#[test]
fn g3_printing_then_parsing_a_command_is_the_identity() {
    let mut fragments: Vec<String> = [
        "/", "@", " ", "\t", "\u{A0}", "w", "help", "username", "msg", "list", "\u{301}",
        "\u{200D}", "x",
    ]
    .map(str::to_owned)
    .into();
    fragments.extend(NAMES.iter().map(|name| name.typed.to_owned()));
    fragments.extend(BODIES.iter().map(|(body, _)| (*body).to_owned()));
    let fragment = prop_oneof![
        9 => prop::sample::select(fragments),
        1 => any::<char>().prop_map(|character| character.to_string()),
    ];
    let mut openings: Vec<String> = Verb::words().map(|word| format!("/{word} ")).collect();
    openings.extend(
        [
            "@bob ",
            "/w bob ",
            "/list all",
            "/history 9",
            "/notices on",
            "/hide on",
            "/wrap 60",
            "/ascii on",
            "/kick bob: ",
            "/ban bob for 120s ",
            "/mute bob 2D ",
            "/bans",
            "/lock 90M",
            "/lock off",
            "/slow lobby 10 GUESTS",
            "/audit 3",
            "",
        ]
        .map(str::to_owned),
    );
    let line = (prop::sample::select(openings), prop::collection::vec(fragment, 0..4))
        .prop_map(|(opening, fragments)| opening + &fragments.concat());
    let occurring = RefCell::new(Vec::new());
    every(prop::collection::vec(line, 0..80), |lines| {
        for line in lines {
            let command = Command::parse(Text::clean(&**line));
            let mut occurring = occurring.borrow_mut();
            let variant = command.map(|command| mem::discriminant(&command));
            if variant.is_ok() && !occurring.contains(&variant) {
                occurring.push(variant);
            }
            fuzz::command(line.as_bytes())?;
        }
        Ok(())
    });
    // One for each verb, and one for a spoken line.
    assert_eq!(occurring.into_inner().len(), Verb::all().count() + 1);
}

/// G3: parsing a printed transcript gives the same transcript, for any session.
#[test]
fn g3_printing_then_parsing_a_transcript_is_the_identity() {
    every_run(|run| {
        let printed = run.to_string();
        let parsed = Transcript::parse(&printed).map_err(|error| error.to_string())?;
        let again = parsed.to_string();
        require(again == printed, || {
            format!("printed again {LEGEND}\n{}", diff::numbered(&printed, &again))
        })?;
        let replayed = parsed.replay();
        require(replayed == parsed, || {
            format!("replayed {LEGEND}\n{}", diff::numbered(&again, &replayed.to_string()))
        })
    });
}

/// Starts of lines that have an effect.
const COMMANDS: [&[u8]; 22] = [
    b"/username ",
    b"/username bob\r\n",
    b"@anonymous0 ",
    b"@anonymous1 ",
    b"/reply ",
    b"/me ",
    b"/topic ",
    b"/join a\r\n/topic ",
    b"/away ",
    b"/join ",
    b"/join a\r\n",
    b"/leave\n",
    b"/private\r",
    b"/history\r\n",
    b"/list all\r\n",
    b"/rooms\r\n",
    b"/whois anonymous1\r\n",
    b"/help ",
    b"/bye\r\n",
    b"/",
    b"@",
    b"//",
];

/// Attempts to control a terminal: whole and incomplete sequences, C1 controls as characters and as bytes, incomplete
/// characters, marks, bidirectional and invisible characters, an overlong encoding of a line feed.
const WEAPONS: [&[u8]; 36] = [
    b"\x1B",
    b"\x1B[31m",
    b"\x1B[2J",
    b"\x1B]0;t\x07",
    b"\x1BPq",
    b"\x1B_x",
    b"\x1B\\",
    b"\x1Bc",
    b"\xC2\x9B2J",
    b"\xC2\x9D",
    b"\xC2\x85",
    b"\x9B",
    b"\x85",
    b"\x07",
    b"\x08",
    b"\t",
    b"\x0B",
    b"\x0C",
    b"\x18",
    b"\x7F",
    b"\xC2",
    b"\xE2\x80",
    b"\xF0\x9F",
    b"\xC0\x8A",
    b"\xED\xA0\x80",
    b"\xCC\x81",
    b"\xE2\x80\xAE",
    b"\xE2\x81\xA6",
    b"\xE2\x80\x8F",
    b"\xE2\x80\xA8",
    b"\xE2\x80\x8B",
    b"\xE2\x80\x8D",
    b"\xEF\xB8\x8F",
    b"\xEF\xBB\xBF",
    b"\xF3\xA0\x81\x81",
    b"\xD7\x90",
];

/// Forged starts of server lines, text that fills a row up to its end, and telnet commands.
const FORGERIES: [&[u8]; 20] = [
    &[b' '; 62],
    &[b' '; 73],
    "\u{65E5}".as_bytes(),
    b"[bob]> hi",
    b" * [bob] has connected",
    b" ~ bob waves",
    b" | ",
    b"UserList:{bob}",
    b"hello",
    b" ",
    b"bob",
    b"bob]>",
    b"\xFF\xFD\x06",
    b"\xFF\xFB\x1F",
    b"\xFF\xF4",
    b"\xFF\xF6",
    b"\xFF\xFA\x18",
    b"\xFF\xF0",
    b"\xFF\xFF",
    b"\xFF",
];

const ENDS: [&[u8]; 5] = [b"\r\n", b"\r\0", b"\n", b"\r", b"\0"];

/// Bytes that a peer sends at once; none stands for disconnecting.
fn sent_at_once() -> impl Strategy<Value = Bytes> {
    let one_of =
        |pieces: &'static [&'static [u8]]| prop::sample::select(pieces).prop_map(<[u8]>::to_vec);
    let piece = prop_oneof![
        4 => one_of(&WEAPONS),
        2 => one_of(&FORGERIES),
        2 => one_of(&ENDS),
        2 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    let line = (one_of(&COMMANDS), prop::collection::vec(piece.clone(), 0..4), one_of(&ENDS))
        .prop_map(|(command, pieces, end)| [command, pieces.concat(), end].concat());
    let pieces = prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat());
    prop_oneof![line, pieces].prop_map(Bytes)
}

/// G4: whatever bytes peers send, nobody is sent an escape sequence, a control character other than a line end, a
/// bare CR or LF, or a line whose start a peer chose. A terminal's own parser judges it.
#[test]
fn g4_no_bytes_of_a_peer_control_a_terminal() {
    let seen = MARKS.map(|_| Cell::new(0));
    let actions = prop::collection::vec((0..TelnetClients::COUNT, sent_at_once()), 0..40);
    every(actions, |actions| {
        let mut clients = TelnetClients::new();
        for (peer, Bytes(bytes)) in actions {
            match &bytes[..] {
                [] => clients.finish(*peer),
                bytes => clients.send(*peer, bytes),
            }
        }
        for sent in clients.terminals.sent() {
            let has = |mark: &[u8]| sent.windows(mark.len()).any(|part| part == mark);
            let marks = MARKS.iter().zip(&seen).filter(|(mark, _)| has(mark.as_bytes()));
            marks.for_each(|(_, count)| count.set(count.get() + 1));
        }
        clients.terminals.judge()
    });
    for (mark, count) in MARKS.iter().zip(&seen) {
        assert!(count.get() > 0, "nobody was sent {mark:?}");
    }
}

/// Texts that must occur in some session; otherwise the property above says little.
const MARKS: [&str; 9] = [
    "]> ",
    "] whispers> ",
    " ~ ",
    " | 1970-01-01 00:0",
    " set the topic to: ",
    " * you are away: ",
    "\" is unknown user",
    "changed username to [",
    "\u{FFFD}",
];

/// G4: every line sent has exactly one line end, CR LF, and no other control character.
#[test]
fn g4_every_line_has_one_end_and_no_control_character() {
    every_run(lines_are_whole);
}

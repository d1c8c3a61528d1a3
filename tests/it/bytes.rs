//! Bytes: invariants G1 to G4.

use std::fmt;

use chinwag::chat::{Limits, Signal};
use chinwag::wire::Received;
use chinwag::wire::transcript::Transcript;
use chinwag_harness::fuzz;
use chinwag_harness::pools::{BODIES, NAMES};
use proptest::prelude::*;

use crate::laws::{every, every_run, require};

/// Bytes, shown as short as possible.
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

/// G1: any splitting of the bytes gives the same lines, signals and answers.
#[test]
fn g1_splitting_changes_nothing() {
    let piece = prop_oneof![
        4 => prop::sample::select(&b"\xFF\xFA\xF0\xFB\xFC\xFD\xFE\xF4\xF6\xF7\xF8\x06\x01\x08\x7F\x15\r\n\0a\xC3\xA9"[..])
            .prop_map(|byte| vec![byte]),
        1 => prop::sample::select(vec![
            b"hello\r\n".to_vec(), b"hi\r\0".to_vec(), b"\xFF\xFD\x06".to_vec(), b"GET / HTTP/1.1\r\n".to_vec(), b"\x16\x03".to_vec(),
            b"\xFF\xFA\x1F\0P\0\x18\xFF\xF0".to_vec(), vec![b'x'; 2040], vec![b'y'; 2049],
        ]),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    let bytes = (any::<u8>(), prop::collection::vec(piece, 0..40))
        .prop_map(|(split, pieces)| Bytes([vec![split], pieces.concat()].concat()));
    every(bytes, |Bytes(bytes)| fuzz::telnet(bytes));
}

/// G2: an overlong line costs one refusal and is forgotten up to its end; the next one is whole.
#[test]
fn g2_an_overlong_line_costs_one_refusal() {
    let limit = Limits::default().line;
    let end = prop::sample::select(vec!["\r\n", "\r\0", "\r", "\n"]);
    every((1..20_000_usize, 1..5000_usize, end), |(excess, chunk, end)| {
        let bytes = format!("{}{end}next{end}", "x".repeat(limit + excess));
        let got = fuzz::receive(bytes.as_bytes().chunks(*chunk));
        let due = [Received::Signal(Signal::Overlong), Received::Line("next".to_owned())];
        require(got == due, || format!("{got:?}"))
    });
}

/// G3: what is printed is parsed as the same: commands, from any characters.
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
    every(prop::collection::vec(fragment, 0..8), |fragments| {
        fuzz::command(fragments.concat().as_bytes())
    });
}

/// G3: and transcripts, of any session.
#[test]
fn g3_printing_then_parsing_a_transcript_is_the_identity() {
    every_run(|run| {
        let printed = run.to_string();
        let parsed = Transcript::parse(&printed).map_err(|error| error.to_string())?;
        require(parsed.to_string() == printed, || format!("{parsed}\nis not\n{printed}"))?;
        require(parsed.replay() == parsed, || "the replay differs".to_owned())
    });
}

/// G4: every line sent has exactly one line end, CR LF, and no other control character.
#[test]
fn g4_every_line_has_one_end_and_no_control_character() {
    every_run(|run| {
        for client in run.clients() {
            let sent = run.sent_to(client);
            let lines: Vec<&str> = sent.split("\r\n").collect();
            let is_whole = lines.last().is_none_or(|rest| rest.is_empty());
            require(is_whole, || format!("{client} was sent half a line: {sent:?}"))?;
            for line in lines {
                let is_clean = !line.chars().any(char::is_control);
                require(is_clean, || format!("{client} was sent a control character: {line:?}"))?;
            }
        }
        Ok(())
    });
}

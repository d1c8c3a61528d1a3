//! Scripted sessions (`tests/transcripts/*.chat`). Each must match a replay on the machine, and what clients of the
//! simulated server are sent.
//!
//! Not here: the same over TCP (`scripts`).

use std::{env, fs};

use chinwag::chat::{Chat, Group, Help, Message, Timestamp, Verb};
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};
use chinwag_harness::diff;
use chinwag_harness::simulator::perform;
use chinwag_harness::terminal::Terminals;
use expect_test::expect_file;

use crate::support::laws::perform_at;
use crate::support::transcripts::{scripts, transcripts};

/// The command that stores replays.
const REWRITE: &str = "UPDATE_EXPECT=1 cargo test --test it every_transcript_matches_its_replay";

#[test]
fn every_transcript_matches_its_replay() {
    for (path, text, transcript) in transcripts() {
        let happens = transcript.replay().to_string();
        assert_eq!(terminals(&transcript).judge(), Ok(()), "{}", path.display());
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, happens).unwrap();
        } else {
            assert!(
                text == happens,
                "{} (- stored, + replayed)\n{}\n\nto rewrite it:\n{REWRITE}",
                path.display(),
                diff::numbered(&text, &happens),
            );
        }
    }
}

#[test]
fn clients_of_the_simulated_server_match_every_transcript() {
    for (name, script) in scripts(true) {
        if let Err(problem) = perform(&script) {
            panic!("{name}: {problem}");
        }
    }
}

/// The terminals of everyone in a transcript.
fn terminals(transcript: &Transcript) -> Terminals {
    let mut chat = Chat::new(transcript.limits.clone());
    let mut terminals = Terminals::default();
    let mut now = Timestamp::default();
    for entry in &transcript.entries {
        match entry {
            Entry::At(at) => now = *at,
            Entry::Event(event) => {
                terminals.receive(&perform_at(&mut chat, now, event.clone()));
            }
            _ => {}
        }
    }
    terminals
}

/// The banner and all help texts.
#[test]
fn the_help_texts_are_as_stored() {
    let mut text = String::new();
    render(&Message::Welcome, &mut text);
    let banner = text.clone();
    render(&Message::Help(Help::Chat { is_operator: false }), &mut text);
    let help = text[banner.len()..].to_owned();
    let mut groups = Vec::new();
    for group in [Group::People, Group::Rooms, Group::Order] {
        let before = text.len();
        render(&Message::Help(Help::Group(group)), &mut text);
        groups.push((text[before..].to_owned(), 23));
    }
    // The greeting adds two rows, and the typed command one: each fits a screen of 24 by 80.
    groups.extend([(banner, 6), (help, 23)]);
    for (text, rows) in groups {
        assert!(text.lines().count() <= rows && text.lines().all(|row| row.len() < 80), "{text}");
    }
    for verb in Verb::all() {
        render(&Message::Help(Help::Command(verb)), &mut text);
    }
    expect_file!["../transcripts/help.txt"].assert_eq(&text.replace("\r\n", "\n"));
}

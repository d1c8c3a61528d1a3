//! Scripted sessions (`tests/transcripts/*.chat`). Each must match a replay on the machine, and what clients of the
//! simulated server are sent.
//!
//! Not here: the same over TCP (`scripts`).

use std::path::{Path, PathBuf};
use std::{env, fs};

use chinwag::chat::{Chat, Limits, Message, Timestamp, Verb};
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};
use chinwag_harness::script::Script;
use chinwag_harness::simulator::perform;
use chinwag_harness::terminal::Terminals;
use expect_test::expect_file;

use crate::laws::perform_at;

/// The transcripts with their paths and texts.
fn transcripts() -> Vec<(PathBuf, String, Transcript)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "chat"));
    paths.sort();
    assert!(paths.len() >= 8, "{} transcripts", paths.len());
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let transcript = Transcript::parse(&text).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        });
        (path, text, transcript)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn every_transcript_matches_its_replay() {
    for (path, text, transcript) in transcripts() {
        let happens = transcript.replay().to_string();
        assert_eq!(terminals(&transcript).judge(), Ok(()), "{}", path.display());
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, happens).unwrap();
        } else {
            let differ = text.lines().zip(happens.lines()).position(|(one, other)| one != other);
            let line = differ.map_or(0, |index| index + 1);
            assert!(
                text == happens,
                "{}:{line}: this is what happens (UPDATE_EXPECT=1 rewrites the file):\n{happens}",
                path.display(),
            );
        }
    }
}

/// Events of transcripts that clients cannot cause, or only in another way.
const DIFFERENCES: &[(&str, &str)] = &[
    ("crowds", "8 connects: left out, the server has stopped"),
    ("leaving", "4 disconnects: slow: replaced by 4 disconnects: lost"),
    ("leaving", "5 disconnects: closed: left out, it is not connected"),
    ("limits", "1 > 12345678901234567890123456789012345678901: replaced by 1 signals overlong"),
    // Blank lines before the first line do not count.
    ("speaking", "1 >: left out, no bytes mean this line"),
];

/// The transcripts as scripts, with their names. They have their own limits, or those of a server without options.
/// Only known differences are permitted.
pub(crate) fn scripts(has_own_limits: bool) -> Vec<(String, Script)> {
    let mut differences = Vec::new();
    let mut scripts = Vec::new();
    for (path, _, mut transcript) in transcripts() {
        if !has_own_limits {
            transcript.limits = Limits::default();
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let script = Script::of(&transcript);
        let events = transcript.entries.iter().filter(|entry| matches!(entry, Entry::Event(_)));
        let left_out = script.differences.iter().filter(|what| what.contains("left out"));
        assert_eq!(script.acts.len() + left_out.count(), events.count(), "{name}");
        let own = script.differences.iter().map(|difference| (name.clone(), difference.clone()));
        differences.extend(own);
        scripts.push((name, script));
    }
    let applies = |(name, _): &&(&str, &str)| has_own_limits || *name != "limits";
    let known = DIFFERENCES
        .iter()
        .filter(applies)
        .map(|(name, what)| ((*name).to_owned(), (*what).to_owned()));
    assert_eq!(differences, known.collect::<Vec<_>>());
    scripts
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
    render(&Message::Help(None), &mut text);
    let help = text[banner.len()..].to_owned();
    // The greeting adds two rows, and the typed command one: each fits a screen of 24 by 80.
    for (text, rows) in [(banner, 6), (help, 23)] {
        assert!(text.lines().count() <= rows && text.lines().all(|row| row.len() < 80), "{text}");
    }
    for verb in Verb::all() {
        render(&Message::Help(Some(verb)), &mut text);
    }
    expect_file!["../transcripts/help.txt"].assert_eq(&text.replace("\r\n", "\n"));
}

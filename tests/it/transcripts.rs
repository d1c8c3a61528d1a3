//! Scripted sessions (`tests/transcripts/*.chat`): each must be what the machine makes of it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use chinwag::chat::{Chat, Message, Timestamp, Verb};
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};
use chinwag_harness::terminal::Terminals;
use expect_test::expect_file;

use crate::laws::perform_at;

#[test]
fn every_transcript_is_what_happens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "chat"));
    paths.sort();
    assert!(paths.len() >= 8, "{} transcripts", paths.len());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let transcript = Transcript::parse(&text).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        });
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

/// What everyone in a transcript is sent.
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

/// The banner and the help, as they are shown.
#[test]
fn the_help_reads_like_this() {
    let mut text = String::new();
    render(&Message::Welcome, &mut text);
    render(&Message::Help(None), &mut text);
    for verb in Verb::all() {
        render(&Message::Help(Some(verb)), &mut text);
    }
    expect_file!["../transcripts/help.txt"].assert_eq(&text.replace("\r\n", "\n"));
}

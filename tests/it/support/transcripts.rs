//! The stored transcripts (`tests/transcripts/*.chat`), and the scripts made of them.
//!
//! Not here: running them (`transcripts`, `scripts`).

use std::fs;
use std::path::{Path, PathBuf};

use chinwag::chat::Limits;
use chinwag::wire::transcript::{Entry, Transcript};
use chinwag_harness::script::Script;

/// The transcripts with their paths and texts.
pub(crate) fn transcripts() -> Vec<(PathBuf, String, Transcript)> {
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

/// Events of transcripts that clients cannot cause, or only in another way.
const DIFFERENCES: &[(&str, &str)] = &[
    ("accounts-limit", "1 answers 0: right open-sesame: left out, it has not been asked that"),
    ("accounts-limit", "2 answers 2: right open-sesame: left out, it has not been asked that"),
    ("accounts-limit", "1 answers 7: right open-sesame: left out, it has not been asked that"),
    ("accounts-limit", "1 answers 2: silent: left out, it takes time"),
    ("accounts-limit", "1 > /login bob: left out, it would be taken as a password"),
    ("accounts-limit", "1 answers 3: busy: left out, it takes time"),
    ("crowds", "8 connects: left out, the server has stopped"),
    ("leaving", "4 disconnects: slow: replaced by 4 disconnects: lost"),
    ("leaving", "5 disconnects: closed: left out, it is not connected"),
    ("limits", "1 > 12345678901234567890123456789012345678901: replaced by 1 signals overlong"),
    ("restarting", "1 > is this a ghost?: left out, it is not connected"),
    // Blank lines before the first line do not count.
    ("speaking", "1 >: left out, no bytes mean this line"),
];

/// The transcripts as scripts, with their names. They have their own limits, or those of a server without options.
/// Only known differences are permitted.
pub(crate) fn scripts(has_own_limits: bool) -> Vec<(String, Script)> {
    let mut differences = Vec::new();
    let mut scripts = Vec::new();
    for (path, _, mut transcript) in transcripts() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if !has_own_limits {
            transcript.limits = Limits::default();
            // Within other limits, questions would be left open.
            if name == "accounts-limit" {
                continue;
            }
        }
        let script = Script::of(&transcript);
        let events = transcript.entries.iter().filter(|entry| matches!(entry, Entry::Event(_)));
        let left_out = script.differences.iter().filter(|what| what.contains("left out"));
        assert_eq!(script.acts.len() + left_out.count(), events.count(), "{name}");
        let own = script.differences.iter().map(|difference| (name.clone(), difference.clone()));
        differences.extend(own);
        scripts.push((name, script));
    }
    let applies =
        |(name, _): &&(&str, &str)| has_own_limits || !["accounts-limit", "limits"].contains(name);
    let known = DIFFERENCES
        .iter()
        .filter(applies)
        .map(|(name, what)| ((*name).to_owned(), (*what).to_owned()));
    assert_eq!(differences, known.collect::<Vec<_>>());
    scripts
}

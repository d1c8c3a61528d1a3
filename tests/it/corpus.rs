//! Replays the stored inputs of the fuzz targets, so that what fuzzing found stays found on any
//! toolchain.

use std::fs;
use std::path::Path;

use chinwag::chat::Verb;
use chinwag_harness::fuzz::TARGETS;

#[test]
fn the_dictionary_has_every_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/command.dict");
    let dictionary = fs::read_to_string(path).unwrap();
    for word in Verb::words() {
        let entry = format!("\"/{word}\"");
        assert!(dictionary.lines().any(|line| line == entry), "{entry} is missing");
    }
}

#[test]
fn every_stored_input_passes() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut inputs: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(inputs.len() >= 5, "the corpus of {name} has {} inputs", inputs.len());
        for input in inputs {
            let outcome = target(&fs::read(&input).unwrap());
            assert_eq!(outcome, Ok(()), "{}", input.display());
        }
    }
}

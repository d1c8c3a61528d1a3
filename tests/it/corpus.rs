//! Replays the stored inputs of the fuzz targets, so that findings stay fixed on any toolchain.
//!
//! Not here: the bodies of the targets (`chinwag_harness::fuzz`).

use std::fs;
use std::path::Path;

use chinwag::chat::Verb;
use chinwag_harness::fuzz::TARGETS;
use expect_test::expect_file;

/// The dictionary lists all commands between its first line and its first blank line.
#[test]
fn the_dictionary_has_every_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/command.dict");
    let text = fs::read_to_string(&path).unwrap();
    let (first, _) = text.split_once('\n').unwrap();
    let (_, others) = text.split_once("\n\n").unwrap();
    let commands: String = Verb::words().map(|word| format!("\"/{word}\"\n")).collect();
    expect_file![path].assert_eq(&format!("{first}\n{commands}\n{others}"));
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

//! Rules that the compiler does not check: layers, module docs, the length of files.
//!
//! Not here: formatting and lints (`cargo fmt`, `cargo clippy`).

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    sources.sort();
    assert!(!sources.is_empty(), "no sources in {folder}");
    sources
}

/// `server` imports `wire`, `wire` imports `chat`, never the other way; and `chat` and `wire` use nothing of `std`.
#[test]
fn imports_point_one_way() {
    for (folder, never) in [
        ("src/chat", &["crate::wire", "crate::server", "std::", "smol", "async"][..]),
        ("src/wire", &["crate::server", "std::", "smol", "async"][..]),
    ] {
        for (path, text) in sources(folder) {
            for (number, line) in (1..).zip(text.lines()) {
                let code = line.split("//").next().unwrap_or_default();
                for name in never {
                    assert!(!code.contains(name), "{}:{number}: {name}", path.display());
                }
            }
        }
    }
}

/// Every file starts with module docs.
#[test]
fn every_file_opens_with_its_docs() {
    for folder in ["src", "tests", "fuzz/fuzz_targets"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//! "), "{} does not start with module docs", path.display());
        }
    }
}

/// A longer file has more than one purpose.
#[test]
fn files_are_short() {
    for folder in ["src", "tests"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 400, "{} has {lines} lines", path.display());
        }
    }
}

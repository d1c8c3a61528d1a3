//! `chinwag replay`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{self, Stdio};

use chinwag::wire::transcript::Transcript;

use crate::tcp::program;

/// A file that is removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("{name}-{}.chat", process::id());
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    fn holding(name: &str, text: &str) -> Self {
        let scratch = Self::new(name);
        fs::write(&scratch.0, text).unwrap();
        scratch
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The test may not have come so far as to make it.
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs `chinwag replay` and returns its status, what it printed, and what it said on standard error.
fn replay(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = program();
    command.arg("replay").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A short run, without what it causes.
fn run() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "chinwag transcript 1\nprogram {version}\n\n# Two.\nat 7\n1 connects\n2 connects\n\
         1 > /username ann\n2 >  hello \\\\ \\u{{20}}\n1 > /bye\n"
    )
}

/// What its second client is sent after the banner.
const SENT: &str = concat!(
    " * [anonymous1] has connected\n",
    " * anonymous0 changed username to [ann]\n",
    " * [ann] has disconnected\n",
);

#[test]
fn a_replay_prints_all_or_what_one_client_was_sent() {
    let journal = Scratch::holding("replayed", &run());
    let all = Transcript::parse(&run()).unwrap().replay().to_string();
    assert!(
        all.ends_with("1 > /bye\n  2 <  * [ann] has disconnected\n  1 is closed: bye\n"),
        "{all}"
    );
    assert_eq!(replay(&[journal.path()], ""), (Some(0), all.clone(), String::new()));
    assert_eq!(replay(&["-"], &run()), (Some(0), all.clone(), String::new()));
    assert_eq!(replay(&["-"], &all), (Some(0), all, String::new()), "what it printed");
    let (status, sent, said) = replay(&["--client", "2", journal.path()], "");
    assert_eq!((status, said.as_str()), (Some(0), ""));
    let (banner, rest) = sent.split_once("\n\n").unwrap();
    assert_eq!((banner.lines().next(), rest), (Some(""), SENT));
}

/// The process was killed, or the system went down.
#[test]
fn a_journal_that_is_cut_off_is_replayed_up_to_there() {
    let all = Transcript::parse(&run()).unwrap().replay().to_string();
    let said = "chinwag: standard input ends in the middle of a line, which is left out\n";
    for rest in ["2 > hel", "2", "2 > \u{4e16}"] {
        let input = run() + rest;
        assert_eq!(replay(&["-"], &input), (Some(0), all.clone(), said.to_owned()), "{rest}");
    }
}

#[test]
fn a_replay_says_what_may_make_it_differ() {
    let gap = "# 3 events could not be written in time\n# 4 events could not be written in time\n";
    let input = run().replace("1 > /username", &format!("{gap}1 > /username"));
    let all = Transcript::parse(&input).unwrap().replay().to_string();
    let said =
        "chinwag: standard input has gaps (2, of 7 events): after the first, all may differ\n";
    assert_eq!(replay(&["-"], &input), (Some(0), all, said.to_owned()));

    let this = env!("CARGO_PKG_VERSION");
    let input = run().replace(&format!("program {this}"), "program 0.0.9");
    let all = Transcript::parse(&input).unwrap().replay().to_string();
    let said = format!(
        "chinwag: standard input was written by version 0.0.9; this is {this}, which may differ\n"
    );
    assert_eq!(replay(&["-"], &input), (Some(0), all, said));
}

#[test]
fn what_cannot_be_replayed_is_one_clear_line_and_status_1() {
    for (input, client, problem) in [
        (run(), "3", "standard input: no client 3 connects"),
        (
            "GIF89a\n".to_owned(),
            "1",
            "standard input: line 1: a transcript begins with the line \"chinwag transcript 1\"",
        ),
        (
            run() + "1 waves\n",
            "1",
            "standard input: line 11: not a line of a transcript, see wire::transcript",
        ),
    ] {
        let outcome = replay(&["-", "--client", client], &input);
        assert_eq!(outcome, (Some(1), String::new(), format!("chinwag: {problem}\n")));
    }
    let missing = Scratch::new("missing");
    let (status, printed, said) = replay(&[missing.path()], "");
    assert_eq!((status, printed.as_str()), (Some(1), ""));
    let problem = format!("chinwag: cannot read {}: No such file or directory", missing.path());
    assert_eq!(said.split(" (os error").next(), Some(problem.as_str()));
    let binary = Scratch::new("binary");
    fs::write(&binary.0, b"chinwag transcript 1\n\xFF\n").unwrap();
    let problem = format!("chinwag: {}: this is not UTF-8\n", binary.path());
    assert_eq!(replay(&[binary.path()], ""), (Some(1), String::new(), problem));
}

/// `chinwag replay FILE | head` ends without complaint.
#[test]
fn a_replay_whose_reader_has_seen_enough_ends_well() {
    let journal = Scratch::holding("long", &(run() + &"2 > /list\n".repeat(20_000)));
    for options in [&[][..], &["--client", "2"]] {
        let mut command = program();
        command.arg("replay").arg(journal.path()).args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    }
}

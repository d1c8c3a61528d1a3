//! The bodies of the fuzz targets, as plain functions: the targets call them, and so does the test
//! that replays the corpus.
//!
//! Not here: how inputs are made (libFuzzer, or the corpus).

use chinwag::chat::{Command, CommandError, Limits, Text, Verb};
use chinwag::wire::{Received, Receiver};

use crate::naive::{self, Naive};
use crate::{Operation, Run, Weights};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 3] = [("command", command), ("telnet", telnet), ("session", session)];

/// Text is clean and stays so; the parser agrees with a naive one; printing and parsing are inverse.
///
/// # Panics
///
/// If any of that does not hold.
pub fn command(data: &[u8]) {
    let raw = String::from_utf8_lossy(data);
    let text = Text::clean(&raw);
    assert_eq!(Text::clean(text.as_str()), text, "cleaning twice");
    assert!(!text.as_str().chars().any(char::is_control), "a control character in {text:?}");

    let parsed = Command::parse(&text);
    assert_eq!(plain(&parsed), naive::parse(text.as_str()), "the naive parser of {text:?}");
    if let Ok(command) = parsed {
        let printed = Text::clean(&command.to_string());
        assert_eq!(printed.as_str(), command.to_string(), "what is printed is clean");
        assert_eq!(Command::parse(&printed), Ok(command), "parsing what was printed: {printed:?}");
    }
}

fn plain(parsed: &Result<Command, CommandError>) -> Naive {
    match parsed {
        Ok(Command::Say(text)) => Naive::Say(text.to_string()),
        Ok(Command::Username { wanted }) => Naive::Username(wanted.to_string()),
        Ok(Command::Whisper { to, text }) => Naive::Whisper(to.to_string(), text.to_string()),
        Ok(Command::List) => Naive::List,
        Ok(Command::Bye) => Naive::Bye,
        Ok(Command::Help { about }) => Naive::Help(about.as_ref().map(ToString::to_string)),
        Err(CommandError::Unknown(word)) => Naive::Unknown(word.to_string()),
        Err(CommandError::Usage(verb)) => Naive::Usage(match verb {
            Verb::Username => "username",
            Verb::Whisper => "@",
            Verb::List => "list",
            Verb::Bye => "bye",
            Verb::Help => "help",
        }),
    }
}

/// However bytes are split, they mean the same; no line is longer than the limit. The first byte says
/// where the rest is split.
///
/// # Panics
///
/// If that does not hold.
pub fn telnet(data: &[u8]) {
    let Some((&seed, bytes)) = data.split_first() else { return };
    let whole = receive([bytes]);
    assert_eq!(receive(bytes.chunks(1)), whole, "byte by byte");
    assert_eq!(receive(bytes.chunks(usize::from(seed) + 1)), whole, "in equal pieces");
    let (one, other) = bytes.split_at(usize::from(seed).min(bytes.len()));
    assert_eq!(receive([one, other]), whole, "in two pieces");
    for received in &whole {
        if let Received::Line(line) = received {
            assert!(line.chars().count() <= Limits::default().line, "an overlong line");
            assert!(!line.contains(['\r', '\n', '\0']), "a line end in {line:?}");
        }
    }
    let is_raw = !bytes.contains(&0xFF);
    let is_answer = |received: &Received| matches!(received, Received::Answer(_));
    assert!(!(is_raw && whole.iter().any(is_answer)), "telnet to a peer that speaks none");
}

/// What bytes mean, split like this.
pub fn receive<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Received> {
    let mut receiver = Receiver::new(&Limits::default());
    let mut received = Vec::new();
    for chunk in chunks {
        receiver.receive(chunk, |what| received.push(what));
    }
    received.extend(receiver.finish());
    received
}

/// A session is as the model says, and nothing is wrong with what anyone received. Every four bytes
/// are an operation.
///
/// # Panics
///
/// If not; the message shows the session.
pub fn session(data: &[u8]) {
    let words = data.as_chunks::<4>().0.iter().take(200);
    let operations: Vec<Operation> =
        words.map(|word| Operation::decode(&Weights::default(), *word)).collect();
    let run = Run::of(&operations);
    if let Err(report) = run.check() {
        panic!("{report}\n\nthe session:\n\n{run}");
    }
    assert_eq!(run.streams().findings(), [], "{run}");
}

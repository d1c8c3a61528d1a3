//! `chinwag replay`: prints what everyone, or one client, was sent in the runs that a journal holds.
//!
//! Not here: what that is (`chinwag::chat`), and the format (`chinwag::wire::transcript`).

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use chinwag::chat::{ClientId, Event, Message};
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};

/// Prints the runs, or the one with this number, with all that they cause; or, if there is a client, the text that
/// it was sent. A path of `-` is standard input. Says on standard error why that may not be what was really sent.
///
/// # Errors
///
/// Why nothing can be printed, in one line.
pub(crate) fn replay(
    path: &Path,
    client: Option<ClientId>,
    run: Option<NonZeroUsize>,
) -> Result<(), String> {
    let name = if path == "-" { "standard input".into() } else { path.display().to_string() };
    let text = read(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let mut runs = Transcript::parse_all(whole_lines(&name, &text)?)
        .map_err(|error| format!("{name}: {error}"))?;
    drop(text);
    if let Some(run) = run {
        let count = runs.len();
        runs = runs.into_iter().skip(run.get() - 1).take(1).collect();
        if runs.is_empty() {
            return Err(format!("{name}: there is no run {run}, the last is {count}"));
        }
    }
    if let Some(client) = client {
        runs.retain(|transcript| is_in(transcript, client));
        if runs.is_empty() {
            return Err(format!("{name}: no client {client} connects"));
        }
    }
    runs.iter().for_each(|transcript| warn(&name, transcript));
    let mut output = BufWriter::new(io::stdout().lock());
    let printed = runs.iter().try_for_each(|transcript| match client {
        None => print(transcript, &mut output),
        Some(client) => print_one(transcript, client, &mut output),
    });
    match printed {
        // Whoever reads this has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| format!("cannot print what was sent: {error}")),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if path == "-" {
        io::stdin().lock().read_to_end(&mut text)?;
    } else {
        File::open(path)?.read_to_end(&mut text)?;
    }
    Ok(text)
}

/// The text up to its last line end: a process that is killed may have written a part of a line.
fn whole_lines<'a>(name: &str, text: &'a [u8]) -> Result<&'a str, String> {
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if end < text.len() {
        say(format_args!("{name} ends in the middle of a line, which is left out"));
    }
    str::from_utf8(&text[..end]).map_err(|_| format!("{name}: this is not UTF-8"))
}

/// Says what may make the run differ from the one that was.
fn warn(name: &str, transcript: &Transcript) {
    let this = env!("CARGO_PKG_VERSION");
    if let Some(other) = transcript.program.as_ref().filter(|version| *version != this) {
        say(format_args!(
            "{name} was written by version {other}; this is {this}, which may differ"
        ));
    }
    let gaps = transcript.entries.iter().filter_map(|entry| match entry {
        Entry::Gap(events) => Some(*events),
        _ => None,
    });
    let (gaps, events) =
        gaps.fold((0, 0_u64), |(gaps, sum), events| (gaps + 1, sum.saturating_add(events)));
    if gaps > 0 {
        say(format_args!(
            "{name} has gaps ({gaps}, of {events} events): after the first, all may differ"
        ));
    }
}

fn say(what: fmt::Arguments<'_>) {
    // If nobody hears it, so be it.
    let _ = writeln!(io::stderr(), "chinwag: {what}");
}

fn is_in(transcript: &Transcript, client: ClientId) -> bool {
    transcript.entries.contains(&Entry::Event(Event::Connect { client }))
}

fn print(transcript: &Transcript, mut output: impl Write) -> io::Result<()> {
    write!(output, "{}", transcript.header())?;
    transcript.replayed().try_for_each(|entry| writeln!(output, "{entry}"))?;
    output.flush()
}

fn print_one(transcript: &Transcript, client: ClientId, mut output: impl Write) -> io::Result<()> {
    for entry in transcript.replayed() {
        match entry {
            Entry::Sent { to, line } if to.contains(&client) => writeln!(output, "{line}")?,
            Entry::Welcomed(welcomed) if welcomed == client => {
                let mut banner = String::new();
                render(&Message::Welcome, &mut banner);
                write!(output, "{}", banner.replace('\r', ""))?;
            }
            _ => {}
        }
    }
    output.flush()
}

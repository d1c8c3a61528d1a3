//! `chinwag replay`: prints what everyone, or one client, was sent, from the events in a data directory or a transcript.
//!
//! Not here: what that is (`chinwag::chat`), and the format (`chinwag::wire::transcript`).

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use chinwag::chat::{ClientId, Message};
use chinwag::server::journal;
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};

/// Prints the events from number `first` on with all that they cause; or, if there is a client, the text that it was sent. A
/// path of `-` is standard input. Says on standard error why that may not be what was really sent.
///
/// # Errors
///
/// Why nothing can be printed, in one line.
pub(crate) fn replay(path: &Path, client: Option<ClientId>, first: u64) -> Result<(), String> {
    let name = if path == "-" { "standard input".into() } else { path.display().to_string() };
    let text = if path.is_dir() {
        journal::read(path, first).map_err(|error| format!("cannot read {name}: {error}"))?
    } else {
        let text = read(path).map_err(|error| format!("cannot read {name}: {error}"))?;
        String::from_utf8(text).map_err(|_| format!("{name}: this is not UTF-8"))?
    };
    let mut transcript = Transcript::parse(&text).map_err(|error| format!("{name}: {error}"))?;
    drop(text);
    if first > 1 && !path.is_dir() {
        transcript = transcript.after(first - 1);
    }
    if let Some(client) = client.filter(|client| !transcript.has(*client)) {
        return Err(format!("{name}: no client {client} connects"));
    }
    warn(&name, &transcript);
    let output = BufWriter::new(io::stdout().lock());
    let printed = match client {
        None => print(&transcript, output),
        Some(client) => print_one(&transcript, client, output),
    };
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

/// Says what may make the run differ from the one that was.
fn warn(name: &str, transcript: &Transcript) {
    let this = env!("CARGO_PKG_VERSION");
    if let Some(other) = transcript.program.as_ref().filter(|version| *version != this) {
        say(format_args!(
            "{name} was written by version {other}; this is {this}, which may differ"
        ));
    }
}

fn say(what: fmt::Arguments<'_>) {
    // If nobody hears it, so be it.
    let _ = writeln!(io::stderr(), "chinwag: {what}");
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

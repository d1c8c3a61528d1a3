//! The command line: reads the options, opens the listening sockets and the journal, starts the server,
//! stops it on a signal; or replays a journal (`replay`). Nothing else.

mod replay;

use std::fmt;
use std::io::{self, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::panic;
use std::path::PathBuf;
use std::process::{self, ExitCode};
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use async_signal::{Signal, Signals};
use chinwag::chat::{self, ClientId, Event};
use chinwag::server::journal::file::Journal;
use chinwag::server::log::Log;
use chinwag::server::{self, Limits, Tcp, TcpAcceptor, World};
use chinwag::wire::Rate;
use clap::{Parser, Subcommand, value_parser};
use futures_lite::StreamExt;
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The exit status after a second signal: what a shell reports of a program that SIGINT has ended.
const STOPPED_AT_ONCE: u8 = 130;

/// A chat server for telnet.
///
/// Started without options, it serves on 127.0.0.1:6000. Connect with: telnet 127.0.0.1 6000
#[derive(Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "A client that takes nothing of what is due to it for 30 seconds is disconnected."
)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,

    /// Where to listen, e.g. 0.0.0.0:6000, [::]:6000 or localhost:6000; may be repeated. A name stands
    /// for all its addresses. Port 0 takes any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:6000", value_parser = host_and_port)]
    listen: Vec<String>,

    /// How many threads to run on, at most 256 [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    threads: Option<u16>,

    /// How many clients may be connected at a time [default: as many as the limit on open files
    /// (ulimit -Hn) allows, less 32]
    #[arg(long, value_name = "N")]
    max_clients: Option<usize>,

    /// How many clients of one address may be connected at a time, or "off"; IPv6 counts by /64,
    /// loopback not at all
    #[arg(long, value_name = "N", default_value_t = Limits::default().per_ip.into())]
    max_per_ip: OrOff<usize>,

    /// How often one address may connect: so many at once, then so many a second; or "off", for a
    /// server behind a proxy
    #[arg(long, value_name = "BURST/PER_SECOND", default_value_t = Limits::default().connect_rate.into())]
    connect_rate: OrOff<Rate>,

    /// How many lines a client may send: so many at once, then so many a second; or "off". Further
    /// ones are read later
    #[arg(long, value_name = "BURST/PER_SECOND", default_value_t = Limits::default().rate.into())]
    rate_limit: OrOff<Rate>,

    /// How many bytes a room may be told, or a user by whispers: so many at once, then so many a second; or
    /// "off". Whoever would tell more waits
    #[arg(long, value_name = "BURST/PER_SECOND", default_value_t = Limits::default().told_rate.into())]
    told_rate: OrOff<Rate>,

    /// At how many columns to break the lines of whoever does not say how wide its terminal is; or "off"
    #[arg(long, value_name = "COLUMNS", default_value_t = Limits::default().wrap.into())]
    wrap: OrOff<u16>,

    /// How many bytes may wait for a client that does not read; if more are due, it is disconnected
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().send_queue)]
    send_queue: usize,

    /// How many bytes may wait for all clients together; if more are due, the one for whom most wait is
    /// disconnected
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().memory)]
    memory: usize,

    /// In how many seconds to find out that a peer has vanished, at the latest: its system does not answer any
    /// more. At the soonest, it takes half of that
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().vanished.as_secs())]
    vanished_after: u64,

    /// Rooms of so many are not told who comes and goes, but how many, with what is told next
    #[arg(long, value_name = "MEMBERS", default_value_t = Limits::default().chat.announce_below)]
    announce_below: usize,

    /// How many lines a room remembers; 0 turns history off
    #[arg(long, value_name = "LINES", default_value_t = Limits::default().chat.history_lines)]
    history: usize,

    /// Write everything that happens to this file, for "chinwag replay", after what earlier runs have
    /// written to it. It holds all that people say and whisper, so only its owner may read it
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// What to log: off, error, warn, info, debug or trace; or one for each target, as in
    /// "warn,chinwag=info"
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    log: Targets,
}

#[derive(Subcommand)]
enum Command {
    /// Print what everyone was sent in the runs that a journal holds
    ///
    /// It prints the journal with, after each event, what that caused: to whom which line was sent. As
    /// the chat decides everything by what is in the journal, it is what was really sent, as far as each
    /// client took it.
    Replay {
        /// The journal, or - for standard input
        #[arg(value_name = "FILE")]
        journal: PathBuf,

        /// Print just the text that this client was sent, as it saw it. Clients have the numbers that
        /// are in the journal and in the log; each run has its own
        #[arg(long, value_name = "N")]
        client: Option<u64>,

        /// Print just this run: 1 is the first in the journal
        #[arg(long, value_name = "N")]
        run: Option<NonZeroUsize>,
    },
}

/// A limit that can be turned off.
#[derive(Clone, Copy)]
struct OrOff<T>(Option<T>);

impl<T> From<Option<T>> for OrOff<T> {
    fn from(limit: Option<T>) -> Self {
        Self(limit)
    }
}

impl<T: FromStr> FromStr for OrOff<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text == "off" { Ok(Self(None)) } else { text.parse().map(|limit| Self(Some(limit))) }
    }
}

impl<T: fmt::Display> fmt::Display for OrOff<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(limit) => limit.fmt(f),
            None => f.write_str("off"),
        }
    }
}

/// A filter, which is not just a word: that would be a target, and nothing but it would be logged.
fn log_filter(filter: &str) -> Result<Targets, String> {
    let is_word = |part: &&str| !part.contains('=') && part.trim().parse::<LevelFilter>().is_err();
    match filter.split(',').find(is_word) {
        Some(word) => {
            Err(format!("\"{word}\" is no level; for a target, add one: \"{word}=info\""))
        }
        None => filter.parse().map_err(|error: ParseError| error.to_string()),
    }
}

/// An address, or a name and a port. What the name stands for is looked up later.
fn host_and_port(text: &str) -> Result<String, &'static str> {
    let is_named = text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !host.contains(':') && port.parse::<u16>().is_ok()
    });
    if is_named || text.parse::<SocketAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    Err(
        "expected an address or a name, and a port, as in 127.0.0.1:6000, [::1]:6000, localhost:6000",
    )
}

/// Listens on an address, or on all that a name stands for.
fn listen(on: &str, vanished: Duration) -> Result<Vec<TcpAcceptor>, String> {
    let mut addresses: Vec<SocketAddr> =
        on.to_socket_addrs().map_err(|error| format!("cannot listen on {on}: {error}"))?.collect();
    addresses.sort_unstable();
    addresses.dedup();
    let bind = |address| {
        TcpAcceptor::bind(address, vanished)
            .map_err(|error| format!("cannot listen on {address}: {error}"))
    };
    addresses.into_iter().map(bind).collect()
}

fn main() -> ExitCode {
    let mut options = Options::parse();
    if let Some(Command::Replay { journal, client, run }) = options.command.take() {
        // A file that may not grow further is to be an error of the write.
        #[cfg(unix)]
        let _outlived = Signals::new([Signal::Xfsz]);
        return exit(replay::replay(&journal, client.map(ClientId), run), &mut io::stderr());
    }
    let mut log = match Log::start(io::stderr()) {
        Ok(log) => log,
        Err(error) => {
            let problem = format!("cannot start a thread for the log: {error}");
            return exit(Err(problem), &mut io::stderr());
        }
    };
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_ansi(false).with_writer(log.clone()))
        .with(options.log.clone())
        .init();
    let status = exit(run(options, &mut log), &mut log);
    // If nobody reads them, so be it.
    let _ = log.drain(Limits::LAST_LOGS);
    status
}

/// Says what went wrong, if anything did, and returns the status to exit with.
fn exit(result: Result<(), String>, log: &mut impl Write) -> ExitCode {
    let Err(problem) = result else { return ExitCode::SUCCESS };
    say(log, format_args!("chinwag: {problem}"));
    ExitCode::FAILURE
}

/// Has a panic end the process, whatever task or thread it is in: half a server is worse than none, and
/// what supervises it can start another. The journal ends with what has led to it.
fn end_on_panic(log: Log, journal: Option<Journal>) {
    panic::set_hook(Box::new(move |info| {
        say(&mut log.clone(), format_args!("chinwag: this is a bug, and the end: {info}"));
        if let Some(journal) = &journal {
            let _ = journal.drain(Limits::LAST_EVENTS);
        }
        let _ = log.drain(Limits::LAST_LOGS);
        process::abort();
    }));
}

/// How many clients there can be.
fn clients(wanted: Option<usize>) -> Result<usize, String> {
    let descriptors = server::raise_descriptor_limit();
    let most = descriptors.map_or(Limits::MOST_CLIENTS, |descriptors| {
        descriptors.saturating_sub(Limits::RESERVE).min(Limits::MOST_CLIENTS)
    });
    match wanted {
        Some(clients) if clients > most => Err(format!(
            "no room for {clients} clients, but for {most}: raise the limit on open files (ulimit -Hn)"
        )),
        None if most == 0 => Err(format!(
            "no room for a single client: {} files may be open, and {} are needed for other things; \
             raise the limit on open files (ulimit -Hn)",
            descriptors.unwrap_or_default(),
            Limits::RESERVE
        )),
        Some(clients) => Ok(clients),
        None => Ok(most),
    }
}

/// Serves until a signal says to stop.
fn run(options: Options, log: &mut Log) -> Result<(), String> {
    let limits = Limits {
        clients: clients(options.max_clients)?,
        rate: options.rate_limit.0,
        told_rate: options.told_rate.0,
        per_ip: options.max_per_ip.0,
        connect_rate: options.connect_rate.0,
        wrap: options.wrap.0,
        send_queue: options.send_queue,
        memory: options.memory,
        vanished: Duration::from_secs(options.vanished_after),
        chat: chat::Limits {
            announce_below: options.announce_below,
            history_lines: options.history,
            ..chat::Limits::default()
        },
        ..Limits::default()
    };
    limits.check().map_err(|error| error.to_string())?;
    let signals = signals().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = options.threads.map_or_else(cores, usize::from);

    let mut acceptors = Vec::new();
    let mut addresses = Vec::new();
    for on in &options.listen {
        for acceptor in listen(on, limits.vanished)? {
            addresses.push(acceptor.address().map_err(|error| format!("{on}: {error}"))?);
            acceptors.push(acceptor);
        }
    }
    let journal = options.journal.map(|path| {
        Journal::open(&path, &limits.chat)
            .map_err(|error| format!("cannot start the journal {}: {error}", path.display()))
    });
    let journal = journal.transpose()?;
    end_on_panic(log.clone(), journal.clone());
    addresses.into_iter().for_each(|address| announce(log, address));

    let world = Tcp::default();
    let stop = stop(world.clone(), signals, log.clone());
    let mut recorder = journal.as_ref().map(Journal::recorder);
    let record = move |at, event: &Event| {
        if let Some(recorder) = &mut recorder {
            recorder(at, event);
        }
    };
    let serve = server::serve(world.clone(), acceptors, limits, record, stop);
    world.run(threads, serve);
    match journal {
        Some(journal) if !journal.drain(Limits::LAST_EVENTS) => {
            Err("the end of the journal could not be written".to_owned())
        }
        _ => Ok(()),
    }
}

/// Says where the server listens and how to connect to it.
fn announce(log: &mut Log, address: SocketAddr) {
    let version = env!("CARGO_PKG_VERSION");
    say(log, format_args!("chinwag {version} listens on {address}"));
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip.to_string(),
        _ => "localhost".to_owned(),
    };
    say(log, format_args!("connect with: telnet {host} {}", address.port()));
}

fn say(log: &mut impl Write, line: fmt::Arguments<'_>) {
    // Writing to the log neither blocks nor fails; and if standard error does, there is nobody to tell.
    let _ = writeln!(log, "{line}");
}

/// The signals that stop the server, and SIGXFSZ, which would end the process if nobody took it: a file that
/// may not grow further is to be an error of the write, as a full disk is.
fn signals() -> io::Result<Signals> {
    #[cfg(unix)]
    return Signals::new([Signal::Hup, Signal::Int, Signal::Term, Signal::Xfsz]);
    #[cfg(not(unix))]
    Signals::new([Signal::Int])
}

/// Completes at the next signal to stop. An error while waiting is none.
async fn next(signals: &mut Signals) {
    while let Some(Err(_) | Ok(Signal::Xfsz)) = signals.next().await {}
}

/// Completes at the first signal. A second one ends the process at once.
async fn stop(world: Tcp, mut signals: Signals, mut log: Log) {
    next(&mut signals).await;
    say(&mut log, format_args!("chinwag: stopping; a second signal stops it at once"));
    world.spawn(async move {
        next(&mut signals).await;
        process::exit(i32::from(STOPPED_AT_ONCE));
    });
}

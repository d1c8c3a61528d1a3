//! The options of the command line, and how they are read.
//!
//! Not here: what they do (`main`).

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chinwag::chat;
use chinwag::server::Limits;
use chinwag::server::journal::{Durability, Keeping};
use chinwag::wire::Rate;
use clap::{Parser, Subcommand, ValueEnum, value_parser};
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};

/// A day in milliseconds.
pub(crate) const DAY: usize = 24 * 60 * 60 * 1000;

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
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Where to listen, e.g. 0.0.0.0:6000, [::]:6000 or localhost:6000; may be repeated. A name stands
    /// for all its addresses. Port 0 takes any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:6000", value_parser = host_and_port)]
    pub(crate) listen: Vec<String>,

    /// How many threads to run on, at most 256 [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,

    /// How many clients may be connected at a time [default: as many as the limit on open files
    /// (ulimit -Hn) allows, less 32]
    #[arg(long, value_name = "N")]
    pub(crate) max_clients: Option<usize>,

    /// How many clients of one address may be connected at a time, or "off"; IPv6 counts by /64,
    /// loopback not at all
    #[arg(long, value_name = "N", default_value_t = Limits::default().per_ip.into())]
    pub(crate) max_per_ip: OrOff<usize>,

    /// How often one address may connect: so many at once, then so many a second; or "off", for a
    /// server behind a proxy
    #[arg(long, value_name = "BURST/PER_SECOND", default_value_t = Limits::default().connect_rate.into())]
    pub(crate) connect_rate: OrOff<Rate>,

    /// How many passwords may be tried from one address a minute, or "off", for a server behind a
    /// proxy; IPv6 counts by /64
    #[arg(long, value_name = "N", default_value_t = Some(chat::Limits::default().tries).into())]
    pub(crate) password_tries: OrOff<usize>,

    /// Whether passwords may be typed over connections that are not encrypted and come from other machines: anyone on the
    /// way can read them
    #[arg(long, value_name = "ON|OFF", default_value = "on", value_enum)]
    pub(crate) plain_passwords: OnOff,

    /// How many lines a client may send: so many at once, then so many a second; or "off". Further
    /// ones are read later
    #[arg(long, value_name = "BURST/PER_SECOND", default_value_t = Limits::default().rate.into())]
    pub(crate) rate_limit: OrOff<Rate>,

    /// How many bytes a room may be told, or a user by whispers: so many at once, then so many a second; or
    /// "off". Whoever would tell more waits
    #[arg(long, value_name = "BURST/PER_SECOND", default_value_t = Limits::default().told_rate.into())]
    pub(crate) told_rate: OrOff<Rate>,

    /// At how many columns to break the lines of whoever does not say how wide its terminal is; or "off"
    #[arg(long, value_name = "COLUMNS", default_value_t = Limits::default().wrap.into())]
    pub(crate) wrap: OrOff<u16>,

    /// How many bytes may wait for a client that does not read; if more are due, it is disconnected
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().send_queue)]
    pub(crate) send_queue: usize,

    /// How many bytes may wait for all clients together; if more are due, the one for whom most wait is
    /// disconnected
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().memory)]
    pub(crate) memory: usize,

    /// In how many seconds to find out that a peer has vanished, at the latest: its system does not answer any
    /// more. At the soonest, it takes half of that
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().vanished.as_secs())]
    pub(crate) vanished_after: u64,

    /// Rooms of so many are not told who comes and goes, but how many, with what is told next
    #[arg(long, value_name = "MEMBERS", default_value_t = Limits::default().chat.announce_below)]
    pub(crate) announce_below: usize,

    /// How many lines a room remembers; 0 turns history off
    #[arg(long, value_name = "LINES", default_value_t = Limits::default().chat.history_lines)]
    pub(crate) history: usize,

    /// Keep the chat in this directory, so that nothing that anyone saw is undone by a restart or a crash. It is created if
    /// there is none. It holds all that people say and whisper, so only its owner may read it
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Who keeps order: a registered name; may be repeated. /help order shows an operator what there is, and /deop takes it
    /// back
    #[arg(long, value_name = "NAME", requires = "data")]
    pub(crate) operator: Vec<String>,

    /// How many days a room stays when everybody has left, with its topic and what was said there in public
    #[arg(long, value_name = "DAYS", default_value_t = 30, requires = "data")]
    pub(crate) keep_rooms: u16,

    /// How many days events are kept for "chinwag replay", whispers too; 0 keeps them as long as the next start needs them
    #[arg(long, value_name = "DAYS", default_value_t = 0, requires = "data")]
    pub(crate) keep_events: u16,

    /// Have each event reach the disk itself before anyone is shown it: then nothing is lost in a power cut either
    #[arg(long, requires = "data")]
    pub(crate) sync: bool,

    /// If the data directory is damaged, start with what can be kept: see "chinwag check". What was there stays beside it
    #[arg(long, requires = "data")]
    pub(crate) repair: bool,

    /// This process is to take over from the one at the other end of standard input
    #[cfg(target_os = "linux")]
    #[arg(long, hide = true)]
    pub(crate) successor: bool,

    /// What to log: off, error, warn, info, debug or trace; or one for each target, as in
    /// "warn,chinwag=info"
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub(crate) log: Targets,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print what everyone was sent, from the events in a data directory or a transcript
    ///
    /// It prints each event with what it caused: to whom which line was sent. As the chat decides everything by its events, it is
    /// what was really sent, as far as each client took it.
    Replay {
        /// The data directory, which a server may be using; or a transcript, or - for one on standard input
        #[arg(value_name = "DIR")]
        from: PathBuf,

        /// Print just the text that this client was sent, as it saw it. The events and the log have the
        /// numbers of clients
        #[arg(long, value_name = "N")]
        client: Option<u64>,

        /// Begin with this event, and with the state before it. Events count from 1
        #[arg(long = "from", value_name = "N", default_value_t = 1, hide_default_value = true)]
        first: u64,
    },

    /// Say whether a data directory is whole, and what can be kept if it is not. Changes nothing
    Check {
        /// The data directory, which a server may be using
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

impl Options {
    /// How a data directory keeps events.
    pub(crate) fn keeping(&self) -> Keeping {
        Keeping {
            durability: if self.sync { Durability::Full } else { Durability::Process },
            events_for: Duration::from_millis(u64::from(self.keep_events) * DAY as u64),
        }
    }
}

/// Something that can be turned off.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum OnOff {
    On,
    Off,
}

impl From<OnOff> for bool {
    fn from(setting: OnOff) -> Self {
        setting == OnOff::On
    }
}

/// A limit that can be turned off.
#[derive(Clone, Copy)]
pub(crate) struct OrOff<T>(pub(crate) Option<T>);

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

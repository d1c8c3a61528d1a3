//! The program: opens the listening sockets and the data directory, starts the server, stops it on a signal; or replays
//! what happened (`replay`), or checks a data directory. Nothing else.

mod options;
mod replay;
#[cfg(target_os = "linux")]
mod succession;
#[cfg(not(target_os = "linux"))]
#[path = "no_succession.rs"]
mod succession;

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::panic;
use std::path::Path;
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use async_channel::Sender;
use async_signal::{Signal, Signals};
use chinwag::chat::{self, ClientId, Event, Text, Timestamp};
use chinwag::server::journal::{self, DataError, Disk, Journal, Report, Stored};
use chinwag::server::log::Log;
use chinwag::server::{
    self, Inherited, Limits, Order, OriginKey, Tcp, TcpAcceptor, TcpStream, World,
};
use clap::Parser;
use futures_lite::StreamExt;
use futures_lite::future::poll_once;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use options::{Command, DAY, Options};
use succession::Succession;

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The exit status after a second signal: what a shell reports of a program that SIGINT has ended.
const STOPPED_AT_ONCE: u8 = 130;

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
    if let Some(command) = options.command.take() {
        // A file that may not grow further is to be an error of the write.
        #[cfg(unix)]
        let _outlived = Signals::new([Signal::Xfsz]);
        let done = match command {
            Command::Replay { from, client, first } => {
                replay::replay(&from, client.map(ClientId), first)
            }
            Command::Check { dir } => check(&dir),
        };
        return exit(done, &mut io::stderr());
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
/// what supervises it can start another.
fn end_on_panic(log: Log) {
    panic::set_hook(Box::new(move |info| {
        say(&mut log.clone(), format_args!("chinwag: this is a bug, and the end: {info}"));
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

/// Serves until a signal says to stop, or a successor has taken over.
fn run(options: Options, log: &mut Log) -> Result<(), String> {
    let limits = limits(&options)?;
    let signals = signals().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = options.threads.map_or_else(cores, usize::from);
    end_on_panic(log.clone());
    #[cfg(target_os = "linux")]
    if options.successor {
        return succession::take_over(&options, limits, threads, signals, log);
    }
    let mut acceptors = Vec::new();
    for on in &options.listen {
        acceptors.append(&mut listen(on, limits.vanished)?);
    }
    let disk = options.data.as_ref().map(|path| {
        Disk::open(path, &limits.chat, options.keeping(), options.repair)
            .map_err(|error| no_data(path, &error))
    });
    let begin = Box::new(|| Ok(()));
    let disk = disk.transpose()?;
    let origins = disk.as_ref().map_or_else(OriginKey::random, |(disk, _)| disk.origin_key());
    let (operators, inherited) = (options.operator, None);
    let server =
        Server { acceptors, limits, operators, threads, signals, inherited, origins, begin };
    match disk {
        Some((disk, loaded)) => server.run_on_disk(disk, |disk| Stored::new(disk, loaded), log),
        None => server.run(|_: Timestamp, _: &Event| (), None, log),
    }
}

/// Says why a data directory cannot be used.
fn no_data(path: &Path, error: &DataError) -> String {
    let path = path.display();
    let next = match error {
        DataError::Damaged(_) => format!("; \"chinwag check {path}\" says what can be kept"),
        _ => String::new(),
    };
    format!("cannot use the data directory {path}: {error}{next}")
}

/// Prints whether a data directory is whole, and if it is not, what can be kept.
fn check(path: &Path) -> Result<(), String> {
    let Report { damage, kept, last } = journal::check(path)
        .map_err(|error| format!("cannot check {}: {error}", path.display()))?;
    let path = path.display();
    if damage.is_empty() {
        // If nobody reads it, so be it.
        let _ = writeln!(io::stdout(), "{path} is whole, up to event {last}");
        return Ok(());
    }
    let keeps = match kept {
        0 => "nothing can be kept".to_owned(),
        _ => format!("the state after event {kept} can be kept; the last event was number {last}"),
    };
    Err(format!(
        "{path} is damaged:\n  {}\n{keeps}\nto start with that: chinwag --data {path} --repair",
        damage.join("\n  ")
    ))
}

/// The limits that the options ask for.
fn limits(options: &Options) -> Result<Limits, String> {
    let limits = Limits {
        clients: clients(options.max_clients)?,
        rate: options.rate_limit.0,
        told_rate: options.told_rate.0,
        per_ip: options.max_per_ip.0,
        connect_rate: options.connect_rate.0,
        plain_passwords: options.plain_passwords.into(),
        wrap: options.wrap.0,
        send_queue: options.send_queue,
        memory: options.memory,
        vanished: Duration::from_secs(options.vanished_after),
        chat: chat::Limits {
            announce_below: options.announce_below,
            history_lines: options.history,
            keep_rooms: options.data.as_ref().map_or(0, |_| DAY * usize::from(options.keep_rooms)),
            tries: options.password_tries.0.unwrap_or(usize::MAX),
            ..chat::Limits::default()
        },
        ..Limits::default()
    };
    limits.check().map_err(|error| error.to_string())?;
    Ok(limits)
}

/// A server that is ready to start.
struct Server {
    acceptors: Vec<TcpAcceptor>,
    limits: Limits,
    /// The names of the operators that the configuration names.
    operators: Vec<String>,
    threads: usize,
    signals: Signals,
    inherited: Option<Inherited<TcpStream>>,
    /// By which addresses become origins.
    origins: OriginKey,
    /// Called last before it begins: from then on it is the server.
    begin: Box<dyn FnOnce() -> Result<(), String>>,
}

impl Server {
    /// Serves with a journal on a disk.
    fn run_on_disk(
        self,
        disk: Disk,
        journal: impl FnOnce(Disk) -> Stored<Disk>,
        log: &mut Log,
    ) -> Result<(), String> {
        let lock =
            disk.lock().map_err(|error| format!("cannot use the data directory: {error}"))?;
        self.run(journal(disk), Some(lock), log)
    }

    /// Serves until a signal says to stop, or a successor has taken over. `lock` is that of the data directory.
    fn run(self, journal: impl Journal, lock: Option<File>, log: &mut Log) -> Result<(), String> {
        let Self { acceptors, limits, operators, threads, signals, inherited, .. } = self;
        let Self { origins, begin, .. } = self;
        let addresses = acceptors.iter().map(TcpAcceptor::address).collect::<io::Result<Vec<_>>>();
        let addresses = addresses.map_err(|error| error.to_string())?;
        let world = Tcp::new(origins.clone());
        let (orders, to_obey) = async_channel::unbounded();
        for name in operators {
            // There is room for any number of orders.
            let _ = orders.try_send(Order::Appoint(Text::clean(name.as_str())));
        }
        #[cfg(target_os = "linux")]
        let succession = Succession::new(&acceptors, lock, origins, orders.clone())
            .map_err(|error| format!("cannot prepare for a successor: {error}"))?;
        #[cfg(not(target_os = "linux"))]
        let succession = (drop((lock, origins)), Succession).1;
        begin()?;
        addresses.into_iter().for_each(|address| announce(log, address));
        world.spawn(give_orders(world.clone(), signals, log.clone(), orders, succession));
        let serve = server::serve(world.clone(), acceptors, limits, journal, inherited, to_obey);
        let is_kept = world.run(threads, serve);
        is_kept.then_some(()).ok_or_else(|| "the end of the journal could not be stored".to_owned())
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

/// The signals that stop the server; SIGUSR2, which has a successor take over; and SIGXFSZ, which would end the
/// process if nobody took it: a file that may not grow further is to be an error of the write, as a full disk is.
fn signals() -> io::Result<Signals> {
    #[cfg(unix)]
    return Signals::new([Signal::Hup, Signal::Int, Signal::Term, Signal::Xfsz, Signal::Usr2]);
    #[cfg(not(unix))]
    Signals::new([Signal::Int])
}

/// The next signal that asks for something. An error while waiting is none.
async fn next(signals: &mut Signals) -> Option<Signal> {
    while let Some(signal) = signals.next().await {
        match signal {
            Err(_) | Ok(Signal::Xfsz) => {}
            Ok(signal) => return Some(signal),
        }
    }
    None
}

/// Turns signals into orders. The second signal to stop ends the process at once.
async fn give_orders(
    world: Tcp,
    mut signals: Signals,
    mut log: Log,
    orders: Sender<Order<TcpStream>>,
    succession: Succession,
) {
    while next(&mut signals).await == Some(Signal::Usr2) {
        if let Some(successor) = succession.hand_over(&world, &mut log).await {
            // Who wanted this process to stop meant the server.
            while let Some(Some(signal)) = poll_once(next(&mut signals)).await {
                if signal != Signal::Usr2 {
                    succession.stop(successor);
                }
            }
            return;
        }
    }
    // Its listening sockets are to be closed.
    drop(succession);
    say(&mut log, format_args!("chinwag: stopping; a second signal stops it at once"));
    let _ = orders.send(Order::Stop).await;
    while next(&mut signals).await == Some(Signal::Usr2) {}
    process::exit(i32::from(STOPPED_AT_ONCE))
}

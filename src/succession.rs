//! The successor: on SIGUSR2 the program file is started anew, and takes over all connections. Nobody notices.
//!
//! Not here: what is handed over (`chinwag::server::Handover`), and how (`chinwag::server::successor`).

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io;
use std::net;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;

use async_channel::Sender;
use async_signal::Signals;
use chinwag::chat::{Event, Timestamp};
use chinwag::server::journal::{Disk, Stored};
use chinwag::server::log::Log;
use chinwag::server::successor::{Handed, Predecessor, Successor};
use chinwag::server::{
    Handover, Inherited, Limits, Order, OriginKey, Tcp, TcpAcceptor, TcpStream, World,
};
use futures_lite::future::or;
use rustix::process::{Pid, Signal, kill_process};
use tracing::warn;

use crate::options::Options;
use crate::{Server, no_data, say};

/// What this process needs to hand over.
pub(crate) struct Succession {
    /// The program file as it was named when this process started: there may be another one by now.
    program: PathBuf,
    listeners: Vec<OwnedFd>,
    /// The lock of the data directory.
    lock: Option<File>,
    /// By which addresses become origins.
    origins: OriginKey,
    orders: Sender<Order<TcpStream>>,
}

impl Succession {
    pub(crate) fn new(
        acceptors: &[TcpAcceptor],
        lock: Option<File>,
        origins: OriginKey,
        orders: Sender<Order<TcpStream>>,
    ) -> io::Result<Self> {
        let listeners = acceptors.iter().map(|acceptor| acceptor.as_fd().try_clone_to_owned());
        Ok(Self {
            program: env::current_exe()?,
            listeners: listeners.collect::<Result<_, _>>()?,
            lock,
            origins,
            orders,
        })
    }

    /// Has a successor take over. Returns its process if it has: then this process has only to end.
    pub(crate) async fn hand_over(&self, world: &Tcp, log: &mut Log) -> Option<u32> {
        say(log, format_args!("chinwag: starting a successor"));
        match self.try_hand_over(world).await {
            Ok(process) => {
                say(log, format_args!("chinwag: process {process} has taken over"));
                tell_supervisor(process);
                Some(process)
            }
            Err(error) => {
                warn!(%error, "no successor has taken over, and this server goes on");
                None
            }
        }
    }

    /// Stops a successor.
    pub(crate) fn stop(&self, process: u32) {
        if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
            // If it has ended, so be it.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    async fn try_hand_over(&self, world: &Tcp) -> io::Result<u32> {
        let program = self.program.clone();
        let arguments = arguments();
        let start = move || Successor::start(&program, &arguments, Limits::HAND_OVER);
        let successor = smol::unblock(start).await?;
        let (reply, handover) = async_channel::bounded(1);
        let _ = self.orders.send(Order::HandOver(reply)).await;
        let is_late = async {
            world.sleep(Limits::HAND_OVER).await;
            None
        };
        let handed_over = match or(async { handover.recv().await.ok() }, is_late).await {
            Some(handover) => self.pass_on(successor, handover).await,
            None => Err(io::Error::other("the server did not come to rest")),
        };
        if handed_over.is_err() {
            let _ = self.orders.send(Order::GoOn).await;
        }
        handed_over
    }

    async fn pass_on(
        &self,
        successor: Successor,
        handover: Handover<TcpStream>,
    ) -> io::Result<u32> {
        let duplicates = self.listeners.iter().map(OwnedFd::try_clone);
        let listeners = duplicates.collect::<Result<Vec<_>, _>>()?;
        let lock = self.lock.as_ref().map(File::try_clone).transpose()?;
        let process = successor.id();
        let state = [self.origins.to_text().as_bytes(), b"\n", handover.state()].concat();
        let pass_on = move || {
            successor.hand_over(&Handed {
                state,
                lock: lock.iter().map(AsFd::as_fd).collect(),
                listeners: listeners.iter().map(AsFd::as_fd).collect::<Vec<BorrowedFd<'_>>>(),
                connections: handover.streams().map(AsFd::as_fd).collect(),
            })
        };
        smol::unblock(pass_on).await?;
        Ok(process)
    }
}

/// The arguments for a successor: those of this process, and that it is one.
fn arguments() -> Vec<OsString> {
    let own = env::args_os().skip(1).filter(|argument| argument != "--successor");
    ["--successor".into()].into_iter().chain(own).collect()
}

/// Tells systemd, if it has started this process, which one is the server now: see sd_notify(3).
fn tell_supervisor(process: u32) {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return };
    let bytes = path.as_encoded_bytes();
    let address = match bytes.split_first() {
        Some((b'@', name)) => SocketAddr::from_abstract_name(name),
        _ => SocketAddr::from_pathname(&path),
    };
    let send = |address| {
        UnixDatagram::unbound()?.send_to_addr(format!("MAINPID={process}").as_bytes(), &address)
    };
    if let Err(error) = address.and_then(send) {
        warn!(%error, "systemd cannot be told which process is the server now");
    }
}

/// Takes over from the process that has started this one, and serves.
pub(crate) fn take_over(
    options: &Options,
    limits: Limits,
    threads: usize,
    signals: Signals,
    log: &mut Log,
) -> Result<(), String> {
    let mut predecessor = Predecessor::meet(Limits::HAND_OVER).map_err(failed)?;
    let Handed { state, lock, listeners, connections } = predecessor.receive().map_err(failed)?;
    let streams = connections.into_iter().map(|connection| TcpStream::new(connection.into()));
    let streams = streams.collect::<io::Result<_>>().map_err(failed)?;
    // The first line is the key by which addresses become origins.
    let end = state.iter().position(|byte| *byte == b'\n').unwrap_or_default();
    let (key, state) = state.split_at(end);
    let origins = str::from_utf8(key).ok().and_then(OriginKey::from_text);
    let origins = origins.ok_or_else(|| failed("there is no key of origins"))?;
    let inherited = Inherited::new(state, streams, &limits).map_err(failed)?;
    let acceptor = |listener| TcpAcceptor::new(net::TcpListener::from(listener), limits.vanished);
    let acceptors =
        listeners.into_iter().map(acceptor).collect::<io::Result<_>>().map_err(failed)?;
    let events = inherited.events();
    let disk = options.data.as_ref().map(|path| {
        let lock =
            lock.into_iter().next().ok_or_else(|| failed("the data directory has no lock"))?;
        Disk::take_over(path, &limits.chat, options.keeping(), lock.into(), events)
            .map_err(|error| no_data(path, &error))
    });
    let disk = disk.transpose()?;
    let begin = Box::new(move || predecessor.take_over().map_err(failed));
    let inherited = Some(inherited);
    let operators = options.operator.clone();
    let server =
        Server { acceptors, limits, operators, threads, signals, inherited, origins, begin };
    match disk {
        Some(disk) => server.run_on_disk(disk, |disk| Stored::take_over(disk, events), log),
        None => server.run(|_: Timestamp, _: &Event| (), None, log),
    }
}

fn failed(error: impl fmt::Display) -> String {
    format!("cannot take over: {error}")
}

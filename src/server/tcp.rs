//! The real environment: TCP sockets, the system's clock, smol's executor and timers.
//!
//! Not here: what Linux reports about delivery (`delivery`).

use core::future::{Future, poll_fn};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{self, IpAddr, Shutdown, SocketAddr};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, PoisonError};
#[expect(clippy::disallowed_types, reason = "the one place where the clock is read")]
use std::time::Instant;
use std::time::SystemTime;

use smol::{Async, Executor, Timer};
use tracing::warn;

#[cfg(target_os = "linux")]
use super::Delivery;
use super::{Acceptor, Limits, OriginKey, Stream, World, passwords};
use crate::chat::{Answer, Ask, Origin, Timestamp};

#[cfg(target_os = "linux")]
mod delivery;

/// The real environment, with its own executor: smol's global one swallows panics of its tasks.
///
/// The time starts at the wall clock's value and then advances with the monotonic clock. So a step of
/// the wall clock changes neither deadlines nor the times that `/history` shows.
#[derive(Clone, Debug)]
pub struct Tcp(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    executor: Executor<'static>,
    /// The same moment on the wall clock and on the monotonic clock.
    #[expect(clippy::disallowed_types, reason = "the one place where the clock is read")]
    anchor: (Timestamp, Instant),
    origins: OriginKey,
}

/// With a key of its own.
impl Default for Tcp {
    fn default() -> Self {
        Self::new(OriginKey::random())
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Tcp {
    /// An environment in which addresses become origins by this key.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "the one place where the clock is read"
    )]
    pub fn new(origins: OriginKey) -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let wall = Timestamp(since_epoch.map_or(0, milliseconds));
        let anchor = (wall, Instant::now());
        Self(Arc::new(Shared { executor: Executor::new(), anchor, origins }))
    }

    /// Runs `main` and all spawned tasks on `threads` threads, until `main` has completed. If the
    /// system cannot start that many threads, logs a warning and runs on those that it has started.
    ///
    /// # Panics
    ///
    /// If a task panics.
    pub fn run<T>(&self, threads: usize, main: impl Future<Output = T>) -> T {
        let (running, stopped) = async_channel::bounded::<core::convert::Infallible>(1);
        std::thread::scope(|scope| {
            for number in 1..threads {
                let until_stopped = self.0.executor.run(stopped.recv());
                let worker = std::thread::Builder::new().name(std::format!("worker-{number}"));
                if let Err(error) = worker.spawn_scoped(scope, || smol::block_on(until_stopped)) {
                    warn!(%error, threads = number, "cannot start as many threads as wanted");
                    break;
                }
            }
            let output = smol::block_on(self.0.executor.run(main));
            running.close();
            output
        })
    }
}

impl World for Tcp {
    type Stream = TcpStream;
    type Acceptor = TcpAcceptor;

    fn now(&self) -> Timestamp {
        let (wall, start) = self.0.anchor;
        Timestamp(wall.0.saturating_add(milliseconds(start.elapsed())))
    }

    fn origin(&self, address: IpAddr) -> Origin {
        self.0.origins.origin(address)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where time is waited for")]
    async fn sleep(&self, duration: Duration) {
        Timer::after(duration).await;
    }

    async fn answer(&self, ask: Ask, password: Arc<str>) -> Answer {
        passwords::answer(ask, password).await
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.executor.spawn(task).detach();
    }
}

/// Raises the limit on the process's open descriptors as far as possible, and returns it. `None` if
/// there is no such limit.
#[must_use]
pub fn raise_descriptor_limit() -> Option<usize> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        let limit = if raised.is_ok() { maximum } else { current };
        limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }
    #[cfg(not(unix))]
    None
}

/// A listening socket.
#[derive(Debug)]
pub struct TcpAcceptor {
    listener: Async<net::TcpListener>,
    /// A spare descriptor. It is closed to free one when none is left: see [`Acceptor::refuse`].
    spare: Mutex<Option<net::TcpListener>>,
    vanished: Duration,
}

impl TcpAcceptor {
    /// Listens on an address; port 0 lets the system choose a port. Peers that have vanished are
    /// detected within `vanished`: see [`Limits::vanished`].
    ///
    /// # Errors
    ///
    /// If the system fails, for example because the port is in use.
    pub fn bind(address: SocketAddr, vanished: Duration) -> io::Result<Self> {
        Self::new(net::TcpListener::bind(address)?, vanished)
    }

    /// Accepts connections from a listening socket.
    ///
    /// # Errors
    ///
    /// If the system fails.
    pub fn new(listener: net::TcpListener, vanished: Duration) -> io::Result<Self> {
        // std requests a backlog of 128, which overflows when many clients reconnect at once.
        #[cfg(unix)]
        rustix::net::listen(&listener, Limits::BACKLOG)?;
        let spare = Mutex::new(Some(listener.try_clone()?));
        Ok(Self { listener: Async::new(listener)?, spare, vanished })
    }

    /// The address that it listens on, with the port that the system has chosen.
    ///
    /// # Errors
    ///
    /// If the system fails to report it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.get_ref().local_addr()
    }
}

/// The listening socket.
#[cfg(unix)]
impl AsFd for TcpAcceptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Acceptor for TcpAcceptor {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = self.listener.accept().await?;
        let keepalive = Keepalive::new(self.vanished);
        prepare(stream.get_ref(), &keepalive)?;
        Ok((TcpStream(stream), peer))
    }

    fn refuse(&self, error: &io::Error, most: usize, words: &[u8]) -> usize {
        if !is_exhausted(error) {
            return 0;
        }
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        *spare = None;
        let mut count = 0;
        while count < most
            && let Ok((mut stream, _)) = self.listener.get_ref().accept()
        {
            // Errors mean that the peer has gone. Its input is read because closing a socket with unread
            // bytes resets the connection, and the words could be lost.
            let _ = stream.set_nonblocking(true);
            let _ = stream.write(words);
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read(&mut [0; Limits::READ]);
            count += 1;
        }
        *spare = self.listener.get_ref().try_clone().ok();
        count
    }
}

/// Whether an error says that the process or the system is out of descriptors, or of memory for them.
fn is_exhausted(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
        Errno::from_io_error(error).is_some_and(|error| exhausted.contains(&error))
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

/// Sets the options of a new connection.
fn prepare(stream: &net::TcpStream, keepalive: &Keepalive) -> io::Result<()> {
    // Output is written in whole batches, so the kernel gains nothing by delaying it.
    stream.set_nodelay(true)?;
    #[cfg(unix)]
    {
        use rustix::net::sockopt;
        // Telnet clients send urgent data with Ctrl-C. It is read in order, like all other bytes.
        sockopt::set_socket_oobinline(stream, true)?;
        sockopt::set_socket_send_buffer_size(stream, Limits::SEND_BUFFER)?;
        sockopt::set_socket_recv_buffer_size(stream, Limits::RECEIVE_BUFFER)?;
        // Idle clients may stay connected, but peers that have vanished must be detected.
        sockopt::set_socket_keepalive(stream, true)?;
        // A system that does not support these options uses its own intervals.
        #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
        {
            let _ = sockopt::set_tcp_keepidle(stream, keepalive.idle);
            let _ = sockopt::set_tcp_keepintvl(stream, keepalive.interval);
            let _ = sockopt::set_tcp_keepcnt(stream, keepalive.probes);
        }
        #[cfg(target_os = "linux")]
        if !*delivery::IS_SUPPORTED {
            let _ = sockopt::set_tcp_user_timeout(stream, keepalive.user_timeout);
        }
    }
    Ok(())
}

/// The parameters of TCP keepalive, with which the system detects that an idle peer has vanished. The
/// system sends no probes while output is unacknowledged. For that case the server checks [`Delivery`]
/// itself. Each of the two may take half of [`Limits::vanished`].
#[derive(Debug, PartialEq, Eq)]
struct Keepalive {
    /// The time without traffic before the first probe.
    idle: Duration,
    /// The time between probes.
    interval: Duration,
    /// The number of unanswered probes that end the connection.
    probes: u32,
    /// How long output may be unacknowledged, in milliseconds, if the system does not report
    /// [`Delivery`].
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "other systems have no such option")
    )]
    user_timeout: u32,
}

impl Keepalive {
    fn new(vanished: Duration) -> Self {
        let (half, probes) = (vanished / 2, 3);
        let interval = Duration::from_secs((half.as_secs() / 8).max(1));
        let idle = Duration::from_secs(half.saturating_sub(interval * probes).as_secs());
        let user_timeout = u32::try_from(half.as_millis()).unwrap_or(u32::MAX);
        Self { idle, interval, probes, user_timeout }
    }
}

/// A connected socket.
#[derive(Debug)]
pub struct TcpStream(Async<net::TcpStream>);

impl TcpStream {
    /// A connection that another server has accepted, and so with its options set.
    ///
    /// # Errors
    ///
    /// If the system fails.
    pub fn new(stream: net::TcpStream) -> io::Result<Self> {
        Async::new(stream).map(Self)
    }
}

#[cfg(unix)]
impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Stream for TcpStream {
    // Only one task reads, and only one writes. The `poll_` functions suffice for that, and take less
    // memory than futures that several tasks can await.
    async fn readable(&self) -> io::Result<()> {
        poll_fn(|context| self.0.poll_readable(context)).await
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.get_ref().read(buffer)
    }

    async fn writable(&self) -> io::Result<()> {
        poll_fn(|context| self.0.poll_writable(context)).await
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_ref().write(bytes)
    }

    fn finish(&self) {
        // Fails only if the connection has ended already.
        let _ = self.0.get_ref().shutdown(Shutdown::Write);
    }

    fn reset(&self) {
        // With a linger time of zero, the connection is reset: output may be missing, and the peer is to know.
        #[cfg(unix)]
        let _ = rustix::net::sockopt::set_socket_linger(&self.0, Some(Duration::ZERO));
        self.abandon();
    }

    fn abandon(&self) {
        // Without a timeout, the system would keep the output for as long as the peer is there and reads nothing.
        #[cfg(target_os = "linux")]
        let _ = {
            let most = u32::try_from(Limits::FAREWELL.as_millis()).unwrap_or(u32::MAX);
            rustix::net::sockopt::set_tcp_user_timeout(&self.0, most)
        };
        // Fails only if the connection has ended already.
        let _ = self.0.get_ref().shutdown(Shutdown::Both);
    }

    #[cfg(target_os = "linux")]
    fn delivery(&self) -> Option<Delivery> {
        delivery::of(self.0.get_ref())
    }

    fn has_ended(&self) -> bool {
        #[cfg(target_os = "linux")]
        {
            use rustix::event::{PollFd, PollFlags, Timespec, poll};
            let mut socket = [PollFd::new(self.0.get_ref(), PollFlags::RDHUP)];
            let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
            poll(&mut socket, Some(&at_once)).is_ok_and(|count| count > 0)
        }
        #[cfg(not(target_os = "linux"))]
        false
    }

    fn is_broken(&self) -> bool {
        !matches!(self.0.get_ref().take_error(), Ok(None))
    }
}

#[cfg(test)]
mod tests;

//! The real world: TCP sockets, the system's clock, smol's executor and timers.

use core::future::{Future, poll_fn};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{self, Shutdown, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
#[expect(clippy::disallowed_types, reason = "the one place where the clock is read")]
use std::time::Instant;
use std::time::SystemTime;

use smol::{Async, Executor, Timer};
use tracing::warn;

#[cfg(target_os = "linux")]
use super::Delivery;
use super::{Acceptor, Limits, Stream, World};
use crate::chat::Timestamp;

#[cfg(target_os = "linux")]
mod delivery;

/// The real world, with an executor of its own. (The global one swallows panics of its tasks.)
///
/// Its time is the system's wall clock when it is made, and advances with the monotonic clock from there. So a
/// step of the wall clock changes nothing: no deadline, and none of the times that `/history` shows.
#[derive(Clone, Debug)]
pub struct Tcp(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    executor: Executor<'static>,
    /// A moment, by the wall clock and by the monotonic one.
    #[expect(clippy::disallowed_types, reason = "the one place where the clock is read")]
    anchor: (Timestamp, Instant),
}

impl Default for Tcp {
    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "the one place where the clock is read"
    )]
    fn default() -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let wall = Timestamp(since_epoch.map_or(0, milliseconds));
        Self(Arc::new(Shared { executor: Executor::new(), anchor: (wall, Instant::now()) }))
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Tcp {
    /// Runs `main`, and all tasks spawned meanwhile, on `threads` threads; returns when `main` has
    /// completed. If the system has no room for so many threads, it runs on those that there are, and logs that.
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

    #[expect(clippy::disallowed_methods, reason = "the one place where time is waited for")]
    async fn sleep(&self, duration: Duration) {
        Timer::after(duration).await;
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.executor.spawn(task).detach();
    }
}

/// Raises the limit on the process's open descriptors as far as it goes, and returns it; none where there
/// is no such limit.
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
    /// A descriptor to part with when there is no other: see [`Acceptor::refuse`].
    spare: Mutex<Option<net::TcpListener>>,
    vanished: Duration,
}

impl TcpAcceptor {
    /// Listens on an address; port 0 lets the system choose one. Peers that have vanished are found within
    /// `vanished`: see [`Limits::vanished`].
    ///
    /// # Errors
    ///
    /// If the system refuses, for example because the port is taken.
    pub fn bind(address: SocketAddr, vanished: Duration) -> io::Result<Self> {
        let listener = net::TcpListener::bind(address)?;
        // std asks for 128 only, which a crowd that reconnects overflows.
        #[cfg(unix)]
        rustix::net::listen(&listener, Limits::BACKLOG)?;
        let spare = Mutex::new(Some(listener.try_clone()?));
        Ok(Self { listener: Async::new(listener)?, spare, vanished })
    }

    /// Where it listens, with the real port.
    ///
    /// # Errors
    ///
    /// If the system cannot say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.get_ref().local_addr()
    }
}

impl Acceptor for TcpAcceptor {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = self.listener.accept().await?;
        let silence = Silence::new(self.vanished);
        prepare(stream.get_ref(), &silence)?;
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
            // If any of this fails, the peer has gone. What it has sent is read, as far as it is there:
            // closed with bytes unread, the connection would be reset, and the words could be lost.
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

/// Whether an error says that the process, or the system, can have no more descriptors or memory for
/// them.
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
fn prepare(stream: &net::TcpStream, silence: &Silence) -> io::Result<()> {
    // Whole batches are written at once: there is nothing for the kernel to wait for.
    stream.set_nodelay(true)?;
    #[cfg(unix)]
    {
        use rustix::net::sockopt;
        // Urgent data, which telnet clients send with Ctrl-C, is bytes like any other.
        sockopt::set_socket_oobinline(stream, true)?;
        sockopt::set_socket_send_buffer_size(stream, Limits::SEND_BUFFER)?;
        sockopt::set_socket_recv_buffer_size(stream, Limits::RECEIVE_BUFFER)?;
        // Whoever says nothing may stay, but must be there.
        sockopt::set_socket_keepalive(stream, true)?;
        // A system that cannot do the rest has times of its own.
        #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
        {
            let _ = sockopt::set_tcp_keepidle(stream, silence.asks_after);
            let _ = sockopt::set_tcp_keepintvl(stream, silence.asks_again);
            let _ = sockopt::set_tcp_keepcnt(stream, silence.times);
        }
        #[cfg(target_os = "linux")]
        if !*delivery::TELLS {
            let _ = sockopt::set_tcp_user_timeout(stream, silence.unacknowledged);
        }
    }
    Ok(())
}

/// How the system is to find out that a peer has vanished that is silent: it asks. Not while something that was sent to it
/// is unacknowledged: then the server looks by itself, see [`Delivery`]. Each may take half of the time that there is.
#[derive(Debug, PartialEq, Eq)]
struct Silence {
    asks_after: Duration,
    asks_again: Duration,
    times: u32,
    /// How long something may be unacknowledged, in milliseconds, if the system cannot tell the server.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "other systems cannot be told")
    )]
    unacknowledged: u32,
}

impl Silence {
    fn new(vanished: Duration) -> Self {
        let (half, times) = (vanished / 2, 3);
        let asks_again = Duration::from_secs((half.as_secs() / 8).max(1));
        let asks_after = Duration::from_secs(half.saturating_sub(asks_again * times).as_secs());
        let unacknowledged = u32::try_from(half.as_millis()).unwrap_or(u32::MAX);
        Self { asks_after, asks_again, times, unacknowledged }
    }
}

/// A connected socket.
#[derive(Debug)]
pub struct TcpStream(Async<net::TcpStream>);

impl Stream for TcpStream {
    // Reading is one task's affair, and so is writing: for them, these take less memory than what any
    // number of tasks may await.
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
        // Fails only if the connection is gone already.
        let _ = self.0.get_ref().shutdown(Shutdown::Write);
    }

    fn reset(&self) {
        // The peer is to know that this is no good end: it may have been sent only a part.
        #[cfg(unix)]
        let _ = rustix::net::sockopt::set_socket_linger(&self.0, Some(Duration::ZERO));
        self.abandon();
    }

    fn abandon(&self) {
        // Without a limit it would go on for as long as the peer is there and takes nothing.
        #[cfg(target_os = "linux")]
        let _ = {
            let most = u32::try_from(Limits::FAREWELL.as_millis()).unwrap_or(u32::MAX);
            rustix::net::sockopt::set_tcp_user_timeout(&self.0, most)
        };
        // Fails only if the connection is gone already.
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

//! How a server process hands over to another one: over a Unix socket that is the standard input of that process, with
//! descriptors as ancillary data (unix(7), `SCM_RIGHTS`).
//!
//! | from the predecessor | from the successor |
//! | --- | --- |
//! | | `here`: it has started, and knows its options |
//! | its state, the lock of its data directory, its listening sockets, its connections | |
//! | | `able`: it has read all of that, and has changed nothing yet |
//! | `go`: the predecessor does nothing any more | |
//!
//! Until `go` the predecessor can still end its successor and go on. A successor that does not receive it ends.
//!
//! Not here: what the state is (`handover`), and when a server hands over (the program).

use core::mem::MaybeUninit;
use core::time::Duration;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
#[expect(clippy::disallowed_types, reason = "no chat depends on when this ends")]
use std::time::Instant;
use std::vec::Vec;

use rustix::fs::MemfdFlags;
use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

const HERE: &[u8; 4] = b"here";
const ABLE: &[u8; 4] = b"able";
const GO: &[u8; 2] = b"go";

/// How many descriptors one message may carry: `SCM_MAX_FD` less a few.
const AT_ONCE: usize = 250;

/// The process that is to take over. It is ended when this is dropped, unless it has taken over.
#[derive(Debug)]
pub struct Successor {
    child: Option<Child>,
    line: Line,
}

/// What a server hands over, in the order in which it is sent.
#[derive(Debug)]
pub struct Handed<Descriptor> {
    /// The state of the server.
    pub state: Vec<u8>,
    /// The lock of the data directory, if it has one.
    pub lock: Vec<Descriptor>,
    /// The listening sockets.
    pub listeners: Vec<Descriptor>,
    /// The connections.
    pub connections: Vec<Descriptor>,
}

impl Successor {
    /// Starts a program with these arguments, and waits until it is there. All that it has to do until it takes
    /// over may take `patience`.
    ///
    /// # Errors
    ///
    /// If it does not start, ends, or is not there in time.
    pub fn start(program: &Path, arguments: &[OsString], patience: Duration) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()?;
        let mut successor = Self { child: Some(child), line: Line::new(ours, patience) };
        successor.line.expect(HERE)?;
        Ok(successor)
    }

    /// The id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Hands over. If this succeeds, the other process is the server, and this one must do nothing any more.
    ///
    /// # Errors
    ///
    /// If the other process cannot take over, or not in time.
    pub fn hand_over(mut self, handed: &Handed<BorrowedFd<'_>>) -> io::Result<()> {
        let mut state = File::from(rustix::fs::memfd_create("state", MemfdFlags::CLOEXEC)?);
        state.write_all(&handed.state)?;
        self.line.send(&[state.as_fd()])?;
        self.line.send(&handed.lock)?;
        self.line.send(&handed.listeners)?;
        self.line.send(&handed.connections)?;
        self.line.expect(ABLE)?;
        self.line.write(GO)?;
        self.child = None;
        Ok(())
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only if it has ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The server that hands over to this process.
#[derive(Debug)]
pub struct Predecessor(Line);

impl Predecessor {
    /// Tells the predecessor at the other end of standard input that this process is there.
    ///
    /// # Errors
    ///
    /// If standard input is no socket.
    pub fn meet(patience: Duration) -> io::Result<Self> {
        let mut line = Line::new(io::stdin().as_fd().try_clone_to_owned()?.into(), patience);
        line.write(HERE)?;
        Ok(Self(line))
    }

    /// Receives what it hands over.
    ///
    /// # Errors
    ///
    /// If it does not, or not in time.
    pub fn receive(&mut self) -> io::Result<Handed<OwnedFd>> {
        let mut files = self.0.receive()?;
        let file = files.pop().ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut file = File::from(file);
        let mut state = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut state)?;
        Ok(Handed {
            state,
            lock: self.0.receive()?,
            listeners: self.0.receive()?,
            connections: self.0.receive()?,
        })
    }

    /// Takes over. Before that nothing may have been changed.
    ///
    /// # Errors
    ///
    /// If the predecessor does not wait any more: then it is still the server.
    pub fn take_over(mut self) -> io::Result<()> {
        self.0.write(ABLE)?;
        // Without a limit: if the predecessor gives up, it ends this process.
        self.0.socket.set_read_timeout(None)?;
        self.0.read(GO)
    }
}

/// One end of the socket.
#[derive(Debug)]
struct Line {
    socket: UnixStream,
    #[expect(clippy::disallowed_types, reason = "no chat depends on when this ends")]
    until: Instant,
}

impl Line {
    #[expect(clippy::disallowed_types, reason = "no chat depends on when this ends")]
    fn new(socket: UnixStream, patience: Duration) -> Self {
        Self { socket, until: Instant::now() + patience }
    }

    /// Has the next call that waits end in time.
    #[expect(clippy::disallowed_types, reason = "no chat depends on when this ends")]
    fn limit(&self) -> io::Result<()> {
        let left = self.until.saturating_duration_since(Instant::now());
        // Zero would be for ever.
        let left = Some(left.max(Duration::from_millis(1)));
        self.socket.set_read_timeout(left)?;
        self.socket.set_write_timeout(left)
    }

    fn write(&mut self, words: &[u8]) -> io::Result<()> {
        self.limit()?;
        self.socket.write_all(words).map_err(explained)
    }

    fn expect(&mut self, words: &[u8]) -> io::Result<()> {
        self.limit()?;
        self.read(words)
    }

    fn read(&mut self, words: &[u8]) -> io::Result<()> {
        let mut got = [0; 4];
        let got = &mut got[..words.len()];
        self.socket.read_exact(got).map_err(explained)?;
        if got == words { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Sends how many descriptors there are, and the descriptors.
    fn send(&mut self, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        self.write(&(descriptors.len() as u64).to_le_bytes())?;
        for some in descriptors.chunks(AT_ONCE) {
            self.limit()?;
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            ancillary.push(SendAncillaryMessage::ScmRights(some));
            let byte = [IoSlice::new(b".")];
            retry_on_intr(|| {
                rustix::net::sendmsg(&self.socket, &byte, &mut ancillary, SendFlags::NOSIGNAL)
            })
            .map_err(|error| explained(error.into()))?;
        }
        Ok(())
    }

    fn receive(&mut self) -> io::Result<Vec<OwnedFd>> {
        self.limit()?;
        let mut count = [0; 8];
        self.socket.read_exact(&mut count).map_err(explained)?;
        let count = u64::from_le_bytes(count);
        let mut descriptors = Vec::new();
        while (descriptors.len() as u64) < count {
            self.limit()?;
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
            let mut ancillary = RecvAncillaryBuffer::new(&mut space);
            let mut byte = [0];
            let received = retry_on_intr(|| {
                rustix::net::recvmsg(
                    &self.socket,
                    &mut [IoSliceMut::new(&mut byte)],
                    &mut ancillary,
                    RecvFlags::CMSG_CLOEXEC,
                )
            });
            let left = usize::try_from(count).unwrap_or(usize::MAX) - descriptors.len();
            let expected = descriptors.len() + left.min(AT_ONCE);
            received.map_err(|error| explained(error.into()))?;
            for message in ancillary.drain() {
                if let RecvAncillaryMessage::ScmRights(some) = message {
                    descriptors.extend(some);
                }
            }
            if descriptors.len() != expected {
                return Err(io::Error::other(
                    "the other process has ended, or this one may not open as many files",
                ));
            }
        }
        Ok(descriptors)
    }
}

/// An error in words that say what it means here.
fn explained(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
        }
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset => {
            io::Error::new(error.kind(), "the other process has ended")
        }
        _ => error,
    }
}

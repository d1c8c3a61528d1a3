//! The batching floor: gathers what one round of epoll brought from all sockets, and writes it, unparsed,
//! once to each peer. A chat server cannot do less for the same deliveries.
//!
//! Not here: lines, names, limits, or anything else that a chat needs.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

struct Peer {
    stream: TcpStream,
    /// What its socket did not take.
    rest: Vec<u8>,
    /// What of a round it said itself.
    own: Vec<Range<usize>>,
}

struct Floor {
    epoll: OwnedFd,
    /// By descriptor.
    peers: Vec<Option<Peer>>,
    /// How many have come so far.
    arrived: usize,
}

/// Serves for ever.
pub(crate) fn serve(listener: TcpListener) -> io::Result<()> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    listener.set_nonblocking(true)?;
    watch(&epoll, &listener)?;
    let mut floor = Floor { epoll, peers: Vec::new(), arrived: 0 };
    let mut events = Vec::with_capacity(1024);
    let (mut buffer, mut said, mut others) = (vec![0; 64 * 1024], Vec::new(), Vec::new());
    loop {
        events.clear();
        epoll::wait(&floor.epoll, rustix::buffer::spare_capacity(&mut events), None)?;
        said.clear();
        for event in &events {
            let place = place(event.data.u64());
            if place == descriptor(&listener) {
                floor.accept(&listener)?;
            } else {
                floor.read(place, &mut buffer, &mut said)?;
            }
        }
        if !said.is_empty() {
            for peer in floor.peers.iter_mut().flatten() {
                write(&floor.epoll, peer, but_own(peer, &said, &mut others))?;
                peer.own.clear();
            }
        }
    }
}

impl Floor {
    fn accept(&mut self, listener: &TcpListener) -> io::Result<()> {
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            watch(&self.epoll, &stream)?;
            // So that it knows that it is in; nobody else is told.
            write!(&stream, " * [anonymous{}] has connected\r\n", self.arrived)?;
            self.arrived += 1;
            let place = descriptor(&stream);
            if self.peers.len() <= place {
                self.peers.resize_with(place + 1, || None);
            }
            self.peers[place] = Some(Peer { stream, rest: Vec::new(), own: Vec::new() });
        }
        Ok(())
    }

    fn read(&mut self, place: usize, buffer: &mut [u8], said: &mut Vec<u8>) -> io::Result<()> {
        let Some(peer) = &mut self.peers[place] else { return Ok(()) };
        if !peer.rest.is_empty() {
            write(&self.epoll, peer, &[])?;
        }
        match peer.stream.read(buffer) {
            Ok(count) if count > 0 => {
                peer.own.push(said.len()..said.len() + count);
                said.extend_from_slice(&buffer[..count]);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            _ => self.peers[place] = None,
        }
        Ok(())
    }
}

/// What the others said.
fn but_own<'a>(peer: &Peer, said: &'a [u8], others: &'a mut Vec<u8>) -> &'a [u8] {
    if peer.own.is_empty() {
        return said;
    }
    others.clear();
    let mut from = 0;
    for own in &peer.own {
        others.extend_from_slice(&said[from..own.start]);
        from = own.end;
    }
    others.extend_from_slice(&said[from..]);
    others
}

/// Writes what waits and then `bytes`, and keeps what the socket does not take.
fn write(epoll: &OwnedFd, peer: &mut Peer, bytes: &[u8]) -> io::Result<()> {
    let had_waited = !peer.rest.is_empty();
    if had_waited {
        peer.rest.extend_from_slice(bytes);
        let written = peer.stream.write(&peer.rest).unwrap_or(0);
        peer.rest.drain(..written);
    } else if !bytes.is_empty() {
        let written = peer.stream.write(bytes).unwrap_or(0);
        peer.rest.extend_from_slice(&bytes[written..]);
    }
    if had_waited == peer.rest.is_empty() {
        let flags = if had_waited { EventFlags::IN } else { EventFlags::IN | EventFlags::OUT };
        epoll::modify(epoll, &peer.stream, data(&peer.stream), flags)?;
    }
    Ok(())
}

fn watch(epoll: &OwnedFd, source: &(impl AsFd + AsRawFd)) -> io::Result<()> {
    Ok(epoll::add(epoll, source, data(source), EventFlags::IN)?)
}

fn data(source: &impl AsRawFd) -> EventData {
    EventData::new_u64(descriptor(source) as u64)
}

fn descriptor(source: &impl AsRawFd) -> usize {
    usize::try_from(source.as_raw_fd()).expect("a descriptor is not negative")
}

fn place(data: u64) -> usize {
    usize::try_from(data).expect("it is a descriptor")
}

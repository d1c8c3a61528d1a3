//! The listening socket of a simulated server, which may be out of descriptors.
//!
//! Not here: the connections (`net`).

use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use chinwag::server;

use super::net::{Peer, Stream};
use super::world::World;

/// The error that the simulated system returns when it is out of descriptors.
pub(super) const NO_DESCRIPTOR: io::ErrorKind = io::ErrorKind::OutOfMemory;

/// The source of connections.
pub(super) struct Acceptor(pub(super) World);

impl server::Acceptor for Acceptor {
    type Stream = Stream;

    async fn accept(&self) -> io::Result<(Stream, SocketAddr)> {
        let stream = std::future::poll_fn(|context| {
            let mut state = self.0.state();
            if state.arriving.is_empty() {
                state.accepting = Some(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(state.arriving.remove(0))
        });
        let stream = stream.await?;
        // Not a loopback address, as those are exempt from limits. The port says which connection it is.
        let peers = self.0.state().peers.clone();
        let place = peers.iter().position(|peer| peer.is_of(&stream)).unwrap_or_default();
        let port = u16::try_from(place).unwrap_or(u16::MAX);
        let host = peers.get(place).map_or(0, Peer::host);
        Ok((stream, SocketAddr::from(([192, 0, 2, host], port))))
    }

    fn refuse(&self, error: &io::Error, most: usize, words: &[u8]) -> usize {
        if error.kind() != NO_DESCRIPTOR {
            return 0;
        }
        let mut state = self.0.state();
        let (waiting, errors) = state.arriving.drain(..).partition::<Vec<_>, _>(Result::is_ok);
        let mut waiting: Vec<Stream> = waiting.into_iter().flatten().collect();
        let rest = waiting.split_off(waiting.len().min(most));
        state.arriving = errors.into_iter().chain(rest.into_iter().map(Ok)).collect();
        drop(state);
        let count = waiting.len();
        waiting.into_iter().for_each(|stream| stream.refuse(words));
        count
    }
}

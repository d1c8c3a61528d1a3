//! Reads from one connection and reports to the hub what it meant.
//!
//! Not here: writing to it (`writer`).

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;

use super::inbound::Inbound;
use super::{Limits, Stream, World};
use crate::chat::{Cause, ClientId};
use crate::wire::{Received, Receiver};

/// Reads until the peer has no more to say, the stream breaks, or the hub has gone.
///
/// When the hub has closed the connection, what still comes is read all the same: a socket that is
/// closed with bytes unread resets the connection, and the peer could lose what it was sent last.
pub(super) async fn run<W: World>(
    client: ClientId,
    stream: Arc<W::Stream>,
    mut receiver: Receiver,
    hub: Sender<Inbound<W>>,
) {
    let cause = loop {
        let mut received = Vec::new();
        let count = match stream.readable().await {
            Ok(()) => read(&*stream, &mut receiver, &mut received),
            Err(error) => Err(error),
        };
        let ended = match count {
            Ok(0) => {
                received.extend(receiver.finish());
                Some(Cause::Closed)
            }
            Ok(_) => None,
            Err(error) if is_passing(&error) => None,
            Err(_) => Some(Cause::Lost),
        };
        if !received.is_empty() && hub.send(Inbound::Received { client, received }).await.is_err() {
            return;
        }
        if let Some(cause) = ended {
            break cause;
        }
    };
    // If the hub has gone, nobody is left to be told.
    let _ = hub.send(Inbound::Ended { client, cause }).await;
}

/// Reads until the peer has no more to say, and takes no notice of it: see [`run`] for why.
pub(super) async fn drain<W: World>(stream: &W::Stream) {
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut [0; Limits::READ]) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if is_passing(&error) => {}
            Err(_) => return,
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// One read. Not async, so that the buffer is no part of the task.
fn read(
    stream: &impl Stream,
    receiver: &mut Receiver,
    received: &mut Vec<Received>,
) -> io::Result<usize> {
    let mut buffer = [0; Limits::READ];
    let count = stream.try_read(&mut buffer)?;
    receiver.receive(&buffer[..count], |what| received.push(what));
    Ok(count)
}

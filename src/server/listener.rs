//! Accepts connections and hands them to the hub.
//!
//! Not here: whether there is room for them (`writer`).

use core::convert::Infallible;
use std::io::ErrorKind;

use async_channel::{Receiver, Sender};
use futures_lite::future::or;
use tracing::warn;

use super::inbound::Inbound;
use super::{Acceptor, Limits, World};

/// Accepts until `stopped` is closed.
pub(super) async fn run<W: World>(
    world: W,
    acceptor: W::Acceptor,
    hub: Sender<Inbound<W>>,
    stopped: Receiver<Infallible>,
) {
    let accept = async {
        loop {
            match acceptor.accept().await {
                Ok((stream, peer)) => {
                    if hub.send(Inbound::Accepted { stream, peer }).await.is_err() {
                        return;
                    }
                }
                // That peer's affair: it has gone again.
                Err(error) if is_peers(error.kind()) => {}
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    world.sleep(Limits::BACK_OFF).await;
                }
            }
        }
    };
    or(accept, async {
        let _ = stopped.recv().await;
    })
    .await;
}

fn is_peers(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::InvalidInput
            | ErrorKind::Interrupted
    )
}

//! Accepts connections and hands them to the hub.
//!
//! Not here: whether there is room for them (`writer`).

use core::convert::Infallible;
use std::io::ErrorKind;

use async_channel::{Receiver, Sender};
use futures_lite::future::{or, yield_now};
use tracing::{info, warn};

use super::inbound::Inbound;
use super::{Acceptor, Limits, World};
use crate::wire::render::FULL;

/// Accepts until `stopped` is closed.
pub(super) async fn run<W: World>(
    world: W,
    acceptor: W::Acceptor,
    hub: Sender<Inbound<W>>,
    stopped: Receiver<Infallible>,
) {
    let accept = async {
        let mut is_failing = false;
        let mut count = 0;
        loop {
            match acceptor.accept().await {
                Ok((stream, peer)) => {
                    is_failing = false;
                    if hub.send(Inbound::Accepted { stream, peer }).await.is_err() {
                        return;
                    }
                    // Others have their turn, however many come.
                    count = (count + 1) % Limits::ACCEPTS;
                    if count == 0 {
                        yield_now().await;
                    }
                }
                // That peer's affair: it has gone again.
                Err(error) if is_peers(error.kind()) => {}
                // Out of descriptors, mostly.
                Err(error) => {
                    if !core::mem::replace(&mut is_failing, true) {
                        warn!(%error, "cannot accept connections");
                    }
                    let count = acceptor.refuse(&error, Limits::REFUSED, FULL.as_bytes());
                    if count > 0 {
                        info!(count, "refused connections: none can be accepted");
                    }
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

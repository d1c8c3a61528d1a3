//! Accepts connections and passes them to the hub.
//!
//! Not here: admission control (`writer`, `admission`).

use core::convert::Infallible;
use std::io::ErrorKind;
use std::sync::Arc;

use async_channel::{Receiver, Sender};
use futures_lite::future::{or, yield_now};
use tracing::{info, warn};

use super::inbound::Inbound;
use super::{Acceptor, Limits, World};
use crate::wire::render::FULL;

/// Accepts connections until the channel `stopped` is closed. All that it has accepted is passed on.
pub(super) async fn run<W: World>(
    world: W,
    acceptor: Arc<W::Acceptor>,
    hub: Sender<Inbound<W>>,
    stopped: Receiver<Infallible>,
) {
    let mut is_failing = false;
    let mut count = 0;
    loop {
        let stop = async {
            let _ = stopped.recv().await;
            None
        };
        let Some(accepted) = or(stop, async { Some(acceptor.accept().await) }).await else {
            return;
        };
        match accepted {
            Ok((stream, peer)) => {
                is_failing = false;
                if hub.send(Inbound::Accepted { stream, peer }).await.is_err() {
                    return;
                }
                // Otherwise a flood of connections could starve other tasks.
                count = (count + 1) % Limits::ACCEPTS;
                if count == 0 {
                    yield_now().await;
                }
            }
            // Only this connection failed: its peer has closed it already.
            Err(error) if is_connection_error(error.kind()) => {}
            // Usually the process is out of descriptors.
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
}

/// Whether accepting failed because of the connection, not because of the server.
fn is_connection_error(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::InvalidInput
            | ErrorKind::Interrupted
    )
}

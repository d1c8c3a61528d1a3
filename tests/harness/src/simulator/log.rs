//! Counts the server's log messages during a simulated run: each kind of message is a situation. They also say which client
//! a connection became.
//!
//! Not here: situations of the network and of clients, which `world` counts.

use std::fmt;
use std::net::SocketAddr;

use chinwag::chat::ClientId;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::world::World;

/// Counts log messages as situations of a world.
pub(super) struct Log(pub(super) World);

/// The message of a log event, and its reason if it has one.
#[derive(Default)]
struct Words {
    message: String,
    reason: Option<String>,
    client: Option<u64>,
    peer: Option<SocketAddr>,
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        let mut words = Words::default();
        event.record(&mut words);
        if let ("connected", Some(client), Some(peer)) =
            (words.message.as_str(), words.client, words.peer)
        {
            self.0.admit(ClientId(client), peer);
        }
        match words {
            // The chat logs it; `coverage` counts refusals.
            Words { message, .. } if message == "refused" => {}
            Words { message, reason: None, .. } => self.0.count(&message),
            Words { message, reason: Some(reason), .. } => {
                self.0.count(&format!("{message}: {reason}"));
            }
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "reason" => self.reason = Some(format!("{value:?}")),
            "client" => self.client = format!("{value:?}").parse().ok(),
            "peer" => self.peer = format!("{value:?}").parse().ok(),
            _ => {}
        }
    }
}

//! Runs scripts with clients of the simulated server. After each act, the journal and the output of each client must
//! be as the script says.
//!
//! Not here: the actions of clients (`crate::script`).

use std::collections::BTreeMap;

use chinwag::chat::{Cause, ClientId, Event, Timestamp};
use chinwag::server::{self, Limits, Order};
use chinwag::wire::transcript::Entry;
use tracing::subscriber::set_default;

use super::log::Log;
use super::running::Running;
use crate::client_record::{effective, renamed, without_pauses, without_telnet};
use crate::diff::{self, LEGEND};
use crate::require;
use crate::script::{Act, Script, bytes};

/// Runs a script. Each act starts after all effects of the previous one.
///
/// # Errors
///
/// The first difference from the script, or what is wrong at the end.
pub fn perform(script: &Script) -> Result<(), String> {
    let limits = Limits {
        chat: script.limits.clone(),
        rate: None,
        per_ip: None,
        connect_rate: None,
        // Transcripts have unwrapped lines.
        wrap: None,
        ..Limits::default()
    };
    let start = script.acts.first().map_or(0, |act| act.at.0);
    let restarts = script.acts.iter().any(|act| act.event == Event::Restart);
    let run = Running::new(limits, Vec::new(), start, restarts);
    let _logs = set_default(Log(run.world.clone()));
    let (cast, names, received, acts) = Default::default();
    let mut stage = Stage { run, cast, names, received, acts };
    for act in &script.acts {
        let problem = |problem| format!("{}: {problem}", Entry::Event(act.event.clone()));
        stage.perform(act);
        stage.judge(act).map_err(problem)?;
    }
    stage.run.end().check()
}

/// A script in progress.
struct Stage {
    run: Running,
    /// The connection of each client.
    cast: BTreeMap<ClientId, usize>,
    /// The client of each connection.
    names: Vec<ClientId>,
    /// The number of bytes each client had received before.
    received: BTreeMap<ClientId, usize>,
    /// The acts performed so far.
    acts: Vec<(Timestamp, Event)>,
}

impl Stage {
    fn perform(&mut self, act: &Act) {
        let world = self.run.world.clone();
        let now = server::World::now(&world).0;
        world.advance(act.at.0.saturating_sub(now));
        world.put_clock_back(now.saturating_sub(act.at.0));
        let bytes = bytes(&act.event, &self.run.limits.chat);
        match &act.event {
            Event::Connect { client, peer } => {
                self.cast.insert(*client, self.run.connections.len());
                self.names.push(*client);
                self.run.connect(peer.origin);
                // A client that sends something is admitted at once. The server answers this without the chat.
                self.connection(*client).send(b"\xFF\xFD\x06", 0);
            }
            Event::Line { client, .. }
            | Event::Signal { client, .. }
            | Event::Answered { client, .. } => {
                let events = world.events();
                self.connection(*client).send(&bytes, events);
            }
            Event::Disconnect { client, cause: Cause::Closed } => self.connection(*client).finish(),
            Event::Disconnect { client, .. } => self.connection(*client).reset(),
            Event::Appoint { name } => self.run.order(Order::Appoint(name.clone())),
            Event::Shutdown => self.run.order(Order::Stop),
            Event::Restart => {
                self.run.crash();
                self.cast.clear();
                self.received.clear();
            }
        }
        world.run_until_idle();
    }

    fn connection(&mut self, client: ClientId) -> &mut super::Connection {
        &mut self.run.connections[self.cast[&client]]
    }

    /// Requires that the journal has the act, and that every client was sent exactly what is due.
    fn judge(&mut self, act: &Act) -> Result<(), String> {
        self.acts.push((act.at, act.event.clone()));
        let limits = &self.run.limits.chat;
        let taken = renamed(&self.run.world.journal_so_far(), |number| self.name(number));
        let (taken, acts) = (effective(&taken, limits), effective(&self.acts, limits));
        require(taken == acts, || {
            format!("the journal {LEGEND}\n{}", diff::events(&acts, &taken))
        })?;
        for (client, index) in self.cast.clone() {
            let peer = &self.run.connections[index].peer;
            let all = without_pauses(&without_telnet(&peer.received()), false);
            let before = self.received.insert(client, all.len()).unwrap_or_default();
            let sent = String::from_utf8_lossy(&all[before..]);
            let due = act.sent.get(&client).map_or("", String::as_str);
            require(sent == due, || {
                format!("client {client} {LEGEND}\n{}", diff::text(due, &sent))
            })?;
            let (is_closed, must_be) = (peer.has_ended_well(), act.closed.contains(&client));
            require(is_closed == must_be, || {
                format!("client {client} is closed: {is_closed}, expected: {must_be}")
            })?;
        }
        Ok(())
    }

    /// The client of a connection, by the script.
    fn name(&self, number: u64) -> ClientId {
        let name = usize::try_from(number).ok().and_then(|place| self.names.get(place));
        name.copied().unwrap_or(ClientId(number))
    }
}

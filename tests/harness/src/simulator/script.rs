//! Transcripts performed by clients of the simulated server: what each is sent must be what the transcript
//! says, act by act, and the journal must be the transcript.
//!
//! Not here: what clients do for it (`crate::script`).

use std::collections::BTreeMap;

use chinwag::chat::{Cause, ClientId, Event, Timestamp};
use chinwag::server::{self, Limits};
use chinwag::wire::transcript::Entry;

use super::running::Running;
use crate::client_record::{effective, renamed, without_telnet};
use crate::require;
use crate::script::{Act, Script, bytes};

/// Performs a script, each act when all that the one before has caused is over.
///
/// # Errors
///
/// The first thing that is not as the script says, or what is wrong in the end.
pub fn perform(script: &Script) -> Result<(), String> {
    let limits = Limits {
        chat: script.limits.clone(),
        rate: None,
        per_ip: None,
        connect_rate: None,
        // A transcript has lines as they are.
        wrap: None,
        ..Limits::default()
    };
    let run =
        Running::new(limits, Vec::new(), script.acts.first().map_or(0, |act| act.at.0), false);
    let (cast, received, acts) = Default::default();
    let mut stage = Stage { run, cast, received, acts };
    for act in &script.acts {
        let problem = |problem| format!("{}: {problem}", Entry::Event(act.event.clone()));
        stage.perform(act);
        stage.judge(act).map_err(problem)?;
    }
    stage.run.end().check()
}

/// A script on its way.
struct Stage {
    run: Running,
    /// Which connection is whose.
    cast: BTreeMap<ClientId, usize>,
    /// How much each had received before.
    received: BTreeMap<ClientId, usize>,
    /// What has been performed.
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
            Event::Connect { client } => {
                self.cast.insert(*client, self.run.connections.len());
                self.run.connect();
                // Whoever says something is let in at once. This is answered without the chat.
                self.connection(*client).send(b"\xFF\xFD\x06", 0);
            }
            Event::Line { client, .. } | Event::Signal { client, .. } => {
                let events = world.events();
                self.connection(*client).send(&bytes, events);
            }
            Event::Disconnect { client, cause: Cause::Closed } => self.connection(*client).finish(),
            Event::Disconnect { client, .. } => self.connection(*client).reset(),
            Event::Shutdown => world.stop(),
        }
        world.run_until_idle();
    }

    fn connection(&mut self, client: ClientId) -> &mut super::Connection {
        &mut self.run.connections[self.cast[&client]]
    }

    /// Whether the journal has the act, and everyone has been sent what is due for it, and nothing else.
    fn judge(&mut self, act: &Act) -> Result<(), String> {
        self.acts.push((act.at, act.event.clone()));
        let limits = &self.run.limits.chat;
        let taken = renamed(&self.run.world.journal_so_far(), |number| self.name(number));
        let (taken, acts) = (effective(&taken, limits), effective(&self.acts, limits));
        require(taken == acts, || format!("the chat took {taken:?}, not {acts:?}"))?;
        for (client, index) in self.cast.clone() {
            let peer = &self.run.connections[index].peer;
            let all = without_telnet(&peer.received());
            let before = self.received.insert(client, all.len()).unwrap_or_default();
            let sent = String::from_utf8_lossy(&all[before..]);
            let due = act.sent.get(&client).map_or("", String::as_str);
            require(sent == due, || format!("{client} was sent {sent:?}, not {due:?}"))?;
            let (is_closed, must_be) = (peer.has_ended_well(), act.closed.contains(&client));
            require(is_closed == must_be, || format!("{client} is closed: {is_closed}"))?;
        }
        Ok(())
    }

    /// What the script calls a connection.
    fn name(&self, number: u64) -> ClientId {
        let found = self.cast.iter().find(|(_, index)| **index as u64 == number);
        found.map_or(ClientId(number), |(client, _)| *client)
    }
}

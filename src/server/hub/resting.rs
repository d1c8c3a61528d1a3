//! The server comes to rest, so that a successor can take over; and goes on, as the successor or because there is none.
//!
//! Readers leave what they have in hand, nobody has a turn, and what is proposed is applied and written, or queued.
//! Then nothing happens any more that the state does not say.
//!
//! Not here: what the state consists of (`handover`).

use std::boxed::Box;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::{Receiver, Sender};
use tracing::info;

use super::super::World;
use super::super::connection::{Input, Reader};
use super::super::handover::{Connection, Handover, Inherited, State};
use super::super::inbound::Inbound;
use super::super::journal::Journal;
use super::super::socket::{Progress, Socket};
use super::Hub;
use crate::chat::{ClientId, Version};

/// A server that comes to rest.
pub(super) struct Rest<W: World> {
    /// Where to send what is handed over, until it is.
    reply: Option<Sender<Handover<W::Stream>>>,
    /// What readers that rest have in hand.
    inputs: BTreeMap<ClientId, Box<Input>>,
}

impl<W: World, J: Journal> Hub<W, J> {
    /// Begins to come to rest.
    pub(super) fn rest(&mut self, reply: Sender<Handover<W::Stream>>) {
        self.rest = Some(Rest { reply: Some(reply), inputs: BTreeMap::new() });
        self.writer.set_rests(true);
    }

    /// A reader rests.
    pub(super) fn set_rested(&mut self, client: ClientId, input: Box<Input>) {
        match &mut self.rest {
            Some(rest) => drop(rest.inputs.insert(client, input)),
            None => self.read(client, *input),
        }
    }

    /// Goes on: the readers continue with what they had in hand.
    pub(super) fn go_on(&mut self) {
        let Some(rest) = self.rest.take() else { return };
        self.writer.set_rests(false);
        rest.inputs.into_iter().for_each(|(client, input)| self.read(client, *input));
    }

    /// If the server is at rest: hands over, and does nothing else until it is to go on. Then returns what has
    /// arrived meanwhile; or `None` if a successor has taken over.
    pub(super) async fn hand_over(
        &mut self,
        inbox: &Receiver<Inbound<W>>,
    ) -> Option<Vec<Inbound<W>>> {
        let mut meanwhile = Vec::new();
        let Some(reply) = self.take_reply_at_rest() else { return Some(meanwhile) };
        // If nobody waits for it any more, it is told to go on.
        let _ = reply.send(self.state_at_rest()).await;
        loop {
            match inbox.recv().await {
                Err(_) | Ok(Inbound::HandedOver) => return None,
                Ok(Inbound::GoOn) => {
                    // Taken once more, so that the hub looks at what has become due.
                    meanwhile.push(Inbound::GoOn);
                    break;
                }
                Ok(inbound) => meanwhile.push(inbound),
            }
        }
        self.go_on();
        Some(meanwhile)
    }

    fn take_reply_at_rest(&mut self) -> Option<Sender<Handover<W::Stream>>> {
        let rest = self.rest.as_mut()?;
        let is_settled =
            self.settled.is_empty() && self.proposed == self.events && self.asking.is_idle();
        let rests = is_settled
            && self.writer.is_idle()
            && self.writer.all_rest(|client| rest.inputs.contains_key(&client));
        if rests { rest.reply.take() } else { None }
    }

    fn state_at_rest(&mut self) -> Handover<W::Stream> {
        let inputs = self.rest.as_ref().map(|rest| &rest.inputs);
        let (mut connections, mut sockets) = (Vec::new(), Vec::new());
        for (client, socket, output) in self.writer.resting() {
            let input = inputs.and_then(|inputs| inputs.get(&client)).map(|input| *input.clone());
            let waiting = self.turns.waiting(client).cloned().collect();
            connections.push(Connection { client, input, waiting, output });
            sockets.push(socket);
        }
        let (generation, now) = self.writer.counts();
        let state = State {
            version: Version,
            chat: self.chat.snapshot(),
            events: self.events,
            generation,
            now,
            told: self.told.told().clone(),
            visited: self.writer.visited(),
            questions: self.asking.questions(),
            connections,
        };
        Handover::new(&state, sockets)
    }

    /// Takes over what was handed over.
    pub(super) fn take_over(&mut self, inherited: Inherited<W::Stream>) {
        let Inherited { chat, state, streams } = inherited;
        let Some(inbox) = self.inbox.upgrade() else { return };
        info!(clients = streams.len(), "taking over");
        (self.chat, self.events, self.proposed) = (chat, state.events, state.events);
        self.told.take_over(state.told.with_rate(self.limits.told_rate));
        self.writer.take_over((state.generation, state.now), state.visited);
        self.asking.take_over(state.questions);
        for (connection, stream) in state.connections.into_iter().zip(streams) {
            let Connection { client, input, waiting, output } = connection;
            let socket = Arc::new(Socket::new(stream));
            self.writer.add(client, &socket, output, inbox.clone());
            if !waiting.is_empty() {
                self.writer.set_progress(client, Progress::Waiting);
                self.turns.add(client, waiting);
            }
            if let Some(input) = input {
                self.read(client, input.with_limits(&self.limits));
            }
        }
        self.writer.fill_slots();
    }

    /// Has a reader continue with this input.
    pub(super) fn read(&mut self, client: ClientId, input: Input) {
        let Some((socket, inbox)) = self.writer.socket(client).zip(self.inbox.upgrade()) else {
            return;
        };
        let (world, gate) = (self.world.clone(), Arc::clone(&self.gate));
        let mut reader = Reader::new(world, client, socket, input, inbox, gate);
        self.world.spawn(async move { reader.run().await });
    }
}

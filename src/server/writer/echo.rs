//! Whether the terminals of clients show what is typed: not while a password is asked for.
//!
//! Not here: the rules of the option (`wire::negotiation`).

use super::super::World;
use super::Writer;
use crate::chat::ClientId;
use crate::wire::negotiation::Answer;

impl<W: World> Writer<W> {
    /// Whether others could read what a client sends.
    pub(in super::super) fn is_readable(&mut self, client: ClientId) -> bool {
        self.connections.get(client).is_some_and(|outgoing| outgoing.is_readable)
    }

    /// A client has sent a telnet command, so it can be sent one.
    pub(in super::super) fn set_speaks_telnet(&mut self, client: ClientId) {
        if let Some(outgoing) = self.connections.get(client) {
            outgoing.speaks_telnet = true;
        }
    }

    /// Has a client's terminal hide what is typed, or show it again. Returns whether it can be told to.
    pub(in super::super) fn hide_input(&mut self, client: ClientId, hides: bool) -> bool {
        let Some(outgoing) = self.connections.get(client).filter(|known| known.speaks_telnet)
        else {
            return false;
        };
        let request = outgoing.echo.hide(hides);
        self.send_answer(client, request);
        true
    }

    /// A client negotiates who shows what is typed.
    pub(in super::super) fn receive_echo(&mut self, client: ClientId, on: bool) {
        let Some(outgoing) = self.connections.get(client) else { return };
        let answer = outgoing.echo.receive(on);
        self.send_answer(client, answer);
    }

    fn send_answer(&mut self, client: ClientId, answer: Option<Answer>) {
        answer.into_iter().for_each(|answer| self.send_raw(client, &answer));
    }
}

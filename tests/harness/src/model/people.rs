//! What people of the model do with each other.

use std::rc::Rc;

use chinwag::chat::ClientId;

use super::room::room_name;
use super::{Heard, Model, Person};
use crate::Meaning;

impl Model {
    /// Whom a whisper or a reply of `client` is for, if there is anyone.
    #[must_use]
    pub fn addressee(&self, client: ClientId, meaning: &Meaning) -> Option<ClientId> {
        match meaning {
            Meaning::Whisper { to, .. } => self.holder(to),
            Meaning::Reply { .. } => {
                self.last_whisperer(client).filter(|other| self.present().contains(other))
            }
            _ => None,
        }
    }

    /// Who has the name that someone types.
    pub(super) fn holder(&self, typed: &str) -> Option<ClientId> {
        self.here.iter().find(|person| person.name.is_meant_by(typed)).map(|person| person.id)
    }

    /// Who whispered to `client` last, whether it is still there or not.
    #[must_use]
    pub fn last_whisperer(&self, client: ClientId) -> Option<ClientId> {
        self.person(client).whisperer.as_ref().map(|(whisperer, _)| *whisperer)
    }

    /// Whether `client` ignores `other`.
    #[must_use]
    pub fn ignores(&self, client: ClientId, other: ClientId) -> bool {
        self.person(client).ignores.contains(&other)
    }

    /// Whether `client` ignores anyone.
    #[must_use]
    pub fn ignores_anyone(&self, client: ClientId) -> bool {
        !self.person(client).ignores.is_empty()
    }

    /// Whether `client` is told who comes and goes.
    #[must_use]
    pub fn has_notices(&self, client: ClientId) -> bool {
        self.person(client).notices
    }

    pub(super) fn speak(&mut self, at: u64, client: ClientId, line: &str) {
        let sees = |person: &Person| person.id != client && !person.ignores.contains(&client);
        if self.private.contains(&self.person(client).room) {
            self.person_mut(client).spoke_in_private = Some(at);
        } else {
            self.person_mut(client).times[1] = at;
        }
        let room = self.person(client).room;
        let (is_private, line_shown) = (self.private.contains(&room), line.trim_start().to_owned());
        if !self.is_forgetful {
            let heard = Heard { room, is_private, at, from: client, line: line_shown };
            self.history.push(Rc::new(heard));
        }
        self.tell(room, line, sees);
        self.be_back(client);
    }

    pub(super) fn be_back(&mut self, client: ClientId) {
        if self.person_mut(client).away.take().is_some() {
            self.tell_one(client, " * you are no longer away".to_owned());
        }
    }

    pub(super) fn whisper(&mut self, from: ClientId, to: ClientId, text: &str) {
        let (name, addressee) = (self.name_of(from), self.name_of(to));
        if !self.ignores(to, from) {
            self.person_mut(to).whisperer = Some((from, name.clone()));
            self.tell_one(to, format!("[{name}] whispers> {text}"));
        }
        let may_know = self.may_know(from, self.person(to).room);
        if let Some(text) = self.person(to).away.clone().filter(|_| may_know) {
            self.tell_one(from, format!(" * [{addressee}] is {}", is_away(&text)));
        }
    }

    pub(super) fn whois(&self, at: u64, asking: ClientId, client: ClientId) -> String {
        let Person { name, room, mut times, spoke_in_private, away, .. } =
            self.person(client).clone();
        times[1] = spoke_in_private.unwrap_or(times[1]);
        // A session is a minute to the operation, and less than an hour.
        let [connected, silent] = times.map(|since| match (at - since) / 60_000 {
            0 => "0s".to_owned(),
            minutes if minutes < 60 => format!("{minutes}m 0s"),
            minutes => format!("{}h {}m", minutes / 60, minutes % 60),
        });
        let away = away.map(|text| format!(", {}", is_away(&text))).unwrap_or_default();
        if !self.may_know(asking, room) {
            return format!(" * [{}] is in (private), connected for {connected}", name.shown());
        }
        let (name, room) = (name.shown(), room_name(room));
        format!(" * [{name}] is in [{room}], connected for {connected}, silent for {silent}{away}")
    }
}

pub(super) fn is_away(text: &str) -> String {
    if text.is_empty() { "away".to_owned() } else { format!("away: {text}") }
}

//! What clients do with each other: speak, whisper, answer, ignore; and what they are told of each
//! other.
//!
//! Not here: rooms (`rooms`).

use alloc::vec::Vec;

use super::room::Kind;
use super::state::{Budget, Client};
use super::{
    Chat, ClientId, HistoryLine, Message, Outbox, Presence, Refusal, Text, Timestamp, User,
    Username,
};

impl Client {
    /// Ends its being away, if it is.
    pub(super) fn be_back(&mut self, id: ClientId, outbox: &mut Outbox) {
        if self.away.take().is_some() {
            outbox.deliver([id], Message::NoLongerAway);
        }
    }
}

impl Chat {
    /// Tells the room of something that someone says or does, which shows that it is there.
    ///
    /// Most of what happens is this, so client and room are looked up once.
    pub(super) fn speak(&mut self, line: HistoryLine, outbox: &mut Outbox) {
        let (at, from) = (line.at, line.from.client);
        let Some(client) = self.clients.get_mut(&from) else { return };
        let room = self.rooms.get(&client.room).unwrap_or(&self.lobby);
        if room.is_private {
            client.spoke_in_private = Some(at);
        } else {
            client.spoke = at;
        }
        if self.limits.history_lines > 0 {
            self.histories.remember(&self.limits, client.room, line.clone());
        }
        let HistoryLine { from: user, is_said, text, .. } = line;
        let message = match is_said {
            true => Message::Said { from: user, text },
            false => Message::Acted { from: user, text },
        };
        let kind = Kind::Deed { ignored_by: &client.ignored_by, except: Some(from) };
        outbox.announce(room, kind, message);
        client.be_back(from, outbox);
    }

    /// Tells the room of a deed of `from`: everyone but those who ignore it.
    pub(super) fn tell_room(&self, from: ClientId, message: Message, outbox: &mut Outbox) {
        let ignored_by = self.clients.get(&from).map_or(&[][..], |client| &client.ignored_by);
        let kind = Kind::Deed { ignored_by, except: None };
        outbox.announce(self.room_of(from), kind, message);
    }

    /// Takes a text to whoever has a name.
    pub(super) fn whisper_to(
        &mut self,
        from: User,
        to: Text,
        text: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let (addressee, _) = self.find(to)?;
        self.whisper(from, addressee, text, outbox);
        Ok(())
    }

    /// Takes a text to whoever has whispered to `from` last.
    pub(super) fn reply(
        &mut self,
        from: User,
        text: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let whisperer = self.clients.get(&from.client).and_then(|client| client.whisperer.clone());
        let to = whisperer.ok_or(Refusal::NobodyToReplyTo)?;
        if !self.clients.contains_key(&to.client) {
            return Err(Refusal::HasGone { username: to.username });
        }
        self.whisper(from, to.client, text, outbox);
        Ok(())
    }

    /// The one who whispers is told the same whether it is ignored or not.
    fn whisper(&mut self, from: User, to: ClientId, text: Text, outbox: &mut Outbox) {
        let may_know = self.room_of(to).is_open_to(from.client);
        let Some(client) = self.clients.get_mut(&to) else { return };
        let away = client.away.clone().filter(|_| may_know);
        let who = User { client: to, username: client.username.clone() };
        let sender = from.client;
        if !client.ignores.contains(&sender) {
            client.whisperer = Some(from.clone());
            outbox.deliver([to], Message::Whispered { from, text });
        }
        if let Some(text) = away {
            outbox.deliver([sender], Message::Away { who, text });
        }
    }

    /// Spares `user` what another one says and does.
    pub(super) fn ignore(
        &mut self,
        user: &User,
        name: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let limit = self.limits.ignored;
        let (other, username) = self.find(name.clone())?;
        if other == user.client {
            return Err(Refusal::Yourself);
        }
        if let Some(client) = self.clients.get_mut(&user.client) {
            if client.ignores.contains(&other) {
                return Err(Refusal::IgnoredAlready { name });
            }
            if client.ignores.len() >= limit {
                return Err(Refusal::TooManyIgnored { limit });
            }
            client.ignores.push(other);
        }
        if let Some(ignored) = self.clients.get_mut(&other)
            && let Err(place) = ignored.ignored_by.binary_search(&user.client)
        {
            ignored.ignored_by.insert(place, user.client);
        }
        outbox.deliver([user.client], Message::Ignoring { username });
        Ok(())
    }

    /// Lets `user` see again what another one says and does.
    pub(super) fn unignore(
        &mut self,
        user: &User,
        name: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let (other, username) = self.find(name.clone())?;
        let client = self.clients.get(&user.client);
        if !client.is_some_and(|client| client.ignores.contains(&other)) {
            return Err(Refusal::NotIgnored { name });
        }
        self.forget_ignoring(user.client, other);
        outbox.deliver([user.client], Message::NotIgnoring { username });
        Ok(())
    }

    fn forget_ignoring(&mut self, client: ClientId, ignored: ClientId) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.ignores.retain(|other| *other != ignored);
        }
        if let Some(ignored) = self.clients.get_mut(&ignored) {
            ignored.ignored_by.retain(|other| *other != client);
        }
    }

    /// Forgets whom a client that has gone ignored, and who ignored it.
    pub(super) fn forget_all_ignoring(&mut self, id: ClientId, gone: &Client) {
        gone.ignores.iter().for_each(|other| self.forget_ignoring(id, *other));
        gone.ignored_by.iter().for_each(|other| self.forget_ignoring(*other, id));
    }

    /// Whom a client ignores: the answer to `/ignore`.
    pub(super) fn ignored(&self, client: ClientId) -> Message {
        let ignores = self.clients.get(&client).map_or(&[][..], |client| &client.ignores);
        let usernames = self.usernames_of(ignores.iter().copied());
        let total = usernames.len();
        let usernames = Budget::new(&self.limits).take(usernames, Self::username_size);
        Message::Ignored { usernames, total }
    }

    /// Notes that a client is away.
    pub(super) fn be_away(&mut self, client: ClientId, text: Text, outbox: &mut Outbox) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.away = Some(text.clone());
        }
        outbox.deliver([client], Message::YouAreAway { text });
    }

    /// What there is to know of someone: the answer to `/whois`.
    pub(super) fn whois(
        &self,
        at: Timestamp,
        asking: ClientId,
        name: Text,
    ) -> Result<Message, Refusal> {
        let (other, username) = self.find(name.clone())?;
        let client = self.clients.get(&other).ok_or(Refusal::UnknownUser { name })?;
        let since = |then: Timestamp| at.0.saturating_sub(then.0);
        let room = self.room(client.room);
        let presence = room.is_open_to(asking).then(|| Presence {
            room: room.name.clone(),
            silent: since(client.spoke_in_private.unwrap_or(client.spoke)),
            away: client.away.clone(),
        });
        Ok(Message::Whois { username, connected: since(client.connected), presence })
    }

    /// Who goes by a name, differences of case aside.
    pub(super) fn find(&self, name: Text) -> Result<(ClientId, Username), Refusal> {
        let holder = self.usernames.find(name.as_str());
        let found = holder.and_then(|id| Some((id, self.clients.get(&id)?.username.clone())));
        found.ok_or(Refusal::UnknownUser { name })
    }

    /// Who is in the room with a client, and itself: the answer to `/list`.
    pub(super) fn users(&self, client: ClientId) -> Message {
        let room = self.room_of(client);
        let is_away = |member: &ClientId| {
            self.clients.get(member).is_some_and(|client| client.away.is_some())
        };
        let usernames = self.usernames_of(room.members());
        let away = self.usernames_of(room.members().filter(is_away));
        let (total, total_away) = (usernames.len(), away.len());
        let mut budget = Budget::new(&self.limits);
        let usernames = budget.take(usernames, Self::username_size);
        let away = budget.take(away, Self::username_size);
        Message::Users { usernames, total, away, total_away }
    }

    /// The usernames of clients, sorted.
    pub(super) fn usernames_of(&self, clients: impl Iterator<Item = ClientId>) -> Vec<Username> {
        let clients = clients.filter_map(|client| self.clients.get(&client));
        let mut usernames: Vec<Username> = clients.map(|client| client.username.clone()).collect();
        usernames.sort_unstable();
        usernames
    }

    /// What a username takes in a list.
    pub(super) fn username_size(username: &Username) -> usize {
        username.as_str().len() + ", ".len()
    }
}

//! What users do with each other: renames, speech, whispers, replies, ignoring, being away, `/whois`.
//!
//! Not here: rooms (`rooms`).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use unicode_width::UnicodeWidthStr;

use super::budget::Budget;
use super::client::{Away, Client, Talk};
use super::room::Kind;
use super::{
    Chat, ClientId, HistoryLine, Message, Origin, Outbox, Presence, Refusal, Text, Timestamp, User,
    Username,
};

impl Chat {
    /// Changes the username of `user` and announces that to the room, including `user`.
    pub(super) fn rename(
        &mut self,
        user: User,
        wanted: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let to = match Username::parse(wanted.as_str(), &self.limits) {
            Ok(to) => to,
            Err(error) => return Err(Refusal::BadUsername { wanted, error }),
        };
        if to == user.username {
            return Err(Refusal::UsernameUnchanged { wanted });
        }
        let account = self.account_of(user.client);
        let owner = self.accounts.names.find(to.as_str());
        if owner.is_some() && owner != account {
            return Err(Refusal::UsernameRegistered { wanted });
        }
        if !self.usernames.is_free_for(to.name(), user.client)
            || !self.accounts.allow(to.name(), account)
        {
            return Err(Refusal::UsernameTaken { wanted });
        }
        self.take_name(user, to, outbox);
        Ok(())
    }

    /// Gives a free username to `user`, and announces that to the room, including `user`.
    pub(super) fn take_name(&mut self, user: User, to: Username, outbox: &mut Outbox) {
        let account = self.account_of(user.client);
        self.usernames.remove(user.username.name());
        self.usernames.enter(to.name(), user.client);
        let room = self.room_id_of(user.client);
        self.unlist(user.username.name(), room);
        if let Some(client) = self.clients.get_mut(&user.client) {
            client.username = to.clone();
        }
        self.enlist(user.client, room);
        let client = user.client;
        self.tell_room(client, Message::Renamed { who: user, to }, outbox);
        if let Some(left) = account.filter(|account| self.account_of(client) != Some(*account))
            && let Some(account) = self.accounts.by_id.get(&left)
        {
            let username = account.username.clone();
            outbox.deliver([client], Message::LoggedOut { username });
            self.note_seen(left);
        }
    }

    /// Sends speech or an action to the room of its sender, which is no longer away then. Refuses it if the
    /// sender has to wait.
    ///
    /// Most events are of this kind, so the client and the room are looked up only once.
    pub(super) fn speak(&mut self, line: HistoryLine, outbox: &mut Outbox) -> Result<(), Refusal> {
        let (at, from) = (line.at, line.from.client);
        let Some(client) = self.clients.get_mut(&from) else { return Ok(()) };
        let room = self.rooms.get_mut(&client.room).unwrap_or(&mut self.lobby);
        if let Some(slow) = room.slow {
            let account = self.accounts.names.find(client.username.as_str());
            self.moderation.check_pace(self.now, slow, client, account)?;
        }
        if room.is_private() {
            client.spoke_in_private = Some(at);
        } else {
            client.spoke = at;
        }
        if self.limits.history_lines > 0 {
            self.histories.remember(&self.limits, client.room, room.is_private(), line.clone());
        }
        let HistoryLine { from: user, is_said, text, .. } = line;
        let message = match is_said {
            true => Message::Said { from: user, text },
            false => Message::Acted { from: user, text },
        };
        let kind = Kind::Activity { ignored_by: &client.ignored_by, except: Some(from) };
        room.tell(&self.limits, kind, message, outbox);
        client.end_away(from, outbox);
        Ok(())
    }

    /// Sends a message about `from` to its room: to all members, including `from`, except those
    /// that ignore it.
    pub(super) fn tell_room(&mut self, from: ClientId, message: Message, outbox: &mut Outbox) {
        let Self { clients, rooms, lobby, limits, .. } = self;
        let Some(client) = clients.get(&from) else { return };
        let room = rooms.get_mut(&client.room).unwrap_or(lobby);
        let kind = Kind::Activity { ignored_by: &client.ignored_by, except: None };
        room.tell(limits, kind, message, outbox);
    }

    /// The clients that ignore a client.
    pub(super) fn ignored_by(&self, client: ClientId) -> &BTreeSet<ClientId> {
        static NOBODY: BTreeSet<ClientId> = BTreeSet::new();
        self.clients.get(&client).map_or(&NOBODY, |client| &client.ignored_by)
    }

    /// The clients that a client ignores.
    pub(super) fn ignores(&self, client: ClientId) -> &[ClientId] {
        self.clients.get(&client).map_or(&[], |client| &client.ignores)
    }

    /// Whispers a text to the holder of a name. If the holder is registered and not here, it is kept.
    pub(super) fn whisper_to(
        &mut self,
        from: User,
        to: Text,
        text: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        match self.find(to.clone()) {
            Ok((addressee, _)) => self.whisper(from, addressee, text, outbox),
            Err(_) => self.keep_whisper(&from, to, text, outbox)?,
        }
        Ok(())
    }

    /// Whispers a text to the client that `from` whispers with.
    pub(super) fn reply(
        &mut self,
        from: User,
        text: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let talk = self.clients.get(&from.client).map(|client| client.talk.clone());
        let Talk { partner, interrupter } = talk.unwrap_or_default();
        let to = partner.ok_or(Refusal::NobodyToReplyTo)?;
        if let Some(other) = interrupter {
            let name = |user: Box<User>| self.user(user.client).unwrap_or(*user).username;
            return Err(Refusal::WhoIsMeant { usernames: [name(to), name(other)] });
        }
        if !self.clients.contains_key(&to.client) {
            return Err(Refusal::HasGone { username: to.username });
        }
        self.whisper(from, to.client, text, outbox);
        Ok(())
    }

    /// Delivers a whisper. The confirmation does not reveal whether the sender is ignored: it shows
    /// the recipient's name and, once, its away message. The away message is not shown to a sender
    /// that ignores the recipient or may not see into its room.
    fn whisper(&mut self, from: User, to: ClientId, text: Text, outbox: &mut Outbox) {
        let sender = from.client;
        let may_know = self.room_of(to).is_open_to(sender) && !self.ignores(sender).contains(&to);
        let Some(client) = self.clients.get_mut(&to) else { return };
        let who = User { client: to, username: client.username.clone() };
        let away = client.away.as_mut().filter(|_| may_know).and_then(|away| away.text_for(sender));
        if !client.ignores.contains(&sender) {
            if sender != to {
                client.talk.record_whisper(&from);
            }
            outbox.deliver([to], Message::Whispered { from, text });
        }
        outbox.deliver([sender], Message::WhisperedTo { username: who.username.clone() });
        if let Some(text) = away {
            outbox.deliver([sender], Message::Away { who: who.clone(), text });
        }
        if let Some(client) = self.clients.get_mut(&sender)
            && sender != to
        {
            client.talk = Talk { partner: Some(Box::new(who)), interrupter: None };
        }
    }

    /// Adds someone to the ignore list of `user`.
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
        let mut ignores = self.ignores(user.client).to_vec();
        if ignores.contains(&other) {
            return Err(Refusal::IgnoredAlready { name });
        }
        // Entries of disconnected clients hide their lines in the history. They are dropped only
        // when the list is full.
        if ignores.len() >= limit {
            ignores.retain(|ignored| self.clients.contains_key(ignored));
        }
        if ignores.len() >= limit {
            return Err(Refusal::TooManyIgnored { limit });
        }
        if let Some(client) = self.clients.get_mut(&user.client) {
            client.ignores = ignores;
            client.ignores.push(other);
            // `/reply` would reveal the current name of the ignored client.
            client.talk = Talk::default();
        }
        if let Some(ignored) = self.clients.get_mut(&other) {
            ignored.ignored_by.insert(user.client);
        }
        self.relate_accounts(user.client, other);
        outbox.deliver([user.client], Message::Ignoring { username });
        Ok(())
    }

    /// Removes someone from the ignore list of `user`.
    pub(super) fn unignore(
        &mut self,
        user: &User,
        name: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let own = self.account_of(user.client);
        let Ok((other, username)) = self.find(name.clone()) else {
            // Someone who is registered and not here.
            let Some((account, username)) = self.account_named(&name) else {
                return Err(Refusal::UnknownUser { name });
            };
            if !own.is_some_and(|own| self.part_accounts(own, account)) {
                return Err(Refusal::NotIgnored { name });
            }
            outbox.deliver([user.client], Message::NotIgnoring { username });
            return Ok(());
        };
        if !self.ignores(user.client).contains(&other) {
            return Err(Refusal::NotIgnored { name });
        }
        self.forget_ignoring(user.client, other);
        if let (Some(own), Some(account)) = (own, self.account_of(other)) {
            self.part_accounts(own, account);
        }
        outbox.deliver([user.client], Message::NotIgnoring { username });
        Ok(())
    }

    fn forget_ignoring(&mut self, client: ClientId, ignored: ClientId) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.ignores.retain(|other| *other != ignored);
        }
        if let Some(ignored) = self.clients.get_mut(&ignored) {
            ignored.ignored_by.remove(&client);
        }
    }

    /// Removes a disconnected client from `ignored_by` of the clients that it ignored.
    pub(super) fn forget_all_ignoring(&mut self, id: ClientId, gone: &Client) {
        gone.ignores.iter().for_each(|other| self.forget_ignoring(id, *other));
    }

    /// The clients that a client ignores: the answer to `/ignore`.
    pub(super) fn ignored(&self, client: ClientId) -> Message {
        let mut usernames = self.usernames_of(self.ignores(client).iter().copied());
        usernames.extend(self.absent_ignored(client));
        usernames.sort_unstable();
        let total = usernames.len();
        let usernames = Budget::new(&self.limits).take(usernames, Self::username_size);
        Message::Ignored { usernames, total }
    }

    /// Sets the away message of a client. Setting the same message again keeps the record of who
    /// has been shown it.
    pub(super) fn set_away(
        &mut self,
        client: ClientId,
        text: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        self.check_note(&text)?;
        if let Some(client) = self.clients.get_mut(&client)
            && client.away.as_ref().is_none_or(|away| away.text != text)
        {
            client.away = Some(Box::new(Away { text: text.clone(), told: Vec::new() }));
        }
        outbox.deliver([client], Message::YouAreAway { text });
        Ok(())
    }

    /// Refuses a text wider than [`Limits::note_columns`].
    pub(super) fn check_note(&self, text: &Text) -> Result<(), Refusal> {
        let limit = self.limits.note_columns;
        if text.as_str().width() > limit { Err(Refusal::NoteTooLong { limit }) } else { Ok(()) }
    }

    /// The answer to `/whois`.
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
            away: client.away.as_ref().map(|away| match self.ignores(asking).contains(&other) {
                true => Text::clean(""),
                false => away.text.clone(),
            }),
        });
        let (is_registered, connected) =
            (self.account_of(other).is_some(), since(client.connected));
        let is_told = self.is_operator(asking) && client.origin != Origin::default();
        let origin = is_told.then_some(client.origin);
        Ok(Message::Whois { username, is_registered, connected, presence, origin })
    }

    /// The client with a username, compared without case.
    pub(super) fn find(&self, name: Text) -> Result<(ClientId, Username), Refusal> {
        let holder = self.usernames.find(name.as_str());
        let found = holder.and_then(|id| Some((id, self.clients.get(&id)?.username.clone())));
        found.ok_or(Refusal::UnknownUser { name })
    }

    /// The usernames of these clients, sorted. Disconnected clients have none.
    pub(super) fn usernames_of(&self, clients: impl Iterator<Item = ClientId>) -> Vec<Username> {
        let clients = clients.filter_map(|client| self.clients.get(&client));
        let mut usernames: Vec<Username> = clients.map(|client| client.username.clone()).collect();
        usernames.sort_unstable();
        usernames
    }

    /// The bytes that a username takes in a list.
    pub(super) fn username_size(username: &Username) -> usize {
        username.as_str().len() + ", ".len()
    }
}

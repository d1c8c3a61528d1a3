//! Commands about rooms: join and leave, topic, history, privacy, invitations.
//!
//! Not here: what is said in rooms (`people`), and how users and rooms are listed (`lists`).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::client::Client;
use super::governing::Owner;
use super::history::Remembered;
use super::name::Name;
use super::room::{Closed, Kind, LOBBY, Member, Room, RoomId, Topic};
use super::{Chat, ClientId, HistoryLine, Limits, Message, Outbox, Refusal, RoomName, Text, User};

impl Chat {
    /// The room with this id, or the lobby if there is none.
    pub(super) fn room(&self, id: RoomId) -> &Room {
        self.rooms.get(&id).unwrap_or(&self.lobby)
    }

    pub(super) fn room_mut(&mut self, id: RoomId) -> &mut Room {
        self.rooms.get_mut(&id).unwrap_or(&mut self.lobby)
    }

    /// Announces an arrival or a departure in a room, unless the room has ended.
    pub(super) fn tell_presence(
        &mut self,
        id: RoomId,
        (who, comes): (ClientId, bool),
        message: Message,
        outbox: &mut Outbox,
    ) {
        let Self { clients, rooms, lobby, limits, .. } = self;
        let room = if id == LOBBY { Some(lobby) } else { rooms.get_mut(&id) };
        if let (Some(room), Some(client)) = (room, clients.get(&who)) {
            let kind = Kind::Presence { who, comes, ignored_by: &client.ignored_by };
            room.tell(limits, kind, message, outbox);
        }
    }

    pub(super) fn room_id_of(&self, client: ClientId) -> RoomId {
        self.clients.get(&client).map_or(LOBBY, |client| client.room)
    }

    /// The room that a client is in.
    pub(super) fn room_of(&self, client: ClientId) -> &Room {
        self.room(self.room_id_of(client))
    }

    /// Moves `user` to the room with this name, which is created if it does not exist.
    pub(super) fn join(
        &mut self,
        user: User,
        wanted: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        match self.room_names.find(wanted.as_str()) {
            Some(room) => {
                let there = self.room(room);
                self.check_lock(user.client, room)?;
                if there.is_open_to(user.client) || self.may_enter(user.client, room) {
                    return self.move_to(user, room, outbox);
                }
                if !there.is_empty() || self.is_awaited(room) {
                    return Err(Refusal::NotInvited { room: there.name.clone() });
                }
                let anew = self.renew(room, user.client);
                self.move_to(user, anew, outbox)
            }
            None => {
                // Others see its name.
                self.check_may_tell(user.client)?;
                let room = self.create(user.client, wanted)?;
                self.move_to(user, room, outbox)
            }
        }
    }

    /// Creates a room, which belongs to the client if that is logged in.
    fn create(&mut self, client: ClientId, wanted: Text) -> Result<RoomId, Refusal> {
        let name = match RoomName::parse(wanted.as_str(), &self.limits) {
            Ok(name) => name,
            Err(error) => return Err(Refusal::BadRoomName { wanted, error }),
        };
        let room = RoomId(self.next_room);
        if !self.room_names.is_free_for(name.name(), room) {
            return Err(Refusal::RoomNameTaken { wanted });
        }
        if self.rooms.len() >= self.limits.rooms && !self.end_first_vacant() {
            return Err(Refusal::TooManyRooms { limit: self.limits.rooms });
        }
        let room = self.open(name);
        let account = self.account_of(client);
        let owner = account.and_then(|id| Some((id, self.accounts.by_id.get(&id)?)));
        let owner = owner.map(|(id, account)| Owner {
            account: id,
            username: account.username.clone(),
            trusted: BTreeSet::new(),
        });
        self.room_mut(room).owner = owner;
        Ok(room)
    }

    /// Creates a room. Its name must be free.
    pub(super) fn open(&mut self, name: RoomName) -> RoomId {
        let room = RoomId(self.next_room);
        self.next_room += 1;
        self.room_names.enter(name.name(), room);
        self.rooms.insert(room, Room::new(name));
        self.enlist_room(room);
        room
    }

    /// Moves `user` to a room and announces that in the old room and in the new one.
    pub(super) fn move_to(
        &mut self,
        user: User,
        to: RoomId,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let (next_age, now) = (self.histories.next(), self.now);
        let Some(client) = self.clients.get_mut(&user.client) else { return Ok(()) };
        let from = core::mem::replace(&mut client.room, to);
        client.invited_to.retain(|room| *room != to);
        if from == to {
            return Err(Refusal::AlreadyThere { room: self.room(to).name.clone() });
        }
        (client.entered, client.came) = (next_age, now);
        let was_private = self.room(from).is_private();
        self.note_regular(user.client, from, true);
        let Some(member) = self.exit(user.client, user.username.name(), from) else {
            return Ok(());
        };
        let left = Message::Left { who: user.clone() };
        self.tell_presence(from, (user.client, false), left, outbox);
        let there = self.room(to);
        let is_new = there.is_empty() && there.vacant_since.is_none() && to != LOBBY;
        self.enter(member, to);
        let mut room = self.info(user.client, self.room(to));
        room.owner = self.owner_of(to).map(|owner| owner.username.clone());
        outbox.deliver([user.client], Message::Entered { room, is_new });
        if !is_new {
            outbox.deliver([user.client], self.present(user.client));
        }
        self.show_recent(user.client, outbox);
        self.tell_presence(to, (user.client, true), Message::Joined { who: user }, outbox);
        if was_private {
            self.end_private_stay(member.client, outbox);
        }
        Ok(())
    }

    /// The other members of the room that a client has entered: their names if there are at most
    /// [`Limits::INTRODUCED`], otherwise only their number. Clients that it ignores are counted but
    /// not named.
    pub(super) fn present(&self, client: ClientId) -> Message {
        let room = self.room_of(client);
        let total = room.members().len().saturating_sub(1);
        let ignores = self.ignores(client);
        let others = room.members().filter(|other| *other != client && !ignores.contains(other));
        let is_small = total <= Limits::INTRODUCED;
        let usernames = if is_small { self.usernames_of(others) } else { Vec::new() };
        Message::Present { room: room.name.clone(), usernames, total }
    }

    /// Clears what a client did in a private room: what others see of it from now on must not
    /// depend on that.
    fn end_private_stay(&mut self, id: ClientId, outbox: &mut Outbox) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.spoke_in_private = None;
            client.end_away(id, outbox);
        }
    }

    pub(super) fn is_invited(&self, client: ClientId, room: RoomId) -> bool {
        self.clients.get(&client).is_some_and(|client| client.invited_to.contains(&room))
    }

    /// Sends a client the last lines of the room that it has entered, if there are any.
    pub(super) fn show_recent(&self, client: ClientId, outbox: &mut Outbox) {
        let recent = self.last_lines(client, self.limits.history_recent);
        if !recent.is_empty() {
            let room = self.room_of(client).name.clone();
            outbox.deliver([client], Message::History { room, lines: recent });
        }
    }

    /// The history of a client's room: the answer to `/history`.
    pub(super) fn history(&self, client: ClientId, count: Option<u16>) -> Result<Message, Refusal> {
        if self.limits.history_lines == 0 {
            return Err(Refusal::NoHistory);
        }
        let most = self.limits.history_shown;
        let lines = self.last_lines(client, count.map_or(most, |count| most.min(count.into())));
        Ok(Message::History { room: self.room_of(client).name.clone(), lines })
    }

    fn last_lines(&self, client: ClientId, count: usize) -> Vec<HistoryLine> {
        let id = client;
        let Some(client) = self.clients.get(&id) else { return Vec::new() };
        let Client { room: place, entered, ignores, .. } = &**client;
        let room = self.room(*place);
        let may_see = |heard: &Remembered| {
            let is_of_now = room.closed.as_ref().is_some_and(|closed| heard.age >= closed.since);
            let may_know = !heard.is_private || is_of_now || heard.age >= *entered;
            let from = &heard.line.from;
            let is_ignored = !heard.is_before_restart && ignores.contains(&from.client);
            may_know && !is_ignored && !self.ignores_name(id, &from.username)
        };
        self.histories.last(&self.limits, *place, count, may_see)
    }

    /// Makes the room of `user` private or public and announces that to all members. Those that
    /// ignore `user` are told without its name, because the change affects who can hear them.
    ///
    /// Clients that are in the room while it is private may return, also on another connection if they
    /// are logged in.
    /// Lines that were said in private stay in the history. Once the room is public again, they are
    /// shown only to clients that heard them and have not left since; they are not meant for those
    /// who can join then.
    pub(super) fn set_privacy(
        &mut self,
        user: User,
        is_private: bool,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.room_id_of(user.client);
        if id == LOBBY {
            return Err(Refusal::InLobby);
        }
        self.check_may_close(user.client, id)?;
        let now = self.histories.next();
        if self.room(id).is_private() == is_private {
            return Err(Refusal::PrivacyUnchanged { is_private });
        }
        let members: Vec<ClientId> = self.room(id).members().collect();
        let closed = is_private.then(|| Closed { since: now, ..Closed::default() });
        // The list that the room is in depends on whether it is private.
        self.unlist_room(id);
        self.room_mut(id).closed = closed;
        self.enlist_room(id);
        if is_private {
            self.in_private += members.len();
        } else {
            self.in_private -= members.len();
        }
        let unnamed = self.room(id).those_of(self.ignored_by(user.client));
        self.tell_room(user.client, Message::PrivacySet { who: Some(user), is_private }, outbox);
        outbox.deliver(unnamed, Message::PrivacySet { who: None, is_private });
        if !is_private {
            members.into_iter().for_each(|member| self.end_private_stay(member, outbox));
        }
        Ok(())
    }

    /// Lets a client join the room of `user` once. The reply is the same whether or not that client
    /// ignores `user`.
    pub(super) fn invite(
        &mut self,
        user: User,
        name: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.room_id_of(user.client);
        if id == LOBBY {
            return Err(Refusal::InLobby);
        }
        self.check_governs(user.client, id)?;
        let (other, username) = self.find(name.clone())?;
        if self.room(id).has(other) {
            return Err(Refusal::HereAlready { name });
        }
        if self.is_invited(other, id) {
            return Err(Refusal::InvitedAlready { name });
        }
        let (limit, room) = (self.limits.invitations, self.room(id).name.clone());
        let rooms = &self.rooms;
        let Some(invited) = self.clients.get_mut(&other) else { return Ok(()) };
        invited.invited_to.retain(|room| rooms.contains_key(room));
        // The oldest invitation is dropped; otherwise anybody could block further invitations.
        if invited.invited_to.len() >= limit {
            invited.invited_to.remove(0);
        }
        invited.invited_to.push(id);
        outbox.deliver([user.client], Message::Inviting { username });
        if !invited.ignores.contains(&user.client) {
            outbox.deliver([other], Message::Invited { by: user, room });
        }
        Ok(())
    }

    /// Removes a client from a room. When the last member leaves, the room ends or becomes vacant.
    pub(super) fn exit(&mut self, client: ClientId, name: &Name, id: RoomId) -> Option<Member> {
        self.unlist(name, id);
        let room = self.room_mut(id);
        let member = room.remove(client);
        let (is_private, is_empty) = (room.is_private(), room.is_empty());
        self.in_private -= usize::from(is_private);
        if is_empty && id != LOBBY {
            self.close(id);
        }
        member
    }

    /// Ends a room: removes it with all that is stored about it.
    pub(super) fn end_room(&mut self, id: RoomId) {
        self.unlist_room(id);
        if let Some(since) = self.room(id).vacant_since {
            self.vacant.by_time.remove(&(since, id));
        }
        let name = self.room(id).name.clone();
        self.room_names.remove(name.name());
        self.rooms.remove(&id);
        self.histories.forget(id);
    }

    /// Adds a client to a room.
    pub(super) fn enter(&mut self, member: Member, id: RoomId) {
        self.occupy(id);
        let room = self.room_mut(id);
        room.add(member);
        self.in_private += usize::from(self.room(id).is_private());
        self.enlist(member.client, id);
    }

    /// Adds a client, under its current name, to the sorted names of a room.
    pub(super) fn enlist(&mut self, client: ClientId, id: RoomId) {
        let Self { clients, rooms, lobby, .. } = self;
        let room = rooms.get_mut(&id).unwrap_or(lobby);
        let name_of = |client| clients.get(&client).map(|client| client.username.name());
        if let Some(name) = name_of(client) {
            room.by_name.insert(client, name, name_of);
        }
    }

    /// Removes a name from the sorted names of a room.
    pub(super) fn unlist(&mut self, name: &Name, id: RoomId) {
        let Self { clients, rooms, lobby, .. } = self;
        let room = rooms.get_mut(&id).unwrap_or(lobby);
        room.by_name
            .remove(name, |client| clients.get(&client).map(|client| client.username.name()));
    }

    /// Adds a room, unless it is private, to the list of rooms with members or to that of vacant ones.
    pub(super) fn enlist_room(&mut self, id: RoomId) {
        self.set_listed(id, true);
    }

    /// Removes a room from the list that it is in.
    pub(super) fn unlist_room(&mut self, id: RoomId) {
        self.set_listed(id, false);
    }

    fn set_listed(&mut self, id: RoomId, is_listed: bool) {
        let Self { rooms, lobby, public_rooms, vacant, .. } = self;
        let Some(room) = rooms.get(&id).filter(|room| !room.is_private()) else { return };
        let name_of = |id| match id == LOBBY {
            true => Some(lobby.name.name()),
            false => rooms.get(&id).map(|room| room.name.name()),
        };
        let is_vacant = room.vacant_since.is_some();
        let list = if is_vacant { &mut vacant.public } else { public_rooms };
        match is_listed {
            true => list.insert(id, room.name.name(), name_of),
            false => list.remove(room.name.name(), name_of),
        }
    }

    /// The room with this id; `None` if it has ended.
    pub(super) fn find_room(&self, id: RoomId) -> Option<&Room> {
        if id == LOBBY { Some(&self.lobby) } else { self.rooms.get(&id) }
    }

    /// Sets the topic of the room of `user` and announces it there.
    pub(super) fn set_topic(
        &mut self,
        user: User,
        topic: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.room_id_of(user.client);
        if id == LOBBY {
            return Err(Refusal::InLobby);
        }
        self.check_governs(user.client, id)?;
        self.check_note(&topic)?;
        let room = self.room_mut(id);
        let set = room.closed.as_mut().map_or(&mut room.topic, |closed| &mut closed.topic);
        let from = Some(user.username.clone());
        *set = Some(Topic { by: Some(user.client), from, text: topic.clone() });
        self.tell_room(user.client, Message::TopicSet { who: user, topic }, outbox);
        Ok(())
    }
}

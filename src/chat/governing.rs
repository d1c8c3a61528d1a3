//! Rooms that belong to someone: who may decide about a room, and what only those can do.
//!
//! A room belongs to the registered user who creates it, for as long as it exists and the account does. In it, the
//! owner decides, and whom the owner trusts; and operators. In a room that belongs to nobody, everyone may set the topic
//! and invite, and who has been there longest may set the privacy: so a passer-by cannot close a room to those who
//! use it, nor open what they have closed.
//!
//! Not here: what privacy is (`rooms`), and what operators can do everywhere (`moderation`).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use super::accounts::AccountId;
use super::check::require;
use super::room::{LOBBY, RoomId};
use super::{
    Chat, ClientId, Limits, Message, Outbox, Period, Refusal, Text, Timestamp, User, Username,
};

/// Whom a room belongs to. The account may have been removed since; then the room belongs to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub(super) struct Owner {
    pub(super) account: AccountId,
    pub(super) username: Username,
    /// The accounts that may decide about the room, too.
    pub(super) trusted: BTreeSet<AccountId>,
}

impl Chat {
    /// Whom a room belongs to.
    pub(super) fn owner_of(&self, id: RoomId) -> Option<&Owner> {
        let owner = self.find_room(id)?.owner.as_ref()?;
        self.accounts.by_id.contains_key(&owner.account).then_some(owner)
    }

    /// Whether a client owns a room, or is trusted by its owner.
    pub(super) fn is_trusted(&self, client: ClientId, id: RoomId) -> bool {
        let account = self.account_of(client);
        self.owner_of(id).zip(account).is_some_and(|(owner, account)| {
            owner.account == account || owner.trusted.contains(&account)
        })
    }

    /// Refuses a client that may not decide about a room, which belongs to someone.
    pub(super) fn check_governs(&self, client: ClientId, id: RoomId) -> Result<(), Refusal> {
        match self.owner_of(id) {
            Some(owner) if !self.is_trusted(client, id) && !self.is_operator(client) => {
                Err(Refusal::NotYourRoom { owner: owner.username.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a client that may not set the privacy of its room: not its own, or others have been there for longer.
    pub(super) fn check_may_close(&self, client: ClientId, id: RoomId) -> Result<(), Refusal> {
        self.check_governs(client, id)?;
        if self.owner_of(id).is_some() || self.is_operator(client) {
            return Ok(());
        }
        let came = |client| self.clients.get(&client).map(|client| client.came);
        let own = came(client);
        match self.room(id).members().any(|other| came(other) < own) {
            true => Err(Refusal::OthersWereHere),
            false => Ok(()),
        }
    }

    /// Refuses a client that may not decide about its room beyond what everyone may in a room of nobody.
    fn check_rules(&self, client: ClientId) -> Result<RoomId, Refusal> {
        let id = self.room_id_of(client);
        if id == LOBBY && !self.is_operator(client) {
            return Err(Refusal::InLobby);
        }
        self.check_governs(client, id)?;
        match self.owner_of(id).is_some() || self.is_operator(client) {
            true => Ok(id),
            false => Err(Refusal::RoomOfNobody),
        }
    }

    /// Whether a client may enter a room although it is private: it is trusted, or has been in it since it became
    /// private and has not been put out, or is invited.
    pub(super) fn may_enter(&self, client: ClientId, id: RoomId) -> bool {
        let account = self.account_of(client);
        let closed = self.find_room(id).and_then(|room| room.closed.as_ref());
        let has_been_in = closed.is_some_and(|closed| {
            closed.regulars.binary_search(&client).is_ok()
                || account.is_some_and(|account| closed.accounts.contains(&account))
        });
        has_been_in || self.is_trusted(client, id) || self.is_invited(client, id)
    }

    /// Whether someone may enter an empty private room by what they are, not by a connection that may have ended.
    pub(super) fn is_awaited(&self, id: RoomId) -> bool {
        let closed = self.find_room(id).and_then(|room| room.closed.as_ref());
        let mut accounts = closed.into_iter().flat_map(|closed| &closed.accounts);
        self.owner_of(id).is_some() || accounts.any(|id| self.accounts.by_id.contains_key(id))
    }

    /// Notes that a client which leaves a private room may come back.
    pub(super) fn note_regular(&mut self, client: ClientId, id: RoomId, stays_connected: bool) {
        if !self.room(id).is_private() {
            return;
        }
        let account = self.account_of(client);
        let Self { rooms, clients, .. } = self;
        let Some(closed) = rooms.get_mut(&id).and_then(|room| room.closed.as_mut()) else { return };
        if let Some(account) = account
            && closed.accounts.len() < Limits::REGULARS
        {
            closed.accounts.insert(account);
        }
        if closed.regulars.len() >= Limits::REGULARS {
            closed.regulars.retain(|regular| clients.contains_key(regular));
        }
        if let Err(place) = closed.regulars.binary_search(&client)
            && stays_connected
            && closed.regulars.len() < Limits::REGULARS
        {
            closed.regulars.insert(place, client);
        }
    }

    /// Refuses a client that wants to enter a room that is locked.
    pub(super) fn check_lock(&self, client: ClientId, id: RoomId) -> Result<(), Refusal> {
        let room = self.room(id);
        match room.locked_until.filter(|until| self.now < *until) {
            Some(until) if !room.has(client) && !self.is_trusted(client, id) => {
                Err(Refusal::RoomLocked { room: room.name.clone(), until })
            }
            _ => Ok(()),
        }
    }

    /// Lets an account decide about the room of `user`, its owner; or no more.
    pub(super) fn set_trusted(
        &mut self,
        user: User,
        name: Text,
        on: bool,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.room_id_of(user.client);
        let of_nobody = if id == LOBBY { Refusal::InLobby } else { Refusal::RoomOfNobody };
        let owner = self.owner_of(id).ok_or(of_nobody)?;
        if self.account_of(user.client) != Some(owner.account) {
            return Err(Refusal::NotYourRoom { owner: owner.username.clone() });
        }
        let Some((account, username)) = self.account_named(&name) else {
            return Err(Refusal::NotRegistered { name });
        };
        if (owner.trusted.contains(&account) || owner.account == account) == on {
            return Err(Refusal::TrustUnchanged { username, on });
        }
        if owner.account == account {
            return Err(Refusal::CannotPutOut { username });
        }
        if on && owner.trusted.len() >= Limits::TRUSTED {
            return Err(Refusal::TooManyTrusted { limit: Limits::TRUSTED });
        }
        let room = self.room(id).name.clone();
        if let Some(owner) = self.rooms.get_mut(&id).and_then(|room| room.owner.as_mut()) {
            match on {
                true => owner.trusted.insert(account),
                false => owner.trusted.remove(&account),
            };
        }
        let holder = self.usernames.find(username.as_str());
        let holder = holder.filter(|holder| !self.ignores(*holder).contains(&user.client));
        outbox.deliver([user.client], Message::Trusting { username, on });
        outbox.deliver(holder, Message::Trusted { by: user, room, on });
        Ok(())
    }

    /// Puts someone out of the room of `user`, who may not come back to it as someone who has been there.
    pub(super) fn put_out(
        &mut self,
        user: User,
        name: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.check_rules(user.client)?;
        if id == LOBBY {
            return Err(Refusal::InLobby);
        }
        let (other, username) = self.find(name.clone())?;
        if !self.room(id).has(other) {
            return Err(Refusal::NotInTheRoom { name });
        }
        if self.is_trusted(other, id) || self.is_operator(other) {
            return Err(Refusal::CannotPutOut { username });
        }
        let room = self.room(id).name.clone();
        let is_ignored = self.ignores(other).contains(&user.client);
        let by = (!is_ignored).then(|| user.clone());
        outbox.deliver([other], Message::PutOut { by, room });
        outbox.deliver([user.client], Message::PuttingOut { username: username.clone() });
        self.move_to(User { client: other, username }, LOBBY, outbox)?;
        let account = self.account_of(other);
        if let Some(closed) = self.rooms.get_mut(&id).and_then(|room| room.closed.as_mut()) {
            closed.regulars.retain(|regular| *regular != other);
            closed.accounts.retain(|regular| Some(*regular) != account);
        }
        Ok(())
    }

    /// Lets nobody new into the room of `user` for a while; or everyone again.
    pub(super) fn lock(
        &mut self,
        user: User,
        period: Option<Period>,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.check_rules(user.client)?;
        if id == LOBBY {
            return Err(Refusal::InLobby);
        }
        let now = self.now;
        let until = period.map(|Period(time)| Timestamp(now.0.saturating_add(time)));
        let Some(room) = self.rooms.get_mut(&id) else { return Ok(()) };
        if until.is_none() && room.locked_until.is_none_or(|until| until <= now) {
            return Err(Refusal::NotLocked);
        }
        room.locked_until = until;
        let unnamed = self.room(id).those_of(self.ignored_by(user.client));
        self.tell_room(user.client, Message::Locked { who: Some(user), until }, outbox);
        outbox.deliver(unnamed, Message::Locked { who: None, until });
        Ok(())
    }

    /// Checks that rooms belong to accounts that can be, and within the limits.
    pub(super) fn check_governing(&self) -> Result<(), String> {
        for (id, room) in &self.rooms {
            let problem = |what: &str| format!("room {} {what}", id.0);
            let is_possible = |account: &AccountId| (1..self.accounts.next).contains(&account.0);
            let owner = room.owner.iter();
            let trusted = owner.clone().flat_map(|owner| &owner.trusted);
            let awaited = room.closed.iter().flat_map(|closed| &closed.accounts);
            let mut all = owner.clone().map(|owner| &owner.account).chain(trusted).chain(awaited);
            require(all.all(is_possible), || problem("knows an account that is to come"))?;
            let is_few = |owner: &Owner| owner.trusted.len() <= Limits::TRUSTED;
            require(owner.clone().all(is_few), || problem("has too many who are trusted"))?;
            let closed = room.closed.as_ref();
            let is_few = closed.is_none_or(|closed| closed.accounts.len() <= Limits::REGULARS);
            require(is_few, || problem("has too many who may come back"))?;
        }
        let is_plain = self.lobby.owner.is_none() && self.lobby.locked_until.is_none();
        require(is_plain, || "the lobby belongs to someone, or is locked".into())
    }
}

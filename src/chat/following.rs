//! What follows a person from one connection to the next: whom they ignore, the notices they want, and their
//! invitations. It is kept with the account while its holder is not here, and brought along at a login.
//!
//! Between two registered users ignoring is a matter of their accounts, so it outlasts the connections of both. The
//! connections that they have now ignore each other in the same way: that alone decides who is sent what.
//!
//! Not here: which rooms someone may come back to (`governing`), and kept whispers (`absent`).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::accounts::{Account, AccountId};
use super::check::require;
use super::room::{LOBBY, Room, RoomId};
use super::{Chat, ClientId, Message, Outbox, RoomInfo, Username};

impl Chat {
    /// The client that is logged in to an account.
    fn holder_of(&self, id: AccountId) -> Option<ClientId> {
        let account = self.accounts.by_id.get(&id)?;
        self.usernames.find(account.username.as_str())
    }

    /// Whether a client wants notices of arrivals and departures.
    pub(super) fn wants_notices(&self, client: ClientId) -> bool {
        self.room_of(client).notices(client)
    }

    /// Turns notices of arrivals and departures on or off for a client.
    pub(super) fn set_notices(&mut self, client: ClientId, on: bool, outbox: &mut Outbox) {
        let id = self.room_id_of(client);
        self.room_mut(id).set_notices(client, on);
        let account = self.account_of(client).and_then(|id| self.accounts.by_id.get_mut(&id));
        account.into_iter().for_each(|account| account.notices = on);
        outbox.deliver([client], Message::Notices { on });
    }

    /// Keeps with its account what a client leaves behind.
    pub(super) fn leave_behind(&mut self, client: ClientId) {
        let (account, now) = (self.account_of(client), self.now);
        let Some(known) = self.clients.get(&client) else { return };
        if let Some(account) = account.and_then(|id| self.accounts.by_id.get_mut(&id)) {
            account.seen = now;
            account.invited_to.clone_from(&known.invited_to);
        }
    }

    /// Brings along what was kept with an account that a client has logged in to.
    pub(super) fn bring_along(&mut self, client: ClientId, id: AccountId, outbox: &mut Outbox) {
        let Some(account) = self.accounts.by_id.get_mut(&id) else { return };
        let (notices, invited_to) = (account.notices, core::mem::take(&mut account.invited_to));
        if self.wants_notices(client) != notices {
            self.set_notices(client, notices, outbox);
        }
        let (rooms, most) = (&self.rooms, self.limits.invitations);
        if let Some(known) = self.clients.get_mut(&client) {
            let here = known.room;
            for room in invited_to {
                if rooms.contains_key(&room) && room != here && !known.invited_to.contains(&room) {
                    known.invited_to.push(room);
                }
            }
            known.invited_to.drain(..known.invited_to.len().saturating_sub(most));
        }
        self.keep_ignoring(client);
    }

    /// Has a client that logs in ignore whom its account ignores, and be ignored by who ignores that.
    pub(super) fn join_ignoring(&mut self, client: ClientId, id: AccountId) {
        let Some(account) = self.accounts.by_id.get(&id) else { return };
        let holders = |ids: &mut dyn Iterator<Item = &AccountId>| -> Vec<ClientId> {
            ids.filter_map(|id| self.holder_of(*id)).collect()
        };
        let ignored = holders(&mut account.ignores.iter());
        let ignoring = holders(&mut account.ignored_by.iter());
        ignored.into_iter().for_each(|other| self.relate(client, other));
        ignoring.into_iter().for_each(|other| self.relate(other, client));
    }

    /// Has the account of a client ignore whom the client ignores.
    pub(super) fn keep_ignoring(&mut self, client: ClientId) {
        for other in self.ignores(client).to_vec() {
            self.relate_accounts(client, other);
        }
    }

    /// Has one client ignore another one.
    fn relate(&mut self, client: ClientId, other: ClientId) {
        if client == other || self.ignores(client).contains(&other) {
            return;
        }
        // Entries of disconnected clients, as in `ignore`.
        if self.ignores(client).len() >= self.limits.ignored {
            let mut ignores = self.ignores(client).to_vec();
            ignores.retain(|ignored| self.clients.contains_key(ignored));
            self.clients
                .get_mut(&client)
                .into_iter()
                .for_each(|known| known.ignores.clone_from(&ignores));
        }
        if let Some(known) = self.clients.get_mut(&client) {
            known.ignores.push(other);
            known.talk.forget(other);
        }
        if let Some(ignored) = self.clients.get_mut(&other) {
            ignored.ignored_by.insert(client);
        }
    }

    /// Has the account of a client ignore that of another one, if both are logged in.
    pub(super) fn relate_accounts(&mut self, client: ClientId, other: ClientId) {
        let (Some(id), Some(ignored)) = (self.account_of(client), self.account_of(other)) else {
            return;
        };
        let most = self.limits.ignored;
        let account = self.accounts.by_id.get_mut(&id);
        if let Some(account) = account.filter(|known| known.ignores.len() < most && id != ignored)
            && !account.ignores.contains(&ignored)
        {
            account.ignores.push(ignored);
            let ignored = self.accounts.by_id.get_mut(&ignored);
            ignored.into_iter().for_each(|ignored| ignored.ignored_by.extend([id]));
        }
    }

    /// Has an account ignore another one no more. Returns whether it did.
    pub(super) fn part_accounts(&mut self, id: AccountId, ignored: AccountId) -> bool {
        if let Some(ignored) = self.accounts.by_id.get_mut(&ignored) {
            ignored.ignored_by.remove(&id);
        }
        let Some(account) = self.accounts.by_id.get_mut(&id) else { return false };
        let count = account.ignores.len();
        account.ignores.retain(|other| *other != ignored);
        account.ignores.len() < count
    }

    /// Removes an account, which has a name, from the lists of others.
    pub(super) fn part_from_all(&mut self, id: AccountId) {
        let Some(account) = self.accounts.by_id.get(&id) else { return };
        let ignored: Vec<AccountId> = account.ignores.clone();
        let ignoring: Vec<AccountId> = account.ignored_by.iter().copied().collect();
        for other in ignored {
            self.part_accounts(id, other);
        }
        for other in ignoring {
            self.part_accounts(other, id);
        }
    }

    /// The usernames of the accounts that a client ignores and whose holders are not here.
    pub(super) fn absent_ignored(&self, client: ClientId) -> Vec<Username> {
        let account = self.account_of(client).and_then(|id| self.accounts.by_id.get(&id));
        let ignored = account.into_iter().flat_map(|account| &account.ignores);
        let absent = ignored.filter(|id| self.holder_of(**id).is_none());
        let accounts = absent.filter_map(|id| self.accounts.by_id.get(id));
        accounts.map(|account| account.username.clone()).collect()
    }

    /// Whether a client ignores whoever is registered under this name: what was said or set under it before is hidden,
    /// too.
    pub(super) fn ignores_name(&self, client: ClientId, username: &Username) -> bool {
        let account = self.account_of(client).and_then(|id| self.accounts.by_id.get(&id));
        account.is_some_and(|account| {
            !account.ignores.is_empty()
                && self
                    .accounts
                    .names
                    .find(username.as_str())
                    .is_some_and(|other| account.ignores.contains(&other))
        })
    }

    /// What a client can see of a room.
    pub(super) fn info(&self, client: ClientId, room: &Room) -> RoomInfo {
        let ignores = self.ignores(client);
        room.info(|topic| {
            topic.by.is_some_and(|by| ignores.contains(&by))
                || topic.from.as_ref().is_some_and(|from| self.ignores_name(client, from))
        })
    }

    /// Checks that both sides of every relation between accounts agree, and that their holders ignore each other, too.
    pub(super) fn check_following(&self, id: AccountId, account: &Account) -> Result<(), String> {
        let problem = |what: &str| format!("account {} {what}", id.0);
        let distinct: BTreeSet<&AccountId> = account.ignores.iter().collect();
        let is_list = distinct.len() == account.ignores.len() && !distinct.contains(&id);
        require(is_list, || problem("ignores itself, or someone twice"))?;
        let is_few = account.ignores.len() <= self.limits.ignored;
        require(is_few, || problem("ignores too many"))?;
        let is_few = account.invited_to.len() <= self.limits.invitations;
        require(is_few, || problem("has too many invitations"))?;
        let may_be = |room: &RoomId| *room != LOBBY && room.0 < self.next_room;
        require(account.invited_to.iter().all(may_be), || problem("is invited to no room"))?;
        for other in &account.ignores {
            let known = self.accounts.by_id.get(other);
            let knows = known.is_some_and(|other| other.ignored_by.contains(&id));
            require(knows, || problem("ignores one that does not know"))?;
            if let (Some(one), Some(other)) = (self.holder_of(id), self.holder_of(*other)) {
                let ignores = self.ignores(one).contains(&other);
                require(ignores, || problem("ignores one whose holder it does not"))?;
            }
        }
        for other in &account.ignored_by {
            let known = self.accounts.by_id.get(other);
            let ignores = known.is_some_and(|other| other.ignores.contains(&id));
            require(ignores, || problem("is not ignored by one that it knows"))?;
        }
        Ok(())
    }
}

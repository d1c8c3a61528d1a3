//! What follows a user from one connection to the next: whom they ignore, their notices and their invitations.
//!
//! Not here: what is sent because of it (`model`).

use chinwag::chat::ClientId;

use super::{Model, Person, Room};
use crate::Intent;

impl Model {
    /// Keeps with the account what a user who may be logged in leaves behind.
    pub(super) fn leave_behind(&mut self, me: &Person) {
        let (now, invited_to) = (self.now, me.invited_to.clone());
        if let Some(account) = self.account_mut(&me.name) {
            account.seen = now;
            account.invited_to.clone_from(&invited_to);
        }
    }

    /// Brings along what was kept with the account of a user who has logged in.
    pub(super) fn bring_along(&mut self, id: ClientId) {
        let me = self.person(id).clone();
        let Some(account) = self.account_mut(&me.name) else { return };
        let (notices, invited_to) = (account.notices, std::mem::take(&mut account.invited_to));
        if me.notices != notices {
            self.person_mut(id).notices = notices;
            let what = if notices { "" } else { "no longer " };
            self.tell(id, &format!(" * you are {what}told who comes and goes"));
        }
        let there: Vec<Room> = self.rooms();
        for room in invited_to {
            let is_new = !me.invited_to.contains(&room) && room != me.room;
            if is_new && there.contains(&room) {
                self.person_mut(id).invited_to.push(room);
            }
        }
        let most = self.limits.invitations;
        let invited_to = &mut self.person_mut(id).invited_to;
        invited_to.drain(..invited_to.len().saturating_sub(most));
        self.keep_ignoring(id);
    }

    /// Has a user who logs in ignore and be ignored as their account.
    pub(super) fn join_ignoring(&mut self, id: ClientId, name: &str) {
        let Some(own) = self.account(name).cloned() else { return };
        for other in self.accounts.clone() {
            let Some(holder) = self.holder(&other.name).map(|holder| holder.id) else { continue };
            if own.ignores.contains(&other.id) {
                self.relate(id, holder);
            }
            if other.ignores.contains(&own.id) {
                self.relate(holder, id);
            }
        }
    }

    /// Has the account of a user ignore as they do.
    pub(super) fn keep_ignoring(&mut self, id: ClientId) {
        for ignored in self.person(id).ignores.clone() {
            self.relate_accounts(id, ignored);
        }
    }

    /// The reply to a command about someone who is registered and not here, if it is one.
    pub(super) fn about_absent(&mut self, me: &Person, intent: &Intent) -> Option<String> {
        match intent {
            Intent::Whisper { to, text, .. } if self.holder(to).is_none() => {
                self.keep(self.now, me, to, text)
            }
            Intent::Unignore { name } => self.unignore_absent(me, name),
            _ => None,
        }
    }

    fn relate(&mut self, id: ClientId, other: ClientId) {
        let me = self.person(id).clone();
        if id == other || me.ignores.contains(&other) {
            return;
        }
        let is_full = me.ignores.len() >= self.limits.ignored;
        let before = if is_full { self.ignored_now(&me) } else { me.ignores.clone() };
        let is_it = |known: &Option<(ClientId, String)>| {
            known.as_ref().is_some_and(|(known, _)| *known == other)
        };
        let talks = is_it(&me.partner) || is_it(&me.interrupter);
        let me = self.person_mut(id);
        me.ignores = before;
        me.ignores.push(other);
        if talks {
            (me.partner, me.interrupter) = (None, None);
        }
    }

    /// Notes that the account of a user ignores that of another one, if both are logged in.
    pub(super) fn relate_accounts(&mut self, id: ClientId, other: ClientId) {
        let (Some(own), Some(ignored)) = (self.account_of(id), self.account_of(other)) else {
            return;
        };
        let most = self.limits.ignored;
        let own = self.accounts.iter_mut().filter(|account| account.id == own && own != ignored);
        for account in own {
            if account.ignores.len() < most && !account.ignores.contains(&ignored) {
                account.ignores.push(ignored);
            }
        }
    }

    /// Notes that the account of a user does not ignore another one any more. Returns whether it did.
    pub(super) fn part_accounts(&mut self, me: &Person, ignored: u64) -> bool {
        let Some(account) = self.account_mut(&me.name) else { return false };
        let count = account.ignores.len();
        account.ignores.retain(|other| *other != ignored);
        account.ignores.len() < count
    }

    /// The reply to `/unignore` of someone who is registered and not here.
    fn unignore_absent(&mut self, me: &Person, name: &str) -> Option<String> {
        let account = self.account(name).filter(|_| self.holder(name).is_none()).cloned()?;
        Some(match self.part_accounts(me, account.id) {
            true => format!(" * you see again what [{}] says and does", account.name),
            false => format!(" * you do not ignore \"{name}\""),
        })
    }

    /// The names of those whom the account of a user ignores and who are not here.
    pub(super) fn absent_ignored(&self, me: &Person) -> Vec<String> {
        let Some(own) = self.account(&me.name) else { return vec![] };
        let ignored = self.accounts.iter().filter(|account| own.ignores.contains(&account.id));
        let absent = ignored.filter(|account| self.holder(&account.name).is_none());
        absent.map(|account| account.name.clone()).collect()
    }

    /// The number of the account of a user, if they are present and logged in.
    #[must_use]
    pub fn account_of(&self, id: ClientId) -> Option<u64> {
        let person = self.people.iter().find(|person| person.id == id)?;
        self.account(&person.name).map(|account| account.id)
    }

    /// Whether the account of a user ignores another one.
    #[must_use]
    pub fn account_ignores(&self, id: ClientId, other: u64) -> bool {
        let own = self.account(&self.person(id).name);
        own.is_some_and(|own| own.ignores.contains(&other))
    }

    /// Whether any account ignores the one with this name.
    #[must_use]
    pub fn is_ignored_by_accounts(&self, name: &str) -> bool {
        let id = self.account(name).map(|account| account.id);
        id.is_some_and(|id| self.accounts.iter().any(|account| account.ignores.contains(&id)))
    }

    /// Whether a user ignores whoever is registered under this name.
    pub(super) fn ignores_name(&self, me: &Person, name: &str) -> bool {
        let ignored = self.account(name).map(|account| account.id);
        let own = self.account(&me.name);
        own.zip(ignored).is_some_and(|(own, ignored)| own.ignores.contains(&ignored))
    }
}

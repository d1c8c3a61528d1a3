//! Rooms that belong to someone: who may decide about them, and what only those can do.
//!
//! Not here: entering rooms, and their privacy (`rooms`).

use super::moderation::date;
use super::{LOBBY, Model, Person, Room};
use crate::Intent;

/// Whom a room belongs to. The numbers are those of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub room: Room,
    pub account: u64,
    pub name: String,
    pub trusted: Vec<u64>,
}

impl Model {
    /// Whom a room belongs to, if that account is still registered.
    pub(super) fn owner(&self, room: Room) -> Option<&Owner> {
        let is_registered = |id: u64| self.accounts.iter().any(|account| account.id == id);
        self.owners.iter().find(|owner| owner.room == room && is_registered(owner.account))
    }

    /// Whether a user owns a room, or is trusted by its owner.
    pub(super) fn is_trusted(&self, me: &Person, room: Room) -> bool {
        let Some(own) = self.account(&me.name).map(|account| account.id) else { return false };
        self.owner(room).is_some_and(|o| o.account == own || o.trusted.contains(&own))
    }

    /// The users who are in rooms that belong to them, or whose owner trusts them.
    #[must_use]
    pub fn rulers(&self) -> Vec<chinwag::chat::ClientId> {
        let rulers = self.people.iter().filter(|person| self.is_trusted(person, person.room));
        rulers.map(|person| person.id).collect()
    }

    /// Whether a user may decide about their room as owners do; also if nobody owns it.
    #[must_use]
    pub fn governs(&self, id: chinwag::chat::ClientId) -> bool {
        let me = self.person(id);
        self.owner(me.room).is_none() || self.is_trusted(me, me.room) || self.is_operator(me)
    }

    fn not_yours(&self, room: Room) -> String {
        let name = self.owner(room).map(|owner| owner.name.clone()).unwrap_or_default();
        format!(" * only [{name}], the owner of the room, and those trusted can do that")
    }

    /// Why a user may not decide something about their room.
    pub(super) fn forbids_deciding(&self, me: &Person, intent: &Intent) -> Option<String> {
        let is_of_nobody = self.owner(me.room).is_none();
        match intent {
            Intent::Topic { text: Some(_) }
            | Intent::Private
            | Intent::Public
            | Intent::Invite { .. } => {}
            _ => return None,
        }
        if me.room == LOBBY {
            return Some(" * not in the lobby: /join a room of your own first".into());
        }
        if !self.governs(me.id) {
            return Some(self.not_yours(me.room));
        }
        let was_before = |other: &&Person| other.room == me.room && other.came < me.came;
        let is_late = self.people.iter().find(was_before).is_some();
        let is_privacy = matches!(intent, Intent::Private | Intent::Public);
        (is_privacy && is_of_nobody && is_late && !self.is_operator(me)).then(|| {
            " * others have been here for longer: ask them, or /join a room of your own".into()
        })
    }

    /// Notes that someone who leaves a private room may come back.
    pub(super) fn note_regular(&mut self, me: &Person, stays_connected: bool) {
        if !self.private.contains(&me.room) {
            return;
        }
        if stays_connected && !self.regulars.contains(&(me.room, me.id)) {
            self.regulars.push((me.room, me.id));
        }
        let account = self.account(&me.name).map(|account| account.id);
        let new = account.filter(|id| !self.awaited.contains(&(me.room, *id)));
        self.awaited.extend(new.map(|id| (me.room, id)));
    }

    /// Whether a user may enter a room although it is private.
    pub(super) fn may_enter(&self, me: &Person, room: Room) -> bool {
        let account = self.account(&me.name).map(|account| account.id);
        me.invited_to.contains(&room)
            || self.regulars.contains(&(room, me.id))
            || account.is_some_and(|id| self.awaited.contains(&(room, id)))
            || self.is_trusted(me, room)
    }

    /// Whether someone who is registered may enter an empty private room.
    pub(super) fn is_awaited(&self, room: Room) -> bool {
        let is_registered = |id: u64| self.accounts.iter().any(|account| account.id == id);
        let mut awaited = self.awaited.iter().filter(|(of, _)| *of == room);
        self.owner(room).is_some() || awaited.any(|(_, id)| is_registered(*id))
    }

    /// Whether any registered user may come back to a private room, on another connection.
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.private.iter().any(|room| {
            let members = self.people.iter().filter(|person| person.room == *room);
            let is_registered = |person: &Person| self.account(&person.name).is_some();
            self.is_awaited(room) || members.into_iter().any(is_registered)
        })
    }

    /// The refusal for a user who wants to enter a room that is locked.
    pub(super) fn locked(&self, me: &Person, room: Room) -> Option<String> {
        let (_, until) = self.locks.iter().find(|(of, until)| *of == room && self.now < *until)?;
        let is_kept_out = me.room != room && !self.is_trusted(me, room);
        is_kept_out.then(|| format!(" * [{room}] is locked until {} UTC", date(*until)))
    }

    /// Does what the owner of a room wants, or refuses it.
    pub(super) fn govern(&mut self, me: &Person, intent: &Intent) {
        let answer = match intent {
            Intent::Trust { name } => self.trust(me, name, true),
            Intent::Distrust { name } => self.trust(me, name, false),
            _ if me.room == LOBBY => " * not in the lobby: /join a room of your own first".into(),
            _ if !self.governs(me.id) => self.not_yours(me.room),
            _ if self.owner(me.room).is_none() && !self.is_operator(me) => {
                " * the room belongs to nobody: it has an owner if a registered user creates it"
                    .into()
            }
            Intent::Remove { name } => self.put_out(me, name),
            Intent::Lock { period } => self.lock(me, *period),
            _ => String::new(),
        };
        if !answer.is_empty() {
            self.tell(me.id, &answer);
        }
    }

    fn trust(&mut self, me: &Person, name: &str, on: bool) -> String {
        let account = self.account(name).map(|account| (account.id, account.name.clone()));
        let own = self.account(&me.name).map(|account| account.id);
        let Some(owner) = self.owner(me.room).cloned() else {
            return match me.room {
                LOBBY => " * not in the lobby: /join a room of your own first".into(),
                _ => {
                    " * the room belongs to nobody: it has an owner if a registered user creates it"
                        .into()
                }
            };
        };
        if own != Some(owner.account) {
            return self.not_yours(me.room);
        }
        let Some((id, name)) = account else { return format!(" * \"{name}\" is not registered") };
        match (owner.account == id, owner.trusted.contains(&id), on) {
            (true, _, true) | (_, true, true) => return format!(" * [{name}] is trusted already"),
            (true, _, false) => {
                return format!(" * [{name}] decides about the room, and cannot be put out");
            }
            (_, false, false) => return format!(" * [{name}] is not trusted"),
            _ => {}
        }
        let owned = self.owners.iter_mut().filter(|owner| owner.room == me.room);
        owned.for_each(|owner| match on {
            true => owner.trusted.push(id),
            false => owner.trusted.retain(|trusted| *trusted != id),
        });
        let what = if on {
            "may decide about the room as you do"
        } else {
            "may no longer decide about the room"
        };
        self.tell(me.id, &format!(" * [{name}] {what}"));
        let (room, by) = (me.room, &me.name);
        let line = match on {
            true => format!(" * [{by}] lets you decide about [{room}]: type /help rooms"),
            false => format!(" * [{by}] no longer lets you decide about [{room}]"),
        };
        if let Some(holder) = self.holder(&name).filter(|holder| !holder.ignores.contains(&me.id)) {
            self.tell(holder.id, &line);
        }
        String::new()
    }

    fn put_out(&mut self, me: &Person, name: &str) -> String {
        let Some(other) = self.holder(name).cloned() else {
            return format!(" * \"{name}\" is unknown user (type /list to see who is here)");
        };
        if other.room != me.room {
            return format!(" * \"{name}\" is not in this room");
        }
        if self.is_trusted(&other, me.room) || self.is_operator(&other) {
            return format!(" * [{}] decides about the room, and cannot be put out", other.name);
        }
        let is_ignored = other.ignores.contains(&me.id);
        let by = if is_ignored { "someone".into() } else { format!("[{}]", me.name) };
        self.tell(other.id, &format!(" * {by} has put you out of [{}]", me.room));
        self.tell(me.id, &format!(" * [{}] is put out of the room", other.name));
        self.move_to(&other, LOBBY);
        let account = self.account(&other.name).map(|account| account.id);
        self.regulars.retain(|regular| *regular != (me.room, other.id));
        self.awaited.retain(|(room, id)| *room != me.room || Some(*id) != account);
        String::new()
    }

    fn lock(&mut self, me: &Person, period: Option<u64>) -> String {
        let until = period.map(|period| self.now + period);
        let is_locked = self.locks.iter().any(|(of, until)| *of == me.room && self.now < *until);
        if until.is_none() && !is_locked {
            return " * the room is not locked".into();
        }
        self.locks.retain(|(of, _)| *of != me.room);
        self.locks.extend(until.map(|until| (me.room, until)));
        let what = match until {
            None => "unlocked the room: anyone who may can come in".into(),
            Some(until) => {
                format!("locked the room until {} UTC: nobody new can come in", date(until))
            }
        };
        let ignores = |person: &Person| person.ignores.contains(&me.id);
        self.tell_room(me.room, &format!(" * {} {what}", me.name), |p| !ignores(p));
        self.tell_room(me.room, &format!(" * someone {what}"), ignores);
        String::new()
    }
}

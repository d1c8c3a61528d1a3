//! What operators do, and whom that affects.
//!
//! Not here: accounts (`accounts`).

use chinwag::chat::{ClientId, Limits};

use super::sanctions::muted;
use super::{LOBBY, Model, Person, Room};
use crate::Intent;
use crate::name_pool::{ROOMS, folded};

impl Model {
    pub(super) fn is_operator(&self, me: &Person) -> bool {
        self.account(&me.name).is_some_and(|account| account.is_operator)
    }

    /// The operators who are present.
    #[must_use]
    pub fn operators_here(&self) -> Vec<ClientId> {
        let here = self.people.iter().filter(|person| self.is_operator(person));
        here.map(|person| person.id).collect()
    }

    /// Why a user may not do something, if so: only operators may, or the user is muted, or the room is slow.
    pub(super) fn forbids(&self, me: &Person, intent: &Intent) -> Option<String> {
        if intent.is_for_operators() && !self.is_operator(me) {
            let why = "only operators can do that; to see nothing of someone, type /ignore NAME";
            return Some(format!(" * {why}"));
        }
        if let Some(mute) = self.mute(me).filter(|_| intent.tells_others()) {
            return Some(muted(mute));
        }
        if !matches!(intent, Intent::Say { .. } | Intent::Act { .. }) {
            return None;
        }
        let (_, seconds, only_guests) = self.slow.iter().find(|(room, ..)| *room == me.room)?;
        let ready = me.spoke_in_private.unwrap_or(me.spoke) + seconds * 1000;
        let is_exempt = (*only_guests && self.account(&me.name).is_some()) || self.is_operator(me);
        let wait = ready.saturating_sub(self.now).div_ceil(1000);
        let refusal = format!(" * not sent, as the room is slow: wait {wait}s");
        (wait > 0 && !is_exempt).then_some(refusal)
    }

    /// Whether a line to others passes.
    #[must_use]
    pub fn passes(&self, id: ClientId, intent: &Intent) -> bool {
        self.forbids(self.person(id), intent).is_none()
    }

    /// Keeps what was done, and tells the operators who are here.
    pub(super) fn record(&mut self, by: Option<&Person>, what: &str) {
        let who = by.map_or("the configuration".into(), |by| format!("[{}]", by.name));
        for id in self.operators_here() {
            if by.is_none_or(|by| !self.ignores(id, by.id)) {
                self.tell(id, &format!(" * {who} {what}"));
            }
        }
        self.acts.push((self.now, format!("{who} {what}")));
    }

    /// Makes someone an operator: by the configuration, if by nobody.
    pub(super) fn appoint(&mut self, by: Option<&Person>, name: &str) -> String {
        let Some(place) = self.account_place(name) else {
            return format!(" * \"{name}\" is not registered");
        };
        let (id, name) = (self.accounts[place].id, self.accounts[place].name.clone());
        if self.accounts[place].is_operator {
            return format!(" * [{name}] is an operator already");
        }
        self.accounts[place].is_operator = true;
        self.sanctions.retain(|sanction| sanction.account != Some(id));
        self.record(by, &format!("made [{name}] an operator"));
        if let Some(holder) = self.holder(&name).map(|holder| holder.id) {
            self.tell(holder, " * you are an operator now: type /help order");
        }
        String::new()
    }

    fn dismiss(&mut self, me: &Person, name: &str) -> String {
        let Some(place) = self.account_place(name) else {
            return format!(" * \"{name}\" is not registered");
        };
        let name = self.accounts[place].name.clone();
        if !self.accounts[place].is_operator {
            return format!(" * [{name}] is no operator");
        }
        self.record(Some(me), &format!("made [{name}] an operator no more"));
        self.accounts[place].is_operator = false;
        if let Some(holder) = self.holder(&name).map(|holder| holder.id) {
            self.tell(holder, " * you are no longer an operator");
            self.show_mute(holder);
        }
        String::new()
    }

    fn account_place(&self, name: &str) -> Option<usize> {
        let id = self.account(name)?.id;
        self.accounts.iter().position(|known| known.id == id)
    }

    /// Does what an operator wants, or refuses it.
    pub(super) fn moderate(&mut self, me: &Person, intent: &Intent) {
        let answer = match intent {
            Intent::Op { name } => self.appoint(Some(me), name),
            Intent::Deop { name } => self.dismiss(me, name),
            Intent::Kick { name, reason } => self.kick(me, name, reason),
            Intent::Impose { is_ban, whom, period, reason } => {
                let until = period.map(|period| self.now + period);
                self.impose(me, (*is_ban, until), whom, reason)
            }
            Intent::Lift { is_ban, whom } => self.lift(me, *is_ban, whom),
            Intent::Slow { room, pace } => self.set_slow(me, room, *pace),
            Intent::Announce { text } => {
                let line = format!(" * [{}] announces to all: {text}", me.name);
                for other in self.people.clone() {
                    if !other.ignores.contains(&me.id) {
                        self.tell(other.id, &line);
                    }
                }
                self.acts.push((self.now, format!("[{}] announced: {text}", me.name)));
                String::new()
            }
            Intent::Bans => self.bans(),
            Intent::Audit { count } => self.audit(*count),
            _ => String::new(),
        };
        if !answer.is_empty() {
            self.tell(me.id, &answer);
        }
    }

    fn kick(&mut self, me: &Person, name: &str, reason: &str) -> String {
        let Some(other) = self.holder(name).cloned() else { return unknown(name) };
        if self.is_operator(&other) {
            return is_operator(&other.name);
        }
        self.record(Some(me), &format!("kicked [{}]{}", other.name, because(reason)));
        let line =
            format!(" * you are disconnected by the operator [{}]{}", me.name, because(reason));
        self.tell(other.id, &line);
        self.throw_out(&other);
        String::new()
    }

    fn set_slow(&mut self, me: &Person, room: &str, pace: Option<(u64, bool)>) -> String {
        let known: Vec<Room> = self.rooms();
        let found = known.into_iter().find(|other| folded(&ROOMS, other) == folded(&ROOMS, room));
        let Some(room) = found.or((room.eq_ignore_ascii_case(LOBBY)).then_some(LOBBY)) else {
            return format!(" * there is no room \"{room}\" (type /rooms)");
        };
        self.slow.retain(|(other, ..)| *other != room);
        self.slow.extend(pace.map(|(seconds, only_guests)| (room, seconds, only_guests)));
        let pace = match pace {
            None => "as fast as before: everyone may speak at any time".into(),
            Some((1, false)) => "slow: each may speak once in 1 second".into(),
            Some((seconds, false)) => format!("slow: each may speak once in {seconds} seconds"),
            Some((seconds, true)) => {
                format!("slow: whoever is not registered may speak once in {seconds} seconds")
            }
        };
        for id in self.members(room) {
            self.tell(id, &format!(" * the room is {pace}"));
        }
        self.record(Some(me), &format!("made [{room}] {pace}"));
        String::new()
    }

    fn audit(&self, count: usize) -> String {
        let kept = self.acts.len().min(Limits::ACTS).min(count);
        let last = &self.acts[self.acts.len() - kept..];
        let line = |(at, what): &(u64, String)| format!(" * {} {what}", date(*at));
        let heading = match last.len() {
            0 => return " * no operator has done anything yet".into(),
            1 => " * the last act of an operator (time in UTC):".into(),
            count => format!(" * the last {count} acts of operators (times in UTC):"),
        };
        [heading].into_iter().chain(last.iter().map(line)).collect::<Vec<_>>().join("\r\n")
    }
}

pub(super) fn unknown(name: &str) -> String {
    format!(" * \"{name}\" is unknown user (type /list to see who is here)")
}

pub(super) fn is_operator(name: &str) -> String {
    format!(" * [{name}] is an operator: /deop {name} first")
}

pub(super) fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// A time, which in generated sessions is a whole minute of the first days.
pub(super) fn date(at: u64) -> String {
    let (days, minutes) = (at / 86_400_000, at / 60_000 % 1440);
    format!("1970-01-{:02} {:02}:{:02}", days + 1, minutes / 60, minutes % 60)
}

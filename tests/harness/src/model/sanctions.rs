//! Bans and mutes: whom they cover, and what comes of them.
//!
//! Not here: what else operators do (`moderation`).

use std::collections::BTreeSet;

use chinwag::chat::ClientId;

use super::moderation::{because, date, is_operator, unknown};
use super::{Model, Person};
use crate::name_pool::{NAMES, folded};

/// A ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sanction {
    /// Whether it is a ban, not a mute.
    pub is_ban: bool,
    /// The name or the origin that it is for, as shown.
    whom: String,
    /// Whom it covers.
    pub(super) account: Option<u64>,
    /// The same; 0 for nobody.
    pub origin: u64,
    /// When it is over.
    pub until: Option<u64>,
    by: String,
    reason: String,
}

impl Sanction {
    /// Whether it holds at this time.
    pub(crate) fn holds(&self, at: u64) -> bool {
        self.until.is_none_or(|until| at < until)
    }

    /// Whom it is for, as shown.
    fn shown(&self) -> String {
        let is_origin = self.whom.starts_with("origin:");
        if is_origin { self.whom.clone() } else { format!("[{}]", self.whom) }
    }

    /// What comes of it, until when.
    fn done(&self) -> String {
        let done = if self.is_ban { "banned" } else { "muted" };
        format!("{done}{}", until(self.until))
    }
}

impl Model {
    /// The bans and mutes that hold, in the order in which they are listed.
    pub(crate) fn holding(&self) -> Vec<&Sanction> {
        let of =
            |is_ban| self.sanctions.iter().filter(move |s| s.is_ban == is_ban && s.holds(self.now));
        of(true).chain(of(false)).collect()
    }

    /// The origins that are banned, each with the end of that, if it has one.
    #[must_use]
    pub fn banned_origins(&self) -> Vec<(u64, Option<u64>)> {
        let origins: BTreeSet<u64> = self.holding().into_iter().map(|ban| ban.origin).collect();
        let end = |origin| Some((origin, self.sanction(true, origin, None)?.until));
        origins.into_iter().filter_map(end).collect()
    }

    /// The ban or the mute for whoever comes from an origin or has an account; if there are several, the one that is
    /// over last.
    pub(super) fn sanction(
        &self,
        is_ban: bool,
        origin: u64,
        account: Option<u64>,
    ) -> Option<&Sanction> {
        let covers = |s: &&Sanction| {
            let is_theirs = account.is_some() && s.account == account;
            s.is_ban == is_ban && (is_theirs || (s.origin > 0 && s.origin == origin))
        };
        let mut last: Option<&Sanction> = None;
        for sanction in self.holding().into_iter().filter(covers) {
            let end = |s: &Sanction| s.until.unwrap_or(u64::MAX);
            if last.is_none_or(|last| end(sanction) >= end(last)) {
                last = Some(sanction);
            }
        }
        last
    }

    pub(super) fn mute(&self, me: &Person) -> Option<&Sanction> {
        let account = self.account(&me.name).map(|account| account.id);
        self.sanction(false, me.origin, account).filter(|_| !self.is_operator(me))
    }

    /// Whether a user is muted.
    #[must_use]
    pub fn is_muted(&self, id: ClientId) -> bool {
        self.mute(self.person(id)).is_some()
    }

    /// The refusal of something that others would see, if the user is muted.
    pub(super) fn muted(&self, me: &Person) -> Option<String> {
        self.mute(me).map(muted)
    }

    /// Tells a user that they are banned or muted.
    fn tell_sanction(&mut self, id: ClientId, sanction: &Sanction) {
        let (done, by) = (sanction.done(), &sanction.by);
        let because = because(&sanction.reason);
        self.tell(id, &format!(" * you are {done} by the operator [{by}]{because}"));
    }

    /// Turns away someone who comes from an origin that is banned. Returns whether it is.
    pub(super) fn turns_away(&mut self, id: ClientId, origin: u64) -> bool {
        let Some(ban) = self.sanction(true, origin, None).cloned() else { return false };
        self.tell_sanction(id, &ban);
        self.told.closed.push(id);
        true
    }

    /// The same for someone who logs in to an account.
    pub(super) fn turns_away_holder(&mut self, me: &Person, account: u64) -> bool {
        let is_operator =
            self.accounts.iter().any(|known| known.id == account && known.is_operator);
        let ban = self.sanction(true, 0, Some(account)).filter(|_| !is_operator).cloned();
        let Some(ban) = ban else { return false };
        self.tell_sanction(me.id, &ban);
        self.throw_out(me);
        true
    }

    pub(super) fn throw_out(&mut self, me: &Person) {
        self.told.closed.push(me.id);
        self.leave(me, " (removed by an operator)");
    }

    pub(super) fn show_mute(&mut self, id: ClientId) {
        if let Some(mute) = self.mute(self.person(id)).cloned() {
            self.tell_sanction(id, &mute);
        }
    }

    pub(super) fn impose(
        &mut self,
        me: &Person,
        (is_ban, until): (bool, Option<u64>),
        whom: &str,
        reason: &str,
    ) -> String {
        let number = whom.strip_prefix("origin:").map(|hex| u64::from_str_radix(hex, 16));
        let number = number.and_then(Result::ok).filter(|number| *number > 0);
        let holder = self.holder(whom);
        let account = self.account(whom);
        if let Some(account) = account.filter(|account| account.is_operator) {
            return is_operator(&holder.map_or(&account.name, |holder| &holder.name).clone());
        }
        let (shown, id, origin) = match (number, holder, account) {
            (Some(origin), ..) => (format!("origin:{origin:016x}"), None, origin),
            (_, Some(holder), account) => {
                (holder.name.clone(), account.map(|account| account.id), holder.origin)
            }
            (_, None, Some(account)) => (account.name.clone(), Some(account.id), 0),
            (_, None, None) => return unknown(whom),
        };
        let operators = self.operators_here();
        let is_theirs = operators.iter().any(|other| self.person(*other).origin == origin);
        match (id, origin, is_theirs) {
            (None, _, true) => {
                return " * not registered, and from the same address as an operator: only /kick is possible"
                    .into();
            }
            (None, 0, false) => {
                return " * not registered, and from an address unknown: only /kick is possible"
                    .into();
            }
            _ => {}
        }
        let origin = if is_theirs { 0 } else { origin };
        let (by, reason) = (me.name.clone(), reason.to_owned());
        let is_same = |old: &Sanction| {
            folded(&NAMES, &old.whom) == folded(&NAMES, &shown) && old.is_ban == is_ban
        };
        self.sanctions.retain(|old| !is_same(old));
        let new = Sanction { is_ban, whom: shown, account: id, origin, until, by, reason };
        self.sanctions.push(new.clone());
        let (done, shown) = (if is_ban { "banned" } else { "muted" }, new.shown());
        let what = format!("{done} {shown}{}{}", self::until(until), because(&new.reason));
        self.record(Some(me), &what);
        let mut affected = self.covered(&new);
        if is_ban {
            affected.sort_by_cached_key(|other| {
                (folded(&NAMES, &other.name).to_owned(), other.name.clone())
            });
        }
        for other in affected {
            self.tell_sanction(other.id, &new);
            if is_ban {
                self.throw_out(&other);
            }
        }
        String::new()
    }

    /// The users whom a ban or a mute covers.
    fn covered(&self, sanction: &Sanction) -> Vec<Person> {
        let covers = |person: &&Person| {
            let account = self.account(&person.name).map(|account| account.id);
            let is_theirs = account.is_some() && account == sanction.account;
            let is_covered = is_theirs || (sanction.origin > 0 && sanction.origin == person.origin);
            is_covered && !self.is_operator(person)
        };
        self.people.iter().filter(covers).cloned().collect()
    }

    pub(super) fn lift(&mut self, me: &Person, is_ban: bool, whom: &str) -> String {
        let digits = whom.strip_prefix("origin:").unwrap_or_default();
        let shown = match u64::from_str_radix(digits, 16) {
            Ok(number) if number > 0 => format!("origin:{number:016x}"),
            _ => whom.to_owned(),
        };
        let is_it = |old: &Sanction| {
            old.is_ban == is_ban
                && old.holds(self.now)
                && folded(&NAMES, &old.whom) == folded(&NAMES, &shown)
        };
        let done = if is_ban { "banned" } else { "muted" };
        let Some(place) = self.sanctions.iter().position(is_it) else {
            return format!(" * \"{whom}\" is not {done} (see /bans)");
        };
        let lifted = self.sanctions.remove(place);
        self.record(
            Some(me),
            &format!("lifted the {} on {}", if is_ban { "ban" } else { "mute" }, lifted.shown()),
        );
        for other in self.covered(&lifted) {
            if !is_ban && !self.is_muted(other.id) {
                self.tell(other.id, " * you are not muted any more");
            }
        }
        String::new()
    }

    pub(super) fn bans(&self) -> String {
        let line = |s: &&Sanction| {
            format!(" * {} is {} by [{}]{}", s.shown(), s.done(), s.by, because(&s.reason))
        };
        let lines: Vec<String> = self.holding().iter().map(line).collect();
        if lines.is_empty() { " * nobody is banned or muted".into() } else { lines.join("\r\n") }
    }
}

pub(super) fn muted(mute: &Sanction) -> String {
    let because = because(&mute.reason);
    format!(" * not sent, as you are muted{}{because}", until(mute.until))
}

fn until(until: Option<u64>) -> String {
    until.map_or(String::new(), |until| format!(" until {} UTC", date(until)))
}

//! Bans and mutes: whom they cover, and until when.
//!
//! Not here: who imposes them, and what comes of it (`imposing`).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::chat::accounts::AccountId;
use crate::chat::check::require;
use crate::chat::{Limits, Origin, Text, Timestamp, Username, Whom};

/// What is imposed on somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Penalty {
    /// Not to be connected.
    Ban,
    /// To tell others nothing.
    Mute,
}

/// A ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Sanction {
    /// Whom it is imposed on.
    pub whom: Whom,
    /// The username of the operator who has imposed it.
    pub by: Username,
    /// The first moment at which it does not hold; `None` until it is lifted.
    pub until: Option<Timestamp>,
    /// Why; may be blank.
    pub reason: Text,
}

/// A sanction with those it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub(in crate::chat) struct Imposed {
    pub(in crate::chat) sanction: Sanction,
    /// Whoever is logged in to this account, which may have been removed since.
    pub(in crate::chat) account: Option<AccountId>,
    /// Whoever connects from here. Known: not 0.
    pub(in crate::chat) origin: Option<Origin>,
}

/// All sanctions with one penalty, oldest first. Some may be over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::chat) struct Sanctions(pub(in crate::chat) Vec<Imposed>);

impl Imposed {
    fn holds(&self, now: Timestamp) -> bool {
        self.sanction.until.is_none_or(|until| now < until)
    }

    /// Whether it covers a client from this origin that is logged in to this account, if to any.
    pub(in crate::chat) fn covers(&self, origin: Origin, account: Option<AccountId>) -> bool {
        self.origin == Some(origin) || (account.is_some() && self.account == account)
    }
}

impl Sanctions {
    /// Those that hold, oldest first.
    pub(in crate::chat) fn holding(&self, now: Timestamp) -> impl Iterator<Item = &Imposed> {
        self.0.iter().filter(move |imposed| imposed.holds(now))
    }

    /// Of the sanctions that hold for such a client, the one that ends last.
    pub(in crate::chat) fn of(
        &self,
        now: Timestamp,
        origin: Origin,
        account: Option<AccountId>,
    ) -> Option<&Sanction> {
        let all = self.holding(now).filter(|imposed| imposed.covers(origin, account));
        let all = all.map(|imposed| &imposed.sanction);
        all.max_by_key(|sanction| sanction.until.map_or(u64::MAX, |until| until.0))
    }

    /// Adds a sanction, in place of one on the same user or origin. Returns whether there is room for it.
    pub(in crate::chat) fn impose(&mut self, now: Timestamp, imposed: Imposed) -> bool {
        let is_kept =
            |old: &Imposed| old.holds(now) && !are_same(&old.sanction.whom, &imposed.sanction.whom);
        if self.0.iter().filter(|old| is_kept(old)).count() >= Limits::SANCTIONS {
            return false;
        }
        self.0.retain(is_kept);
        self.0.push(imposed);
        true
    }

    /// Removes the sanction on a user or an origin, and returns it if it holds.
    pub(in crate::chat) fn lift(&mut self, now: Timestamp, whom: &Named) -> Option<Imposed> {
        let is_it = |imposed: &Imposed| imposed.holds(now) && whom.is(&imposed.sanction.whom);
        let place = self.0.iter().position(is_it)?;
        Some(self.0.remove(place))
    }

    /// Checks that everything in it is possible. `next` is the id of the next account.
    pub(in crate::chat) fn check(&self, next: u64) -> Result<(), String> {
        require(self.0.len() <= Limits::SANCTIONS, || "too many bans or mutes".into())?;
        let keys: BTreeSet<String> =
            self.0.iter().map(|imposed| key(&imposed.sanction.whom)).collect();
        require(keys.len() == self.0.len(), || "two bans or mutes on the same".into())?;
        for Imposed { sanction, account, origin } in &self.0 {
            let problem =
                |what: &str| format!("the ban or mute on {}: {what}", key(&sanction.whom));
            let is_known = account.is_none_or(|id| (1..next).contains(&id.0));
            require(is_known, || problem("the account is still to come"))?;
            require(*origin != Some(Origin(0)), || problem("the origin is not known"))?;
            let covers_some = account.is_some() || origin.is_some();
            require(covers_some, || problem("it covers nobody"))?;
        }
        Ok(())
    }
}

/// Whom a command names: a user by name, compared without case, or an origin.
pub(in crate::chat) enum Named {
    User(String),
    Origin(Origin),
}

impl Named {
    fn is(&self, whom: &Whom) -> bool {
        match (self, whom) {
            (Self::User(folded), Whom::User(username)) => username.name().folded() == folded,
            (Self::Origin(one), Whom::Origin(other)) => one == other,
            _ => false,
        }
    }
}

fn are_same(one: &Whom, other: &Whom) -> bool {
    key(one) == key(other)
}

/// A text that is the same for the same user or origin, and for no other.
fn key(whom: &Whom) -> String {
    match whom {
        Whom::User(username) => username.name().folded().into(),
        Whom::Origin(origin) => origin.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imposed(
        name: u64,
        account: Option<u64>,
        origin: Option<u64>,
        until: Option<u64>,
    ) -> Imposed {
        Imposed {
            sanction: Sanction {
                whom: Whom::User(Username::anonymous(name)),
                by: Username::anonymous(0),
                until: until.map(Timestamp),
                reason: Text::clean(""),
            },
            account: account.map(AccountId),
            origin: origin.map(Origin),
        }
    }

    /// Until its end and not a millisecond longer; the one that ends last counts.
    #[test]
    fn a_sanction_holds_until_its_end() {
        let mut bans = Sanctions::default();
        for ban in [
            imposed(1, Some(1), Some(7), Some(100)),
            imposed(2, None, Some(7), Some(50)),
            imposed(3, Some(3), None, None),
        ] {
            assert!(bans.impose(Timestamp(0), ban));
        }
        assert_eq!(bans.check(4), Ok(()));
        let until = |at, origin, account: Option<u64>| {
            let ban = bans.of(Timestamp(at), Origin(origin), account.map(AccountId));
            ban.map(|ban| ban.until.map_or(u64::MAX, |until| until.0))
        };
        assert_eq!(until(0, 7, None), Some(100));
        assert_eq!(until(99, 7, None), Some(100));
        assert_eq!(until(100, 7, None), None);
        assert_eq!(until(99, 8, Some(1)), Some(100));
        assert_eq!(until(100, 8, Some(1)), None);
        assert_eq!(until(u64::MAX, 8, Some(3)), Some(u64::MAX));
        assert_eq!(until(0, 7, Some(3)), Some(u64::MAX));
        assert_eq!(until(0, 8, Some(2)), None);
        assert_eq!(until(0, 8, None), None);
    }

    /// What is over makes room, and what is replaced needs none.
    #[test]
    fn there_are_so_many_at_most() {
        let mut bans = Sanctions::default();
        for name in 0..Limits::SANCTIONS as u64 {
            assert!(bans.impose(Timestamp(0), imposed(name, None, Some(1), Some(10 + name))));
        }
        let full = bans.clone();
        assert!(!bans.impose(Timestamp(9), imposed(5000, None, Some(1), None)));
        assert_eq!(bans, full);
        assert!(bans.impose(Timestamp(9), imposed(3, None, Some(1), None)));
        assert_eq!(bans.0.len(), Limits::SANCTIONS);
        assert!(bans.impose(Timestamp(12), imposed(5000, None, Some(1), None)));
        assert_eq!(bans.0.len(), Limits::SANCTIONS - 2);
        assert_eq!(bans.check(1), Ok(()));
    }
}

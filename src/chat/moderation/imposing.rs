//! Bans and mutes: how they are imposed and lifted, and what comes of them.
//!
//! Not here: whom they cover (`sanctions`), and the other commands of operators (`moderation`).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Moderation;
use super::sanctions::{Imposed, Named, Sanctions};
use crate::chat::accounts::AccountId;
use crate::chat::budget::Budget;
use crate::chat::command::Tells;
use crate::chat::name::Name;
use crate::chat::{
    Chat, ClientId, CloseReason, Command, Deed, Limits, Message, Note, Origin, Outbox, Penalty,
    Period, Refusal, Sanction, Sentence, Text, Timestamp, User, Verb, Whom,
};

impl Chat {
    /// Bans or mutes someone.
    pub(in crate::chat) fn impose(
        &mut self,
        user: &User,
        penalty: Penalty,
        Sentence { whom, period, reason }: Sentence,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        self.check_note(&reason)?;
        let (whom, account, origin) = self.target(whom)?;
        let until =
            period.map(|Period(milliseconds)| Timestamp(self.now.0.saturating_add(milliseconds)));
        let sanction = Sanction { whom, by: user.username.clone(), until, reason };
        let imposed = Imposed { sanction: sanction.clone(), account, origin };
        if !self.moderation.of(penalty).impose(self.now, imposed.clone()) {
            return Err(Refusal::TooManySanctions { limit: Limits::SANCTIONS });
        }
        self.record(Some(user), Deed::Impose { penalty, sanction: sanction.clone() }, outbox);
        let message = Message::Sanctioned { penalty, sanction };
        let affected = self.covered(&imposed);
        match penalty {
            Penalty::Mute => outbox.deliver(affected, message),
            Penalty::Ban => {
                // By name: the order in which they came must not be told.
                let mut affected = affected;
                affected.sort_by_cached_key(|client| self.name_of(*client).cloned());
                for client in &affected {
                    self.remove(*client, message.clone(), outbox);
                }
                affected.into_iter().for_each(|client| outbox.close(client, CloseReason::Banned));
            }
        }
        Ok(())
    }

    /// Whom a sanction is to be imposed on, as typed, and whom it covers then. It does not cover where an
    /// operator connects from.
    fn target(&self, whom: Text) -> Result<(Whom, Option<AccountId>, Option<Origin>), Refusal> {
        let (whom, account, origin) = if let Some(origin) = Origin::parse(whom.as_str()) {
            (Whom::Origin(origin), None, origin)
        } else if let Ok((client, username)) = self.find(whom.clone()) {
            let origin = self.origin_of(client);
            (Whom::User(username), self.account_of(client), origin)
        } else if let Some((id, username)) = self.account_named(&whom) {
            (Whom::User(username), Some(id), Origin::default())
        } else {
            return Err(Refusal::UnknownUser { name: whom });
        };
        if let (Some(id), Whom::User(username)) = (account, &whom)
            && self.moderation.operators.contains(&id)
        {
            return Err(Refusal::IsOperator { username: username.clone() });
        }
        let is_theirs = self.operators().into_iter().any(|other| self.origin_of(other) == origin);
        let origin = Some(origin).filter(|origin| *origin != Origin::default() && !is_theirs);
        match account.is_none() && origin.is_none() {
            true if is_theirs => Err(Refusal::OriginOfOperator),
            true => Err(Refusal::OriginUnknown),
            false => Ok((whom, account, origin)),
        }
    }

    fn origin_of(&self, client: ClientId) -> Origin {
        self.clients.get(&client).map(|client| client.origin).unwrap_or_default()
    }

    /// The clients that a sanction covers, ascending.
    fn covered(&self, imposed: &Imposed) -> Vec<ClientId> {
        let account = imposed.account.and_then(|id| self.accounts.by_id.get(&id));
        let holder = account.and_then(|account| self.usernames.find(account.username.as_str()));
        let clients = self.clients.iter();
        let from = clients.filter(|(_, client)| imposed.origin == Some(client.origin));
        let all: BTreeSet<ClientId> = from.map(|(id, _)| *id).chain(holder).collect();
        all.into_iter().filter(|client| !self.is_operator(*client)).collect()
    }

    /// Lifts a ban or a mute. Those who are not muted any more are told so.
    pub(in crate::chat) fn lift(
        &mut self,
        user: &User,
        penalty: Penalty,
        whom: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let named = match Origin::parse(whom.as_str()) {
            Some(origin) => Some(Named::Origin(origin)),
            None => Name::start(whom.as_str(), usize::MAX).map(Named::User),
        };
        let now = self.now;
        let lifted = named.and_then(|named| self.moderation.of(penalty).lift(now, &named));
        let Some(imposed) = lifted else {
            return Err(Refusal::NotSanctioned { penalty, name: whom });
        };
        let whom = imposed.sanction.whom.clone();
        self.record(Some(user), Deed::Lift { penalty, whom }, outbox);
        if penalty == Penalty::Mute {
            let mut freed = self.covered(&imposed);
            freed.retain(|client| self.mute_of(*client).is_none());
            outbox.deliver(freed, Message::Unmuted);
        }
        Ok(())
    }

    /// The ban that holds for such a client.
    pub(in crate::chat) fn ban_of(
        &self,
        origin: Origin,
        account: Option<AccountId>,
    ) -> Option<Sanction> {
        self.moderation.bans.of(self.now, origin, account).cloned()
    }

    /// The mute that holds for a client.
    pub(in crate::chat) fn mute_of(&self, client: ClientId) -> Option<Sanction> {
        if self.moderation.mutes.0.is_empty() || self.is_operator(client) {
            return None;
        }
        let (origin, account) = (self.origin_of(client), self.account_of(client));
        self.moderation.mutes.of(self.now, origin, account).cloned()
    }

    /// Tells a client that it is muted, if it is.
    pub(in crate::chat) fn show_mute(&self, client: ClientId, outbox: &mut Outbox) {
        if let Some(sanction) = self.mute_of(client) {
            let penalty = Penalty::Mute;
            outbox.deliver([client], Message::Sanctioned { penalty, sanction });
        }
    }

    /// Closes a client that wants to log in to an account that is banned. Returns whether it is.
    pub(in crate::chat) fn refuse_banned(
        &mut self,
        client: ClientId,
        account: AccountId,
        outbox: &mut Outbox,
    ) -> bool {
        let ban = self.ban_of(Origin::default(), Some(account));
        let ban = ban.filter(|_| !self.moderation.operators.contains(&account));
        let Some(sanction) = ban else { return false };
        let message = Message::Sanctioned { penalty: Penalty::Ban, sanction };
        self.remove(client, message, outbox);
        outbox.close(client, CloseReason::Banned);
        true
    }

    /// Refuses a command by which a client that is muted would tell others something.
    pub(in crate::chat) fn check_mute(
        &self,
        client: ClientId,
        command: &Command,
    ) -> Result<(), Refusal> {
        if self.moderation.mutes.0.is_empty() {
            return Ok(());
        }
        let tells = match command {
            Command::Away(Note(text)) | Command::Bye(Note(text)) | Command::Say(text) => {
                !text.is_blank()
            }
            Command::Topic(None) => false,
            command => command.verb().map(Verb::tells) != Some(Tells::Nobody),
        };
        if tells { self.check_may_tell(client) } else { Ok(()) }
    }

    /// Refuses a client that is muted.
    pub(in crate::chat) fn check_may_tell(&self, client: ClientId) -> Result<(), Refusal> {
        match self.mute_of(client) {
            None => Ok(()),
            Some(Sanction { until, reason, .. }) => Err(Refusal::Muted { until, reason }),
        }
    }

    /// The answer to `/bans`.
    pub(in crate::chat) fn sanctions(&self) -> Message {
        let Moderation { bans, mutes, .. } = &self.moderation;
        let of = |penalty, sanctions: &Sanctions| -> Vec<(Penalty, Sanction)> {
            let all = sanctions.holding(self.now);
            all.map(|imposed| (penalty, imposed.sanction.clone())).collect()
        };
        let mut all = of(Penalty::Ban, bans);
        all.extend(of(Penalty::Mute, mutes));
        let total = all.len();
        let size = |(_, sanction): &(Penalty, Sanction)| sanction.size();
        Message::Sanctions { sanctions: Budget::new(&self.limits).take(all, size), total }
    }
}

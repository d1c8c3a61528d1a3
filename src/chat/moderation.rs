//! Keeping order: what operators do.
//!
//! An operator is who is logged in to an account that was made one, by the configuration of the server or by
//! another operator. Nobody can kick, ban or mute an operator: that has to be taken back first.
//!
//! Whoever is affected by an act is told what, why and until when. Operators are told of every act, and the
//! last ones are kept.
//!
//! Not here: bans and mutes (`imposing`), and whom they cover (`sanctions`).

mod imposing;
pub(super) mod sanctions;

use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use super::accounts::AccountId;
use super::budget::Budget;
use super::check::require;
use super::client::Client;
use super::room::LOBBY;
use sanctions::Sanctions;

use super::{
    Act, Chat, ClientId, CloseReason, Command, Deed, Departure, Limits, Message, Nothing, Number,
    Outbox, Penalty, Reasoned, Refusal, Sanction, Slow, Slowing, Text, Timestamp, User, Username,
    Verb, Whom, Word, Words,
};

/// Who keeps order, and what they have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moderation {
    pub(super) operators: BTreeSet<AccountId>,
    pub(super) bans: Sanctions,
    pub(super) mutes: Sanctions,
    /// The last acts, oldest first.
    pub(super) acts: VecDeque<Act>,
}

impl Moderation {
    /// Refuses a line to a slow room if it comes too early. The time counts from the client's last line in any
    /// public room, or from when it connected, so that leaving the room does not help.
    pub(super) fn check_pace(
        &self,
        now: Timestamp,
        Slow { seconds, only_guests }: Slow,
        client: &Client,
        account: Option<AccountId>,
    ) -> Result<(), Refusal> {
        let last = client.spoke_in_private.unwrap_or(client.spoke);
        let waited = now.0.saturating_sub(last.0);
        let wait = (u64::from(seconds) * 1000).saturating_sub(waited);
        match account {
            _ if wait == 0 => Ok(()),
            Some(account) if only_guests || self.operators.contains(&account) => Ok(()),
            _ => Err(Refusal::TooEarly { wait }),
        }
    }

    fn of(&mut self, penalty: Penalty) -> &mut Sanctions {
        match penalty {
            Penalty::Ban => &mut self.bans,
            Penalty::Mute => &mut self.mutes,
        }
    }
}

impl Chat {
    pub(super) fn is_operator(&self, client: ClientId) -> bool {
        let account = self.account_of(client);
        account.is_some_and(|account| self.moderation.operators.contains(&account))
    }

    /// Refuses a command that is for operators only.
    pub(super) fn check_operator(
        &self,
        client: ClientId,
        verb: Option<Verb>,
    ) -> Result<(), Refusal> {
        let is_theirs = verb.is_some_and(Verb::is_for_operators);
        if is_theirs && !self.is_operator(client) { Err(Refusal::OperatorsOnly) } else { Ok(()) }
    }

    /// The operators who are here, ascending.
    fn operators(&self) -> Vec<ClientId> {
        let accounts = self.moderation.operators.iter();
        let accounts = accounts.filter_map(|id| self.accounts.by_id.get(id));
        let here = accounts.filter_map(|account| self.usernames.find(account.username.as_str()));
        let mut here: Vec<ClientId> = here.collect();
        here.sort_unstable();
        here
    }

    /// Executes a command of an operator.
    pub(super) fn moderate(
        &mut self,
        user: &User,
        command: Command,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        match command {
            Command::Kick(Reasoned { name, reason }) => self.kick(user, name, reason, outbox),
            Command::Ban(sentence) => self.impose(user, Penalty::Ban, sentence, outbox),
            Command::Mute(sentence) => self.impose(user, Penalty::Mute, sentence, outbox),
            Command::Unban(Word(whom)) => self.lift(user, Penalty::Ban, whom, outbox),
            Command::Unmute(Word(whom)) => self.lift(user, Penalty::Mute, whom, outbox),
            Command::Bans(Nothing) => {
                outbox.deliver([user.client], self.sanctions());
                Ok(())
            }
            Command::Slow(Slowing { room, slow }) => self.slow(user, room, slow, outbox),
            Command::Announce(Words(text)) => {
                self.announce(user, text, outbox);
                Ok(())
            }
            Command::Op(Word(name)) => self.appoint(Some(user), name, outbox),
            Command::Deop(Word(name)) => self.dismiss(user, name, outbox),
            Command::Audit(count) => {
                let count = count.map_or(Limits::ACTS, |Number(count)| count.into());
                outbox.deliver([user.client], self.audit(count));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Makes the account with this name that of an operator, and lifts what was imposed on it.
    pub(super) fn appoint(
        &mut self,
        by: Option<&User>,
        name: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let Some((id, username)) = self.account_named(&name) else {
            return Err(Refusal::NotRegistered { name });
        };
        if !self.moderation.operators.insert(id) {
            return Err(Refusal::OperatorAlready { username });
        }
        for sanctions in [&mut self.moderation.bans, &mut self.moderation.mutes] {
            sanctions.0.retain(|imposed| imposed.account != Some(id));
        }
        let holder = self.usernames.find(username.as_str());
        self.record(by, Deed::Appoint { username, is_over: false }, outbox);
        outbox.deliver(holder, Message::Appointed { on: true });
        Ok(())
    }

    fn dismiss(&mut self, user: &User, name: Text, outbox: &mut Outbox) -> Result<(), Refusal> {
        let Some((id, username)) = self.account_named(&name) else {
            return Err(Refusal::NotRegistered { name });
        };
        if !self.moderation.operators.contains(&id) {
            return Err(Refusal::NoOperator { username });
        }
        let holder = self.usernames.find(username.as_str());
        self.record(Some(user), Deed::Appoint { username, is_over: true }, outbox);
        self.moderation.operators.remove(&id);
        outbox.deliver(holder, Message::Appointed { on: false });
        holder.into_iter().for_each(|client| self.show_mute(client, outbox));
        Ok(())
    }

    pub(super) fn account_named(&self, name: &Text) -> Option<(AccountId, Username)> {
        let id = self.accounts.names.find(name.as_str())?;
        Some((id, self.accounts.by_id.get(&id)?.username.clone()))
    }

    /// Keeps an act, and tells it to the operators who are here.
    fn record(&mut self, by: Option<&User>, deed: Deed, outbox: &mut Outbox) {
        let act = Act { at: self.now, by: by.map(|user| user.username.clone()), deed };
        let mut to = self.operators();
        if let Some(user) = by {
            let ignored_by = self.ignored_by(user.client);
            to.retain(|operator| !ignored_by.contains(operator));
        }
        outbox.deliver(to, Message::Act(act.clone()));
        self.remember(act);
    }

    fn remember(&mut self, act: Act) {
        if self.moderation.acts.len() >= Limits::ACTS {
            self.moderation.acts.pop_front();
        }
        self.moderation.acts.push_back(act);
    }

    fn kick(
        &mut self,
        user: &User,
        name: Text,
        reason: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        self.check_note(&reason)?;
        let (other, username) = self.find(name)?;
        if self.is_operator(other) {
            return Err(Refusal::IsOperator { username });
        }
        self.record(Some(user), Deed::Kick { username, reason: reason.clone() }, outbox);
        let removed = Message::Removed { by: user.username.clone(), reason };
        self.remove(other, removed, outbox);
        outbox.close(other, CloseReason::Removed);
        Ok(())
    }

    /// Tells a client why it is removed. The caller closes it.
    fn remove(&mut self, client: ClientId, why: Message, outbox: &mut Outbox) {
        outbox.deliver([client], why);
        self.disconnect(client, Departure::Removed, outbox);
    }

    fn slow(
        &mut self,
        user: &User,
        name: Text,
        slow: Option<Slow>,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let found = self.room_names.find(name.as_str());
        let Some((id, room)) = found.and_then(|id| Some((id, self.find_room(id)?.name.clone())))
        else {
            return Err(Refusal::UnknownRoom { name });
        };
        let Self { rooms, lobby, .. } = self;
        if let Some(known) = if id == LOBBY { Some(lobby) } else { rooms.get_mut(&id) } {
            known.slow = slow;
            outbox.deliver(known.members(), Message::SlowSet { slow });
        }
        self.record(Some(user), Deed::Slow { room, slow }, outbox);
        Ok(())
    }

    /// Says something to everybody, except for those who ignore the operator.
    fn announce(&mut self, user: &User, text: Text, outbox: &mut Outbox) {
        let ignored_by = self.ignored_by(user.client);
        let to = self.clients.keys().copied().filter(|client| !ignored_by.contains(client));
        outbox.deliver(to, Message::Announced { by: user.clone(), text: text.clone() });
        let by = Some(user.username.clone());
        self.remember(Act { at: self.now, by, deed: Deed::Announce { text } });
    }

    /// The answer to `/audit`.
    fn audit(&self, count: usize) -> Message {
        let last = self.moderation.acts.iter().rev().take(count).cloned();
        let mut acts = Budget::new(&self.limits).take(last, Act::size);
        acts.reverse();
        Message::Acts { acts }
    }

    /// Checks that those who keep order have accounts, and that what they have done is possible.
    pub(super) fn check_moderation(&self) -> Result<(), String> {
        let Moderation { operators, bans, mutes, acts } = &self.moderation;
        let has_account = |id: &AccountId| self.accounts.by_id.contains_key(id);
        require(operators.iter().all(has_account), || "an operator without an account".into())?;
        bans.check(self.accounts.next)?;
        mutes.check(self.accounts.next)?;
        require(acts.len() <= Limits::ACTS, || "too many acts".into())?;
        let times: Vec<Timestamp> = acts.iter().map(|act| act.at).chain([self.now]).collect();
        require(times.is_sorted(), || "acts out of order, or still to come".into())?;
        for (id, client) in &self.clients {
            let is_banned = self.ban_of(client.origin, self.account_of(*id)).is_some();
            require(!is_banned || self.is_operator(*id), || {
                "someone who is banned is here".into()
            })?;
        }
        Ok(())
    }
}

/// The bytes that rendering may add to a sanction or an act.
const FRAME: usize = 96;

impl Sanction {
    fn size(&self) -> usize {
        let whom = match &self.whom {
            Whom::User(username) => username.as_str().len(),
            Whom::Origin(_) => 32,
        };
        whom + self.by.as_str().len() + self.reason.as_str().len() + FRAME
    }
}

impl Act {
    fn size(&self) -> usize {
        let by = self.by.as_ref().map_or(0, |by| by.as_str().len());
        let deed = match &self.deed {
            Deed::Appoint { username, .. } => username.as_str().len(),
            Deed::Kick { username, reason } => username.as_str().len() + reason.as_str().len(),
            Deed::Impose { sanction, .. } => sanction.size(),
            Deed::Lift { whom: Whom::User(username), .. } => username.as_str().len(),
            Deed::Lift { whom: Whom::Origin(_), .. } => 32,
            Deed::Slow { room, .. } => room.as_str().len(),
            Deed::Announce { text } => text.as_str().len(),
        };
        by + deed + FRAME
    }
}

//! Accounts: names that belong to a person from one connection to the next.
//!
//! A client is logged in if and only if it holds the name of an account: nobody else can take that
//! name, or one that looks like it. So there is nothing to remember beside the names, and a client
//! that takes another name is logged out.
//!
//! Not here: what a password is (`ask`), and how often it may be asked for (`tries`).

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::check::{require, same};
use super::name::Name;
use super::name_index::NameIndex;
use super::room::RoomId;
use super::tries::Tries;
use super::{
    Answer, Ask, AskEnd, Chat, ClientId, CloseReason, Credential, Departure, Kept, Limits, Message,
    Outbox, Refusal, Text, Timestamp, User, Username,
};

/// Identifies an account; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct AccountId(pub(super) u64);

/// The id that no account has.
const NOBODY: AccountId = AccountId(0);

/// All accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Accounts {
    pub(super) by_id: BTreeMap<AccountId, Account>,
    pub(super) names: NameIndex<AccountId>,
    /// The id of the next account.
    pub(super) next: u64,
    pub(super) tries: Tries,
    /// The bytes that the whispers kept for all accounts count for.
    pub(super) kept_bytes: usize,
    /// The ticket of the next question.
    pub(super) next_ticket: u64,
}

/// A registered name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) username: Username,
    pub(super) credential: Credential,
    /// The whispers that have come since its holder left, oldest first.
    pub(super) kept: VecDeque<Kept>,
    /// When its holder was here last, or registered the name.
    pub(super) seen: Timestamp,
    /// Whether nobody is told when that was.
    pub(super) is_hidden: bool,
    /// The accounts that it ignores, and those that ignore it.
    pub(super) ignores: Vec<AccountId>,
    pub(super) ignored_by: BTreeSet<AccountId>,
    /// Whether its holder wants notices of arrivals and departures.
    pub(super) notices: bool,
    /// The invitations that its holder had at the end of the last connection. Some rooms may have ended.
    pub(super) invited_to: Vec<RoomId>,
}

/// A question that a client has been asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Asked {
    pub(super) ticket: u64,
    pub(super) purpose: Purpose,
}

/// What a client wants, for which it has been asked a question.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Purpose {
    /// To register this username, which was its own.
    Register(Username),
    /// To log in.
    LogIn(AccountId),
    /// To change the password. This one is the old one.
    Change(AccountId),
    /// To set the new password, after the old one was right.
    Set(AccountId),
    /// To remove the account.
    Unregister(AccountId),
}

impl Accounts {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            by_id: BTreeMap::new(),
            names: NameIndex::new(limits.username_bytes),
            next: NOBODY.0 + 1,
            tries: Tries::default(),
            kept_bytes: 0,
            next_ticket: 0,
        }
    }

    /// Whether a client that is logged in to `account`, if to any, may take a name: it is the name of
    /// that account in any case, or looks like the name of none.
    pub(super) fn allow(&self, name: &Name, account: Option<AccountId>) -> bool {
        let own = account.filter(|own| self.names.find(name.as_str()) == Some(*own));
        self.names.is_free_for(name, own.unwrap_or(NOBODY))
    }

    /// Adds an account. Its name must be allowed.
    pub(super) fn add(&mut self, id: AccountId, account: Account) {
        self.names.enter(account.username.name(), id);
        self.kept_bytes += account.kept_size();
        self.by_id.insert(id, account);
    }
}

impl Chat {
    /// The account that a client is logged in to.
    pub(super) fn account_of(&self, client: ClientId) -> Option<AccountId> {
        let client = self.clients.get(&client)?;
        self.accounts.names.find(client.username.as_str())
    }

    /// Whether somebody has registered this name, compared without case.
    #[must_use]
    pub fn is_registered(&self, name: &str) -> bool {
        self.accounts.names.find(name).is_some()
    }

    /// Asks for a password to register the present name of `user` with.
    pub(super) fn register(&mut self, user: User, outbox: &mut Outbox) -> Result<(), Refusal> {
        if user.username.given_number().is_some() {
            return Err(Refusal::NoNameYet);
        }
        if self.account_of(user.client).is_some() {
            return Err(Refusal::RegisteredAlready);
        }
        let limit = self.limits.accounts;
        if self.accounts.by_id.len() >= limit {
            return Err(Refusal::TooManyAccounts { limit });
        }
        self.try_once(user.client)?;
        let username = user.username.clone();
        self.ask(user.client, username, Purpose::Register(user.username), Ask::New, outbox);
        Ok(())
    }

    /// Asks for the password of an account, to log in `user`.
    pub(super) fn login(
        &mut self,
        user: &User,
        name: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let Some(id) = self.accounts.names.find(name.as_str()) else {
            return Err(Refusal::NotRegistered { name });
        };
        if self.account_of(user.client) == Some(id) {
            return Err(Refusal::LoggedInAlready);
        }
        self.ask_for_password(user.client, id, Purpose::LogIn(id), outbox)
    }

    /// Asks for the password of the account that `user` is logged in to, to change it or to remove the
    /// account.
    pub(super) fn govern_account(
        &mut self,
        user: &User,
        purpose: fn(AccountId) -> Purpose,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.account_of(user.client).ok_or(Refusal::NotLoggedIn)?;
        self.ask_for_password(user.client, id, purpose(id), outbox)
    }

    fn ask_for_password(
        &mut self,
        client: ClientId,
        id: AccountId,
        purpose: Purpose,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        self.try_once(client)?;
        if let Some(Account { username, credential, .. }) = self.accounts.by_id.get(&id).cloned() {
            self.ask(client, username, purpose, Ask::Check(credential), outbox);
        }
        Ok(())
    }

    /// Counts a question, unless too many have been asked.
    fn try_once(&mut self, client: ClientId) -> Result<(), Refusal> {
        let origin = self.clients.get(&client).map(|client| client.origin).unwrap_or_default();
        match self.accounts.tries.take(self.now, origin, &self.limits) {
            true => Ok(()),
            false => Err(Refusal::TooManyTries),
        }
    }

    /// Asks a client a question. Another one that it has been asked before is void.
    fn ask(
        &mut self,
        client: ClientId,
        username: Username,
        purpose: Purpose,
        ask: Ask,
        outbox: &mut Outbox,
    ) {
        let ticket = self.accounts.next_ticket;
        self.accounts.next_ticket += 1;
        if let Some(client) = self.clients.get_mut(&client) {
            client.asked = Some(Box::new(Asked { ticket, purpose }));
        }
        outbox.deliver([client], Message::Asking { username, is_new: ask == Ask::New });
        outbox.ask(client, ticket, ask);
    }

    /// A question has been answered. An answer to another question than the last is ignored.
    pub(super) fn answered(
        &mut self,
        client: ClientId,
        ticket: u64,
        answer: Answer,
        outbox: &mut Outbox,
    ) {
        let known = self.clients.get_mut(&client);
        let Some(known) =
            known.filter(|known| known.asked.as_ref().is_some_and(|asked| asked.ticket == ticket))
        else {
            return;
        };
        let Some(asked) = known.asked.take() else { return };
        let done = match (asked.purpose, answer) {
            (_, Answer::None(why)) => Err(AskEnd::Unanswered(why)),
            (Purpose::Register(username), Answer::Made(credential)) => {
                self.registered(client, username, credential, outbox)
            }
            (Purpose::Set(id), Answer::Made(credential)) => {
                match self.accounts.by_id.get_mut(&id) {
                    Some(account) => {
                        account.credential = credential;
                        outbox.deliver([client], Message::PasswordChanged);
                        Ok(())
                    }
                    None => Err(AskEnd::Outdated),
                }
            }
            (Purpose::LogIn(id), Answer::Right(credential)) => {
                self.is_current(id, &credential).map(|()| self.log_in(client, id, outbox))
            }
            (Purpose::Change(id), Answer::Right(credential)) => {
                self.is_current(id, &credential).map(|()| {
                    if let Some(account) = self.accounts.by_id.get(&id) {
                        let username = account.username.clone();
                        self.ask(client, username, Purpose::Set(id), Ask::New, outbox);
                    }
                })
            }
            (Purpose::Unregister(id), Answer::Right(credential)) => {
                self.is_current(id, &credential).map(|()| self.unregistered(client, id, outbox))
            }
            (_, Answer::Wrong | Answer::Made(_) | Answer::Right(_)) => Err(AskEnd::Wrong),
        };
        if let Err(why) = done {
            outbox.deliver([client], Message::AskEnded { why });
        }
    }

    /// Whether an account still has the credential that a password was checked against.
    fn is_current(&self, id: AccountId, credential: &Credential) -> Result<(), AskEnd> {
        let account = self.accounts.by_id.get(&id);
        match account.is_some_and(|account| account.credential == *credential) {
            true => Ok(()),
            false => Err(AskEnd::Outdated),
        }
    }

    fn registered(
        &mut self,
        client: ClientId,
        username: Username,
        credential: Credential,
        outbox: &mut Outbox,
    ) -> Result<(), AskEnd> {
        let is_own = self.clients.get(&client).is_some_and(|client| client.username == username);
        let is_full = self.accounts.by_id.len() >= self.limits.accounts;
        if !is_own || is_full || self.account_of(client).is_some() {
            return Err(AskEnd::Outdated);
        }
        let id = AccountId(self.accounts.next);
        self.accounts.next += 1;
        let account = Account {
            username: username.clone(),
            credential,
            kept: VecDeque::new(),
            seen: self.now,
            is_hidden: false,
            ignores: Vec::new(),
            ignored_by: BTreeSet::new(),
            notices: self.wants_notices(client),
            invited_to: Vec::new(),
        };
        self.accounts.add(id, account);
        self.keep_ignoring(client);
        outbox.deliver([client], Message::Registered { username });
        Ok(())
    }

    fn unregistered(&mut self, client: ClientId, id: AccountId, outbox: &mut Outbox) {
        self.part_from_all(id);
        if let Some(Account { username, .. }) = self.accounts.by_id.remove(&id) {
            self.accounts.names.remove(username.name());
            self.moderation.operators.remove(&id);
            outbox.deliver([client], Message::Unregistered { username });
        }
    }

    /// Gives a client the name of an account. A client that has it already is told so and closed.
    fn log_in(&mut self, client: ClientId, id: AccountId, outbox: &mut Outbox) {
        let Some(username) = self.accounts.by_id.get(&id).map(|account| account.username.clone())
        else {
            return;
        };
        if self.refuse_banned(client, id, outbox) {
            return;
        }
        let holder = self.usernames.find(username.as_str());
        let older = holder.filter(|holder| *holder != client);
        if let Some(older) = older {
            outbox.deliver([older], Message::TakenOver);
            self.disconnect(older, Departure::TakenOver, outbox);
        }
        // Before the new name is told to those who ignore its holder.
        self.join_ignoring(client, id);
        outbox.deliver([client], Message::LoggedIn { username: username.clone() });
        if let Some(user) = self.user(client) {
            self.take_name(user, username, outbox);
        }
        self.bring_along(client, id, outbox);
        self.show_kept(client, id, outbox);
        self.show_mute(client, outbox);
        older.into_iter().for_each(|older| outbox.close(older, CloseReason::TakenOver));
    }

    /// Checks that names and accounts agree, and that nobody holds the name of an account, or one like
    /// it, without being logged in.
    pub(super) fn check_accounts(&self) -> Result<(), String> {
        let Accounts { by_id, names, next, tries, kept_bytes, next_ticket } = &self.accounts;
        let problem = |id: &AccountId, what: &str| format!("account {} {what}", id.0);
        require(by_id.len() <= self.limits.accounts, || "too many accounts".into())?;
        same("names of accounts", &names.holders(), &by_id.keys().copied().collect())?;
        for (id, account) in by_id {
            require((1..*next).contains(&id.0), || problem(id, "is still to come"))?;
            let Account { username, kept, seen, .. } = account;
            require(username.given_number().is_none(), || problem(id, "has a given name"))?;
            let is_within = kept.len() <= self.limits.kept_whispers
                && account.kept_size() <= self.limits.reply - Limits::REPLY_FRAME;
            require(is_within, || problem(id, "has too much kept for it"))?;
            let is_here = self.usernames.find(username.as_str()).is_some();
            require(kept.is_empty() || !is_here, || problem(id, "is here and not told"))?;
            require(*seen <= self.now, || problem(id, "will be here last"))?;
            self.check_following(*id, account)?;
        }
        tries.check(&self.limits)?;
        let kept = by_id.values().map(Account::kept_size).sum();
        same("bytes of kept whispers", kept_bytes, &kept)?;
        require(kept <= self.limits.kept_bytes, || "too many whispers are kept".into())?;
        for (client, known) in &self.clients {
            let account = self.account_of(*client);
            let is_allowed =
                by_id.is_empty() || self.accounts.allow(known.username.name(), account);
            require(is_allowed, || format!("client {client} has the name of an account"))?;
            let Some(Asked { ticket, purpose }) = known.asked.as_deref() else { continue };
            let id = match purpose {
                Purpose::Register(_) => NOBODY,
                Purpose::LogIn(id) | Purpose::Change(id) => *id,
                Purpose::Set(id) | Purpose::Unregister(id) => *id,
            };
            let is_possible = ticket < next_ticket && id.0 < *next;
            require(is_possible, || format!("client {client} is asked what is still to come"))?;
        }
        Ok(())
    }
}

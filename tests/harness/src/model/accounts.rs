//! Registered names, and the questions for their passwords.
//!
//! Not here: taking a name (`model`).

use chinwag::chat::{Answer, Ask, ClientId, Credential, Limits, Unanswered};

use super::views::span;
use super::{Model, Person, Room};
use crate::name_pool::{NAMES, are_alike, folded};

/// A registered name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// The number of names registered before.
    pub(super) id: u64,
    /// The name.
    pub name: String,
    /// What its password is checked against.
    pub credential: Credential,
    /// The whispers kept for the holder, as they will be shown, each with its author if there was no restart since.
    kept: Vec<(Option<ClientId>, String)>,
    /// When the holder was here last; nobody is told if it is hidden.
    pub(super) seen: u64,
    is_hidden: bool,
    /// Whether the holder is an operator.
    pub is_operator: bool,
    /// The numbers of the accounts that it ignores; whether the holder wants notices; and the invitations left behind.
    pub(super) ignores: Vec<u64>,
    pub(super) notices: bool,
    pub(super) invited_to: Vec<Room>,
}

/// A question that a user has been asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The number of questions before.
    pub ticket: u64,
    /// What the user is asked for.
    pub ask: Ask,
    purpose: Purpose,
}

/// What it is for; the number is that of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    Register(String),
    LogIn(u64),
    Change(u64),
    Set(u64),
    Unregister(u64),
}

impl Model {
    /// The account whose name this is, in any case.
    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|known| folded(&NAMES, &known.name) == folded(&NAMES, name))
    }

    /// Whether a name is registered, or looks like one that is.
    #[must_use]
    pub fn is_registered(&self, name: &str) -> bool {
        self.accounts.iter().any(|known| are_alike(&NAMES, &known.name, name))
    }

    /// Whether a whisper to this name is kept, because it is registered and nobody has it now.
    #[must_use]
    pub fn is_absent(&self, name: &str) -> bool {
        self.account(name).is_some() && self.holder(name).is_none()
    }

    /// The user who has this name, in any case.
    pub(crate) fn holder(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| folded(&NAMES, &person.name) == folded(&NAMES, name))
    }

    /// Whether a name that a user wants looks like that of an account, apart from the user's own.
    pub(super) fn is_like_registered(&self, me: &Person, typed: &str) -> bool {
        let own = self.account(&me.name);
        let is_own = |known: &Account| Some(known) == own && self.account(typed) == own;
        self.accounts.iter().any(|known| are_alike(&NAMES, &known.name, typed) && !is_own(known))
    }

    pub(super) fn register(&mut self, me: &Person) {
        let refusal = if me.name.strip_prefix("anonymous").is_some_and(|n| n.parse::<u64>().is_ok())
        {
            " * choose a name first: /username NAME".into()
        } else if self.account(&me.name).is_some() {
            " * your name is registered already".into()
        } else if self.accounts.len() >= self.limits.accounts {
            let most = self.limits.accounts;
            format!(" * {most} names are registered, and there can be no more")
        } else {
            let purpose = Purpose::Register(me.name.clone());
            return self.try_to_ask(me, &me.name, purpose, Ask::New);
        };
        self.tell(me.id, &refusal);
    }

    pub(super) fn log_in(&mut self, me: &Person, name: &str) {
        match (self.account(name).cloned(), self.account(&me.name)) {
            (None, _) => self.tell(me.id, &format!(" * \"{name}\" is not registered")),
            (Some(known), Some(own)) if known.id == own.id => {
                self.tell(me.id, " * you are logged in already");
            }
            (Some(known), _) => self.ask_password(me, &known, Purpose::LogIn(known.id)),
        }
    }

    /// Asks for the password of one's own account, to remove it or to change it.
    pub(super) fn govern_account(&mut self, me: &Person, removes: bool) {
        let Some(own) = self.account(&me.name).cloned() else {
            let refusal = " * you are not logged in: /login NAME, or /register your name";
            return self.tell(me.id, refusal);
        };
        let purpose = if removes { Purpose::Unregister } else { Purpose::Change };
        self.ask_password(me, &own, purpose(own.id));
    }

    fn ask_password(&mut self, me: &Person, account: &Account, purpose: Purpose) {
        let ask = Ask::Check(account.credential.clone());
        self.try_to_ask(me, &account.name, purpose, ask);
    }

    fn try_to_ask(&mut self, me: &Person, name: &str, purpose: Purpose, ask: Ask) {
        let (origin, window) = (me.origin, self.limits.tries_window as u64);
        let lately = self.tries.iter().filter(|(of, at)| *of == origin && self.now - at < window);
        if lately.count() >= self.limits.tries {
            return self.tell(me.id, " * too many passwords from your address: wait a minute");
        }
        self.tries.push((origin, self.now));
        self.ask(me.id, name, purpose, ask);
    }

    fn ask(&mut self, id: ClientId, name: &str, purpose: Purpose, ask: Ask) {
        let what = match ask {
            Ask::New => format!("type a new password for [{name}], 8 characters or more"),
            Ask::Check(_) => format!("type the password of [{name}]"),
        };
        self.tell(id, &format!(" * {what}"));
        self.told.asked.push((id, self.asks, ask.clone()));
        self.person_mut(id).asked = Some(Asked { ticket: self.asks, ask, purpose });
        self.asks += 1;
    }

    /// An answer to a question, which may be another one than the last.
    pub(super) fn take_answer(&mut self, me: &Person, ticket: u64, answer: &Answer) {
        let Some(asked) = me.asked.clone().filter(|asked| asked.ticket == ticket) else { return };
        self.person_mut(me.id).asked = None;
        let outdated = "the name or the password has changed meanwhile: try again";
        let of = |id: &u64| self.accounts.iter().position(|known| known.id == *id);
        let what = match (answer, &asked.purpose) {
            (Answer::None(Unanswered::Interrupted), _) => "no password: nothing is changed",
            (Answer::None(Unanswered::Silent), _) => "no password came in time: nothing is changed",
            (Answer::None(Unanswered::Unusable), _) => {
                "that is no password: 8 to 128 characters; nothing is changed"
            }
            (Answer::None(Unanswered::Busy), _) => "too many log in just now: try again",
            (Answer::None(Unanswered::Forbidden), _) => {
                "no password over a connection that is not encrypted: nothing is changed"
            }
            (Answer::Made(credential), Purpose::Register(name)) => {
                let is_full = self.accounts.len() >= self.limits.accounts;
                match me.name == *name && self.account(name).is_none() && !is_full {
                    true => return self.add_account(me, credential.clone()),
                    false => outdated,
                }
            }
            (Answer::Made(credential), Purpose::Set(id)) => match of(id) {
                Some(place) => {
                    self.accounts[place].credential = credential.clone();
                    "your password is changed"
                }
                None => outdated,
            },
            (
                Answer::Right(credential),
                Purpose::LogIn(id) | Purpose::Change(id) | Purpose::Unregister(id),
            ) => {
                let place = of(id).filter(|place| self.accounts[*place].credential == *credential);
                match place {
                    Some(place) => return self.knows_password(me, place, &asked.purpose),
                    None => outdated,
                }
            }
            _ => "wrong password",
        };
        self.tell(me.id, &format!(" * {what}"));
    }

    fn add_account(&mut self, me: &Person, credential: Credential) {
        let name = &me.name;
        let (kept, seen, is_hidden, is_operator) = (vec![], self.now, false, false);
        let (id, name) = (self.registered, name.clone());
        let (ignores, notices, invited_to) = (vec![], me.notices, vec![]);
        self.accounts.push(Account {
            id,
            name,
            credential,
            kept,
            seen,
            is_hidden,
            is_operator,
            ignores,
            notices,
            invited_to,
        });
        let name = &me.name;
        self.registered += 1;
        self.keep_ignoring(me.id);
        self.tell(me.id, &format!(" * [{name}] is yours now: /login {name} takes it back"));
    }

    fn knows_password(&mut self, me: &Person, place: usize, purpose: &Purpose) {
        let Account { id, name, .. } = self.accounts[place].clone();
        match purpose {
            Purpose::Change(_) => self.ask(me.id, &name, Purpose::Set(id), Ask::New),
            Purpose::Unregister(_) => {
                self.accounts.remove(place);
                self.accounts.iter_mut().for_each(|a| a.ignores.retain(|ignored| *ignored != id));
                self.tell(me.id, &format!(" * [{name}] is no longer registered"));
            }
            _ if self.turns_away_holder(me, id) => {}
            _ => self.take_back(me, &name),
        }
    }

    fn take_back(&mut self, me: &Person, name: &str) {
        if let Some(older) = self.holder(name).filter(|older| older.id != me.id).cloned() {
            self.tell(older.id, " * you have logged in on another connection, so this one ends");
            self.told.closed.push(older.id);
            self.leave(&older, " (has come back)");
        }
        self.join_ignoring(me.id, name);
        self.tell(me.id, &format!(" * you are logged in as [{name}]"));
        self.take_name(me, name);
        self.bring_along(me.id);
        self.show_kept(me.id, name);
        self.show_mute(me.id);
    }

    fn show_kept(&mut self, id: ClientId, name: &str) {
        let me = self.person(id).clone();
        let Some(account) = self.account_mut(name) else { return };
        let mut kept = std::mem::take(&mut account.kept);
        kept.retain(|(by, line)| {
            let from = line.split(['[', ']']).nth(1).unwrap_or_default();
            !by.is_some_and(|by| me.ignores.contains(&by)) && !self.ignores_name(&me, from)
        });
        let kept: Vec<String> = kept.into_iter().map(|(_, line)| line).collect();
        let heading = match kept.len() {
            0 => return,
            1 => " | a whisper was kept for you (time in UTC):".to_owned(),
            count => format!(" | {count} whispers were kept for you (times in UTC):"),
        };
        self.tell(me.id, &format!("{heading}\r\n{}", kept.join("\r\n")));
    }

    pub(super) fn account_mut(&mut self, name: &str) -> Option<&mut Account> {
        let id = self.account(name)?.id;
        self.accounts.iter_mut().find(|account| account.id == id)
    }

    /// Notes that someone who may be logged in is not here any more.
    pub(super) fn note_seen(&mut self, name: &str) {
        let now = self.now;
        self.account_mut(name).into_iter().for_each(|account| account.seen = now);
    }

    /// Forgets who has whispered to those who are not here.
    pub(super) fn forget_authors(&mut self) {
        let kept = self.accounts.iter_mut().flat_map(|account| &mut account.kept);
        kept.for_each(|(by, _)| *by = None);
    }

    /// Keeps a whisper for someone who is registered and not here. Returns the reply, if the name is registered.
    pub(super) fn keep(&mut self, at: u64, me: &Person, to: &str, text: &str) -> Option<String> {
        // Sessions start at the epoch and are shorter than a day.
        let time = format!("1970-01-01 {:02}:{:02}", at / 3_600_000, at / 60_000 % 60);
        let line = format!(" | {time} [{}] whispers> {text}", me.name);
        let size = |line: &str| line.len() - " | 1970-01-01 00:00 [] whispers> ".len() + 128;
        let all: usize = self
            .accounts
            .iter()
            .flat_map(|account| &account.kept)
            .map(|(_, line)| size(line))
            .sum();
        let limits = self.limits.clone();
        let Account { name, kept, .. } = self.account_mut(to)?;
        let own: usize = kept.iter().map(|(_, line)| size(line)).sum();
        let has_room = kept.len() < limits.kept_whispers
            && own + size(&line) <= limits.reply - Limits::REPLY_FRAME
            && all + size(&line) <= limits.kept_bytes;
        if !has_room {
            return Some(format!(" * [{name}] is not here, and nothing more is kept for them"));
        }
        kept.push((Some(me.id), line));
        Some(format!(" * [{name}] is not here: your whisper is kept for them"))
    }

    /// The reply to `/seen`.
    pub(super) fn seen(&self, name: &str) -> String {
        let Some(Account { name, seen, is_hidden, .. }) = self.account(name) else {
            return format!(" * \"{name}\" is not registered");
        };
        match (self.holder(name).is_some(), is_hidden) {
            (true, _) => format!(" * [{name}] is here"),
            (false, true) => format!(" * [{name}] does not tell"),
            (false, false) => format!(" * [{name}] was last here {} ago", span(self.now - seen)),
        }
    }

    /// The reply to `/hide`.
    pub(super) fn hide(&mut self, me: &Person, on: bool) -> String {
        let Some(account) = self.account_mut(&me.name) else {
            return " * you are not logged in: /login NAME, or /register your name".into();
        };
        account.is_hidden = on;
        let told = if on { "nobody is told" } else { "whoever asks is told" };
        format!(" * {told} when you were last here")
    }

    /// Gives a user a name. Whoever gives up a registered name is logged out.
    pub(super) fn take_name(&mut self, me: &Person, name: &str) {
        let account = self.account(&me.name).cloned();
        self.person_mut(me.id).name = name.to_owned();
        let line = format!(" * {} changed username to [{name}]", me.name);
        self.tell_room(me.room, &line, |other| !other.ignores.contains(&me.id));
        if let Some(left) =
            account.filter(|account| self.account(name).map(|a| a.id) != Some(account.id))
        {
            let name = left.name;
            let line = format!(" * you are logged out: /login {name} takes that name back");
            self.tell(me.id, &line);
            self.note_seen(&name);
        }
    }
}

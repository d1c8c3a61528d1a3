//! People who are registered and not here: whispers that are kept for them, and when they were here
//! last.
//!
//! Not here: whispers to those who are here (`people`), and logging in (`accounts`).

use alloc::vec::Vec;
use core::mem::take;

use super::accounts::{Account, AccountId};
use super::{Chat, ClientId, Kept, Limits, Message, Outbox, Refusal, Sight, Text, User};

impl Kept {
    /// The bytes that it counts for.
    pub(super) fn size(&self) -> usize {
        const OVERHEAD: usize = 128;
        self.from.as_str().len() + self.text.as_str().len() + OVERHEAD
    }
}

impl Account {
    /// The bytes that the whispers kept for it count for.
    pub(super) fn kept_size(&self) -> usize {
        self.kept.iter().map(Kept::size).sum()
    }
}

impl Chat {
    /// Keeps a whisper for the account with this name, whose holder is not here.
    pub(super) fn keep_whisper(
        &mut self,
        from: &User,
        to: Text,
        text: Text,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.accounts.names.find(to.as_str());
        let Some(account) = id.and_then(|id| self.accounts.by_id.get_mut(&id)) else {
            return Err(Refusal::UnknownUser { name: to });
        };
        let (at, by) = (self.now, Some(from.client));
        let kept = Kept { at, by, from: from.username.clone(), text };
        let (size, limits) = (kept.size(), &self.limits);
        // They are shown in one reply.
        let has_room = account.kept.len() < limits.kept_whispers
            && account.kept_size() + size <= limits.reply - Limits::REPLY_FRAME
            && self.accounts.kept_bytes + size <= limits.kept_bytes;
        let username = account.username.clone();
        if !has_room {
            return Err(Refusal::NothingMoreKept { username });
        }
        account.kept.push_back(kept);
        self.accounts.kept_bytes += size;
        outbox.deliver([from.client], Message::WhisperKept { username });
        Ok(())
    }

    /// Shows a client that has logged in what has been kept for it, except by users that it ignores, and
    /// forgets that.
    pub(super) fn show_kept(&mut self, client: ClientId, id: AccountId, outbox: &mut Outbox) {
        let Some(account) = self.accounts.by_id.get_mut(&id) else { return };
        self.accounts.kept_bytes -= account.kept_size();
        let mut whispers: Vec<Kept> = take(&mut account.kept).into();
        let ignores = self.ignores(client);
        whispers.retain(|whisper| {
            let is_ignored = whisper.by.is_some_and(|by| ignores.contains(&by));
            !is_ignored && !self.ignores_name(client, &whisper.from)
        });
        if !whispers.is_empty() {
            outbox.deliver([client], Message::Kept { whispers });
        }
    }

    /// Notes that the holder of an account is not here any more.
    pub(super) fn note_seen(&mut self, id: AccountId) {
        let now = self.now;
        self.accounts.by_id.get_mut(&id).into_iter().for_each(|account| account.seen = now);
    }

    /// The answer to `/seen`.
    pub(super) fn seen(&self, name: Text) -> Result<Message, Refusal> {
        let account = self.accounts.names.find(name.as_str());
        let Some(account) = account.and_then(|id| self.accounts.by_id.get(&id)) else {
            return Err(Refusal::NotRegistered { name });
        };
        let username = account.username.clone();
        let sight = if self.usernames.find(username.as_str()).is_some() {
            Sight::Here
        } else if account.is_hidden {
            Sight::Hidden
        } else {
            Sight::Ago(self.now.0.saturating_sub(account.seen.0))
        };
        Ok(Message::Seen { username, sight })
    }

    /// Shows when the account of `user` was last here, or not.
    pub(super) fn set_hidden(
        &mut self,
        user: &User,
        on: bool,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let id = self.account_of(user.client).ok_or(Refusal::NotLoggedIn)?;
        self.accounts.by_id.get_mut(&id).into_iter().for_each(|account| account.is_hidden = on);
        outbox.deliver([user.client], Message::Hidden { on });
        Ok(())
    }
}

//! Builds the state from a snapshot: derives what the snapshot leaves out, and checks that the
//! whole is a state that the machine can have.
//!
//! Names must be unique and within the limits, as must texts; whatever refers to a room or a client
//! by its id must be able to. The rest is what [`Chat::check`] requires of any state.
//!
//! Not here: what is valid by itself (`parts`).

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use unicode_normalization::UnicodeNormalization;
use unicode_width::UnicodeWidthStr;

use super::order::check_slow;
use super::parts::{
    AccountPart, AwayPart, ClientPart, HistoryPart, KeptPart, Lines, PrivatePart, RoomPart,
    TopicPart, TriesPart, UserPart,
};
use super::{Snapshot, SnapshotError};
use crate::chat::accounts::{Account, AccountId};
use crate::chat::check::require;
use crate::chat::client::{Away, Client, Talk};
use crate::chat::history::Histories;
use crate::chat::name::Name;
use crate::chat::room::{Closed, LOBBY, Member, Room, Topic, Unannounced};
use crate::chat::roster::Roster;
use crate::chat::tries::Tries;
use crate::chat::{Chat, ClientId, Kept, RoomId, RoomName, Text, User, Username};

/// No counter of a snapshot may be larger, so that none ever overflows.
const MOST: u64 = u64::MAX / 2;

/// The members with notices off, each with its room.
type NoticesOff = BTreeMap<ClientId, RoomId>;

impl Chat {
    /// The state that a snapshot describes. It is equal to the one that the snapshot was taken of,
    /// so it behaves identically.
    ///
    /// # Errors
    ///
    /// If the machine cannot have such a state. The error says what is wrong and where.
    pub fn restore(snapshot: Snapshot) -> Result<Self, SnapshotError> {
        Self::rebuild(snapshot).map_err(SnapshotError)
    }

    fn rebuild(snapshot: Snapshot) -> Result<Self, String> {
        let Snapshot {
            version: _,
            limits,
            next_client,
            next_account,
            next_ticket,
            next_anonymous,
            next_room,
            next_line,
            now,
            accounts,
            tries,
            bans,
            mutes,
            acts,
            rooms,
            clients,
            histories,
        } = snapshot;
        limits.check().map_err(|error| format!("limits: {error}"))?;
        for (name, count) in [
            ("next_account", next_account),
            ("next_ticket", next_ticket),
            ("next_anonymous", next_anonymous),
            ("next_room", next_room),
            ("next_line", next_line),
        ] {
            require(count <= MOST, || format!("{name} is {count}, more than {MOST}"))?;
        }
        let counters = Self::new(limits);
        let mut chat = Self { next_client, next_anonymous, next_room, now, ..counters };
        (chat.accounts.next, chat.accounts.next_ticket) = (next_account, next_ticket);
        ascending("accounts", accounts.iter().map(|account| account.id.0))?;
        ascending("tries", tries.iter().map(|tries| tries.origin.0))?;
        ascending("rooms", rooms.iter().map(|room| room.id.0))?;
        ascending("clients", clients.iter().map(|client| client.id.0))?;
        ascending("histories", histories.iter().map(|history| history.room.0))?;
        let first = rooms.first().map(|room| room.id);
        require(first == Some(LOBBY), || "rooms: the first is not room 0, the lobby".into())?;

        for part in accounts {
            let id = part.id;
            let added = chat.add_account(part);
            added.map_err(|problem| format!("account {}: {problem}", id.0))?;
        }
        let tries = tries.into_iter().map(|TriesPart { origin, times }| (origin, times));
        chat.accounts.tries = Tries::restore(tries.collect(), &chat.limits);
        chat.add_moderation(bans, mutes, acts)?;
        let mut notices_off = NoticesOff::new();
        for room in rooms {
            let id = room.id;
            let added = chat.add_room(room, &mut notices_off);
            added.map_err(|problem| format!("room {}: {problem}", id.0))?;
        }
        for client in clients {
            let id = client.id;
            let added = chat.add_client(client, &mut notices_off);
            added.map_err(|problem| format!("client {id}: {problem}"))?;
        }
        if let Some((client, room)) = notices_off.first_key_value() {
            return Err(format!("room {}: notices_off: {client} is not a member", room.0));
        }
        for HistoryPart { room, lines } in &histories {
            let checked = chat.check_lines(*room, lines);
            checked.map_err(|problem| format!("the history of room {}: {problem}", room.0))?;
        }
        let lines = histories.into_iter().map(|HistoryPart { room, lines }| (room, lines.0));
        chat.histories = Histories::restore(next_line, lines);
        chat.derive();
        chat.check().map_err(|problem| format!("the parts do not fit together: {problem}"))?;
        Ok(chat)
    }

    fn add_account(&mut self, part: AccountPart) -> Result<(), String> {
        let AccountPart { id, username, credential, seen, is_hidden, is_operator, kept, .. } = part;
        let AccountPart { ignores, notices, invited_to, .. } = part;
        self.check_username(&username)?;
        for KeptPart { from, text, .. } in &kept {
            self.check_username(from)?;
            self.check_line(text)?;
        }
        require(self.accounts.allow(username.name(), None), || {
            format!("the username {username} is that of another account, or too similar")
        })?;
        let whisper = |KeptPart { at, by, from, text }| Kept { at, by, from, text };
        let kept = kept.into_iter().map(whisper).collect();
        let account = Account {
            username,
            credential,
            kept,
            seen,
            is_hidden,
            ignores,
            ignored_by: BTreeSet::new(),
            notices,
            invited_to,
        };
        self.accounts.add(id, account);
        if is_operator {
            self.moderation.operators.insert(id);
        }
        Ok(())
    }

    /// Checks the length of something that was said.
    pub(super) fn check_line(&self, text: &Text) -> Result<(), String> {
        let (limit, text) = (self.limits.line, text.as_str());
        let is_too_long = text.len() > limit && text.chars().count() > limit;
        require(!is_too_long, || "it is too long".into())
    }

    fn add_room(&mut self, part: RoomPart, notices_off: &mut NoticesOff) -> Result<(), String> {
        let RoomPart { id, name, topic, private, came, left, vacant_since, .. } = part;
        let (slow, off) = (part.slow, part.notices_off);
        check_slow(slow)?;
        part.owner.iter().try_for_each(|owner| self.check_username(&owner.username))?;
        ascending("notices_off", off.iter().map(|client| client.0))?;
        for client in off {
            let elsewhere = notices_off.insert(client, id);
            require(elsewhere.is_none(), || format!("notices_off: {client} is in another room"))?;
        }
        for (name, count) in [("came", came), ("left", left)] {
            require(count <= usize::MAX / 2, || format!("{name} is {count}, too many"))?;
        }
        let mut room = Room::new(name.clone());
        room.topic = topic.map(|topic| self.topic(topic)).transpose()?;
        room.closed = private.map(|private| self.closed(private)).transpose()?;
        room.unannounced = Unannounced { came, left };
        (room.vacant_since, room.slow) = (vacant_since, slow);
        (room.owner, room.locked_until) = (part.owner, part.locked_until);
        if id == LOBBY {
            require(name == RoomName::lobby(), || format!("the lobby is named {name}"))?;
            self.lobby = room;
            return Ok(());
        }
        let limits = &self.limits;
        require(fits(name.name(), limits.room_columns, limits.room_bytes), || {
            "the name is too long".into()
        })?;
        require(self.room_names.is_free_for(name.name(), id), || {
            format!("the name {name} is that of another room, or too similar")
        })?;
        self.room_names.enter(name.name(), id);
        self.rooms.insert(id, room);
        Ok(())
    }

    fn add_client(&mut self, part: ClientPart, notices_off: &mut NoticesOff) -> Result<(), String> {
        let ClientPart { id, username, room, partner, interrupter, away, .. } = part;
        self.check_username(&username)?;
        require(self.usernames.is_free_for(username.name(), id), || {
            format!("the username {username} is that of another client, or too similar")
        })?;
        match username.given_number() {
            Some(_) => self.usernames.enter_given(username.name(), id),
            None => self.usernames.enter(username.name(), id),
        }
        let talk = Talk {
            partner: partner.map(|user| self.partner(user)).transpose()?,
            interrupter: interrupter.map(|user| self.partner(user)).transpose()?,
        };
        let away = away.map(|away| self.away(away)).transpose()?;
        let notices = notices_off.get(&id) != Some(&room);
        if !notices {
            notices_off.remove(&id);
        }
        let there = if room == LOBBY { Some(&mut self.lobby) } else { self.rooms.get_mut(&room) };
        let there = there.ok_or_else(|| format!("there is no room {}", room.0))?;
        there.add(Member { client: id, notices });
        let client = Client {
            username,
            room,
            entered: part.entered,
            came: part.came,
            connected: part.connected,
            spoke: part.spoke,
            spoke_in_private: part.spoke_in_private,
            away,
            talk,
            origin: part.origin,
            asked: part.asked.map(Box::new),
            ignores: part.ignores,
            invited_to: part.invited_to,
            ignored_by: BTreeSet::new(),
        };
        self.clients.insert(id, Box::new(client));
        Ok(())
    }

    fn topic(&self, TopicPart { by, from, text }: TopicPart) -> Result<Topic, String> {
        from.iter().try_for_each(|from| self.check_username(from))?;
        self.check_text(&text, "the topic")?;
        Ok(Topic { by, from, text })
    }

    fn closed(&self, private: PrivatePart) -> Result<Closed, String> {
        let PrivatePart { topic, since, regulars, accounts } = private;
        ascending("regulars", regulars.iter().map(|client| client.0))?;
        let topic = topic.map(|topic| self.topic(topic)).transpose()?;
        Ok(Closed { topic, since, regulars, accounts })
    }

    fn away(&self, AwayPart { text, told }: AwayPart) -> Result<Box<Away>, String> {
        self.check_text(&text, "the away message")?;
        Ok(Box::new(Away { text, told }))
    }

    fn partner(&self, UserPart { id, username }: UserPart) -> Result<Box<User>, String> {
        self.check_username(&username)?;
        Ok(Box::new(User { client: id, username }))
    }

    fn check_lines(&self, room: RoomId, lines: &Lines) -> Result<(), String> {
        for remembered in lines.0.iter() {
            let line = &remembered.line;
            let checked = self.check_username(&line.from.username);
            checked.map_err(|problem| format!("line {}: {problem}", remembered.age))?;
            let checked = self.check_line(&line.text);
            checked.map_err(|problem| format!("line {}: {problem}", remembered.age))?;
            require(room != LOBBY || !remembered.is_private, || {
                format!("line {} was said in private, in the lobby", remembered.age)
            })?;
        }
        Ok(())
    }

    /// Checks a username, which may be one that the machine gave.
    pub(super) fn check_username(&self, username: &Username) -> Result<(), String> {
        let limits = &self.limits;
        let is_possible = match username.given_number() {
            Some(number) => number < self.next_anonymous,
            None => fits(username.name(), limits.username_columns, limits.username_bytes),
        };
        require(is_possible, || match username.given_number() {
            Some(_) => format!("the username {username} has not been given to anyone yet"),
            None => "the username is too long".into(),
        })
    }

    pub(super) fn check_text(&self, text: &Text, what: &str) -> Result<(), String> {
        require(self.check_note(text).is_ok(), || format!("{what} is too long"))
    }

    /// Derives what a snapshot leaves out, apart from names and members.
    fn derive(&mut self) {
        let accounts = self.accounts.by_id.iter();
        let relations: Vec<(AccountId, AccountId)> = accounts
            .flat_map(|(id, account)| account.ignores.iter().map(|ignored| (*id, *ignored)))
            .collect();
        for (id, ignored) in relations {
            if let Some(account) = self.accounts.by_id.get_mut(&ignored) {
                account.ignored_by.insert(id);
            }
        }
        let relations: Vec<(ClientId, ClientId)> = self
            .clients
            .iter()
            .flat_map(|(id, client)| client.ignores.iter().map(|ignored| (*id, *ignored)))
            .collect();
        for (id, ignored) in relations {
            if let Some(client) = self.clients.get_mut(&ignored) {
                client.ignored_by.insert(id);
            }
        }
        let Self { clients, rooms, lobby, public_rooms, vacant, in_private, .. } = self;
        let (mut public, mut vacant_public) = (Vec::new(), Vec::new());
        for (id, room) in core::iter::once((&LOBBY, lobby)).chain(rooms) {
            let mut members: Vec<ClientId> = room.members().collect();
            members.sort_by_key(|client| clients.get(client).map(|client| client.username.name()));
            room.by_name = Roster::new(members);
            vacant.by_time.extend(room.vacant_since.map(|since| (since, *id)));
            match (room.is_private(), room.vacant_since) {
                (true, _) => *in_private += room.members().len(),
                (false, None) => public.push((room.name.clone(), *id)),
                (false, Some(_)) => vacant_public.push((room.name.clone(), *id)),
            }
        }
        let listed = |mut rooms: Vec<(RoomName, RoomId)>| {
            rooms.sort();
            Roster::new(rooms.into_iter().map(|(_, id)| id).collect())
        };
        (*public_rooms, vacant.public) = (listed(public), listed(vacant_public));
    }
}

/// Whether a name is within its limits.
fn fits(name: &Name, columns: usize, bytes: usize) -> bool {
    let shown = name.as_str();
    let is_short = shown.len() <= bytes && Name::bounded(shown, shown.nfkc(), bytes).is_some();
    is_short && shown.width() <= columns
}

fn ascending(what: &str, ids: impl Iterator<Item = u64>) -> Result<(), String> {
    let mut last = None;
    for id in ids {
        require(last < Some(id), || format!("{what}: {id} comes after one that is not smaller"))?;
        last = Some(id);
    }
    Ok(())
}

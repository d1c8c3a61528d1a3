//! The state of the chat, and what each event does to it.
//!
//! Not here: commands about rooms (`rooms`) and about other users (`people`), how a line is parsed
//! (`command`), which usernames are valid (`username`), what clients can be told (`message`).

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::accounts::{Accounts, Purpose};
use super::client::{Client, Talk};
use super::history::Histories;
use super::moderation::Moderation;
use super::name_index::NameIndex;
use super::room::{LOBBY, Member, Room, RoomId};
use super::roster::Roster;
use super::vacant::Vacant;
use super::{
    Addressed, ClientId, CloseReason, Columns, Command, CommandError, Departure, Duration, Event,
    Group, Help, HistoryLine, Limits, Listing, Message, Note, Nothing, Number, Outbox, Peer,
    Penalty, Refusal, RoomName, Signal, Switch, Timestamp, User, Username, Verb, Word, Words,
};

/// The state machine of the chat server. [`Chat::handle`] applies an event and produces outputs.
///
/// It is plain data: clones and equal values behave identically.
///
/// ```
/// use chinwag::chat::{Chat, ClientId, Event, Limits, Message, Outbox, Output, Timestamp};
///
/// let (ann, bob) = (ClientId(1), ClientId(2));
/// let mut chat = Chat::new(Limits::default());
/// let mut outbox = Outbox::new();
/// for client in [ann, bob] {
///     chat.handle(Timestamp(0), Event::connect(client), &mut outbox);
/// }
/// outbox.clear();
///
/// chat.handle(Timestamp(1), Event::Line { client: ann, line: "hello".into() }, &mut outbox);
/// let Some(Output::Deliver { to, message: Message::Said { from, text } }) = outbox.iter().next()
/// else {
///     panic!("something was said");
/// };
/// assert_eq!((to, from.client, text.as_str()), (&[bob][..], ann, "hello"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    pub(super) limits: Limits,
    pub(super) clients: BTreeMap<ClientId, Box<Client>>,
    pub(super) usernames: NameIndex<ClientId>,
    pub(super) accounts: Accounts,
    pub(super) moderation: Moderation,
    /// Larger than the id of every client so far.
    pub(super) next_client: u64,
    /// The number in the next `anonymous` username.
    pub(super) next_anonymous: u64,
    pub(super) lobby: Room,
    /// All rooms except the lobby.
    pub(super) rooms: BTreeMap<RoomId, Room>,
    /// The lobby, and the rooms with members that are not private.
    pub(super) public_rooms: Roster<RoomId>,
    pub(super) vacant: Vacant,
    /// The latest time of an event.
    pub(super) now: Timestamp,
    /// The number of clients in private rooms.
    pub(super) in_private: usize,
    pub(super) room_names: NameIndex<RoomId>,
    pub(super) next_room: u64,
    pub(super) histories: Histories,
}

impl Chat {
    /// A chat without clients.
    ///
    /// # Panics
    ///
    /// If [`Limits::check`] returns an error.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        if let Err(error) = limits.check() {
            panic!("{error}");
        }
        let lobby = Room::new(RoomName::lobby());
        let usernames = NameIndex::new(limits.username_bytes);
        let accounts = Accounts::new(&limits);
        let mut room_names = NameIndex::new(limits.room_bytes);
        room_names.enter_given(lobby.name.name(), LOBBY);
        Self {
            limits,
            clients: BTreeMap::new(),
            usernames,
            accounts,
            moderation: Moderation::default(),
            next_client: 0,
            next_anonymous: 0,
            lobby,
            rooms: BTreeMap::new(),
            public_rooms: Roster::new(Vec::from([LOBBY])),
            vacant: Vacant::default(),
            now: Timestamp::default(),
            in_private: 0,
            room_names,
            next_room: LOBBY.0 + 1,
            histories: Histories::default(),
        }
    }

    /// The limits that it was made with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A number that no client so far has had as its id, nor a larger one. Start here with new ids
    /// after an [`Event::Restart`], and what is told of earlier clients stays clear.
    #[must_use]
    pub fn next_client(&self) -> u64 {
        self.next_client
    }

    /// Applies one event and appends its effects to `outbox`. Accepts any event in any state and
    /// any order; it never fails and never panics.
    ///
    /// `at` is the time of the event. It is stored and shown. For what depends on it
    /// ([`Limits::keep_rooms`], [`Limits::tries`]) the clock never goes back: the latest time of an
    /// event counts.
    ///
    /// Events are applied one at a time, so a slow one delays every client. The cost of an event is
    /// therefore linear in its recipients or in a small limit. On top of that come a few lookups,
    /// each logarithmic in the number of clients or rooms:
    ///
    /// | event | cost |
    /// | --- | --- |
    /// | speech, renames, topics, privacy | the members of the room, including those that ignore the speaker |
    /// | arrivals, departures | the recipients, in a large room at most one ([`Limits::announce_below`]) |
    /// | privacy | also a lookup for each member |
    /// | both of these | also 24 bytes moved for each member |
    /// | leaving the chat | also the clients that one ignores ([`Limits::ignored`]) |
    /// | the last member leaves a room | also the lines of its history ([`Limits::history_lines`]) |
    /// | vacant rooms end | also their lines; a limited number of rooms ([`Limits::ENDED_AT_ONCE`]) |
    /// | `/list`, `/rooms` | what is shown ([`Limits::LIST_BYTES`]) |
    /// | `/history`, entering a room | the lines that are shown, and the hidden lines between them |
    /// | `/ignore`, `/unignore` | [`Limits::ignored`] |
    /// | `/invite`, `/join` | [`Limits::invitations`] |
    /// | logging in, registering, unregistering | also the accounts that one ignores ([`Limits::ignored`]), and those
    ///   that ignore one |
    /// | logging in | a rename, the departure of an older connection, and the whispers that are kept ([`Limits::kept_whispers`]) |
    /// | a whisper to someone who is not here | [`Limits::kept_whispers`] |
    /// | connecting, logging in | also the bans and mutes ([`Limits::SANCTIONS`]) |
    /// | a line of someone, while anyone is muted | also the mutes |
    /// | `/ban`, `/mute`, `/announce` | all clients, and the departures of those who are banned |
    /// | `/bans`, `/audit` | all bans, mutes and acts |
    /// | all other lines, signals, answers | only the lookups |
    /// | shutdown, restart | the whole state |
    pub fn handle(&mut self, at: Timestamp, event: Event, outbox: &mut Outbox) {
        self.advance(at);
        match event {
            Event::Connect { client, peer } => self.connect(at, client, peer, outbox),
            Event::Line { client, line } => self.line(at, client, line, outbox),
            Event::Disconnect { client, cause } => {
                self.disconnect(client, Departure::Ended(cause), outbox);
            }
            Event::Signal { client, signal } => self.signal(client, signal, outbox),
            Event::Answered { client, ticket, answer } => {
                self.answered(client, ticket, answer, outbox);
            }
            Event::Appoint { name } => drop(self.appoint(None, name, outbox)),
            Event::Shutdown => self.shut_down(outbox),
            Event::Restart => self.forget_clients(),
        }
    }

    fn connect(&mut self, at: Timestamp, client: ClientId, peer: Peer, outbox: &mut Outbox) {
        if self.clients.contains_key(&client) {
            return;
        }
        self.next_client = self.next_client.max(client.0.saturating_add(1));
        if let Some(sanction) = self.ban_of(peer.origin, None) {
            let penalty = Penalty::Ban;
            outbox.deliver([client], Message::Sanctioned { penalty, sanction });
            outbox.close(client, CloseReason::Banned);
            return;
        }
        let username = Username::anonymous(self.next_anonymous);
        self.next_anonymous += 1;
        self.usernames.enter_given(username.name(), client);
        let newcomer = Client {
            username: username.clone(),
            room: LOBBY,
            entered: self.histories.next(),
            came: self.now,
            connected: at,
            spoke: at,
            spoke_in_private: None,
            invited_to: Vec::new(),
            away: None,
            talk: Talk::default(),
            ignores: Vec::new(),
            origin: peer.origin,
            asked: None,
            ignored_by: BTreeSet::new(),
        };
        self.clients.insert(client, Box::new(newcomer));
        self.enter(Member { client, notices: true }, LOBBY);
        outbox.deliver([client], Message::Welcome);
        outbox.deliver([client], Message::YouAre { username: username.clone() });
        outbox.deliver([client], self.present(client));
        self.show_recent(client, outbox);
        let who = User { client, username };
        self.tell_presence(LOBBY, (client, true), Message::Connected { who }, outbox);
        self.show_mute(client, outbox);
    }

    fn line(&mut self, at: Timestamp, client: ClientId, line: Arc<str>, outbox: &mut Outbox) {
        let Some(user) = self.user(client) else { return };
        let limit = self.limits.line;
        // Counting characters is slow. A line of at most `limit` bytes needs no count.
        if line.as_bytes().get(limit).is_some() && line.chars().count() > limit {
            self.signal(client, Signal::Overlong, outbox);
            return;
        }
        let done = match Command::read(line) {
            Ok(command) => self.execute(at, user, command, outbox),
            Err(CommandError::Unknown(word)) => Err(Refusal::UnknownCommand { word }),
            Err(CommandError::Usage(verb)) => {
                self.check_operator(client, Some(verb)).and(Err(Refusal::Usage(verb)))
            }
            Err(CommandError::Hidden) => Err(Refusal::HiddenCommand),
        };
        if let Err(refusal) = done
            && let Some(User { username, .. }) = self.user(client)
        {
            outbox.deliver([client], Message::Refused { username, refusal });
        }
    }

    /// Executes a command. If it is refused, the state is unchanged.
    fn execute(
        &mut self,
        at: Timestamp,
        user: User,
        command: Command,
        outbox: &mut Outbox,
    ) -> Result<(), Refusal> {
        let client = user.client;
        self.check_operator(client, command.verb())?;
        self.check_mute(client, &command)?;
        match command {
            Command::Say(text) if text.is_blank() => {}
            Command::Say(text) => {
                self.speak(HistoryLine { at, from: user, is_said: true, text }, outbox)?;
            }
            Command::Act(Words(text)) => {
                self.speak(HistoryLine { at, from: user, is_said: false, text }, outbox)?;
            }
            Command::Username(Word(wanted)) => self.rename(user, wanted, outbox)?,
            Command::Whisper(Addressed { to, text }) => self.whisper_to(user, to, text, outbox)?,
            Command::Reply(Words(text)) => self.reply(user, text, outbox)?,
            Command::List(Listing { all: false, part }) => {
                outbox.deliver([client], self.users(client, part));
            }
            Command::List(Listing { all: true, part }) => {
                outbox.deliver([client], self.everyone(client, part));
            }
            Command::Join(Word(room)) => self.join(user, room, outbox)?,
            Command::Leave(Nothing) => self.move_to(user, LOBBY, outbox)?,
            Command::Rooms(part) => outbox.deliver([client], self.room_list(client, part)),
            Command::Topic(None) => {
                let room = self.info(client, self.room_of(client));
                outbox.deliver([client], Message::Topic { room });
            }
            Command::Topic(Some(Words(text))) => self.set_topic(user, text, outbox)?,
            Command::History(count) => {
                let count = count.map(|Number(count)| count);
                outbox.deliver([client], self.history(client, count)?);
            }
            Command::Private(Nothing) => self.set_privacy(user, true, outbox)?,
            Command::Public(Nothing) => self.set_privacy(user, false, outbox)?,
            Command::Invite(Word(name)) => self.invite(user, name, outbox)?,
            Command::Trust(Word(name)) => self.set_trusted(user, name, true, outbox)?,
            Command::Distrust(Word(name)) => self.set_trusted(user, name, false, outbox)?,
            Command::Remove(Word(name)) => self.put_out(user, name, outbox)?,
            Command::Lock(Duration(period)) => self.lock(user, period, outbox)?,
            Command::Whois(Word(name)) => outbox.deliver([client], self.whois(at, client, name)?),
            Command::Away(Note(text)) => self.set_away(client, text, outbox)?,
            Command::Ignore(None) => outbox.deliver([client], self.ignored(client)),
            Command::Ignore(Some(Word(name))) => self.ignore(&user, name, outbox)?,
            Command::Unignore(Word(name)) => self.unignore(&user, name, outbox)?,
            Command::Notices(Switch(on)) => self.set_notices(client, on, outbox),
            Command::Wrap(Columns(columns)) => {
                outbox.deliver([client], Message::Wrapping { columns });
            }
            Command::Ascii(Switch(on)) => outbox.deliver([client], Message::Ascii { on }),
            Command::Register(Nothing) => self.register(user, outbox)?,
            Command::Login(Word(name)) => self.login(&user, name, outbox)?,
            Command::Password(Nothing) => self.govern_account(&user, Purpose::Change, outbox)?,
            Command::Unregister(Nothing) => {
                self.govern_account(&user, Purpose::Unregister, outbox)?;
            }
            Command::Seen(Word(name)) => outbox.deliver([client], self.seen(name)?),
            Command::Hide(Switch(on)) => self.set_hidden(&user, on, outbox)?,
            Command::Bye(Note(words)) => {
                self.check_note(&words)?;
                self.disconnect(client, Departure::Bye { words }, outbox);
                outbox.close(client, CloseReason::Bye);
            }
            Command::Help(about) => outbox.deliver([client], self.help(client, about)?),
            command => self.moderate(&user, command, outbox)?,
        }
        Ok(())
    }

    /// The answer to `/help`. What only operators can do is shown to nobody else.
    fn help(&self, client: ClientId, about: Option<Word>) -> Result<Message, Refusal> {
        let is_operator = self.is_operator(client);
        let Some(Word(word)) = about else { return Ok(Message::Help(Help::Chat { is_operator })) };
        let groups = [("people", Group::People), ("rooms", Group::Rooms), ("order", Group::Order)];
        let group = groups.iter().find(|(name, _)| word.as_str().eq_ignore_ascii_case(name));
        if let Some((_, group)) = group
            && (is_operator || *group != Group::Order)
        {
            return Ok(Message::Help(Help::Group(*group)));
        }
        let verb = Verb::find(word.as_str());
        let verb = verb.filter(|verb| is_operator || !verb.is_for_operators());
        Ok(Message::Help(Help::Command(verb.ok_or(Refusal::UnknownCommand { word })?)))
    }

    pub(super) fn disconnect(&mut self, id: ClientId, how: Departure, outbox: &mut Outbox) {
        let Some(who) = self.user(id) else { return };
        let room = self.room_id_of(id);
        self.leave_behind(id);
        self.usernames.remove(who.username.name());
        self.note_regular(id, room, false);
        self.exit(id, who.username.name(), room);
        self.tell_presence(room, (id, false), Message::Disconnected { who, how }, outbox);
        if let Some(client) = self.clients.remove(&id) {
            self.forget_all_ignoring(id, &client);
        }
    }

    fn signal(&self, client: ClientId, signal: Signal, outbox: &mut Outbox) {
        let Some(User { username, .. }) = self.user(client) else { return };
        let answer = match signal {
            Signal::Interrupt => Message::HowToLeave,
            Signal::AreYouThere => Message::StillHere,
            Signal::Slowed => Message::Slowed,
            Signal::Overlong => Message::Refused {
                username,
                refusal: Refusal::Overlong { limit: self.limits.line },
            },
        };
        outbox.deliver([client], answer);
    }

    fn shut_down(&mut self, outbox: &mut Outbox) {
        outbox.deliver(self.clients.keys().copied(), Message::ShuttingDown);
        // Departures are not announced, because everyone leaves at once.
        self.clients.keys().for_each(|client| outbox.close(*client, CloseReason::Shutdown));
        self.forget_clients();
    }

    pub(super) fn user(&self, client: ClientId) -> Option<User> {
        let username = self.clients.get(&client)?.username.clone();
        Some(User { client, username })
    }
}

#[cfg(test)]
mod tests;

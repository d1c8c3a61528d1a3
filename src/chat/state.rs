//! The machine: who is there, under which username, and what each event does to that.
//!
//! Not here: moves between rooms (`rooms`), what a line means (`command`), what may be a username (`username`), what is told
//! (`message`).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::register::Register;
use super::room::{LOBBY, Room, RoomId};
use super::{
    Cause, ClientId, CloseReason, Command, CommandError, Event, Limits, Message, Outbox, Refusal,
    RoomName, Signal, Text, Timestamp, User, Username, Verb,
};

/// The chat: a state, and a function from it and an event to the next state and some outputs.
///
/// It is plain data. A copy has the same future as the original, and equal states have equal
/// futures.
///
/// ```
/// use chinwag::chat::{Chat, ClientId, Event, Limits, Message, Outbox, Output, Timestamp};
///
/// let (ann, bob) = (ClientId(1), ClientId(2));
/// let mut chat = Chat::new(Limits::default());
/// let mut outbox = Outbox::new();
/// for client in [ann, bob] {
///     chat.handle(Timestamp(0), Event::Connect { client }, &mut outbox);
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
    pub(super) clients: BTreeMap<ClientId, Client>,
    usernames: Register<ClientId>,
    /// The number of the next `anonymous`.
    next_anonymous: u64,
    pub(super) lobby: Room,
    /// All rooms but the lobby.
    pub(super) rooms: BTreeMap<RoomId, Room>,
    pub(super) room_names: Register<RoomId>,
    pub(super) next_room: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) username: Username,
    pub(super) room: RoomId,
}

impl Chat {
    /// A chat with nobody in it.
    ///
    /// # Panics
    ///
    /// If the limits contradict each other: see [`Limits::check`].
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        if let Err(error) = limits.check() {
            panic!("{error}");
        }
        let lobby = Room::new(RoomName::lobby());
        let mut room_names = Register::new();
        room_names.enter(lobby.name.name(), LOBBY);
        Self {
            limits,
            clients: BTreeMap::new(),
            usernames: Register::new(),
            next_anonymous: 0,
            lobby,
            rooms: BTreeMap::new(),
            room_names,
            next_room: LOBBY.0 + 1,
        }
    }

    /// Applies one event, appends what it causes to `outbox`. Total: any event, in any state, in any
    /// order; it never fails and never panics.
    ///
    /// `at` is when it happened. Nothing here depends on it yet.
    pub fn handle(&mut self, at: Timestamp, event: Event, outbox: &mut Outbox) {
        let _ = at;
        match event {
            Event::Connect { client } => self.connect(client, outbox),
            Event::Line { client, line } => self.line(client, &line, outbox),
            Event::Disconnect { client, cause } => self.disconnect(client, Some(cause), outbox),
            Event::Signal { client, signal } => self.signal(client, signal, outbox),
            Event::Shutdown => self.shut_down(outbox),
        }
    }

    fn connect(&mut self, client: ClientId, outbox: &mut Outbox) {
        if self.clients.contains_key(&client) {
            return;
        }
        let username = Username::anonymous(self.next_anonymous);
        self.next_anonymous += 1;
        self.usernames.enter(username.name(), client);
        self.clients.insert(client, Client { username: username.clone(), room: LOBBY });
        self.lobby.add(client);
        outbox.deliver([client], Message::Welcome);
        let who = User { client, username };
        outbox.deliver(self.lobby.audience(None), Message::Connected { who });
    }

    fn line(&mut self, client: ClientId, line: &str, outbox: &mut Outbox) {
        let Some(user) = self.user(client) else { return };
        if line.len() > self.limits.line && line.chars().count() > self.limits.line {
            self.signal(client, Signal::Overlong, outbox);
            return;
        }
        let username = user.username.clone();
        let done = match Command::parse(&Text::clean(line)) {
            Ok(command) => self.obey(user, command, outbox),
            Err(CommandError::Unknown(word)) => Err(Refusal::UnknownCommand { word }),
            Err(CommandError::Usage(verb)) => Err(Refusal::Usage(verb)),
        };
        if let Err(refusal) = done {
            outbox.deliver([client], Message::Refused { username, refusal });
        }
    }

    /// Does what `user` asks for. If it is refused, nothing has changed.
    fn obey(&mut self, user: User, command: Command, outbox: &mut Outbox) -> Result<(), Refusal> {
        let client = user.client;
        match command {
            Command::Say(text) if text.is_blank() => {}
            Command::Say(text) => {
                let audience = self.room_of(client).audience(Some(client));
                outbox.deliver(audience, Message::Said { from: user, text });
            }
            Command::Username { wanted } => {
                let to = self.rename(&user, wanted)?;
                let audience = self.room_of(client).audience(None);
                outbox.deliver(audience, Message::Renamed { who: user, to });
            }
            Command::Whisper { to, text } => {
                let addressee = self.usernames.find(to.as_str());
                let addressee = addressee.ok_or(Refusal::UnknownUser { name: to })?;
                outbox.deliver([addressee], Message::Whispered { from: user, text });
            }
            Command::List { all: false } => outbox.deliver([client], self.users(client)),
            Command::List { all: true } => outbox.deliver([client], self.everyone()),
            Command::Join { room } => self.join(user, room, outbox)?,
            Command::Leave => self.move_to(user, LOBBY, outbox)?,
            Command::Rooms => outbox.deliver([client], self.room_list()),
            Command::Topic { text: None } => {
                outbox.deliver([client], Message::Topic { room: self.room_of(client).info() });
            }
            Command::Topic { text: Some(text) } => self.set_topic(user, text, outbox)?,
            Command::Bye => {
                self.disconnect(client, None, outbox);
                outbox.close(client, CloseReason::Bye);
            }
            Command::Help { about: None } => outbox.deliver([client], Message::Help(None)),
            Command::Help { about: Some(word) } => {
                let verb = Verb::find(word.as_str()).ok_or(Refusal::UnknownCommand { word })?;
                outbox.deliver([client], Message::Help(Some(verb)));
            }
        }
        Ok(())
    }

    /// Gives `user` the username it wants, and returns it.
    fn rename(&mut self, user: &User, wanted: Text) -> Result<Username, Refusal> {
        let to = match Username::parse(wanted.as_str(), &self.limits) {
            Ok(to) => to,
            Err(error) => return Err(Refusal::BadUsername { wanted, error }),
        };
        if to == user.username {
            return Err(Refusal::UsernameUnchanged { wanted });
        }
        if !self.usernames.is_free_for(to.name(), user.client) {
            return Err(Refusal::UsernameTaken { wanted });
        }
        self.usernames.remove(user.username.name());
        self.usernames.enter(to.name(), user.client);
        if let Some(client) = self.clients.get_mut(&user.client) {
            client.username = to.clone();
        }
        Ok(to)
    }

    fn disconnect(&mut self, client: ClientId, cause: Option<Cause>, outbox: &mut Outbox) {
        let Some(Client { username, room }) = self.clients.remove(&client) else { return };
        self.usernames.remove(username.name());
        self.exit(client, room);
        if let Some(room) = self.remaining(room) {
            let who = User { client, username };
            outbox.deliver(room.audience(None), Message::Disconnected { who, cause });
        }
    }

    fn signal(&self, client: ClientId, signal: Signal, outbox: &mut Outbox) {
        let Some(User { username, .. }) = self.user(client) else { return };
        let answer = match signal {
            Signal::Interrupt => Message::HowToLeave,
            Signal::AreYouThere => Message::StillHere,
            Signal::Overlong => {
                let refusal = Refusal::Overlong { limit: self.limits.line };
                Message::Refused { username, refusal }
            }
        };
        outbox.deliver([client], answer);
    }

    fn shut_down(&mut self, outbox: &mut Outbox) {
        outbox.deliver(self.clients.keys().copied(), Message::ShuttingDown);
        while let Some((client, Client { username, room })) = self.clients.pop_first() {
            self.usernames.remove(username.name());
            self.exit(client, room);
            outbox.close(client, CloseReason::Shutdown);
        }
    }

    fn user(&self, client: ClientId) -> Option<User> {
        let username = self.clients.get(&client)?.username.clone();
        Some(User { client, username })
    }

    /// Who is in the room with a client, and itself: the answer to `/list`.
    fn users(&self, client: ClientId) -> Message {
        let usernames = self.usernames_in(self.room_of(client));
        let total = usernames.len();
        Message::Users { usernames: fitting(&self.limits, usernames, Self::username_size), total }
    }

    /// The usernames of those in a room, sorted.
    pub(super) fn usernames_in(&self, room: &Room) -> Vec<Username> {
        let members = room.members().iter().filter_map(|member| self.clients.get(member));
        let mut usernames: Vec<Username> = members.map(|client| client.username.clone()).collect();
        usernames.sort_unstable();
        usernames
    }

    /// What a username takes in a list.
    pub(super) fn username_size(username: &Username) -> usize {
        username.as_str().len() + ", ".len()
    }
}

/// The first of `items`, as many as fit into one reply.
pub(super) fn fitting<T>(limits: &Limits, items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<T> {
    let mut room = limits.reply - Limits::REPLY_FRAME;
    let fits = |item: &T| {
        let left = room.checked_sub(size(item));
        room = left.unwrap_or(0);
        left.is_some()
    };
    items.into_iter().take_while(fits).collect()
}

//! The machine: who is there, under which username, and what each event does to that.
//!
//! Not here: what a line means (`command`), what may be a username (`username`), what is told
//! (`message`).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::register::Register;
use super::{
    Cause, ClientId, CloseReason, Command, CommandError, Event, Limits, Message, Outbox, Refusal,
    Signal, Text, Timestamp, User, Username, Verb,
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
    limits: Limits,
    clients: BTreeMap<ClientId, Username>,
    usernames: Register<ClientId>,
    /// The number of the next `anonymous`.
    next_anonymous: u64,
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
        Self { limits, clients: BTreeMap::new(), usernames: Register::new(), next_anonymous: 0 }
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
            Event::Disconnect { client, cause } => self.leave(client, Some(cause), outbox),
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
        self.occupy(client, username.clone());
        outbox.deliver([client], Message::Welcome);
        outbox.deliver(self.audience(None), Message::Joined { who: User { client, username } });
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
        match command {
            Command::Say(text) if text.is_blank() => {}
            Command::Say(text) => {
                let audience = self.audience(Some(user.client));
                outbox.deliver(audience, Message::Said { from: user, text });
            }
            Command::Username { wanted } => {
                let to = self.rename(&user, wanted)?;
                outbox.deliver(self.audience(None), Message::Renamed { who: user, to });
            }
            Command::Whisper { to, text } => {
                let addressee =
                    self.usernames.find(to.as_str()).ok_or(Refusal::UnknownUser { name: to })?;
                outbox.deliver([addressee], Message::Whispered { from: user, text });
            }
            Command::List => outbox.deliver([user.client], self.users()),
            Command::Bye => {
                self.leave(user.client, None, outbox);
                outbox.close(user.client, CloseReason::Bye);
            }
            Command::Help { about: None } => outbox.deliver([user.client], Message::Help(None)),
            Command::Help { about: Some(word) } => {
                let verb = Verb::find(word.as_str()).ok_or(Refusal::UnknownCommand { word })?;
                outbox.deliver([user.client], Message::Help(Some(verb)));
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
        self.vacate(user.client);
        self.occupy(user.client, to.clone());
        Ok(to)
    }

    fn leave(&mut self, client: ClientId, cause: Option<Cause>, outbox: &mut Outbox) {
        if let Some(username) = self.vacate(client) {
            let who = User { client, username };
            outbox.deliver(self.audience(None), Message::Left { who, cause });
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
        outbox.deliver(self.audience(None), Message::ShuttingDown);
        self.usernames.clear();
        while let Some((client, _)) = self.clients.pop_first() {
            outbox.close(client, CloseReason::Shutdown);
        }
    }

    /// Everyone who is to be told of something: all who are there, except its cause if given.
    fn audience(&self, except: Option<ClientId>) -> impl Iterator<Item = ClientId> {
        self.clients.keys().copied().filter(move |client| Some(*client) != except)
    }

    fn user(&self, client: ClientId) -> Option<User> {
        let username = self.clients.get(&client)?.clone();
        Some(User { client, username })
    }

    fn users(&self) -> Message {
        const SEPARATOR: usize = ", ".len();
        let mut usernames: Vec<&Username> = self.clients.values().collect();
        usernames.sort_unstable();
        let mut room = self.limits.reply - Limits::REPLY_FRAME;
        let fitting = usernames.iter().take_while(|username| {
            let left = room.checked_sub(username.as_str().len() + SEPARATOR);
            room = left.unwrap_or(0);
            left.is_some()
        });
        let usernames = fitting.map(|username| (*username).clone()).collect();
        Message::Users { usernames, total: self.clients.len() }
    }

    /// Makes `client` the holder of `username`, which is free.
    fn occupy(&mut self, client: ClientId, username: Username) {
        self.usernames.enter(username.name(), client);
        self.clients.insert(client, username);
    }

    /// Removes `client`, if it is there, and frees its username, which is returned.
    fn vacate(&mut self, client: ClientId) -> Option<Username> {
        let username = self.clients.remove(&client)?;
        self.usernames.remove(username.name());
        Some(username)
    }
}

//! The reference: what each step of a session must cause, said as simply as it can be said. Flat
//! lists, linear scans, no index; it shares no code with the machine and never reads what was typed.
//!
//! It says what clients see as text, so that it checks the renderer too. Only the texts of help are
//! taken from the product, where a test of their own shows them.

use chinwag::chat::{Cause, ClientId, Event, Message, Signal, Verb};
use chinwag::wire::render;

use crate::pools::{NAMES, ROOMS, Shown};
use crate::{Action, Meaning};

/// What one step caused: text for clients, in order, and connections to close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// To whom, and the bytes.
    pub sent: Vec<(ClientId, String)>,
    /// Whose connection is closed.
    pub closed: Vec<ClientId>,
}

impl Told {
    /// All that one client is sent.
    #[must_use]
    pub fn to(&self, client: ClientId) -> String {
        let own = self.sent.iter().filter(|(to, _)| *to == client);
        own.map(|(_, text)| text.as_str()).collect()
    }
}

/// Who is there, in the order in which they came, and in which room.
#[derive(Clone, Debug, Default)]
pub struct Model {
    here: Vec<(ClientId, Name, Room)>,
    gone: Vec<ClientId>,
    next_client: u64,
    next_anonymous: u64,
    /// The rooms that have a topic, and it.
    topics: Vec<(Room, String)>,
    rooms_created: u64,
}

/// A room is the name in the pool that it was created under.
type Room = usize;
const LOBBY: Room = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Anonymous(u64),
    Pool(usize),
}

impl Name {
    fn shown(self) -> String {
        match self {
            Self::Anonymous(number) => format!("anonymous{number}"),
            Self::Pool(index) => shown(index).name.to_owned(),
        }
    }

    /// Whether someone who types `typed` means this name.
    fn is_meant_by(self, typed: &str) -> bool {
        match self {
            Self::Anonymous(_) => typed == self.shown(),
            Self::Pool(index) => NAMES.iter().any(|name| {
                name.outcome.as_ref().is_ok_and(|other| {
                    (typed == name.typed || typed == other.name)
                        && other.folded == shown(index).folded
                })
            }),
        }
    }

    fn clashes_with(self, other: usize) -> bool {
        match self {
            Self::Anonymous(_) => false,
            Self::Pool(index) => {
                shown(index).looks.iter().any(|look| shown(other).looks.contains(look))
            }
        }
    }
}

fn shown(index: usize) -> &'static Shown {
    NAMES[index].outcome.as_ref().expect("only names that can be had are held")
}

impl Model {
    /// Who is there.
    #[must_use]
    pub fn present(&self) -> Vec<ClientId> {
        self.here.iter().map(|(client, ..)| *client).collect()
    }

    /// Who has been there.
    #[must_use]
    pub fn departed(&self) -> &[ClientId] {
        &self.gone
    }

    /// An id that nobody has had.
    #[must_use]
    pub fn newcomer(&self) -> ClientId {
        ClientId(self.next_client)
    }

    /// The names of those who are there, as shown, in the order of [`Self::present`].
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.here.iter().map(|(_, name, _)| name.shown()).collect()
    }

    /// The name of someone who is there, as shown.
    #[must_use]
    pub fn name_of(&self, client: ClientId) -> String {
        self.of(client).1.shown()
    }

    /// Who is in the room with a client, and itself.
    #[must_use]
    pub fn roommates(&self, client: ClientId) -> Vec<ClientId> {
        self.members(self.of(client).2).into_iter().map(|(client, _)| client).collect()
    }

    /// How many rooms there have been, beside the lobby.
    #[must_use]
    pub fn rooms_created(&self) -> u64 {
        self.rooms_created
    }

    fn of(&self, client: ClientId) -> &(ClientId, Name, Room) {
        self.here.iter().find(|(other, ..)| *other == client).expect("is there")
    }

    fn members(&self, room: Room) -> Vec<(ClientId, String)> {
        let members = self.here.iter().filter(|(_, _, other)| *other == room);
        members.map(|(client, name, _)| (*client, name.shown())).collect()
    }

    /// All rooms, the lobby first.
    fn rooms(&self) -> Vec<Room> {
        let mut rooms: Vec<Room> = self.here.iter().map(|(_, _, room)| *room).collect();
        rooms.push(LOBBY);
        rooms.sort_by_key(|room| (*room != LOBBY, room_name(*room)));
        rooms.dedup();
        rooms
    }

    fn topic(&self, room: Room) -> Option<&str> {
        self.topics.iter().find(|(other, _)| *other == room).map(|(_, topic)| topic.as_str())
    }

    /// Who would be whispered to by someone who types this name.
    #[must_use]
    pub fn holder(&self, typed: &str) -> Option<ClientId> {
        self.here.iter().find(|(_, name, _)| name.is_meant_by(typed)).map(|(client, ..)| *client)
    }

    /// Does what the action means, and says what it must cause.
    pub fn apply(&mut self, action: &Action) -> Told {
        match action.event {
            _ if action.meaning == Meaning::Nothing => Told::default(),
            Event::Connect { client } => self.connect(client),
            Event::Shutdown => self.shut_down(),
            Event::Line { client, .. }
            | Event::Disconnect { client, .. }
            | Event::Signal { client, .. } => self.act(client, &action.meaning),
        }
    }

    fn connect(&mut self, client: ClientId) -> Told {
        let name = Name::Anonymous(self.next_anonymous);
        self.next_client += 1;
        self.next_anonymous += 1;
        self.here.push((client, name, LOBBY));
        let mut told = Told::default();
        told.sent.push((client, rendered(&Message::Welcome)));
        self.tell(LOBBY, &mut told, None, &format!(" * [{}] has connected", name.shown()));
        told
    }

    fn shut_down(&mut self) -> Told {
        let mut told = Told::default();
        for client in self.present() {
            told.sent.push((client, " * the server is shutting down\r\n".to_owned()));
        }
        self.topics.clear();
        told.closed = self.present();
        self.gone.append(&mut self.present());
        self.here.clear();
        told
    }

    #[expect(clippy::too_many_lines, reason = "a few lines for each meaning")]
    fn act(&mut self, client: ClientId, meaning: &Meaning) -> Told {
        let (name, room) = (self.name_of(client), self.of(client).2);
        let mut told = Told::default();
        let mut answer = |text: String| told.sent.push((client, text + "\r\n"));
        match meaning {
            Meaning::Say { text, .. } => {
                self.tell(room, &mut told, Some(client), &format!("[{name}]> {text}"));
            }
            Meaning::Rename { name: wanted } => match self.refuse_name(client, *wanted) {
                Some(why) => {
                    let typed = NAMES[*wanted].typed;
                    answer(format!(" * {name} failed to change username to \"{typed}\" ({why})"));
                }
                None => {
                    self.here.iter_mut().find(|(other, ..)| *other == client).unwrap().1 =
                        Name::Pool(*wanted);
                    let new = shown(*wanted).name;
                    let notice = format!(" * {name} changed username to [{new}]");
                    self.tell(room, &mut told, None, &notice);
                }
            },
            Meaning::Whisper { to, text, .. } => match self.holder(to) {
                Some(addressee) => {
                    told.sent.push((addressee, format!("[{name}] whispers> {text}\r\n")));
                }
                None => {
                    answer(format!(" * \"{to}\" is unknown user (type /list to see who is here)"));
                }
            },
            Meaning::List => {
                answer(self.list(room));
            }
            Meaning::Help { about } => {
                let verb = about.map(|word| Verb::find(word).expect("a command of the pool"));
                told.sent.push((client, rendered(&Message::Help(verb))));
            }
            Meaning::Misuse { usage } => answer(format!(" * usage: {usage}")),
            Meaning::Unknown { word } => answer(format!(
                " * {name} issued unrecognised command \"{word}\" (type /help to see them all)"
            )),
            Meaning::Overlong | Meaning::Signal(Signal::Overlong) => answer(
                " * that line is too long and was thrown away (at most 2048 bytes)".to_owned(),
            ),
            Meaning::Signal(Signal::Interrupt) => answer(" * to leave, type /bye".to_owned()),
            Meaning::Signal(Signal::AreYouThere) => {
                answer(" * yes, the chat is still here".to_owned());
            }
            Meaning::Bye => {
                self.leave(client, "", &mut told);
                told.closed.push(client);
            }
            Meaning::Disconnect(cause) => {
                let why = match cause {
                    Cause::Closed => "",
                    Cause::Lost => " (connection lost)",
                    Cause::Slow => " (too slow to read)",
                };
                self.leave(client, why, &mut told);
            }
            Meaning::Join { room } => self.move_to(client, *room, &mut told),
            Meaning::Leave => self.move_to(client, LOBBY, &mut told),
            Meaning::Rooms => {
                for room in self.rooms() {
                    let (name, count) = (room_name(room), self.members(room).len());
                    let topic = self.topic(room).map(|topic| format!(" Topic: {topic}"));
                    let topic = topic.unwrap_or_default();
                    answer(format!(" * [{name}] Total:[{count}]{topic}"));
                }
            }
            Meaning::Topic { text: None } => answer(match self.topic(room) {
                Some(topic) => format!(" * the topic of [{}] is: {topic}", room_name(room)),
                None => format!(" * [{}] has no topic", room_name(room)),
            }),
            Meaning::Topic { .. } if room == LOBBY => {
                answer(" * not in the lobby: /join a room of your own first".to_owned());
            }
            Meaning::Topic { text: Some(text) } => {
                self.topics.retain(|(other, _)| *other != room);
                self.topics.push((room, text.clone()));
                let notice = format!(" * {name} set the topic to: {text}");
                self.tell(room, &mut told, None, &notice);
            }
            Meaning::ListAll => {
                for room in self.rooms() {
                    answer(format!(" * [{}] {}", room_name(room), self.list(room)));
                }
                answer(format!(" * Total:[{}]", self.here.len()));
            }
            Meaning::Nothing | Meaning::Connect | Meaning::Shutdown => {}
        }
        told
    }

    fn leave(&mut self, client: ClientId, why: &str, told: &mut Told) {
        let (name, room) = (self.name_of(client), self.of(client).2);
        self.here.retain(|(other, ..)| *other != client);
        self.gone.push(client);
        self.end_if_empty(room);
        self.tell(room, told, None, &format!(" * [{name}] has disconnected{why}"));
    }

    fn end_if_empty(&mut self, room: Room) {
        if self.members(room).is_empty() {
            self.topics.retain(|(other, _)| *other != room);
        }
    }

    fn move_to(&mut self, client: ClientId, wanted: Room, told: &mut Told) {
        let (name, from) = (self.name_of(client), self.of(client).2);
        let mut refuse = |why: String| told.sent.push((client, format!("{why}\r\n")));
        let typed = ROOMS[wanted].typed;
        let failed = format!(" * {name} failed to join \"{typed}\"");
        let rooms = self.rooms();
        let new = match &ROOMS[wanted].outcome {
            Ok(new) => new,
            Err(why) => return refuse(format!("{failed} ({why})")),
        };
        let known = rooms.iter().find(|room| shown_room(**room).folded == new.folded);
        if known == Some(&from) {
            return refuse(format!(" * you are in [{}] already", room_name(from)));
        }
        let is_alike = |room: &Room| shown_room(*room).looks.iter().any(|l| new.looks.contains(l));
        if known.is_none() && rooms.iter().any(is_alike) {
            return refuse(format!("{failed} (it looks too much like another room's name)"));
        }
        let to = known.copied().unwrap_or(wanted);
        self.rooms_created += u64::from(known.is_none());
        self.here.iter_mut().find(|(other, ..)| *other == client).unwrap().2 = to;
        self.end_if_empty(from);
        self.tell(from, told, None, &format!(" * [{name}] has left the room"));
        let topic = self.topic(to).map(|topic| format!(", topic: {topic}")).unwrap_or_default();
        told.sent.push((client, format!(" * you are in [{}]{topic}\r\n", room_name(to))));
        self.tell(to, told, None, &format!(" * [{name}] has joined the room"));
    }

    fn list(&self, room: Room) -> String {
        let mut names: Vec<String> = self.members(room).into_iter().map(|(_, name)| name).collect();
        names.sort();
        format!("UserList:{{{}}} Total:[{}]", names.join(", "), names.len())
    }

    /// Why `client` cannot have a name of the pool.
    fn refuse_name(&self, client: ClientId, wanted: usize) -> Option<&'static str> {
        match &NAMES[wanted].outcome {
            Err(why) => Some(why),
            Ok(new) if new.name == self.name_of(client) => Some("it is yours already"),
            Ok(_) => {
                let others = self.here.iter().filter(|(other, ..)| *other != client);
                let is_taken =
                    others.map(|(_, name, _)| name).any(|name| name.clashes_with(wanted));
                is_taken.then_some("taken, or looks too much like another's")
            }
        }
    }

    fn tell(&self, room: Room, told: &mut Told, except: Option<ClientId>, line: &str) {
        for (client, _) in self.members(room) {
            if Some(client) != except {
                told.sent.push((client, format!("{line}\r\n")));
            }
        }
    }
}

fn shown_room(room: Room) -> &'static Shown {
    ROOMS[room].outcome.as_ref().expect("only names that can be had are held")
}

fn room_name(room: Room) -> &'static str {
    shown_room(room).name
}

fn rendered(message: &Message) -> String {
    let mut text = String::new();
    render(message, &mut text);
    text
}

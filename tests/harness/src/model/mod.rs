//! The reference: what each step of a session must cause, said as simply as it can be said. Flat
//! lists, linear scans, no index; it shares no code with the machine and never reads what was typed.
//!
//! It says what clients see as text, so that it checks the renderer too. Only the texts of help are
//! taken from the product, where a test of their own shows them.

use std::rc::Rc;

use chinwag::chat::{Cause, ClientId, Event, Message, Signal, Timestamp, Verb};
use chinwag::wire::render;

use self::name::{Name, shown};
use self::people::is_away;
use self::room::{LOBBY, Room, room_name};
use crate::pools::NAMES;
use crate::{Action, Meaning};

mod name;
mod outline;
mod people;
mod room;

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

/// Who is there, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// Whether rooms remember nothing.
    is_forgetful: bool,
    here: Vec<Person>,
    next_client: u64,
    next_anonymous: u64,
    /// The rooms that have a topic, and it.
    topics: Vec<(Room, String)>,
    /// The rooms that have a topic set in private, and it.
    private_topics: Vec<(Room, String)>,
    /// The rooms that are private.
    private: Vec<Room>,
    /// What was said where, when and by whom, as it is shown; the oldest first. Copies share it.
    history: Vec<Rc<Heard>>,
    rooms_created: u64,
    /// What the present step causes.
    told: Told,
}

/// Something that was said in a room, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Heard {
    room: Room,
    is_private: bool,
    at: u64,
    from: ClientId,
    line: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Person {
    id: ClientId,
    name: Name,
    room: Room,
    /// When it connected, and when it last said or did something in a public room.
    times: [u64; 2],
    /// When it last did in the private room that it is in.
    spoke_in_private: Option<u64>,
    invited_to: Vec<Room>,
    away: Option<String>,
    /// Who whispered to it last, and under which name.
    whisperer: Option<(ClientId, String)>,
    ignores: Vec<ClientId>,
    notices: bool,
}

impl Model {
    /// A model with nobody in it, of a chat without history.
    #[must_use]
    pub fn forgetful() -> Self {
        Self { is_forgetful: true, ..Self::default() }
    }

    /// Who is there.
    #[must_use]
    pub fn present(&self) -> Vec<ClientId> {
        self.here.iter().map(|person| person.id).collect()
    }

    /// Who has been there, ascending.
    #[must_use]
    pub fn departed(&self) -> Vec<ClientId> {
        let present = self.present();
        (0..self.next_client).map(ClientId).filter(|client| !present.contains(client)).collect()
    }

    /// An id that nobody has had.
    #[must_use]
    pub fn newcomer(&self) -> ClientId {
        ClientId(self.next_client)
    }

    /// The names of those who are there, as shown, in the order of [`Self::present`].
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.here.iter().map(|person| person.name.shown()).collect()
    }

    /// The name of someone who is there, as shown.
    #[must_use]
    pub fn name_of(&self, client: ClientId) -> String {
        self.person(client).name.shown()
    }

    /// How many rooms there have been, beside the lobby.
    #[must_use]
    pub fn rooms_created(&self) -> u64 {
        self.rooms_created
    }

    fn person(&self, client: ClientId) -> &Person {
        self.here.iter().find(|person| person.id == client).expect("is there")
    }

    fn person_mut(&mut self, client: ClientId) -> &mut Person {
        self.here.iter_mut().find(|person| person.id == client).expect("is there")
    }

    /// Does what the action means, and says what it must cause.
    pub fn apply(&mut self, action: &Action) -> Told {
        self.told = Told::default();
        match action.event {
            _ if action.meaning == Meaning::Nothing => {}
            Event::Connect { client } => self.connect(action.at, client),
            Event::Shutdown => self.shut_down(),
            Event::Line { client, .. }
            | Event::Disconnect { client, .. }
            | Event::Signal { client, .. } => self.act(action.at, client, &action.meaning),
        }
        std::mem::take(&mut self.told)
    }

    fn connect(&mut self, Timestamp(at): Timestamp, id: ClientId) {
        let name = Name::Anonymous(self.next_anonymous);
        self.next_client += 1;
        self.next_anonymous += 1;
        self.here.push(Person {
            id,
            name,
            room: LOBBY,
            times: [at; 2],
            spoke_in_private: None,
            invited_to: vec![],
            away: None,
            whisperer: None,
            ignores: vec![],
            notices: true,
        });
        self.told.sent.push((id, rendered(&Message::Welcome)));
        self.show_recent(id);
        self.tell(LOBBY, &format!(" * [{}] has connected", name.shown()), |p| p.notices);
    }

    fn shut_down(&mut self) {
        for client in self.present() {
            self.tell_one(client, " * the server is shutting down".to_owned());
        }
        self.topics.clear();
        self.private.clear();
        self.private_topics.clear();
        self.history.retain(|heard| heard.room == LOBBY);
        self.told.closed = self.present();
        self.here.clear();
    }

    #[expect(clippy::too_many_lines, reason = "a few lines for each meaning")]
    fn act(&mut self, Timestamp(at): Timestamp, client: ClientId, meaning: &Meaning) {
        let (name, room) = (self.name_of(client), self.person(client).room);
        let sees = |person: &Person| !person.ignores.contains(&client);
        let answer = match meaning {
            Meaning::Say { text, .. } => {
                return self.speak(at, client, &format!("[{name}]> {text}"));
            }
            Meaning::Act { text, .. } => {
                return self.speak(at, client, &format!(" ~ {name} {text}"));
            }
            Meaning::Rename { name: wanted } => match self.refuse_name(client, *wanted) {
                Some(why) => {
                    let typed = NAMES[*wanted].typed;
                    format!(" * {name} failed to change username to \"{typed}\" ({why})")
                }
                None => {
                    self.person_mut(client).name = Name::Pool(*wanted);
                    let new = shown(*wanted).name;
                    let notice = format!(" * {name} changed username to [{new}]");
                    return self.tell(room, &notice, sees);
                }
            },
            Meaning::Whisper { text, to, .. } => match self.addressee(client, meaning) {
                Some(addressee) => return self.whisper(client, addressee, text),
                None => unknown_user(to),
            },
            Meaning::Reply { text, .. } => {
                match (self.addressee(client, meaning), &self.person(client).whisperer) {
                    (Some(addressee), _) => return self.whisper(client, addressee, text),
                    (None, Some((_, name))) => format!(" * [{name}] has gone"),
                    (None, None) => " * nobody has whispered to you yet".to_owned(),
                }
            }
            Meaning::List => {
                let away = self.members(room).into_iter().filter(|person| person.away.is_some());
                let away = listed(away.collect());
                let away = if away == "{}" { String::new() } else { format!(" Away:{away}") };
                format!("{}{away}", self.list(room))
            }
            Meaning::Help { about } => {
                let verb = about.map(|word| Verb::find(word).expect("a command of the pool"));
                return self.told.sent.push((client, rendered(&Message::Help(verb))));
            }
            Meaning::Misuse { usage } => format!(" * usage: {usage}"),
            Meaning::Unknown { word } => format!(
                " * {name} issued unrecognised command \"{word}\" (type /help to see them all)"
            ),
            Meaning::Overlong | Meaning::Signal(Signal::Overlong) => {
                " * that line is too long and was thrown away (at most 2048 bytes)".to_owned()
            }
            Meaning::Signal(Signal::Interrupt) => " * to leave, type /bye".to_owned(),
            Meaning::Signal(Signal::AreYouThere) => " * yes, the chat is still here".to_owned(),
            Meaning::Bye => {
                self.told.closed.push(client);
                return self.leave(client, "");
            }
            Meaning::Disconnect(Cause::Closed) => return self.leave(client, ""),
            Meaning::Disconnect(Cause::Lost) => return self.leave(client, " (connection lost)"),
            Meaning::Disconnect(Cause::Slow) => return self.leave(client, " (too slow to read)"),
            Meaning::Join { room } => return self.move_to(client, *room),
            Meaning::Leave => return self.move_to(client, LOBBY),
            Meaning::Rooms => {
                let room = |room: &Room| {
                    let topic = self.topic(*room).map(|topic| format!(" Topic: {topic}"));
                    let (name, count) = (room_name(*room), self.members(*room).len());
                    let private = if self.private.contains(room) { " (private)" } else { "" };
                    format!(" * [{name}]{private} Total:[{count}]{}", topic.unwrap_or_default())
                };
                self.rooms_open_to(client).iter().map(room).collect::<Vec<_>>().join("\r\n")
            }
            Meaning::Topic { text: None } => match self.topic(room) {
                Some(topic) => format!(" * the topic of [{}] is: {topic}", room_name(room)),
                None => format!(" * [{}] has no topic", room_name(room)),
            },
            Meaning::Topic { .. } if room == LOBBY => {
                " * not in the lobby: /join a room of your own first".to_owned()
            }
            Meaning::Topic { text: Some(text) } => {
                let is_private = self.private.contains(&room);
                let topics = if is_private { &mut self.private_topics } else { &mut self.topics };
                topics.retain(|(other, _)| *other != room);
                topics.push((room, text.clone()));
                return self.tell(room, &format!(" * {name} set the topic to: {text}"), sees);
            }
            Meaning::ListAll => {
                let room =
                    |room: &Room| format!(" * [{}] {}\r\n", room_name(*room), self.list(*room));
                let open = self.rooms_open_to(client);
                let rooms: String = open.iter().map(room).collect();
                let users = self.here.iter().filter(|person| open.contains(&person.room)).count();
                format!("{rooms} * Total:[{users}]")
            }
            Meaning::Whois { name } => match self.holder(name) {
                Some(other) => self.whois(at, client, other),
                None => unknown_user(name),
            },
            Meaning::Away { text } => {
                self.person_mut(client).away = Some(text.clone());
                format!(" * you are {}", is_away(text))
            }
            Meaning::Ignore { name: typed } => match self.holder(typed) {
                None => unknown_user(typed),
                Some(other) if other == client => " * you cannot ignore yourself".to_owned(),
                Some(other) if self.ignores(client, other) => {
                    format!(" * you ignore \"{typed}\" already")
                }
                Some(other) => {
                    self.person_mut(client).ignores.push(other);
                    format!(" * you see no more of what [{}] says and does", self.name_of(other))
                }
            },
            Meaning::Unignore { name: typed } => match self.holder(typed) {
                None => unknown_user(typed),
                Some(other) if !self.ignores(client, other) => {
                    format!(" * you do not ignore \"{typed}\"")
                }
                Some(other) => {
                    self.person_mut(client).ignores.retain(|ignored| *ignored != other);
                    format!(" * you see again what [{}] says and does", self.name_of(other))
                }
            },
            Meaning::Ignored => {
                let ignores = &self.person(client).ignores;
                match listed(ignores.iter().map(|other| self.person(*other)).collect()).as_str() {
                    "{}" => " * you ignore nobody".to_owned(),
                    names => format!(" * you ignore {names}"),
                }
            }
            Meaning::Notices { on } => {
                self.person_mut(client).notices = *on;
                let no_longer = if *on { "" } else { "no longer " };
                format!(" * you are {no_longer}told who comes and goes")
            }
            Meaning::History { .. } if self.is_forgetful => {
                " * nothing is remembered here".to_owned()
            }
            Meaning::History { count } => return self.show_history(client, *count),
            Meaning::Private | Meaning::Public | Meaning::Invite { .. } if room == LOBBY => {
                " * not in the lobby: /join a room of your own first".to_owned()
            }
            Meaning::Private if self.private.contains(&room) => {
                " * the room is private already".to_owned()
            }
            Meaning::Private => {
                self.private.push(room);
                let notice = format!(" * {name} made the room private: one needs an /invite now");
                return self.tell(room, &notice, |_| true);
            }
            Meaning::Public if !self.private.contains(&room) => {
                " * the room is public already".to_owned()
            }
            Meaning::Public => {
                self.private.retain(|other| *other != room);
                self.history.retain(|heard| heard.room != room || !heard.is_private);
                self.private_topics.retain(|(other, _)| *other != room);
                let notice = format!(" * {name} made the room public: anyone may join it now");
                self.tell(room, &notice, |_| true);
                let mates = self.roommates(client).into_iter();
                return mates.for_each(|mate| self.end_private_stay(mate));
            }
            Meaning::Invite { name: typed } => match self.holder(typed) {
                None => unknown_user(typed),
                Some(other) if self.person(other).room == room => {
                    format!(" * \"{typed}\" is here already")
                }
                Some(other) if self.person(other).invited_to.contains(&room) => {
                    format!(" * \"{typed}\" is invited already")
                }
                Some(other) => {
                    self.person_mut(other).invited_to.push(room);
                    let room = room_name(room);
                    self.tell_one(client, format!(" * [{}] is invited", self.name_of(other)));
                    if !self.ignores(other, client) {
                        let line =
                            format!(" * [{name}] invites you to [{room}]: type /join {room}");
                        self.tell_one(other, line);
                    }
                    return;
                }
            },
            Meaning::Nothing | Meaning::Connect | Meaning::Shutdown => return,
        };
        self.tell_one(client, answer);
    }

    fn tell_one(&mut self, client: ClientId, line: String) {
        self.told.sent.push((client, line + "\r\n"));
    }

    fn tell(&mut self, room: Room, line: &str, sees: impl Fn(&Person) -> bool) {
        let audience = self.here.iter().filter(|person| person.room == room && sees(person));
        for client in audience.map(|person| person.id).collect::<Vec<_>>() {
            self.tell_one(client, line.to_owned());
        }
    }
}

fn listed(people: Vec<&Person>) -> String {
    let mut names: Vec<String> = people.iter().map(|person| person.name.shown()).collect();
    names.sort();
    format!("{{{}}}", names.join(", "))
}

fn unknown_user(typed: &str) -> String {
    format!(" * \"{typed}\" is unknown user (type /list to see who is here)")
}

fn rendered(message: &Message) -> String {
    let mut text = String::new();
    render(message, &mut text);
    text
}

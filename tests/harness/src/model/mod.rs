//! The reference: what each step of a session must cause, said as simply as it can be said. Flat
//! lists, linear scans, no index; it shares no code with the machine and never reads what was typed.
//!
//! It says what clients see as text, so that it checks the renderer too. Only the texts of help are
//! taken from the product, where a test of their own shows them.
//!
//! Not here: which names are the same or look alike (`pools`); what follows from the state (`views`).

use std::rc::Rc;

use chinwag::chat::{self, Cause, ClientId, Event, Limits, Message, Timestamp, Verb};
use chinwag::wire::render;

use crate::pools::{NAMES, PoolName, ROOMS, are_alike, folded};
use crate::{Action, Meaning, Told};

mod outline;
mod views;

/// A room is its name.
type Room = &'static str;

const LOBBY: Room = "lobby";

/// Who is there, and what rooms remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Model {
    pub limits: Limits,
    /// In the order in which they came.
    pub people: Vec<Person>,
    pub connects: u64,
    pub rooms_created: u64,
    private: Vec<Room>,
    /// Where, whether set in private, and what; the last one of a room hides the other.
    topics: Vec<(Room, bool, String)>,
    /// What was said: where, whether in private, by whom, and as it is shown. Copies of the model share it.
    history: Vec<(Room, bool, ClientId, Rc<str>)>,
    /// What the present step causes.
    told: Told,
}

/// Someone who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Person {
    pub id: ClientId,
    pub name: String,
    room: Room,
    connected: u64,
    /// When it last spoke in public, or else connected.
    spoke: u64,
    /// When it last spoke in the private room that it is in.
    spoke_in_private: Option<u64>,
    invited_to: Vec<Room>,
    /// As it is shown.
    away: Option<String>,
    /// Who whispered to it last, and under which name.
    pub whisperer: Option<(ClientId, String)>,
    pub ignores: Vec<ClientId>,
    /// Whether it is told who comes and goes.
    pub notices: bool,
}

impl Model {
    /// Does what the action means, and says what it must cause.
    pub fn apply(&mut self, action: &Action) -> Told {
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
        let name = format!("anonymous{}", self.connects);
        self.people.push(Person {
            id,
            name: name.clone(),
            room: LOBBY,
            connected: at,
            spoke: at,
            spoke_in_private: None,
            invited_to: vec![],
            away: None,
            whisperer: None,
            ignores: vec![],
            notices: true,
        });
        self.connects += 1;
        self.show(id, &Message::Welcome);
        self.tell(id, &format!(" * you are [{name}]; to change that, type /username NAME"));
        self.tell(id, &self.introduction(id));
        self.show_recent(id);
        self.tell_room(LOBBY, &format!(" * [{name}] has connected"), |p| p.notices);
    }

    fn shut_down(&mut self) {
        for person in std::mem::take(&mut self.people) {
            self.tell(person.id, " * the server is shutting down");
            self.told.closed.push(person.id);
        }
        self.end_empty_rooms();
    }

    #[expect(clippy::too_many_lines, reason = "a few lines for each meaning")]
    fn act(&mut self, Timestamp(at): Timestamp, id: ClientId, meaning: &Meaning) {
        use Meaning::*;
        let me = self.person(id).clone();
        let (name, room, is_private) = (&me.name, me.room, self.private.contains(&me.room));
        let governs = matches!(meaning, Topic { text: Some(_) } | Private | Public | Invite { .. });
        if room == LOBBY && governs {
            return self.tell(id, " * not in the lobby: /join a room of your own first");
        }
        let Some(other) = self.addressee(id, meaning).cloned() else {
            let refusal = match (meaning.name(), &me.whisperer) {
                (None, None) => " * nobody has whispered to you yet".into(),
                (None, Some((_, name))) => format!(" * [{name}] has gone"),
                (Some(name), _) => {
                    format!(" * \"{name}\" is unknown user (type /list to see who is here)")
                }
            };
            return self.tell(id, &refusal);
        };
        let (whom, is_open) = (&other.name, self.may_know(&me, other.room));
        let is_ignored = me.ignores.contains(&other.id);
        let is_invited = other.invited_to.contains(&room);
        let sees = |person: &Person| !person.ignores.contains(&id);
        let rooms = || self.rooms().into_iter().filter(|room| self.may_know(&me, room));
        let answer = match meaning {
            Nothing | Connect | Shutdown => return,
            Say { text, .. } => return self.speak(at, &me, &format!("[{name}]> {text}")),
            Act { text, .. } => return self.speak(at, &me, &format!(" ~ {name} {text}")),
            Whisper { text, .. } | Reply { text, .. } => {
                if sees(&other) {
                    self.person_mut(other.id).whisperer = Some((id, name.clone()));
                    self.tell(other.id, &format!("[{name}] whispers> {text}"));
                }
                match &other.away {
                    Some(away) if is_open => format!(" * [{whom}] is {away}"),
                    _ => return,
                }
            }
            Rename { name: wanted } => {
                let PoolName { typed, outcome } = &NAMES[*wanted];
                let is_like = |p: &Person| p.id != id && are_alike(&NAMES, &p.name, typed);
                let why = match outcome {
                    Err(why) => why,
                    Ok(new) if new.name == name => "it is yours already",
                    _ if self.people.iter().any(is_like) => {
                        "taken, or looks too much like another's"
                    }
                    Ok(new) => {
                        self.person_mut(id).name = new.name.to_owned();
                        let line = format!(" * {name} changed username to [{}]", new.name);
                        return self.tell_room(room, &line, sees);
                    }
                };
                format!(" * {name} failed to change username to \"{typed}\" ({why})")
            }
            Join { room } => return self.join(&me, &ROOMS[*room]),
            Leave => return self.move_to(&me, LOBBY),
            Bye => {
                self.told.closed.push(id);
                return self.leave(&me, "");
            }
            Disconnect(Cause::Closed) => return self.leave(&me, ""),
            Disconnect(Cause::Lost) => return self.leave(&me, " (connection lost)"),
            Disconnect(Cause::Slow) => return self.leave(&me, " (too slow to read)"),
            List => match self.names(|p| p.room == room && p.away.is_some()).as_str() {
                "{}" => self.list(room),
                away => format!("{} Away:{away}", self.list(room)),
            },
            ListAll => {
                let lists = rooms().map(|room| format!(" * [{room}] {}\r\n", self.list(room)));
                let users: usize = rooms().map(|room| self.members(room).len()).sum();
                format!("{} * Total:[{users}]", lists.collect::<String>())
            }
            Rooms => {
                let line = |room: Room| {
                    let (shown, count) = (self.shown(room), self.members(room).len());
                    format!(" * {shown} Total:[{count}]{}", self.topic(room, " Topic: "))
                };
                rooms().map(line).collect::<Vec<_>>().join("\r\n")
            }
            Topic { text: None } => match self.topic(room, "").as_str() {
                "" => format!(" * [{room}] has no topic"),
                topic => format!(" * the topic of [{room}] is: {topic}"),
            },
            Topic { text: Some(text) } => {
                self.topics.retain(|(of, private, _)| (*of, *private) != (room, is_private));
                self.topics.push((room, is_private, text.clone()));
                return self.tell_room(room, &format!(" * {name} set the topic to: {text}"), sees);
            }
            Private if is_private => " * the room is private already".into(),
            Private => {
                self.private.push(room);
                let line = format!(" * {name} made the room private: one needs an /invite now");
                return self.tell_room(room, &line, |_| true);
            }
            Public if !is_private => " * the room is public already".into(),
            Public => {
                self.private.retain(|other| *other != room);
                self.topics.retain(|(of, in_private, _)| *of != room || !in_private);
                self.history.retain(|(of, in_private, ..)| *of != room || !in_private);
                let line = format!(" * {name} made the room public: anyone may join it now");
                self.tell_room(room, &line, |_| true);
                return self.members(room).into_iter().for_each(|id| self.end_private_stay(id));
            }
            Invite { name } if other.room == room => format!(" * \"{name}\" is here already"),
            Invite { name } if is_invited => format!(" * \"{name}\" is invited already"),
            Invite { .. } => {
                let most = self.limits.invitations;
                let invited_to = &mut self.person_mut(other.id).invited_to;
                invited_to.push(room);
                invited_to.drain(..invited_to.len().saturating_sub(most));
                self.tell(id, &format!(" * [{whom}] is invited"));
                let line = format!(" * [{name}] invites you to [{room}]: type /join {room}");
                return self.tell_room(other.room, &line, |p| p.id == other.id && sees(p));
            }
            Whois { .. } => {
                let spoke = other.spoke_in_private.unwrap_or(other.spoke);
                let [connected, silent] =
                    [other.connected, spoke].map(|then| views::span(at - then));
                let away = other.away.as_ref().map_or(String::new(), |away| format!(", {away}"));
                let (place, presence) = match is_open {
                    true => (format!("[{}]", other.room), format!(", silent for {silent}{away}")),
                    false => ("(private)".into(), String::new()),
                };
                format!(" * [{whom}] is in {place}, connected for {connected}{presence}")
            }
            Away { text } => {
                let away = if text.is_empty() { "away".into() } else { format!("away: {text}") };
                self.person_mut(id).away = Some(away.clone());
                format!(" * you are {away}")
            }
            Ignore { .. } if other.id == id => " * you cannot ignore yourself".into(),
            Ignore { name } if is_ignored => format!(" * you ignore \"{name}\" already"),
            Ignore { .. } if me.ignores.len() == self.limits.ignored => {
                let most = me.ignores.len();
                format!(" * you ignore {most} users, and can ignore no more (see /unignore)")
            }
            Ignore { .. } => {
                self.person_mut(id).ignores.push(other.id);
                format!(" * you see no more of what [{whom}] says and does")
            }
            Unignore { name } if !is_ignored => format!(" * you do not ignore \"{name}\""),
            Unignore { .. } => {
                self.person_mut(id).ignores.retain(|ignored| *ignored != other.id);
                format!(" * you see again what [{whom}] says and does")
            }
            Ignored => match self.names(|p| me.ignores.contains(&p.id)).as_str() {
                "{}" => " * you ignore nobody".into(),
                names => format!(" * you ignore {names}"),
            },
            Notices { on } => {
                self.person_mut(id).notices = *on;
                format!(" * you are {}told who comes and goes", if *on { "" } else { "no longer " })
            }
            History { count } => match self.recall(&me, *count) {
                Some(lines) => lines,
                None if self.limits.history_lines == 0 => " * nothing is remembered here".into(),
                None => format!(" | nothing is remembered of [{room}]"),
            },
            Help { about } => return self.show(id, &Message::Help(about.and_then(Verb::find))),
            Misuse { usage } => format!(" * usage: {usage}"),
            Unknown { word, advice } => {
                format!(" * {name} issued unrecognised command \"{word}\" ({advice})")
            }
            Answered { answer } => (*answer).into(),
            Overlong | Signal(chat::Signal::Overlong) => {
                " * that line is too long and was thrown away (at most 2048 bytes)".into()
            }
            Signal(chat::Signal::Interrupt) => " * to leave, type /bye".into(),
            Signal(chat::Signal::AreYouThere) => " * yes, the chat is still here".into(),
        };
        self.tell(id, &answer);
    }

    fn speak(&mut self, at: u64, me: &Person, line: &str) {
        let (is_private, speaker) = (self.private.contains(&me.room), self.person_mut(me.id));
        match is_private {
            true => speaker.spoke_in_private = Some(at),
            false => speaker.spoke = at,
        }
        // Sessions are shorter than a day, and begin with the epoch.
        let time = format!("1970-01-01 {:02}:{:02}", at / 3_600_000, at / 60_000 % 60);
        let heard = format!(" | {time} {}", line.trim_start());
        self.history.push((me.room, is_private, me.id, heard.into()));
        let lines = self.history.iter().filter(|heard| heard.0 == me.room).count();
        let oldest = self.history.iter().position(|heard| heard.0 == me.room);
        if let (Some(oldest), true) = (oldest, lines > self.limits.history_lines) {
            self.history.remove(oldest);
        }
        self.tell_room(me.room, line, |p| p.id != me.id && !p.ignores.contains(&me.id));
        self.be_back(me.id);
    }

    fn be_back(&mut self, id: ClientId) {
        if self.person_mut(id).away.take().is_some() {
            self.tell(id, " * you are no longer away");
        }
    }

    fn end_private_stay(&mut self, id: ClientId) {
        self.person_mut(id).spoke_in_private = None;
        self.be_back(id);
    }

    fn join(&mut self, me: &Person, PoolName { typed, outcome }: &PoolName) {
        let (rooms, name) = (self.rooms(), folded(&ROOMS, typed));
        let why = match (outcome, rooms.iter().find(|room| folded(&ROOMS, room) == name)) {
            (Err(why), _) => why,
            (_, Some(room)) if self.may_know(me, room) || me.invited_to.contains(room) => {
                return self.move_to(me, room);
            }
            (_, Some(room)) => {
                let line = format!(" * [{room}] is private: someone in it has to /invite you");
                return self.tell(me.id, &line);
            }
            (_, None) if rooms.iter().any(|room| are_alike(&ROOMS, room, typed)) => {
                "it looks too much like another room's name"
            }
            (Ok(_), None) if rooms.len() > self.limits.rooms => {
                let most = self.limits.rooms;
                let line =
                    format!(" * there are {most} rooms, and there can be no more (type /rooms)");
                return self.tell(me.id, &line);
            }
            (Ok(new), None) => {
                self.rooms_created += 1;
                return self.move_to(me, new.name);
            }
        };
        self.tell(me.id, &format!(" * you cannot join \"{typed}\" ({why})"));
    }

    fn move_to(&mut self, me: &Person, to: Room) {
        let (id, name, from, was_private) = (me.id, &me.name, me.room, self.is_in_private(me.id));
        if from == to {
            return self.tell(id, &format!(" * you are in [{to}] already"));
        }
        self.person_mut(id).room = to;
        self.person_mut(id).invited_to.retain(|room| *room != to);
        self.end_empty_rooms();
        self.tell_room(from, &format!(" * [{name}] has left the room"), |p| p.notices);
        self.tell(id, &self.arrival(id));
        self.show_recent(id);
        self.tell_room(to, &format!(" * [{name}] has joined the room"), |p| p.notices);
        if was_private {
            self.end_private_stay(id);
        }
    }

    fn show_recent(&mut self, id: ClientId) {
        if let Some(lines) = self.recall(self.person(id), self.limits.history_recent) {
            self.tell(id, &lines);
        }
    }

    fn leave(&mut self, Person { id, name, room, .. }: &Person, why: &str) {
        self.people.retain(|person| person.id != *id);
        self.people.iter_mut().for_each(|person| person.ignores.retain(|ignored| ignored != id));
        self.end_empty_rooms();
        self.tell_room(room, &format!(" * [{name}] has disconnected{why}"), |p| p.notices);
    }

    fn end_empty_rooms(&mut self) {
        let rooms = self.rooms();
        self.private.retain(|room| rooms.contains(room));
        self.topics.retain(|(room, ..)| rooms.contains(room));
        self.history.retain(|(room, ..)| rooms.contains(room));
        self.people.iter_mut().for_each(|p| p.invited_to.retain(|room| rooms.contains(room)));
    }

    fn person_mut(&mut self, id: ClientId) -> &mut Person {
        self.people.iter_mut().find(|person| person.id == id).expect("is there")
    }

    fn show(&mut self, to: ClientId, message: &Message) {
        let mut text = String::new();
        render(message, &mut text);
        self.told.sent.push((to, text));
    }

    fn tell(&mut self, to: ClientId, line: &str) {
        self.told.sent.push((to, format!("{line}\r\n")));
    }

    fn tell_room(&mut self, room: Room, line: &str, sees: impl Fn(&Person) -> bool) {
        for person in self.people.iter().filter(|person| person.room == room && sees(person)) {
            self.told.sent.push((person.id, format!("{line}\r\n")));
        }
    }
}

//! The reference: what each step of a session must cause, said as simply as it can be said. Flat
//! lists, linear scans, no index; it shares no code with the machine and never reads what was typed.
//!
//! It says what clients see as text, so that it checks the renderer too. Only the texts of help are
//! taken from the product, where a test of their own shows them.
//!
//! Not here: which names are the same or look alike (`name_pool`); what follows from the state (`views`).

use std::rc::Rc;

use chinwag::chat::{self, Cause, ClientId, Event, Limits, Message, Timestamp, Verb};
use chinwag::wire::render;

use crate::name_pool::{NAMES, PoolName, ROOMS, are_alike};
use crate::{Action, Intent, Told};

mod lists;
mod outline;
mod rooms;
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
    /// Where someone came or left, and whether it came, of which nobody has been told.
    unannounced: Vec<(Room, bool)>,
    /// Who was in a room when it became private, as long as it is.
    regulars: Vec<(Room, ClientId)>,
    /// Where, whether set in private, by whom, and what; the last one of a room hides the other.
    topics: Vec<(Room, bool, ClientId, String)>,
    history: Vec<Heard>,
    /// What the present step causes.
    told: Told,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Heard {
    room: Room,
    by: ClientId,
    is_private: bool,
    /// If it was said in private, and the room has been public since: for whom it still is.
    only_for: Option<Vec<ClientId>>,
    /// Who was in the room then and has not left it since; counts only what is said in private.
    witnesses: Vec<ClientId>,
    /// As it is shown. Copies of the model share it.
    line: Rc<str>,
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
    /// Who has been told of that.
    told: Vec<ClientId>,
    /// Whom it whispered to last, or else who whispered to it first, and under which name.
    pub partner: Option<(ClientId, String)>,
    /// Another one who has whispered since.
    pub interrupter: Option<(ClientId, String)>,
    pub ignores: Vec<ClientId>,
    /// Whether it is told who comes and goes.
    pub notices: bool,
}

impl Model {
    /// Does what the action means, and says what it must cause.
    pub fn apply(&mut self, action: &Action) -> Told {
        match action.event {
            _ if action.intent == Intent::Nothing => {}
            Event::Connect { client } => self.connect(action.at, client),
            Event::Shutdown => self.shut_down(),
            Event::Line { client, .. }
            | Event::Disconnect { client, .. }
            | Event::Signal { client, .. } => self.act(action.at, client, &action.intent),
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
            told: vec![],
            partner: None,
            interrupter: None,
            ignores: vec![],
            notices: true,
        });
        self.connects += 1;
        self.show(id, &Message::Welcome);
        self.tell(id, &format!(" * you are [{name}]; to change that, type /username NAME"));
        self.tell(id, &self.introduction(id));
        self.show_recent(id);
        self.tell_presence(LOBBY, id, true, &format!(" * [{name}] has connected"));
    }

    fn shut_down(&mut self) {
        for person in std::mem::take(&mut self.people) {
            self.tell(person.id, " * the server is shutting down");
            self.told.closed.push(person.id);
        }
        self.unannounced.clear();
        self.end_empty_rooms();
    }

    #[expect(clippy::too_many_lines, reason = "a few lines for each intent")]
    fn act(&mut self, Timestamp(at): Timestamp, id: ClientId, intent: &Intent) {
        use Intent::*;
        let me = self.person(id).clone();
        let (name, room, is_private) = (&me.name, me.room, self.private.contains(&me.room));
        let governs = matches!(intent, Topic { text: Some(_) } | Private | Public | Invite { .. });
        if room == LOBBY && governs {
            return self.tell(id, " * not in the lobby: /join a room of your own first");
        }
        let Some(other) = self.addressee(id, intent).cloned() else {
            let refusal = match (intent.name(), &me.partner, &me.interrupter) {
                (None, None, _) => " * nobody to reply to: type @NAME TEXT".into(),
                (None, Some((_, name)), None) => format!(" * [{name}] has gone"),
                (None, Some(one), Some(other)) => {
                    let [one, other] = [one, other].map(|known| self.name_now(known));
                    format!(
                        " * not sent, as it may be for [{one}] or for [{other}]: type @NAME TEXT"
                    )
                }
                (Some(name), ..) => {
                    format!(" * \"{name}\" is unknown user (type /list to see who is here)")
                }
            };
            return self.tell(id, &refusal);
        };
        let (whom, is_open) = (&other.name, self.may_know(&me, other.room));
        let is_ignored = me.ignores.contains(&other.id);
        let is_invited = other.invited_to.contains(&room);
        let sees = |person: &Person| !person.ignores.contains(&id);
        let answer = match intent {
            Nothing | Connect | Shutdown => return,
            Say { text, .. } => return self.speak(at, &me, &format!("[{name}]> {text}")),
            Act { text, .. } => return self.speak(at, &me, &format!(" ~ {name} {text}")),
            Whisper { text, .. } | Reply { text, .. } => {
                if sees(&other) {
                    self.tell(other.id, &format!("[{name}] whispers> {text}"));
                }
                self.tell(id, &format!(" * whispered to [{whom}]"));
                self.note_whisper(&me, &other);
                match &other.away {
                    Some(away) if is_open && !is_ignored && !other.told.contains(&id) => {
                        self.person_mut(other.id).told.push(id);
                        format!(" * [{whom}] is {away}")
                    }
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
            Bye { words } => {
                self.told.closed.push(id);
                return self.leave(&me, words);
            }
            Disconnect(Cause::Closed) => return self.leave(&me, ""),
            Disconnect(Cause::Lost) => return self.leave(&me, " (connection lost)"),
            Disconnect(Cause::Slow) => return self.leave(&me, " (too slow to read)"),
            List { part } => self.list(&me, *part),
            ListAll { part } => self.list_all(&me, *part),
            Rooms { part } => self.list_rooms(&me, *part),
            Topic { text: None } => match self.topic(&me, room, "").as_str() {
                "" => format!(" * [{room}] has no topic"),
                topic => format!(" * the topic of [{room}] is: {topic}"),
            },
            Topic { text: Some(text) } => {
                self.topics.retain(|(of, private, ..)| (*of, *private) != (room, is_private));
                self.topics.push((room, is_private, id, text.clone()));
                return self.tell_room(room, &format!(" * {name} set the topic to: {text}"), sees);
            }
            Private if is_private => " * the room is private already".into(),
            Private => return self.make_private(&me),
            Public if !is_private => " * the room is public already".into(),
            Public => return self.make_public(&me),
            Invite { name } if other.room == room => format!(" * \"{name}\" is here already"),
            Invite { name } if is_invited => format!(" * \"{name}\" is invited already"),
            Invite { .. } => {
                let most = self.limits.invitations;
                let invited_to = &mut self.person_mut(other.id).invited_to;
                invited_to.push(room);
                invited_to.drain(..invited_to.len().saturating_sub(most));
                self.tell(id, &format!(" * [{whom}] is invited"));
                let line = format!(" * [{name}] invites you to [{room}]: type /join {room}");
                if sees(&other) {
                    self.tell(other.id, &line);
                }
                return;
            }
            Whois { .. } => {
                let spoke = other.spoke_in_private.unwrap_or(other.spoke);
                let [connected, silent] =
                    [other.connected, spoke].map(|then| views::span(at.saturating_sub(then)));
                let said = |away| if is_ignored { "away" } else { away };
                let away =
                    other.away.as_deref().map_or(String::new(), |a| format!(", {}", said(a)));
                let (place, presence) = match is_open {
                    true => (format!("[{}]", other.room), format!(", silent for {silent}{away}")),
                    false => ("(private)".into(), String::new()),
                };
                format!(" * [{whom}] is in {place}, connected for {connected}{presence}")
            }
            Away { text } => {
                let away = if text.is_empty() { "away".into() } else { format!("away: {text}") };
                if me.away.as_ref() != Some(&away) {
                    self.person_mut(id).told.clear();
                }
                self.person_mut(id).away = Some(away.clone());
                format!(" * you are {away}")
            }
            Ignore { .. } if other.id == id => " * you cannot ignore yourself".into(),
            Ignore { name } if is_ignored => format!(" * you ignore \"{name}\" already"),
            Ignore { .. } if self.ignored_now(&me).len() == self.limits.ignored => {
                let most = self.limits.ignored;
                format!(" * you ignore {most} users, and can ignore no more (see /unignore)")
            }
            Ignore { .. } => {
                let is_full = me.ignores.len() == self.limits.ignored;
                let before = if is_full { self.ignored_now(&me) } else { me.ignores.clone() };
                let me = self.person_mut(id);
                me.ignores = before;
                me.ignores.push(other.id);
                (me.partner, me.interrupter) = (None, None);
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
            History { count } => match self.recall(&me, (*count).min(self.limits.history_shown)) {
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
            Signal(chat::Signal::Slowed) => {
                " * you say more than others can read: the rest comes later; Ctrl-C forgets it"
                    .into()
            }
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
        let witnesses = if is_private { self.members(me.room) } else { vec![] };
        let (room, by, line_said) = (me.room, me.id, heard.into());
        let heard = Heard { room, by, is_private, only_for: None, witnesses, line: line_said };
        self.history.push(heard);
        self.forget_what_exceeds(me.room);
        self.tell_room(me.room, line, |p| p.id != me.id && !p.ignores.contains(&me.id));
        self.be_back(me.id);
    }

    fn be_back(&mut self, id: ClientId) {
        self.person_mut(id).told.clear();
        if self.person_mut(id).away.take().is_some() {
            self.tell(id, " * you are no longer away");
        }
    }

    fn end_private_stay(&mut self, id: ClientId) {
        self.person_mut(id).spoke_in_private = None;
        self.be_back(id);
    }

    /// Notes who whispers with whom. Whoever is ignored is not heard.
    fn note_whisper(&mut self, me: &Person, other: &Person) {
        if me.id == other.id {
            return;
        }
        if !other.ignores.contains(&me.id) {
            let from = Some((me.id, me.name.clone()));
            let hearer = self.person_mut(other.id);
            match &hearer.partner {
                Some((partner, _)) if *partner != me.id => hearer.interrupter = from,
                _ => hearer.partner = from,
            }
        }
        let whisperer = self.person_mut(me.id);
        (whisperer.partner, whisperer.interrupter) = (Some((other.id, other.name.clone())), None);
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

    fn tell_room_now(&mut self, room: Room, line: &str, sees: impl Fn(&Person) -> bool) {
        for person in self.people.iter().filter(|person| person.room == room && sees(person)) {
            self.told.sent.push((person.id, format!("{line}\r\n")));
        }
    }
}

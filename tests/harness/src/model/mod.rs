//! The reference model: computes what each step must output, as simply as possible. It uses flat lists and linear
//! scans, has no index, shares no code with the machine, and never reads typed text.
//!
//! It outputs rendered text, so it checks the renderer too. Only help texts come from the product; another test has
//! them in full.
//!
//! Not here: which names are equal or look alike (`name_pool`), and queries of the state (`views`).

use std::rc::Rc;

use chinwag::chat::{self, Cause, ClientId, Event, Limits, Message, Peer, Timestamp};
use chinwag::wire::render;

use crate::name_pool::{NAMES, PoolName, ROOMS, are_alike};
use crate::{Action, Intent, Told};

mod accounts;
mod following;
mod governing;
mod lists;
mod moderation;
mod outline;
mod rooms;
mod sanctions;
mod talk;
mod views;

pub(crate) use accounts::{Account, Asked};
use governing::Owner;
pub(crate) use sanctions::Sanction;

/// A room is identified by its name.
type Room = &'static str;

const LOBBY: Room = "lobby";

/// The users present, and what rooms remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Model {
    pub limits: Limits,
    /// In order of arrival.
    pub people: Vec<Person>,
    pub connects: u64,
    /// How many were turned away.
    turned_away: u64,
    pub rooms_created: u64,
    /// The names that are registered, the oldest first; and how many have been, ever.
    pub(crate) accounts: Vec<Account>,
    registered: u64,
    /// The number of questions for passwords so far; and when they were asked, with the origin.
    pub asks: u64,
    tries: Vec<(u64, u64)>,
    /// The bans and mutes, oldest first; and what operators have done, with the time.
    pub(crate) sanctions: Vec<Sanction>,
    acts: Vec<(u64, String)>,
    /// The rooms that are slow: in seconds, and whether only for guests.
    slow: Vec<(Room, u64, bool)>,
    /// The latest time.
    pub(crate) now: u64,
    /// The rooms beside the lobby, the oldest first; and since when nobody is in them, if so.
    created: Vec<(Room, Option<u64>)>,
    private: Vec<Room>,
    /// Whom rooms belong to; and until when they are locked.
    owners: Vec<Owner>,
    locks: Vec<(Room, u64)>,
    /// Arrivals (true) and departures that were not announced, each with its room.
    unannounced: Vec<(Room, bool)>,
    /// Who has been in a private room, and the accounts of those; for as long as it is private.
    regulars: Vec<(Room, ClientId)>,
    awaited: Vec<(Room, u64)>,
    /// The room, whether it was set in private, the author and the text. Of two, the later one is shown.
    topics: Vec<(Room, bool, Author, String)>,
    history: Vec<Heard>,
    /// The outputs of the current step.
    told: Told,
}

/// Who set a topic, if there was no restart since; and under which name.
type Author = (Option<ClientId>, String);

/// A line in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Heard {
    room: Room,
    /// Nobody who is there, if it was said before a restart.
    by: Option<ClientId>,
    /// The name that they had.
    from: String,
    is_private: bool,
    /// If the line was said in private and the room has become public since: who may still see it.
    only_for: Option<Vec<ClientId>>,
    /// Who heard the line and has not left the room since. Empty for lines said in public.
    witnesses: Vec<ClientId>,
    /// The line as shown. Shared between copies of the model.
    line: Rc<str>,
}

/// A user who is present.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Person {
    pub id: ClientId,
    pub name: String,
    room: Room,
    /// When the user entered the room.
    came: u64,
    connected: u64,
    /// When the user last spoke in a public room; before that, when they connected.
    spoke: u64,
    /// When the user last spoke in the private room they are in.
    spoke_in_private: Option<u64>,
    invited_to: Vec<Room>,
    /// The text shown to others.
    away: Option<String>,
    /// Who has been told that the user is away.
    told: Vec<ClientId>,
    /// The user they whispered to last, or else the first who whispered to them, with the name at that time.
    pub partner: Option<(ClientId, String)>,
    /// Another user who has whispered to them since.
    pub interrupter: Option<(ClientId, String)>,
    pub ignores: Vec<ClientId>,
    /// Whether arrivals and departures are announced to them.
    pub notices: bool,
    pub(crate) origin: u64,
    /// The last question that they were asked, until it is answered.
    pub(crate) asked: Option<Asked>,
}

impl Model {
    /// Applies an action, and returns what it must output.
    pub fn apply(&mut self, action: &Action) -> Told {
        self.end_old_rooms(action.at);
        match action.event {
            _ if action.intent == Intent::Nothing => {}
            Event::Connect { client, peer } => self.connect(action.at, client, peer),
            Event::Appoint { .. } => {
                if let Intent::Appoint { name } = &action.intent {
                    self.appoint(None, name);
                }
            }
            Event::Shutdown => self.shut_down(),
            Event::Restart => self.forget_people(),
            Event::Line { client, .. }
            | Event::Disconnect { client, .. }
            | Event::Answered { client, .. }
            | Event::Signal { client, .. } => self.act(action.at, client, &action.intent),
        }
        std::mem::take(&mut self.told)
    }

    /// The same at a later time.
    #[must_use]
    pub fn later(&self, at: Timestamp) -> Self {
        let mut later = self.clone();
        later.end_old_rooms(at);
        later
    }

    fn connect(&mut self, Timestamp(at): Timestamp, id: ClientId, peer: Peer) {
        if self.turns_away(id, peer.origin.0) {
            self.connects += 1;
            self.turned_away += 1;
            return;
        }
        let name = format!("anonymous{}", self.connects - self.turned_away);
        self.people.push(Person {
            id,
            name: name.clone(),
            room: LOBBY,
            came: self.now,
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
            origin: peer.origin.0,
            asked: None,
        });
        self.connects += 1;
        self.show(id, &Message::Welcome);
        self.tell(id, &format!(" * you are [{name}]; to change that, type /username NAME"));
        self.tell(id, &self.introduction(id));
        self.show_recent(id);
        self.tell_presence(LOBBY, id, true, &format!(" * [{name}] has connected"));
        self.show_mute(id);
    }

    fn shut_down(&mut self) {
        for id in self.present() {
            self.tell(id, " * the server is shutting down");
            self.told.closed.push(id);
        }
        self.forget_people();
    }

    #[expect(clippy::too_many_lines, reason = "a few lines for each intent")]
    fn act(&mut self, Timestamp(at): Timestamp, id: ClientId, intent: &Intent) {
        use Intent::*;
        let me = self.person(id).clone();
        let (name, room, is_private) = (&me.name, me.room, self.private.contains(&me.room));
        let forbidden = self.forbids(&me, intent).or_else(|| self.forbids_deciding(&me, intent));
        if let Some(refusal) = forbidden {
            return self.tell(id, &refusal);
        }
        if intent.is_for_operators() {
            return self.moderate(&me, intent);
        }
        if let Trust { .. } | Distrust { .. } | Remove { .. } | Lock { .. } = intent {
            return self.govern(&me, intent);
        }
        if let Some(reply) = self.about_absent(&me, intent) {
            return self.tell(id, &reply);
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
            Nothing | Connect | Shutdown | Restart => return,
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
                let owner = self.account(typed);
                let why = match outcome {
                    Err(why) => why,
                    Ok(new) if new.name == name => "it is yours already",
                    _ if owner.is_some() && owner != self.account(name) => {
                        "it is registered: if it is yours, /login"
                    }
                    _ if self.is_like_registered(&me, typed) => {
                        "taken, or looks too much like another's"
                    }
                    _ if self.people.iter().any(is_like) => {
                        "taken, or looks too much like another's"
                    }
                    Ok(new) => return self.take_name(&me, new.name),
                };
                format!(" * {name} failed to change username to \"{typed}\" ({why})")
            }
            Join { room } => return self.join(&me, &ROOMS[*room]),
            Register => return self.register(&me),
            LogIn { name } => return self.log_in(&me, name),
            ChangePassword => return self.govern_account(&me, false),
            Unregister => return self.govern_account(&me, true),
            Answer { ticket, answer } => return self.take_answer(&me, *ticket, answer),
            Seen { name } => self.seen(name),
            Hide { on } => self.hide(&me, *on),
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
            Topic { text: None } => self.shown_topic(&me),
            Topic { text: Some(text) } => {
                self.topics.retain(|(of, private, ..)| (*of, *private) != (room, is_private));
                let by = (Some(id), name.clone());
                self.topics.push((room, is_private, by, text.clone()));
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
            Whois { .. } => self.whois(at, &me, &other, is_open),
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
                self.relate_accounts(id, other.id);
                format!(" * you see no more of what [{whom}] says and does")
            }
            Unignore { name } if !is_ignored => format!(" * you do not ignore \"{name}\""),
            Unignore { .. } => {
                self.person_mut(id).ignores.retain(|ignored| *ignored != other.id);
                let ignored = self.account(whom).map(|account| account.id);
                if let Some(ignored) = ignored {
                    self.part_accounts(&me, ignored);
                }
                format!(" * you see again what [{whom}] says and does")
            }
            Ignored => self.ignored(&me),
            Notices { on } => {
                self.person_mut(id).notices = *on;
                self.account_mut(name).into_iter().for_each(|account| account.notices = *on);
                format!(" * you are {}told who comes and goes", if *on { "" } else { "no longer " })
            }
            History { count } => match self.recall(&me, (*count).min(self.limits.history_shown)) {
                Some(lines) => lines,
                None if self.limits.history_lines == 0 => " * nothing is remembered here".into(),
                None => format!(" | nothing is remembered of [{room}]"),
            },
            Help { about } => return self.help(&me, *about),
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
            _ => unreachable!("{intent:?} is done before"),
        };
        self.tell(id, &answer);
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
}

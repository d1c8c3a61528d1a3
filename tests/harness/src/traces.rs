//! Sessions of the real machine, written so that they can be checked against the rules in `tests/spec`: a Quint module
//! with a `run` for each session, which says after each step who was told what by whom.
//!
//! Left out are the messages that the rules do not cover: the banner, the newcomer's name, who else is in the
//! room, and its history.
//!
//! Not here: the rules (`tests/spec/chat.qnt`), and how a session is held against them (`tests/spec/replay.qnt`).

use std::collections::BTreeMap;
use std::fmt::Write;

use chinwag::chat::{
    Cause, Chat, ClientId, Event, Limits, Message, Outbox, Output, Refusal, Timestamp, User,
};
use proptest::sample::{Index, select};
use proptest::strategy::{Just, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use proptest::{prelude::any, prop_oneof};

use crate::runner;

/// How many clients there are at a time, at most. Each session begins with all of them connecting.
const SLOTS: usize = 4;

/// How many steps a session has after that, some of which come to nothing: those of who is not there.
const STEPS: usize = 44;

/// Names to ask for, no two of which look alike. Those that newcomers are given cannot be had at all.
const NAMES: [&str; 4] = ["bob", "dee", "max", "zoe"];

/// Rooms to go to, the lobby aside.
const ROOMS: [&str; 2] = ["den", "lair"];

/// What can be done, by the names that the rules have for it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    Connect,
    Disconnect,
    Say,
    Whisper,
    Rename,
    Join,
    Leave,
    Private,
    Public,
    Invite,
    Ignore,
    Unignore,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Say => "say",
            Self::Whisper => "whisper",
            Self::Rename => "rename",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Private => "private",
            Self::Public => "public",
            Self::Invite => "invite",
            Self::Ignore => "ignore",
            Self::Unignore => "unignore",
        }
    }
}

/// One step before it is known who is there: the slot that acts, what it does, and what picks the name in it.
type Draft = (usize, Verb, Index);

/// What leads to situations that take several steps is frequent.
fn drafts() -> impl Strategy<Value = Draft> {
    let verb = prop_oneof![
        3 => Just(Verb::Connect),
        1 => Just(Verb::Disconnect),
        4 => Just(Verb::Say),
        4 => Just(Verb::Whisper),
        2 => Just(Verb::Rename),
        6 => Just(Verb::Join),
        3 => Just(Verb::Leave),
        6 => Just(Verb::Private),
        2 => Just(Verb::Public),
        5 => Just(Verb::Invite),
        5 => Just(Verb::Ignore),
        2 => Just(Verb::Unignore),
    ];
    (select(Vec::from_iter(0..SLOTS)), verb, any::<Index>())
}

/// What clients were told in one step: who is told each thing, by its kind, whom it is from, and what it says.
type Told = BTreeMap<[String; 3], Vec<ClientId>>;

/// The machine, and what can be known of who is there from what it tells.
struct Session {
    chat: Chat,
    outbox: Outbox,
    connected: u64,
    now: Timestamp,
    slots: [Option<Person>; SLOTS],
}

/// Someone who is there.
struct Person {
    client: ClientId,
    name: String,
    room: String,
    /// Whom it has ignored last, by the name held then.
    ignored: Option<String>,
    /// The rooms that it has left and is invited to, the latest last.
    known_rooms: Vec<String>,
}

impl Session {
    fn new() -> Self {
        let chat = Chat::new(Limits::default());
        let (outbox, connected, now) = Default::default();
        Self { chat, outbox, connected, now, slots: [const { None }; SLOTS] }
    }

    /// Performs a step and writes down what it was, with what it told; unless it is one of someone who is not there,
    /// or who is there already.
    fn perform(&mut self, draft: Draft, text: &str) -> Option<(String, Told)> {
        let (slot, mut verb, index) = draft;
        let client = match &self.slots[slot] {
            None if verb == Verb::Connect => {
                self.connected += 1;
                ClientId(self.connected)
            }
            Some(person) if verb != Verb::Connect => {
                // The lobby cannot be private: mostly, a room that can is joined instead.
                let is_of_a_room = matches!(verb, Verb::Private | Verb::Public | Verb::Invite);
                if is_of_a_room && person.room == "lobby" && index.index(5) > 0 {
                    verb = Verb::Join;
                }
                person.client
            }
            _ => return None,
        };
        let mut name = self.name(slot, verb, index);
        let line = match verb {
            Verb::Say => text.to_owned(),
            Verb::Whisper => format!("@{name} {text}"),
            Verb::Rename => format!("/username {name}"),
            _ => format!("/{} {name}", verb.word()).trim_end().to_owned(),
        };
        let event = match verb {
            Verb::Connect => Event::connect(client),
            Verb::Disconnect => Event::Disconnect { client, cause: Cause::Closed },
            _ => Event::Line { client, line: line.into() },
        };
        self.outbox.clear();
        // Nobody comes at the same time as another one.
        self.now.0 += 1;
        self.chat.handle(self.now, event, &mut self.outbox);
        self.follow(slot, client);
        match verb {
            Verb::Connect => name = self.slots[slot].as_ref()?.name.clone(),
            Verb::Disconnect => self.slots[slot] = None,
            _ => {}
        }
        let text = if matches!(verb, Verb::Say | Verb::Whisper) { text } else { "" };
        Some((format!("{client}, {:?}, {name:?}, {text:?}", verb.word()), self.told()))
    }

    /// A name for a step to be about, if it is about one: mostly one with which something happens.
    fn name(&self, slot: usize, verb: Verb, index: Index) -> String {
        let Some(actor) = self.slots[slot].as_ref() else { return String::new() };
        let people = self.slots.iter().flatten();
        let held = people.clone().map(|person| person.name.as_str());
        let names: Vec<&str> = match verb {
            Verb::Whisper | Verb::Ignore => held.chain([NAMES[0]]).collect(),
            Verb::Unignore => {
                let ignored = actor.ignored.iter().flat_map(|name| [name.as_str(); 9]);
                held.chain(ignored).collect()
            }
            Verb::Invite => {
                let outside = people.filter(|person| person.room != actor.room);
                held.chain(outside.flat_map(|person| [person.name.as_str(); 4])).collect()
            }
            Verb::Rename => NAMES.into(),
            Verb::Join => {
                let known =
                    actor.known_rooms.iter().rev().take(2).flat_map(|room| [room.as_str(); 4]);
                ROOMS.into_iter().chain(known.filter(|room| *room != actor.room)).collect()
            }
            _ => return String::new(),
        };
        (*index.get(&names)).to_owned()
    }

    /// Keeps what clients were told of their own names and rooms.
    fn follow(&mut self, slot: usize, client: ClientId) {
        for person in self.slots.iter_mut().flatten() {
            for output in self.outbox.for_client(person.client) {
                if let Output::Deliver { message: Message::Invited { room, .. }, .. } = output {
                    person.known_rooms.push(room.to_string());
                }
            }
        }
        for output in self.outbox.for_client(client) {
            let Output::Deliver { message, .. } = output else { continue };
            match (message, &mut self.slots[slot]) {
                (Message::YouAre { username }, person) => {
                    let (name, room) = (username.to_string(), "lobby".into());
                    *person =
                        Some(Person { client, name, room, ignored: None, known_rooms: Vec::new() });
                }
                (Message::Renamed { who, to }, Some(person)) if who.client == client => {
                    person.name = to.to_string();
                }
                (Message::Entered { room, .. }, Some(person)) => {
                    let left = std::mem::replace(&mut person.room, room.name.to_string());
                    person.known_rooms.extend(Some(left).filter(|left| left != "lobby"));
                }
                (Message::Ignoring { username }, Some(person)) => {
                    person.ignored = Some(username.to_string());
                }
                _ => {}
            }
        }
    }

    /// What the last event has told, as far as the rules cover it.
    fn told(&self) -> Told {
        let mut told = Told::new();
        for output in self.outbox.iter() {
            let Output::Deliver { to, message } = output else { continue };
            let Some((kind, from, text)) = of_message(message) else { continue };
            for client in to {
                let mut key = [kind.to_owned(), from.clone(), text.clone()];
                while told.get(&key).is_some_and(|others| others.contains(client)) {
                    key[0] += ", again";
                }
                told.entry(key).or_default().push(*client);
            }
        }
        told
    }
}

/// What was told, as `tests/spec/replay.qnt` wants it.
fn written(told: &Told) -> String {
    let one = |([kind, from, text], to): (&[String; 3], &Vec<ClientId>)| {
        let clients: Vec<String> = to.iter().map(ClientId::to_string).collect();
        let set = if to.len() <= SLOTS { format!("to{}", to.len()) } else { "Set".into() };
        format!("tell({set}({}), {kind:?}, {from:?}, {text:?})", clients.join(", "))
    };
    told.iter()
        .map(one)
        .reduce(|all, one| format!("both({all}, {one})"))
        .unwrap_or("nothing".into())
}

/// What the rules call a message: its kind, the name of whom it is from, and what it says; `None` if they do
/// not cover it. What is never to come in these sessions is called so.
fn of_message(message: &Message) -> Option<(&'static str, String, String)> {
    let nobody = String::new;
    let by = |kind, user: &User, text: String| Some((kind, user.username.to_string(), text));
    match message {
        Message::Welcome
        | Message::YouAre { .. }
        | Message::Present { .. }
        | Message::History { .. } => None,
        Message::Connected { who } => by("connected", who, nobody()),
        Message::Disconnected { who, .. } => by("disconnected", who, nobody()),
        Message::Joined { who } => by("joined", who, nobody()),
        Message::Left { who } => by("left", who, nobody()),
        Message::Said { from, text } => by("said", from, text.to_string()),
        Message::Whispered { from, text } => by("whispered", from, text.to_string()),
        Message::Renamed { who, to } => by("renamed", who, to.to_string()),
        Message::Invited { by: who, room } => by("invited", who, room.to_string()),
        Message::PrivacySet { who, is_private } => {
            let name = who.as_ref().map(|who| who.username.to_string());
            let kind = if *is_private { "made private" } else { "made public" };
            Some((kind, name.unwrap_or_default(), nobody()))
        }
        Message::Entered { room, .. } => Some(("entered", nobody(), room.name.to_string())),
        Message::WhisperedTo { username } => Some(("whisper sent", nobody(), username.to_string())),
        Message::Inviting { username } => Some(("invitation sent", nobody(), username.to_string())),
        Message::Ignoring { username } => Some(("ignoring", nobody(), username.to_string())),
        Message::NotIgnoring { username } => Some(("not ignoring", nobody(), username.to_string())),
        Message::Refused { refusal, .. } => Some(("refused", nobody(), of_refusal(refusal).into())),
        _ => Some(("not covered by the rules", nobody(), nobody())),
    }
}

/// What the rules call a refusal: one word for all that ask for what is so already.
fn of_refusal(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UsernameTaken { .. } => "taken",
        Refusal::UnknownUser { .. } => "unknown",
        Refusal::NotInvited { .. } => "private",
        Refusal::OthersWereHere => "late",
        Refusal::InLobby => "lobby",
        Refusal::UsernameUnchanged { .. }
        | Refusal::AlreadyThere { .. }
        | Refusal::PrivacyUnchanged { .. }
        | Refusal::HereAlready { .. }
        | Refusal::InvitedAlready { .. }
        | Refusal::Yourself
        | Refusal::IgnoredAlready { .. }
        | Refusal::NotIgnored { .. } => "no change",
        other => other.kind(),
    }
}

/// Generated sessions, and how often clients were told what in them.
pub struct Traces {
    /// A Quint module, to be stored in a folder beside that of `tests`, two levels below the root.
    pub module: String,
    /// How many messages there are of each kind; of refusals, with their reasons.
    pub counts: BTreeMap<String, usize>,
}

/// So many sessions, which the seed decides.
///
/// # Panics
///
/// If the generator refuses to generate, which it does not.
#[must_use]
pub fn generate(sessions: u32, seed: u64) -> Traces {
    let mut runner: TestRunner = runner(seed, sessions);
    let strategy = proptest::collection::vec(drafts(), STEPS);
    let mut module =
        format!("// Written by: chinwag-harness traces --sessions {sessions} --seed {seed}\n");
    module += "module traces {\n    import replay.* from \"../../tests/spec/replay\"\n";
    let mut counts = BTreeMap::new();
    for number in 1..=sessions {
        let generated = strategy.new_tree(&mut runner).expect("nothing is filtered").current();
        let connects = (0..SLOTS).map(|slot| (slot, Verb::Connect, generated[0].2));
        let mut session = Session::new();
        let mut moves = Vec::new();
        for draft in connects.chain(generated.iter().copied()) {
            let text = format!("line {}", moves.len() + 1);
            let Some((what, told)) = session.perform(draft, &text) else { continue };
            for ([kind, _, text], to) in &told {
                let key = if kind == "refused" { format!("{kind}: {text}") } else { kind.clone() };
                *counts.entry(key).or_default() += to.len();
            }
            moves.push(format!("        move({what}, {}),\n", written(&told)));
        }
        let _ = write!(
            module,
            "\n    run session{number}Test = replay({number}, [\n{}    ])\n",
            moves.concat()
        );
    }
    module += "}\n";
    Traces { module, counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the sessions would be held against rules that are never used.
    #[test]
    fn everything_that_the_rules_cover_occurs() {
        let Traces { counts, .. } = generate(80, 1);
        let kinds: Vec<&str> = counts.keys().map(String::as_str).collect();
        assert_eq!(
            kinds,
            [
                "connected",
                "disconnected",
                "entered",
                "ignoring",
                "invitation sent",
                "invited",
                "joined",
                "left",
                "made private",
                "made public",
                "not ignoring",
                "refused: late",
                "refused: lobby",
                "refused: no change",
                "refused: private",
                "refused: taken",
                "refused: unknown",
                "renamed",
                "said",
                "whisper sent",
                "whispered",
            ],
            "{counts:?}"
        );
    }

    #[test]
    fn the_seed_decides_everything() {
        assert_eq!(generate(3, 7).module, generate(3, 7).module);
        assert_ne!(generate(3, 7).module, generate(3, 8).module);
    }
}

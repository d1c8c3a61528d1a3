//! Coverage goals: situations that generated sessions must reach, counted by name. A property says nothing
//! about a situation that never occurs.
//!
//! Not here: which sessions must reach them (`tests/it`).

use std::collections::BTreeMap;

use chinwag::chat::{
    AskEnd, Cause, ClientId, Departure, Event, Group, Help, Message, Outbox, Output, Penalty, Sight,
};

use crate::{Model, Run};

/// Every situation. A message counts under a name of its own, a refusal under its kind.
pub const NAMES: [&str; 153] = [
    "a client is too slow",
    "a connection is closed",
    "a connection is lost",
    "a name has another holder",
    "a restart with people there",
    "a stop with people there",
    "acted",
    "an empty private room begins anew",
    "an empty room is listed",
    "an event of someone who has gone",
    "an operator acts",
    "an operator already",
    "announced",
    "appointed",
    "ascii",
    "asked for a new password",
    "asked for the password",
    "audit",
    "away",
    "bans",
    "cannot be put out",
    "cannot ignore oneself",
    "connected",
    "disconnected",
    "dismissed",
    "entered",
    "entered a new room",
    "everyone",
    "for operators only",
    "has gone",
    "has left by command",
    "has left with words",
    "help",
    "help about a command",
    "help about a group",
    "help for operators",
    "here already",
    "hidden",
    "hidden command",
    "history",
    "how to leave",
    "ignored",
    "ignored already",
    "ignoring",
    "in that room already",
    "invited",
    "invited already",
    "inviting",
    "is an operator",
    "joined",
    "kept whispers",
    "left",
    "locked",
    "locked by someone who is ignored",
    "logged in",
    "logged in already",
    "logged out",
    "made private",
    "made private by someone who is ignored",
    "made public",
    "made public by someone who is ignored",
    "muted",
    "no longer away",
    "no name to register",
    "no operator",
    "no password",
    "nobody else",
    "nobody to reply to",
    "not a room name",
    "not a username",
    "not banned",
    "not ignored",
    "not ignoring",
    "not in the lobby",
    "not in the room",
    "not invited",
    "not locked",
    "not logged in",
    "not muted",
    "not registered",
    "not the owner",
    "not trusting",
    "notices",
    "origin of an operator",
    "origin unknown",
    "others were here",
    "outdated answer",
    "overlong line",
    "password changed",
    "present",
    "privacy unchanged",
    "put out",
    "put out by someone who is ignored",
    "putting out",
    "registered",
    "registered already",
    "removed by an operator",
    "renamed",
    "room locked",
    "room name taken",
    "room of nobody",
    "rooms",
    "said",
    "seen before",
    "seen by nobody",
    "seen here",
    "shutting down",
    "slow set",
    "slowed down",
    "someone comes back to an empty private room",
    "someone comes back to an empty room",
    "someone connects after all have left",
    "someone connects twice",
    "someone logs in whose account is ignored",
    "someone speaks who is ignored",
    "someone whispers to themselves",
    "something is said in private",
    "something is said to four",
    "still here",
    "taken over",
    "the chat closes a connection",
    "there are three rooms",
    "there is history",
    "told of a ban",
    "told of a mute",
    "too early",
    "topic",
    "topic set",
    "trust unchanged",
    "trusted",
    "trusting",
    "unknown command",
    "unknown room",
    "unknown user",
    "unlocked",
    "unmuted",
    "unregistered",
    "username registered",
    "username taken",
    "username unchanged",
    "users",
    "welcome",
    "whisper kept",
    "whispered",
    "whispered to",
    "who is meant",
    "whois",
    "whois of someone in private",
    "wrapping",
    "wrong arguments",
    "wrong password",
    "you are",
    "you are away",
];

/// How often each situation has occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situations {
    /// The counts by name.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Situations {
    /// Counts the situations of a run.
    pub fn add(&mut self, run: &Run) {
        let mut held = BTreeMap::new();
        for step in &run.steps {
            self.count_event(&step.model, &step.action.event);
            self.count_outputs(&step.model, &step.outbox, &mut held);
        }
    }

    fn count(&mut self, name: &'static str, occurs: bool) {
        if occurs {
            *self.counts.entry(name).or_default() += 1;
        }
    }

    fn count_event(&mut self, model: &Model, event: &Event) {
        let present = model.present();
        match event {
            Event::Connect { client, .. } => {
                let is_again = present.is_empty() && !model.departed().is_empty();
                self.count("someone connects after all have left", is_again);
                self.count("someone connects twice", present.contains(client));
            }
            Event::Disconnect { client, cause } if present.contains(client) => {
                self.count("a connection is closed", *cause == Cause::Closed);
                self.count("a connection is lost", *cause == Cause::Lost);
                self.count("a client is too slow", *cause == Cause::Slow);
            }
            Event::Appoint { .. } => {}
            Event::Shutdown => self.count("a stop with people there", !present.is_empty()),
            Event::Restart => self.count("a restart with people there", !present.is_empty()),
            Event::Line { client, .. }
            | Event::Signal { client, .. }
            | Event::Answered { client, .. }
            | Event::Disconnect { client, .. } => {
                self.count("an event of someone who has gone", model.departed().contains(client));
            }
        }
    }

    fn count_outputs(
        &mut self,
        model: &Model,
        outbox: &Outbox,
        held: &mut BTreeMap<String, ClientId>,
    ) {
        for output in outbox.iter() {
            let Output::Deliver { to, message } = output else {
                self.count("the chat closes a connection", true);
                continue;
            };
            self.count(about(message).0, true);
            match message {
                Message::Said { from, .. } => {
                    let others = model.present().into_iter();
                    let is_ignored = others.clone().any(|other| model.ignores(other, from.client));
                    self.count("someone speaks who is ignored", is_ignored);
                    self.count("something is said to four", to.len() >= 4);
                    self.count("something is said in private", model.is_in_private(from.client));
                }
                Message::Whispered { from, .. } => {
                    self.count("someone whispers to themselves", to == [from.client]);
                }
                Message::Renamed { who, to } => {
                    let before = held.insert(to.to_string(), who.client);
                    let is_taken_over = before.is_some_and(|before| before != who.client);
                    self.count("a name has another holder", is_taken_over);
                }
                Message::History { lines, .. } => {
                    self.count("there is history", !lines.is_empty());
                }
                Message::LoggedIn { username } => {
                    let is_ignored = model.is_ignored_by_accounts(username.as_str());
                    self.count("someone logs in whose account is ignored", is_ignored);
                }
                Message::Entered { room, is_new } => {
                    let is_empty = !is_new && room.members == 1 && room.name.as_str() != "lobby";
                    self.count("someone comes back to an empty room", is_empty);
                    let name = "someone comes back to an empty private room";
                    self.count(name, is_empty && room.is_private);
                    self.count("an empty private room begins anew", *is_new && room.is_private);
                }
                Message::Rooms { rooms, more, .. } => {
                    let is_empty =
                        rooms.iter().any(|room| room.members == 0 && room.name.as_str() != "lobby");
                    self.count("an empty room is listed", is_empty);
                    self.count("there are three rooms", rooms.len() + more >= 3);
                }
                _ => {}
            }
        }
    }
}

/// The name under which a message counts, and the clients that it is about. Lists are about nobody, as they
/// show everyone.
#[expect(clippy::too_many_lines, reason = "a line or two for each message")]
pub(crate) fn about(message: &Message) -> (&'static str, Vec<ClientId>) {
    let name = match message {
        Message::Welcome => "welcome",
        Message::YouAre { .. } => "you are",
        Message::Present { total: 0, .. } => "nobody else",
        Message::Present { .. } => "present",
        Message::Connected { who, .. } => return ("connected", vec![who.client]),
        Message::Disconnected { who, how: Departure::Bye { words } } => {
            let name = match words.is_blank() {
                true => "has left by command",
                false => "has left with words",
            };
            return (name, vec![who.client]);
        }
        Message::Disconnected { who, .. } => return ("disconnected", vec![who.client]),
        Message::Traffic { .. } => "some have come or left",
        Message::Joined { who, .. } => return ("joined", vec![who.client]),
        Message::Left { who, .. } => return ("left", vec![who.client]),
        Message::Entered { is_new: true, .. } => "entered a new room",
        Message::Entered { .. } => "entered",
        Message::Said { from, .. } => return ("said", vec![from.client]),
        Message::Acted { from, .. } => return ("acted", vec![from.client]),
        Message::Whispered { from, .. } => return ("whispered", vec![from.client]),
        Message::WhisperedTo { .. } => "whispered to",
        Message::Renamed { who, .. } => return ("renamed", vec![who.client]),
        Message::Users { .. } => "users",
        Message::Everyone { .. } => "everyone",
        Message::Rooms { .. } => "rooms",
        Message::Topic { .. } => "topic",
        Message::TopicSet { who, .. } => return ("topic set", vec![who.client]),
        Message::History { lines, .. } => {
            return ("history", lines.iter().map(|line| line.from.client).collect());
        }
        Message::PrivacySet { who: Some(who), is_private } => {
            let name = if *is_private { "made private" } else { "made public" };
            return (name, vec![who.client]);
        }
        Message::PrivacySet { who: None, is_private: true } => {
            "made private by someone who is ignored"
        }
        Message::PrivacySet { who: None, is_private: false } => {
            "made public by someone who is ignored"
        }
        Message::Trusting { on: true, .. } => "trusting",
        Message::Trusting { on: false, .. } => "not trusting",
        Message::Trusted { by, .. } => return ("trusted", vec![by.client]),
        Message::PutOut { by: Some(by), .. } => return ("put out", vec![by.client]),
        Message::PutOut { by: None, .. } => "put out by someone who is ignored",
        Message::PuttingOut { .. } => "putting out",
        Message::Locked { who: Some(who), until: Some(_) } => return ("locked", vec![who.client]),
        Message::Locked { who: Some(who), until: None } => return ("unlocked", vec![who.client]),
        Message::Locked { who: None, .. } => "locked by someone who is ignored",
        Message::Inviting { .. } => "inviting",
        Message::Invited { by, .. } => return ("invited", vec![by.client]),
        Message::Whois { presence: None, .. } => "whois of someone in private",
        Message::Whois { .. } => "whois",
        Message::Away { who, .. } => return ("away", vec![who.client]),
        Message::YouAreAway { .. } => "you are away",
        Message::NoLongerAway => "no longer away",
        Message::Ignoring { .. } => "ignoring",
        Message::NotIgnoring { .. } => "not ignoring",
        Message::Ignored { .. } => "ignored",
        Message::Notices { .. } => "notices",
        Message::Wrapping { .. } => "wrapping",
        Message::Ascii { .. } => "ascii",
        Message::Asking { is_new: true, .. } => "asked for a new password",
        Message::Asking { is_new: false, .. } => "asked for the password",
        Message::AskEnded { why: AskEnd::Wrong } => "wrong password",
        Message::AskEnded { why: AskEnd::Unanswered(_) } => "no password",
        Message::AskEnded { why: AskEnd::Outdated } => "outdated answer",
        Message::WhisperKept { .. } => "whisper kept",
        Message::Kept { .. } => "kept whispers",
        Message::Seen { sight: Sight::Here, .. } => "seen here",
        Message::Seen { sight: Sight::Ago(_), .. } => "seen before",
        Message::Seen { sight: Sight::Hidden, .. } => "seen by nobody",
        Message::Hidden { .. } => "hidden",
        Message::Registered { .. } => "registered",
        Message::Unregistered { .. } => "unregistered",
        Message::LoggedIn { .. } => "logged in",
        Message::LoggedOut { .. } => "logged out",
        Message::PasswordChanged => "password changed",
        Message::TakenOver => "taken over",
        Message::Help(Help::Chat { .. }) => "help",
        Message::Help(Help::Command(_)) => "help about a command",
        Message::Help(Help::Group(Group::Order)) => "help for operators",
        Message::Help(Help::Group(_)) => "help about a group",
        Message::Act(_) => "an operator acts",
        Message::Announced { by, .. } => return ("announced", vec![by.client]),
        Message::Removed { .. } => "removed by an operator",
        Message::Sanctioned { penalty: Penalty::Ban, .. } => "told of a ban",
        Message::Sanctioned { penalty: Penalty::Mute, .. } => "told of a mute",
        Message::Unmuted => "unmuted",
        Message::SlowSet { .. } => "slow set",
        Message::Appointed { on: true } => "appointed",
        Message::Appointed { on: false } => "dismissed",
        Message::Sanctions { .. } => "bans",
        Message::Acts { .. } => "audit",
        Message::HowToLeave => "how to leave",
        Message::StillHere => "still here",
        Message::Slowed => "slowed down",
        Message::Refused { refusal, .. } => refusal.kind(),
        Message::ShuttingDown => "shutting down",
    };
    (name, Vec::new())
}

//! L5: those who race for a name, by `/username`, `/register` and `/login`, in any order, with answers that come late,
//! or never, or to another question, end with one holder.
//!
//! Not here: what each of them is told (the model says that).

use std::cell::Cell;
use std::collections::BTreeMap;

use chinwag::chat::{
    Answer, Ask, Cause, Chat, ClientId, Credential, Event, Limits, Outbox, Output, Timestamp,
};
use proptest::prelude::*;

use crate::damaged::value;
use crate::support::laws::{every, require};

/// Three people who want the same name, and what each of them has been asked.
struct Race {
    chat: Chat,
    /// The connection of each.
    clients: [ClientId; 3],
    /// Whose each connection is or was.
    people: BTreeMap<u64, usize>,
    asked: Vec<(ClientId, u64, Ask)>,
}

impl Race {
    fn new() -> Self {
        let chat = Chat::new(Limits { tries: usize::MAX, ..Limits::default() });
        let (people, asked) = Default::default();
        let mut race = Self { chat, clients: [ClientId(0); 3], people, asked };
        (0..3).for_each(|who| race.connect(who));
        race
    }

    fn connect(&mut self, who: usize) {
        let client = ClientId(self.people.len() as u64);
        self.people.insert(client.0, who);
        self.clients[who] = client;
        self.perform(Event::connect(client));
    }

    fn perform(&mut self, event: Event) {
        let mut outbox = Outbox::new();
        self.chat.handle(Timestamp(0), event, &mut outbox);
        for output in outbox.iter() {
            if let Output::Ask { client, ticket, ask } = output {
                self.asked.push((client, ticket, ask.clone()));
            }
        }
    }

    /// Answers one of the questions so far, as who was asked would. Each of them knows one password.
    fn answer(&mut self, place: usize) {
        let Some((client, ticket, ask)) = self.asked.get(place).cloned() else { return };
        let own = password(self.people[&client.0]);
        let answer = match ask {
            Ask::New => Answer::Made(own),
            Ask::Check(credential) if credential == own => Answer::Right(own),
            Ask::Check(_) => Answer::Wrong,
        };
        self.perform(Event::Answered { client, ticket, answer });
    }

    fn act(&mut self, who: usize, act: u8) {
        let client = self.clients[who];
        let line = match act {
            0 | 1 => "/username bob".to_owned(),
            2 => "/username B.O.B".to_owned(),
            3 => format!("/username other{who}"),
            4 | 5 => "/register".to_owned(),
            6 | 7 => "/login bob".to_owned(),
            8 => "/unregister".to_owned(),
            9 => {
                self.perform(Event::Disconnect { client, cause: Cause::Lost });
                return self.connect(who);
            }
            // Mostly the last question.
            10..14 => return self.answer(self.asked.len().wrapping_sub(1)),
            14 => return self.answer(self.asked.len().wrapping_sub(2)),
            _ => return self.answer(self.asked.len() / 2),
        };
        self.perform(Event::Line { client, line: line.into() });
    }

    /// The people who have the name or one that looks like it; and whose password is that of the name, if it is registered.
    fn outcome(&self) -> (Vec<usize>, Option<usize>) {
        let state = value(&self.chat);
        let is_it = |part: &&serde_json::Value| {
            ["bob", "B.O.B"].iter().any(|name| part["username"] == *name)
        };
        let clients = state["clients"].as_array().unwrap().iter().filter(is_it);
        let holders = clients.map(|client| self.people[&client["id"].as_u64().unwrap()]);
        let account = state["accounts"].as_array().unwrap().iter().find(is_it);
        let owner = account.map(|account| {
            let is_own = |who: &usize| account["credential"] == password(*who).as_str();
            (0..3).find(is_own).expect("someone's password")
        });
        (holders.collect(), owner)
    }
}

fn password(who: usize) -> Credential {
    Credential::new(&format!("password-of-{who}")).unwrap()
}

#[test]
fn l5_who_race_for_a_name_end_with_one_holder() {
    let [taken, registered] = [Cell::new(0), Cell::new(0)];
    every(prop::collection::vec((0..3_usize, 0..16_u8), 0..60), |acts| {
        let mut race = Race::new();
        let mut was = race.outcome();
        for (who, act) in acts {
            race.act(*who, *act);
            let (holders, owner) = race.outcome();
            require(holders.len() <= 1, || format!("{holders:?} all have the name"))?;
            if let (Some(owner), [holder]) = (owner, &holders[..]) {
                require(owner == *holder, || format!("{holder} has the name of {owner}"))?;
            }
            taken.set(taken.get() + u32::from(holders != was.0));
            registered.set(registered.get() + u32::from(owner != was.1));
            was = (holders, owner);
        }
        Ok(())
    });
    assert!(taken.get() > 2_000 && registered.get() > 400, "{taken:?}, {registered:?}");
}

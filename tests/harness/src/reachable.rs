//! All that a small scope can ever get into: every action from the empty chat, every action from each
//! state that this leads to, and so on until no state is new. A state is a machine and the model beside
//! it.
//!
//! What this proves: however long a session in the scope is, the machine does what the model says. The
//! number of states proves a little more: a machine that kept what it needs no more would have more.
//!
//! What it does not prove:
//!
//! - anything about more clients, connects, names or rooms than a scope has, or about operations that it
//!   lacks; that features of different scopes get along is left to the other tests;
//! - anything that depends on time, which stands still, or on history, of which there is none;
//! - anything about text: there is one body, and the model never reads what is typed;
//! - that limits hold: none is reached;
//! - that the model is right.
//!
//! A state is known by 128 bits that are made of its text. Should two have the same, one would be left
//! out; among a million states the chance of that is less than 1 in 10^26.
//!
//! Not here: what must hold of each step (`tests/it/exhaustive`).

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hasher};

use chinwag::chat::{Chat, Limits};

use crate::exhaustive::actions;
use crate::name_pool::{BOB, CAFE, IAN, LAN, TEA};
use crate::operation::Target::{self, Pool, Present};
use crate::{Action, Model, Operation, Run};

/// What can happen to the client in a slot, of three.
pub type Alphabet = fn(u8) -> Vec<Operation>;

/// A scope that is finite, because whatever the machine counts is bounded.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// How many clients there may be at a time, at most three.
    pub clients: usize,
    /// How many may connect in all.
    pub connects: u64,
    /// How many rooms may be created in all, beside the lobby.
    pub rooms: u64,
    /// What can happen.
    pub alphabets: &'a [Alphabet],
}

/// How much there is in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// Different states.
    pub states: usize,
    /// Steps from them. Those out of the scope count, but nothing is followed from there.
    pub steps: usize,
}

impl Reachable {
    /// Checks that `law` holds of every step in a scope, those after the fewest others first. It is given
    /// a run that has this step only, and the machine before it.
    ///
    /// # Errors
    ///
    /// A shortest session that breaks the law, and how.
    pub fn of(
        scope: &Scope<'_>,
        law: &impl Fn(&Run, &Chat) -> Result<(), String>,
    ) -> Result<Self, String> {
        let of_slot = |slot| scope.alphabets.iter().flat_map(move |alphabet| alphabet(slot));
        let alphabet: Vec<Operation> = (0..3).flat_map(of_slot).collect();
        let mut run = start();
        let mut known = BTreeSet::from([fingerprint(&run)]);
        let mut waiting = VecDeque::from([(run.chat.clone(), run.model.clone())]);
        // How each state but the first was found: from which one, and by what.
        let mut ways: Vec<(usize, Action)> = Vec::new();
        let mut reachable = Self { states: 0, steps: 0 };
        while let Some(state) = waiting.pop_front() {
            (run.chat, run.model) = state;
            for action in actions(&alphabet, &run.model, 0) {
                let way = (reachable.states, action.clone());
                let before = run.chat.clone();
                run.perform(action);
                law(&run, &before).map_err(|problem| session(&ways, &way).report(&problem))?;
                reachable.steps += 1;
                if run.has_just_changed(&before)
                    && scope.contains(&run.model)
                    && known.insert(fingerprint(&run))
                {
                    waiting.push_back((run.chat.clone(), run.model.clone()));
                    ways.push(way);
                }
                run.undo(before);
            }
            reachable.states += 1;
        }
        Ok(reachable)
    }
}

impl Scope<'_> {
    fn contains(&self, model: &Model) -> bool {
        model.present().len() <= self.clients
            && model.connects <= self.connects
            && model.rooms_created <= self.rooms
    }
}

fn start() -> Run {
    Run::new(Limits { history_lines: 0, ..Limits::default() })
}

/// The session that leads to a state and one step further.
fn session(ways: &[(usize, Action)], last: &(usize, Action)) -> Run {
    let mut way = Some(last);
    let mut actions = Vec::new();
    while let Some((state, action)) = way {
        actions.push(action);
        way = state.checked_sub(1).map(|index| &ways[index]);
    }
    let mut run = start();
    actions.into_iter().rev().for_each(|action| run.perform(action.clone()));
    run
}

fn fingerprint(run: &Run) -> u128 {
    let text = format!("{:?}{:?}", run.chat, run.model);
    let half = |salt| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(text.as_bytes());
        u128::from(hasher.finish())
    };
    (half(0) << 64) | half(1)
}

/// Everyone but the one in a slot.
fn others(slot: u8) -> [Target; 2] {
    [1, 2].map(|distance| Present((slot + distance) % 3))
}

/// Coming and going; a line and the end of someone who has gone, and a second connect.
pub fn coming(slot: u8) -> Vec<Operation> {
    let kind = [0, 1, 3][usize::from(slot % 3)];
    vec![
        Operation::Connect,
        Operation::Disconnect { slot, cause: 2 },
        Operation::Bye { slot, word: 0 },
        Operation::Stale { slot, kind },
        Operation::Shutdown,
    ]
}

/// Two names that look alike.
pub fn naming_alike(slot: u8) -> Vec<Operation> {
    [IAN, LAN].map(|name| Operation::Rename { slot, name, word: 0 }).to_vec()
}

/// One name more.
pub fn naming(slot: u8) -> Vec<Operation> {
    vec![Operation::Rename { slot, name: BOB, word: 0 }]
}

/// Something said, and who hears it.
pub fn talking(slot: u8) -> Vec<Operation> {
    vec![Operation::Say { slot, opening: 0, body: 0 }, Operation::List { slot, word: 0 }]
}

/// Whispers to each of three names, had by anyone or not, and answers.
pub fn whispering(slot: u8) -> Vec<Operation> {
    let to = |name| Operation::Whisper { slot, to: Pool(name), word: 0, body: 0 };
    vec![to(BOB), to(IAN), to(LAN), Operation::Reply { slot, body: 0 }]
}

/// The lobby and one room.
pub fn moving(slot: u8) -> Vec<Operation> {
    vec![Operation::Join { slot, room: CAFE }, Operation::Leave { slot }]
}

/// One room more.
pub fn moving_on(slot: u8) -> Vec<Operation> {
    vec![Operation::Join { slot, room: TEA }]
}

/// Private rooms, and who may know of them.
pub fn excluding(slot: u8) -> Vec<Operation> {
    let mut operations = vec![
        Operation::Private { slot },
        Operation::Public { slot },
        Operation::ListAll { slot, word: 0 },
    ];
    operations.extend(others(slot).map(|whom| Operation::Invite { slot, whom }));
    operations
}

/// Being away, and what others know of it.
pub fn being_away(slot: u8) -> Vec<Operation> {
    let mut operations = vec![Operation::Away { slot, body: 0 }];
    operations.extend(others(slot).map(|of| Operation::Whois { slot, of }));
    operations
}

/// Who sees nothing of whom.
pub fn ignoring(slot: u8) -> Vec<Operation> {
    let mut operations = vec![Operation::Ignored { slot }];
    for whom in others(slot) {
        operations.extend([Operation::Ignore { slot, whom }, Operation::Unignore { slot, whom }]);
    }
    operations
}

/// Notices, on or off.
pub fn noticing(slot: u8) -> Vec<Operation> {
    [0, 1].map(|setting| Operation::Notices { slot, setting }).to_vec()
}

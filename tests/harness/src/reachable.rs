//! Explores every reachable state of a small scope: every action from the empty chat, every action from each state
//! that results, and so on until no new state turns up. A state is a machine together with its model.
//!
//! What this shows: within the scope, the machine matches the model in sessions of any length. The expected number of
//! states shows a little more: a machine that keeps something it no longer needs has more states.
//!
//! What it does not show:
//!
//! - anything about more clients, connects, names or rooms than the scope has, or about operations outside of it;
//!   whether features of different scopes work together is left to the other tests;
//! - anything that depends on time, which stands still, or on history, which is off;
//! - anything about text: there is one text, and the model never reads typed text;
//! - that limits hold: no limit is reached;
//! - that the model is right.
//!
//! A state is recognised by a 128-bit hash of its debug output. If two states had the same hash, one would be
//! skipped; among a million states the probability of that is below 1 in 10^26.
//!
//! Not here: the laws about each step (`tests/it/exhaustive`).

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hasher};

use chinwag::chat::{Chat, Limits};

use crate::exhaustive::actions;
use crate::name_pool::{BOB, CAFE, IAN, LAN, TEA};
use crate::operation::Target::{self, Pool, Present};
use crate::{Action, Model, Operation, Run};

/// The operations of the client in a slot, one of three.
pub type Alphabet = fn(u8) -> Vec<Operation>;

/// A scope. It is finite, since every counter in the machine is bounded in it.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The greatest number of clients at a time, at most three.
    pub clients: usize,
    /// The greatest number of connects in all.
    pub connects: u64,
    /// The greatest number of rooms created in all, apart from the lobby.
    pub rooms: u64,
    /// The operations.
    pub alphabets: &'a [Alphabet],
}

/// The size of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// Distinct states.
    pub states: usize,
    /// Steps from those states, including steps out of the scope, which are not followed further.
    pub steps: usize,
}

impl Reachable {
    /// Checks `law` for every step in a scope, breadth first. The law gets a run with this step only, and the machine
    /// before it.
    ///
    /// # Errors
    ///
    /// A shortest session that violates the law, and the violation.
    pub fn of(
        scope: &Scope<'_>,
        law: &impl Fn(&Run, &Chat) -> Result<(), String>,
    ) -> Result<Self, String> {
        let of_slot = |slot| scope.alphabets.iter().flat_map(move |alphabet| alphabet(slot));
        let alphabet: Vec<Operation> = (0..3).flat_map(of_slot).collect();
        let mut run = start();
        let mut known = BTreeSet::from([fingerprint(&run)]);
        let mut waiting = VecDeque::from([(run.chat.clone(), run.model.clone())]);
        // For each state but the first: the state it was reached from, and the action.
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

/// The other two clients.
fn others(slot: u8) -> [Target; 2] {
    [1, 2].map(|distance| Present((slot + distance) % 3))
}

/// Connecting and leaving; a line, a disconnect and a connect from clients that have left or are connected already.
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

/// Requests for two names that look alike.
pub fn naming_alike(slot: u8) -> Vec<Operation> {
    [IAN, LAN].map(|name| Operation::Rename { slot, name, word: 0 }).to_vec()
}

/// Requests for one more name.
pub fn naming(slot: u8) -> Vec<Operation> {
    vec![Operation::Rename { slot, name: BOB, word: 0 }]
}

/// A spoken line, and the list of who hears it.
pub fn talking(slot: u8) -> Vec<Operation> {
    vec![Operation::Say { slot, opening: 0, body: 0 }, Operation::List { slot, word: 0 }]
}

/// Whispers to each of three names, whether in use or not, and replies.
pub fn whispering(slot: u8) -> Vec<Operation> {
    let to = |name| Operation::Whisper { slot, to: Pool(name), word: 0, body: 0 };
    vec![to(BOB), to(IAN), to(LAN), Operation::Reply { slot, body: 0 }]
}

/// Moving between the lobby and one room.
pub fn moving(slot: u8) -> Vec<Operation> {
    vec![Operation::Join { slot, room: CAFE }, Operation::Leave { slot }]
}

/// Moving to a second room.
pub fn moving_on(slot: u8) -> Vec<Operation> {
    vec![Operation::Join { slot, room: TEA }]
}

/// Private rooms, invitations, and the list that hides them.
pub fn excluding(slot: u8) -> Vec<Operation> {
    let mut operations = vec![
        Operation::Private { slot },
        Operation::Public { slot },
        Operation::ListAll { slot, word: 0 },
    ];
    operations.extend(others(slot).map(|whom| Operation::Invite { slot, whom }));
    operations
}

/// Being away, and what `/whois` shows of it.
pub fn being_away(slot: u8) -> Vec<Operation> {
    let mut operations = vec![Operation::Away { slot, body: 0 }];
    operations.extend(others(slot).map(|of| Operation::Whois { slot, of }));
    operations
}

/// Ignoring the others.
pub fn ignoring(slot: u8) -> Vec<Operation> {
    let mut operations = vec![Operation::Ignored { slot }];
    for whom in others(slot) {
        operations.extend([Operation::Ignore { slot, whom }, Operation::Unignore { slot, whom }]);
    }
    operations
}

/// Notices on and off.
pub fn noticing(slot: u8) -> Vec<Operation> {
    [0, 1].map(|setting| Operation::Notices { slot, setting }).to_vec()
}

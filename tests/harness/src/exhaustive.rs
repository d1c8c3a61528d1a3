//! Every session of a small scope, up to a length: most faults need few clients and few events, and
//! what generated sessions leave out by chance is not left out here.
//!
//! Two sessions that cannot differ count as one. So an operation that is nothing in the present state,
//! or the same as another there, is not tried; and no session goes on from a step that has changed
//! neither the machine nor the model, because what follows would be the same without it: when
//! something happens decides nothing.
//!
//! Not here: sessions of any length (`reachable`), and what must hold of each (`tests/it/exhaustive`).

use chinwag::chat::Chat;

use crate::name_pool::{BOB, CAFE, IAN, LAN};
use crate::operation::Target::{Pool, Present};
use crate::{Action, Model, Operation, Run};

/// What can happen. The first who is there says and decides things, the second comes and goes, the
/// third looks on.
pub const ALPHABET: [Operation; 23] = [
    Operation::Connect,
    Operation::Disconnect { slot: 1, cause: 2 },
    Operation::Bye { slot: 0, word: 0 },
    Operation::Stale { slot: 0, kind: 0 },
    Operation::Shutdown,
    Operation::Rename { slot: 0, name: BOB, word: 0 },
    Operation::Rename { slot: 0, name: IAN, word: 0 },
    Operation::Rename { slot: 1, name: LAN, word: 0 },
    Operation::Say { slot: 0, opening: 0, body: 0 },
    Operation::Whisper { slot: 1, to: Pool(IAN), word: 0, body: 0 },
    Operation::Reply { slot: 0, body: 0 },
    Operation::Join { slot: 0, room: CAFE },
    Operation::Join { slot: 1, room: CAFE },
    Operation::Leave { slot: 1 },
    Operation::Private { slot: 0 },
    Operation::Public { slot: 0 },
    Operation::Invite { slot: 0, whom: Present(1) },
    Operation::Ignore { slot: 1, whom: Present(0) },
    Operation::Unignore { slot: 1, whom: Present(0) },
    Operation::Notices { slot: 1, setting: 1 },
    Operation::List { slot: 0, word: 0 },
    Operation::ListAll { slot: 2, word: 0 },
    Operation::Whois { slot: 2, of: Present(0) },
];

/// What may have happened before, and does not count: nothing; three are in the lobby; one of them is
/// in a private room.
pub const OPENINGS: [&[Operation]; 3] = [
    &[],
    &[Operation::Connect, Operation::Connect, Operation::Connect],
    &[
        Operation::Connect,
        Operation::Connect,
        Operation::Connect,
        Operation::Join { slot: 0, room: CAFE },
        Operation::Private { slot: 0 },
    ],
];

/// Checks that `law` holds of every session of up to `longest` steps after an opening, the shortest
/// ones first, and says how many there are of each length. It is given the machine before the last step,
/// too.
///
/// # Errors
///
/// A shortest session that breaks the law, and how.
pub fn every_session(
    opening: &[Operation],
    longest: usize,
    law: &impl Fn(&Run, &Chat) -> Result<(), String>,
) -> Result<Vec<u64>, String> {
    let mut run = Run::of(opening);
    let before = run.machines().last().map_or_else(|| run.chat.clone(), |(before, ..)| before);
    (0..=longest).map(|length| continued(&mut run, &before, length, law)).collect()
}

/// Checks every session that is `more` steps longer than `run`, and says how many there are. `before` is
/// the machine before the last step.
fn continued(
    run: &mut Run,
    before: &Chat,
    more: usize,
    law: &impl Fn(&Run, &Chat) -> Result<(), String>,
) -> Result<u64, String> {
    if more == 0 {
        law(run, before).map_err(|problem| run.report(&problem))?;
        return Ok(1);
    }
    let mut sessions = 0;
    for action in actions(&ALPHABET, &run.model, run.steps.len() as u64) {
        let before = run.chat.clone();
        run.perform(action);
        if more == 1 || run.has_just_changed(&before) {
            sessions += continued(run, &before, more - 1, law)?;
        }
        run.undo(before);
    }
    Ok(sessions)
}

/// What an alphabet is in a state: each different action once.
pub(crate) fn actions(alphabet: &[Operation], model: &Model, token: u64) -> Vec<Action> {
    let mut actions = Vec::new();
    for operation in alphabet {
        let action = operation.resolve(model, token);
        actions.extend(action.filter(|action| !actions.contains(action)));
    }
    actions
}

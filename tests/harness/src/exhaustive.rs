//! Enumerates every session of a small scope up to a given length. Most faults need few clients and few events,
//! and random generation can miss some of those by chance.
//!
//! Equivalent sessions are tried once. An operation is skipped if it does nothing in the current state, or the
//! same as another one. A session ends at a step that changes neither the machine nor the model: whatever
//! follows would be the same without that step, as nothing depends on time.
//!
//! Not here: sessions of any length (`reachable`), and the laws themselves (`tests/it/exhaustive`).

use chinwag::chat::Chat;

use crate::name_pool::{BOB, CAFE, IAN, LAN};
use crate::operation::Target::{Pool, Present};
use crate::{Action, Model, Operation, Run};

/// The operations. The client in slot 0 speaks and decides, the one in slot 1 comes and goes, the one in slot 2
/// watches.
pub const ALPHABET: &[Operation] = &[
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

/// The operations where the client in slot 0 is an operator, who keeps order among the others.
pub const ORDER: &[Operation] = &[
    Operation::Connect,
    Operation::Disconnect { slot: 1, cause: 0 },
    Operation::Restart,
    Operation::Say { slot: 0, opening: 0, body: 0 },
    Operation::Say { slot: 1, opening: 0, body: 0 },
    Operation::Rename { slot: 1, name: BOB, word: 0 },
    Operation::Join { slot: 1, room: CAFE },
    Operation::Appoint { account: 0 },
    Operation::LogIn { slot: 1, account: 0 },
    Operation::Answer { slot: 1, kind: 0 },
    // A ban and its end, a mute and its end, and a kick: by name.
    Operation::Sanction { slot: 0, whom: Present(1), word: 0 },
    Operation::Sanction { slot: 0, whom: Pool(BOB), word: 4 },
    Operation::Sanction { slot: 0, whom: Present(1), word: 1 },
    Operation::Sanction { slot: 0, whom: Present(1), word: 5 },
    Operation::Sanction { slot: 0, whom: Present(1), word: 7 },
    // The account of the operator.
    Operation::Sanction { slot: 0, whom: Pool(IAN), word: 0 },
    Operation::Order { slot: 0, account: 0, word: 0 },
    Operation::Order { slot: 0, account: 0, word: 1 },
    // The lobby is slow for guests, or not any more.
    Operation::Order { slot: 0, account: 0, word: 18 },
    Operation::Order { slot: 0, account: 0, word: 10 },
    Operation::Order { slot: 0, account: 0, word: 5 },
];

/// Steps before the session, which do not count towards its length, and the operations of the session: nothing before
/// it; three clients in the lobby; three clients, one of them in a private room; two, one of them an operator.
pub const SCENES: [(&[Operation], &[Operation]); 4] = [
    (&[], ALPHABET),
    (&[Operation::Connect, Operation::Connect, Operation::Connect], ALPHABET),
    (
        &[
            Operation::Connect,
            Operation::Connect,
            Operation::Connect,
            Operation::Join { slot: 0, room: CAFE },
            Operation::Private { slot: 0 },
        ],
        ALPHABET,
    ),
    (
        &[
            Operation::Connect,
            Operation::Connect,
            Operation::Rename { slot: 0, name: IAN, word: 0 },
            Operation::Register { slot: 0 },
            Operation::Answer { slot: 0, kind: 0 },
            Operation::Appoint { account: 0 },
        ],
        ORDER,
    ),
];

/// Checks `law` for every session of up to `longest` steps after an opening, shortest first, and returns the
/// number of sessions of each length. The law also gets the machine as it was before the last step.
///
/// # Errors
///
/// The shortest session that violates the law, and the violation.
pub fn every_session(
    (opening, alphabet): (&[Operation], &[Operation]),
    longest: usize,
    law: &impl Fn(&Run, &Chat) -> Result<(), String>,
) -> Result<Vec<u64>, String> {
    let mut run = Run::of(opening);
    let before = run.machines().last().map_or_else(|| run.chat.clone(), |(before, ..)| before);
    (0..=longest).map(|length| continued(&mut run, alphabet, &before, length, law)).collect()
}

/// Checks every session that extends `run` by exactly `more` steps, and returns their number. `before` is the
/// machine before the last step of `run`.
fn continued(
    run: &mut Run,
    alphabet: &[Operation],
    before: &Chat,
    more: usize,
    law: &impl Fn(&Run, &Chat) -> Result<(), String>,
) -> Result<u64, String> {
    if more == 0 {
        law(run, before).map_err(|problem| run.report(&problem))?;
        return Ok(1);
    }
    let mut sessions = 0;
    for action in actions(alphabet, &run.model, run.steps.len() as u64) {
        let before = run.chat.clone();
        run.perform(action);
        if more == 1 || run.has_just_changed(&before) {
            sessions += continued(run, alphabet, &before, more - 1, law)?;
        }
        run.undo(before);
    }
    Ok(sessions)
}

/// The distinct actions of an alphabet in a state.
pub(crate) fn actions(alphabet: &[Operation], model: &Model, token: u64) -> Vec<Action> {
    let mut actions = Vec::new();
    for operation in alphabet {
        let action = operation.resolve(model, token);
        actions.extend(action.filter(|action| !actions.contains(action)));
    }
    actions
}

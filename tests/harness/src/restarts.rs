//! The laws of restarts: a session goes on after one, with other people, and is compared with what they would
//! have been sent otherwise.
//!
//! Not here: what is sent exactly (the model says that), and the other laws (`laws`).

use std::collections::BTreeSet;

use chinwag::chat::{Cause, Chat, ClientId, Event, Timestamp};

use crate::laws::{part, require_same, sent, tokens};
use crate::run::{renamed, replay};
use crate::{Reach, Run, perform_at, require};

/// A restart is as if everyone had left, and nobody who comes afterwards can tell; nor whether they have the ids
/// of those who were there before. The rest of the session is done by newcomers.
///
/// # Errors
///
/// What differs.
pub fn restarting(run: &Run, draw: u8) -> Result<(), String> {
    let cut = part(run.steps.len() + 1, draw);
    let mut chat = run.empty_chat();
    let mut at = Timestamp::default();
    for (time, event) in run.events().take(cut) {
        perform_at(&mut chat, time, event);
        at = time;
    }
    let model = run.steps.get(cut).map_or(&run.model, |step| &step.model);
    // What was said in a private room is not kept for those who may come back after a restart: K5.
    if model.awaits() {
        return Ok(());
    }
    let mut left = chat.clone();
    for client in model.present() {
        perform_at(&mut left, at, Event::Disconnect { client, cause: Cause::Closed });
    }
    let outbox = perform_at(&mut chat, at, Event::Restart);
    require(outbox.is_empty(), || format!("a restart causes {outbox:?}"))?;
    chat.check()?;

    let fresh = |client: ClientId| ClientId(client.0.saturating_add(1_000_000));
    let go_on = |mut chat: Chat, name: fn(ClientId) -> ClientId| {
        let rest = &run.steps[cut..];
        let come: BTreeSet<ClientId> = rest.iter().filter_map(|step| step.client()).collect();
        let connects = come.into_iter().map(|client| (at, Event::connect(client)));
        let events = connects.chain(rest.iter().map(|step| step.event()));
        let events = events.map(|(at, event)| (at, renamed(event, name)));
        sent(replay(&mut chat, events))
    };
    let due = go_on(left, fresh);
    require_same("after a restart, not after all have left,", &go_on(chat.clone(), fresh), &due)?;
    let again = go_on(chat, |client| client).into_iter();
    let again = again.map(|(client, text)| (fresh(client), text)).collect();
    require_same("after a restart, with ids that others had,", &again, &due)
}

/// K5: nothing that was said in private before a restart is shown to anyone after it; nor is it kept.
///
/// # Errors
///
/// What is.
pub fn private_before_restart(run: &Run, draw: u8) -> Result<(), String> {
    let cut = part(run.steps.len() + 1, draw);
    let (mut said, mut hidden) = (BTreeSet::new(), BTreeSet::new());
    let mut chat = run.empty_chat();
    for (index, step) in run.steps.iter().enumerate() {
        // The session has few restarts of its own: one more does no harm if nobody goes on from there.
        if index == cut {
            let mut chat = chat.clone();
            perform_at(&mut chat, step.action.at, Event::Restart);
            require_without(&format!("{chat:?}"), &said, "is kept after a restart")?;
        }
        if step.action.event == Event::Restart {
            hidden.append(&mut said);
        }
        let (at, event) = step.event();
        if let Event::Line { client, line } = &event
            && step.action.intent.reach() == Reach::Room
            && step.model.present().contains(client)
            && step.model.is_in_private(*client)
        {
            said.extend(tokens(line));
        }
        perform_at(&mut chat, at, event);
        for (client, text) in &step.told.sent {
            require_without(text, &hidden, &format!("is shown to {client} after a restart"))?;
        }
    }
    Ok(())
}

fn require_without(text: &str, hidden: &BTreeSet<u64>, problem: &str) -> Result<(), String> {
    let found = tokens(text).find(|token| hidden.contains(token));
    require(found.is_none(), || format!("#{found:?}, said in private, {problem}: {text}"))
}

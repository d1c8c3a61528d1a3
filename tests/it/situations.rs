//! What must have occurred in the sessions that every property is checked over.
//!
//! Not here: how it is counted (`chinwag_harness::situations`).

use std::cell::RefCell;

use chinwag_harness::situations::Situations;

use crate::laws::every_run;

/// Those of a message have its name, those of a refusal its kind.
const SITUATIONS: &[&str] = &[
    "a client is too slow",
    "a connection is closed",
    "a connection is lost",
    "a name has another holder",
    "a stop with people there",
    "acted",
    "an event of someone who has gone",
    "away",
    "cannot ignore oneself",
    "connected",
    "disconnected",
    "entered",
    "everyone",
    "has gone",
    "has left by command",
    "help",
    "help about a command",
    "here already",
    "history",
    "how to leave",
    "ignored",
    "ignored already",
    "ignoring",
    "in that room already",
    "invited",
    "invited already",
    "inviting",
    "joined",
    "left",
    "made private",
    "made public",
    "no longer away",
    "nobody to reply to",
    "not a room name",
    "not a username",
    "not ignored",
    "not ignoring",
    "not in the lobby",
    "not invited",
    "notices",
    "overlong line",
    "privacy unchanged",
    "renamed",
    "room name taken",
    "rooms",
    "said",
    "shutting down",
    "someone connects after all have left",
    "someone connects twice",
    "someone speaks who is ignored",
    "someone whispers to himself",
    "something is said in private",
    "something is said to four",
    "still here",
    "the chat closes a connection",
    "there are three rooms",
    "there is history",
    "topic",
    "topic set",
    "unknown command",
    "unknown user",
    "username taken",
    "username unchanged",
    "users",
    "welcome",
    "whispered",
    "whois",
    "whois of someone in private",
    "wrong arguments",
    "you are away",
];

/// Every one of these situations occurs in the sessions of a default run: what never occurs is not
/// proved.
#[test]
fn everything_that_can_happen_does() {
    let situations = RefCell::new(Situations::default());
    every_run(|run| {
        situations.borrow_mut().add(run);
        Ok(())
    });
    let counts = situations.into_inner().counts;
    let missing: Vec<_> = SITUATIONS.iter().filter(|name| !counts.contains_key(**name)).collect();
    assert_eq!(missing, [&""; 0], "of {counts:#?}");
    let unknown: Vec<_> = counts.keys().filter(|name| !SITUATIONS.contains(name)).collect();
    assert_eq!(unknown, [&""; 0], "occurs, and is to be listed here");
}

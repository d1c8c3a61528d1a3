//! Snapshots of the machine: law K4, and what is in the stored ones.
//!
//! `tests/snapshots` holds a snapshot of every version of the format that was ever released. Those stay: each
//! later version reads them.
//!
//! Not here: snapshots that are damaged (`damaged`).

use chinwag::chat::{
    Answer, Cause, Chat, ClientId, Credential, Event, Limits, Message, Snapshot, Text, Timestamp,
};
use chinwag::wire::render;
use chinwag_harness::laws::restoration;
use chinwag_harness::{Run, perform_at, sessions};
use expect_test::expect_file;
use proptest::prelude::*;

use crate::narrow;
use crate::support::laws::{LENGTH, every, messages};

/// K4: a snapshot taken anywhere in a session, read again from JSON, is equal to the state, with the same future.
#[test]
fn k4_a_snapshot_restores_the_state() {
    every((sessions(LENGTH), any::<u8>()), |(operations, draw)| {
        let run = Run::of(operations);
        restoration(&run, *draw).map_err(|problem| run.report(&problem))
    });
}

/// K4: the same in long sessions about few things, with some limits near at hand.
#[test]
fn k4_a_snapshot_restores_the_state_within_small_limits() {
    every((narrow::some_limits(), narrow::steps(), any::<u8>()), |(near, steps, draw)| {
        let run = narrow::perform(*near, steps);
        restoration(&run, *draw).map_err(|problem| run.report(&problem))
    });
}

/// Reads a snapshot and restores it.
pub(crate) fn restored(json: &[u8]) -> Result<Chat, String> {
    Snapshot::from_json(json).and_then(Chat::restore).map_err(|error| error.to_string())
}

/// When the story begins.
const BEGINNING: u64 = 1_790_000_000_000;
/// Some time after it has ended.
const LATER: Timestamp = Timestamp(BEGINNING + 7_200_000);

/// What happens in the session of which the files in `tests/snapshots` are snapshots: who does it, and the line. With an
/// empty line, someone connects; with a `.`, someone is gone; with a `!`, the configuration names an operator.
const STORY: &[(u64, &str)] = &[
    (1, ""),
    (1, "/username Ann"),
    (2, ""),
    (2, "/username Зоя"),
    (3, ""),
    (3, "/username 山田"),
    (4, ""),
    (5, ""),
    (5, "/username eve"),
    (1, "hello"),
    (1, "/me waves \"both\" \\o/"),
    (2, "привет 👋🏽"),
    (3, "/notices off"),
    (1, "/join café"),
    (1, "/topic tea at five"),
    (2, "/join café"),
    (3, "/join café"),
    (5, "/join café"),
    (5, "/topic buy at eve's"),
    (1, "in public"),
    (5, "me too"),
    (1, "/private"),
    (1, "/topic what eve must not know"),
    (2, "in private"),
    (5, "/leave"),
    (3, "/leave"),
    (1, "/invite anonymous3"),
    (2, "/ignore eve"),
    (5, "eve says"),
    (5, "/ignore Ann"),
    (4, "/join attic"),
    (4, "@Ann are you there?"),
    (5, "@山田 psst"),
    (1, "@山田 come back"),
    (1, "/away until tomorrow"),
    (2, "@Ann hello?"),
    (2, "/username zoe"),
    (4, "/ignore eve"),
    (5, "."),
    (6, ""),
    (6, "/ignore zoe"),
    (6, "/username Frank"),
    (6, "/register"),
    (6, "=open-sesame"),
    (6, "/password"),
    (6, "=open-sesame"),
    (7, ""),
    (7, "/username Gus"),
    (7, "/register"),
    (7, "=gus-s-password"),
    (6, "/join den"),
    (6, "/trust gus"),
    (6, "/lock 1d"),
    (6, "/ignore Gus"),
    (6, "/notices off"),
    (7, "!Gus"),
    (7, "/slow café 10 guests"),
    (7, "/ban origin:77 2h from there"),
    (7, "/mute frank 1w off topic"),
    (7, "/announce tea is served"),
    (4, "/login frank"),
];

/// A client has typed this password, which is like its credential.
fn answered(chat: &Chat, client: ClientId, password: &str) -> Event {
    let credential = Credential::new(password).unwrap();
    // The last question; which one it was shows by what it leads to.
    let answers = [Answer::Made(credential.clone()), Answer::Right(credential)];
    let tried = answers.into_iter().flat_map(|answer| {
        (0..9).map(move |ticket| Event::Answered { client, ticket, answer: answer.clone() })
    });
    let leads = |event: &Event| {
        let told = messages(&perform_at(&mut chat.clone(), LATER, event.clone()));
        told.iter().any(|(_, message)| !matches!(message, Message::AskEnded { .. }))
    };
    tried.into_iter().find(leads).unwrap()
}

/// The state after the story.
pub(crate) fn story() -> Chat {
    let mut chat = Chat::new(Limits { announce_below: 2, ..Limits::default() });
    for (minute, (client, line)) in (0..).zip(STORY) {
        let client = ClientId(*client);
        let event = match *line {
            "" => Event::connect(client),
            "." => Event::Disconnect { client, cause: Cause::Lost },
            answer if answer.starts_with('=') => answered(&chat, client, &answer[1..]),
            name if name.starts_with('!') => Event::Appoint { name: Text::clean(&name[1..]) },
            line => Event::Line { client, line: line.into() },
        };
        perform_at(&mut chat, Timestamp(BEGINNING + minute * 60_000), event);
    }
    chat
}

/// The current version of the format: it changes only together with its number.
#[test]
fn the_format_is_as_it_was() {
    let pretty = serde_json::to_string_pretty(&story().snapshot()).unwrap();
    expect_file!["../snapshots/2.json"].assert_eq(&(pretty + "\n"));
}

/// A snapshot of each version holds what happened in the story, as people see it.
#[test]
fn a_snapshot_of_each_version_is_read() {
    let former = restored(include_bytes!("../snapshots/1.json")).unwrap();
    expect_file!["../snapshots/1.txt"].assert_eq(&as_seen(&former));
    let latest = restored(include_bytes!("../snapshots/2.json")).unwrap();
    expect_file!["../snapshots/2.txt"].assert_eq(&as_seen(&latest));
}

/// What the users of the story are shown, whatever each of them does next.
fn as_seen(chat: &Chat) -> String {
    let mut all = String::new();
    for (client, line) in [
        (2, "/list"),
        (2, "/topic"),
        (2, "/history"),
        (2, "/whois Ann"),
        (2, "/ignore"),
        (2, "/reply yes"),
        (2, "@Ann again"),
        (2, "/public"),
        (3, "/join café"),
        (3, "/reply which of you?"),
        (3, "/history"),
        (3, "/list all"),
        (4, "/rooms"),
        (4, "/join café"),
        (4, "@Ann again"),
        (6, "/join café"),
        (6, "/username Zoe"),
        (6, "/ignore"),
        (6, "hi"),
        (2, "/whois Frank"),
        (2, "/username frank"),
        (2, "/login frank"),
        (6, "/unregister"),
        (3, "/join den"),
        (7, "/join den"),
        (7, "/bans"),
        (7, "/audit"),
        (7, "/deop gus"),
    ] {
        all += &format!("{client} > {line}\n");
        let outbox = perform_at(
            &mut chat.clone(),
            LATER,
            Event::Line { client: ClientId(client), line: line.into() },
        );
        for (_, message) in
            messages(&outbox).iter().filter(|(to, _)| to.contains(&ClientId(client)))
        {
            let mut text = String::new();
            render(message, &mut text);
            text.lines().for_each(|line| all += &format!("    {line}\n"));
        }
    }
    all
}

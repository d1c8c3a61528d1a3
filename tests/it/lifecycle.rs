//! Lifecycle and errors: laws D1 to D4, E1 and E2.
//!
//! Not here: disconnects of the running server (`simulator`, `server`).

use chinwag::chat::{Cause, Chat, ClientId, Event, Limits, Message, Output, Signal, Timestamp};
use chinwag_harness::Intent;
use chinwag_harness::laws::require_same_state;
use chinwag_harness::restarts::{private_before_restart, restarting};
use proptest::prelude::*;

use crate::damaged;
use crate::support::laws::{
    every, every_run, later, line, messages, perform, perform_at, probe, require,
};

/// D1: when a user leaves, each other member of the room is told once, except those with notices off and those who
/// ignore the user. The user is told nothing, and is disconnected after `/bye`.
#[test]
fn d1_one_leave_notice_to_each_other() {
    every_run(|run| {
        for step in &run.steps {
            let (Intent::Bye { .. } | Intent::Disconnect(_)) = step.action.intent else {
                continue;
            };
            let mut others = step.client().map_or(vec![], |who| step.model.roommates(who));
            others.retain(|client| Some(*client) != step.client());
            others.retain(|client| step.model.person(*client).notices);
            others.retain(|client| {
                step.client().is_some_and(|who| !step.model.ignores(*client, who))
            });
            let told: Vec<ClientId> = messages(&step.outbox)
                .into_iter()
                .filter(|(_, message)| {
                    matches!(message, Message::Disconnected { who, .. } if Some(who.client) == step.client())
                })
                .flat_map(|(to, _)| to)
                .collect();
            require(told == others, || format!("{told:?} were told, not {others:?}"))?;
            let last = step.outbox.iter().last();
            let is_closed =
                matches!(last, Some(Output::Close { client, .. }) if Some(client) == step.client());
            let is_by_command = matches!(step.action.intent, Intent::Bye { .. });
            require(is_closed == is_by_command, || format!("{last:?}"))?;
        }
        Ok(())
    });
}

/// D2: an event of a client that never connected or has left has no effect. Nor has a second connect.
#[test]
fn d2_events_of_absent_clients_do_nothing() {
    every_run(|run| {
        let mut nobodies = run.model.departed();
        nobodies.push(ClientId(u64::MAX));
        let mut events: Vec<Event> = Vec::new();
        for client in nobodies {
            events.push(Event::Line { client, line: "/username ghost".into() });
            events.push(Event::Disconnect { client, cause: Cause::Lost });
            events.push(Event::Signal { client, signal: Signal::Overlong });
        }
        events.extend(run.model.present().into_iter().map(Event::connect));
        for event in events {
            let mut chat = run.chat.clone();
            let outbox = perform(&mut chat, event.clone());
            require(outbox.is_empty(), || format!("{event:?}: {outbox:?}"))?;
            require_same_state(&format!("after {event:?}"), &chat, &run.chat)?;
        }
        Ok(())
    });
}

/// D3: when all clients have left, and the time is over for which rooms are kept, the state equals that of a chat with
/// the same accounts in which as many clients and rooms have come and gone without anything else.
#[test]
fn d3_nothing_remains_of_clients_that_have_left() {
    every_run(|run| {
        // Without history, since the lobby keeps its own.
        let limits = Limits { history_lines: 0, ..run.model.limits.clone() };
        let mut chat = Chat::new(limits.clone());
        for (at, event) in run.events() {
            perform_at(&mut chat, at, event);
        }
        for client in run.model.present() {
            perform(&mut chat, Event::Disconnect { client, cause: Cause::Closed });
        }
        let mut other = Chat::new(limits);
        let mut rooms = run.model.rooms_created;
        for step in &run.steps {
            if step.action.intent != Intent::Connect || step.is_turned_away() {
                continue;
            }
            let Some(client) = step.client() else { continue };
            perform(&mut other, Event::connect(client));
            (0..rooms)
                .for_each(|room| drop(line(&mut other, client, &format!("/join room{room}"))));
            rooms = 0;
            perform(&mut other, Event::Disconnect { client, cause: Cause::Closed });
        }
        let [chat, other] = [chat, other].map(|chat| later(chat, Timestamp(u64::MAX)));
        let other = with_accounts_of(&chat, &other);
        require_same_state("when all have left", &chat, &other)
    });
}

/// A chat with the accounts of another one, and what its operators have done, which stay when everyone has left.
fn with_accounts_of(chat: &Chat, other: &Chat) -> Chat {
    let (from, mut to) = (damaged::value(chat), damaged::value(other));
    for field in [
        "accounts",
        "tries",
        "bans",
        "mutes",
        "acts",
        "next_account",
        "next_ticket",
        // Who was turned away has an id, too.
        "next_client",
    ] {
        to[field] = from[field].clone();
    }
    to["rooms"][0]["slow"] = from["rooms"][0]["slow"].clone();
    damaged::of(&to).unwrap()
}

/// D3: a restart is as if everyone had left; and those who come afterwards may have ids that others had before.
#[test]
fn d3_nothing_remains_of_those_who_were_there_before_a_restart() {
    every_run(|run| [86, 128, 255].into_iter().try_for_each(|cut| restarting(run, cut)));
}

/// K5: what was said in private before a restart is neither shown to anyone after it nor kept.
#[test]
fn k5_a_restart_forgets_what_is_private() {
    every_run(|run| [86, 128, 255].into_iter().try_for_each(|at| private_before_restart(run, at)));
}

/// D4, H2: clients that come and go do not make the state grow, whatever they do.
#[test]
fn d4_churn_does_not_grow_the_state() {
    let mut chat = Chat::new(Limits { history_lines: 3, ignored: 1, ..Limits::default() });
    let resident = ClientId(0);
    perform(&mut chat, Event::connect(resident));
    line(&mut chat, resident, "/username resident");
    let size = |chat: &Chat| format!("{chat:?}").len();
    let mut sizes = Vec::new();
    for round in 10_001..=12_000 {
        let client = ClientId(round);
        perform(&mut chat, Event::connect(client));
        for doing in [
            &format!("/username guest{round}"),
            "/ignore resident",
            "/away for good",
            "hello, all of you",
            "@resident psst",
            &format!("/join room{round}"),
            "/private",
            "/topic nothing at all",
            "/me hides",
            "/invite resident",
        ] {
            line(&mut chat, client, doing);
        }
        line(&mut chat, resident, &format!("/ignore guest{round}"));
        line(&mut chat, resident, "/reply hush");
        line(&mut chat, client, "/bye");
        sizes.push(size(&chat));
    }
    // The first size is taken early, so that a leak with a bound shows too. The difference is two more digits in
    // eight numbers.
    let (early, late) = (sizes[9], sizes[1999]);
    assert_eq!(late, early + 16, "{chat:?}");
}

/// D4: kept rooms are gone when their time is over, however many there have been.
#[test]
fn d4_kept_rooms_do_not_accumulate() {
    const KEEP: u64 = 5000;
    let limits = Limits { keep_rooms: KEEP as usize, rooms: 200, ..Limits::default() };
    let mut chat = Chat::new(limits);
    let mut sizes = Vec::new();
    for round in 1001..=2001 {
        let (client, at) = (ClientId(round), Timestamp(round * 100));
        perform_at(&mut chat, at, Event::connect(client));
        for doing in [&format!("/join room{round}"), "/topic this and that", "hello", "/private"] {
            perform_at(&mut chat, at, Event::Line { client, line: doing.into() });
        }
        if round.is_multiple_of(3) {
            perform_at(&mut chat, at, Event::Line { client, line: "/public".into() });
        }
        match round % 100 {
            0 => drop(perform_at(&mut chat, at, Event::Restart)),
            _ => drop(perform_at(&mut chat, at, Event::Disconnect { client, cause: Cause::Lost })),
        }
        assert_eq!(chat.check(), Ok(()));
        sizes.push(format!("{chat:?}").len());
    }
    let most = sizes[..200].iter().max();
    assert!(sizes.iter().max() <= most.map(|size| size + 200).as_ref(), "{sizes:?}");

    let client = ClientId(u64::MAX);
    perform_at(&mut chat, Timestamp(200_100 + KEEP - 1), Event::connect(client));
    assert_eq!(rooms(&chat, client), ["lobby", "room2001"]);
    perform_at(&mut chat, Timestamp(200_100 + KEEP), Event::Restart);
    perform_at(&mut chat, Timestamp(0), Event::connect(client));
    assert_eq!(rooms(&chat, client), ["lobby"]);
}

/// What `/rooms` shows to a client.
fn rooms(chat: &Chat, client: ClientId) -> Vec<String> {
    match &messages(&probe(chat, client, "/rooms"))[..] {
        [(_, Message::Rooms { rooms, more: 0, .. })] => {
            rooms.iter().map(|room| room.name.to_string()).collect()
        }
        other => panic!("not a list: {other:?}"),
    }
}

/// E1: a refused line causes one message to its sender, and changes nothing but the time.
#[test]
fn e1_a_refusal_is_one_message_and_no_change() {
    every_run(|run| {
        for (before, step, after) in run.machines() {
            let got = messages(&step.outbox);
            let is_refused =
                |(_, message): &(_, Message)| matches!(message, Message::Refused { .. });
            if got.iter().any(is_refused) {
                let is_alone = got.len() == 1 && got[0].0.len() == 1;
                require(is_alone && got[0].0.first().copied() == step.client(), || {
                    format!("{got:?}")
                })?;
                let before = later(before, step.action.at);
                require_same_state("after a refusal", &after, &before)?;
            }
        }
        Ok(())
    });
}

/// E2: no input panics, whatever its characters and order.
#[test]
fn e2_no_input_panics() {
    let client = (0..4_u64).prop_map(ClientId);
    let line = prop_oneof![
        any::<String>(),
        "[/@]{1,2}[a-z?@]{0,8}.{0,40}",
        "/(nick|w|msg|help|username) .{0,100}",
        Just("/bye".to_owned()),
    ];
    let cause = prop_oneof![Just(Cause::Closed), Just(Cause::Lost), Just(Cause::Slow)];
    let signal = prop_oneof![
        Just(Signal::Interrupt),
        Just(Signal::AreYouThere),
        Just(Signal::Overlong),
        Just(Signal::Slowed)
    ];
    let event = prop_oneof![
        3 => client.clone().prop_map(Event::connect),
        9 => (client.clone(), line).prop_map(|(client, line)| Event::Line { client, line: line.into() }),
        1 => (client.clone(), cause).prop_map(|(client, cause)| Event::Disconnect { client, cause }),
        1 => (client, signal).prop_map(|(client, signal)| Event::Signal { client, signal }),
        1 => Just(Event::Shutdown),
        1 => Just(Event::Restart),
    ];
    every(prop::collection::vec((any::<u64>(), event), 0..60), |events| {
        let mut chat = Chat::new(Limits::default());
        let mut outbox = chinwag::chat::Outbox::new();
        for (at, event) in events {
            chat.handle(Timestamp(*at), event.clone(), &mut outbox);
        }
        for output in outbox.iter() {
            if let Output::Deliver { message, .. } = output {
                chinwag::wire::render(message, &mut String::new());
            }
        }
        Ok(())
    });
}

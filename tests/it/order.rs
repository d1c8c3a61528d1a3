//! The laws of order, in every generated session. Not here: how often their premises hold (`coverage`), and what
//! operators do (`tests/transcripts/order.chat`).

use std::cell::RefCell;

use chinwag::chat::{Answer, Chat, ClientId, Credential, Deed, Event, Limits, Message, Text};
use chinwag_harness::Step;
use chinwag_harness::order::{bans, orders};

use crate::support::laws::{every_run, line, messages, perform};

/// L3: a ban holds for every connection from its origin until its end, and not a millisecond longer; however much or
/// little happens meanwhile.
#[test]
fn l3_a_ban_holds_until_its_end() {
    let counts = RefCell::new((0, 0));
    every_run(|run| {
        for step in &run.steps {
            let (ending, endless): (Vec<_>, Vec<_>) =
                step.model.banned_origins().into_iter().partition(|(_, until)| until.is_some());
            counts.borrow_mut().0 += ending.len();
            counts.borrow_mut().1 += endless.len();
        }
        bans(run, 0)
    });
    let (ending, endless) = counts.into_inner();
    assert!(ending >= 100 && endless >= 100, "{ending} bans with an end, {endless} without one");
}

/// The last acts are kept, and as many are shown as fit into a reply.
#[test]
fn the_last_acts_are_kept() {
    let mut chat = Chat::new(Limits::default());
    let ann = ClientId(0);
    let credential = Credential::new("credential").unwrap();
    perform(&mut chat, Event::connect(ann));
    line(&mut chat, ann, "/username ann");
    line(&mut chat, ann, "/register");
    perform(
        &mut chat,
        Event::Answered { client: ann, ticket: 0, answer: Answer::Made(credential) },
    );
    perform(&mut chat, Event::Appoint { name: Text::clean("ann") });
    for number in 1..=Limits::ACTS + 5 {
        line(&mut chat, ann, &format!("/announce {number}"));
        assert_eq!(chat.check(), Ok(()));
    }
    let shown = |chat: &mut Chat, command: &str| match &messages(&line(chat, ann, command))[..] {
        [(_, Message::Acts { acts })] => acts.iter().map(|act| format!("{:?}", act.deed)).collect(),
        other => panic!("{other:?}"),
    };
    let due = |last: usize| -> Vec<String> {
        let numbers = Limits::ACTS + 6 - last..=Limits::ACTS + 5;
        let announced = |number| Deed::Announce { text: Text::clean(format!("{number}")) };
        numbers.map(|number| format!("{:?}", announced(number))).collect()
    };
    let all: Vec<String> = shown(&mut chat, "/audit");
    assert_eq!(all, due(Limits::ACTS));
    let few: Vec<String> = shown(&mut chat, "/audit 2");
    assert_eq!(few, due(2));
    // Long ones do not all fit.
    for number in 0..Limits::ACTS {
        line(&mut chat, ann, &format!("/announce {}{number}", "x".repeat(1500)));
    }
    let few: Vec<String> = shown(&mut chat, "/audit");
    assert!((30..45).contains(&few.len()), "{}", few.len());
}

/// L4: nobody but operators, and owners in their rooms, changes what others may do.
#[test]
fn l4_only_operators_decide_over_others() {
    let attempts = RefCell::new(0);
    every_run(|run| {
        let is_attempt = |step: &&Step| {
            let operators = step.model.operators_here();
            let is_theirs = step.client().is_some_and(|client| operators.contains(&client));
            step.action.intent.is_for_operators() && !is_theirs
        };
        *attempts.borrow_mut() += run.steps.iter().filter(is_attempt).count();
        orders(run, 0)
    });
    let attempts = attempts.into_inner();
    assert!(attempts >= 500, "{attempts} attempts of others");
}

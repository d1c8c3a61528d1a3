//! The laws of order, in every generated session. Not here: how often their premises hold (`coverage`), and what
//! operators do (`tests/transcripts/order.chat`).

use std::cell::RefCell;

use chinwag_harness::Step;
use chinwag_harness::order::{bans, orders};

use crate::support::laws::every_run;

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

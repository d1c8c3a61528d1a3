//! Counterexamples: they are minimal, readable, and can be saved as printed. Faulty machines provide them.
//!
//! Not here: the machines (`chinwag_harness::faulty`), and how diffs are printed (`chinwag_harness::diff`).

use std::mem::discriminant;
use std::thread;

use chinwag::wire::transcript::Transcript;
use chinwag_harness::faulty::{FAULTS, Fault};
use chinwag_harness::shrink::{Shrinking, fields, with_fields};
use chinwag_harness::{Operation, Weights};
use expect_test::expect;
use proptest::prelude::*;

use crate::support::laws::{again, message, search};

/// The number of counterexamples for each fault, each from other sessions.
const SEEDS: u64 = 20;

/// No operation of a counterexample can be left out and no field lowered without hiding the fault, and it is as short
/// as the shortest session found by enumeration. For every fault and many seeds.
#[test]
fn counterexamples_are_minimal() {
    thread::scope(|scope| {
        for fault in &FAULTS {
            scope.spawn(move || {
                let shortest = shortest(fault);
                for seed in 0..SEEDS {
                    let (_, session) = counterexample(fault, seed);
                    let at = format!("{}, seed {seed}: {session:?}", fault.name);
                    assert_eq!(session.len(), shortest.len(), "{at}\nis longer than {shortest:?}");
                    for plainer in plainer(&session) {
                        assert!(!fault.shows(&plainer), "{at}\ncan be simplified to {plainer:?}");
                    }
                }
            });
        }
    });
}

/// A counterexample of the comparison with the model, and its message.
fn counterexample(fault: &Fault, seed: u64) -> (String, Vec<Operation>) {
    let law = |operations: &Vec<Operation>| {
        let run = fault.run(operations);
        run.check().map_err(|problem| run.report(&problem))
    };
    search(1000, seed, sessions_for(fault), law).expect_err(fault.name)
}

/// Sessions with all kinds of operations, but more of those that expose the fault, and few names, so that it is found
/// soon.
fn sessions_for(fault: &Fault) -> impl Strategy<Value = Vec<Operation>> {
    let mut weights = Weights([1; Weights::KINDS]);
    for kind in 0..Weights::KINDS {
        let mut only = Weights([0; Weights::KINDS]);
        only.0[kind] = 1;
        let kind_of = discriminant(&Operation::decode(&only, [0; 4]));
        if fault.alphabet.iter().any(|operation| discriminant(operation) == kind_of) {
            weights.0[kind] = 16;
        }
    }
    let words = prop::collection::vec(any::<[u8; 4]>(), 0..40);
    Shrinking(words.prop_map(move |words: Vec<[u8; 4]>| {
        let few_names = |[kind, slot, name, other]: [u8; 4]| [kind, slot, name & 0x83, other];
        words.into_iter().map(|word| Operation::decode(&weights, few_names(word))).collect()
    }))
}

/// All sessions with one operation fewer or one field lower. No slot above 7 is in use.
fn plainer(session: &[Operation]) -> impl Iterator<Item = Vec<Operation>> {
    let shorter = (0..session.len()).map(|at| [&session[..at], &session[at + 1..]].concat());
    let lower = fields(session).into_iter().flat_map(|field| {
        let is_other = move |value: &u8| !(field.is_person && (8..128).contains(value));
        (0..field.value).filter(is_other).map(move |value| (field, value))
    });
    shorter.chain(lower.map(|(field, value)| {
        with_fields(session, |other| if other == field { value } else { other.value })
    }))
}

/// The first session made of the fault's alphabet that exposes it, by length.
fn shortest(fault: &Fault) -> Vec<Operation> {
    let mut sessions = vec![vec![]];
    loop {
        let longer = |session: &Vec<Operation>| {
            let session = session.clone();
            fault.alphabet.iter().map(move |operation| [&session[..], &[*operation]].concat())
        };
        sessions = sessions.iter().flat_map(longer).collect();
        if let Some(found) = sessions.iter().position(|session| fault.shows(session)) {
            return sessions.swap_remove(found);
        }
        assert!(sessions.len() < 10_000, "{} is not exposed", fault.name);
    }
}

/// The message ends with a transcript of the expected outputs. Saved as printed, it passes with the correct machine,
/// so it fails until the fault is fixed.
#[test]
fn a_counterexample_can_be_saved_as_printed() {
    for fault in &FAULTS {
        let run = fault.run(&shortest(fault));
        let printed = run.report(&run.check().expect_err(fault.name));
        let start = printed.find("chinwag transcript").expect("the message has a transcript");
        let stored = Transcript::parse(&printed[start..]).expect("the transcript is valid");
        assert_eq!(stored.replay(), stored, "{}", fault.name);
    }
}

/// The message of a failed property: the difference, the session, and the command that repeats the test.
#[test]
fn a_counterexample_reads_like_this() {
    let printed = |name: &str| {
        let fault = FAULTS
            .iter()
            .find(|fault| fault.name.starts_with(name))
            .expect("there is such a fault");
        let (problem, session) = counterexample(fault, 7);
        message(&again(7, 256, "delivery::everyone"), &problem, &session)
    };
    expect![[r#"
        after `0 > hello#3` (- expected, + got)
        client 1:
        - [ann]> hello#3
        + [anonymous0]> hello#3

        the session as the model expects it
        (saved as tests/transcripts/NAME.chat, it is replayed in every test run):

        chinwag transcript 1
        0 connects
          0 is welcomed
          0 <  * you are [anonymous0]; to change that, type /username NAME
          0 <  * nobody else is in [lobby]
          0 <  * [anonymous0] has connected
        at 60000
        1 connects from 1
          1 is welcomed
          1 <  * you are [anonymous1]; to change that, type /username NAME
          1 <  * in [lobby] with you: anonymous0
          0 1 <  * [anonymous1] has connected
        at 120000
        0 > /username ann
          0 1 <  * anonymous0 changed username to [ann]
        at 180000
        0 > hello#3
          1 < [ann]> hello#3

        from [Connect, Connect, Rename { slot: 0, name: 0, word: 0 }, Say { slot: 0, opening: 0, body: 0 }]

        to see it again:
        CHINWAG_SEED=7 PROPTEST_CASES=256 cargo test --test it -- --exact delivery::everyone"#]]
    .assert_eq(&printed("lines show the previous"));
    expect![[r#"
        after `0 > /bye` (- expected, + got)
        closed connections:
        - client 0
        + client 1

        the session as the model expects it
        (saved as tests/transcripts/NAME.chat, it is replayed in every test run):

        chinwag transcript 1
        0 connects
          0 is welcomed
          0 <  * you are [anonymous0]; to change that, type /username NAME
          0 <  * nobody else is in [lobby]
          0 <  * [anonymous0] has connected
        at 60000
        1 connects from 1
          1 is welcomed
          1 <  * you are [anonymous1]; to change that, type /username NAME
          1 <  * in [lobby] with you: anonymous0
          0 1 <  * [anonymous1] has connected
        at 120000
        0 > /bye
          1 <  * [anonymous0] has disconnected
          0 is closed: bye

        from [Connect, Connect, Bye { slot: 0, word: 0 }]

        to see it again:
        CHINWAG_SEED=7 PROPTEST_CASES=256 cargo test --test it -- --exact delivery::everyone"#]]
    .assert_eq(&printed("of two clients"));
}

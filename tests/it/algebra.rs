//! The algebra of the machine: invariant F1.

use std::env;
use std::process::Command;

use chinwag::chat::{Chat, Limits};
use chinwag_harness::{Operation, Run, Weights};

use crate::laws::{every_run, perform_at, require};

/// F1: the same events give the same outputs and the same state.
#[test]
fn f1_the_same_events_give_the_same_outputs() {
    every_run(|run| {
        let mut chat = Chat::new(Limits::default());
        for step in &run.steps {
            require(chat == step.before, || format!("{chat:?}\nis not\n{:?}", step.before))?;
            let outbox = perform_at(&mut chat, step.action.at, step.action.event.clone());
            require(outbox == step.outbox, || format!("{outbox:?}\nis not\n{:?}", step.outbox))?;
        }
        Ok(())
    });
}

const CHILD: &str = "CHINWAG_TEST_CHILD";

/// F1: and so in another process, where addresses and hash seeds are others.
#[test]
fn f1_another_process_gives_the_same_outputs() {
    let own = long_run();
    if env::var_os(CHILD).is_some() {
        println!("{own}");
        return;
    }
    let name = "algebra::f1_another_process_gives_the_same_outputs";
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(child.stdout).unwrap();
    let start = printed.find("chinwag transcript").expect("the child prints its run");
    assert_eq!(&printed[start..start + own.len()], own);
}

/// A run of two thousand operations, with what it causes.
fn long_run() -> String {
    let mut number: u32 = 1;
    let operations = (0..2000).map(|_| {
        // Knuth's multiplicative step; any fixed sequence that is varied enough would do.
        number = number.wrapping_mul(2_654_435_761).wrapping_add(12345);
        let [_, a, b, c] = number.to_le_bytes();
        Operation::decode(&Weights::default(), [c, a, b, c ^ a])
    });
    Run::of(&operations.collect::<Vec<_>>()).to_string()
}

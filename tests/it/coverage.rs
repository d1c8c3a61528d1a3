//! Coverage goals of the generated sessions.
//!
//! Not here: the situations and how they are counted (`chinwag_harness::coverage`).

use std::cell::RefCell;
use std::collections::BTreeSet;

use chinwag::chat::{Command, Event, Verb};
use chinwag_harness::coverage::{NAMES, Situations};

use crate::support::laws::every_run;

/// Every situation occurs in the sessions of a default run; what never occurs is not tested.
#[test]
fn every_situation_occurs() {
    let situations = RefCell::new(Situations::default());
    every_run(|run| {
        situations.borrow_mut().add(run);
        Ok(())
    });
    let counts = situations.into_inner().counts;
    let missing: Vec<_> = NAMES.iter().filter(|name| !counts.contains_key(**name)).collect();
    assert_eq!(missing, [&""; 0], "of {counts:#?}");
    // Only in rooms of 32, which a session has by chance.
    let is_rare = |name: &&&str| **name == "some have come or left";
    let unknown = counts.keys().filter(|name| !NAMES.contains(name));
    let unknown: Vec<_> = unknown.filter(|name| !is_rare(name)).collect();
    assert_eq!(unknown, [&""; 0], "these situations occur but are not listed");
}

/// Every word of every command is typed with valid arguments in the sessions of a default run. Otherwise no test
/// would notice what the command does.
#[test]
fn every_command_is_typed() {
    let typed = RefCell::new(BTreeSet::new());
    every_run(|run| {
        for step in &run.steps {
            let Event::Line { line, .. } = &step.action.event else { continue };
            let is_command =
                matches!(Command::read(line.clone()), Ok(command) if command.verb().is_some());
            if is_command {
                let word = line.split_whitespace().next().unwrap_or_default();
                let word = if word.starts_with('@') { "@" } else { word };
                typed.borrow_mut().insert(word.trim_start_matches('/').to_lowercase());
            }
        }
        Ok(())
    });
    let typed = typed.into_inner();
    let missing: Vec<_> = Verb::words().filter(|word| !typed.contains(*word)).collect();
    assert_eq!(missing, [""; 0]);
}

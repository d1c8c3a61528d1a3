//! What must have occurred in the sessions that every property is checked over.
//!
//! Not here: which situations there are, and how they are counted (`chinwag_harness::situations`).

use std::cell::RefCell;

use chinwag_harness::situations::{NAMES, Situations};

use crate::laws::every_run;

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
    let missing: Vec<_> = NAMES.iter().filter(|name| !counts.contains_key(**name)).collect();
    assert_eq!(missing, [&""; 0], "of {counts:#?}");
    let unknown: Vec<_> = counts.keys().filter(|name| !NAMES.contains(name)).collect();
    assert_eq!(unknown, [&""; 0], "occurs, and is to be listed there");
}

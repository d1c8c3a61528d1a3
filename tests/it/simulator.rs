//! The production server in a simulated world: invariants J1 to J8, and that a case always runs the same
//! way.
//!
//! Not here: how it is simulated (`chinwag_harness::simulator`).

use chinwag_harness::simulator::{cases, run};

use crate::laws::{every, require};

/// J1 to J8: whatever clients, networks and schedules do, the journal is what was sent, what was received
/// is what the journal causes, and when faults stop nothing is missing, stuck or left.
#[test]
fn j1_to_j8_hold_whatever_happens() {
    every(cases(60), |case| {
        let record = run(case);
        record.check().map_err(|problem| format!("{problem}\n\nthe journal:\n\n{record}"))
    });
}

/// The same case runs the same way: what fails can be seen again.
#[test]
fn a_case_runs_the_same_way_twice() {
    every(cases(30), |case| {
        let (one, other) = (run(case).trace(), run(case).trace());
        require(one == other, || format!("{one}\nis not\n{other}"))
    });
}

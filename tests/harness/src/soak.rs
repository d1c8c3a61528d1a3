//! Checks one generated session after the other, for as long as someone likes. Each has a seed of its own,
//! so that the one that fails can be had again without those before it.
//!
//! What is counted:
//!
//! - a sequence is a session that was judged: each of its events by comparison with the model, all that
//!   everyone received by the checkers that know no model, and the whole by one or two laws;
//! - a checked event is one that was compared with the model. What the laws perform again does not count;
//! - a state is what [`Model::outline`](crate::Model::outline) makes of it, before and after every event.
//!
//! Not here: the clock and the command line (`main`).

#![expect(clippy::disallowed_types, reason = "states are only counted, whatever their order")]

use std::cell::Cell;
use std::collections::HashSet;

use proptest::prelude::any;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{TestCaseError, TestError};

use crate::coverage::{NAMES, Situations};
use crate::laws::judge;
use crate::{Operation, Run, runner, sessions};

/// How long a session is at most, in operations.
const LENGTH: usize = 400;

/// How many states are told apart at most: more would take more than 200 MB.
const MOST_STATES: usize = 10_000_000;

/// What has been checked so far.
pub struct Soak<M> {
    /// Performs a session on the machine that is checked.
    machine: M,
    sessions: BoxedStrategy<Vec<Operation>>,
    /// The seed of the next session.
    pub seed: u64,
    sequences: u64,
    events: u64,
    states: HashSet<u64>,
    situations: Situations,
}

impl<M: Fn(&[Operation]) -> Run> Soak<M> {
    /// Nothing has been checked yet.
    pub fn new(seed: u64, machine: M) -> Self {
        Self {
            machine,
            sessions: sessions(LENGTH).boxed(),
            seed,
            sequences: 0,
            events: 0,
            states: HashSet::new(),
            situations: Situations::default(),
        }
    }

    /// Checks one more session.
    ///
    /// # Errors
    ///
    /// What does not hold, the shortest session that shows it, and the seed.
    pub fn check(&mut self) -> Result<(), String> {
        let mut runner = runner(self.seed, 1);
        let draw = any::<[u8; 3]>().new_tree(&mut runner).map_err(|reason| reason.to_string())?;
        let draw = draw.current();
        let session = self.sessions.new_tree(&mut runner).map_err(|reason| reason.to_string())?;
        let judged = Cell::new(None);
        let outcome = runner.run_one(session, |operations| {
            let run = (self.machine)(&operations);
            let verdict = judge(&run, draw).map_err(|problem| run.report(&problem));
            judged.set(Some(run));
            verdict.map_err(TestCaseError::fail)
        });
        if let Err(error) = outcome {
            let TestError::Fail(problem, session) = error else { return Err(error.to_string()) };
            let problem = problem.message();
            return Err(format!(
                "{problem}\nfrom {session:?}\nto see it again: cargo run --release -p chinwag-harness -- soak --seed {}",
                self.seed
            ));
        }
        judged.take().iter().for_each(|run| self.count(run));
        self.seed = self.seed.wrapping_add(1);
        Ok(())
    }

    fn count(&mut self, run: &Run) {
        self.sequences += 1;
        self.events += run.steps.len() as u64;
        self.situations.add(run);
        for model in run.steps.iter().map(|step| &step.model).chain([&run.model]) {
            if self.states.len() < MOST_STATES {
                self.states.insert(model.outline());
            }
        }
    }

    /// How much has been checked in so many seconds.
    #[must_use]
    pub fn progress(&self, seconds: f64) -> String {
        let Self { sequences, events, .. } = self;
        let (states, rate) = (self.states.len(), *events as f64 / seconds);
        let at_least = if states < MOST_STATES { "" } else { "at least " };
        format!(
            "{seconds:.0} s: {sequences} sequences, {events} events checked, {rate:.0} a second; \
             {at_least}{states} states, {} of {} situations",
            self.situations.counts.len(),
            NAMES.len(),
        )
    }

    /// The situations that no session has got into.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let has_occurred = |name: &&str| self.situations.counts.contains_key(*name);
        NAMES.into_iter().filter(|name| !has_occurred(name)).collect()
    }
}

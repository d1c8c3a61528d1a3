//! Checks generated sessions one after another. Each has its own seed, so that a failing one can be run again without
//! those before it.
//!
//! The counts:
//!
//! - a sequence is a session that was judged: every event against the model, the received lines by the stream
//!   checkers, and the whole by one or two laws;
//! - an event is one that was compared with the model; events run again by laws do not count;
//! - a state is a value of [`Model::outline`](crate::Model::outline), before or after an event.
//!
//! Not here: the clock and the command line (`main`).

#![expect(clippy::disallowed_types, reason = "only its size is used, so its order does not matter")]

use std::cell::Cell;
use std::collections::HashSet;

use chinwag::chat::Limits;
use proptest::prelude::any;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{TestCaseError, TestError};

use crate::coverage::{NAMES, Situations};
use crate::laws::judge;
use crate::{Operation, Run, limits, runner, sessions};

/// The greatest number of operations in a session.
const LENGTH: usize = 400;

/// The greatest number of states to tell apart. More would take over 200 MB.
const MOST_STATES: usize = 10_000_000;

/// The counts so far, and the next session.
pub struct Soak<M> {
    /// Runs a session on the machine under test.
    machine: M,
    sessions: BoxedStrategy<Vec<Operation>>,
    /// The seed of the next session.
    pub seed: u64,
    sequences: u64,
    events: u64,
    states: HashSet<u64>,
    situations: Situations,
}

impl<M: Fn(Limits, &[Operation]) -> Run> Soak<M> {
    /// Starts with the session of this seed.
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

    /// Checks the next session.
    ///
    /// # Errors
    ///
    /// The violation, the shortest session that shows it, and the seed.
    pub fn check(&mut self) -> Result<(), String> {
        let mut runner = runner(self.seed, 1);
        let draw = any::<[u8; 3]>().new_tree(&mut runner).map_err(|reason| reason.to_string())?;
        let draw = draw.current();
        let limits = limits().new_tree(&mut runner).map_err(|reason| reason.to_string())?;
        let limits = limits.current();
        let session = self.sessions.new_tree(&mut runner).map_err(|reason| reason.to_string())?;
        let judged = Cell::new(None);
        let outcome = runner.run_one(session, |operations| {
            let run = (self.machine)(limits.clone(), &operations);
            let verdict = judge(&run, draw).map_err(|problem| run.report(&problem));
            judged.set(Some(run));
            verdict.map_err(TestCaseError::fail)
        });
        if let Err(error) = outcome {
            let TestError::Fail(problem, session) = error else { return Err(error.to_string()) };
            let problem = problem.message().trim_end();
            return Err(format!(
                "{problem}\n\nfrom {session:?}\n\nto see it again:\n\
                 cargo run --release -p chinwag-harness -- soak --seed {}",
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

    /// The counts after this many seconds.
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

    /// The situations that have not occurred.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let has_occurred = |name: &&str| self.situations.counts.contains_key(*name);
        NAMES.into_iter().filter(|name| !has_occurred(name)).collect()
    }
}

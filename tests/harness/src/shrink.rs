//! Shrinks failing sessions to short and simple ones: a proptest strategy that generates what another strategy does,
//! but shrinks by delta debugging.
//!
//! Not here: generating sessions (`operation`).

use std::collections::BTreeSet;
use std::{iter, mem};

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::operation::Part;
use crate::{Operation, Target};

/// The greatest number of sessions to try.
const TRIES: usize = 50_000;

/// Generates the sessions of another strategy, and shrinks them by delta debugging.
#[derive(Clone, Debug)]
pub struct Shrinking<S>(pub S);

impl<S: Strategy<Value = Vec<Operation>>> Strategy for Shrinking<S> {
    type Tree = Shrink;
    type Value = Vec<Operation>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        Ok(Shrink::new(self.0.new_tree(runner)?.current()))
    }
}

/// A session being shrunk.
pub struct Shrink {
    /// The simplest session known to fail.
    best: Vec<Operation>,
    /// The session to try next.
    current: Vec<Operation>,
    pass: Pass,
    /// What the current pass still has to try.
    candidates: Candidates,
    /// How many candidates of this pass have been tried without success.
    tried: usize,
    /// Whether any pass has found a simpler session in this round.
    has_changed: bool,
    /// Sessions tried so far, as passes overlap.
    seen: BTreeSet<Vec<Operation>>,
}

type Candidates = Box<dyn Iterator<Item = Vec<Operation>>>;

/// The passes of a round, in order. Rounds repeat until nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// Leaves out a number of consecutive operations: at first half of the session, at last a single one.
    Chunks(usize),
    /// Leaves out any two operations.
    Pairs,
    /// Lowers one field to the least value that still fails.
    Fields,
    /// Lowers all fields of equal value together, so that they stay equal.
    Values,
    /// Leaves out one operation and changes another: see [`with_one_less`].
    OneLess,
    /// Shrinking has ended.
    Done,
}

impl Shrink {
    fn new(session: Vec<Operation>) -> Self {
        let pass = Pass::first(&session);
        Self {
            best: session.clone(),
            pass,
            candidates: pass.candidates(&session),
            tried: 0,
            has_changed: false,
            seen: BTreeSet::new(),
            current: session,
        }
    }

    /// Moves to the next candidate; if there are no more, to the best session.
    fn advance(&mut self) {
        while self.pass != Pass::Done && self.seen.len() < TRIES {
            if let Some(candidate) = self.candidates.next() {
                if self.seen.insert(candidate.clone()) {
                    self.current = candidate;
                    return;
                }
                self.tried += 1;
                continue;
            }
            self.pass = match self.pass {
                Pass::Chunks(0 | 1) => Pass::Pairs,
                Pass::Chunks(size) => Pass::Chunks(size.div_ceil(2)),
                Pass::Pairs => Pass::Fields,
                Pass::Fields => Pass::Values,
                Pass::Values => Pass::OneLess,
                Pass::OneLess if mem::take(&mut self.has_changed) => Pass::first(&self.best),
                Pass::OneLess | Pass::Done => Pass::Done,
            };
            self.candidates = self.pass.candidates(&self.best);
            self.tried = 0;
        }
        self.pass = Pass::Done;
        self.current.clone_from(&self.best);
    }
}

impl ValueTree for Shrink {
    type Value = Vec<Operation>;

    fn current(&self) -> Vec<Operation> {
        self.current.clone()
    }

    /// Called when the current session fails.
    fn simplify(&mut self) -> bool {
        if self.current != self.best {
            self.best.clone_from(&self.current);
            // Candidates that did not succeed are tried again only in the next round.
            self.candidates = Box::new(self.pass.candidates(&self.best).skip(self.tried));
            self.has_changed = true;
        }
        self.advance();
        self.pass != Pass::Done
    }

    /// Called when the current session passes. After the last candidate, the best session becomes current, once.
    fn complicate(&mut self) -> bool {
        let is_done = self.pass == Pass::Done;
        self.tried += 1;
        self.advance();
        !is_done
    }
}

impl Pass {
    fn first(session: &[Operation]) -> Self {
        Self::Chunks(session.len().div_ceil(2))
    }

    /// The candidates that the pass derives from a session, in order.
    fn candidates(self, session: &[Operation]) -> Candidates {
        let (session, length) = (session.to_vec(), session.len());
        match self {
            Self::Chunks(size) => Box::new((0..length).step_by(size.max(1)).map(move |start| {
                [&session[..start], &session[length.min(start + size)..]].concat()
            })),
            Self::Pairs => {
                let pairs = (0..length).flat_map(move |two| (0..two).map(move |one| (one, two)));
                Box::new(pairs.map(move |(one, two)| {
                    [&session[..one], &session[one + 1..two], &session[two + 1..]].concat()
                }))
            }
            Self::Fields => {
                let people = people(&session);
                let lower = move |field: Field| {
                    // Higher slots are equal to these modulo the number of clients.
                    let is_other = move |to: &u8| !(field.is_person && (people..128).contains(to));
                    (0..field.value).filter(is_other).map(move |to| (field, to))
                };
                Box::new(fields(&session).into_iter().flat_map(lower).map(move |(field, to)| {
                    with_fields(&session, |other| if other == field { to } else { other.value })
                }))
            }
            Self::Values => {
                let indices = fields(&session).into_iter().map(|field| field.value % 128);
                let indices: BTreeSet<u8> = indices.collect();
                let lower = |from| (0..from).map(move |to| (from, to));
                Box::new(indices.into_iter().flat_map(lower).map(move |(from, to)| {
                    with_fields(&session, |Field { value, .. }| {
                        // A target of the pool and a present one count as the same index.
                        if value % 128 == from { value - from + to } else { value }
                    })
                }))
            }
            Self::OneLess => {
                Box::new((0..length).flat_map(move |left_out| with_one_less(&session, left_out)))
            }
            Self::Done => Box::new(iter::empty()),
        }
    }
}

/// The session without one operation and with one change that may make up for it: later slots move up by one, as if a
/// client had stayed; another operation moves; or another operation gets another sender or addressee.
fn with_one_less(session: &[Operation], left_out: usize) -> Vec<Vec<Operation>> {
    let people = 0..people(session);
    let mut rest = session.to_vec();
    rest.remove(left_out);
    let higher = people.clone().map(|from| {
        with_fields(&rest, |field| {
            let is_later = field.operation >= left_out && field.is_slot() && field.value >= from;
            field.value.saturating_add(u8::from(is_later))
        })
    });
    let mut sessions: Vec<_> = higher.collect();
    for changed in 0..rest.len() {
        sessions.extend((0..rest.len()).map(|to| {
            let mut rest = rest.clone();
            let moved = rest.remove(changed);
            rest.insert(to, moved);
            rest
        }));
        let pairs = people.clone().flat_map(|by| people.clone().map(move |to| (by, to)));
        sessions.extend(pairs.map(|(by, to)| {
            with_fields(&rest, |field| match field.operation == changed && field.is_slot() {
                false => field.value,
                true if field.place == 0 => by,
                true => to,
            })
        }));
    }
    sessions
}

/// The greatest number of clients that can be present.
fn people(session: &[Operation]) -> u8 {
    let people = session.iter().filter(|operation| **operation == Operation::Connect).count();
    u8::try_from(people).map_or(128, |people| people.min(128))
}

/// A field of an operation as a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The index of the operation in the session.
    pub operation: usize,
    /// The index of the field in the operation.
    pub place: usize,
    /// Whether it denotes a user: a slot or a target.
    pub is_person: bool,
    /// The value. A target of the pool is its index there plus 128.
    pub value: u8,
}

impl Field {
    fn is_slot(self) -> bool {
        self.is_person && self.value < 128
    }
}

/// All fields of a session, in order.
#[must_use]
pub fn fields(session: &[Operation]) -> Vec<Field> {
    let mut fields = Vec::new();
    let _ = with_fields(session, |field| {
        fields.push(field);
        field.value
    });
    fields
}

/// The session with other values in its fields.
#[must_use]
pub fn with_fields(session: &[Operation], mut other: impl FnMut(Field) -> u8) -> Vec<Operation> {
    let mut session = session.to_vec();
    for (operation, fields) in session.iter_mut().enumerate() {
        for (place, part) in fields.parts().into_iter().enumerate() {
            let (is_person, value) = match &part {
                Part::Number(number) => (place == 0, **number),
                Part::Target(target) => (true, target.to_byte()),
            };
            let value = other(Field { operation, place, is_person, value });
            match part {
                Part::Number(number) => *number = value,
                Part::Target(target) => *target = Target::of_byte(value),
            }
        }
    }
    session
}

//! Makes failing sessions as short and as plain as can be, within proptest's interface: a strategy that
//! generates what another one does, and shrinks by delta debugging.
//!
//! Not here: how sessions are generated (`operation`).

use std::collections::BTreeSet;
use std::{iter, mem};

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::operation::Part;
use crate::{Operation, Target};

/// How many sessions are tried at most.
const TRIES: usize = 50_000;

/// The sessions of another strategy, shrunk by delta debugging.
#[derive(Clone, Debug)]
pub struct Shrinking<S>(pub S);

impl<S: Strategy<Value = Vec<Operation>>> Strategy for Shrinking<S> {
    type Tree = Shrink;
    type Value = Vec<Operation>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        Ok(Shrink::new(self.0.new_tree(runner)?.current()))
    }
}

/// A session that is being shrunk.
pub struct Shrink {
    /// The plainest that is known to fail.
    best: Vec<Operation>,
    /// What is to be tried.
    current: Vec<Operation>,
    pass: Pass,
    /// What else the pass makes of the best.
    candidates: Candidates,
    /// How many of them have been tried in vain.
    tried: usize,
    /// Whether any pass has found something better since the first of them began.
    has_changed: bool,
    /// What has been tried; passes overlap.
    seen: BTreeSet<Vec<Operation>>,
}

type Candidates = Box<dyn Iterator<Item = Vec<Operation>>>;

/// What is tried, in this order, and from the beginning again until nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// To leave out so many operations in a row: half of all at first, a single one at last.
    Chunks(usize),
    /// To leave out any two.
    Pairs,
    /// To lower a field, to the least that still fails.
    Fields,
    /// To lower all fields of one value together, so that what belongs together still does.
    Values,
    /// To leave out one operation and change another: see [`with_one_less`].
    OneLess,
    /// Nothing more.
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

    /// Goes on to the next candidate; when there are no more, back to the best.
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

    /// The current session fails.
    fn simplify(&mut self) -> bool {
        if self.current != self.best {
            self.best.clone_from(&self.current);
            // What was tried in vain is tried again only in the next round.
            self.candidates = Box::new(self.pass.candidates(&self.best).skip(self.tried));
            self.has_changed = true;
        }
        self.advance();
        self.pass != Pass::Done
    }

    /// The current session does not fail. When there is nothing more to try, the best is current, once.
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

    /// What it makes of a session, one after the other.
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
                    // Slots are taken modulo who is there.
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
                        // In the pool or not, it is the same place.
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

/// The session without one operation and with another change, which may be what the operation was needed
/// for: later slots are higher, as if someone had not gone; another operation comes earlier or later; or
/// it is done by others, or to others.
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

/// How many are there at most.
fn people(session: &[Operation]) -> u8 {
    let people = session.iter().filter(|operation| **operation == Operation::Connect).count();
    u8::try_from(people).map_or(128, |people| people.min(128))
}

/// A field of an operation, as a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The place of the operation in the session.
    pub operation: usize,
    /// The place of the field in the operation.
    pub place: usize,
    /// Whether it says who is meant: a slot, or a target.
    pub is_person: bool,
    /// What it is. A target of the pool is 128 more than its place there.
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

/// A session with other values in its fields.
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

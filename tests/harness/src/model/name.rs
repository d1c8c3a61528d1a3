//! The names of the model, which are those of the pool.

use chinwag::chat::ClientId;

use super::Model;
use crate::pools::{NAMES, Shown};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Anonymous(u64),
    Pool(usize),
}

impl Name {
    pub(super) fn shown(self) -> String {
        match self {
            Self::Anonymous(number) => format!("anonymous{number}"),
            Self::Pool(index) => shown(index).name.to_owned(),
        }
    }

    /// Whether someone who types `typed` means this name.
    pub(super) fn is_meant_by(self, typed: &str) -> bool {
        match self {
            Self::Anonymous(_) => typed == self.shown(),
            Self::Pool(index) => NAMES.iter().any(|name| {
                name.outcome.as_ref().is_ok_and(|other| {
                    (typed == name.typed || typed == other.name)
                        && other.folded == shown(index).folded
                })
            }),
        }
    }

    pub(super) fn clashes_with(self, other: usize) -> bool {
        match self {
            Self::Anonymous(_) => false,
            Self::Pool(index) => {
                shown(index).looks.iter().any(|look| shown(other).looks.contains(look))
            }
        }
    }
}

pub(super) fn shown(index: usize) -> &'static Shown {
    NAMES[index].outcome.as_ref().expect("only names that can be had are held")
}

impl Model {
    /// Why `client` cannot have a name of the pool.
    pub(super) fn refuse_name(&self, client: ClientId, wanted: usize) -> Option<&'static str> {
        match &NAMES[wanted].outcome {
            Err(why) => Some(why),
            Ok(new) if new.name == self.name_of(client) => Some("it is yours already"),
            Ok(_) => {
                let mut others = self.here.iter().filter(|person| person.id != client);
                let is_taken = others.any(|person| person.name.clashes_with(wanted));
                is_taken.then_some("taken, or looks too much like another's")
            }
        }
    }
}

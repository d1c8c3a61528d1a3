//! Questions for passwords and their answers, as transcripts have them.
//!
//! Not here: the rest of the grammar (`grammar`).

use core::fmt;

use super::grammar::{name, value};
use crate::chat::{Answer, Ask, Credential, Unanswered};

const UNANSWERED: [(&str, Unanswered); 5] = [
    ("interrupted", Unanswered::Interrupted),
    ("silent", Unanswered::Silent),
    ("unusable", Unanswered::Unusable),
    ("busy", Unanswered::Busy),
    ("forbidden", Unanswered::Forbidden),
];

/// Parses what follows the ticket of an answer.
pub(super) fn parse_answer(answer: &str) -> Option<Answer> {
    Some(match answer.split_once(' ') {
        Some(("made", credential)) => Answer::Made(Credential::new(credential)?),
        Some(("right", credential)) => Answer::Right(Credential::new(credential)?),
        None if answer == "wrong" => Answer::Wrong,
        None => Answer::None(value(&UNANSWERED, answer)?),
        Some(_) => return None,
    })
}

/// Parses what follows the ticket of a question.
pub(super) fn parse_ask(ask: &str) -> Option<Ask> {
    match ask.split_once(' ') {
        Some(("check", credential)) => Credential::new(credential).map(Ask::Check),
        None if ask == "new" => Some(Ask::New),
        _ => None,
    }
}

/// Writes an answer as [`parse_answer`] reads it.
pub(super) fn write_answer(answer: &Answer, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match answer {
        Answer::Made(credential) => write!(f, "made {credential}"),
        Answer::Right(credential) => write!(f, "right {credential}"),
        Answer::Wrong => f.write_str("wrong"),
        Answer::None(why) => f.write_str(name(&UNANSWERED, why)),
    }
}

/// Writes a question as [`parse_ask`] reads it.
pub(super) fn write_ask(ask: &Ask, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match ask {
        Ask::New => f.write_str("new"),
        Ask::Check(credential) => write!(f, "check {credential}"),
    }
}

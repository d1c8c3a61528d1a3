//! Passwords of the simulated world: each is its own credential, so that journals can be read.
//!
//! Not here: how long an answer takes (`world`).

use chinwag::chat::{Answer, Ask, Credential};

/// Does what is asked with a password.
pub(super) fn answer(ask: Ask, password: &str) -> Answer {
    let of_password = Credential::new(password).or_else(|| Credential::new("unprintable"));
    match (ask, of_password) {
        (Ask::New, Some(credential)) => Answer::Made(credential),
        (Ask::Check(credential), Some(other)) if credential == other => Answer::Right(credential),
        (Ask::New | Ask::Check(_), _) => Answer::Wrong,
    }
}

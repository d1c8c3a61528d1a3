//! Credentials: made of passwords, and compared with them. Argon2id with the parameters that RFC 9106 and OWASP
//! recommend, as PHC strings.
//!
//! Not here: which line of a client is a password (`hub`).

use std::string::ToString;
use std::sync::Arc;
use std::thread;

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use async_lock::Semaphore;
use tracing::warn;

use zeroize::Zeroize;

use super::Limits;
use crate::chat::{Answer, Ask, Credential, Unanswered};

/// Lets so many at a time, in the order in which they came.
static GATE: Semaphore = Semaphore::new(Limits::CHECKS_AT_ONCE);

/// Does what is asked with a password, on a thread that yields to all others. A wrong password takes as long as the
/// right one.
pub(super) async fn answer(ask: Ask, password: Arc<str>) -> Answer {
    let _permit = GATE.acquire().await;
    let (reply, answer) = async_channel::bounded(1);
    let check = move || {
        yield_to_others();
        let mut password = password;
        let answer = match ask {
            Ask::New => make(&password).map_or(Answer::None(Unanswered::Busy), Answer::Made),
            Ask::Check(credential) => match is_right(&credential, &password) {
                true => Answer::Right(credential),
                false => Answer::Wrong,
            },
        };
        Arc::get_mut(&mut password).into_iter().for_each(Zeroize::zeroize);
        // If nobody waits for it any more, so be it.
        let _ = reply.send_blocking(answer);
    };
    // One of its own, whose stack is gone afterwards.
    match thread::Builder::new().name("password".into()).spawn(check) {
        Ok(_) => answer.recv().await.unwrap_or(Answer::None(Unanswered::Busy)),
        Err(error) => {
            warn!(%error, "no password can be checked");
            Answer::None(Unanswered::Busy)
        }
    }
}

/// Has this thread run only when no other has anything to do, as far as the system knows such threads.
fn yield_to_others() {
    // If it is refused, passwords take time of others.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 19);
}

/// Makes a credential, with a random salt. `None` if there is too little memory for it.
fn make(password: &str) -> Option<Credential> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).ok()?;
    Credential::new(&hash.to_string())
}

/// Whether this is the password of a credential, whatever parameters that was made with.
fn is_right(credential: &Credential, password: &str) -> bool {
    PasswordHash::new(credential.as_str())
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_that_of_its_password_alone() {
        let one = make("open sesame").unwrap();
        let other = make("open sesame").unwrap();
        assert_ne!(one, other, "each has a salt of its own");
        assert!(one.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        for credential in [&one, &other] {
            assert!(is_right(credential, "open sesame"));
            assert!(!is_right(credential, "open sesame "));
            assert!(!is_right(credential, ""));
        }
        assert!(!is_right(&Credential::new("nonsense").unwrap(), "nonsense"));
    }
}

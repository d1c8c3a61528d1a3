//! Questions whose answer must not be an event: passwords.
//!
//! The machine asks by an [`Output::Ask`](super::Output::Ask). The caller takes the client's next
//! line, which it passes to nobody, and reports what came of it as an
//! [`Event::Answered`](super::Event::Answered). So the machine, and whatever stores its events, knows
//! [credentials](Credential) but no password.
//!
//! Not here: what the machine does with an answer (`accounts`).

use alloc::sync::Arc;
use core::fmt;

/// What a password is checked against, as text without white space: a PHC string.
///
/// ```
/// use chinwag::chat::Credential;
///
/// let credential = Credential::new("$argon2id$v=19$...");
/// assert_eq!(credential.as_ref().map(Credential::as_str), Some("$argon2id$v=19$..."));
/// assert_eq!(Credential::new("not one"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential(Arc<str>);

impl Credential {
    /// The longest credential, in bytes.
    pub const LONGEST: usize = 256;

    /// A credential; `None` if the text is empty, too long, or has characters other than printable
    /// ASCII.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_one = (1..=Self::LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_one.then(|| Self(text.into()))
    }

    /// The credential as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a client is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Ask {
    /// A new password, to make a credential of.
    New,
    /// The password of this credential.
    Check(Credential),
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Ask::New`]: the credential made of the new password.
    Made(Credential),
    /// To [`Ask::Check`]: the password is the one of this credential, which is the one of the
    /// question.
    Right(Credential),
    /// To [`Ask::Check`]: the password is another one.
    Wrong,
    /// There is no answer.
    None(Unanswered),
}

/// Why there is no answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The client has interrupted.
    Interrupted,
    /// The client has sent nothing for too long.
    Silent,
    /// The line is too short or too long for a password.
    Unusable,
    /// Too many passwords wait to be checked.
    Busy,
    /// Others on the way could read what the client sends, and passwords are not to be sent that way.
    Forbidden,
}

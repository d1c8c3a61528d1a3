//! Telnet option negotiation: the answers to WILL, WONT, DO and DONT.
//!
//! Every option is negotiated by the Q method of RFC 1143, so that answers cannot loop. One option
//! is accepted: the peer's reports of the width of its window. One is proposed, while a password is
//! asked for: [`Echo`]. All others are refused, because that leaves line editing and echo with the
//! client, where they work best.
//!
//! Not here: finding the requests in the bytes (`telnet`).

use alloc::collections::BTreeMap;

/// The commands that precede an option, and IAC, which precedes every command: RFC 854 page 14.
pub(super) const WILL: u8 = 251;
pub(super) const WONT: u8 = 252;
pub(super) const DO: u8 = 253;
pub(super) const DONT: u8 = 254;
pub(super) const IAC: u8 = 255;

/// Whether the server shows what the peer types, so that the peer's terminal does not: RFC 857.
const ECHO: u8 = 1;

/// A timing mark is not a state but a question, so each request is answered: RFC 860.
const TIMING_MARK: u8 = 6;

/// Reports of the peer's window size: RFC 1073.
pub(super) const NAWS: u8 = 31;

/// The answer to a request, as bytes to send.
pub type Answer = [u8; 3];

/// The answer to a request for a timing mark.
pub(super) const NO_TIMING_MARK: Answer = [IAC, WONT, TIMING_MARK];

/// The end of the connection at which an option is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Side {
    /// Ours: the peer sends DO and DONT, we answer WILL and WONT.
    Us,
    /// The peer's: it sends WILL and WONT, we answer DO and DONT.
    Him,
}

/// Whether an option is accepted when the peer proposes it. CHARSET (RFC 2066) is not: clients
/// negotiate it only with a server that starts.
fn accepts(side: Side, option: u8) -> bool {
    (side, option) == (Side::Him, NAWS)
}

/// The options that are not simply off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Options {
    #[cfg_attr(feature = "serde", serde(with = "super::encoding::pairs"))]
    states: BTreeMap<(Side, u8), Q>,
}

impl Options {
    /// Whether the peer reports its window size.
    pub(super) fn has_window(&self) -> bool {
        self.states.get(&(Side::Him, NAWS)) == Some(&Q::Yes)
    }

    /// Whether this is a request, or an answer, about [`Echo`]: and whether for on.
    pub(super) fn about_echo(verb: u8, option: u8) -> Option<bool> {
        (matches!(verb, DO | DONT) && option == ECHO).then_some(verb == DO)
    }

    /// Handles a request, which is a verb and an option. Returns the answer, if one is due.
    pub(super) fn receive(&mut self, verb: u8, option: u8) -> Option<Answer> {
        let (side, on, [yes, no]) = match verb {
            DO | DONT => (Side::Us, verb == DO, [WILL, WONT]),
            _ => (Side::Him, verb == WILL, [DO, DONT]),
        };
        if (side, option) == (Side::Us, TIMING_MARK) {
            return on.then_some(NO_TIMING_MARK);
        }
        let state = self.states.remove(&(side, option)).unwrap_or_default();
        let (state, answer) = state.receive(on, accepts(side, option));
        if state != Q::No {
            self.states.insert((side, option), state);
        }
        answer.map(|answer| [IAC, if answer { yes } else { no }, option])
    }
}

/// Whether the peer's terminal shows what is typed: while the server has the option ECHO, it does not.
/// The server never shows it either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Echo(Q);

impl Echo {
    /// Has the terminal hide what is typed, or show it again. Returns the bytes to send, if any.
    #[must_use]
    pub fn hide(&mut self, hides: bool) -> Option<Answer> {
        let (state, request) = self.0.request(hides);
        self.0 = state;
        request.map(Self::say)
    }

    /// Handles a request or an answer of the peer. Returns the bytes to send, if any. The option is not
    /// accepted if the peer proposes it.
    #[must_use]
    pub fn receive(&mut self, on: bool) -> Option<Answer> {
        let (state, answer) = self.0.receive(on, false);
        self.0 = state;
        answer.map(Self::say)
    }

    fn say(on: bool) -> Answer {
        [IAC, if on { WILL } else { WONT }, ECHO]
    }
}

/// The state of one option at one side, RFC 1143 section 7. "Opposite" is the queue bit: we have
/// changed our mind while waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Q {
    /// Off.
    #[default]
    No,
    /// On.
    Yes,
    /// We asked for off and wait for the answer.
    WantNo,
    /// We asked for off, wait for the answer, and will then ask for on.
    WantNoOpposite,
    /// We asked for on and wait for the answer.
    WantYes,
    /// We asked for on, wait for the answer, and will then ask for off.
    WantYesOpposite,
}

impl Q {
    /// Handles a request or an answer of the peer that the option is `on`, or off. `accepts` is
    /// whether we accept an option that the peer proposes. Returns the next state and the answer
    /// that is due: on, or off.
    #[must_use]
    pub fn receive(self, on: bool, accepts: bool) -> (Self, Option<bool>) {
        match (self, on) {
            (Self::No, true) if accepts => (Self::Yes, Some(true)),
            (Self::No, true) => (Self::No, Some(false)),
            (Self::No, false) => (Self::No, None),
            (Self::Yes, true) => (Self::Yes, None),
            (Self::Yes, false) => (Self::No, Some(false)),
            // The RFC calls this "Error: DONT answered by WILL". The option is then off, or on if
            // we want it.
            (Self::WantNo, true) => (Self::No, None),
            (Self::WantNoOpposite, true) => (Self::Yes, None),
            (Self::WantNo, false) => (Self::No, None),
            (Self::WantNoOpposite, false) => (Self::WantYes, Some(true)),
            (Self::WantYes, true) => (Self::Yes, None),
            (Self::WantYesOpposite, true) => (Self::WantNo, Some(false)),
            (Self::WantYes | Self::WantYesOpposite, false) => (Self::No, None),
        }
    }

    /// Requests the option to be `on`, or off. Returns the next state and the request to send.
    #[must_use]
    pub fn request(self, on: bool) -> (Self, Option<bool>) {
        match (self, on) {
            (Self::No, true) => (Self::WantYes, Some(true)),
            (Self::Yes, false) => (Self::WantNo, Some(false)),
            (Self::WantNo, true) => (Self::WantNoOpposite, None),
            (Self::WantNoOpposite, false) => (Self::WantNo, None),
            (Self::WantYes, false) => (Self::WantYesOpposite, None),
            (Self::WantYesOpposite, true) => (Self::WantYes, None),
            (state, _) => (state, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1143 section 7, line by line: state, message, whether we accept, next state, answer.
    #[test]
    fn the_q_method_follows_rfc_1143() {
        use Q::{No, WantNo, WantNoOpposite, WantYes, WantYesOpposite, Yes};
        for (state, on, accepts, next, answer) in [
            (No, true, true, Yes, Some(true)),
            (No, true, false, No, Some(false)),
            (No, false, true, No, None),
            (Yes, true, false, Yes, None),
            (Yes, false, true, No, Some(false)),
            (WantNo, true, true, No, None),
            (WantNo, false, true, No, None),
            (WantNoOpposite, true, false, Yes, None),
            (WantNoOpposite, false, false, WantYes, Some(true)),
            (WantYes, true, false, Yes, None),
            (WantYes, false, true, No, None),
            (WantYesOpposite, true, true, WantNo, Some(false)),
            (WantYesOpposite, false, true, No, None),
        ] {
            assert_eq!(state.receive(on, accepts), (next, answer), "{state:?} receives {on}");
        }
        for (state, on, next, request) in [
            (No, true, WantYes, Some(true)),
            (No, false, No, None),
            (Yes, true, Yes, None),
            (Yes, false, WantNo, Some(false)),
            (WantNo, true, WantNoOpposite, None),
            (WantNo, false, WantNo, None),
            (WantNoOpposite, true, WantNoOpposite, None),
            (WantNoOpposite, false, WantNo, None),
            (WantYes, true, WantYes, None),
            (WantYes, false, WantYesOpposite, None),
            (WantYesOpposite, true, WantYes, None),
            (WantYesOpposite, false, WantYesOpposite, None),
        ] {
            assert_eq!(state.request(on), (next, request), "{state:?} is asked for {on}");
        }
    }

    #[test]
    fn refused_options_are_not_stored() {
        let mut options = Options::default();
        assert_eq!(options.receive(WILL, 32), Some([IAC, DONT, 32]));
        assert_eq!(options.receive(DO, NAWS), Some([IAC, WONT, NAWS]));
        assert_eq!(options.receive(DO, 3), Some([IAC, WONT, 3]));
        assert_eq!(options, Options::default());
    }

    #[test]
    fn window_reports_are_accepted_once_until_they_are_withdrawn() {
        let mut options = Options::default();
        for (verb, answer, has_window) in [
            (WONT, None, false),
            (WILL, Some([IAC, DO, NAWS]), true),
            (WILL, None, true),
            (WONT, Some([IAC, DONT, NAWS]), false),
            (WONT, None, false),
            (WILL, Some([IAC, DO, NAWS]), true),
        ] {
            assert_eq!((options.receive(verb, NAWS), options.has_window()), (answer, has_window));
        }
    }

    #[test]
    fn what_is_typed_is_hidden_while_a_password_is_asked_for() {
        let mut echo = Echo::default();
        assert_eq!(echo.receive(true), Some([IAC, WONT, ECHO]), "the peer's idea");
        assert_eq!(echo.hide(true), Some([IAC, WILL, ECHO]));
        assert_eq!(echo.hide(true), None);
        assert_eq!(echo.receive(true), None);
        assert_eq!(echo.hide(false), Some([IAC, WONT, ECHO]));
        assert_eq!(echo.receive(false), None);
        assert_eq!(echo, Echo::default());
        // The peer refuses, and it is asked again while its answer is on the way.
        assert_eq!(echo.hide(true), Some([IAC, WILL, ECHO]));
        assert_eq!(echo.hide(false), None);
        assert_eq!(echo.receive(false), None);
        assert_eq!(echo, Echo::default());
    }

    /// Two ends that both follow the method agree on a state, whatever each of them wants.
    #[test]
    fn negotiation_between_two_ends_terminates() {
        for (mine, his) in [(true, true), (true, false), (false, true), (false, false)] {
            let (mut me, mut message) = Q::No.request(mine);
            let mut him = Q::No;
            let mut sent = 0;
            while let Some(on) = message {
                let answer;
                (him, answer) = him.receive(on, his);
                let Some(on) = answer else { break };
                (me, message) = me.receive(on, mine);
                sent += 1;
            }
            assert!(sent <= 1, "{sent} messages");
            assert_eq!((me, him), if mine && his { (Q::Yes, Q::Yes) } else { (Q::No, Q::No) });
        }
    }
}

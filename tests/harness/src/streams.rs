//! Judges what clients were sent, knowing no model: only who submitted which token, and the lines that
//! each client received. It serves for the machine and for a real server alike.
//!
//! A token is a number after `#` at the end of a line, unique in the session.
//!
//! | finding | what it means |
//! | --- | --- |
//! | duplicate | a client received a token twice |
//! | phantom | a token was received that nobody submitted |
//! | leak | a token was received by its sender, or a whisper by another than its addressee |
//! | reordered | two tokens of one sender arrived the other way round |
//! | disagreement | two clients received two tokens in different orders |
//! | lost | of three tokens of one sender, said to all, a client received the first and the last only |
//! | gap | between two tokens that two clients both received, one lacks a third that the other has |
//! | stale | something was received before the banner |
//!
//! Not here: what else must hold of a line (the model).

use std::collections::BTreeMap;

use chinwag::chat::ClientId;

/// What the clients of a session submitted and received.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    /// Everything with a token, in the order in which each sender submitted it.
    pub submitted: Vec<Submitted>,
    /// The tokens that each client received, in order.
    pub received: BTreeMap<ClientId, Vec<u64>>,
    /// Who received something before the banner.
    pub early: Vec<ClientId>,
}

/// A line with a token.
#[derive(Clone, Copy, Debug)]
pub struct Submitted {
    /// Its token.
    pub token: u64,
    /// Who submitted it.
    pub from: ClientId,
    /// Whom it is for, if it is a whisper.
    pub to: Option<ClientId>,
}

/// Something that must never happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table above says what each means")]
pub enum Finding {
    Duplicate { at: ClientId, token: u64 },
    Phantom { at: ClientId, token: u64 },
    Leak { at: ClientId, token: u64 },
    Reordered { at: ClientId, first: u64, second: u64 },
    Disagreement { between: (ClientId, ClientId), first: u64, second: u64 },
    Lost { at: ClientId, token: u64 },
    Gap { at: ClientId, token: u64 },
    Stale { at: ClientId },
}

impl Streams {
    /// Adds all the text that a client received, in order.
    pub fn receive(&mut self, client: ClientId, text: &str) {
        if !text.is_empty() && !text.starts_with("\r\njust type stuff") {
            self.early.push(client);
        }
        self.receive_lines(client, text);
    }

    /// Adds the text that a client received after the banner, in order.
    pub fn receive_lines(&mut self, client: ClientId, text: &str) {
        let tokens = text.lines().filter_map(|line| line.rsplit_once('#')?.1.parse::<u64>().ok());
        self.received.entry(client).or_default().extend(tokens);
    }

    /// Everything that is wrong.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<_> = self.early.iter().map(|at| Finding::Stale { at: *at }).collect();
        for (at, tokens) in &self.received {
            self.judge_one(*at, tokens, &mut findings);
            for (other, others) in self.received.range(..at) {
                self.judge_two((*other, others), (*at, tokens), &mut findings);
            }
        }
        findings
    }

    fn submitted(&self, token: u64) -> Option<(usize, &Submitted)> {
        self.submitted.iter().enumerate().find(|(_, submitted)| submitted.token == token)
    }

    fn judge_one(&self, at: ClientId, tokens: &[u64], findings: &mut Vec<Finding>) {
        // The place in `submitted` of the last token from each sender.
        let mut last: BTreeMap<ClientId, usize> = BTreeMap::new();
        for (index, &token) in tokens.iter().enumerate() {
            if tokens[..index].contains(&token) {
                findings.push(Finding::Duplicate { at, token });
                continue;
            }
            let Some((place, submitted)) = self.submitted(token) else {
                findings.push(Finding::Phantom { at, token });
                continue;
            };
            if !is_due(submitted, at) {
                findings.push(Finding::Leak { at, token });
            }
            if let Some(before) = last.insert(submitted.from, place) {
                if before > place {
                    let (first, second) = (token, self.submitted[before].token);
                    findings.push(Finding::Reordered { at, first, second });
                }
                let between = self.submitted.get(before + 1..place).unwrap_or_default();
                let due = between
                    .iter()
                    .filter(|other| other.from == submitted.from && is_due(other, at));
                let missing = due.filter(|other| !tokens.contains(&other.token));
                findings.extend(missing.map(|other| Finding::Lost { at, token: other.token }));
            }
        }
    }

    fn judge_two(
        &self,
        (one, ones): (ClientId, &[u64]),
        (other, others): (ClientId, &[u64]),
        findings: &mut Vec<Finding>,
    ) {
        let place = |token: &u64| others.iter().position(|candidate| candidate == token);
        let common: Vec<(usize, usize)> =
            ones.iter().enumerate().filter_map(|(at, token)| Some((at, place(token)?))).collect();
        for pair in common.windows(2) {
            if pair[0].1 > pair[1].1 {
                let (first, second) = (ones[pair[0].0], ones[pair[1].0]);
                findings.push(Finding::Disagreement { between: (one, other), first, second });
            }
        }
        let (Some(first), Some(last)) = (common.first(), common.last()) else { return };
        let stretch = |tokens: &[u64], from: usize, to: usize| -> Vec<u64> {
            tokens.get(from..=to).unwrap_or_default().to_vec()
        };
        let due_to = |tokens: Vec<u64>, at: ClientId| {
            tokens.into_iter().filter(move |token| {
                self.submitted(*token).is_some_and(|(_, s)| s.to.is_none() && s.from != at)
            })
        };
        for token in due_to(stretch(ones, first.0, last.0), other) {
            if !others.contains(&token) {
                findings.push(Finding::Gap { at: other, token });
            }
        }
        for token in due_to(stretch(others, first.1, last.1), one) {
            if !ones.contains(&token) {
                findings.push(Finding::Gap { at: one, token });
            }
        }
    }
}

/// Whether a line is one that `at` is to see if it is there.
fn is_due(submitted: &Submitted, at: ClientId) -> bool {
    match submitted.to {
        None => submitted.from != at,
        Some(to) => to == at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: ClientId = ClientId(1);
    const BOB: ClientId = ClientId(2);
    const CY: ClientId = ClientId(3);

    /// Ann says 1, 2 and 3 to all and whispers 4 to Bob; Cy says 5.
    fn judge(received: &[(ClientId, &[u64])]) -> Vec<Finding> {
        let said = |token, from| Submitted { token, from, to: None };
        let whisper = Submitted { token: 4, from: ANN, to: Some(BOB) };
        let mut streams = Streams {
            submitted: vec![said(1, ANN), said(2, ANN), said(3, ANN), whisper, said(5, CY)],
            ..Streams::default()
        };
        for (client, tokens) in received {
            let lines = tokens.iter().map(|token| format!("[x]> text #{token}\r\n"));
            let text: String = lines.collect();
            streams.receive(*client, &format!("\r\njust type stuff\r\n{text}"));
        }
        streams.findings()
    }

    #[test]
    fn what_is_right_passes() {
        assert_eq!(judge(&[(ANN, &[5]), (BOB, &[1, 2, 5, 3, 4]), (CY, &[1, 2, 3])]), []);
        assert_eq!(judge(&[(BOB, &[2, 5]), (CY, &[])]), [], "came late, and left early");
    }

    #[test]
    fn every_fault_has_its_name() {
        assert_eq!(judge(&[(BOB, &[1, 1])]), [Finding::Duplicate { at: BOB, token: 1 }]);
        assert_eq!(judge(&[(BOB, &[9])]), [Finding::Phantom { at: BOB, token: 9 }]);
        assert_eq!(judge(&[(ANN, &[1])]), [Finding::Leak { at: ANN, token: 1 }]);
        assert_eq!(judge(&[(CY, &[4])]), [Finding::Leak { at: CY, token: 4 }]);
        assert_eq!(judge(&[(BOB, &[2, 1])]), [Finding::Reordered { at: BOB, first: 1, second: 2 }]);
        assert_eq!(judge(&[(BOB, &[1, 3])]), [Finding::Lost { at: BOB, token: 2 }]);
        let both = [ANN, BOB].map(|client| (client, ClientId(4)));
        let streams = judge(&[(BOB, &[1, 5]), (ClientId(4), &[5, 1])]);
        let disagreement = Finding::Disagreement { between: both[1], first: 1, second: 5 };
        assert!(streams.contains(&disagreement), "{streams:?}");
        assert_eq!(
            judge(&[(BOB, &[1, 5, 2]), (ClientId(4), &[1, 2])]),
            [Finding::Gap { at: ClientId(4), token: 5 }]
        );
        let mut early = Streams::default();
        early.receive(ANN, " * [ann] has connected\r\n");
        assert_eq!(early.findings(), [Finding::Stale { at: ANN }]);
    }
}

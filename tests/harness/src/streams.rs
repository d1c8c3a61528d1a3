//! Judges the lines that clients received without a model. It only knows who submitted which token. The same checks
//! apply to the machine and to a real server.
//!
//! A token is a number after `#` at the end of a line, unique in the session.
//!
//! | finding | what it means |
//! | --- | --- |
//! | duplicate | a client received a token twice |
//! | phantom | a client received a token that nobody submitted |
//! | leak | a token reached its sender, a user who ignores its sender, or with a whisper anyone but the addressee |
//! | reordered | a client received two tokens of one sender in reverse order |
//! | disagreement | two clients received two tokens in different orders |
//! | lost | a client lacks a token between two of the same sender, or one after the last it got, or a whisper |
//! | gap | between two tokens that two clients received, one of them lacks a token that the other has |
//! | stale | a client received something before the banner, or a token from outside of its stay |
//!
//! Not here: the content of lines (the model).

use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::ClientId;

/// What the clients of a session submitted and received.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    submitted: Vec<Submitted>,
    /// The index of each token in `submitted`.
    places: BTreeMap<u64, usize>,
    /// How often each client has changed rooms.
    moves: BTreeMap<ClientId, usize>,
    /// The tokens that each client received, in order, separately for each stay in a room, as a line is only due to
    /// those in the same room.
    received: BTreeMap<(ClientId, usize), Vec<u64>>,
    /// Who ignored the sender of a token when it was submitted.
    pub ignored: BTreeSet<(ClientId, u64)>,
    /// When clients connected and left, where known, as the number of tokens submitted before.
    joined: BTreeMap<ClientId, usize>,
    left: BTreeMap<ClientId, usize>,
    /// The clients that received something before the banner.
    early: Vec<ClientId>,
}

/// A submitted line with a token.
#[derive(Clone, Copy, Debug)]
struct Submitted {
    token: u64,
    from: ClientId,
    /// How often the sender had changed rooms before.
    stay: usize,
    /// The addressee of a whisper.
    to: Option<ClientId>,
}

/// A violation.
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
    /// Records that a client submits a line with a token, to its room or as a whisper.
    pub fn submit(&mut self, token: u64, from: ClientId, to: Option<ClientId>) {
        let stay = self.moves.get(&from).copied().unwrap_or_default();
        self.places.insert(token, self.submitted.len());
        self.submitted.push(Submitted { token, from, stay, to });
    }

    /// Records that a client connects.
    pub fn joins(&mut self, client: ClientId) {
        self.joined.insert(client, self.submitted.len());
    }

    /// Records that a client leaves.
    pub fn leaves(&mut self, client: ClientId) {
        self.left.insert(client, self.submitted.len());
    }

    /// Records that a client may have changed rooms.
    pub fn moved(&mut self, client: ClientId) {
        *self.moves.entry(client).or_default() += 1;
    }

    /// Records all the text that a client received, in order.
    pub fn receive(&mut self, client: ClientId, text: &str) {
        if !text.is_empty() && !text.starts_with("just type stuff") {
            self.early.push(client);
        }
        self.receive_lines(client, text);
    }

    /// Records text that a client received after the banner, in order.
    pub fn receive_lines(&mut self, client: ClientId, text: &str) {
        let mut stay = 0;
        // History is exempt, as it repeats earlier lines.
        for line in text.lines().filter(|line| !line.starts_with(" | ")) {
            let token = line.rsplit_once('#').and_then(|(_, token)| token.parse::<u64>().ok());
            stay += usize::from(line.starts_with(" * you are in ["));
            self.received.entry((client, stay)).or_default().extend(token);
        }
    }

    /// All violations.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<_> = self.early.iter().map(|at| Finding::Stale { at: *at }).collect();
        // Only the first occurrence of a duplicate is compared between clients.
        let firsts = self.received.iter().map(|(stay, tokens)| (*stay, firsts(tokens)));
        let firsts: BTreeMap<(ClientId, usize), Vec<u64>> = firsts.collect();
        for ((at, stay), tokens) in &self.received {
            let earlier = self.received.range((*at, 0)..(*at, *stay));
            let seen: Vec<u64> = earlier.flat_map(|(_, tokens)| tokens).copied().collect();
            self.judge_one(*at, &seen, tokens, &mut findings);
            let own = &firsts[&(*at, *stay)];
            for ((other, _), others) in firsts.range(..(*at, 0)) {
                self.judge_two((*other, others), (*at, own), &mut findings);
            }
        }
        let remaining = self.joined.keys().filter(|client| !self.left.contains_key(client));
        remaining.for_each(|client| self.judge_end(*client, &mut findings));
        findings.sort();
        findings.dedup();
        findings
    }

    /// Losses at the end of a session: a client that stayed lacks no whisper; and if it received a line from another
    /// client in their last common stay, it lacks none of that client's later lines.
    fn judge_end(&self, at: ClientId, findings: &mut Vec<Finding>) {
        let stays = self.received.range((at, 0)..=(at, usize::MAX));
        let all: Vec<u64> = stays.clone().flat_map(|(_, tokens)| tokens).copied().collect();
        let last_stay = stays.last().map_or(&[][..], |(_, tokens)| tokens);
        let heard = last_stay.iter().filter_map(|token| self.submitted(*token));
        let heard: Vec<_> = heard.filter(|(_, line)| line.to.is_none()).collect();
        for (place, line) in self.submitted.iter().enumerate() {
            let is_after = |(before, other): &(usize, &Submitted)| {
                *before < place && (other.from, other.stay) == (line.from, line.stay)
            };
            let is_expected = line.to.is_some() || heard.iter().any(is_after);
            if is_expected && self.is_owed(line, at) && !all.contains(&line.token) {
                findings.push(Finding::Lost { at, token: line.token });
            }
        }
    }

    fn submitted(&self, token: u64) -> Option<(usize, &Submitted)> {
        self.places.get(&token).map(|place| (*place, &self.submitted[*place]))
    }

    fn judge_one(&self, at: ClientId, seen: &[u64], tokens: &[u64], findings: &mut Vec<Finding>) {
        // The index in `submitted` of the last token from each sender: of any kind, and separately for whispers and
        // other lines.
        let mut last: BTreeMap<ClientId, usize> = BTreeMap::new();
        let mut last_alike: BTreeMap<(ClientId, bool), usize> = BTreeMap::new();
        for (index, &token) in tokens.iter().enumerate() {
            if seen.contains(&token) || tokens[..index].contains(&token) {
                findings.push(Finding::Duplicate { at, token });
                continue;
            }
            let Some((place, submitted)) = self.submitted(token) else {
                findings.push(Finding::Phantom { at, token });
                continue;
            };
            if !self.is_owed(submitted, at) {
                findings.push(Finding::Leak { at, token });
            }
            let is_early = self.joined.get(&at).is_some_and(|joined| place < *joined);
            if is_early || self.left.get(&at).is_some_and(|left| place >= *left) {
                findings.push(Finding::Stale { at });
            }
            if let Some(before) = last.insert(submitted.from, place).filter(|other| *other > place)
            {
                let (first, second) = (token, self.submitted[before].token);
                findings.push(Finding::Reordered { at, first, second });
            }
            let is_whisper = submitted.to.is_some();
            let Some(before) = last_alike.insert((submitted.from, is_whisper), place) else {
                continue;
            };
            // Between two received lines of one stay of their sender, no line is missing. Between two whispers none
            // is missing, wherever the sender was.
            let is_one_stay = self.submitted[before].stay == submitted.stay;
            let between = self.submitted.get(before + 1..place).unwrap_or_default();
            let due = between.iter().filter(|other| {
                other.from == submitted.from
                    && other.to.is_some() == is_whisper
                    && (is_whisper || (is_one_stay && other.stay == submitted.stay))
                    && self.is_owed(other, at)
            });
            let missing = due.filter(|other| !tokens.contains(&other.token));
            findings.extend(missing.map(|other| Finding::Lost { at, token: other.token }));
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
                let submitted = self.submitted(*token);
                submitted.is_some_and(|(_, line)| line.to.is_none() && self.is_owed(line, at))
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

    /// Whether a line is due to `at`, if that client is present.
    fn is_owed(&self, line: &Submitted, at: ClientId) -> bool {
        let is_for = line.to.map_or(line.from != at, |to| to == at);
        is_for && !self.ignored.contains(&(at, line.token))
    }
}

fn firsts(tokens: &[u64]) -> Vec<u64> {
    let mut seen = BTreeSet::new();
    tokens.iter().copied().filter(|token| seen.insert(*token)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: ClientId = ClientId(1);
    const BOB: ClientId = ClientId(2);
    const CY: ClientId = ClientId(3);

    /// Ann says 1, 2 and 3 to the room and whispers 4 to Bob; Cy says 5.
    fn judge(received: &[(ClientId, &[u64])]) -> Vec<Finding> {
        let mut streams = Streams::default();
        for (token, from, to) in
            [(1, ANN, None), (2, ANN, None), (3, ANN, None), (4, ANN, Some(BOB)), (5, CY, None)]
        {
            streams.submit(token, from, to);
        }
        for (client, tokens) in received {
            let lines = tokens.iter().map(|token| format!("[x]> text #{token}\r\n"));
            let text: String = lines.collect();
            streams.receive(*client, &format!("just type stuff\r\n{text}"));
        }
        streams.findings()
    }

    #[test]
    fn correct_streams_have_no_findings() {
        assert_eq!(judge(&[(ANN, &[5]), (BOB, &[1, 2, 5, 3, 4]), (CY, &[1, 2, 3])]), []);
        assert_eq!(judge(&[(BOB, &[2, 5]), (CY, &[])]), [], "came late or left early");
    }

    #[test]
    fn each_violation_gives_its_finding() {
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

//! Questions for passwords: the next line of a client is taken out of its input before it can become an event.
//!
//! Not here: how a password is checked (`passwords`), and what an answer does (`chat`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::super::inbound::Inbound;
use super::super::journal::Journal;
use super::super::{Limits, World};
use super::Hub;
use crate::chat::{self, Answer, Ask, ClientId, Event, Signal, Timestamp, Unanswered};
use crate::wire::Received;

/// The questions, and what they hold back.
#[derive(Default)]
pub(super) struct Asking {
    questions: BTreeMap<ClientId, Question>,
    /// When each of them ends without an answer.
    deadlines: BTreeSet<(Timestamp, ClientId)>,
    /// The clients with a line on its way through the journal that may lead to a question, and what they have sent
    /// after it: the first line of that may be a password.
    held: BTreeMap<ClientId, VecDeque<Received>>,
    /// How many passwords are being checked.
    checks: usize,
}

/// A question whose answer is to come.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Question {
    ticket: u64,
    ask: Ask,
    until: Timestamp,
}

impl Asking {
    /// Waits until then for the answer of a client to a question, which replaces another one.
    pub(super) fn begin(&mut self, client: ClientId, ticket: u64, ask: Ask, until: Timestamp) {
        self.end(client);
        self.deadlines.insert((until, client));
        self.questions.insert(client, Question { ticket, ask, until });
    }

    fn end(&mut self, client: ClientId) -> Option<Question> {
        let question = self.questions.remove(&client)?;
        self.deadlines.remove(&(question.until, client));
        Some(question)
    }

    /// Forgets a client that has gone.
    pub(super) fn forget(&mut self, client: ClientId) {
        self.end(client);
        self.held.remove(&client);
    }

    /// Whether a client has been asked, and has yet to answer.
    pub(super) fn is_asked(&self, client: ClientId) -> bool {
        self.questions.contains_key(&client)
    }

    /// Whether the next line of a client is, or may be, the answer to a question.
    pub(super) fn may_be_asked(&self, client: ClientId) -> bool {
        self.is_asked(client) || self.held.contains_key(&client)
    }

    /// When the next question ends without an answer.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Whether no password is being checked.
    pub(super) fn is_idle(&self) -> bool {
        self.checks == 0
    }

    /// Holds back what a client sends until its last line has been applied.
    pub(super) fn hold(&mut self, client: ClientId) {
        self.held.entry(client).or_default();
    }

    /// Holds this back too, if anything of the client is and it is for the chat. Returns it if not.
    pub(super) fn hold_back(&mut self, client: ClientId, received: Received) -> Option<Received> {
        let is_for_chat = matches!(received, Received::Line(_) | Received::Signal(_));
        match self.held.get_mut(&client).filter(|_| is_for_chat) {
            Some(held) => {
                held.push_back(received);
                None
            }
            None => Some(received),
        }
    }

    /// What has been held back of a client, if anything was.
    pub(super) fn release(&mut self, client: ClientId) -> VecDeque<Received> {
        self.held.remove(&client).unwrap_or_default()
    }

    /// The questions, to be handed over.
    pub(super) fn questions(&self) -> Vec<(ClientId, Question)> {
        self.questions.iter().map(|(client, question)| (*client, question.clone())).collect()
    }

    /// Continues with questions that were handed over.
    pub(super) fn take_over(&mut self, questions: Vec<(ClientId, Question)>) {
        for (client, Question { ticket, ask, until }) in questions {
            self.begin(client, ticket, ask, until);
        }
    }
}

impl<W: World, J: Journal> Hub<W, J> {
    /// Takes something that a client has sent, if it is the answer to a question. Returns it if not.
    pub(super) fn take_answer(
        &mut self,
        now: Timestamp,
        client: ClientId,
        received: Received,
    ) -> Option<Received> {
        if !self.asking.is_asked(client) {
            return Some(received);
        }
        let why = match received {
            Received::Line(line) => {
                let question = self.end_question(client)?;
                self.check(now, client, question, line);
                return None;
            }
            Received::Signal(Signal::Interrupt) => Unanswered::Interrupted,
            Received::Signal(Signal::Overlong) => Unanswered::Unusable,
            other => return Some(other),
        };
        self.leave_unanswered(now, client, why);
        None
    }

    fn end_question(&mut self, client: ClientId) -> Option<Question> {
        let question = self.asking.end(client)?;
        self.writer.hide_input(client, false);
        Some(question)
    }

    fn leave_unanswered(&mut self, now: Timestamp, client: ClientId, why: Unanswered) {
        if let Some(Question { ticket, .. }) = self.end_question(client) {
            self.happen(now, Event::Answered { client, ticket, answer: Answer::None(why) });
        }
    }

    /// Has a password checked, or a credential made of it.
    fn check(&mut self, now: Timestamp, client: ClientId, question: Question, line: Arc<str>) {
        let Question { ticket, ask, .. } = question;
        let is_usable = chat::Limits::PASSWORD.contains(&line.chars().count());
        let is_forbidden = !self.limits.plain_passwords && self.writer.is_readable(client);
        let none = match (is_usable, self.asking.checks < Limits::CHECKS) {
            _ if is_forbidden => Some(Unanswered::Forbidden),
            (false, _) => Some(Unanswered::Unusable),
            (true, false) => Some(Unanswered::Busy),
            (true, true) => None,
        };
        if let Some(why) = none {
            self.happen(now, Event::Answered { client, ticket, answer: Answer::None(why) });
            return;
        }
        self.asking.checks += 1;
        let (world, inbox) = (self.world.clone(), self.inbox.clone());
        self.world.spawn(async move {
            let answer = world.answer(ask, line).await;
            if let Some(inbox) = inbox.upgrade() {
                let _ = inbox.send(Inbound::Answered { client, ticket, answer }).await;
            }
        });
    }

    /// A password has been checked.
    pub(super) fn answered(
        &mut self,
        now: Timestamp,
        client: ClientId,
        ticket: u64,
        answer: Answer,
    ) {
        self.asking.checks -= 1;
        self.happen(now, Event::Answered { client, ticket, answer });
    }

    /// Ends the questions that have been left unanswered for too long.
    pub(super) fn end_old_questions(&mut self, now: Timestamp) {
        while let Some((at, client)) = self.asking.deadlines.first().copied()
            && at <= self.writer.now()
        {
            self.leave_unanswered(now, client, Unanswered::Silent);
        }
    }
}

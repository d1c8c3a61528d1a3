//! What a client said, compared with the journal: laws J1 and J4.
//!
//! Not here: what it was sent (`client_record`).

use std::collections::VecDeque;

use chinwag::chat::{Answer, Chat, Command, Event, Limits, Signal, Unanswered};
use chinwag::wire::Received;

use super::{ClientRecord, Journal, number};
use crate::run;

const ARE_YOU_THERE: Received = Received::Signal(Signal::AreYouThere);
const INTERRUPT: Received = Received::Signal(Signal::Interrupt);

/// What a client meant and the journal has not had yet.
struct Said {
    own: u64,
    /// Each with the number of events that the journal had when it was sent.
    meant: VecDeque<(Received, usize)>,
    /// How much of it the journal has, or was taken as a password.
    count: usize,
    /// The ticket of the question for a password that has been asked, until its answer is seen.
    awaiting: Option<u64>,
    has_flood_control: bool,
}

impl ClientRecord {
    /// J1 and J4: how many of its lines and signals are in the journal or were taken as passwords, and the first
    /// violation.
    pub(crate) fn said(
        &self,
        own: u64,
        journal: &Journal,
        limits: &Limits,
    ) -> (usize, Option<String>) {
        let heard = self.heard(limits).into_iter();
        let meant: VecDeque<_> = heard.map(|(what, at)| (without_password(what), at)).collect();
        let may_ask =
            |what: &Received| matches!(what, Received::Line(line) if Command::may_ask(line));
        let may_be_asked = meant.iter().any(|(what, _)| may_ask(what));
        let has_flood_control = self.has_flood_control;
        let mut said = Said { own, meant, count: 0, awaiting: None, has_flood_control };
        let mut chat = Chat::new(limits.clone());
        for (index, (at, event)) in journal.iter().enumerate() {
            if event.client().is_some_and(|client| number(client) == own)
                && let Err(problem) = said.compare(index, event)
            {
                return (said.count, Some(problem));
            }
            if !may_be_asked {
                continue;
            }
            for told in run::replay(&mut chat, [(*at, event.clone())]) {
                let own = told.asked.iter().filter(|(client, ..)| number(*client) == own);
                said.awaiting = own.map(|(_, ticket, _)| *ticket).next_back().or(said.awaiting);
            }
        }
        if said.awaiting.is_some() {
            said.take_answer(&Answer::Wrong);
        }
        (said.count, None)
    }
}

impl Said {
    /// Compares an event of the client with what it meant next.
    fn compare(&mut self, index: usize, event: &Event) -> Result<(), String> {
        let taken = match event {
            Event::Line { line, .. } => Received::Line(line.clone()),
            // Flood control raises this one; the client does not send it.
            Event::Signal { signal: Signal::Slowed, .. } => return Ok(()),
            Event::Signal { signal, .. } => Received::Signal(*signal),
            Event::Answered { ticket, answer, .. } => {
                if self.awaiting.take_if(|awaited| awaited == ticket).is_some() {
                    self.take_answer(answer);
                }
                return Ok(());
            }
            Event::Connect { .. }
            | Event::Disconnect { .. }
            | Event::Appoint { .. }
            | Event::Shutdown
            | Event::Restart => return Ok(()),
        };
        // Its password came before this, and is being checked.
        if taken != ARE_YOU_THERE && self.awaiting.take().is_some() {
            self.take_answer(&Answer::Wrong);
        }
        if self.has_flood_control && taken == INTERRUPT {
            self.skip_to_interrupt();
        }
        if (self.has_flood_control || self.awaiting.is_some()) && taken == ARE_YOU_THERE {
            // The server answers it before the lines that are held back, and while a password is being checked.
            let at = self.meant.iter().position(|(what, _)| *what == taken);
            let first = at.and_then(|at| self.meant.remove(at));
            first.into_iter().for_each(|first| self.meant.push_front(first));
        }
        let own = self.own;
        match self.meant.pop_front() {
            Some((what, events)) if what == taken && index >= events => {
                self.count += 1;
                Ok(())
            }
            Some((what, _)) if what == taken => {
                Err(format!("J4: the journal has {taken:?} of {own} too early"))
            }
            other => {
                let sent = other.map(|(what, _)| what);
                Err(format!("J1: {own} sent {sent:?}, but the journal has {taken:?}"))
            }
        }
    }

    /// Removes what was taken as this answer to a question.
    fn take_answer(&mut self, answer: &Answer) {
        match answer {
            Answer::None(Unanswered::Silent) => return,
            Answer::None(Unanswered::Interrupted) if self.has_flood_control => {
                self.skip_to_interrupt();
            }
            _ => {}
        }
        let at = self.meant.iter().position(|(what, _)| *what != ARE_YOU_THERE);
        self.count += usize::from(at.and_then(|at| self.meant.remove(at)).is_some());
    }

    /// Removes what an interrupt discards.
    fn skip_to_interrupt(&mut self) {
        while self.meant.front().is_some_and(|(what, _)| *what != INTERRUPT) {
            self.meant.pop_front();
            self.count += 1;
        }
    }
}

/// What the server makes of an input that may have a password in it.
fn without_password(what: Received) -> Received {
    match what {
        Received::Line(line) => Received::Line(Command::without_password(line)),
        other => other,
    }
}

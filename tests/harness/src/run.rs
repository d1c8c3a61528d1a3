//! Runs a session on the machine and on the model beside it, step by step.
//!
//! Not here: laws other than equality with the model (`laws`, `tests/it`), how failures are printed (`diff`), and
//! which sessions there are (`operation`, `exhaustive`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use chinwag::chat::{
    Cause, Chat, ClientId, CloseReason, Event, Limits, Message, Outbox, Output, Timestamp,
};
use chinwag::wire::render;
use chinwag::wire::transcript::{Entry, Transcript};

use crate::diff::{self, LEGEND};
use crate::streams::Streams;
use crate::terminal::judge;
use crate::{Action, Intent, Model, Operation, Told, require};

/// A session that has been run.
#[derive(Debug)]
pub struct Run {
    /// All steps, in order.
    pub steps: Vec<Step>,
    /// The machine after the last step.
    pub chat: Chat,
    /// The model after the last step.
    pub model: Model,
}

/// One event and its outputs.
#[derive(Debug)]
pub struct Step {
    /// The event and its meaning.
    pub action: Action,
    /// The model before the event.
    pub model: Model,
    /// The outputs of the machine.
    pub outbox: Outbox,
    /// The outputs of the machine as text.
    pub told: Told,
    /// The outputs that the model expects.
    pub expected: Told,
    /// The result of the machine's self-check after the event.
    pub state: Result<(), String>,
}

impl Step {
    /// The client whose event it is; none for a shutdown or a restart.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        self.action.event.client()
    }

    /// Whether a client connects that is banned.
    #[must_use]
    pub fn is_turned_away(&self) -> bool {
        self.action.intent == Intent::Connect && !self.expected.closed.is_empty()
    }

    /// The event with its time.
    #[must_use]
    pub fn event(&self) -> (Timestamp, Event) {
        (self.action.at, self.action.event.clone())
    }

    /// Compares the step with the model, and requires that the machine passed its self-check.
    ///
    /// # Errors
    ///
    /// The difference, with the event.
    pub fn check(&self) -> Result<(), String> {
        require(!differs(self), || report(self))?;
        let wrong = |problem| format!("after {} the state is wrong: {problem}", event(self));
        self.state.clone().map_err(wrong)
    }
}

impl Run {
    /// An empty session.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let mut model = Model::default();
        model.limits.clone_from(&limits);
        Self { chat: Chat::new(limits), steps: Vec::new(), model }
    }

    /// Runs a whole session.
    #[must_use]
    pub fn of(operations: &[Operation]) -> Self {
        Self::within(Limits::default(), operations)
    }

    /// Runs a whole session in a chat with these limits.
    #[must_use]
    pub fn within(limits: Limits, operations: &[Operation]) -> Self {
        let mut run = Self::new(limits);
        for (token, operation) in (0..).zip(operations) {
            if let Some(action) = operation.resolve(&run.model, token) {
                run.perform(action);
            }
        }
        run
    }

    /// Runs one more step.
    pub fn perform(&mut self, action: Action) {
        let model = self.model.clone();
        let expected = self.model.apply(&action);
        let outbox = perform_at(&mut self.chat, action.at, action.event.clone());
        let told = told(&outbox);
        let state = self.chat.check();
        self.steps.push(Step { action, model, outbox, told, expected, state });
    }

    /// Reverts the last step, given the machine before it.
    pub fn undo(&mut self, before: Chat) {
        if let Some(step) = self.steps.pop() {
            (self.chat, self.model) = (before, step.model);
        }
    }

    /// Whether the last step changed the machine or the model, apart from the time, given the machine before it.
    #[must_use]
    pub fn has_just_changed(&self, before: &Chat) -> bool {
        let Some(step) = self.steps.last() else { return true };
        let (at, nothing) = idle(step.action.at);
        let mut later = before.clone();
        perform_at(&mut later, at, nothing);
        self.chat != later || self.model != step.model.later(at)
    }

    /// All steps, each with the machine before and after it. The machines are computed again: storing a copy per step
    /// would slow down all other checks.
    pub fn machines(&self) -> impl Iterator<Item = (Chat, &Step, Chat)> {
        let mut chat = self.empty_chat();
        self.steps.iter().map(move |step| {
            let before = chat.clone();
            perform_at(&mut chat, step.action.at, step.action.event.clone());
            (before, step, chat.clone())
        })
    }

    /// The machine before the first step.
    pub(crate) fn empty_chat(&self) -> Chat {
        Chat::new(self.model.limits.clone())
    }

    /// Every client that ever connected.
    #[must_use]
    pub fn clients(&self) -> Vec<ClientId> {
        let mut clients = self.model.departed();
        clients.extend(self.model.present());
        clients.sort();
        clients
    }

    /// All the text that one client was sent.
    #[must_use]
    pub fn sent_to(&self, client: ClientId) -> String {
        self.steps.iter().map(|step| step.told.to(client)).collect()
    }

    /// The events with their times.
    pub fn events(&self) -> impl Iterator<Item = (Timestamp, Event)> {
        self.steps.iter().map(Step::event)
    }

    /// Compares every step with the model, and judges the effect of every text on a terminal.
    ///
    /// # Errors
    ///
    /// The first difference or finding.
    pub fn check(&self) -> Result<(), String> {
        self.steps.iter().try_for_each(Step::check)?;
        let told = self.steps.iter().flat_map(|step| one_by_one(&step.told));
        for (clients, text) in told {
            judge(text.as_bytes())
                .map_err(|finding| format!("{} was sent forbidden text: {finding}", clients[0]))?;
        }
        Ok(())
    }

    /// The message of a test that failed with this problem, with the session.
    #[must_use]
    pub fn report(&self, problem: &str) -> String {
        let heading = "the session as the model expects it";
        let hint = "(saved as tests/transcripts/NAME.chat, it is replayed in every test run)";
        format!("{problem}\n\n{heading}\n{hint}:\n\n{self}")
    }

    /// What each client submitted and received, for the stream checkers.
    #[must_use]
    pub fn streams(&self) -> Streams {
        let mut streams = Streams::default();
        for step in &self.steps {
            let (intent, present) = (&step.action.intent, step.model.present());
            if matches!(intent, Intent::Appoint { .. }) {
                continue;
            }
            let Some(from) = step.client() else {
                present.into_iter().for_each(|client| streams.leaves(client));
                continue;
            };
            match intent {
                Intent::Connect if !step.is_turned_away() => streams.joins(from),
                Intent::Bye { .. } | Intent::Disconnect(_) => streams.leaves(from),
                Intent::Join { .. } | Intent::Leave => streams.moved(from),
                _ => {}
            }
            if !matches!(intent, Intent::Bye { .. }) {
                step.expected.closed.iter().for_each(|client| streams.leaves(*client));
            }
            let (to, token) = match intent {
                Intent::Say { token, .. } | Intent::Act { token, .. } => (None, *token),
                Intent::Whisper { token, .. } | Intent::Reply { token, .. } => {
                    // Without an addressee the whisper must reach nobody.
                    let to = step.model.addressee(from, intent).map(|to| to.id);
                    (Some(to.unwrap_or(ClientId(u64::MAX))), *token)
                }
                _ => continue,
            };
            let nobody = Some(ClientId(u64::MAX));
            let to = if step.model.passes(from, intent) { to } else { nobody };
            streams.submit(token, from, to);
            let ignoring = present.into_iter().filter(|other| step.model.ignores(*other, from));
            streams.ignored.extend(ignoring.map(|other| (other, token)));
        }
        let mut received: BTreeMap<ClientId, String> = BTreeMap::new();
        let welcome = self.steps.iter().filter(|step| !step.is_turned_away());
        for (client, text) in welcome.flat_map(|step| &step.told.sent) {
            received.entry(*client).or_default().push_str(text);
        }
        received.iter().for_each(|(client, text)| streams.receive(*client, text));
        streams
    }
}

/// The session as a transcript with the outputs that the model expects. As a test it fails until the machine is
/// fixed.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut transcript =
            Transcript { limits: self.model.limits.clone(), ..Transcript::default() };
        let mut now = Timestamp::default();
        for step in &self.steps {
            if step.action.at != now {
                now = step.action.at;
                transcript.entries.push(Entry::At(now));
            }
            transcript.entries.push(Entry::Event(step.action.event.clone()));
            expect(step, &mut transcript.entries);
        }
        transcript.fmt(f)
    }
}

/// Appends the expected outputs to a transcript. Adjacent outputs with the same text become one line.
fn expect(step: &Step, entries: &mut Vec<Entry>) {
    let mut banner = String::new();
    render(&Message::Welcome, &mut banner);
    for (to, text) in one_by_one(&step.expected) {
        if text == banner {
            entries.extend(to.into_iter().map(Entry::Welcomed));
        } else {
            let sent = |line: &str| Entry::Sent { to: to.clone(), line: line.to_owned() };
            entries.extend(text.lines().map(sent));
        }
    }
    let asked = step.expected.asked.iter().cloned();
    entries.extend(asked.map(|(client, ticket, ask)| Entry::Asked { client, ticket, ask }));
    let reason = |client: ClientId| match step.action.intent {
        Intent::Shutdown => CloseReason::Shutdown,
        Intent::Kick { .. } => CloseReason::Removed,
        Intent::Connect | Intent::Impose { .. } => CloseReason::Banned,
        Intent::Answer { .. } if step.client() == Some(client) => CloseReason::Banned,
        Intent::Answer { .. } => CloseReason::TakenOver,
        _ => CloseReason::Bye,
    };
    let closed = step.expected.closed.iter();
    entries.extend(closed.map(|client| Entry::Closed { client: *client, reason: reason(*client) }));
}

/// The texts with their addressees. Adjacent outputs with the same text are merged if the addressees ascend.
fn one_by_one(told: &Told) -> impl Iterator<Item = (Vec<ClientId>, &str)> {
    let shared = told.sent.chunk_by(|one, other| one.1 == other.1 && one.0 < other.0);
    shared.map(|same| (same.iter().map(|(client, _)| *client).collect(), same[0].1.as_str()))
}

/// Where the outputs of a step differ from those that the model expects, client by client.
fn report(step: &Step) -> String {
    let mut report = format!("after {} {LEGEND}", event(step));
    let everyone = step.told.sent.iter().chain(&step.expected.sent).map(|(client, _)| *client);
    for client in everyone.collect::<BTreeSet<ClientId>>() {
        let (expected, got) = (step.expected.to(client), step.told.to(client));
        if expected != got {
            let _ = write!(report, "\nclient {client}:\n{}", diff::text(&expected, &got));
        }
    }
    if step.expected.asked != step.told.asked {
        let diff = diff::debug(&step.expected.asked, &step.told.asked);
        let _ = write!(report, "\nquestions: {diff}");
    }
    if step.expected.closed != step.told.closed {
        let line = |client: &ClientId| format!("client {client}\r\n");
        let [expected, got] = [&step.expected.closed, &step.told.closed]
            .map(|closed| closed.iter().map(line).collect::<String>());
        let _ = write!(report, "\nclosed connections:\n{}", diff::text(&expected, &got));
    }
    report
}

/// The event of a step, as a transcript has it.
fn event(step: &Step) -> String {
    format!("`{}`", Entry::Event(step.action.event.clone()))
}

/// Whether any client is sent or closed differently from the model. The order between clients does not matter.
fn differs(step: &Step) -> bool {
    let (told, expected) = (&step.told, &step.expected);
    let mut everyone = told.sent.iter().chain(&expected.sent).map(|(client, _)| *client);
    told != expected
        && (told.closed != expected.closed
            || told.asked != expected.asked
            || everyone.any(|client| told.to(client) != expected.to(client)))
}

/// The outputs of each event as text.
pub(crate) fn replay(
    chat: &mut Chat,
    events: impl IntoIterator<Item = (Timestamp, Event)>,
) -> impl Iterator<Item = Told> {
    let mut outbox = Outbox::new();
    events.into_iter().map(move |(at, event)| {
        outbox.clear();
        chat.handle(at, event, &mut outbox);
        told(&outbox)
    })
}

/// The same event with another client id.
pub(crate) fn renamed(mut event: Event, name: impl Fn(ClientId) -> ClientId) -> Event {
    match &mut event {
        Event::Connect { client, .. }
        | Event::Line { client, .. }
        | Event::Signal { client, .. }
        | Event::Answered { client, .. }
        | Event::Disconnect { client, .. } => *client = name(*client),
        Event::Appoint { .. } | Event::Shutdown | Event::Restart => {}
    }
    event
}

/// An event by which nothing happens but that time passes.
#[must_use]
pub fn idle(at: Timestamp) -> (Timestamp, Event) {
    (at, Event::Disconnect { client: ClientId(u64::MAX), cause: Cause::Closed })
}

/// Handles one event with a new outbox.
pub fn perform_at(chat: &mut Chat, at: Timestamp, event: Event) -> Outbox {
    let mut outbox = Outbox::new();
    chat.handle(at, event, &mut outbox);
    outbox
}

/// The outputs as text for each client.
fn told(outbox: &Outbox) -> Told {
    let mut told = Told::default();
    for output in outbox.iter() {
        match output {
            Output::Deliver { to, message } => {
                let mut text = String::new();
                render(message, &mut text);
                told.sent.extend(to.iter().map(|client| (*client, text.clone())));
            }
            Output::Ask { client, ticket, ask } => told.asked.push((client, ticket, ask.clone())),
            Output::Close { client, .. } => told.closed.push(client),
        }
    }
    told
}

//! Chat machines with one fault each: a wrapper changes what the correct machine outputs. They show that the
//! tests find faults, and that counterexamples shrink to the minimum.
//!
//! Not here: corrupted outputs of single runs (`tests/it/mutants.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chinwag::chat::{Ask, Chat, ClientId, Event, Message, Outbox, Output, Refusal, Text, User};
use chinwag::wire::render;

use crate::Operation::{
    self, Act, Away, Bye, Connect, Disconnect, Ignore, Join, List, Notices, Private, Rename, Reply,
    Say, Shutdown, Whisper,
};
use crate::Target::{Pool, Present};
use crate::{Intent, Run, Step, Told};

/// One fault.
pub struct Fault {
    /// What goes wrong.
    pub name: &'static str,
    /// Operations that suffice to expose it.
    pub alphabet: &'static [Operation],
    wrapper: fn() -> Wrapper,
}

/// Changes the outputs of a step; may also change the machine.
type Wrapper = Box<dyn FnMut(&Step, &mut Outputs, &mut Chat)>;

/// The outputs of an event before they are rendered.
struct Outputs {
    sent: Vec<(ClientId, Message)>,
    asked: Vec<(ClientId, u64, Ask)>,
    closed: Vec<ClientId>,
}

impl Fault {
    /// Runs a session on the faulty machine, up to the first step that differs from the model.
    #[must_use]
    pub fn run(&self, operations: &[Operation]) -> Run {
        let mut wrapper = (self.wrapper)();
        let mut run = Run::of(&[]);
        for (token, operation) in (0..).zip(operations) {
            let Some(action) = operation.resolve(&run.model, token) else { continue };
            run.perform(action);
            let Some(step) = run.steps.last_mut() else { continue };
            let mut outputs = Outputs::of(&step.outbox);
            wrapper(step, &mut outputs, &mut run.chat);
            step.told = outputs.told();
            if step.check().is_err() {
                break;
            }
        }
        run
    }

    /// Whether a session exposes the fault.
    #[must_use]
    pub fn shows(&self, operations: &[Operation]) -> bool {
        self.run(operations).check().is_err()
    }
}

impl Outputs {
    fn of(outbox: &Outbox) -> Self {
        let (sent, asked, closed) = Default::default();
        let mut outputs = Self { sent, asked, closed };
        for output in outbox.iter() {
            match output {
                Output::Deliver { to, message } => {
                    outputs.sent.extend(to.iter().map(|client| (*client, message.clone())));
                }
                Output::Ask { client, ticket, ask } => {
                    outputs.asked.push((client, ticket, ask.clone()));
                }
                Output::Close { client, .. } => outputs.closed.push(client),
            }
        }
        outputs
    }

    fn told(self) -> Told {
        let text = |(client, message): (ClientId, Message)| {
            let mut text = String::new();
            render(&message, &mut text);
            (client, text)
        };
        let sent = self.sent.into_iter().map(text).collect();
        Told { sent, asked: self.asked, closed: self.closed }
    }

    /// The user who changed their name in this step, if any, and the new name.
    fn renamed(&self) -> Option<(User, String)> {
        self.sent.iter().find_map(|(_, message)| match message {
            Message::Renamed { who, to } => Some((who.clone(), to.to_string())),
            _ => None,
        })
    }
}

/// A wrapper with state of its own.
fn with<M: Default + 'static>(
    mut alter: impl FnMut(&mut M, &Step, &mut Outputs, &mut Chat) + 'static,
) -> Wrapper {
    let mut memory = M::default();
    Box::new(move |step, outputs, chat| alter(&mut memory, step, outputs, chat))
}

const SAY: Operation = Say { slot: 0, opening: 0, body: 0 };
const SAY_1: Operation = Say { slot: 1, opening: 0, body: 0 };
const ANN: Operation = Rename { slot: 0, name: 0, word: 0 };
const BOB: Operation = Rename { slot: 0, name: 1, word: 0 };
const LEAVE: Operation = Disconnect { slot: 0, cause: 0 };
const JOIN: Operation = Join { slot: 0, room: 1 };
const TO_0: Operation = Whisper { slot: 0, to: Present(0), word: 0, body: 0 };
const FROM_1: Operation = Whisper { slot: 1, to: Present(0), word: 0, body: 0 };
const TO_ANN: Operation = Whisper { slot: 0, to: Pool(0), word: 0, body: 0 };

/// The first client to connect.
const FIRST: ClientId = ClientId(0);

/// Every fault.
pub const FAULTS: [Fault; 16] = [
    Fault {
        name: "when the server stops, the newest client is not disconnected",
        alphabet: &[Connect, Shutdown],
        wrapper: || {
            with(|(): &mut (), step, outputs, _| {
                if step.action.intent == Intent::Shutdown {
                    outputs.closed.pop();
                }
            })
        },
    },
    Fault {
        name: "joining a room shows the members before the room",
        alphabet: &[Connect, JOIN],
        wrapper: || {
            with(|(): &mut (), _, outputs, _| {
                let is_entered =
                    |(_, message): &(_, Message)| matches!(message, Message::Entered { .. });
                if let Some(at) = outputs.sent.iter().position(is_entered) {
                    outputs.sent[at..].reverse();
                }
            })
        },
    },
    Fault {
        name: "of two clients, /bye disconnects the wrong one",
        alphabet: &[Connect, Bye { slot: 0, word: 0 }],
        wrapper: || {
            with(|(): &mut (), step, outputs, _| {
                if let (Intent::Bye { .. }, Some((other, _))) =
                    (&step.action.intent, outputs.sent.first())
                {
                    outputs.closed = vec![*other];
                }
            })
        },
    },
    Fault {
        name: "an action is also sent to its sender",
        alphabet: &[Connect, Act { slot: 0, body: 0 }],
        wrapper: || {
            with(|(): &mut (), step, outputs, _| {
                if let (Intent::Act { .. }, Some((_, acted))) =
                    (&step.action.intent, outputs.sent.first())
                {
                    outputs.sent.extend(step.client().map(|actor| (actor, acted.clone())));
                }
            })
        },
    },
    Fault {
        name: "lists omit users who are away",
        alphabet: &[Connect, Away { slot: 0, body: 0 }, List { slot: 0, word: 0 }],
        wrapper: || {
            with(|(): &mut (), _, outputs, _| {
                for (_, message) in &mut outputs.sent {
                    if let Message::Users { usernames, away, .. } = message {
                        usernames.retain(|username| !away.contains(username));
                    }
                }
            })
        },
    },
    Fault {
        name: "/notices off also hides actions",
        alphabet: &[Connect, Notices { slot: 0, setting: 1 }, Act { slot: 1, body: 0 }],
        wrapper: || {
            with(|(): &mut (), step, outputs, _| {
                outputs.sent.retain(|(to, message)| {
                    !matches!(message, Message::Acted { .. }) || step.model.person(*to).notices
                });
            })
        },
    },
    Fault {
        name: "lines show the previous name of their sender",
        alphabet: &[Connect, ANN, SAY],
        wrapper: || {
            with(|before: &mut BTreeMap<ClientId, User>, _, outputs, _| {
                if let Some((who, _)) = outputs.renamed() {
                    before.insert(who.client, who);
                }
                for (_, message) in &mut outputs.sent {
                    if let Message::Said { from, .. } = message {
                        *from = before.get(&from.client).unwrap_or(from).clone();
                    }
                }
            })
        },
    },
    Fault {
        name: "the third client receives all lines twice",
        alphabet: &[Connect, SAY],
        wrapper: || {
            with(|(): &mut (), _, outputs, _| {
                let is_heard = |(to, message): &&(ClientId, Message)| {
                    *to == ClientId(2) && matches!(message, Message::Said { .. })
                };
                let heard = outputs.sent.iter().find(is_heard).cloned();
                outputs.sent.extend(heard);
            })
        },
    },
    Fault {
        name: "lines are lost after an odd number of /away",
        alphabet: &[Connect, Away { slot: 0, body: 0 }, SAY],
        wrapper: || {
            with(|is_odd: &mut bool, step, outputs, _| {
                *is_odd ^= matches!(step.action.intent, Intent::Away { .. });
                if let (true, Intent::Say { .. }) = (*is_odd, &step.action.intent) {
                    outputs.sent.clear();
                }
            })
        },
    },
    Fault {
        name: "no notice when a user who has whispered disconnects",
        alphabet: &[Connect, TO_0, LEAVE],
        wrapper: || {
            with(|whisperers: &mut BTreeSet<ClientId>, step, outputs, _| {
                if let Intent::Whisper { .. } = step.action.intent {
                    whisperers.extend(step.client());
                }
                outputs.sent.retain(|(_, message)| match message {
                    Message::Disconnected { who, .. } => !whisperers.contains(&who.client),
                    _ => true,
                });
            })
        },
    },
    Fault {
        name: "a whisper to a former name reaches its former holder",
        alphabet: &[Connect, ANN, BOB, TO_ANN],
        wrapper: || {
            with(|held: &mut BTreeMap<String, ClientId>, step, outputs, _| {
                if let Some((who, to)) = outputs.renamed() {
                    held.insert(to, who.client);
                }
                if let Intent::Whisper { to, text, .. } = &step.action.intent
                    && let [(client, Message::Refused { username, .. })] = &outputs.sent[..]
                    && let Some(holder) = held.get(to)
                    && step.model.present().contains(holder)
                {
                    let from = User { client: *client, username: username.clone() };
                    let whispered = Message::Whispered { from, text: Text::clean(text.as_str()) };
                    outputs.sent = vec![(*holder, whispered)];
                }
            })
        },
    },
    Fault {
        name: "a name stays taken after its holder has left",
        alphabet: &[Connect, ANN, LEAVE],
        wrapper: || {
            with(|held: &mut BTreeMap<String, ClientId>, step, outputs, _| {
                let Some((who, to)) = outputs.renamed() else { return };
                let is_gone = |holder: &ClientId| step.model.departed().contains(holder);
                if held.get(&to).is_some_and(is_gone) {
                    let refusal = Refusal::UsernameTaken { wanted: Text::clean(to.as_str()) };
                    let refused = Message::Refused { username: who.username, refusal };
                    outputs.sent = vec![(who.client, refused)];
                } else {
                    held.insert(to, who.client);
                }
            })
        },
    },
    Fault {
        name: "the third line in a row of one client is lost",
        alphabet: &[Connect, SAY],
        wrapper: || {
            with(|row: &mut (Option<ClientId>, usize), step, outputs, _| {
                if let Intent::Say { .. } = step.action.intent {
                    let is_same = row.0 == step.client();
                    *row = (step.client(), if is_same { row.1 + 1 } else { 1 });
                    if row.1 == 3 {
                        outputs.sent.clear();
                    }
                }
            })
        },
    },
    Fault {
        name: "lines of a private room also reach the first client, wherever it is",
        alphabet: &[Connect, Join { slot: 1, room: 1 }, Private { slot: 1 }, SAY_1],
        wrapper: || {
            with(|people: &mut BTreeMap<ClientId, User>, step, outputs, _| {
                for (_, message) in &outputs.sent {
                    if let Message::Connected { who } = message {
                        people.insert(who.client, who.clone());
                    }
                }
                let (Intent::Say { text, .. }, Some(from)) = (&step.action.intent, step.client())
                else {
                    return;
                };
                if step.model.is_in_private(from) && !step.model.roommates(from).contains(&FIRST) {
                    let (from, text) = (people[&from].clone(), Text::clean(text.as_str()));
                    outputs.sent.push((FIRST, Message::Said { from, text }));
                }
            })
        },
    },
    Fault {
        name: "a reply goes to the first user who whispered",
        alphabet: &[Connect, TO_0, FROM_1, Reply { slot: 0, body: 0 }],
        wrapper: || {
            with(|first: &mut BTreeMap<ClientId, ClientId>, step, outputs, _| {
                for (to, message) in &mut outputs.sent {
                    if let Message::Whispered { from, .. } = message {
                        if let Intent::Reply { .. } = step.action.intent {
                            *to = first.get(&from.client).copied().unwrap_or(*to);
                        }
                        first.entry(*to).or_insert(from.client);
                    }
                }
            })
        },
    },
    Fault {
        name: "ignoring ends when the ignored user is away",
        alphabet: &[
            Connect,
            Ignore { slot: 0, whom: Present(1) },
            Away { slot: 1, body: 0 },
            SAY_1,
        ],
        wrapper: || {
            with(|(): &mut (), step, _, chat| {
                if let (Intent::Away { .. }, Some(away)) = (&step.action.intent, step.client()) {
                    let line: Arc<str> =
                        format!("/unignore {}", step.model.person(away).name).into();
                    for client in step.model.present() {
                        let event = Event::Line { client, line: line.clone() };
                        chat.handle(step.action.at, event, &mut Outbox::new());
                    }
                }
            })
        },
    },
];

//! One step of a generated session. Every operation is legal in every state: a slot is taken modulo the number of
//! users present, and an operation that does not apply does nothing. So any part of a session can be left out.
//!
//! Not here: what the step must output (`model`).

use chinwag::chat::{
    Answer, Ask, Cause, ClientId, Credential, Event, Origin, Peer, Signal, Text, Timestamp,
    Unanswered,
};
use proptest::prelude::*;

use crate::burst::burst;
use crate::name_pool::{
    ANSWERED, BLANKS, BODIES, BYE_WORDS, HELP_LINES, LIST_ALL_WORDS, LIST_WORDS, MISUSES, NAMES,
    NOTICES, OPENINGS, PARTS, RENAME_WORDS, ROOMS, UNKNOWNS, WHISPER_WORDS,
};
use crate::shrink::Shrinking;
use crate::{Action, Intent, Model};

mod moderation;
mod table;

pub(crate) use table::Part;
pub use table::{Kind, Operation, Target, Weights};

/// The kind that a number selects, given the weights of all kinds; none if all weights are zero.
pub(crate) fn kind_of(weights: &[u8], number: u8) -> Option<usize> {
    let total: u32 = weights.iter().map(|weight| u32::from(*weight)).sum();
    let mut left = u32::from(number) % total.max(1);
    weights.iter().position(|weight| {
        let is_it = left < u32::from(*weight);
        left = left.saturating_sub(u32::from(*weight));
        is_it
    })
}

impl Operation {
    /// Decodes four bytes. Every input is valid; small bytes give simple operations.
    #[must_use]
    pub fn decode(weights: &Weights, [kind, slot, a, b]: [u8; 4]) -> Self {
        Self::DECODE[kind_of(&weights.0, kind).unwrap_or(0)]([slot, a, b])
    }

    /// What the operation amounts to in the current state, if anything. `token` must not have been used before.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a few lines for each operation")]
    pub fn resolve(self, model: &Model, token: u64) -> Option<Action> {
        // Operations are a minute apart, and now and then the clock is put back.
        let back = if token % 7 == 6 { 5 } else { 0 };
        let now = Timestamp((token - back) * 60_000);
        // The token of texts that remain visible for later, such as topics.
        let tag = format!("#{token};");
        let at = |slot: u8| pick_slot(model, slot);
        let action = |event, intent| Some(Action { at: now, event, intent });
        let line = |slot: u8, line: String, intent: Intent| {
            action(Event::Line { client: at(slot)?, line: line.into() }, intent)
        };
        let name_of = |target: Target| match target {
            Target::Pool(name) => Some(pick(&NAMES, name).typed.to_owned()),
            Target::Present(slot) => Some(model.person(at(slot)?).name.clone()),
        };
        let account_name = |account: u8| match model.accounts.len() {
            0 => pick(&NAMES, account).typed.to_owned(),
            count => model.accounts[usize::from(account) % count].name.clone(),
        };
        match self {
            Self::Connect => {
                let client = ClientId(model.connects);
                let peer = Peer { origin: Origin(model.connects % 5) };
                action(Event::Connect { client, peer }, Intent::Connect)
            }
            Self::Say { slot, opening, body } => {
                let (opening, shown_opening) = pick(&OPENINGS, opening);
                let (body, shown_body) = pick(&BODIES, body);
                let text = format!("{shown_opening}{shown_body}#{token}");
                line(slot, format!("{opening}{body}#{token}"), Intent::Say { text, token })
            }
            Self::Rename { slot, name, word } => {
                let name = usize::from(name) % NAMES.len();
                let typed = format!("{} {}", pick(&RENAME_WORDS, word), NAMES[name].typed);
                line(slot, typed, Intent::Rename { name })
            }
            Self::Whisper { slot, to, word, body } => {
                let to = name_of(to)?;
                let (body, shown_body) = pick(&BODIES, body);
                let (before, after) = pick(&WHISPER_WORDS, word);
                let typed = format!("{before}{to}{after} {body}#{token}");
                let text = format!("{shown_body}#{token}").trim_start().to_owned();
                line(slot, typed, Intent::Whisper { to, text, token })
            }
            Self::List { slot, word } => {
                let (typed, part) = *pick(&PARTS, word / 4);
                line(slot, format!("{}{typed}", pick(&LIST_WORDS, word)), Intent::List { part })
            }
            Self::Help { slot, line: index } => {
                let (typed, about) = *pick(&HELP_LINES, index);
                line(slot, typed.to_owned(), Intent::Help { about })
            }
            Self::Bye { slot, word } => {
                let (typed, shown) = *pick(&BYE_WORDS, word);
                let [typed, words] = [typed, shown].map(|text| text.replace("TOKEN", &tag));
                line(slot, typed, Intent::Bye { words })
            }
            Self::Blank { slot, line: index } => {
                line(slot, (*pick(&BLANKS, index)).to_owned(), Intent::Nothing)
            }
            Self::Misuse { slot, line: index } => {
                let (typed, usage) = *pick(&MISUSES, index);
                line(slot, typed.to_owned(), Intent::Misuse { usage })
            }
            Self::Unknown { slot, line: index } => {
                let (typed, word, advice) = *pick(&UNKNOWNS, index);
                line(slot, typed.to_owned(), Intent::Unknown { word, advice })
            }
            Self::Overlong { slot } => line(slot, "x".repeat(2049), Intent::Overlong),
            Self::Signal { slot, signal } => {
                use Signal::{AreYouThere, Interrupt, Overlong, Slowed};
                let signals = [Interrupt, AreYouThere, Overlong, Slowed];
                let signal = *pick(&signals, signal);
                let event = Event::Signal { client: at(slot)?, signal };
                action(event, Intent::Signal(signal))
            }
            Self::Disconnect { slot, cause } => {
                let cause = *pick(&[Cause::Closed, Cause::Lost, Cause::Slow], cause);
                let event = Event::Disconnect { client: at(slot)?, cause };
                action(event, Intent::Disconnect(cause))
            }
            Self::Stale { slot, kind } => {
                let event = stale(model, slot, kind)?;
                action(event, Intent::Nothing)
            }
            Self::Shutdown => action(Event::Shutdown, Intent::Shutdown),
            Self::Restart => action(Event::Restart, Intent::Restart),
            Self::Join { slot, room } => {
                let room = usize::from(room) % ROOMS.len();
                line(slot, format!("/join {}", ROOMS[room].typed), Intent::Join { room })
            }
            Self::Leave { slot } => line(slot, "/leave".to_owned(), Intent::Leave),
            Self::Rooms { slot, part } => {
                let (typed, part) = *pick(&PARTS, part);
                line(slot, format!("/rooms{typed}"), Intent::Rooms { part })
            }
            Self::Topic { slot, body } => match pick(&BODIES, body) {
                ("", _) => line(slot, "/topic".to_owned(), Intent::Topic { text: None }),
                (typed, shown) => {
                    let text = Some(format!("{tag}{shown}"));
                    line(slot, format!("/topic {tag}{typed}"), Intent::Topic { text })
                }
            },
            Self::Act { slot, body } => {
                let (body, shown_body) = pick(&BODIES, body);
                let text = format!("{shown_body}#{token}").trim_start().to_owned();
                line(slot, format!("/me {body}#{token}"), Intent::Act { text, token })
            }
            Self::Reply { slot, body } => {
                let (body, shown_body) = pick(&BODIES, body);
                let text = format!("{shown_body}#{token}").trim_start().to_owned();
                let word = if token.is_multiple_of(2) { "/r" } else { "/reply" };
                line(slot, format!("{word} {body}#{token}"), Intent::Reply { text, token })
            }
            Self::Whois { slot, of } => {
                let name = name_of(of)?;
                line(slot, format!("/whois {name}"), Intent::Whois { name })
            }
            Self::Away { slot, body } => {
                let (body, shown_body) = pick(&BODIES, body);
                // A blank text has no token, so that the same away text can occur twice.
                let tag = if shown_body.is_empty() { String::new() } else { tag };
                let text = format!("{tag}{shown_body}");
                line(slot, format!("/away {tag}{body}"), Intent::Away { text })
            }
            Self::Ignore { slot, whom } => {
                let name = name_of(whom)?;
                line(slot, format!("/ignore {name}"), Intent::Ignore { name })
            }
            Self::Unignore { slot, whom } => {
                let name = name_of(whom)?;
                line(slot, format!("/unignore {name}"), Intent::Unignore { name })
            }
            Self::Ignored { slot } => line(slot, "/ignore".to_owned(), Intent::Ignored),
            Self::Register { slot } => line(slot, "/register".to_owned(), Intent::Register),
            Self::LogIn { slot, account } => {
                let name = account_name(account);
                line(slot, format!("/login {name}"), Intent::LogIn { name })
            }
            Self::Seen { slot, account } => {
                let name = account_name(account);
                line(slot, format!("/seen {name}"), Intent::Seen { name })
            }
            Self::Hide { slot, setting } => {
                let (word, on) = *pick(&NOTICES, setting);
                line(slot, format!("/hide {word}"), Intent::Hide { on })
            }
            Self::WhisperTo { slot, account, body } => {
                let to = account_name(account);
                let (body, shown_body) = pick(&BODIES, body);
                let text = format!("{shown_body}#{token}").trim_start().to_owned();
                line(slot, format!("@{to} {body}#{token}"), Intent::Whisper { to, text, token })
            }
            Self::ChangePassword { slot } => {
                line(slot, "/password".to_owned(), Intent::ChangePassword)
            }
            Self::Unregister { slot } => line(slot, "/unregister".to_owned(), Intent::Unregister),
            Self::Answer { slot, kind } => {
                let client = at(slot)?;
                let (ticket, answer) = answer(model, client, kind, token);
                let intent = Intent::Answer { ticket, answer: answer.clone() };
                action(Event::Answered { client, ticket, answer }, intent)
            }
            Self::Appoint { account } => {
                let name = account_name(account);
                let event = Event::Appoint { name: Text::clean(name.as_str()) };
                action(event, Intent::Appoint { name })
            }
            Self::Sanction { slot, whom, word } => {
                let (typed, intent) = moderation::sanction(model, &name_of(whom)?, word, &tag);
                let client = moderation::author(model, slot)?;
                action(Event::Line { client, line: typed.into() }, intent)
            }
            Self::Order { slot, account, word } => {
                let (typed, intent) = moderation::order(account_name(account), word, &tag);
                let client = moderation::author(model, slot)?;
                action(Event::Line { client, line: typed.into() }, intent)
            }
            Self::Govern { slot, whom, word } => {
                let trusted = account_name(word / 8);
                let (typed, intent) = moderation::govern(trusted, name_of(whom)?, word);
                let client = moderation::ruler(model, slot)?;
                action(Event::Line { client, line: typed.into() }, intent)
            }
            Self::Answered { slot, line: index } => {
                let (typed, answer) = *pick(&ANSWERED, index);
                line(slot, typed.to_owned(), Intent::Answered { answer })
            }
            Self::Notices { slot, setting } => {
                let (word, on) = *pick(&NOTICES, setting);
                line(slot, format!("/notices {word}"), Intent::Notices { on })
            }
            Self::History { slot, count: 0 } => {
                line(slot, "/history".to_owned(), Intent::History { count: usize::MAX })
            }
            Self::History { slot, count } => {
                let intent = Intent::History { count: usize::from(count) };
                line(slot, format!("/history {count}"), intent)
            }
            Self::Private { slot } => line(slot, "/private".to_owned(), Intent::Private),
            Self::Public { slot } => line(slot, "/public".to_owned(), Intent::Public),
            Self::Invite { slot, whom } => {
                let name = name_of(whom)?;
                line(slot, format!("/invite {name}"), Intent::Invite { name })
            }
            Self::ListAll { slot, word } => {
                let (typed, part) = *pick(&PARTS, word / 4);
                let typed = format!("{}{typed}", pick(&LIST_ALL_WORDS, word));
                line(slot, typed, Intent::ListAll { part })
            }
        }
    }
}

/// An answer to the question that a user was asked last, or to one before it.
fn answer(model: &Model, client: ClientId, kind: u8, token: u64) -> (u64, Answer) {
    let new = Credential::new(&format!("password-#{token}")).expect("is one");
    let asked = model.person(client).asked.as_ref();
    let right = match asked.map(|asked| &asked.ask) {
        Some(Ask::Check(credential)) => Answer::Right(credential.clone()),
        Some(Ask::New) | None => Answer::Made(new.clone()),
    };
    let ticket = asked.map_or(model.asks, |asked| asked.ticket);
    match kind % 16 {
        0..9 => (ticket, right),
        9 => (ticket.saturating_sub(1), right),
        10 => (ticket, Answer::Right(new)),
        11 => (ticket, Answer::Made(new)),
        12 | 13 => (ticket, Answer::Wrong),
        _ => {
            use Unanswered::{Busy, Forbidden, Interrupted, Silent, Unusable};
            let all = [Interrupted, Silent, Unusable, Busy, Forbidden];
            (ticket, Answer::None(*pick(&all, kind / 16)))
        }
    }
}

fn stale(model: &Model, slot: u8, kind: u8) -> Option<Event> {
    let unknown = ClientId(u64::MAX);
    let departed = model.departed();
    let client = *departed.get(usize::from(slot) % departed.len().max(1)).unwrap_or(&unknown);
    Some(match kind % 4 {
        0 => Event::Line { client, line: "hello".into() },
        1 => Event::Disconnect { client, cause: Cause::Closed },
        2 => Event::Signal { client, signal: Signal::AreYouThere },
        _ => Event::connect(pick_slot(model, slot)?),
    })
}

fn pick<T>(pool: &[T], index: u8) -> &T {
    &pool[usize::from(index) % pool.len()]
}

fn pick_slot(model: &Model, slot: u8) -> Option<ClientId> {
    let present = model.present();
    (!present.is_empty()).then(|| present[usize::from(slot) % present.len()])
}

/// Sessions of up to `length` operations. Each session draws its own weights first, so that some are all renames,
/// some have no whispers, and so on. A burst counts as one operation.
pub fn sessions(length: usize) -> impl Strategy<Value = Vec<Operation>> {
    let weight = prop_oneof![1 => Just(0_u8), 3 => 1..=16_u8];
    let weights = (8..=32_u8, prop::collection::vec(weight, Weights::KINDS - 1)).prop_map(
        |(connect, others)| {
            let mut weights = [connect; Weights::KINDS];
            weights[1..].copy_from_slice(&others);
            // Most of what users do is talk.
            for kind in [Kind::Say, Kind::Whisper, Kind::Join, Kind::Act, Kind::Reply] {
                weights[kind as usize] *= 2;
            }
            // If many leave or the server keeps stopping, nobody is left to talk to.
            let ends = [Kind::Shutdown, Kind::Restart].map(|kind| (kind, 1));
            for (kind, most) in [(Kind::Bye, 6), (Kind::Disconnect, 6)].into_iter().chain(ends) {
                weights[kind as usize] = weights[kind as usize].min(most);
            }
            Weights(weights)
        },
    );
    let step = prop_oneof![
        16 => any::<[u8; 4]>().prop_map(|word| (false, word)),
        1 => any::<[u8; 4]>().prop_map(|word| (true, word)),
    ];
    let steps = prop::collection::vec(step, 0..length);
    // Half of the sessions use few names, so that names collide.
    let names = prop::sample::select(&[0xFF, 0x83][..]);
    Shrinking((weights, names, steps).prop_map(|(weights, names, steps): (_, u8, Vec<_>)| {
        let few_names = |[kind, slot, name, other]: [u8; 4]| [kind, slot, name & names, other];
        let operations = steps.into_iter().flat_map(|(is_burst, word)| match (is_burst, word) {
            (false, word) => vec![Operation::decode(&weights, few_names(word))],
            (true, [kind, slot, name, _]) => burst(kind, slot, name),
        });
        operations.collect()
    }))
}

//! The reference: what each step of a session must cause, said as simply as it can be said. Flat
//! lists, linear scans, no index; it shares no code with the machine and never reads what was typed.
//!
//! It says what clients see as text, so that it checks the renderer too. Only the texts of help are
//! taken from the product, where a test of their own shows them.

use chinwag::chat::{Cause, ClientId, Event, Message, Signal, Verb};
use chinwag::wire::render;

use crate::pools::{NAMES, Shown};
use crate::{Action, Meaning};

/// What one step caused: text for clients, in order, and connections to close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// To whom, and the bytes.
    pub sent: Vec<(ClientId, String)>,
    /// Whose connection is closed.
    pub closed: Vec<ClientId>,
}

impl Told {
    /// All that one client is sent.
    #[must_use]
    pub fn to(&self, client: ClientId) -> String {
        let own = self.sent.iter().filter(|(to, _)| *to == client);
        own.map(|(_, text)| text.as_str()).collect()
    }
}

/// Who is there, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Model {
    here: Vec<(ClientId, Name)>,
    gone: Vec<ClientId>,
    next_client: u64,
    next_anonymous: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Anonymous(u64),
    Pool(usize),
}

impl Name {
    fn shown(self) -> String {
        match self {
            Self::Anonymous(number) => format!("anonymous{number}"),
            Self::Pool(index) => shown(index).name.to_owned(),
        }
    }

    /// Whether someone who types `typed` means this name.
    fn is_meant_by(self, typed: &str) -> bool {
        match self {
            Self::Anonymous(_) => typed == self.shown(),
            Self::Pool(index) => NAMES.iter().any(|name| {
                name.outcome.as_ref().is_ok_and(|other| {
                    (typed == name.typed || typed == other.name)
                        && other.folded == shown(index).folded
                })
            }),
        }
    }

    fn clashes_with(self, other: usize) -> bool {
        match self {
            Self::Anonymous(_) => false,
            Self::Pool(index) => {
                shown(index).looks.iter().any(|look| shown(other).looks.contains(look))
            }
        }
    }
}

fn shown(index: usize) -> &'static Shown {
    NAMES[index].outcome.as_ref().expect("only names that can be had are held")
}

impl Model {
    /// Who is there.
    #[must_use]
    pub fn present(&self) -> Vec<ClientId> {
        self.here.iter().map(|(client, _)| *client).collect()
    }

    /// Who has been there.
    #[must_use]
    pub fn departed(&self) -> &[ClientId] {
        &self.gone
    }

    /// An id that nobody has had.
    #[must_use]
    pub fn newcomer(&self) -> ClientId {
        ClientId(self.next_client)
    }

    /// The names of those who are there, as shown, in the order of [`Self::present`].
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.here.iter().map(|(_, name)| name.shown()).collect()
    }

    /// The name of someone who is there, as shown.
    #[must_use]
    pub fn name_of(&self, client: ClientId) -> String {
        self.here.iter().find(|(other, _)| *other == client).expect("is there").1.shown()
    }

    /// Who would be whispered to by someone who types this name.
    #[must_use]
    pub fn holder(&self, typed: &str) -> Option<ClientId> {
        self.here.iter().find(|(_, name)| name.is_meant_by(typed)).map(|(client, _)| *client)
    }

    /// Does what the action means, and says what it must cause.
    pub fn apply(&mut self, action: &Action) -> Told {
        match action.event {
            _ if action.meaning == Meaning::Nothing => Told::default(),
            Event::Connect { client } => self.connect(client),
            Event::Shutdown => self.shut_down(),
            Event::Line { client, .. }
            | Event::Disconnect { client, .. }
            | Event::Signal { client, .. } => self.act(client, &action.meaning),
        }
    }

    fn connect(&mut self, client: ClientId) -> Told {
        let name = Name::Anonymous(self.next_anonymous);
        self.next_client += 1;
        self.next_anonymous += 1;
        self.here.push((client, name));
        let mut told = Told::default();
        told.sent.push((client, rendered(&Message::Welcome)));
        self.tell_all(&mut told, None, &format!(" * [{}] has connected", name.shown()));
        told
    }

    fn shut_down(&mut self) -> Told {
        let mut told = Told::default();
        self.tell_all(&mut told, None, " * the server is shutting down");
        told.closed = self.present();
        self.gone.append(&mut self.present());
        self.here.clear();
        told
    }

    fn act(&mut self, client: ClientId, meaning: &Meaning) -> Told {
        let name = self.name_of(client);
        let mut told = Told::default();
        let mut answer = |text: String| told.sent.push((client, text + "\r\n"));
        match meaning {
            Meaning::Say { text, .. } => {
                self.tell_all(&mut told, Some(client), &format!("[{name}]> {text}"));
            }
            Meaning::Rename { name: wanted } => match self.refuse_name(client, *wanted) {
                Some(why) => {
                    let typed = NAMES[*wanted].typed;
                    answer(format!(" * {name} failed to change username to \"{typed}\" ({why})"));
                }
                None => {
                    self.here.iter_mut().find(|(other, _)| *other == client).unwrap().1 =
                        Name::Pool(*wanted);
                    let new = shown(*wanted).name;
                    let notice = format!(" * {name} changed username to [{new}]");
                    self.tell_all(&mut told, None, &notice);
                }
            },
            Meaning::Whisper { to, text, .. } => match self.holder(to) {
                Some(addressee) => {
                    told.sent.push((addressee, format!("[{name}] whispers> {text}\r\n")));
                }
                None => {
                    answer(format!(" * \"{to}\" is unknown user (type /list to see who is here)"));
                }
            },
            Meaning::List => {
                let mut names = self.names();
                names.sort();
                answer(format!("UserList:{{{}}} Total:[{}]", names.join(", "), names.len()));
            }
            Meaning::Help { about } => {
                let verb = about.map(|word| Verb::find(word).expect("a command of the pool"));
                told.sent.push((client, rendered(&Message::Help(verb))));
            }
            Meaning::Misuse { usage } => answer(format!(" * usage: {usage}")),
            Meaning::Unknown { word } => answer(format!(
                " * {name} issued unrecognised command \"{word}\" (type /help to see them all)"
            )),
            Meaning::Overlong | Meaning::Signal(Signal::Overlong) => answer(
                " * that line is too long and was thrown away (at most 2048 bytes)".to_owned(),
            ),
            Meaning::Signal(Signal::Interrupt) => answer(" * to leave, type /bye".to_owned()),
            Meaning::Signal(Signal::AreYouThere) => {
                answer(" * yes, the chat is still here".to_owned());
            }
            Meaning::Bye => {
                self.leave(client, "", &mut told);
                told.closed.push(client);
            }
            Meaning::Disconnect(cause) => {
                let why = match cause {
                    Cause::Closed => "",
                    Cause::Lost => " (connection lost)",
                    Cause::Slow => " (too slow to read)",
                };
                self.leave(client, why, &mut told);
            }
            Meaning::Nothing | Meaning::Connect | Meaning::Shutdown => {}
        }
        told
    }

    fn leave(&mut self, client: ClientId, why: &str, told: &mut Told) {
        let name = self.name_of(client);
        self.here.retain(|(other, _)| *other != client);
        self.gone.push(client);
        self.tell_all(told, None, &format!(" * [{name}] has disconnected{why}"));
    }

    /// Why `client` cannot have a name of the pool.
    fn refuse_name(&self, client: ClientId, wanted: usize) -> Option<&'static str> {
        match &NAMES[wanted].outcome {
            Err(why) => Some(why),
            Ok(new) if new.name == self.name_of(client) => Some("it is yours already"),
            Ok(_) => {
                let others = self.here.iter().filter(|(other, _)| *other != client);
                let is_taken = others.map(|(_, name)| name).any(|name| name.clashes_with(wanted));
                is_taken.then_some("taken, or looks too much like another's")
            }
        }
    }

    fn tell_all(&self, told: &mut Told, except: Option<ClientId>, line: &str) {
        for client in self.present() {
            if Some(client) != except {
                told.sent.push((client, format!("{line}\r\n")));
            }
        }
    }
}

fn rendered(message: &Message) -> String {
    let mut text = String::new();
    render(message, &mut text);
    text
}

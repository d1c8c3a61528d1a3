//! The grammar of transcripts: parsing and printing. It is documented in the parent module.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::iter::Peekable;

use super::answers::{parse_answer, parse_ask, write_answer, write_ask};
use super::limits::{parse_limits, write_limits};
use super::{Entry, Transcript, TranscriptError};
use crate::chat::{
    Cause, ClientId, CloseReason, Event, Limits, Origin, Peer, Signal, Text, Timestamp,
};
#[cfg(feature = "serde")]
use crate::chat::{Chat, Snapshot};

/// The first line of every transcript. No other line of a transcript is like it.
pub(super) const FIRST_LINE: &str = "chinwag transcript 1";

const SIGNALS: [(&str, Signal); 4] = [
    ("interrupt", Signal::Interrupt),
    ("are-you-there", Signal::AreYouThere),
    ("overlong", Signal::Overlong),
    ("slowed", Signal::Slowed),
];
const CAUSES: [(&str, Cause); 3] =
    [("closed", Cause::Closed), ("lost", Cause::Lost), ("slow", Cause::Slow)];
const CLOSE_REASONS: [(&str, CloseReason); 5] = [
    ("bye", CloseReason::Bye),
    ("shutdown", CloseReason::Shutdown),
    ("taken over", CloseReason::TakenOver),
    ("removed", CloseReason::Removed),
    ("banned", CloseReason::Banned),
];

impl Transcript {
    /// Parses a transcript.
    ///
    /// # Errors
    ///
    /// The first line that does not follow the grammar, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TranscriptError> {
        let lines = &mut (1..).zip(text.lines()).peekable();
        if lines.next_if(|(_, line)| *line == FIRST_LINE).is_none() {
            let problem = format!("a transcript begins with the line \"{FIRST_LINE}\"");
            return Err(TranscriptError { line: 1, problem });
        }
        let program = header_line(lines, "program ").map(|(_, version)| version.to_owned());
        let mut limits = Limits::default();
        if let Some((line, fields)) = header_line(lines, "limits ") {
            let problem = |problem| TranscriptError { line, problem };
            parse_limits(fields, &mut limits).map_err(problem)?;
            limits.check().map_err(|error| problem(error.to_string()))?;
        }
        #[cfg(feature = "serde")]
        let state = match header_line(lines, "state ") {
            Some((line, json)) => {
                Some(parse_state(json).map_err(|problem| TranscriptError { line, problem })?)
            }
            None => None,
        };
        let parse = |(line, text)| parse_entry(text).ok_or_else(|| not_a_line(line));
        let entries = lines.map(parse).collect::<Result<_, _>>()?;
        Ok(Self {
            program,
            limits,
            #[cfg(feature = "serde")]
            state,
            entries,
        })
    }
}

/// A snapshot that can be restored.
#[cfg(feature = "serde")]
fn parse_state(json: &str) -> Result<Snapshot, String> {
    let snapshot = Snapshot::from_json(json.as_bytes()).map_err(|error| error.to_string())?;
    Chat::restore(snapshot.clone()).map_err(|error| error.to_string())?;
    Ok(snapshot)
}

fn not_a_line(line: usize) -> TranscriptError {
    let problem = "not a line of a transcript, see wire::transcript".to_owned();
    TranscriptError { line, problem }
}

fn header_line<'a>(
    lines: &mut Peekable<impl Iterator<Item = (usize, &'a str)>>,
    keyword: &str,
) -> Option<(usize, &'a str)> {
    let (number, line) = lines.next_if(|(_, line)| line.starts_with(keyword))?;
    Some((number, &line[keyword.len()..]))
}

fn parse_entry(line: &str) -> Option<Entry> {
    if line.is_empty() || line.starts_with('#') {
        return Some(Entry::Comment(line.to_owned()));
    }
    if let Some(expectation) = line.strip_prefix("  ") {
        return parse_expectation(expectation);
    }
    if line == "shutdown" {
        return Some(Entry::Event(Event::Shutdown));
    }
    if line == "restart" {
        return Some(Entry::Event(Event::Restart));
    }
    if let Some(name) = line.strip_prefix("operator >") {
        return Some(Entry::Event(Event::Appoint { name: parse_clean(name)? }));
    }
    if let Some(time) = line.strip_prefix("at ") {
        return Some(Entry::At(Timestamp(time.parse().ok()?)));
    }
    let (client, what) = line.split_once(' ')?;
    let client = ClientId(client.parse().ok()?);
    Some(Entry::Event(if what == "connects" {
        Event::connect(client)
    } else if let Some(origin) = what.strip_prefix("connects from ") {
        let origin = Origin(origin.parse().ok().filter(|origin| *origin > 0)?);
        Event::Connect { client, peer: Peer { origin } }
    } else if let Some(signal) = what.strip_prefix("signals ") {
        Event::Signal { client, signal: value(&SIGNALS, signal)? }
    } else if let Some(answer) = what.strip_prefix("answers ") {
        let (ticket, answer) = answer.split_once(": ")?;
        Event::Answered { client, ticket: ticket.parse().ok()?, answer: parse_answer(answer)? }
    } else if let Some(cause) = what.strip_prefix("disconnects: ") {
        Event::Disconnect { client, cause: value(&CAUSES, cause)? }
    } else {
        Event::Line { client, line: parse_text(what.strip_prefix('>')?)?.into() }
    }))
}

fn parse_expectation(expectation: &str) -> Option<Entry> {
    if let Some(client) = expectation.strip_suffix(" is welcomed") {
        return Some(Entry::Welcomed(ClientId(client.parse().ok()?)));
    }
    if let Some((client, question)) = expectation.split_once(" is asked ") {
        let (client, (ticket, ask)) = (client.parse().ok()?, question.split_once(": ")?);
        let (ticket, ask) = (ticket.parse().ok()?, parse_ask(ask)?);
        return Some(Entry::Asked { client: ClientId(client), ticket, ask });
    }
    let clients_end = expectation.find(|c: char| c != ' ' && !c.is_ascii_digit())?;
    let (clients, what) = expectation.split_at(clients_end);
    let clients = clients.trim_end().split(' ').map(|client| client.parse().ok().map(ClientId));
    let to = clients.collect::<Option<Vec<ClientId>>>()?;
    match (&to[..], what.strip_prefix("is closed: ")) {
        ([client], Some(reason)) => {
            Some(Entry::Closed { client: *client, reason: value(&CLOSE_REASONS, reason)? })
        }
        _ => Some(Entry::Sent { line: parse_text(what.strip_prefix('<')?)?, to }),
    }
}

/// Parses what follows a `>` or `<`: nothing, or a space and the text.
fn parse_text(escaped: &str) -> Option<String> {
    if escaped.is_empty() {
        return Some(String::new());
    }
    let mut rest = escaped.strip_prefix(' ')?;
    let mut text = String::new();
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        if let Some(after) = escape.strip_prefix('\\') {
            text.push('\\');
            rest = after;
        } else {
            let (code, after) = escape.strip_prefix("u{")?.split_once('}')?;
            text.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
            rest = after;
        }
    }
    text.push_str(rest);
    Some(text)
}

/// The same for a text that is clean.
fn parse_clean(escaped: &str) -> Option<Text> {
    let text = parse_text(escaped)?;
    let clean = Text::clean(text.as_str());
    (clean.as_str() == text).then_some(clean)
}

pub(super) fn value<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

pub(super) fn name<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(version) = &self.program {
            writeln!(f, "program {version}")?;
        }
        if self.limits != Limits::default() {
            write_limits(&self.limits, f)?;
        }
        #[cfg(feature = "serde")]
        if let Some(state) = &self.state {
            writeln!(f, "state {}", String::from_utf8_lossy(&state.to_json()))?;
        }
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(comment) => f.write_str(comment),
            Self::At(Timestamp(time)) => write!(f, "at {time}"),
            Self::Event(Event::Connect { client, peer: Peer { origin } }) => match origin.0 {
                0 => write!(f, "{client} connects"),
                origin => write!(f, "{client} connects from {origin}"),
            },
            Self::Event(Event::Line { client, line }) => write!(f, "{client} >{}", Escaped(line)),
            Self::Event(Event::Signal { client, signal }) => {
                write!(f, "{client} signals {}", name(&SIGNALS, signal))
            }
            Self::Event(Event::Disconnect { client, cause }) => {
                write!(f, "{client} disconnects: {}", name(&CAUSES, cause))
            }
            Self::Event(Event::Answered { client, ticket, answer }) => {
                write!(f, "{client} answers {ticket}: ")?;
                write_answer(answer, f)
            }
            Self::Event(Event::Appoint { name }) => {
                write!(f, "operator >{}", Escaped(name.as_str()))
            }
            Self::Event(Event::Shutdown) => f.write_str("shutdown"),
            Self::Event(Event::Restart) => f.write_str("restart"),
            Self::Sent { to, line } => {
                f.write_char(' ')?;
                to.iter().try_for_each(|client| write!(f, " {client}"))?;
                write!(f, " <{}", Escaped(line))
            }
            Self::Welcomed(client) => write!(f, "  {client} is welcomed"),
            Self::Asked { client, ticket, ask } => {
                write!(f, "  {client} is asked {ticket}: ")?;
                write_ask(ask, f)
            }
            Self::Closed { client, reason } => {
                write!(f, "  {client} is closed: {}", name(&CLOSE_REASONS, reason))
            }
        }
    }
}

/// Text as written after a `>` or `<`.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    /// Writes whole stretches of plain characters, to be fast: a running server prints its journal with this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() {
            f.write_char(' ')?;
        }
        let (mut rest, end) = match self.0.strip_suffix(' ') {
            Some(before) => (before, "\\u{20}"),
            None => (self.0, ""),
        };
        while !is_plain(rest)
            && let Some(at) = rest.find(is_special)
        {
            let (plain, special) = rest.split_at(at);
            f.write_str(plain)?;
            let mut characters = special.chars();
            match characters.next() {
                Some('\\') => f.write_str("\\\\")?,
                character => write!(f, "\\u{{{:X}}}", character.map_or(0, u32::from))?,
            }
            rest = characters.as_str();
        }
        f.write_str(rest)?;
        f.write_str(end)
    }
}

/// Whether a text certainly has no special character, as most texts do not.
fn is_plain(text: &str) -> bool {
    // Without an early exit, so that many bytes are compared at a time.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'\\');
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
}

/// Whether a character must be escaped.
fn is_special(character: char) -> bool {
    matches!(character, '\\' | '\u{2028}' | '\u{2029}')
        || character.is_control()
        || crate::chat::is_invisible(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: &str = "\
chinwag transcript 1
program 0.1.0
limits line 300 username_columns 12

# A comment.
at 1000
1 connects
  1 is welcomed
  1 <  * you are [anonymous0]; to change that, type /username NAME
  1 <  * nobody else is in [lobby]
  1 <  * [anonymous0] has connected
2 connects from 77
  2 is welcomed
  2 <  * you are [anonymous1]; to change that, type /username NAME
  2 <  * in [lobby] with you: anonymous0
  1 2 <  * [anonymous1] has connected
1 >
1 > a \\\\ backslash, \\u{1B}[31mcolour\\u{1B}[0m and a space at the end\\u{20}
  2 < [anonymous0]> a \\\\ backslash, colour and a space at the end\\u{20}
1 signals are-you-there
  1 <  * yes, the chat is still here
1 signals interrupt
  1 <  * to leave, type /bye
1 signals overlong
  1 <  * that line is too long and was thrown away (at most 300 bytes)
1 disconnects: lost
  2 <  * [anonymous0] has disconnected (connection lost)
operator > ann
shutdown
  2 <  * the server is shutting down
  2 is closed: shutdown
restart
";

    #[test]
    fn printing_and_parsing_are_inverse() {
        let transcript = Transcript::parse(EVERYTHING).unwrap();
        assert_eq!(transcript.limits.line, 300);
        assert_eq!(transcript.to_string(), EVERYTHING);
    }

    /// A run that begins with a state goes on from it.
    #[cfg(feature = "serde")]
    #[test]
    fn a_run_can_begin_with_a_state() {
        let (mut chat, client) = (Chat::new(Limits::default()), ClientId(1));
        let mut outbox = crate::chat::Outbox::new();
        chat.handle(Timestamp(0), Event::connect(client), &mut outbox);
        let line = |line: &str| Event::Line { client, line: line.into() };
        chat.handle(Timestamp(0), line("/username ann"), &mut outbox);
        let state = Some(chat.snapshot());
        let entries = Vec::from([Entry::Event(line("/username ann"))]);
        let run = Transcript { state, entries, ..Transcript::default() }.replay();
        let text = run.to_string();
        let refused = "  1 <  * ann failed to change username to \"ann\" (it is yours already)\n";
        assert!(text.ends_with(&format!("\n1 > /username ann\n{refused}")), "{text}");
        assert_eq!(Transcript::parse(&text), Ok(run));
        let broken = text.replace("\"next_room\":1", "\"next_room\":0");
        let problem = "line 2: the parts do not fit together: the lobby is still to come";
        assert_eq!(Transcript::parse(&broken).unwrap_err().to_string(), problem);
    }

    #[test]
    fn a_replay_corrects_expectations() {
        let transcript = Transcript::parse(EVERYTHING).unwrap();
        assert_eq!(transcript.replay(), transcript);
        let mut other = transcript.clone();
        other.entries.retain(|entry| !matches!(entry, Entry::Sent { .. }));
        assert_ne!(other, transcript);
        assert_eq!(other.replay(), transcript);
    }

    #[test]
    fn an_error_names_its_line() {
        let error = |text: &str| Transcript::parse(text).unwrap_err().to_string();
        let foreign = "not a line of a transcript, see wire::transcript";
        assert_eq!(error(""), "line 1: a transcript begins with the line \"chinwag transcript 1\"");
        for wrong in [
            "hello",
            "1 waves",
            "x connects",
            "1 connects from 0",
            "1 signals smoke",
            "1 >x",
            "1 > \\n",
            "  1 2 is closed: bye",
        ] {
            let text = format!("{FIRST_LINE}\n\n{wrong}\n");
            assert_eq!(error(&text), format!("line 3: {foreign}"), "{wrong:?}");
        }
        let limits = |fields: &str| error(&format!("{FIRST_LINE}\nlimits {fields}\n"));
        assert_eq!(limits("lines 7"), "line 2: there is no limit \"lines\"");
        assert_eq!(limits("line x"), "line 2: the limit \"line\" is not a number");
        assert_eq!(
            limits("line 7"),
            "line 2: line must have room for a command and a name: username_bytes or room_bytes, + 16"
        );
    }
}

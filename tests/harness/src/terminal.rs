//! Judges the effect of output on terminals. A terminal's own parser (`vte`) finds control sequences, and every line
//! must start as only the server starts lines, so that nobody can forge one.
//!
//! It applies to clients that are admitted or told why not. A peer of another protocol is answered in that protocol.
//!
//! Not here: which lines are due (`model`), and their order (`streams`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chinwag::chat::{ClientId, Group, Help, Message, Outbox, Output, Verb};
use chinwag::wire::{View, render};
use unicode_width::UnicodeWidthChar;
use vte::{Params, Parser, Perform};

use crate::require;

/// The bytes sent to each client.
#[derive(Debug, Default)]
pub struct Terminals {
    sent: BTreeMap<ClientId, Vec<u8>>,
}

impl Terminals {
    /// Adds the contents of an outbox.
    pub fn receive(&mut self, outbox: &Outbox) {
        for output in outbox.iter() {
            let Output::Deliver { to, message } = output else { continue };
            let (mut text, mut rows) = (String::new(), Vec::new());
            render(message, &mut text);
            View { columns: Some(COLUMNS - 1), ascii: false }.lay_out(&text, &mut rows);
            to.iter().for_each(|client| self.receive_bytes(*client, &rows));
        }
    }

    /// Adds bytes sent to one client.
    pub fn receive_bytes(&mut self, client: ClientId, bytes: &[u8]) {
        self.sent.entry(client).or_default().extend_from_slice(bytes);
    }

    /// All the bytes sent to each client.
    pub fn sent(&self) -> impl Iterator<Item = &[u8]> {
        self.sent.values().map(Vec::as_slice)
    }

    /// Judges everything that was sent, for screens of 80 columns.
    ///
    /// # Errors
    ///
    /// The first finding, with its client.
    pub fn judge(&self) -> Result<(), String> {
        self.sent.iter().try_for_each(|(client, sent)| {
            judge_on_screen(sent, COLUMNS)
                .map_err(|finding| format!("{client} was sent forbidden text: {finding}"))
        })
    }
}

const IAC: u8 = 0xFF;
const WONT: u8 = 0xFC;
const WILL: u8 = 0xFB;
const ECHO: u8 = 1;
const DO: u8 = 0xFD;
const DONT: u8 = 0xFE;
const NAWS: u8 = 31;

/// The width of usual screens.
pub const COLUMNS: u16 = 80;

/// The start of every row of a line but the first.
const INDENT: &str = "    ";

/// Judges bytes sent to a client, starting with any line.
///
/// # Errors
///
/// The first finding: a line without an end, that is not text, that controls a terminal, or that does not start like
/// a line of the server.
pub fn judge(sent: &[u8]) -> Result<(), String> {
    judge_on_screen(sent, u16::MAX)
}

/// The same for bytes that start with any row but the first.
///
/// # Errors
///
/// As [`judge`].
pub fn judge_later(sent: &[u8]) -> Result<(), String> {
    judge_rows(sent, u16::MAX, false)
}

/// The same for a screen of this width.
///
/// # Errors
///
/// As [`judge`]; also a row that the terminal would wrap.
pub fn judge_on_screen(sent: &[u8], columns: u16) -> Result<(), String> {
    judge_rows(sent, columns, true)
}

fn judge_rows(sent: &[u8], columns: u16, mut is_first: bool) -> Result<(), String> {
    let mut rest = sent;
    while !rest.is_empty() {
        // A telnet answer comes between lines.
        if let [IAC, WONT | DONT, _, after @ ..] | [IAC, DO | WILL, NAWS | ECHO, after @ ..] = rest
        {
            rest = after;
            continue;
        }
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(end);
        let text = line.strip_suffix(b"\r\n");
        let text = text.ok_or_else(|| format!("\"{}\" has no end", line.escape_ascii()))?;
        let is_part = after.starts_with(INDENT.as_bytes());
        judge_line(text, columns, is_first, is_part)?;
        (rest, is_first) = (after, false);
    }
    Ok(())
}

/// The received bytes without an incomplete line at the end.
#[must_use]
pub fn whole_lines(received: &[u8]) -> &[u8] {
    let end = received.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    &received[..end]
}

fn judge_line(line: &[u8], columns: u16, is_first: bool, is_part: bool) -> Result<(), String> {
    let text = str::from_utf8(line);
    let text = text.map_err(|_| format!("\"{}\" is not UTF-8", line.escape_ascii()))?;
    let mut screen = Screen::default();
    Parser::new().advance(&mut screen, line);
    if let Some(effect) = screen.effect {
        return Err(format!("{text:?} has {effect}"));
    }
    require(screen.shown == text, || format!("{text:?} is shown as {:?}", screen.shown))?;
    let is_wide = screen.column > usize::from(columns);
    require(!is_wide, || {
        format!("{text:?} is wider than the screen, so a user can choose the start of a row")
    })?;
    let goes_on = !is_first && text.starts_with(INDENT);
    require(goes_on || begins_well(text) || (is_part && may_begin_well(text)), || {
        format!("{text:?} starts unlike any line of the server")
    })
}

/// What a terminal shows of a line, and its first effect other than showing text.
#[derive(Default)]
struct Screen {
    shown: String,
    /// The columns used on a terminal that shows characters one by one.
    column: usize,
    /// The first effect other than showing characters.
    effect: Option<String>,
}

impl Screen {
    fn does(&mut self, effect: impl Into<String>) {
        self.effect.get_or_insert(effect.into());
    }
}

impl Perform for Screen {
    fn print(&mut self, character: char) {
        self.shown.push(character);
        self.column += character.width().unwrap_or(0);
        match character {
            '\u{7F}' => self.does("the control character U+007F"),
            '\u{61C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' => {
                self.does(format!("U+{:04X}, which turns text", u32::from(character)));
            }
            '\u{2028}' | '\u{2029}' => {
                self.does(format!("U+{:04X}, which ends a line", u32::from(character)));
            }
            _ => {}
        }
    }

    fn execute(&mut self, byte: u8) {
        self.does(format!("the control character U+{byte:04X}"));
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.does(format!("an escape sequence ({})", char::from(byte)));
    }

    fn csi_dispatch(&mut self, _: &Params, _: &[u8], _: bool, action: char) {
        self.does(format!("a control sequence ({action})"));
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.does("a system command");
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, action: char) {
        self.does(format!("a device control string ({action})"));
    }
}

/// The lines of all help texts, which those of the banner are among.
static HELP: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut text = String::new();
    render(&Message::Help(Help::Chat { is_operator: true }), &mut text);
    let groups = [Group::People, Group::Rooms, Group::Order];
    groups.iter().for_each(|group| render(&Message::Help(Help::Group(*group)), &mut text));
    Verb::all().for_each(|verb| render(&Message::Help(Help::Command(verb)), &mut text));
    text.split("\r\n").map(str::to_owned).collect()
});

/// Whether the first row of a wrapped line can be continued to a valid start of a line.
fn may_begin_well(row: &str) -> bool {
    let rests = ["]> ", "> ", " whispers> ", " ann waves", " remembered of [", " ["];
    rests.iter().any(|rest| begins_well(&format!("{row}{rest}")))
}

/// Whether a line starts like a line of the server.
fn begins_well(line: &str) -> bool {
    let is_list = line.starts_with("UserList:{");
    let is_live = is_heard(line) || is_done(line) || is_list || is_notice(line);
    let is_row = |row: &String| !line.trim().is_empty() && row.starts_with(line);
    is_live || is_remembered(line) || HELP.iter().any(is_row)
}

/// `[ann]> hello`, `[ann] whispers> hello`
fn is_heard(line: &str) -> bool {
    after_name(line).is_some_and(|rest| is_opening(rest, "> ") || is_opening(rest, " whispers> "))
}

/// Whether a row starts like this, or is too short for more than its first part.
fn is_opening(row: &str, opening: &str) -> bool {
    row.starts_with(opening) || row == opening.trim_end()
}

/// ` ~ ann waves`
fn is_done(line: &str) -> bool {
    let rest = line.strip_prefix(" ~ ");
    rest.is_some_and(|rest| is_name(rest.split(' ').next().unwrap_or_default()))
}

/// ` * [ann] has connected`, ` * "bob" is unknown user`, ` * you are no longer away`
fn is_notice(line: &str) -> bool {
    let Some(rest) = line.strip_prefix(" * ") else { return false };
    let word = rest.split(' ').next().unwrap_or_default().trim_end_matches([',', ':']);
    let is_word = is_name(word) || word.starts_with("origin:");
    rest.starts_with('"') || after_name(rest).is_some() || is_word || is_total(rest)
}

/// `Total:[2]`
fn is_total(text: &str) -> bool {
    let count = text.strip_prefix("Total:[").and_then(|rest| rest.strip_suffix(']'));
    count.is_some_and(|count| count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// ` | 2026-11-22 14:03 [ann]> hello`, ` | 2026-11-22 14:03 ~ ann waves`, and their headings.
fn is_remembered(line: &str) -> bool {
    let Some(rest) = line.strip_prefix(" | ") else { return false };
    let shape = "dddd-dd-dd dd:dd";
    let is_date = |date: &str| date.replace(|digit: char| digit.is_ascii_digit(), "d") == shape;
    match rest.split_at_checked(shape.len()) {
        Some((date, rest)) if is_date(date) => {
            rest.is_empty() || is_done(rest) || rest.strip_prefix(' ').is_some_and(is_heard)
        }
        _ => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            let headings = ["nothing is remembered of [", "the last ", "a whisper was kept "];
            headings.iter().chain(&[" whispers were kept "]).any(|words| rest.starts_with(words))
        }
    }
}

/// The rest of a line after a name in brackets, if it starts with one.
fn after_name(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    is_name(name).then_some(rest)
}

/// Whether this can be a name: letters, digits and marks of any script, `_`, `-`, `.`; or `?` in place of a character
/// that is not ASCII.
fn is_name(name: &str) -> bool {
    let is_other = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || (character.is_ascii_punctuation() && !matches!(character, '_' | '-' | '.' | '?'))
    };
    !name.is_empty() && !name.contains(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_server_pass() {
        for sent in [
            &b""[..],
            b"[ann]> hello\r\n[\xCE\x91\xCE\x9D\xCE\x9D] whispers> [bob]> hi\r\n ~ ann waves\r\n",
            b" * [ann] has connected\r\n * \"x y\" is unknown user\r\n * you are in [lobby]\r\n",
            b" * Total:[2]\r\n * yes, the chat is still here\r\n * usage: /list [all]\r\n",
            b"UserList:{ann} Total:[1]\r\n",
            b" | the last 2 lines in [lobby] (times in UTC):\r\n",
            b" | nothing is\r\n    remembered of\r\n    [lobby]\r\n",
            b" | nothing is remembered of\r\n    [lobby]\r\n",
            b"[ann]\r\n    whispers> hi\r\n * [an\r\n    n] has connected\r\n",
            b" | 2026-11-22 14:03 ~\r\n    ann waves\r\n",
            b" | 2026-11-22 14:03 [ann]> hello\r\n | 2026-11-22 14:03 ~ ann waves\r\n",
            b"/bye                                 quit\r\n",
            b"\xFF\xFC\x01\xFF\xFE\x20\xFF\xFD\x1F[ann]> hello\r\n\xFF\xFC\x06",
            "[ann]> \u{FFFD} é👨\u{200D}👩 日本\r\n".as_bytes(),
        ] {
            assert_eq!(judge(sent), Ok(()), "{}", sent.escape_ascii());
        }
    }

    #[test]
    fn each_violation_is_reported() {
        for (sent, finding) in [
            (&b"[ann]> hi"[..], r#""[ann]> hi" has no end"#),
            (b"[ann]> hi\r", r#""[ann]> hi\r" has no end"#),
            (b"[ann]> hi\n", r#""[ann]> hi\n" has no end"#),
            (b"[ann]> h\rhi\r\n", r#""[ann]> h\rhi" has the control character U+000D"#),
            (b"[ann]> h\xC3\r\n", r#""[ann]> h\xc3" is not UTF-8"#),
            (b"[ann]> \xFF\xFC\x06\r\n", r#""[ann]> \xff\xfc\x06" is not UTF-8"#),
            (b"\xFF\xFD\x06\r\n", r#""\xff\xfd\x06" is not UTF-8"#),
            (b"[ann]> \x07\r\n", r#""[ann]> \u{7}" has the control character U+0007"#),
            (b"[ann]> \t\r\n", r#""[ann]> \t" has the control character U+0009"#),
            (b"[ann]> \x7F\r\n", r#""[ann]> \u{7f}" has the control character U+007F"#),
            (b"[ann]> \xC2\x9B\r\n", r#""[ann]> \u{9b}" has the control character U+009B"#),
            (b"[ann]> \x1B[31mred\r\n", r#""[ann]> \u{1b}[31mred" has a control sequence (m)"#),
            (b"[ann]> \x1Bc\r\n", r#""[ann]> \u{1b}c" has an escape sequence (c)"#),
            (b"[ann]> \x1B]0;t\x1B\\\r\n", r#""[ann]> \u{1b}]0;t\u{1b}\\" has a system command"#),
            (b"[ann]> \x1BPq\r\n", r#""[ann]> \u{1b}Pq" has a device control string (q)"#),
            (b"[ann]> \x1B_x\r\n", r#""[ann]> \u{1b}_x" is shown as "[ann]> ""#),
            (b"[ann]> x\x1B\r\n", r#""[ann]> x\u{1b}" is shown as "[ann]> x""#),
            (b"[ann]> \xE2\x80\xAE\r\n", r#""[ann]> \u{202e}" has U+202E, which turns text"#),
            (b"[ann]> \xE2\x80\xA8\r\n", r#""[ann]> \u{2028}" has U+2028, which ends a line"#),
        ] {
            assert_eq!(judge(sent), Err(finding.to_owned()));
        }
    }

    #[test]
    fn incomplete_lines_are_cut_off() {
        for (received, whole) in [
            (&b""[..], &b""[..]),
            (b"one", b""),
            (b"one\r", b""),
            (b"one\r\n", b"one\r\n"),
            (b"one\r\ntwo\r\nthr", b"one\r\ntwo\r\n"),
        ] {
            assert_eq!(whole_lines(received), whole);
        }
    }

    #[test]
    fn a_forged_start_of_a_line_is_reported() {
        for line in [
            "hello",
            " ",
            " hello",
            "    hello",
            "[ann]",
            "[ann",
            " * [ann",
            " | nothing is",
            " | 2026-11-22 14:03 ~",
            "[ann]>hello",
            "[an n]> hello",
            "[]> hello",
            "[a]b]> hello",
            "[ann] says> hello",
            "* [ann] has connected",
            " *  [ann] has connected",
            " * [a b] has connected",
            " * ",
            " * <ann>",
            " ~ [ann] waves",
            " | hello",
            " | 2026-11-22 14:03 hello",
            " | 22.11.2026 14:03 [ann]> hello",
            "User: hello",
            "/bye                                 quit, all of you",
        ] {
            let finding = format!("{line:?} starts unlike any line of the server");
            assert_eq!(judge(format!("{line}\r\n").as_bytes()), Err(finding));
        }
    }

    #[test]
    fn the_first_finding_is_reported_with_its_client() {
        let mut terminals = Terminals::default();
        terminals.receive_bytes(ClientId(1), b"[ann]> one\r\n");
        terminals.receive_bytes(ClientId(2), b"[ann]> one\r\ntwo\r\nthree\r\n");
        let finding = "2 was sent forbidden text: \"two\" starts unlike any line of the server";
        assert_eq!(terminals.judge(), Err(finding.to_owned()));
    }
}

//! A second telnet receiver, as simple as possible, to compare the one in `chinwag::wire` with. It gets all bytes at
//! once, and shares no code with it.
//!
//! Not here: flood control, and recognising clients of other protocols.

use chinwag::chat::{Limits, Signal};
use chinwag::wire::Received;
use unicode_segmentation::UnicodeSegmentation;

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;
const ECHO: u8 = 1;
const TIMING_MARK: u8 = 6;
const NAWS: u8 = 31;

/// The meaning of a peer's bytes by RFC 854, RFC 1073 and RFC 1143, and by how known clients behave.
#[must_use]
pub fn hear(bytes: &[u8], limits: &Limits) -> Heard {
    let mut receiver = ReferenceReceiver { limit: limits.line, ..ReferenceReceiver::default() };
    let mut at = 0;
    let mut all = Vec::new();
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            IAC => at = receiver.command(bytes, at),
            data => receiver.data(data),
        }
        all.extend(receiver.heard.drain(..).map(|what| (what, at)));
    }
    if !receiver.pending.is_empty() {
        receiver.end_line();
    }
    Heard { all, last: receiver.heard.pop() }
}

/// The result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Every item, in order, and the number of bytes read up to it.
    pub all: Vec<(Received, usize)>,
    /// The item that the end of input completes.
    pub last: Option<Received>,
}

#[derive(Default)]
struct ReferenceReceiver {
    limit: usize,
    heard: Vec<Received>,
    pending: Vec<u8>,
    is_overlong: bool,
    is_after_cr: bool,
    /// Whether the last item was an interrupt.
    is_interrupted: bool,
    /// Whether anything but blank lines has arrived. Blank lines at the start are dropped.
    has_begun: bool,
    /// Whether the peer reports the size of its window (NAWS).
    has_window: bool,
}

impl ReferenceReceiver {
    fn data(&mut self, byte: u8) {
        self.is_interrupted = false;
        let is_after_cr = std::mem::take(&mut self.is_after_cr);
        match byte {
            b'\n' if is_after_cr => {}
            b'\0' => {}
            b'\r' | b'\n' => {
                self.is_after_cr = byte == b'\r';
                if !std::mem::take(&mut self.is_overlong) {
                    self.end_line();
                }
            }
            _ if self.is_overlong => {}
            0x08 | 0x7F => erase(&mut self.pending),
            0x15 => self.pending.clear(),
            _ if self.pending.len() == self.limit => {
                self.pending.clear();
                (self.is_overlong, self.has_begun) = (true, true);
                self.heard.push(Received::Signal(Signal::Overlong));
            }
            _ => self.pending.push(byte),
        }
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned();
        self.has_begun |= !line.is_empty();
        if self.has_begun {
            self.heard.push(Received::Line(line.into()));
        }
    }

    /// Reads a command after its IAC, and returns the position after it.
    fn command(&mut self, bytes: &[u8], at: usize) -> usize {
        let Some(&command) = bytes.get(at) else { return at };
        match command {
            IAC => self.data(IAC),
            SB => return self.subnegotiation(bytes, at + 1),
            WILL | WONT | DO | DONT => {
                let option = bytes.get(at + 1);
                option.into_iter().for_each(|option| self.negotiate(command, *option));
                return at + 2;
            }
            // Ctrl-C, Ctrl-O, Ctrl-Z and Ctrl-\, or the byte of a UTF-8 letter with the same lower bits, which some
            // clients mistake for them.
            244 => self.interrupt(0x83),
            245 => self.interrupt(0x8F),
            237 => self.interrupt(0x9A),
            243 => self.interrupt(0x9C),
            246 => {
                self.begin();
                self.heard.push(Received::Signal(Signal::AreYouThere));
            }
            247 => {
                self.begin();
                erase(&mut self.pending);
            }
            248 => {
                self.begin();
                self.pending.clear();
            }
            _ => {}
        }
        at + 1
    }

    /// An item other than data has arrived.
    fn begin(&mut self) {
        (self.is_interrupted, self.has_begun) = (false, true);
    }

    /// Handles an interrupt, or the byte `letter` if it continues an incomplete UTF-8 letter.
    fn interrupt(&mut self, letter: u8) {
        self.begin();
        let is_begun = |bytes: &[u8]| {
            std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
        };
        let begun = self.pending.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
        let longer = [begun, &[letter]].concat();
        let goes_on = std::str::from_utf8(&longer).is_ok() || is_begun(&longer);
        if is_begun(begun) && goes_on && self.pending.len() < self.limit {
            self.pending.push(letter);
            return;
        }
        self.pending.clear();
        self.is_interrupted = true;
        self.heard.push(Received::Signal(Signal::Interrupt));
    }

    fn negotiate(&mut self, verb: u8, option: u8) {
        if let (DO | DONT, ECHO) = (verb, option) {
            self.begin();
            return self.heard.push(Received::Echo(verb == DO));
        }
        let answer = match (verb, option) {
            (DO, _) => WONT,
            (WILL, NAWS) if self.has_window => return,
            (WILL, NAWS) => {
                self.has_window = true;
                DO
            }
            (WILL, _) => DONT,
            (WONT, NAWS) if self.has_window => {
                self.has_window = false;
                DONT
            }
            _ => return,
        };
        self.heard.push(Received::Answer([IAC, answer, option]));
        // A client that requests a timing mark after an interrupt hides all output before the answer, so the
        // interrupt is repeated.
        let is_interrupted = self.is_interrupted;
        self.begin();
        if is_interrupted && (verb, option) == (DO, TIMING_MARK) {
            self.heard.push(Received::Signal(Signal::Interrupt));
        }
    }

    /// Reads a subnegotiation after IAC SB, up to a limit on its length.
    fn subnegotiation(&mut self, bytes: &[u8], start: usize) -> usize {
        const MOST: usize = 512;
        let mut what = Vec::new();
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            if what.len() == MOST {
                return at;
            }
            match (byte, bytes.get(at + 1)) {
                (IAC, Some(&IAC)) => at += 1,
                (IAC, Some(&SE)) => {
                    if let [NAWS, high, low, _, _] = what[..]
                        && self.has_window
                    {
                        self.begin();
                        self.heard.push(Received::Width(u16::from_be_bytes([high, low])));
                    }
                    return at + 2;
                }
                // Any other command ends the subnegotiation.
                (IAC, _) => return self.command(bytes, at + 1),
                _ => {}
            }
            what.push(byte);
            at += 1;
        }
        at
    }
}

/// Erases the last grapheme, and any invisible key press before it.
fn erase(pending: &mut Vec<u8>) {
    while let Some(start) = pending.iter().rposition(|byte| *byte == 0x1B)
        && pending.len() - start <= 32
        && std::str::from_utf8(&pending[start + 1..]).is_ok_and(is_key)
    {
        pending.truncate(start);
    }
    // Nobody types a longer grapheme by hand.
    let start = pending.len().saturating_sub(64);
    let tail = &pending[start..];
    let erased = match tail.utf8_chunks().last() {
        None => 0,
        Some(chunk) if !chunk.invalid().is_empty() => chunk.invalid().len(),
        Some(chunk) => chunk.valid().graphemes(true).next_back().map_or(0, str::len),
    };
    pending.truncate(pending.len() - erased);
}

/// Whether the text after an ESC is a key press, complete or incomplete.
fn is_key(text: &str) -> bool {
    const CANCELS: [char; 2] = ['\u{18}', '\u{1A}'];
    let Some(kind) = text.chars().next() else { return true };
    let rest = &text[kind.len_utf8()..];
    let (within, last) = match kind {
        ']' | 'P' | 'X' | '^' | '_' => return true,
        'N' | 'O' => (None, '!'..='~'),
        '[' => (Some(' '..='?'), '@'..='~'),
        '!'..='/' => (Some(' '..='/'), '0'..='~'),
        '0'..='~' => return rest.is_empty(),
        _ => return false,
    };
    // Some function keys send a second bracket.
    let rest = if kind == '[' { rest.strip_prefix('[').unwrap_or(rest) } else { rest };
    let mut characters = rest.chars();
    let end = characters.find(|character| {
        let is_shown = !character.is_ascii_control() || CANCELS.contains(character);
        is_shown && !within.as_ref().is_some_and(|within| within.contains(character))
    });
    let is_end = |end| last.contains(&end) || CANCELS.contains(&end);
    end.is_none_or(|end| is_end(end) && characters.as_str().is_empty())
}

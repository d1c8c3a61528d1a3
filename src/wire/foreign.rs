//! Programs that are no chat clients, told by the first thing that they send: web browsers, which a page can make
//! to post to any port, load balancers, scanners, clients of other protocols.
//!
//! A rule asks for what a program sends and people do not say, never for a word alone: "GET well soon" is chat.
//! Some openings need a second line to tell. The first one is then held, but only until [`Opening::settle`]: no
//! person types as early as that.
//!
//! Not here: what becomes of them (`server`).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::line::Framed;

/// A protocol that is not this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A request of HTTP, RFC 9112 section 3.
    Http,
    /// A registration of an IRC client, RFC 2812 section 3.1.
    Irc,
    /// A request to memcached, in its text or binary protocol.
    Memcached,
    /// A ping of a Minecraft client.
    Minecraft,
    /// A crawler that asks a MUD for its status in text.
    Mssp,
    /// The header in which a proxy names its client, version 1 or 2.
    Proxy,
    /// A connection request of RDP, in a TPKT of RFC 1006 section 6.
    Rdp,
    /// An array of RESP, in which Redis is sent commands.
    Redis,
    /// A request of RTSP, RFC 7826 section 7.1.
    Rtsp,
    /// A request of SIP, RFC 3261 section 7.1.
    Sip,
    /// The greeting of an SMTP client, RFC 5321 section 4.1.1.1.
    Smtp,
    /// The identification of an SSH client, RFC 4253 section 4.2.
    Ssh,
    /// A handshake of TLS, RFC 8446 section 5.1.
    Tls,
}

impl Foreign {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Irc => "IRC",
            Self::Memcached => "the protocol of memcached",
            Self::Minecraft => "the protocol of Minecraft",
            Self::Mssp => "MSSP",
            Self::Proxy => "the PROXY protocol",
            Self::Rdp => "RDP",
            Self::Redis => "the protocol of Redis",
            Self::Rtsp => "RTSP",
            Self::Sip => "SIP",
            Self::Smtp => "SMTP",
            Self::Ssh => "SSH",
            Self::Tls => "TLS",
        }
    }

    /// What to send before closing the connection.
    #[must_use]
    pub fn answer(self) -> &'static str {
        match self {
            Self::Http => {
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n\
                 This is a chat server, for telnet.\r\n"
            }
            Self::Irc => "ERROR :This is a chat server, for telnet.\r\n",
            Self::Memcached => "SERVER_ERROR This is a chat server, for telnet.\r\n",
            Self::Mssp | Self::Ssh => "This is a chat server, for telnet.\r\n",
            Self::Redis => "-ERR This is a chat server, for telnet.\r\n",
            Self::Rtsp => "RTSP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n",
            Self::Sip => "SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
            Self::Smtp => "421 This is a chat server, for telnet.\r\n",
            Self::Minecraft | Self::Proxy | Self::Rdp | Self::Tls => "",
        }
    }
}

/// What has been seen of a peer's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// Mostly nothing is kept.
    kept: Option<Box<Kept>>,
    /// Whether its first bytes may become those of a binary protocol.
    has_head: bool,
    stage: Stage,
    /// Whether a person may have typed what comes now.
    is_settled: bool,
}

/// What is kept of a beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    /// Its first bytes.
    head: Vec<u8>,
    /// Lines that are chat unless the next one says otherwise.
    held: Vec<Arc<str>>,
}

/// What has been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing but line ends.
    Nothing,
    /// Telnet, and no line.
    Telnet,
    /// `PASS secret`.
    Pass,
    /// `NICK name`, perhaps after that.
    Nick,
    /// `*1`, which begins an array of RESP.
    Array,
    /// Something that is chat.
    Over,
}

/// What to do with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is chat, after those that were held.
    Chat,
    /// It is held, or means nothing to anyone.
    Silence,
    /// Nothing that comes is chat.
    Foreign(Foreign),
}

impl Default for Opening {
    fn default() -> Self {
        Self { kept: None, has_head: true, stage: Stage::Nothing, is_settled: false }
    }
}

impl Opening {
    /// Looks at the bytes that come next, before telnet is taken out of them.
    pub(super) fn see(&mut self, bytes: &[u8]) -> Option<Foreign> {
        if !self.has_head {
            return None;
        }
        for byte in bytes {
            let head = &mut self.kept.get_or_insert_default().head;
            head.push(*byte);
            match sign(head) {
                Sign::Of(foreign) => return Some(foreign),
                Sign::None => {
                    self.has_head = false;
                    self.kept = self.kept.take().filter(|kept| !kept.held.is_empty());
                    break;
                }
                Sign::Part => {}
            }
        }
        None
    }

    /// Looks at a line. Empty ones before all others mean nothing: some programs begin so.
    pub(super) fn hear(&mut self, framed: &Framed) -> Heard {
        if self.stage == Stage::Over {
            return Heard::Chat;
        }
        let line = match framed {
            Framed::Line(line) if line.is_empty() && self.stage == Stage::Nothing => {
                return Heard::Silence;
            }
            Framed::Line(line) => line,
            Framed::Overlong { start } => {
                self.stage = Stage::Over;
                return is_request_start(start)
                    .then_some(Foreign::Http)
                    .map_or(Heard::Chat, Heard::Foreign);
            }
        };
        if let Some(foreign) = self.foreign(line) {
            return Heard::Foreign(foreign);
        }
        self.stage = self.stage.after(line);
        if self.stage == Stage::Over || self.is_settled {
            return Heard::Chat;
        }
        self.kept.get_or_insert_default().held.push(Arc::clone(line));
        Heard::Silence
    }

    /// A person may be typing from now on: nothing more is held.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Who speaks telnet is likely to be a chat client.
    pub(super) fn see_telnet(&mut self) {
        self.settle();
        if self.stage == Stage::Nothing {
            self.stage = Stage::Telnet;
        }
    }

    /// Gives back the lines that were held, which are chat.
    pub(super) fn release(&mut self) -> Vec<Arc<str>> {
        match &mut self.kept {
            Some(kept) if self.has_head => core::mem::take(&mut kept.held),
            kept => kept.take().map_or_else(Vec::new, |kept| kept.held),
        }
    }

    fn foreign(&self, line: &str) -> Option<Foreign> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match (self.stage, &words[..]) {
            (Stage::Array, [length]) => counts('$', length).then_some(Foreign::Redis),
            (Stage::Pass | Stage::Nick, ["USER", _, _, _, _, ..] | ["CAP", ..]) => {
                Some(Foreign::Irc)
            }
            (Stage::Nothing, ["stats" | "version"]) if !self.is_settled => Some(Foreign::Memcached),
            (Stage::Nothing | Stage::Telnet, words) => foreign_line(words),
            _ => None,
        }
    }
}

impl Stage {
    fn after(self, line: &str) -> Self {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match (self, &words[..]) {
            (Self::Nothing, ["PASS", _]) => Self::Pass,
            (Self::Nothing | Self::Pass, ["NICK", _]) => Self::Nick,
            (Self::Nothing, [count]) if counts('*', count) => Self::Array,
            _ => Self::Over,
        }
    }
}

/// What the first bytes of a peer are.
enum Sign {
    Of(Foreign),
    /// They may become one.
    Part,
    None,
}

/// How binary protocols begin. None of it is reported, so flood control never has it read twice.
const SIGNS: [(&[u8], Foreign); 6] = [
    (b"\x16\x03", Foreign::Tls),
    (b"\x03\0\0", Foreign::Rdp),
    (b"\r\n\r\n\0\r\nQUIT\n", Foreign::Proxy),
    (b"\xFE\x01", Foreign::Minecraft),
    // To ask for a version, and for statistics.
    (b"\x80\x0B\0\0", Foreign::Memcached),
    (b"\x80\x10\0\0", Foreign::Memcached),
];

fn sign(head: &[u8]) -> Sign {
    if let Some((_, foreign)) = SIGNS.iter().find(|(sign, _)| *sign == head) {
        return Sign::Of(*foreign);
    }
    match handshake(head) {
        Sign::None if SIGNS.iter().any(|(sign, _)| sign.starts_with(head)) => Sign::Part,
        sign => sign,
    }
}

/// A handshake of Minecraft: its length, a zero, a version of up to five bytes that ends with one below 0x80,
/// the length of a name, the name, three bytes. The two lengths must fit, as a zero may follow a CR that is typed.
fn handshake(head: &[u8]) -> Sign {
    let (length, rest) = match head {
        [] | [..0x80] | [..0x80, 0] => return Sign::Part,
        [length @ ..0x80, 0, rest @ ..] => (usize::from(*length), rest),
        _ => return Sign::None,
    };
    match rest.iter().position(|byte| *byte < 0x80) {
        None if rest.len() < 5 => Sign::Part,
        Some(end) if rest.len() == end + 1 => Sign::Part,
        Some(end) => match usize::from(rest[end + 1]) {
            name @ 1.. if 1 + (end + 1) + 1 + name + 3 == length => Sign::Of(Foreign::Minecraft),
            _ => Sign::None,
        },
        None => Sign::None,
    }
}

/// What a first line is by itself.
fn foreign_line(words: &[&str]) -> Option<Foreign> {
    match *words {
        [method, target, version] if is_token(method) && is_target(target) => request(version),
        ["PROXY", "TCP4" | "TCP6", _, _, from, to] if is_number(from) && is_number(to) => {
            Some(Foreign::Proxy)
        }
        ["PROXY", "UNKNOWN"] | ["PROXY", "UNKNOWN", _, _, _, _] => Some(Foreign::Proxy),
        ["CAP", "LS"] => Some(Foreign::Irc),
        ["CAP", "LS", version] if is_number(version) => Some(Foreign::Irc),
        ["USER", _, _, _, name, ..] if name.starts_with(':') => Some(Foreign::Irc),
        ["EHLO"] => Some(Foreign::Smtp),
        ["EHLO" | "HELO", host] if is_host(host) => Some(Foreign::Smtp),
        ["set", _, flags, expiry, bytes]
            if is_number(flags) && is_number(expiry) && is_number(bytes) =>
        {
            Some(Foreign::Memcached)
        }
        ["MSSP-REQUEST"] => Some(Foreign::Mssp),
        [version, ..] if is_ssh(version) => Some(Foreign::Ssh),
        _ => None,
    }
}

/// The protocol that a request names at its end.
fn request(version: &str) -> Option<Foreign> {
    let (protocol, version) = version.split_once('/')?;
    if !version.split('.').all(is_number) {
        return None;
    }
    match protocol {
        _ if protocol.eq_ignore_ascii_case("HTTP") => Some(Foreign::Http),
        _ if protocol.eq_ignore_ascii_case("RTSP") => Some(Foreign::Rtsp),
        _ if protocol.eq_ignore_ascii_case("SIP") => Some(Foreign::Sip),
        _ => None,
    }
}

/// Whether a word may be a method: RFC 9110 section 5.6.2.
fn is_token(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether a word may be what a request is for: a path, all, an address, a host with its port.
fn is_target(word: &str) -> bool {
    word.starts_with('/') || word == "*" || word.contains(':')
}

/// Whether a word may be the name or the address of a host, other than one that people would greet.
fn is_host(word: &str) -> bool {
    word.contains(['.', '[', ':']) || word == "localhost"
}

/// Whether a word is `SSH-2.0-` and a name.
fn is_ssh(word: &str) -> bool {
    let mut parts = word.splitn(3, '-');
    let (Some("SSH"), Some(version), Some(name)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    version.split('.').all(is_number) && !name.is_empty()
}

/// Whether a word is this sign and a number.
fn counts(sign: char, word: &str) -> bool {
    word.strip_prefix(sign).is_some_and(is_number)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a line that is too long begins as a request does: with a verb and a path or an address.
fn is_request_start(start: &[u8]) -> bool {
    let mut words = start.split(|byte| *byte == b' ');
    match (words.next(), words.next()) {
        (Some(verb), Some(target)) => {
            !verb.is_empty()
                && verb.iter().all(u8::is_ascii_uppercase)
                && (target.starts_with(b"/") || target.starts_with(b"http"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;

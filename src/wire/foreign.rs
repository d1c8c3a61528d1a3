//! Detection of peers that are not chat clients, by the first bytes that they send: web browsers,
//! which a page can make post to any port, load balancers, scanners, and clients of other
//! protocols.
//!
//! A rule matches what a program sends and people do not type, never a word alone: "GET well soon"
//! is chat. Some openings need a second line to be recognised. The first line is then held, but
//! only until [`Opening::settle`]: no person types as early as that.
//!
//! Not here: what happens to these peers (`server`).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::line::Framed;

/// A protocol other than the chat's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// The header of the PROXY protocol, which names a proxy's client, version 1 or 2.
    Proxy,
    /// A connection request of RDP, in a TPKT of RFC 1006 section 6.
    Rdp,
    /// An array of RESP, the form of commands to Redis.
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
    /// The name of the protocol.
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

    /// What to send before the connection is closed; may be empty.
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

/// How far the opening of a peer has been examined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Opening {
    /// Boxed, because most peers have nothing kept.
    kept: Option<Box<Kept>>,
    /// Whether the first bytes may still turn out to be those of a binary protocol.
    has_head: bool,
    stage: Stage,
    /// Whether a person may be typing.
    is_settled: bool,
}

/// What is kept of an opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Kept {
    /// The first bytes.
    #[cfg_attr(feature = "serde", serde(with = "super::encoding::bytes"))]
    head: Vec<u8>,
    /// Lines that are chat unless the next one says otherwise.
    held: Vec<Arc<str>>,
}

/// The stage of an opening: what has been received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Stage {
    /// Nothing except line ends.
    Nothing,
    /// Telnet commands, but no line.
    Telnet,
    /// `PASS secret`.
    Pass,
    /// `NICK name`, perhaps after `PASS`.
    Nick,
    /// `*1`, which begins an array of RESP.
    Array,
    /// A line that is chat.
    Over,
}

/// What to do with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The line is chat, and so are those that were held before it.
    Chat,
    /// The line is held, or it is empty and means nothing.
    Silence,
    /// The peer is not a chat client.
    Foreign(Foreign),
}

impl Default for Opening {
    fn default() -> Self {
        Self { kept: None, has_head: true, stage: Stage::Nothing, is_settled: false }
    }
}

impl Opening {
    /// Examines the next bytes, before telnet is removed from them.
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

    /// Examines a line. Empty lines before all others mean nothing: some programs begin with them.
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

    /// Stops holding lines, because a person may be typing from now on.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Records that the peer sent a telnet command: it is likely to be a chat client.
    pub(super) fn see_telnet(&mut self) {
        self.settle();
        if self.stage == Stage::Nothing {
            self.stage = Stage::Telnet;
        }
    }

    /// Returns the lines that were held. They are chat.
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

/// What the first bytes of a peer show.
enum Sign {
    Of(Foreign),
    /// They may be the beginning of a binary protocol.
    Part,
    None,
}

/// The first bytes of binary protocols. None of these bytes is reported, so flood control never
/// causes them to be read twice.
const SIGNS: [(&[u8], Foreign); 6] = [
    (b"\x16\x03", Foreign::Tls),
    (b"\x03\0\0", Foreign::Rdp),
    (b"\r\n\r\n\0\r\nQUIT\n", Foreign::Proxy),
    (b"\xFE\x01", Foreign::Minecraft),
    // Requests for the version and for statistics.
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

/// A handshake of Minecraft: its length, a zero, a version of up to five bytes that ends with one
/// below 0x80, the length of a name, the name, three bytes. The two lengths must agree, because a
/// zero may also follow a typed CR.
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

/// The protocol that a first line identifies on its own.
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

/// The protocol of a request, from the version at its end.
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

/// Whether a word may be the target of a request: a path, `*`, an address, or a host with its port.
fn is_target(word: &str) -> bool {
    word.starts_with('/') || word == "*" || word.contains(':')
}

/// Whether a word may be the name or the address of a host, but not a name that people would greet.
fn is_host(word: &str) -> bool {
    word.contains(['.', '[', ':']) || word == "localhost"
}

/// Whether a word is the identification of SSH: `SSH-`, a version, `-` and a name.
fn is_ssh(word: &str) -> bool {
    let mut parts = word.splitn(3, '-');
    let (Some("SSH"), Some(version), Some(name)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    version.split('.').all(is_number) && !name.is_empty()
}

/// Whether a word is `sign` followed by a number.
fn counts(sign: char, word: &str) -> bool {
    word.strip_prefix(sign).is_some_and(is_number)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether an overlong line begins like a request: with a method in capitals and a path or an
/// address.
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

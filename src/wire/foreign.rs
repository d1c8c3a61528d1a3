//! Peers that are no chat clients, told by the first thing that they send: web browsers, which a page
//! can make to post to any port, and TLS.
//!
//! Not here: what becomes of them (`server`).

use super::line::Framed;

/// A protocol that is not this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A request of HTTP, RFC 9112 section 3.
    Http,
    /// A handshake of TLS, RFC 8446 section 5.1.
    Tls,
}

impl Foreign {
    /// What to send before closing the connection.
    #[must_use]
    pub fn answer(self) -> &'static str {
        match self {
            Self::Http => {
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n\
                 This is a chat server, for telnet.\r\n"
            }
            Self::Tls => "",
        }
    }
}

/// What has been seen of a peer's first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Opening {
    #[default]
    Nothing,
    /// One byte: that of a TLS handshake.
    Handshake,
    /// Something that is not TLS, and is not a whole line yet.
    Part,
    /// All of it.
    Over,
}

impl Opening {
    /// Looks at the bytes that come next, before telnet is taken out of them.
    pub(super) fn see(&mut self, bytes: &[u8]) -> Option<Foreign> {
        *self = match (*self, bytes) {
            (Self::Nothing, [0x16, 0x03, ..]) | (Self::Handshake, [0x03, ..]) => {
                return Some(Foreign::Tls);
            }
            (Self::Nothing, [0x16]) => Self::Handshake,
            (Self::Nothing | Self::Handshake, [_, ..]) => Self::Part,
            (state, _) => state,
        };
        None
    }

    /// Looks at a line.
    pub(super) fn hear(&mut self, framed: &Framed) -> Option<Foreign> {
        if core::mem::replace(self, Self::Over) == Self::Over {
            return None;
        }
        let is_request = match framed {
            Framed::Line(line) => is_request(line),
            Framed::Overlong { start } => is_request_start(start),
        };
        is_request.then_some(Foreign::Http)
    }
}

/// Whether a line is `VERB target HTTP/x`.
fn is_request(line: &str) -> bool {
    let mut words = line.split(' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(verb), Some(_), Some(version), None) => {
            is_verb(verb.as_bytes()) && version.starts_with("HTTP/")
        }
        _ => false,
    }
}

/// Whether a line that is too long begins as a request does: with a verb and a path or an address.
fn is_request_start(start: &[u8]) -> bool {
    let mut words = start.split(|byte| *byte == b' ');
    match (words.next(), words.next()) {
        (Some(verb), Some(target)) => {
            is_verb(verb) && (target.starts_with(b"/") || target.starts_with(b"http"))
        }
        _ => false,
    }
}

fn is_verb(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn hear(line: &str) -> Option<Foreign> {
        Opening::default().hear(&Framed::Line(line.into()))
    }

    fn hear_start(start: &str) -> Option<Foreign> {
        Opening::default().hear(&Framed::Overlong { start: start.into() })
    }

    #[test]
    fn a_browser_gets_an_answer_that_it_can_show() {
        let expected = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n\
                        This is a chat server, for telnet.\r\n";
        assert_eq!(Foreign::Http.answer(), expected);
        assert_eq!(Foreign::Tls.answer(), "");
    }

    #[test]
    fn requests_are_told_from_chat() {
        for request in ["GET / HTTP/1.1", "POST /x?y HTTP/1.0", "PRI * HTTP/2.0", "X  HTTP/"] {
            assert_eq!(hear(request), Some(Foreign::Http), "{request}");
        }
        for chat in [
            "",
            "GET well soon bob",
            "GET well soon",
            "get / HTTP/1.1",
            "GET / http/1.1",
            " GET / HTTP/1.1",
            "GET / HTTP/1.1 is a request",
            "HTTP/1.1",
            "/list",
        ] {
            assert_eq!(hear(chat), None, "{chat}");
        }
    }

    #[test]
    fn a_request_with_a_target_that_is_too_long_is_told_too() {
        assert_eq!(hear_start("GET /aaaa"), Some(Foreign::Http));
        assert_eq!(hear_start("POST https://a"), Some(Foreign::Http));
        assert_eq!(hear_start("WELL what shall I say"), None);
        assert_eq!(hear_start("aaaaaaaa"), None);
    }

    #[test]
    fn only_the_first_line_counts() {
        let mut opening = Opening::default();
        for line in ["hello", "GET / HTTP/1.1"] {
            assert_eq!(opening.hear(&Framed::Line(line.into())), None);
        }
    }

    #[test]
    fn a_handshake_of_tls_is_told_by_two_bytes_however_they_come() {
        let see = |chunks: &[&[u8]]| {
            let mut opening = Opening::default();
            chunks.iter().map(|chunk| opening.see(chunk)).collect::<Vec<_>>()
        };
        assert_eq!(see(&[b"\x16\x03\x01"]), [Some(Foreign::Tls)]);
        assert_eq!(see(&[b"\x16", b"", b"\x03"]), [None, None, Some(Foreign::Tls)]);
        assert_eq!(see(&[b"\x16", b"x", b"\x03"]), [None, None, None]);
        assert_eq!(see(&[b"x", b"\x16\x03"]), [None, None]);
        assert_eq!(see(&[b"\x16x\x16\x03", b"\x16\x03"]), [None, None]);
    }
}

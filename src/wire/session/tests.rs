//! What a peer's bytes mean, whatever they cost, and what its end does.

use alloc::vec;
use alloc::vec::Vec;

use super::*;

fn receive(bytes: &[u8]) -> Vec<Received> {
    let mut receiver = Receiver::new(&Limits::default(), None);
    let mut received = Vec::new();
    assert_eq!(receiver.receive(Timestamp(0), bytes, |what| received.push(what)), b"");
    received
}

const INTERRUPT: Received = Received::Signal(Signal::Interrupt);

#[test]
fn an_interrupt_forgets_what_was_typed() {
    let expected = [INTERRUPT, Received::Line("hello".into())];
    assert_eq!(receive(b"half a li\xFF\xF4hello\n"), expected);
}

#[test]
fn an_interrupt_is_answered_again_after_its_timing_mark() {
    let mark = Received::Answer(NO_TIMING_MARK);
    let expected = [INTERRUPT, mark.clone(), INTERRUPT, mark];
    assert_eq!(receive(b"half\xFF\xF4\xFF\xFD\x06\xFF\xFD\x06"), expected);
}

/// What inetutils telnet makes of "мы у 日本!" and Enter.
#[test]
fn letters_that_a_client_mistakes_for_keys_are_put_right() {
    let mark = Received::Answer(NO_TIMING_MARK);
    let typed =
        b"\xD0\xBC\xD1\x8B \xD1\xFF\xF4\xFF\xFD\x06 \xE6\x97\xA5\xE6\xFF\xF3\xFF\xFD\x06\xAC!\r\n";
    let expected = [mark.clone(), mark, Received::Line("мы у 日本!".into())];
    assert_eq!(receive(typed), expected);
}

/// A line, an answer, a signal: each costs a token, and so do many bytes that mean nothing.
#[test]
fn whatever_comes_costs_a_token_and_what_finds_none_is_read_later() {
    let silence = [0; Receiver::TOLL];
    for (bytes, at_once) in [
        (&b"1\n2\n3\n4\n5\n"[..], 3),
        (b"1\n\xFF\xF6\xFF\xFD\x06\xFF\xFD\x06", 3),
        (b"\xFF\xF4\xFF\xF4\xFF\xF4\xFF\xF4\xFF\xF4", 3),
        (b"1\n2\n\xFF\xF4\xFF\xFD\x06", 3),
        (b"1\n2\n3\nab\xFF\xF6", 3),
        (&[&silence[..], b"1\n2\n3\n"].concat(), 2),
        (&[&silence[..], &silence, &silence, b"1\n"].concat(), 0),
    ] {
        let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(3, 1)));
        let mut received = Vec::new();
        let mut now = Timestamp(1_000_000);
        let mut unread = receiver.receive(now, bytes, |what| received.push(what));
        assert_eq!(received.len(), at_once, "{bytes:?}");
        while !unread.is_empty() {
            now.0 += 1000;
            unread = receiver.receive(now, unread, |what| received.push(what));
        }
        assert_eq!(received, receive(bytes));
    }
}

#[test]
fn what_is_held_is_said_when_a_person_may_type() {
    let mut receiver = Receiver::new(&Limits::default(), None);
    receiver.receive(Timestamp(0), b"NICK a\n", |what| panic!("{what:?}"));
    let held = [Received::Line("NICK a".into())];
    assert_eq!(receiver.clone().finish(), held);
    assert_eq!(receiver.settle(), held);
    assert_eq!(receiver.settle(), []);
    assert_eq!(receiver.finish(), []);
}

/// What is typed key by key and not ended is a draft; what comes in pieces, and whatever else came before, is a line.
#[test]
fn a_draft_is_not_said_when_the_peer_ends_its_side() {
    let line = |line: &str| vec![Received::Line(line.into())];
    for (reads, said) in [
        (&["no line end"][..], line("no line end")),
        (&["no", " line end"], line("no line end")),
        (&["no line ", "end"], vec![]),
        (&["n", "o"], vec![]),
        (&["y"], line("y")),
        (&["one\r\nt", "wo"], vec![]),
        (&["o", "n", "e", "\nt"], line("t")),
        (&["o", "n", "e", "\nt", "w"], vec![]),
        (&["o", "n", " a whole piece"], line("on a whole piece")),
        (&["a whole piece", "o", "n"], vec![]),
        (&["o", "n", "\x15", "m"], vec![]),
        (&["o", "n", "\n"], vec![]),
    ] {
        let mut receiver = Receiver::new(&Limits::default(), None);
        for read in reads {
            receiver.receive(Timestamp(0), read.as_bytes(), |_| {});
        }
        assert_eq!(receiver.finish(), said, "{reads:?}");
    }
}

#[test]
fn nothing_that_comes_after_a_foreign_opening_is_reported() {
    let http = b"GET / HTTP/1.1\r\nCookie: secret\r\n\r\nsecret";
    for (bytes, foreign) in [
        (&http[..], Foreign::Http),
        (&[b"GET /", &[b'x'; 3000][..], b" HTTP/1.1\r\nsecret\r\n"].concat(), Foreign::Http),
        (b"\x16\x03\x03\x03\xA5\x01\nsecret\n", Foreign::Tls),
    ] {
        assert_eq!(receive(bytes), [Received::Foreign(foreign)]);
        let mut receiver = Receiver::new(&Limits::default(), None);
        let mut received = Vec::new();
        for byte in bytes.chunks(1) {
            receiver.receive(Timestamp(0), byte, |what| received.push(what));
        }
        received.extend(receiver.finish());
        assert_eq!(received, [Received::Foreign(foreign)], "byte by byte");
    }
}

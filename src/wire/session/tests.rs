//! Tests of what a peer's bytes mean, what they cost, and how input ends.

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
fn an_interrupt_discards_the_line_being_typed() {
    let expected = [INTERRUPT, Received::Line("hello".into())];
    assert_eq!(receive(b"half a li\xFF\xF4hello\n"), expected);
}

#[test]
fn an_interrupt_is_answered_again_after_its_timing_mark() {
    let mark = Received::Answer(NO_TIMING_MARK);
    let expected = [INTERRUPT, mark.clone(), INTERRUPT, mark];
    assert_eq!(receive(b"half\xFF\xF4\xFF\xFD\x06\xFF\xFD\x06"), expected);
}

/// What inetutils telnet sends for "мы у 日本!" and Enter.
#[test]
fn letters_that_a_client_sends_as_commands_are_restored() {
    let mark = Received::Answer(NO_TIMING_MARK);
    let typed =
        b"\xD0\xBC\xD1\x8B \xD1\xFF\xF4\xFF\xFD\x06 \xE6\x97\xA5\xE6\xFF\xF3\xFF\xFD\x06\xAC!\r\n";
    let expected = [mark.clone(), mark, Received::Line("мы у 日本!".into())];
    assert_eq!(receive(typed), expected);
}

/// A line, an answer and a signal each cost a token, and so do many bytes that mean nothing.
#[test]
fn input_costs_tokens_and_is_read_later_without_one() {
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
fn held_lines_are_reported_once_a_person_may_type() {
    let mut receiver = Receiver::new(&Limits::default(), None);
    receiver.receive(Timestamp(0), b"NICK a\n", |what| panic!("{what:?}"));
    let held = [Received::Line("NICK a".into())];
    assert_eq!(receiver.clone().finish(), held);
    assert_eq!(receiver.settle(), held);
    assert_eq!(receiver.settle(), []);
    assert_eq!(receiver.finish(), []);
}

/// A line without an end is discarded if its last bytes were typed key by key. If they came in
/// larger pieces, it is a line.
#[test]
fn an_unfinished_line_typed_key_by_key_is_not_reported() {
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
fn nothing_is_reported_after_a_foreign_opening() {
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

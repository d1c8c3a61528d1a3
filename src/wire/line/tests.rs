//! Tests of lines and their editing.
//!
//! Not here: the same against a second receiver (`tests/it/bytes`).

use alloc::{format, vec};

use super::*;

fn frame(limit: usize, chunks: &[&[u8]]) -> Vec<Framed> {
    let mut framer = Framer::new(limit);
    let mut all = Vec::new();
    for mut chunk in chunks.iter().copied() {
        while let Some(framed) = framer.next(&mut chunk) {
            all.push(framed);
        }
        assert!(framer.pending.len() <= limit);
    }
    all.extend(framer.finish());
    all
}

/// Checks the lines in this input, whole and byte by byte, with a limit of 8.
#[track_caller]
fn frames(input: &[u8], expected: &[Framed]) {
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(frame(8, &[input]), expected);
    assert_eq!(frame(8, &bytes), expected, "byte by byte");
}

/// Arrows, Home, Delete, Alt and a letter, a part of a key: the user sees none of them, and none is left
/// behind.
#[test]
fn keys_that_show_nothing_are_erased_with_the_text_before_them() {
    for keys in
        ["\u{1B}[D", "\u{1B}[D\u{1B}[H\u{1B}[3~", "\u{1B}OD", "\u{1B}b", "\u{1B}[", "\u{1B}"]
    {
        let typed = format!("xy{keys}\u{8}{keys}z{keys}\u{7F}\u{7F}ok\n");
        let expected = [Framed::Line("ok".into())];
        for chunks in [vec![typed.as_bytes()], typed.as_bytes().chunks(1).collect()] {
            assert_eq!(frame(2048, &chunks), expected, "{typed:?}");
        }
    }
    frames("a\u{1B}[é\u{8}\n".as_bytes(), &[Framed::Line("a\u{1B}[".into())]);
}

fn overlong() -> Framed {
    Framed::Overlong { start: b"12345678".to_vec() }
}

fn line(text: &str) -> Framed {
    Framed::Line(text.into())
}

#[test]
fn every_line_end_of_a_real_client_is_one_line_end() {
    for end in ["\r\n", "\r\0", "\r", "\n"] {
        let input = alloc::format!("a{end}b{end}{end}c{end}");
        frames(input.as_bytes(), &[line("a"), line("b"), line(""), line("c")]);
    }
}

#[test]
fn a_cr_swallows_one_byte_only() {
    frames(b"a\r\n\nb\r\n", &[line("a"), line(""), line("b")]);
    frames(b"a\r\0\0b\r\n", &[line("a"), line("b")]);
    frames(b"a\n\rb\n", &[line("a"), line(""), line("b")]);
}

#[test]
fn a_nul_elsewhere_is_dropped() {
    frames(b"a\0b\n\0", &[line("ab")]);
}

#[test]
fn the_last_line_needs_no_end() {
    frames(b"a\nb", &[line("a"), line("b")]);
    frames(b"a\n", &[line("a")]);
    frames(b"", &[]);
}

#[test]
fn the_limit_is_exact() {
    frames(b"12345678\nb\n", &[line("12345678"), line("b")]);
    frames(b"123456789\nb\n", &[overlong(), line("b")]);
    frames(b"12345678\09\nb\n", &[overlong(), line("b")]);
}

#[test]
fn an_overlong_line_is_reported_once_and_discarded_to_its_end() {
    frames(b"123456789abcdefghijklmnopq\0rstuvw\r\nb\n", &[overlong(), line("b")]);
    frames(b"123456789abcdefghi", &[overlong()]);
}

#[test]
fn a_backspace_erases_one_grapheme() {
    for (typed, left) in [
        (&b"helo\x08lo\n"[..], "hello"),
        (b"helo\x7Flo\n", "hello"),
        (b"\x08\x08hi\x08\x08\x08\n", ""),
        ("né\x08e\n".as_bytes(), "ne"),
        ("ne\u{301}\x08o\n".as_bytes(), "no"),
        ("a👍🏽\x08b\n".as_bytes(), "ab"),
        ("\u{1F1E9}\u{1F1EA}\x08x\n".as_bytes(), "x"),
        (b"a\xFF\xFF\x08b\n", "a\u{FFFD}b"),
        (b"a\xE6\x97\x08b\n", "ab"),
    ] {
        let bytes: Vec<&[u8]> = typed.chunks(1).collect();
        assert_eq!(frame(16, &[typed]), [line(left)], "{typed:?}");
        assert_eq!(frame(16, &bytes), [line(left)], "{typed:?}, byte by byte");
    }
}

#[test]
fn ctrl_u_erases_the_line_and_no_key_erases_the_one_before() {
    frames(b"abc\x15d\n", &[line("d")]);
    frames(b"a\nbc\x15\n", &[line("a"), line("")]);
    frames(b"a\n\x08b\n", &[line("a"), line("b")]);
}

#[test]
fn erasing_makes_room_but_an_overlong_line_stays_overlong() {
    frames(b"12345678\x089\n", &[line("12345679")]);
    frames(b"12345678\x15abcdefgh\n", &[line("abcdefgh")]);
    frames(b"123456789\x15\x08\x7F1\nb\n", &[overlong(), line("b")]);
}

#[test]
fn a_very_long_grapheme_is_erased_in_pieces() {
    let mut framer = Framer::new(2048);
    let typed = alloc::format!("ae{}", "\u{301}".repeat(50));
    assert_eq!(framer.next(&mut typed.as_bytes()), None);
    framer.erase();
    assert_eq!(framer.pending.len(), 102 - GRAPHEME);
    framer.erase();
    assert_eq!(framer.pending, b"a");
}

#[test]
fn invalid_utf_8_becomes_replacement_characters() {
    frames(b"a\xFFb\xC3\n", &[line("a\u{FFFD}b\u{FFFD}")]);
    frames("é\n".as_bytes(), &[line("é")]);
}

#[test]
fn a_byte_completes_only_a_character_that_is_incomplete() {
    for (before, byte, after) in [
        (&b"\xD1"[..], 0x83, Some("у")),
        (b"ab \xE6\x9C", 0x9C, Some("ab 朜")),
        (b"\xE6", 0x9C, Some("\u{FFFD}")),
        (b"", 0x83, None),
        (b"a", 0x83, None),
        (b"\xD1\x83", 0x83, None),
        (b"\xD1a", 0x83, None),
        (b"\xE0", 0x83, None),
        (b"\xFF", 0x83, None),
        (b"abcdefg\xD1", 0x83, None),
    ] {
        let mut framer = Framer::new(8);
        assert_eq!(framer.next(&mut &*before), None);
        assert_eq!(framer.complete(byte), after.is_some(), "{before:?}");
        if let Some(after) = after {
            assert_eq!(framer.finish(), Some(line(after)), "{before:?}");
        }
    }
}

#[test]
fn clearing_discards_the_pending_bytes() {
    let mut framer = Framer::new(8);
    assert_eq!(framer.next(&mut &b"abc"[..]), None);
    framer.clear();
    assert_eq!(framer.next(&mut &b"d\n"[..]), Some(line("d")));
    assert_eq!(framer.next(&mut &b"123456789"[..]), Some(overlong()));
    framer.clear();
    framer.erase();
    assert_eq!(framer.next(&mut &b"x\ny\n"[..]), Some(line("y")));
    assert_eq!(frame(8, &[]), vec![]);
}

//! The bytes of MUD clients. They answer everything that a server asks, and this one asks nothing.
//!
//! Not here: how traces are checked and were recorded (`conformance`).

use chinwag::wire::Received;

use crate::support::traces::{
    DONT, ECHO, NEW_ENVIRON, TTYPE, WONT, conforms, line, refuses, window,
};

const EOR: u8 = 25;
const CHARSET: u8 = 42;
const MCCP2: u8 = 86;

/// TinTin++ edits lines itself, splits them at semicolons, and sends CR LF.
#[test]
fn tintin() {
    conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        ("hello é世!\r\n".as_bytes(), vec![line("hello é世!")]),
        (b"@ann hi\r\nthere\r\n", vec![line("@ann hi"), line("there")]),
        (b"\r\n", vec![line("")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// The answers of TinTin++ to everything that MUDs ask. The server answers each option once, so there is no loop.
#[test]
fn tintin_asked() {
    conforms(&[
        (b"\xFF\xFB\x18\xFF\xFB\x1F", vec![refuses(DONT, TTYPE), window()]),
        (
            b"\xFF\xFA\x1F\0P\0\x18\xFF\xF0\xFF\xFB\x2A",
            vec![Received::Width(80), refuses(DONT, CHARSET)],
        ),
        (b"\xFF\xFE\x45\xFF\xFE\xC9\xFF\xFD\x56", vec![refuses(WONT, MCCP2)]),
        (b"\xFF\xFB\x27", vec![refuses(DONT, NEW_ENVIRON)]),
        (b"\xFF\xFD\x01\xFF\xFD\x19", vec![refuses(WONT, ECHO), refuses(WONT, EOR)]),
        (b"\xFF\xFA\x18\0TINTIN++\xFF\xF0\xFF\xFA\x18\0xterm\xFF\xF0", vec![]),
        (b"\xFF\xFA\x2A\x02UTF-8\xFF\xF0", vec![]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// `/` is TinyFugue's own prefix, so `/send /username ian` sends a command. In a UTF-8 terminal it turns letters into
/// escape sequences, which the chat drops.
#[test]
fn tinyfugue() {
    conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        (b"hello \x1BC\x1B)!\r\n", vec![line("hello \x1BC\x1B)!")]),
        (b"@ann hi; there\r\n", vec![line("@ann hi; there")]),
        (b"\xFF\xFB\x1F\xFF\xFB\x18", vec![window(), refuses(DONT, TTYPE)]),
        (
            b"\xFF\xFA\x1F\0O\0\x14\xFF\xF0\xFF\xFC\x2A\xFF\xFE\x45\xFF\xFE\x46\xFF\xFE\xC9",
            vec![Received::Width(79)],
        ),
        (b"\xFF\xFD\x56\xFF\xFC\x27", vec![refuses(WONT, MCCP2)]),
        (b"\xFF\xFD\x01\xFF\xFE\x01\xFF\xFD\x19", vec![refuses(WONT, ECHO), refuses(WONT, EOR)]),
        (b"\xFF\xFA\x18\0TINYFUGUE\xFF\xF0\xFF\xFA\x18\0ANSI-ATTR\xFF\xF0", vec![]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// Mudlet sends nothing at first, ends lines with CR LF, and doubles a 0xFF of its encoding. Old versions negotiate.
#[test]
fn mudlet() {
    conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        ("hello é世!\r\n".as_bytes(), vec![line("hello é世!")]),
        (b"\xFF\xFF\r\n", vec![line("\u{FFFD}")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
    conforms(&[
        (b"\xFF\xFB\x1F\xFF\xFE\x01", vec![window()]),
        (b"\xFF\xFA\x1F\0\x64\0\x28\xFF\xF0", vec![Received::Width(100)]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

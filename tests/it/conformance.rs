//! The bytes of real clients, from connecting to `/bye`, and their exact meaning for the wire layer: lines, signals
//! and answers.
//!
//! The traces were recorded with the clients in a terminal, through a relay to this server: inetutils telnet 2.4,
//! netkit telnet 0.17, PuTTY and plink 0.78, busybox 1.35, curl 7.88, OpenBSD nc 1.219, socat 1.7.4, TinTin++
//! 2.02.20, TinyFugue 5.0 beta 8. The traces of Windows telnet and Mudlet follow their documentation and Mudlet's
//! source. Replies to negotiation were recorded with a server that negotiates; this one never does.
//!
//! Not here: MUD clients (`muds`), the programs themselves (`clients`), and bytes that no client sends (`bytes`).

use chinwag::chat::Signal;
use chinwag::wire::Received;

use crate::support::traces::{
    BINARY, DONT, ECHO, INTERRUPT, NEW_ENVIRON, OLD_ENVIRON, SGA, TSPEED, TTYPE, WONT, conforms,
    line, no_mark, refuses, window,
};

/// Line mode, in which the terminal edits. Ctrl-D sends a partial line; Ctrl-V Enter sends a CR within a line.
#[test]
fn inetutils() {
    conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        (b"two three\r\n", vec![line("two three")]),
        (b"abc", vec![]),
        (b"def\r\n", vec![line("abcdef")]),
        (b"a\r\0b\r\n", vec![line("a"), line("b")]),
        (b"\xFF\xFD\x03\xFF\xFD\x01", vec![refuses(WONT, SGA), refuses(WONT, ECHO)]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// After Ctrl-C and Ctrl-\ the client requests a timing mark and shows no output until it is answered, so the reply
/// is repeated after the answer. `send ip` and similar commands request no mark; Synch is urgent data. `send ec` and
/// `send el` edit the partial line that Ctrl-D has sent.
#[test]
fn inetutils_keys() {
    conforms(&[
        (b"\xFF\xF4\xFF\xFD\x06", vec![INTERRUPT, no_mark(), INTERRUPT]),
        (b"\xFF\xF3\xFF\xFD\x06", vec![INTERRUPT, no_mark(), INTERRUPT]),
        (b"half\xFF\xF5\xFF\xFD\x06", vec![INTERRUPT, no_mark(), INTERRUPT]),
        (b"\xFF\xED\xFF\xFD\x06", vec![INTERRUPT, no_mark(), INTERRUPT]),
        (b"\xFF\xF4", vec![INTERRUPT]),
        (b"\xFF\xF3", vec![INTERRUPT]),
        (b"\xFF\xF5", vec![INTERRUPT]),
        (b"\xFF\xED", vec![INTERRUPT]),
        (b"\xFF\xF6", vec![Received::Signal(Signal::AreYouThere)]),
        (b"\xFF\xF2\xFF\xF9\xFF\xF1\xFF\xEE\xFF\xEC", vec![]),
        (b"abc\xFF\xF7d\r\n", vec![line("abd")]),
        (b"abc\xFF\xF8d\r\n", vec![line("d")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// The client mistakes the second byte of some letters for Ctrl-C, Ctrl-\, Ctrl-O or Ctrl-Z; the server repairs that.
/// It loses other letters unless it is started as `telnet -E` and told to `set echo ^?`.
#[test]
fn inetutils_letters() {
    conforms(&[
        (b"\xD1\xFF\xF4\xFF\xFD\x06", vec![no_mark()]),
        (b"\xE6\xFF\xF3\xFF\xFD\x06\xFF\xF3\xFF\xFD\x06", vec![no_mark(), no_mark()]),
        (b"\xC3\xA9\r\n", vec![line("у朜é")]),
        (b"\xC3lesund\r\n", vec![line("\u{FFFD}lesund")]),
        (b"\xC3\x85lesund \xE2\x80\xFF\xF3\xFF\xFD\x06", vec![no_mark()]),
        (b"hi\xE2\x80\x9D there\r\n", vec![line("Ålesund “hi” there")]),
        (b"\xD0\x9D\xD1\x85\xD1\xFF\xF4\xFF\xFD\x06", vec![no_mark()]),
        (b"\xD1\xFF\xF5\xFF\xFD\x06", vec![no_mark()]),
        (b"\xD0\xFF\xED\xFF\xFD\x06\xD0\xBC\r\n", vec![no_mark(), line("НхуяКм")]),
    ]);
}

/// To a server that sends WILL ECHO and WILL SGA, the client sends each key: CR NUL for Enter, and editing keys as
/// bytes. Ctrl-C is a byte too, which the chat drops from the line.
#[test]
fn inetutils_character_mode() {
    conforms(&[
        (b"\xFF\xFD\x01\xFF\xFD\x03", vec![refuses(WONT, ECHO), refuses(WONT, SGA)]),
        (b"/username ian\r\0", vec![line("/username ian")]),
        (b"ab\x7Fc\x08d\r\0", vec![line("ad")]),
        (b"\xD1\x83\xE6\x9C\x9C\xC3\xA9\r\0", vec![line("у朜é")]),
        (b"x\x15y\r\0", vec![line("y")]),
        (b"\xFF\xFF\r\0", vec![line("\u{FFFD}")]),
        (b"half\x03half\x1A", vec![]),
        (b"line\x16\r\0feed\r\0", vec![line("half\x03half\x1Aline\x16"), line("feed")]),
        (b"/bye\r\0", vec![line("/bye")]),
    ]);
}

/// Like inetutils, but no letter is mistaken for Ctrl-C.
#[test]
fn netkit() {
    conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        (b"hello \xD1\x83\xE6\x9C\x9C!\r\n", vec![line("hello у朜!")]),
        (b"\xFF\xF4\xFF\xFD\x06", vec![INTERRUPT, no_mark(), INTERRUPT]),
        (b"\xFF\xF3\xFF\xFD\x06", vec![INTERRUPT, no_mark(), INTERRUPT]),
        (b"\xFF\xF6", vec![Received::Signal(Signal::AreYouThere)]),
        (b"\xFF", vec![]),
        (b"\xF2", vec![]),
        (b"\xFF\xFD\x03\xFF\xFD\x01", vec![refuses(WONT, SGA), refuses(WONT, ECHO)]),
        (b"b\x08c\xC3\xA9\xFF\xFF\r\n", vec![line("cé\u{FFFD}")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// PuTTY and plink send their offers first, report the size of the window, and offer the old environment option when
/// the new one is refused.
#[track_caller]
fn putty_conforms(trace: &[(&[u8], Vec<Received>)]) {
    let offers = [
        (
            &b"\xFF\xFB\x1F\xFF\xFB\x20\xFF\xFB\x18\xFF\xFB\x27\xFF\xFD\x01\xFF\xFB\x03\xFF\xFD\x03"[..],
            vec![
                window(),
                refuses(DONT, TSPEED),
                refuses(DONT, TTYPE),
                refuses(DONT, NEW_ENVIRON),
                refuses(WONT, ECHO),
                refuses(DONT, SGA),
                refuses(WONT, SGA),
            ],
        ),
        (b"\xFF\xFA\x1F\0P\0\x18\xFF\xF0", vec![Received::Width(80)]),
        (b"\xFF\xFB\x24", vec![refuses(DONT, OLD_ENVIRON)]),
    ];
    conforms(&[&offers, trace].concat());
}

/// PuTTY edits lines itself, and sends Enter, pasted or not, as CR LF. Ctrl-C, Ctrl-U and Ctrl-Z send EL at once, and
/// their own byte with the next line. Ctrl-D sends a partial line.
#[test]
fn putty() {
    putty_conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        ("héllo 世!".as_bytes(), vec![]),
        (b"\r\n", vec![line("héllo 世!")]),
        (b"paste one", vec![]),
        (b"\r\n", vec![line("paste one")]),
        (b"\xFF\xF8", vec![]),
        (b"\x03after c\r\n", vec![line("\x03after c")]),
        (b"\xFF\xF8", vec![]),
        (b"\x15after u\r\n", vec![line("after u")]),
        (b"\xFF\xF8", vec![]),
        (b"\x1Aafter z\r\n", vec![line("\x1Aafter z")]),
        (b"half", vec![]),
        (b" after d\r\n", vec![line("half after d")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// With "keyboard sends Telnet special commands", Ctrl-C, Ctrl-U, Ctrl-Z, Ctrl-\ and Ctrl-D send IP, EL, SUSP, ABORT
/// and EOF. The last two have no effect here.
#[test]
fn putty_telnet_keys() {
    putty_conforms(&[
        (b"\xFF\xF8", vec![]),
        (b"\xFF\xF4", vec![INTERRUPT]),
        (b"after c\r\n", vec![line("after c")]),
        (b"\xFF\xF8", vec![]),
        (b"after u\r\n", vec![line("after u")]),
        (b"\xFF\xF8\xFF\xED", vec![INTERRUPT]),
        (b"after z\r\n", vec![line("after z")]),
        (b"\xFF\xF8\xFF\xEE", vec![]),
        (b"after b\r\n", vec![line("after b")]),
        (b"\xFF\xEC", vec![]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// plink sends lines as its terminal delivers them: with a bare LF. At the end of its input it sends EOF and keeps
/// reading.
#[test]
fn plink() {
    putty_conforms(&[
        (b"/username ian\n", vec![line("/username ian")]),
        ("у朜é\n".as_bytes(), vec![line("у朜é")]),
        (b"/bye\n", vec![line("/bye")]),
        (b"\xFF\xEC", vec![]),
    ]);
}

/// plink sends a CR of its input as CR NUL. So in a file with CR LF, an empty line follows each line, which the chat
/// ignores.
#[test]
fn plink_fed_with_cr_lf() {
    putty_conforms(&[
        (b"a\r\0\n", vec![line("a"), line("")]),
        (b"/bye\r\0\n", vec![line("/bye"), line("")]),
    ]);
}

/// To a server that sends WILL ECHO and WILL SGA, plink sends each key, and Enter as CR NUL.
#[test]
fn plink_character_mode() {
    putty_conforms(&[
        (b"/username ian\r\0", vec![line("/username ian")]),
        (b"ab\x7Fc\x08d\r\0", vec![line("ad")]),
        (b"x\x15y\r\0", vec![line("y")]),
        (b"\xFF\xFF\r\0", vec![line("\u{FFFD}")]),
        (b"/bye\r\0", vec![line("/bye")]),
    ]);
}

/// Ctrl-C opens a menu of busybox and sends nothing. Enter is CR LF in both modes.
#[test]
fn busybox() {
    conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        ("у朜é\r\n".as_bytes(), vec![line("у朜é")]),
        (b"\xFF\xFD\x01\xFF\xFD\x03", vec![refuses(WONT, ECHO), refuses(WONT, SGA)]),
        (b"line\x16\r\nfeed\r\n", vec![line("line\x16"), line("feed")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// busybox does not escape the 0xFF in a window width of 255 columns. The subnegotiation ends there, and the height
/// becomes a character before the line, which the chat drops.
#[test]
fn busybox_wide() {
    conforms(&[
        (b"\xFF\xFB\x1F", vec![window()]),
        (b"\xFF\xFA\x1F\0\xFF\0\x18\xFF\xF0\xFF\xFB\x18", vec![refuses(DONT, TTYPE)]),
        (b"hi\r\n", vec![line("\x18hi")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// curl sends its input unchanged as long as it receives no IAC; this server sends none unasked.
#[test]
fn curl() {
    conforms(&[
        (b"/username ian\n", vec![line("/username ian")]),
        ("hello é世!\n".as_bytes(), vec![line("hello é世!")]),
        (b"/bye\n", vec![line("/bye")]),
    ]);
}

/// If curl receives an IAC, it offers all its options; accepting BINARY would change its line ends. It handles
/// refusals well.
#[test]
fn curl_asked() {
    conforms(&[
        (b"\xFF\xFD\x01\xFF\xFD\x03", vec![refuses(WONT, ECHO), refuses(WONT, SGA)]),
        (b"\xFF\xFB\x00\xFF\xFD\x00", vec![refuses(DONT, BINARY), refuses(WONT, BINARY)]),
        (b"\xFF\xFB\x03", vec![refuses(DONT, SGA)]),
        (b"/username ian\n\xFF\xFE\x01\xFF\xFE\x03", vec![line("/username ian")]),
        (b"a\rb\n", vec![line("a"), line("b")]),
        (b"/bye\n", vec![line("/bye")]),
    ]);
}

/// A bare LF; CR LF with `-C`. Input from a pipe may lack a line end.
#[test]
fn nc() {
    conforms(&[
        (b"/username ian\n", vec![line("/username ian")]),
        ("hello é世!\n".as_bytes(), vec![line("hello é世!")]),
        (b"hi\r\n", vec![line("hi")]),
        (b"no line end", vec![line("no line end")]),
    ]);
}

/// A bare LF. At the end of its input socat half-closes.
#[test]
fn socat() {
    conforms(&[(b"/username ian\n", vec![line("/username ian")]), (b"/bye\n", vec![line("/bye")])]);
    conforms(&[(b"no line end", vec![line("no line end")])]);
}

/// A byte a key press, in the code page of the console: here 850, whose letters are not UTF-8. Enter is CR LF, or CR
/// after `unset crlf`.
#[test]
fn windows() {
    conforms(&[
        (b"/username ian\r\n", vec![line("/username ian")]),
        (b"Gr\x81\xE1e, Jos\x82\r\n", vec![line("Gr\u{FFFD}\u{FFFD}e, Jos\u{FFFD}")]),
        (b"one\r", vec![line("one")]),
        (b"two\r", vec![line("two")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// Windows telnet edits nothing itself. Backspace is 0x08, or 0x7F after `set bsasdel`. It erases one letter as the
/// user sees it, in a code page or in UTF-8 (`chcp 65001`).
#[test]
fn windows_backspace() {
    conforms(&[
        (b"\x08\x08/usre\x08\x08ername ian\r\n", vec![line("/username ian")]),
        (b"caf\x82\x08e\r\n", vec![line("cafe")]),
        ("né\x08e\r\n".as_bytes(), vec![line("ne")]),
        ("ne\u{301}\x08o\r\n".as_bytes(), vec![line("no")]),
        (b"bye\x7F\x7F\x7F/bye\r\n", vec![line("/bye")]),
    ]);
}

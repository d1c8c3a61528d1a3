//! What real clients send, from connecting to `/bye`, and what each piece of it means to the wire
//! layer: exactly these lines, signals and answers, and nothing else.
//!
//! The traces were recorded with the clients in a terminal, through a relay to this server: inetutils
//! telnet 2.4, netkit telnet 0.17, PuTTY and plink 0.78, busybox 1.35, curl 7.88, OpenBSD nc 1.219, socat
//! 1.7.4, TinTin++ 2.02.20, TinyFugue 5.0 beta 8. Those of Windows telnet and Mudlet follow what is
//! written about them, and Mudlet's source. What a client says only when it is asked, it said to a server
//! that asks; this one never does.
//!
//! Not here: the clients of MUDs (`muds`), the programs themselves (`clients`), and bytes that no client sends (`bytes`).

use chinwag::chat::{Limits, Signal, Timestamp};
use chinwag::wire::{Received, Receiver};
use chinwag_harness::fuzz;

const DO: u8 = 0xFD;
pub(crate) const DONT: u8 = 0xFE;
pub(crate) const WONT: u8 = 0xFC;

/// Telnet options, by their numbers.
const BINARY: u8 = 0;
pub(crate) const ECHO: u8 = 1;
const SGA: u8 = 3;
const TIMING_MARK: u8 = 6;
pub(crate) const TTYPE: u8 = 24;
pub(crate) const NAWS: u8 = 31;
const TSPEED: u8 = 32;
const OLD_ENVIRON: u8 = 36;
pub(crate) const NEW_ENVIRON: u8 = 39;

const INTERRUPT: Received = Received::Signal(Signal::Interrupt);

/// Each piece of a trace means what stands beside it; the same however the bytes are split. The end of
/// the trace is the end of what the peer sends: a line that has no other is not said if it came key by key.
#[track_caller]
pub(crate) fn conforms(trace: &[(&[u8], Vec<Received>)]) {
    let pieces: Vec<&[u8]> = trace.iter().map(|(bytes, _)| *bytes).collect();
    let bytes = pieces.concat();
    let due: Vec<Received> = trace.iter().flat_map(|(_, meaning)| meaning.clone()).collect();
    assert_eq!(receive(&pieces), due, "in the pieces of the trace");
    let mut receiver = Receiver::new(&Limits::default(), None);
    receiver.receive(Timestamp(0), &bytes, |_| {});
    let held = receiver.clone().settle().len();
    let has_draft = receiver.finish().len() > held;
    for size in [bytes.len(), 1, 2, 3] {
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        let is_typed = size <= Receiver::KEY && chunks.len() > 1;
        let due = if is_typed && has_draft { &due[..due.len() - 1] } else { &due[..] };
        assert_eq!(receive(&chunks), due, "in chunks of {size}");
    }
}

/// What these reads mean.
fn receive(reads: &[&[u8]]) -> Vec<Received> {
    fuzz::receive(reads.iter().copied())
}

pub(crate) fn line(text: &str) -> Received {
    Received::Line(text.into())
}

pub(crate) fn refuses(verb: u8, option: u8) -> Received {
    Received::Answer([0xFF, verb, option])
}

pub(crate) fn window() -> Received {
    Received::Answer([0xFF, DO, NAWS])
}

fn no_mark() -> Received {
    refuses(WONT, TIMING_MARK)
}

/// In line mode the terminal edits; Ctrl-D sends a piece of a line, Ctrl-V Enter a CR within one.
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

/// Ctrl-C and Ctrl-\ ask for a timing mark, and until it comes, no output is shown: so the answer is
/// given again after it. What `send ip` and the like send asks for none; Synch is urgent data. `send ec`
/// and `send el` edit what Ctrl-D has sent of a line.
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

/// It takes the second byte of some letters for Ctrl-C, Ctrl-\, Ctrl-O or Ctrl-Z, which is put right.
/// Others it loses without a trace, unless it is started as `telnet -E` and told to `set echo ^?`.
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

/// To a server that says WILL ECHO and WILL SGA it sends each key: CR NUL for Enter, and the keys that
/// edit as bytes. Ctrl-C is then a byte too, which the chat drops from the line.
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

/// As inetutils, but it takes no letter for Ctrl-C.
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

/// PuTTY and plink speak first; and say how large the window is, and offer the old environment option when the new
/// one is refused.
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

/// It edits lines itself, and sends Enter, pasted or not, as CR LF. Ctrl-C, Ctrl-U and Ctrl-Z are EL at once
/// and their own byte in the next line; Ctrl-D sends a piece of a line.
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

/// With "keyboard sends Telnet special commands": Ctrl-C, Ctrl-U, Ctrl-Z, Ctrl-\ and Ctrl-D are IP, EL,
/// SUSP, ABORT and EOF. The last two mean nothing here.
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

/// It sends a line as its terminal hands it over: with a bare LF. The end of its input is EOF, and it
/// goes on listening.
#[test]
fn plink() {
    putty_conforms(&[
        (b"/username ian\n", vec![line("/username ian")]),
        ("у朜é\n".as_bytes(), vec![line("у朜é")]),
        (b"/bye\n", vec![line("/bye")]),
        (b"\xFF\xEC", vec![]),
    ]);
}

/// A CR of its input is CR NUL. So of a file with CR LF, each line is followed by an empty one, which the
/// chat ignores.
#[test]
fn plink_fed_with_cr_lf() {
    putty_conforms(&[
        (b"a\r\0\n", vec![line("a"), line("")]),
        (b"/bye\r\0\n", vec![line("/bye"), line("")]),
    ]);
}

/// To a server that says WILL ECHO and WILL SGA it sends each key, and Enter as CR NUL.
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

/// Ctrl-C never leaves it: it opens its own menu. Enter is CR LF, in either mode.
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

/// Asked for the size of a window of 255 columns, it does not escape the 0xFF: the subnegotiation ends
/// there, and the height is a character in front of the line, which the chat drops.
#[test]
fn busybox_wide() {
    conforms(&[
        (b"\xFF\xFB\x1F", vec![window()]),
        (b"\xFF\xFA\x1F\0\xFF\0\x18\xFF\xF0\xFF\xFB\x18", vec![refuses(DONT, TTYPE)]),
        (b"hi\r\n", vec![line("\x18hi")]),
        (b"/bye\r\n", vec![line("/bye")]),
    ]);
}

/// It sends what it is given, as long as it sees no IAC: and it never does.
#[test]
fn curl() {
    conforms(&[
        (b"/username ian\n", vec![line("/username ian")]),
        ("hello é世!\n".as_bytes(), vec![line("hello é世!")]),
        (b"/bye\n", vec![line("/bye")]),
    ]);
}

/// To a server that sends one, it offers all that it knows, and agreeing to BINARY would change what a
/// line end is. It takes refusals well.
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

/// A bare LF; with `-C`, CR LF. What a pipe gives it need not end with either.
#[test]
fn nc() {
    conforms(&[
        (b"/username ian\n", vec![line("/username ian")]),
        ("hello é世!\n".as_bytes(), vec![line("hello é世!")]),
        (b"hi\r\n", vec![line("hi")]),
        (b"no line end", vec![line("no line end")]),
    ]);
}

/// A bare LF, and its input's end is a half-close.
#[test]
fn socat() {
    conforms(&[(b"/username ian\n", vec![line("/username ian")]), (b"/bye\n", vec![line("/bye")])]);
    conforms(&[(b"no line end", vec![line("no line end")])]);
}

/// A byte a key press, of the console's code page: here 850, whose letters are not UTF-8. Enter is CR LF,
/// or CR after `unset crlf`.
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

/// It edits nothing itself: Backspace is 0x08, or 0x7F after `set bsasdel`, and takes back what is one
/// letter to its writer, in a code page or in UTF-8 (`chcp 65001`).
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

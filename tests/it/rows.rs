//! Lines wider than a terminal: law G4 for wrapped rows.
//!
//! Not here: the content of lines (`transcripts`), and single cases of wrapping (`wire::View`).

use chinwag::chat::Text;
use chinwag::wire::View;
use chinwag_harness::name_pool::BODIES;
use chinwag_harness::terminal::judge_on_screen;
use proptest::prelude::*;

use crate::support::laws::{every, require};
#[cfg(unix)]
use crate::support::tcp::Server;

/// G4: no row is wider than permitted, every row but the first starts with an indent, and nothing is lost but spaces.
#[test]
fn g4_lines_are_wrapped_and_nothing_is_lost() {
    let piece = prop_oneof![
        4 => "[a-z]{1,12}",
        2 => " {1,30}",
        1 => "x{20,90}",
        2 => prop::sample::select(BODIES.map(|(_, shown)| shown.to_owned()).to_vec()),
        1 => prop::sample::select(vec!["日本語".to_owned(), "❤\u{FE0F}".to_owned(), "Grüße".to_owned()]),
    ];
    let lines = prop::collection::vec(prop::collection::vec(piece, 0..20), 0..4);
    every((lines, 20..120_u16), |(lines, columns)| {
        let text = |pieces: &Vec<String>| format!("[ann]> {}\r\n", Text::clean(pieces.concat()));
        let lines: String = lines.iter().map(text).collect();
        let mut rows = Vec::new();
        View { columns: Some(*columns), ascii: false }.lay_out(&lines, &mut rows);
        judge_on_screen(&rows, *columns)?;
        let without = |text: &str| text.replace("\r\n    ", "").replace(' ', "");
        let rows = String::from_utf8(rows).map_err(|error| error.to_string())?;
        require(without(&rows) == without(&lines), || format!("{rows:?} is not {lines:?}"))
    });
}

/// A line padded to the margin of other users' terminals does not start a row there.
#[cfg(unix)]
#[test]
fn padding_cannot_forge_a_line() {
    let server = Server::start(&["--wrap", "79"]);
    let (mut ann, mut mallory) = (server.join_as("ann"), server.join_as("mallory"));
    ann.skip_to(" * anonymous1 changed username to [mallory]");
    let padded = format!("ok{}[bob]> I hate this club\r\n", " ".repeat(80 - "[mallory]> ok".len()));
    mallory.send(&padded);
    ann.expect("[mallory]> ok");
    ann.expect("    [bob]> I hate this club");
    ann.send("/wrap 24\r\n");
    ann.expect(" * your lines are broken");
    ann.expect("    at 24 columns");
    mallory.send(&padded);
    ann.expect("[mallory]> ok");
    ann.expect("    [bob]> I hate this");
    ann.expect("    club");
    ann.send("/wrap off\r\n");
    ann.skip_until(|line| line.starts_with(" * your lines are not broken"));
    mallory.send(&padded);
    ann.expect(&format!("[mallory]> {}", padded.trim_end()));
    ann.send("/ascii on\r\n");
    ann.expect(" * you are shown ? for each character that is not ASCII");
    mallory.send("\u{DB}2J \u{E9}\r\n");
    ann.expect("[mallory]> ?2J ?");
}

/// Lines are wrapped to the width that a client reports, with the last column free. A width chosen with `/wrap` has
/// priority.
#[cfg(unix)]
#[test]
fn lines_fit_the_window_that_a_peer_reports() {
    let server = Server::start(&["--wrap", "60"]);
    let (mut ann, mut bob) = (server.join_as("ann"), server.join_as("bob"));
    ann.skip_to(" * anonymous1 changed username to [bob]");
    ann.send(b"\xFF\xFB\x1F\xFF\xFB\x1F\xFF\xFA\x1F\0\x28\0\x18\xFF\xF0");
    ann.expect_bytes(b"\xFF\xFD\x1F");
    let word = "x".repeat(150);
    let mut rows = |report: &[u8]| {
        ann.send([report, b"\xFF\xF6"].concat());
        ann.skip_until(|row| row.ends_with("still here"));
        bob.send(format!("{word}.\r\n"));
        let mut rows = vec![ann.line()];
        while !rows.last().is_some_and(|row| row.ends_with('.')) {
            rows.push(ann.line());
        }
        let text: String = rows.iter().map(|row| format!("{row}\r\n")).collect();
        let widest = rows.iter().map(String::len).max().unwrap_or_default();
        let judge =
            |columns: usize| judge_on_screen(text.as_bytes(), u16::try_from(columns).unwrap());
        assert_eq!(judge(widest), Ok(()));
        widest
    };
    assert_eq!(rows(b""), 39);
    assert_eq!(rows(b"\xFF\xFA\x1F\0\x27\0\x18\xFF\xF0"), 38);
    // Unknown, invalid, too narrow.
    assert_eq!(rows(b"\xFF\xFA\x1F\0\0\0\0\xFF\xF0"), 60);
    assert_eq!(rows(b"\xFF\xFA\x1F\0\xFF\0\x18\xFF\xF0\r\n"), 60);
    assert_eq!(rows(b"\xFF\xFA\x1F\0\x05\0\x18\xFF\xF0"), 20);
    assert_eq!(rows(b"/wrap 47\r\n\xFF\xFA\x1F\0\x28\0\x18\xFF\xF0"), 47);
}

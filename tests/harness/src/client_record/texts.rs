//! Text as it is compared: without what may differ although nothing is wrong.
//!
//! Not here: the comparison (`client_record`).

use chinwag::wire::render::{GOES_ON, READABLE, SHOWN, STANDS_STILL};
use unicode_segmentation::UnicodeSegmentation;

/// Text without row breaks and spaces; wrapping may drop spaces. An incomplete row break at the end is dropped too,
/// since the text may be cut off anywhere.
pub(crate) fn without_rows(text: &[u8]) -> Vec<u8> {
    const ROW: &[u8] = b"\r\n    ";
    let mut left = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if let Some(row) = rest.strip_prefix(ROW) {
            rest = row;
            continue;
        }
        if ROW.starts_with(rest) {
            break;
        }
        left.extend((*first != b' ').then_some(*first));
        rest = after;
    }
    left
}

/// Bytes from the server without telnet commands.
#[must_use]
pub fn without_telnet(bytes: &[u8]) -> Vec<u8> {
    let mut left = Vec::new();
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            // The server only sends verbs, each with an option.
            0xFF => drop(bytes.by_ref().take(2).count()),
            _ => left.push(*byte),
        }
    }
    left
}

/// Received text without what the server says by itself, whole or begun: when its disk stands still, and when a
/// password may be seen or read. Possibly without rows.
pub(crate) fn without_pauses(text: &[u8], is_without_rows: bool) -> Vec<u8> {
    let mut left = text.to_vec();
    for words in [STANDS_STILL, GOES_ON, SHOWN, READABLE] {
        let words = words.as_bytes();
        let words = match is_without_rows {
            true => [&without_rows(words)[..], b"\r\n"].concat(),
            false => words.to_vec(),
        };
        while let Some(at) = left.windows(words.len()).position(|window| window == words) {
            left.drain(at..at + words.len());
        }
        let begun = (1..words.len()).rev().find(|count| left.ends_with(&words[..*count]));
        left.truncate(left.len() - begun.unwrap_or_default());
    }
    // A row break may be incomplete only now.
    if is_without_rows { without_rows(&left) } else { left }
}

/// Text as a client with `/ascii on` is shown it.
pub(super) fn in_ascii(text: &str) -> String {
    let shown = |grapheme| if str::is_ascii(grapheme) { grapheme } else { "?" };
    text.graphemes(true).map(shown).collect()
}

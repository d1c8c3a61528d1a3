//! The layout of lines for a client's terminal: how wide its rows are, and whether it shows UTF-8.
//!
//! A terminal that wraps a line itself begins the next row with whatever comes next. The writer of
//! the line can choose that text, and make it look like a line of someone else, or of the server.
//! So a line that is too wide is broken here, at words. Each further row begins with an indent,
//! which no line with text of a user does.
//!
//! Not here: the text of lines (`render`), and which client has which view (`server`).

use alloc::string::String;
use alloc::vec::Vec;

use memchr::memchr;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::chat::{Limits, Message};

const LINE_END: &[u8] = b"\r\n";

/// How lines are laid out for a client.
///
/// ```
/// use chinwag::wire::View;
///
/// let view = View { columns: Some(20), ascii: false };
/// let mut rows = Vec::new();
/// view.lay_out("[ann]> hello to everyone\r\n", &mut rows);
/// assert_eq!(rows, b"[ann]> hello to\r\n    everyone\r\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct View {
    /// The widest row, in terminal columns, within [`Limits::COLUMNS`]; `None` if lines are not broken.
    pub columns: Option<u16>,
    /// Whether each grapheme that is not ASCII is shown as `?`.
    pub ascii: bool,
}

impl View {
    /// The beginning of every row of a line except the first.
    pub const INDENT: &str = "    ";

    /// The most bytes that breaking adds to a text of this many columns. A break adds 6 bytes. Two
    /// successive rows together take more columns than one row has, or the second word would have
    /// fit beside the first. A row has at least 16 columns beside its indent.
    #[must_use]
    pub const fn most_added(columns: usize) -> usize {
        columns / 4 * 3 + 3
    }

    /// The view for a terminal with this many columns. If the peer reports 0, the width is unknown,
    /// and lines are broken as for peers that report nothing. The last column stays free: some
    /// terminals move to the next row as soon as it is used.
    #[must_use]
    pub fn fit(self, columns: u16, unknown: Option<u16>) -> Self {
        let (least, most) = Limits::COLUMNS.into_inner();
        let fitting = columns.saturating_sub(1).clamp(least, most);
        Self { columns: if columns == 0 { unknown } else { Some(fitting) }, ..self }
    }

    /// The view of a client after this message, which is the first one laid out with the new view.
    #[must_use]
    pub fn after(self, message: &Message) -> Self {
        match message {
            Message::Wrapping { columns } => Self { columns: *columns, ..self },
            Message::Ascii { on } => Self { ascii: *on, ..self },
            _ => self,
        }
    }

    /// Lays out lines, each with its line end, and appends the rows.
    pub fn lay_out(self, lines: &str, rows: &mut Vec<u8>) {
        if self.shows(lines, lines.len()) {
            return rows.extend_from_slice(lines.as_bytes());
        }
        let mut rest = lines;
        while let Some(end) = memchr(b'\n', rest.as_bytes()) {
            let (line, after) = rest.split_at(end + 1);
            rest = after;
            if self.shows(line, line.len()) {
                rows.extend_from_slice(line.as_bytes());
            } else {
                let line = line.trim_end_matches(['\r', '\n']);
                match self.ascii {
                    true => self.break_up(&in_ascii(line), rows),
                    false => self.break_up(line, rows),
                }
                rows.extend_from_slice(LINE_END);
            }
        }
    }

    /// Whether a text is certainly shown as it is. No character takes more columns than bytes, so a
    /// text that is short enough in bytes is also narrow enough.
    fn shows(self, text: &str, bytes: usize) -> bool {
        let is_narrow =
            self.columns.is_none_or(|columns| bytes <= usize::from(columns) + LINE_END.len());
        is_narrow && (!self.ascii || text.is_ascii())
    }

    fn break_up(self, line: &str, rows: &mut Vec<u8>) {
        let Some(columns) = self.columns.map(usize::from) else {
            return rows.extend_from_slice(line.as_bytes());
        };
        let mut row = Row { left: columns, width: columns - Self::INDENT.len(), rows };
        let mut rest = line;
        while !rest.is_empty() {
            let start = rest.len() - rest.trim_start_matches(' ').len();
            let end = memchr(b' ', &rest.as_bytes()[start..]).map_or(rest.len(), |at| start + at);
            let (spaces, word) = (&rest[..start], &rest[start..end]);
            rest = &rest[end..];
            let width = width(word);
            if start + width <= row.left {
                row.push(spaces, start);
                row.push(word, width);
            } else if width <= row.width {
                // Spaces at the end of a row or of the line are invisible, so they are left out.
                if !word.is_empty() {
                    row.end();
                    row.push(word, width);
                }
            } else {
                row.push_long(spaces, word);
            }
        }
    }
}

/// The row that is being filled.
struct Row<'a> {
    /// The columns that are left in the row.
    left: usize,
    /// The columns of each further row beside its indent.
    width: usize,
    rows: &'a mut Vec<u8>,
}

impl Row<'_> {
    fn push(&mut self, text: &str, width: usize) {
        self.rows.extend_from_slice(text.as_bytes());
        self.left = self.left.saturating_sub(width);
    }

    fn end(&mut self) {
        self.rows.extend_from_slice(LINE_END);
        self.rows.extend_from_slice(View::INDENT.as_bytes());
        self.left = self.width;
    }

    /// Adds a word that is wider than a row, broken wherever a row ends.
    fn push_long(&mut self, spaces: &str, word: &str) {
        if spaces.len() < self.left {
            self.push(spaces, spaces.len());
        } else {
            self.end();
        }
        for grapheme in word.graphemes(true) {
            let width = width(grapheme);
            if width > self.left {
                self.end();
            }
            self.push(grapheme, width);
        }
    }
}

/// The most columns that a text takes: a terminal that cannot join characters shows them one by
/// one.
fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let one_by_one = text.chars().filter_map(UnicodeWidthChar::width).sum();
    text.width().max(one_by_one)
}

fn in_ascii(line: &str) -> String {
    let shown = |grapheme| if str::is_ascii(grapheme) { grapheme } else { "?" };
    line.graphemes(true).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn lay_out(view: View, lines: &str) -> String {
        let mut rows = Vec::new();
        view.lay_out(lines, &mut rows);
        String::from_utf8(rows).unwrap()
    }

    #[track_caller]
    fn breaks(lines: &str, expected: &str) {
        assert_eq!(lay_out(View { columns: Some(20), ascii: false }, lines), expected);
    }

    #[test]
    fn lines_that_fit_are_unchanged() {
        breaks("", "");
        breaks("[ann]> hello\r\n", "[ann]> hello\r\n");
        breaks("[ann]> 8901234567890\r\n", "[ann]> 8901234567890\r\n");
        breaks("[ann]> приветпривет1\r\n", "[ann]> приветпривет1\r\n");
        breaks(
            "[ann]> one\r\n[bob]> two\r\n * three\r\n",
            "[ann]> one\r\n[bob]> two\r\n * three\r\n",
        );
    }

    #[test]
    fn a_line_is_broken_at_words() {
        breaks("[ann]> hello  every body\r\n", "[ann]> hello  every\r\n    body\r\n");
        breaks("[ann]> 89012345678901\r\n", "[ann]>\r\n    89012345678901\r\n");
        breaks(
            "[ann]> a b\r\n[ann]> 89 123 567 901\r\n",
            "[ann]> a b\r\n[ann]> 89 123 567\r\n    901\r\n",
        );
        breaks("[ann]> 日本語 日本語1\r\n", "[ann]> 日本語\r\n    日本語1\r\n");
    }

    /// Text that would begin a row on a terminal of that width begins after an indent.
    #[test]
    fn padding_moves_no_text_to_the_beginning_of_a_row() {
        breaks(
            "[ann]> hi           [bob]> I hate this\r\n",
            "[ann]> hi\r\n    [bob]> I hate\r\n    this\r\n",
        );
        breaks("[ann]> hi             \r\n", "[ann]> hi\r\n");
    }

    #[test]
    fn a_word_that_is_wider_than_a_row_is_broken_where_the_row_ends() {
        breaks(
            "[ann]> http://example.org/a/long/way\r\n",
            "[ann]> http://exampl\r\n    e.org/a/long/way\r\n",
        );
        breaks("[ann]> 日本語日本語日本語\r\n", "[ann]> 日本語日本語\r\n    日本語\r\n");
        let spaces = " ".repeat(15);
        let word = "x".repeat(17);
        breaks(
            &format!("[ann]>{spaces}{word}\r\n"),
            &format!("[ann]>\r\n    {}\r\n    x\r\n", &word[1..]),
        );
    }

    /// An emoji that is joined from three can take six columns, and a heart can take two.
    #[test]
    fn characters_count_with_their_widest_rendering() {
        let family = "👨\u{200D}👩\u{200D}👧";
        breaks(
            &format!("[ann]> 8 {family}{family}\r\n"),
            &format!("[ann]> 8\r\n    {family}{family}\r\n"),
        );
        breaks("[ann]> 8901234567 ❤\u{FE0F}\r\n", "[ann]> 8901234567 ❤\u{FE0F}\r\n");
        breaks("[ann]> 89012345678 ❤\u{FE0F}\r\n", "[ann]> 89012345678\r\n    ❤\u{FE0F}\r\n");
    }

    #[test]
    fn each_grapheme_that_is_not_ascii_becomes_a_question_mark() {
        let view = View { columns: None, ascii: true };
        assert_eq!(lay_out(view, "[Zoë]> ça и e\u{301}!\r\nok\r\n"), "[Zo?]> ?a ? ?!\r\nok\r\n");
        let view = View { columns: Some(20), ascii: true };
        assert_eq!(lay_out(view, "[ann]> 日本語 日本語\r\n"), "[ann]> ??? ???\r\n");
        assert_eq!(
            lay_out(view, "[ann]> ç 0123456789012\r\n"),
            "[ann]> ?\r\n    0123456789012\r\n"
        );
    }

    #[test]
    fn without_columns_lines_are_unchanged() {
        let line = format!("[ann]> {}\r\n", "long ".repeat(1000));
        assert_eq!(lay_out(View { columns: None, ascii: false }, &line), line);
    }

    #[test]
    fn a_view_follows_messages_and_reported_widths() {
        let view = View { columns: Some(79), ascii: false };
        assert_eq!(view.after(&Message::StillHere), view);
        assert_eq!(view.after(&Message::Ascii { on: true }), View { ascii: true, ..view });
        let wrapping = Message::Wrapping { columns: None };
        assert_eq!(view.after(&wrapping), View { columns: None, ..view });
        let fitting = [1, 20, 21, 22, 80, 501, 502, u16::MAX].map(|it| view.fit(it, None).columns);
        assert_eq!(fitting, [20, 20, 20, 21, 79, 500, 500, 500].map(Some));
        assert_eq!([None, Some(60)].map(|unknown| view.fit(0, unknown).columns), [None, Some(60)]);
    }
}

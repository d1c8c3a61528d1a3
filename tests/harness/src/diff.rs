//! Prints where an expected and an actual value differ, line by line, for people who read a failed test.
//!
//! Lines that are only expected start with `-`, lines that only came with `+`; equal lines are shown where they help.
//!
//! Not here: deciding what is equal; and what a failed test prints besides (`Run::report`).

use std::fmt::Debug;
use std::ops::Range;

use chinwag::chat::{Event, Timestamp};
use chinwag::wire::transcript::Entry;

/// Explains the signs, for headings.
pub const LEGEND: &str = "(- expected, + got)";

/// The greatest number of lines to print.
const MOST: usize = 60;

/// The greatest number of pairs of lines to compare. Beyond it, the middle of a text counts as all different.
const PAIRS: usize = 4_000_000;

/// How many equal lines are shown around a difference.
const CONTEXT: usize = 2;

/// A line of a difference: its sign, its index in its text, and itself.
type Line<'a> = (char, usize, &'a str);

/// Where two texts sent to clients differ. Line ends other than CR LF, and invisible characters, are escaped.
#[must_use]
pub fn text(expected: &str, got: &str) -> String {
    let lines = lines(expected, got);
    let show = |(sign, _, text): Line<'_>| format!("{sign} {}", visible(text, "\r\n"));
    print(&lines, |line| is_near(&lines, line), show)
}

/// Where two files differ, with the numbers of lines. A `+` line has its number in `got`, any other in `expected`.
#[must_use]
pub fn numbered(expected: &str, got: &str) -> String {
    let lines = lines(expected, got);
    let show =
        |(sign, index, text): Line<'_>| format!("{:4} {sign} {}", index + 1, visible(text, "\n"));
    print(&lines, |line| is_near(&lines, line), show)
}

/// In which fields two values differ, and how: the lines of their debug output that differ, below those that enclose
/// them.
#[must_use]
pub fn debug<T: Debug>(expected: &T, got: &T) -> String {
    let (expected, got) = (format!("{expected:#?}\n"), format!("{got:#?}\n"));
    let lines = lines(&expected, &got);
    let mut is_shown = vec![false; lines.len()];
    let mut fields: Vec<&str> = Vec::new();
    for changed in (0..lines.len()).filter(|line| lines[*line].0 != ' ') {
        let mut outermost = indent(lines[changed].2) + 1;
        for line in (0..=changed).rev() {
            let (text, depth) = (lines[line].2, indent(lines[line].2));
            if depth < outermost {
                // A key of a map can take several lines, all of which are shown.
                let is_key_end = text.trim_start().starts_with(')');
                is_shown[line] = true;
                outermost = if is_key_end { depth + INDENT + 1 } else { depth };
                let field = text.trim().split_once(':').map(|(field, _)| field);
                if depth == INDENT && !field.is_none_or(|field| fields.contains(&field)) {
                    fields.extend(field);
                }
            }
        }
    }
    let show = |(sign, _, text): Line<'_>| format!("{sign} {}", text.trim_end());
    let heading = match &fields[..] {
        [] => String::new(),
        fields => format!("differs in {}\n", fields.join(", ")),
    };
    format!("{heading}{}", print(&lines, |line| is_shown[line], show))
}

/// Where two lists of events differ.
#[must_use]
pub fn events(expected: &[(Timestamp, Event)], got: &[(Timestamp, Event)]) -> String {
    let line = |(at, event): &(Timestamp, Event)| {
        format!("at {}: {}\r\n", at.0, Entry::Event(event.clone()))
    };
    let [expected, got] = [expected, got].map(|events| events.iter().map(line).collect::<String>());
    text(&expected, &got)
}

/// The indent of a field in the debug output of a struct.
const INDENT: usize = 4;

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// All lines of two texts, so that as many as possible are equal.
fn lines<'a>(expected: &'a str, got: &'a str) -> Vec<Line<'a>> {
    let [old, new] = [expected, got].map(|text| text.split_inclusive('\n').collect::<Vec<&str>>());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let start = same(&mut old.iter().zip(&new));
    let end = same(&mut old[start..].iter().rev().zip(new[start..].iter().rev()));
    let (old_end, new_end) = (old.len() - end, new.len() - end);
    let equal = |range: Range<usize>| range.map(|index| (' ', index, old[index]));
    let mut lines: Vec<Line<'a>> = equal(0..start).collect();
    middle(&old, start..old_end, &new, start..new_end, &mut lines);
    lines.extend(equal(old_end..old.len()));
    lines
}

/// The middles of two texts, by their longest common subsequence.
fn middle<'a>(
    old: &[&'a str],
    olds: Range<usize>,
    new: &[&'a str],
    news: Range<usize>,
    lines: &mut Vec<Line<'a>>,
) {
    let width = news.len() + 1;
    let is_small = (olds.len() + 1) * width <= PAIRS;
    // The length of the longest common subsequence of what is left from each pair of positions on.
    let mut left = vec![0_usize; if is_small { (olds.len() + 1) * width } else { 0 }];
    let at = |one: usize, other: usize| (one - olds.start) * width + other - news.start;
    if is_small {
        for one in olds.clone().rev() {
            for other in news.clone().rev() {
                left[at(one, other)] = match old[one] == new[other] {
                    true => left[at(one + 1, other + 1)] + 1,
                    false => left[at(one + 1, other)].max(left[at(one, other + 1)]),
                };
            }
        }
    }
    let (mut one, mut other) = (olds.start, news.start);
    while one < olds.end || other < news.end {
        let is_both = one < olds.end && other < news.end;
        if is_small && is_both && old[one] == new[other] {
            lines.push((' ', one, old[one]));
            (one, other) = (one + 1, other + 1);
        } else if other == news.end
            || is_both && (!is_small || left[at(one + 1, other)] >= left[at(one, other + 1)])
        {
            lines.push(('-', one, old[one]));
            one += 1;
        } else {
            lines.push(('+', other, new[other]));
            other += 1;
        }
    }
}

/// Whether a line is close enough to one that differs.
fn is_near(lines: &[Line<'_>], line: usize) -> bool {
    let near = line.saturating_sub(CONTEXT)..lines.len().min(line + CONTEXT + 1);
    lines[near].iter().any(|(sign, ..)| *sign != ' ')
}

/// Prints the lines that are shown, and `...` for others.
fn print<'a>(
    lines: &[Line<'a>],
    is_shown: impl Fn(usize) -> bool,
    show: impl Fn(Line<'a>) -> String,
) -> String {
    let mut printed: Vec<String> = Vec::new();
    let mut is_gap = false;
    for (index, line) in lines.iter().enumerate() {
        if is_shown(index) {
            printed.push(show(*line));
        } else if !is_gap {
            printed.push("  ...".to_owned());
        }
        is_gap = !is_shown(index);
    }
    if lines.iter().all(|(sign, ..)| *sign == ' ') {
        return "no difference".to_owned();
    }
    let more = printed.len().saturating_sub(MOST);
    if more > 0 {
        printed.truncate(MOST);
        printed.push(format!("  and {more} lines more"));
    }
    printed.join("\n")
}

/// A line without its end, if that is the usual one; whatever else is invisible is escaped.
fn visible(line: &str, end: &str) -> String {
    let text = line.strip_suffix(end).unwrap_or(line);
    let trailing = text.len() - text.trim_end_matches(' ').len();
    let shown: String = text[..text.len() - trailing]
        .chars()
        .map(|character| match character {
            '"' | '\'' => character.to_string(),
            other => other.escape_debug().to_string(),
        })
        .collect();
    let end = if line.ends_with('\n') { "" } else { " (no line end)" };
    format!("{shown}{}{end}", "\\u{20}".repeat(trailing))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chinwag::chat::ClientId;

    use super::*;

    #[test]
    fn a_changed_line_is_shown_both_ways_between_its_neighbours() {
        let expected = "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n";
        let got = "1\r\n2\r\n3\r\nfour\r\n5\r\n6\r\n7\r\n";
        assert_eq!(text(expected, got), "  ...\n  2\n  3\n- 4\n+ four\n  5\n  6\n  ...");
        let [expected, got] = [expected, got].map(|text| text.replace("\r\n", "\n"));
        let by_number =
            "  ...\n   2   2\n   3   3\n   4 - 4\n   4 + four\n   5   5\n   6   6\n  ...";
        assert_eq!(numbered(&expected, &got), by_number);
    }

    #[test]
    fn equal_lines_between_changes_stay_equal() {
        let expected = "a\r\nb\r\nc\r\nd\r\ne\r\n";
        assert_eq!(
            text(expected, "b\r\nx\r\nd\r\ne\r\nf\r\n"),
            "- a\n  b\n- c\n+ x\n  d\n  e\n+ f"
        );
        assert_eq!(text(expected, ""), "- a\n- b\n- c\n- d\n- e");
        assert_eq!(text("", "a\r\n"), "+ a");
        assert_eq!(text("a\r\n", "a\r\n"), "no difference");
    }

    #[test]
    fn a_number_is_that_of_the_line_in_its_own_text() {
        assert_eq!(numbered("b\nc\n", "a\nb\nd\n"), "   1 + a\n   1   b\n   2 - c\n   3 + d");
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(text("hi\r\n", "hi \r\n"), "- hi\n+ hi\\u{20}");
        assert_eq!(text("hi\r\n", "hi\n"), "- hi\n+ hi\\n");
        assert_eq!(text("hi\r\n", "hi"), "- hi\n+ hi (no line end)");
        assert_eq!(
            text("\"it's\"\r\n", "\u{1B}[2J\u{202E}\r\n"),
            "- \"it's\"\n+ \\u{1b}[2J\\u{202e}"
        );
    }

    #[test]
    fn long_differences_are_cut() {
        let many = |count: usize| "x\r\n".repeat(count);
        let shown = text(&many(100), "");
        assert_eq!(shown.lines().count(), MOST + 1);
        assert!(shown.ends_with("\n- x\n  and 40 lines more"));
        // Too many pairs to compare: all are different.
        let (even, odd) = ("0\r\n1\r\n".repeat(2000), "1\r\n0\r\n".repeat(2000));
        assert!(text(&even, &odd).starts_with("- 0\n- 1\n- 0\n"));
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "only printed")]
    struct State {
        count: u64,
        names: Vec<Name>,
        topic: Option<&'static str>,
        by_id: BTreeMap<ClientId, bool>,
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "only printed")]
    struct Name {
        text: &'static str,
        is_taken: bool,
    }

    fn state(text: &'static str, topic: Option<&'static str>) -> State {
        let ann = Name { text: "ann", is_taken: true };
        let by_id = [(ClientId(1), true), (ClientId(2), topic.is_none())];
        State {
            count: 7,
            names: vec![ann, Name { text, is_taken: false }],
            topic,
            by_id: by_id.into(),
        }
    }

    #[test]
    fn values_are_compared_field_by_field() {
        assert_eq!(
            debug(&state("bob", None), &state("eve", None)),
            "differs in names
  State {
  ...
      names: [
  ...
          Name {
-             text: \"bob\",
+             text: \"eve\",
  ..."
        );
        assert_eq!(
            debug(&state("bob", None), &state("bob", Some("tea"))),
            "differs in topic, by_id
  State {
  ...
-     topic: None,
+     topic: Some(
+         \"tea\",
+     ),
      by_id: {
  ...
          ClientId(
              2,
-         ): true,
+         ): false,
  ..."
        );
    }
}

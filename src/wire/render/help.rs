//! The help.
//!
//! Not here: what it says about each command (`chat::Verb`).

use alloc::string::String;
use core::fmt::{self, Write};

use super::LINE_END;
use crate::chat::{Help, Verb};

/// The column at which the summaries in the help begin.
const HELP_COLUMN: usize = 36;

/// Writes what can be typed. A command without a summary shares the line of the one before it.
pub(super) fn help(out: &mut String, verbs: impl Iterator<Item = Verb>) -> fmt::Result {
    let speech = "just type stuff and press enter";
    write!(out, "{speech:HELP_COLUMN$} goes to everyone else in the room{LINE_END}")?;
    commands(out, verbs)
}

fn commands(out: &mut String, verbs: impl Iterator<Item = Verb>) -> fmt::Result {
    let mut verbs = verbs.peekable();
    while let Some(verb) = verbs.next() {
        let mut usage = String::from(verb.usage());
        while let Some(other) = verbs.next_if(|other| other.summary().is_empty()) {
            write!(usage, ", {}", other.usage())?;
        }
        write!(out, "{usage:HELP_COLUMN$} {}{LINE_END}", verb.summary())?;
    }
    Ok(())
}

/// Writes the help about something.
pub(super) fn help_about(out: &mut String, about: Help) -> fmt::Result {
    let of = |group| Verb::all().filter(move |verb| verb.group() == group);
    match about {
        Help::Chat { is_operator } => {
            help(out, Verb::common())?;
            let more = ["/help people, /help rooms", "/help order"];
            let what = ["show what else there is", "show the commands of operators"];
            for (more, what) in more.into_iter().zip(what).take(1 + usize::from(is_operator)) {
                write!(out, "{more:HELP_COLUMN$} {what}{LINE_END}")?;
            }
            Ok(())
        }
        Help::Group(group) => commands(out, of(group)),
        Help::Command(verb) => help_command(out, verb),
    }
}

fn help_command(out: &mut String, verb: Verb) -> fmt::Result {
    write!(out, "{:HELP_COLUMN$} {}", verb.usage(), verb.summary())?;
    out.truncate(out.trim_end().len());
    write!(out, "{LINE_END}    {}", verb.details())?;
    for (index, alias) in verb.aliases().iter().enumerate() {
        write!(out, "{}/{alias}", if index == 0 { " Also: " } else { ", " })?;
    }
    out.write_str(LINE_END)
}

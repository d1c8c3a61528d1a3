//! The `limits` line of transcripts: parsing and printing.
//!
//! Not here: the rest of the grammar (`grammar`), and what limits mean ([`Limits`]).

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::chat::Limits;

/// The limits by name. The pattern names every field, so that a new one cannot be forgotten here.
fn limit_fields(limits: &mut Limits) -> [(&'static str, &mut usize); 24] {
    let Limits {
        accounts,
        announce_below,
        history_bytes,
        history_lines,
        history_recent,
        history_room_bytes,
        history_shown,
        ignored,
        invitations,
        keep_rooms,
        kept_bytes,
        kept_whispers,
        line,
        list_rooms,
        list_users,
        note_columns,
        reply,
        room_bytes,
        room_columns,
        rooms,
        tries,
        tries_window,
        username_bytes,
        username_columns,
    } = limits;
    [
        ("accounts", accounts),
        ("announce_below", announce_below),
        ("history_bytes", history_bytes),
        ("history_lines", history_lines),
        ("history_recent", history_recent),
        ("history_room_bytes", history_room_bytes),
        ("history_shown", history_shown),
        ("ignored", ignored),
        ("invitations", invitations),
        ("keep_rooms", keep_rooms),
        ("kept_bytes", kept_bytes),
        ("kept_whispers", kept_whispers),
        ("line", line),
        ("list_rooms", list_rooms),
        ("list_users", list_users),
        ("note_columns", note_columns),
        ("reply", reply),
        ("room_bytes", room_bytes),
        ("room_columns", room_columns),
        ("rooms", rooms),
        ("tries", tries),
        ("tries_window", tries_window),
        ("username_bytes", username_bytes),
        ("username_columns", username_columns),
    ]
}

/// Parses what follows `limits `.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn parse_limits(fields: &str, limits: &mut Limits) -> Result<(), String> {
    let mut words = fields.split(' ');
    while let Some(name) = words.next() {
        let field = limit_fields(limits).into_iter().find(|(known, _)| *known == name);
        let (_, field) = field.ok_or_else(|| format!("there is no limit \"{name}\""))?;
        let value = words.next().and_then(|value| value.parse().ok());
        *field = value.ok_or_else(|| format!("the limit \"{name}\" is not a number"))?;
    }
    Ok(())
}

/// Writes the whole line: the limits that differ from their defaults.
pub(super) fn write_limits(limits: &Limits, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("limits")?;
    let (mut limits, mut defaults) = (limits.clone(), Limits::default());
    for ((name, value), (_, default)) in
        limit_fields(&mut limits).into_iter().zip(limit_fields(&mut defaults))
    {
        if value != default {
            write!(f, " {name} {value}")?;
        }
    }
    writeln!(f)
}

//! The replies to `/list`, `/list all`, `/rooms`, `/whois` and `/help`.
//!
//! Not here: the rules for who is shown what in other replies (`views`).

use chinwag::chat::{self, Group, Message, Verb};

use super::views::span;
use super::{LOBBY, Model, Person, Room};
use crate::name_pool::{NAMES, Part, ROOMS, folded};

/// The names of one part of a list, and how many more follow. `names` are in page order; a part selected by its start
/// is in folded order.
fn part_of(
    names: Vec<&str>,
    part: Part,
    count: usize,
    fold: impl Fn(&str) -> String,
) -> (Vec<String>, usize) {
    let (mut all, skipped): (Vec<&str>, usize) = match part {
        Part::Page(page) => (names, (page - 1) * count),
        Part::Start(start) => {
            let begins = |name: &&str| fold(name).starts_with(start);
            (names.into_iter().filter(begins).collect(), 0)
        }
    };
    all.drain(..skipped.min(all.len()));
    let more = all.len().saturating_sub(count);
    all.truncate(count);
    (all.into_iter().map(str::to_owned).collect(), more)
}

fn advice(command: &str, part: Part) -> String {
    match part {
        Part::Page(page) => {
            format!("type {command} {}, or {command} START", (page + 1).min(65_535))
        }
        Part::Start(_) => "type more letters".into(),
    }
}

fn braced(names: &[String], more: usize) -> String {
    match (names.join(", "), more) {
        (names, 0) => format!("{{{names}}}"),
        (names, more) if names.is_empty() => format!("{{and {more} more}}"),
        (names, more) => format!("{{{names}, and {more} more}}"),
    }
}

impl Model {
    pub(super) fn list(&self, me: &Person, part: Part) -> String {
        let mut people: Vec<&Person> =
            self.people.iter().filter(|person| person.room == me.room).collect();
        people.sort_by_key(|person| (folded(&NAMES, &person.name), person.name.as_str()));
        if matches!(part, Part::Page(_)) {
            let place = |id| match (&me.partner, &me.interrupter) {
                (Some((partner, _)), _) if *partner == id => 0,
                (_, Some((other, _))) if *other == id => 1,
                _ => 2,
            };
            people.sort_by_key(|person| place(person.id));
        }
        let names = people.iter().map(|person| person.name.as_str()).collect();
        let fold = |name: &str| folded(&NAMES, name).to_owned();
        let (shown, more) = part_of(names, part, self.limits.list_users, fold);
        let is_away = |p: &Person| p.away.is_some() && shown.contains(&p.name);
        let away = match self.names(is_away).as_str() {
            "{}" => String::new(),
            away => format!(" Away:{away}"),
        };
        let rest = match more {
            0 => String::new(),
            _ => format!("\r\n * to see more, {}", advice("/list", part)),
        };
        format!("UserList:{} Total:[{}]{away}{rest}", braced(&shown, more), people.len())
    }

    /// The rooms of one part, and how many more follow.
    fn rooms_shown(&self, me: &Person, part: Part, has_empty: bool) -> (Vec<Room>, usize) {
        let mut rooms = self.rooms();
        let is_empty = |room: &Room| *room != LOBBY && self.members(room).is_empty();
        rooms.retain(|room| self.may_know(me, room) && (has_empty || !is_empty(room)));
        match part {
            Part::Page(_) => rooms.sort_by_key(|room| {
                let invitation = me.invited_to.iter().position(|invited| invited == room);
                let invitation = invitation.unwrap_or(usize::MAX);
                (*room != me.room, invitation, *room != LOBBY, is_empty(room))
            }),
            Part::Start(_) => {
                let is_hidden = |room: &Room| self.private.contains(room);
                rooms.sort_by_key(|room| (!is_hidden(room), is_empty(room), folded(&ROOMS, room)));
            }
        }
        let fold = |room: &str| folded(&ROOMS, room).to_owned();
        let (shown, more) = part_of(rooms.clone(), part, self.limits.list_rooms, fold);
        rooms.retain(|room| shown.iter().any(|other| other == room));
        (rooms, more)
    }

    pub(super) fn list_all(&self, me: &Person, part: Part) -> String {
        let (rooms, more) = self.rooms_shown(me, part, false);
        let share = (self.limits.list_users / rooms.len().max(1)).max(1);
        let mut text = String::new();
        for room in rooms {
            let names = self.names(|p| p.room == room);
            let names: Vec<String> =
                names.trim_matches(['{', '}']).split(", ").map(str::to_owned).collect();
            let count = self.members(room).len();
            let names = &names[..count.min(share)];
            let list = braced(names, count - names.len());
            text += &format!(" * [{room}] UserList:{list} Total:[{count}]\r\n");
        }
        if more > 0 {
            text += &format!(" * and {more} more rooms: {}\r\n", advice("/list all", part));
        }
        let seen = self.people.iter().filter(|person| self.may_know(me, person.room)).count();
        format!("{text} * Total:[{seen}]")
    }

    pub(super) fn list_rooms(&self, me: &Person, part: Part) -> String {
        let (rooms, more) = self.rooms_shown(me, part, true);
        let line = |room: Room| {
            let (shown, count) = (self.shown(room), self.members(room).len());
            format!(" * {shown} Total:[{count}]{}", self.topic(me, room, " Topic: "))
        };
        let mut lines: Vec<String> = rooms.into_iter().map(line).collect();
        if lines.is_empty() {
            lines.push(" * there are no such rooms".into());
        }
        if more > 0 {
            lines.push(format!(" * and {more} more rooms: {}", advice("/rooms", part)));
        }
        lines.join("\r\n")
    }

    /// The reply to `/ignore`.
    pub(super) fn ignored(&self, me: &Person) -> String {
        let here = self.people.iter().filter(|person| me.ignores.contains(&person.id));
        let mut names: Vec<String> = here.map(|person| person.name.clone()).collect();
        names.extend(self.absent_ignored(me));
        names.sort_by_key(|name| (folded(&NAMES, name).to_owned(), name.clone()));
        match names.is_empty() {
            true => " * you ignore nobody".into(),
            false => format!(" * you ignore {{{}}}", names.join(", ")),
        }
    }

    /// The reply to `/whois`.
    pub(super) fn whois(&self, at: u64, me: &Person, other: &Person, is_open: bool) -> String {
        let spoke = other.spoke_in_private.unwrap_or(other.spoke);
        let [connected, silent] =
            [other.connected, spoke].map(|then| span(at.saturating_sub(then)));
        let is_ignored = me.ignores.contains(&other.id);
        let said = |away| if is_ignored { "away" } else { away };
        let away = other.away.as_deref().map_or(String::new(), |a| format!(", {}", said(a)));
        let (place, presence) = match is_open {
            true => (format!("[{}]", other.room), format!(", silent for {silent}{away}")),
            false => ("(private)".into(), String::new()),
        };
        let whom = &other.name;
        let mark = if self.account(whom).is_some() { ", logged in" } else { "" };
        let from = match other.origin {
            origin if origin > 0 && self.operators_here().contains(&me.id) => {
                format!(", from origin:{origin:016x}")
            }
            _ => String::new(),
        };
        format!(" * [{whom}] is in {place}, connected for {connected}{presence}{mark}{from}")
    }

    /// Shows the help about a command, or all of it. Nobody but operators is shown what they can do.
    pub(super) fn help(&mut self, me: &Person, about: Option<&str>) {
        let is_operator = self.operators_here().contains(&me.id);
        let verb = about.and_then(Verb::find);
        let about = match about {
            None => chat::Help::Chat { is_operator },
            Some("order") if is_operator => chat::Help::Group(Group::Order),
            Some("people") => chat::Help::Group(Group::People),
            Some("rooms") => chat::Help::Group(Group::Rooms),
            Some(word) => match verb.filter(|_| is_operator || word != "kick") {
                Some(verb) => chat::Help::Command(verb),
                None => {
                    let what = format!("issued unrecognised command \"{word}\"");
                    let advice = "(type /help to see them all)";
                    return self.tell(me.id, &format!(" * {} {what} {advice}", me.name));
                }
            },
        };
        self.show(me.id, &Message::Help(about));
    }
}

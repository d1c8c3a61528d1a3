//! What users say, whom they whisper with, and coming back from being away.
//!
//! Not here: what else they do (`model`).

use chinwag::chat::ClientId;

use super::{Heard, Model, Person};

impl Model {
    pub(super) fn speak(&mut self, at: u64, me: &Person, line: &str) {
        let (is_private, speaker) = (self.private.contains(&me.room), self.person_mut(me.id));
        match is_private {
            true => speaker.spoke_in_private = Some(at),
            false => speaker.spoke = at,
        }
        // Sessions start at the epoch and are shorter than a day.
        let time = format!("1970-01-01 {:02}:{:02}", at / 3_600_000, at / 60_000 % 60);
        let heard = format!(" | {time} {}", line.trim_start());
        let witnesses = if is_private { self.members(me.room) } else { vec![] };
        let (room, by, line_said) = (me.room, Some(me.id), heard.into());
        let from = me.name.clone();
        let heard =
            Heard { room, by, from, is_private, only_for: None, witnesses, line: line_said };
        self.history.push(heard);
        self.forget_what_exceeds(me.room);
        self.tell_room(me.room, line, |p| p.id != me.id && !p.ignores.contains(&me.id));
        self.be_back(me.id);
    }

    pub(super) fn be_back(&mut self, id: ClientId) {
        self.person_mut(id).told.clear();
        if self.person_mut(id).away.take().is_some() {
            self.tell(id, " * you are no longer away");
        }
    }

    pub(super) fn end_private_stay(&mut self, id: ClientId) {
        self.person_mut(id).spoke_in_private = None;
        self.be_back(id);
    }

    /// Updates the whisper partners. A user does not notice whispers of users they ignore.
    pub(super) fn note_whisper(&mut self, me: &Person, other: &Person) {
        if me.id == other.id {
            return;
        }
        if !other.ignores.contains(&me.id) {
            let from = Some((me.id, me.name.clone()));
            let hearer = self.person_mut(other.id);
            match &hearer.partner {
                Some((partner, _)) if *partner != me.id => hearer.interrupter = from,
                _ => hearer.partner = from,
            }
        }
        let whisperer = self.person_mut(me.id);
        (whisperer.partner, whisperer.interrupter) = (Some((other.id, other.name.clone())), None);
    }
}

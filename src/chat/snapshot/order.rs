//! Restores what operators have decided, from a snapshot.
//!
//! Not here: everything else (`restore`).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::chat::check::require;
use crate::chat::moderation::Moderation;
use crate::chat::moderation::sanctions::Imposed;
use crate::chat::{Act, Chat, Deed, Sanction, Slow, Whom};

impl Chat {
    pub(super) fn add_moderation(
        &mut self,
        bans: Vec<Imposed>,
        mutes: Vec<Imposed>,
        acts: Vec<Act>,
    ) -> Result<(), String> {
        for Imposed { sanction, .. } in bans.iter().chain(&mutes) {
            let wrong = |problem| format!("a ban or a mute: {problem}");
            self.check_sanction(sanction).map_err(wrong)?;
        }
        for Act { by, deed, .. } in &acts {
            let wrong = |problem| format!("an act: {problem}");
            by.iter().try_for_each(|by| self.check_username(by)).map_err(wrong)?;
            self.check_deed(deed).map_err(wrong)?;
        }
        let Moderation { bans: all_bans, mutes: all_mutes, acts: all_acts, .. } =
            &mut self.moderation;
        (all_bans.0, all_mutes.0, *all_acts) = (bans, mutes, acts.into());
        Ok(())
    }

    fn check_sanction(&self, Sanction { whom, by, reason, .. }: &Sanction) -> Result<(), String> {
        self.check_whom(whom)?;
        self.check_username(by)?;
        self.check_text(reason, "the reason")
    }

    fn check_whom(&self, whom: &Whom) -> Result<(), String> {
        match whom {
            Whom::User(username) => self.check_username(username),
            Whom::Origin(origin) => require(origin.0 > 0, || "the origin is not known".into()),
        }
    }

    fn check_deed(&self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Appoint { username, .. } => self.check_username(username),
            Deed::Kick { username, reason } => {
                self.check_username(username)?;
                self.check_text(reason, "the reason")
            }
            Deed::Impose { sanction, .. } => self.check_sanction(sanction),
            Deed::Lift { whom, .. } => self.check_whom(whom),
            Deed::Slow { slow, .. } => check_slow(*slow),
            Deed::Announce { text } => self.check_line(text),
        }
    }
}

pub(super) fn check_slow(slow: Option<Slow>) -> Result<(), String> {
    let is_possible = slow.is_none_or(|slow| (1..=Slow::MOST).contains(&slow.seconds));
    require(is_possible, || "a room that is slower or faster than one can be".into())
}

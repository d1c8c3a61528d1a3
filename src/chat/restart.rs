//! What a restart leaves: the lobby, and rooms that are kept without members, as far as others than
//! those who were connected can ever see them.
//!
//! Not here: what clients are told when the server stops (`state`).

use alloc::vec::Vec;

use super::name_index::NameIndex;
use super::room::RoomId;
use super::{Chat, ClientId};

impl Chat {
    /// Removes all clients, with all that is stored about them, as if each had left. Their ids can be
    /// used again: nothing that stays refers to a client.
    ///
    /// Nobody is left who has heard what was said in private, so that is forgotten. Those who are
    /// registered may come back to a private room.
    pub(super) fn forget_clients(&mut self) {
        let accounts = self.accounts.by_id.values();
        let here = accounts.filter_map(|account| self.usernames.find(account.username.as_str()));
        let here: Vec<ClientId> = here.collect();
        here.into_iter().for_each(|client| self.leave_behind(client));
        let accounts = self.accounts.by_id.values_mut();
        accounts.flat_map(|account| &mut account.kept).for_each(|whisper| whisper.by = None);
        let private = self.rooms.iter().filter(|(_, room)| room.is_private());
        let members = private.flat_map(|(id, room)| room.members().map(|client| (client, *id)));
        let members: Vec<(ClientId, RoomId)> = members.collect();
        members.into_iter().for_each(|(client, room)| self.note_regular(client, room, false));
        self.clients.clear();
        self.usernames = NameIndex::new(self.limits.username_bytes);
        self.in_private = 0;
        self.lobby.forget_clients();
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for id in rooms {
            let Some(room) = self.rooms.get_mut(&id) else { continue };
            room.forget_clients();
            if room.is_private() {
                self.histories.forget(id);
            }
            if self.room(id).vacant_since.is_none() {
                self.close(id);
            }
        }
        self.histories.forget_senders();
    }
}

//! Lists of users and of rooms: one page at a time, or the entries whose names begin with a prefix.
//!
//! The cost of a list is linear in its answer and logarithmic in the number of entries. Names are
//! searched by prefix only: a search in the middle of names would have to look at all of them.
//!
//! Not here: how the entries are kept sorted (`roster`).

use alloc::format;
use alloc::vec::Vec;

use super::budget::Budget;
use super::client::Talk;
use super::name::Name;
use super::room::{LOBBY, Room, RoomId};
use super::roster::Roster;
use super::{Chat, ClientId, Limits, Message, Part, RoomInfo, RoomName, Text, Username};

impl Part {
    /// The number of entries before this part, in pages of `page` entries.
    fn skipped(&self, page: usize) -> usize {
        match self {
            Self::Page(number) => usize::from(*number).saturating_sub(1) * page,
            Self::Start(_) => 0,
        }
    }
}

impl Chat {
    pub(super) fn name_of(&self, client: ClientId) -> Option<&Name> {
        self.clients.get(&client).map(|client| client.username.name())
    }

    pub(super) fn room_name_of(&self, room: RoomId) -> Option<&Name> {
        self.find_room(room).map(|room| room.name.name())
    }

    /// The members of a client's room, including itself: the answer to `/list`. The users that it
    /// whispers with come first.
    pub(super) fn users(&self, client: ClientId, part: Part) -> Message {
        let (room, count) = (self.room_of(client), self.limits.list_users);
        let name_of = |client| self.name_of(client);
        let (shown, matching): (Vec<ClientId>, usize) = match &part {
            Part::Page(_) => {
                let first = self.partners_in(client, room);
                let page = room.by_name.page(&first, part.skipped(count), count, name_of);
                (page, room.by_name.len())
            }
            Part::Start(start) => {
                let start = Name::start(start.as_str(), self.limits.username_bytes);
                let start = start.as_deref().unwrap_or("\u{10FFFF}");
                let starting = room.by_name.starting(start, name_of);
                (starting.iter().take(count).copied().collect(), starting.len())
            }
        };
        let is_away = |client: &ClientId| {
            self.clients.get(client).is_some_and(|client| client.away.is_some())
        };
        let away = self.usernames_of(shown.iter().copied().filter(is_away));
        let more = matching.saturating_sub(part.skipped(count) + shown.len());
        let mut budget = Budget::of(Limits::LIST_BYTES);
        let usernames = shown.into_iter().filter_map(|client| self.user(client));
        let usernames = usernames.map(|user| user.username).collect::<Vec<Username>>();
        budget.spend(usernames.iter().map(Self::username_size).sum());
        let total_away = away.len();
        let away = budget.take(away, Self::username_size);
        Message::Users { usernames, more, total: room.members().len(), away, total_away, part }
    }

    /// The members of a room that a client whispers with.
    fn partners_in(&self, client: ClientId, room: &Room) -> Vec<ClientId> {
        let Some(client) = self.clients.get(&client) else { return Vec::new() };
        let Talk { partner, interrupter } = &client.talk;
        let partners = [partner, interrupter].into_iter().flatten().map(|user| user.client);
        partners.filter(|partner| room.has(*partner)).collect()
    }

    /// The rooms that a client may see: the answer to `/rooms`. A long topic is cut, so that it
    /// takes no space from other rooms.
    pub(super) fn room_list(&self, client: ClientId, part: Part) -> Message {
        let (rooms, more) = self.rooms_open_to(client, &part, true);
        let share = Limits::LIST_BYTES / self.limits.list_rooms;
        let cut = |room: &Room| {
            let RoomInfo { name, topic, is_private, members, owner } = self.info(client, room);
            let left = share.saturating_sub(name.as_str().len() + Self::ROOM_FRAME);
            RoomInfo {
                name,
                topic: topic.map(|topic| cut(topic, left)),
                is_private,
                members,
                owner,
            }
        };
        Message::Rooms { rooms: rooms.into_iter().map(cut).collect(), more, part }
    }

    /// The users in the rooms that a client may see: the answer to `/list all`. Every room has an
    /// equal share of the reply, so that none crowds out another.
    pub(super) fn everyone(&self, client: ClientId, part: Part) -> Message {
        let (open, more) = self.rooms_open_to(client, &part, false);
        let own = self.room_of(client);
        let own_hidden = if own.is_private() { own.members().len() } else { 0 };
        let users = self.clients.len() - self.in_private + own_hidden;
        let mut budget = Budget::of(Limits::LIST_BYTES);
        budget.spend(open.iter().map(|room| room.name.as_str().len() + Self::ROOM_FRAME).sum());
        let share = (self.limits.list_users / open.len().max(1)).max(1);
        let mut listed = |room: &Room| {
            let some = room.by_name.page(&[], 0, share, |client| self.name_of(client));
            let usernames = budget.take(self.usernames_of(some.into_iter()), Self::username_size);
            (room.name.clone(), usernames, room.members().len())
        };
        let rooms: Vec<(RoomName, Vec<Username>, usize)> =
            open.into_iter().map(&mut listed).collect();
        Message::Everyone { rooms, more, users, part }
    }

    /// The bytes that rendering may add to a room in a list.
    const ROOM_FRAME: usize = 64;

    /// A part of the rooms that a client may see, and the number of rooms after it. The client's
    /// own room comes first, then the public rooms that it is invited to, then the lobby, then all
    /// others by name, those with members before the vacant ones, which may be left out.
    fn rooms_open_to(
        &self,
        client: ClientId,
        part: &Part,
        has_vacant: bool,
    ) -> (Vec<&Room>, usize) {
        let nothing = Roster::new(Vec::new());
        let vacant = if has_vacant { &self.vacant.public } else { &nothing };
        let (own, count) = (self.room_id_of(client), self.limits.list_rooms);
        let own_hidden = Some(own).filter(|own| self.room(*own).is_private());
        let name_of = |room| self.room_name_of(room);
        let (ids, matching): (Vec<RoomId>, usize) = match part {
            Part::Page(_) => {
                let invited_to = self.clients.get(&client).map(|client| &client.invited_to[..]);
                let mut first = Vec::from([own]);
                for id in invited_to.unwrap_or_default().iter().chain([&LOBBY]) {
                    let is_listed = self.find_room(*id).is_some_and(|room| {
                        !room.is_private() && (has_vacant || room.vacant_since.is_none())
                    });
                    if is_listed && !first.contains(id) {
                        first.push(*id);
                    }
                }
                let skipped = part.skipped(count);
                let mut page = self.public_rooms.page(&first, skipped, count, name_of);
                let is_among = |id: &&RoomId| {
                    let room = self.room(**id);
                    !room.is_private() && room.vacant_since.is_none()
                };
                let others = self.public_rooms.len() - first.iter().filter(is_among).count();
                let skipped = skipped.saturating_sub(others).max(first.len());
                page.extend(vacant.page(&first, skipped, count - page.len(), name_of));
                let listed = self.public_rooms.len() + vacant.len();
                (page, listed + usize::from(own_hidden.is_some()))
            }
            Part::Start(start) => {
                let start = Name::start(start.as_str(), self.limits.room_bytes);
                let start = start.as_deref().unwrap_or("\u{10FFFF}");
                let begins = |room: &RoomId| {
                    name_of(*room).is_some_and(|name| name.folded().starts_with(start))
                };
                let own = own_hidden.filter(begins);
                let occupied = self.public_rooms.starting(start, name_of);
                let vacant = vacant.starting(start, name_of);
                let all = own.iter().chain(occupied).chain(vacant).take(count);
                let matching = usize::from(own.is_some()) + occupied.len() + vacant.len();
                (all.copied().collect(), matching)
            }
        };
        let more = matching.saturating_sub(part.skipped(count) + ids.len());
        (ids.into_iter().map(|id| self.room(id)).collect(), more)
    }
}

/// The topic, or as many of its words as fit into `most` bytes and then dots.
fn cut(topic: Text, most: usize) -> Text {
    const DOTS: &str = "...";
    if topic.as_str().len() <= most {
        return topic;
    }
    let text = topic.as_str();
    let last = most.saturating_sub(DOTS.len() + 1);
    let fitting = text.char_indices().take_while(|(place, _)| *place <= last);
    let end = fitting.filter(|(_, character)| character.is_whitespace()).last();
    let words = end.map_or("", |(place, _)| &text[..place]);
    Text::clean(if words.is_empty() { DOTS.into() } else { format!("{words} {DOTS}") })
}

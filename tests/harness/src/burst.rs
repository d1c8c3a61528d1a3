//! Short scripts of operations that provoke faults which depend on order: names that change hands, replies to
//! users who have left, invitations.
//!
//! Not here: what each operation does (`operation`). A burst is a plain list of operations.

mod order;

use order::{banned, operators, order, owned};

use crate::operation::{Operation, Target};

/// The number of kinds of bursts.
pub(crate) const KINDS: u8 = 16;

/// A burst among the clients in three consecutive slots, the first of which is `slot`. `name` is the index of
/// the first of three consecutive names in the pool; the bursts in rooms use it as the index of a room.
pub(crate) fn burst(kind: u8, slot: u8, name: u8) -> Vec<Operation> {
    let [ann, bob, cy] = [0, 1, 2].map(|offset| slot.wrapping_add(offset));
    let [one, two, three] = [0, 1, 2].map(|offset| name.wrapping_add(offset));
    let rename = |slot, name| Operation::Rename { slot, name, word: 0 };
    let whisper = |slot, to| Operation::Whisper { slot, to, word: 0, body: 0 };
    let say = |slot| Operation::Say { slot, opening: 0, body: 0 };
    let join = |slot| Operation::Join { slot, room: name };
    let ignore = Operation::Ignore { slot: ann, whom: Target::Present(bob) };
    match kind % KINDS {
        // Two users swap their names.
        0 => vec![
            rename(ann, one),
            rename(bob, two),
            rename(ann, three),
            rename(bob, one),
            rename(ann, two),
            whisper(cy, Target::Pool(one)),
            whisper(cy, Target::Pool(two)),
        ],
        // A user disconnects and connects again; meanwhile another user takes the name.
        1 => vec![
            rename(ann, one),
            whisper(ann, Target::Present(bob)),
            Operation::Disconnect { slot: ann, cause: name },
            Operation::Connect,
            rename(cy, one),
            whisper(bob, Target::Pool(one)),
        ],
        // A whisper to a name directly after its holder has changed it.
        2 => vec![
            rename(ann, one),
            rename(ann, two),
            whisper(bob, Target::Pool(one)),
            rename(cy, one),
            whisper(bob, Target::Pool(one)),
            whisper(bob, Target::Pool(two)),
        ],
        // A reply to a user whose former name another user now has; then a reply to a user who has left.
        3 => vec![
            rename(bob, one),
            whisper(bob, Target::Present(ann)),
            rename(bob, two),
            rename(cy, one),
            Operation::Reply { slot: ann, body: 0 },
            Operation::Bye { slot: bob, word: 0 },
            Operation::Reply { slot: ann, body: 0 },
        ],
        4 => private_room([ann, bob, cy], name),
        // Several rooms at once, some with similar names.
        5 => vec![
            join(ann),
            Operation::Join { slot: bob, room: two },
            Operation::Join { slot: cy, room: three },
            Operation::Rooms { slot: ann, part: 0 },
        ],
        6 => ignored_in_a_room([ann, bob, cy], name),
        7 => empty_rooms([ann, bob, cy], name),
        8 => registered([ann, bob, cy], name),
        9 => outdated([ann, bob, cy], name),
        10 => order([ann, bob, cy], name),
        11 => banned([ann, bob, cy], name),
        12 => operators([ann, bob, cy], name),
        13 => owned([ann, bob, cy], name),
        14 => followed([ann, bob, cy], name),
        // A user is ignored for a while.
        _ => vec![
            ignore,
            ignore,
            say(bob),
            whisper(bob, Target::Present(ann)),
            rename(bob, one),
            Operation::Unignore { slot: ann, whom: Target::Present(bob) },
            say(bob),
        ],
    }
}

/// A name is registered, given up, wanted by another user, and taken back from two connections.
fn registered([ann, bob, cy]: [u8; 3], name: u8) -> Vec<Operation> {
    let [one, two] = [0, 1].map(|offset| name.wrapping_add(offset));
    let rename = |slot, name| Operation::Rename { slot, name, word: 0 };
    let right = |slot| Operation::Answer { slot, kind: 0 };
    vec![
        rename(ann, one),
        Operation::Register { slot: ann },
        right(ann),
        Operation::Register { slot: ann },
        Operation::Hide { slot: ann, setting: 0 },
        rename(bob, one),
        rename(ann, two),
        Operation::Seen { slot: cy, account: 0 },
        Operation::Seen { slot: cy, account: 1 },
        rename(bob, one),
        Operation::LogIn { slot: bob, account: 0 },
        Operation::Answer { slot: bob, kind: 12 },
        Operation::LogIn { slot: bob, account: 0 },
        right(bob),
        Operation::LogIn { slot: cy, account: 0 },
        right(cy),
        Operation::Seen { slot: ann, account: 0 },
        Operation::Disconnect { slot: bob, cause: 0 },
        Operation::WhisperTo { slot: ann, account: 0, body: 0 },
        Operation::Seen { slot: ann, account: 0 },
        Operation::LogIn { slot: bob, account: 0 },
        right(bob),
        Operation::Hide { slot: bob, setting: 0 },
        Operation::Disconnect { slot: bob, cause: 0 },
        Operation::Seen { slot: ann, account: 0 },
        Operation::LogIn { slot: bob, account: 0 },
        right(bob),
        Operation::ChangePassword { slot: bob },
        right(bob),
        right(bob),
        Operation::Unregister { slot: bob },
        Operation::Answer { slot: bob, kind: name },
    ]
}

/// A registered user ignores another one, and both come back on other connections.
fn followed([ann, bob, cy]: [u8; 3], name: u8) -> Vec<Operation> {
    let join = |slot| Operation::Join { slot, room: name };
    let say = |slot| Operation::Say { slot, opening: 0, body: 0 };
    let mut all = Vec::new();
    for (slot, offset) in [(ann, 0), (bob, 1)] {
        all.extend([
            Operation::Rename { slot, name: name.wrapping_add(offset), word: 0 },
            Operation::Register { slot },
            Operation::Answer { slot, kind: 0 },
        ]);
    }
    all.extend([
        join(ann),
        join(bob),
        Operation::Topic { slot: bob, body: 1 },
        say(bob),
        Operation::Ignore { slot: ann, whom: Target::Present(bob) },
        Operation::Notices { slot: ann, setting: 1 },
        Operation::Invite { slot: bob, whom: Target::Present(cy) },
        // The one who is ignored comes back as the third user, and the other one as a fourth.
        Operation::Disconnect { slot: bob, cause: 0 },
        Operation::Connect,
        Operation::LogIn { slot: bob, account: 0 },
        Operation::Answer { slot: bob, kind: 0 },
        Operation::LogIn { slot: bob, account: 255 },
        Operation::Answer { slot: bob, kind: 0 },
        join(bob),
        say(bob),
        Operation::Ignored { slot: ann },
        Operation::History { slot: ann, count: 0 },
        Operation::Disconnect { slot: ann, cause: 0 },
        Operation::Connect,
        Operation::LogIn { slot: cy, account: 0 },
        Operation::Answer { slot: cy, kind: 0 },
        join(cy),
        Operation::History { slot: cy, count: 0 },
        Operation::Ignored { slot: cy },
        Operation::Unignore { slot: cy, whom: Target::Pool(name.wrapping_add(1)) },
        say(bob),
        say(ann),
    ]);
    all
}

/// Questions that are not answered, or only when what was asked for is not possible any more.
fn outdated([ann, bob, cy]: [u8; 3], name: u8) -> Vec<Operation> {
    let [one, two, three] = [0, 1, 2].map(|offset| name.wrapping_add(offset));
    let rename = |slot, name| Operation::Rename { slot, name, word: 0 };
    let answer = |slot, kind| Operation::Answer { slot, kind };
    vec![
        rename(ann, one),
        rename(cy, two),
        Operation::Register { slot: ann },
        answer(ann, 14 + 16 * (name % 4)),
        Operation::Register { slot: ann },
        answer(ann, 0),
        Operation::Register { slot: cy },
        rename(cy, three),
        answer(cy, 0),
        Operation::LogIn { slot: bob, account: 0 },
        Operation::Unregister { slot: ann },
        answer(ann, 0),
        answer(bob, 0),
    ]
}

/// A user does everything that produces output, in a room with a user who ignores them.
fn ignored_in_a_room([ann, bob, cy]: [u8; 3], room: u8) -> Vec<Operation> {
    let join = |slot| Operation::Join { slot, room };
    vec![
        join(bob),
        join(ann),
        Operation::Ignore { slot: ann, whom: Target::Present(bob) },
        Operation::Topic { slot: bob, body: 0 },
        Operation::Private { slot: bob },
        Operation::Say { slot: bob, opening: 0, body: 0 },
        Operation::Act { slot: bob, body: 0 },
        Operation::Rename { slot: bob, name: room, word: 0 },
        Operation::Leave { slot: bob },
        join(bob),
        // Who has been there for longest decides.
        Operation::Leave { slot: ann },
        join(ann),
        Operation::Public { slot: bob },
        Operation::Topic { slot: ann, body: 1 },
        Operation::Rooms { slot: ann, part: 0 },
        Operation::Leave { slot: ann },
        Operation::Invite { slot: bob, whom: Target::Present(ann) },
        Operation::Away { slot: bob, body: 0 },
        Operation::Whisper { slot: ann, to: Target::Present(bob), word: 0, body: 0 },
        Operation::Whisper { slot: cy, to: Target::Present(bob), word: 4, body: 0 },
        Operation::Whisper { slot: cy, to: Target::Present(bob), word: 5, body: 0 },
        Operation::Whois { slot: ann, of: Target::Present(bob) },
        join(ann),
        Operation::History { slot: ann, count: 0 },
        Operation::Bye { slot: bob, word: 3 },
    ]
}

/// A room is left by everyone, again and again, and then someone comes: who was in it when it became private, another
/// one, someone who is invited, and anyone when it is public.
fn empty_rooms([ann, bob, cy]: [u8; 3], room: u8) -> Vec<Operation> {
    let join = |slot| Operation::Join { slot, room };
    let other = |slot| Operation::Join { slot, room: room.wrapping_add(1) };
    let say = |slot| Operation::Say { slot, opening: 0, body: 0 };
    let leave = |slot| Operation::Leave { slot };
    vec![
        join(ann),
        say(ann),
        Operation::Private { slot: ann },
        say(ann),
        Operation::Topic { slot: ann, body: 0 },
        leave(ann),
        join(ann),
        leave(ann),
        join(cy),
        say(cy),
        Operation::Invite { slot: cy, whom: Target::Present(bob) },
        leave(cy),
        Operation::Rooms { slot: ann, part: 0 },
        join(bob),
        Operation::Public { slot: bob },
        say(bob),
        leave(bob),
        Operation::Rooms { slot: ann, part: 0 },
        join(ann),
        other(ann),
        Operation::Private { slot: ann },
        leave(ann),
        other(cy),
        Operation::Disconnect { slot: ann, cause: 0 },
    ]
}

/// A private room with one invitation. What happens in it stays hidden from those who join once it is public.
fn private_room([ann, bob, cy]: [u8; 3], room: u8) -> Vec<Operation> {
    let invite = Operation::Invite { slot: ann, whom: Target::Present(bob) };
    let join = |slot| Operation::Join { slot, room };
    let say = |slot| Operation::Say { slot, opening: 0, body: 0 };
    vec![
        join(ann),
        Operation::Private { slot: ann },
        say(ann),
        join(bob),
        invite,
        invite,
        join(bob),
        say(bob),
        Operation::Topic { slot: bob, body: 0 },
        Operation::Leave { slot: bob },
        join(bob),
        Operation::Away { slot: ann, body: 0 },
        Operation::Whisper { slot: cy, to: Target::Present(ann), word: 0, body: 0 },
        Operation::Whois { slot: cy, of: Target::Present(ann) },
        Operation::Public { slot: ann },
        join(cy),
        Operation::Leave { slot: bob },
        Operation::Leave { slot: cy },
        Operation::Private { slot: ann },
        Operation::Leave { slot: ann },
        join(bob),
    ]
}

//! Bursts in which people decide over others: operators, and owners of rooms.
//!
//! Not here: all other bursts (`burst`).

use crate::name_pool::CAFE;
use crate::operation::{Operation, Target};

/// A user becomes an operator, and keeps order.
pub(super) fn order([ann, bob, cy]: [u8; 3], name: u8) -> Vec<Operation> {
    let say = |slot| Operation::Say { slot, opening: 0, body: 0 };
    let sanction = |slot, word| Operation::Sanction { slot: 1, whom: Target::Present(slot), word };
    let order = |word| Operation::Order { slot: 1, account: 0, word };
    vec![
        Operation::Rename { slot: ann, name, word: 0 },
        Operation::Register { slot: ann },
        Operation::Answer { slot: ann, kind: 0 },
        Operation::Appoint { account: 0 },
        Operation::Appoint { account: 255 },
        Operation::Help { slot: ann, line: 5 },
        // A mute without an end.
        sanction(bob, 1),
        say(bob),
        Operation::Join { slot: bob, room: 1 },
        order(5),
        // Another one, of the origin: the end of the first changes nothing.
        sanction(bob, 25),
        sanction(bob, 5),
        sanction(bob, 29),
        say(bob),
        // The lobby is slow: for all, for guests, for nobody.
        order(2),
        say(cy),
        say(cy),
        order(18),
        order(42),
        say(bob),
        order(10),
        // A room that is slow stays so, although it begins anew.
        Operation::Join { slot: bob, room: CAFE },
        order(26),
        Operation::Private { slot: bob },
        Operation::Leave { slot: bob },
        Operation::Join { slot: cy, room: CAFE },
        say(cy),
        say(cy),
        Operation::Leave { slot: cy },
        order(4),
        order(6),
        sanction(ann, 7),
        sanction(cy, 7),
        Operation::Connect,
        order(0),
        order(1),
        order(1),
    ]
}

/// A room belongs to a user, who trusts another one and puts out a third one.
pub(super) fn owned([ann, bob, cy]: [u8; 3], room: u8) -> Vec<Operation> {
    let join = |slot| Operation::Join { slot, room };
    let govern = |slot, word| Operation::Govern { slot: 1, whom: Target::Present(slot), word };
    let mut all = Vec::new();
    for (slot, offset) in [(ann, 0), (bob, 1)] {
        let name = room.wrapping_add(offset);
        all.extend([
            Operation::Rename { slot, name, word: 0 },
            Operation::Register { slot },
            Operation::Answer { slot, kind: 0 },
        ]);
    }
    all.extend([
        join(ann),
        join(bob),
        Operation::Topic { slot: bob, body: 1 },
        // Trust in both accounts, if there are no others.
        govern(ann, 0),
        govern(ann, 8),
        join(cy),
        Operation::Ignore { slot: cy, whom: Target::Present(ann) },
        govern(ann, 3),
        govern(bob, 3),
        // A lock, an end to it, and no lock.
        govern(ann, 6),
        govern(cy, 3),
        govern(cy, 3),
        join(cy),
        govern(ann, 7),
        govern(ann, 7),
        join(cy),
        Operation::Private { slot: ann },
        Operation::Leave { slot: cy },
        join(cy),
        Operation::Unignore { slot: cy, whom: Target::Present(ann) },
        govern(cy, 3),
        join(cy),
        govern(ann, 2),
        govern(ann, 10),
        Operation::Topic { slot: bob, body: 1 },
        // Who is put out may not come back with the account either.
        govern(bob, 3),
        join(bob),
        Operation::Disconnect { slot: ann, cause: 0 },
        Operation::Connect,
        Operation::LogIn { slot: cy, account: 0 },
        Operation::Answer { slot: cy, kind: 0 },
        join(cy),
    ]);
    all
}

/// One of two operators ignores the other.
pub(super) fn operators([ann, bob, cy]: [u8; 3], name: u8) -> Vec<Operation> {
    let mut all = Vec::new();
    for (slot, offset) in [(ann, 0), (cy, 1)] {
        let name = name.wrapping_add(offset);
        all.extend([
            Operation::Rename { slot, name, word: 0 },
            Operation::Register { slot },
            Operation::Answer { slot, kind: 0 },
            Operation::Appoint { account: 0 },
            Operation::Appoint { account: 255 },
        ]);
    }
    all.push(Operation::Ignore { slot: cy, whom: Target::Present(ann) });
    // What each of them does: a mute and its end, and an announcement.
    for slot in [1, 5] {
        let sanction = |word| Operation::Sanction { slot, whom: Target::Present(bob), word };
        all.extend([sanction(1), sanction(5), Operation::Order { slot, account: 0, word: 4 }]);
    }
    // Who is banned becomes an operator.
    let order = |word| Operation::Order { slot: 1, account: 255, word };
    all.extend([
        Operation::Rename { slot: bob, name: name.wrapping_add(2), word: 0 },
        Operation::Register { slot: bob },
        Operation::Answer { slot: bob, kind: 0 },
        Operation::Sanction { slot: 1, whom: Target::Present(bob), word: 0 },
        order(0),
        order(5),
    ]);
    all
}

/// An operator bans those who are here, by name or by origin, and someone who is not.
pub(super) fn banned([ann, bob, cy]: [u8; 3], name: u8) -> Vec<Operation> {
    let [one, two, three] = [0, 1, 2].map(|offset| name.wrapping_add(offset));
    let rename = |slot, name| Operation::Rename { slot, name, word: 0 };
    let sanction = |whom, word| Operation::Sanction { slot: 1, whom, word };
    let come = [Operation::Connect; 5];
    let mut all = vec![
        rename(ann, one),
        rename(cy, two),
        Operation::Register { slot: ann },
        Operation::Answer { slot: ann, kind: 0 },
        Operation::Appoint { account: 255 },
        Operation::Appoint { account: 0 },
        Operation::Register { slot: cy },
        Operation::Answer { slot: cy, kind: 0 },
        rename(cy, three),
        sanction(Target::Pool(two), 16),
        Operation::LogIn { slot: cy, account: 255 },
        Operation::Answer { slot: cy, kind: 0 },
        // A mute of an origin, and a ban of one, for ten minutes.
        sanction(Target::Present(bob), 25),
        sanction(Target::Present(bob), 24),
    ];
    all.extend(come);
    all.extend([sanction(Target::Present(bob), 0), sanction(Target::Pool(two), 4)]);
    all.extend(come);
    all.extend([Operation::Order { slot: 1, account: 0, word: 5 }]);
    all
}

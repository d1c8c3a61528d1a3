//! Tests of [`Turns`].

use alloc::vec::Vec;

use super::*;

/// Processes all things, each at its cost, and returns the order.
fn take(turns: &mut Turns<char, &str, isize>) -> Vec<(char, isize)> {
    let mut taken = Vec::new();
    while let Some(mut turn) = turns.begin() {
        while turn.credit > 0
            && let Some(cost) = turn.things.pop_front()
        {
            turn.credit -= cost;
            taken.push((turn.key, cost));
        }
        turns.end(turn);
    }
    taken
}

#[test]
fn a_client_that_sent_little_does_not_wait_for_a_backlog() {
    let mut turns = Turns::new(2);
    turns.add('a', [1; 6]);
    turns.add('b', [1; 3]);
    let first = turns.begin().unwrap();
    turns.end(Turn { credit: 0, ..first });
    turns.add('c', [1]);
    let order: Vec<char> = take(&mut turns).into_iter().map(|(key, _)| key).collect();
    assert_eq!(order, ['b', 'b', 'c', 'a', 'a', 'b', 'a', 'a', 'a', 'a']);
}

/// Over time all clients get the same share, whatever one thing costs.
#[test]
fn clients_share_by_cost() {
    let mut turns = Turns::new(10);
    turns.add('a', [1; 500]);
    turns.add('b', [25; 20]);
    turns.add('c', [100; 5]);
    let mut spent: BTreeMap<char, isize> = BTreeMap::new();
    for (key, cost) in take(&mut turns) {
        *spent.entry(key).or_default() += cost;
        let most = spent.values().max().unwrap();
        let least = ['a', 'b', 'c'].map(|key| spent.get(&key).copied().unwrap_or(0));
        assert!(most - least.iter().min().unwrap() <= 110, "{spent:?}");
    }
    assert_eq!(spent.into_values().collect::<Vec<_>>(), [500; 3]);
}

/// A client that sends one thing whenever the last one was processed is not always first.
#[test]
fn a_client_that_returns_at_once_is_not_fresh() {
    let mut turns = Turns::new(1);
    turns.add('a', [1]);
    turns.add('b', [1; 3]);
    let mut order = Vec::new();
    while let Some(mut turn) = turns.begin() {
        turn.things.pop_front();
        turn.credit -= 1;
        let key = turn.key;
        order.push(key);
        turns.end(turn);
        if key == 'a' && order.len() < 6 {
            turns.add('a', [1]);
        }
    }
    assert_eq!(order, ['a', 'b', 'a', 'b', 'a', 'b', 'a']);
    turns.add('b', [1; 2]);
    let order: Vec<char> = take(&mut turns).into_iter().map(|(key, _)| key).collect();
    assert_eq!(order, ['b', 'b']);
    assert_eq!(turns, Turns::new(1));
}

/// A client that has not spent all of its credit need not wait for the next round.
#[test]
fn a_client_with_credit_left_comes_first() {
    let mut turns: Turns<char, &str, isize> = Turns::new(2);
    let mut next = |added: &[(char, isize)]| {
        added.iter().for_each(|(key, cost)| turns.add(*key, [*cost]));
        let mut turn = turns.begin().unwrap();
        turn.credit -= turn.things.pop_front().unwrap();
        let key = turn.key;
        turns.end(turn);
        key
    };
    assert_eq!(next(&[('a', 1), ('b', 2), ('b', 2), ('c', 2), ('c', 2)]), 'a');
    assert_eq!(next(&[]), 'b');
    assert_eq!(next(&[('a', 1)]), 'c');
    assert_eq!(next(&[]), 'a');
    // Its credit is spent, so it waits for its place in the next round.
    assert_eq!(next(&[('d', 1), ('a', 1)]), 'd');
    assert_eq!([next(&[]), next(&[]), next(&[])], ['a', 'b', 'c']);
}

#[test]
fn a_held_client_has_no_turn_before_its_time() {
    let mut turns = Turns::new(1);
    turns.add('a', [1, 2]);
    let turn = turns.begin().unwrap();
    turns.hold(turn, ("a room", 1), Timestamp(7));
    assert_eq!((turns.begin(), turns.wakes_at()), (None, Some(Timestamp(7))));
    turns.add('a', [3]);
    turns.wake(Timestamp(6));
    assert!(turns.is_waiting('a'));
    assert_eq!(turns.begin(), None);
    turns.wake(Timestamp(7));
    assert_eq!(turns.begin().unwrap().things, [1, 2, 3]);
    turns.wake(Timestamp(8));
    assert_eq!(turns.wakes_at(), None);
}

/// Of the clients that are held for one reason, one is woken at a time: first those that are fresh and ask for
/// least. A client whose turn processed nothing is woken again before the others.
#[test]
fn held_clients_are_woken_one_after_the_other() {
    let mut turns = Turns::new(9);
    "abcd".chars().for_each(|key| turns.add(key, [1; 2]));
    for asks in [1, 1, 1, 0] {
        let turn = turns.begin().unwrap();
        turns.hold(turn, ("a room", asks), Timestamp(0));
    }
    let mut now = Timestamp(0);
    let mut woken = |takes: bool| {
        turns.wake(now);
        now.0 += 1;
        let mut turn = turns.begin().unwrap();
        let key = turn.key;
        if takes {
            turn.things.pop_front();
        }
        turns.hold(turn, ("a room", 1), now);
        assert_eq!(turns.begin(), None);
        key
    };
    let keys = [true, false, true, true, true, true, false, true].map(&mut woken);
    assert_eq!(keys, ['d', 'a', 'a', 'b', 'c', 'd', 'a', 'a']);
}

#[test]
fn dropped_things_are_not_processed() {
    let mut turns = Turns::new(1);
    turns.add('a', [1, 2]);
    assert_eq!(turns.forget('a'), [1, 2]);
    assert_eq!(turns.begin(), None);
    turns.add('a', [1, 2]);
    let turn = turns.begin().unwrap();
    turns.hold(turn, ("a room", 1), Timestamp(7));
    turns.forget('a');
    turns.forget('b');
    assert_eq!((turns.begin(), turns.wakes_at()), (None, None));
    assert_eq!(turns, Turns { holds: 1, ..Turns::new(1) });
}

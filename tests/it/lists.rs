//! Lists of many users and rooms: every entry is on some page, and every reply is bounded.
//!
//! Not here: the format (`tests/transcripts/lists.chat`), and the logarithmic cost of the order (`chat::roster`).

use chinwag::chat::{Chat, ClientId, Event, Limits, Message};
use chinwag::wire::render;

use crate::support::laws::{line, messages, perform};

/// A chat with clients 1 to `count`.
fn crowd(count: u64) -> Chat {
    let mut chat = Chat::new(Limits { rooms: usize::MAX, ..Limits::default() });
    for client in 1..=count {
        perform(&mut chat, Event::connect(ClientId(client)));
    }
    chat
}

/// The reply to client 1.
fn answer(chat: &mut Chat, command: &str) -> Message {
    let answers = messages(&line(chat, ClientId(1), command));
    let [(to, message)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(to, &[ClientId(1)]);
    message.clone()
}

fn size(message: &Message) -> usize {
    let mut text = String::new();
    render(message, &mut text);
    text.len()
}

/// A name of 96 bytes, the longest permitted.
fn long_name(number: u64) -> String {
    "\u{E01}\u{E49}".repeat(15) + &format!("{number:06}")
}

/// The pages together list every user once. No page exceeds 4 KiB, even with the longest names and everyone away.
#[test]
fn every_user_is_on_one_page() {
    let mut chat = crowd(99);
    for client in 1..=99 {
        line(&mut chat, ClientId(client), &format!("/username {}", long_name(client)));
        line(&mut chat, ClientId(client), "/away");
    }
    let mut all = Vec::new();
    for page in 1..=3 {
        let list = answer(&mut chat, &format!("/list {page}"));
        assert!(size(&list) <= Limits::LIST_BYTES, "{} bytes", size(&list));
        let Message::Users { usernames, more, total: 99, total_away, .. } = list else {
            panic!("{list:?}")
        };
        assert_eq!(
            total_away,
            usernames.len(),
            "everyone is away, though not everyone is listed as away"
        );
        all.extend(usernames.iter().map(ToString::to_string));
        assert_eq!(more, 99 - all.len());
    }
    assert_eq!(all, (1..=99).map(long_name).collect::<Vec<_>>());
    assert!(size(&answer(&mut chat, "/list all")) <= Limits::LIST_BYTES);
}

/// The longest topics do not push any room off the pages.
#[test]
fn every_room_is_on_one_page() {
    let mut chat = crowd(32);
    let topic = "\u{E01}\u{E49}\u{E49} ".repeat(150);
    for client in 2..=32 {
        line(&mut chat, ClientId(client), &format!("/join {}", long_name(client)));
        line(&mut chat, ClientId(client), &format!("/topic {topic}"));
    }
    let mut all = Vec::new();
    for page in 1..=2 {
        let list = answer(&mut chat, &format!("/rooms {page}"));
        assert!(size(&list) <= Limits::LIST_BYTES, "{} bytes", size(&list));
        assert!(size(&answer(&mut chat, &format!("/list all {page}"))) <= Limits::LIST_BYTES);
        let Message::Rooms { rooms, more, .. } = list else { panic!("{list:?}") };
        all.extend(rooms.iter().map(|room| room.name.as_str().to_owned()));
        assert_eq!(more, 32 - all.len());
    }
    let expected = ["lobby".to_owned()].into_iter().chain((2..=32).map(long_name));
    assert_eq!(all, expected.collect::<Vec<_>>());
}

/// From ten clients to ten thousand, no reply exceeds one page.
#[test]
fn answers_do_not_grow_with_the_crowd() {
    for count in [10, 100, 1000, 10_000] {
        let mut chat = crowd(count);
        for client in (2..=count).step_by(2) {
            line(&mut chat, ClientId(client), &format!("/join room{client:06}"));
        }
        for command in
            ["/list", "/list 2", "/list a", "/list all", "/rooms", "/rooms 9", "/rooms r"]
        {
            let answer = answer(&mut chat, command);
            let count = match &answer {
                Message::Users { usernames, away, .. } => usernames.len() + away.len(),
                Message::Everyone { rooms, .. } => {
                    rooms.iter().map(|(_, usernames, _)| 1 + usernames.len()).sum()
                }
                Message::Rooms { rooms, .. } => rooms.len(),
                other => panic!("{other:?}"),
            };
            assert!(count <= 60 && size(&answer) <= Limits::LIST_BYTES, "{command}: {answer:?}");
        }
    }
}

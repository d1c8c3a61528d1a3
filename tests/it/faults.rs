//! Regression tests for the ten faults of the program that this one replaces.
//!
//! Not here: faults planted to test the tests (`tests/faults`, `shrinking`).

use chinwag::chat::{Chat, ClientId, Event, Limits, Message, Outbox, Refusal, Timestamp, Verb};
use chinwag::wire::{Received, Receiver, render};
#[cfg(unix)]
use chinwag_harness::streams::Streams;

use crate::support::laws::{line, messages, perform};
#[cfg(unix)]
use crate::support::tcp;

const ANN: ClientId = ClientId(1);
const BOB: ClientId = ClientId(2);

fn ann_and_bob() -> Chat {
    let mut chat = Chat::new(Limits::default());
    for (client, name) in [(ANN, "ann"), (BOB, "bob")] {
        perform(&mut chat, Event::connect(client));
        line(&mut chat, client, &format!("/username {name}"));
    }
    chat
}

fn text(outbox: &Outbox) -> String {
    let mut text = String::new();
    for (_, message) in messages(outbox) {
        render(&message, &mut text);
    }
    text
}

#[test]
fn fault_1_a_username_command_without_a_name_ends_the_server() {
    let mut chat = ann_and_bob();
    let got = messages(&line(&mut chat, ANN, "/username"));
    assert!(
        matches!(&got[..], [(to, Message::Refused { refusal: Refusal::Usage(Verb::Username), .. })]
            if *to == [ANN])
    );
    assert_eq!(text(&line(&mut chat, ANN, "still here")), "[ann]> still here\r\n");
}

#[cfg(unix)]
#[test]
fn fault_2_three_quick_connections_stop_everything() {
    let server = tcp::Server::start(&[]);
    let mut clients: Vec<_> = (0..3).map(|_| tcp::Client::connect(server.addresses[0])).collect();
    for client in &mut clients {
        client.skip_banner();
        client.skip_to(" * [anonymous2] has connected");
    }
    for client in &mut clients {
        client.ping();
    }
}

#[cfg(unix)]
#[test]
fn fault_3_messages_overtake_each_other() {
    let server = tcp::Server::start(&["--rate-limit", "off"]);
    let mut talkers = [server.join(), server.join()];
    let mut listeners = [server.join(), server.join(), server.join()];
    let mut streams = Streams::default();
    std::thread::scope(|scope| {
        for (first, talker) in (0..).step_by(500).zip(&mut talkers) {
            let from = ClientId(first);
            let tokens = first..first + 500;
            tokens.clone().for_each(|token| streams.submit(token, from, None));
            scope.spawn(move || {
                tokens.for_each(|token| talker.send(format!("line #{token}\r\n")));
            });
        }
    });
    for (number, listener) in (1000..).zip(&mut listeners) {
        let lines = std::iter::repeat_with(|| listener.line());
        let said: Vec<String> = lines.filter(|line| line.contains("]> ")).take(1000).collect();
        streams.receive_lines(ClientId(number), &said.join("\r\n"));
    }
    assert_eq!(streams.findings(), []);
}

#[cfg(unix)]
#[test]
fn fault_4_simultaneous_newcomers_have_one_name() {
    let server = tcp::Server::start(&[]);
    let names = std::thread::scope(|scope| {
        let joining: Vec<_> = (0..20).map(|_| scope.spawn(|| joined_name(&server))).collect();
        joining.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let mut names =
        names.into_iter().map(|(name, client)| (name, drop(client)).0).collect::<Vec<_>>();
    names.sort_by_key(|name| name.len());
    names[..10].sort();
    names[10..].sort();
    let expected: Vec<String> = (0..20).map(|number| format!("anonymous{number}")).collect();
    assert_eq!(names, expected);
}

/// Connects while others connect. The first line after the banner is the client's own notice.
#[cfg(unix)]
fn joined_name(server: &tcp::Server) -> (String, tcp::Client) {
    let client = server.join();
    (client.name.clone(), client)
}

#[test]
fn fault_5_a_whisper_arrives_as_a_printed_slice() {
    let mut chat = ann_and_bob();
    assert_eq!(
        text(&line(&mut chat, ANN, "@bob hi there")),
        "[ann] whispers> hi there\r\n * whispered to [bob]\r\n"
    );
}

#[test]
fn fault_6_negotiation_lands_in_the_chat() {
    let mut receiver = Receiver::new(&Limits::default(), None);
    let mut lines = Vec::new();
    let putty =
        b"\xFF\xFB\x1F\xFF\xFB\x20\xFF\xFB\x18\xFF\xFB\x27\xFF\xFD\x01\xFF\xFB\x03\xFF\xFD\x03";
    receiver.receive(Timestamp(0), &[&putty[..], b"/list\r\n"].concat(), |received| {
        if let Received::Line(line) = received {
            lines.push(line);
        }
    });
    assert_eq!(lines, ["/list".into()]);
    let mut chat = ann_and_bob();
    assert_eq!(text(&line(&mut chat, ANN, &lines[0])), "UserList:{ann, bob} Total:[2]\r\n");
}

#[cfg(unix)]
#[test]
fn fault_7_ctrl_c_in_telnet_mutes_its_user() {
    let server = tcp::Server::start(&[]);
    let mut client = server.join();
    // The bytes of Ctrl-C in inetutils telnet, which then shows nothing until the timing mark is answered.
    client.send(b"half a line\xFF\xF4\xFF\xFD\x06");
    client.expect(" * to leave, type /bye");
    client.expect_bytes(b"\xFF\xFC\x06");
    client.expect(" * to leave, type /bye");
    client.send(b"/list\r\n");
    client.expect("UserList:{anonymous0} Total:[1]");
}

#[cfg(unix)]
#[test]
fn fault_8_nothing_is_bounded_and_a_long_line_disconnects_silently() {
    let server = tcp::Server::start(&[]);
    let mut client = server.join();
    client.send(vec![b'x'; 1 << 16]);
    client.expect(" * that line is too long and was thrown away (at most 2048 bytes)");
    client.send(b"\r\n/list\r\n");
    client.expect("UserList:{anonymous0} Total:[1]");
}

#[test]
fn fault_9_anything_can_be_written_to_the_terminals_of_others() {
    let mut chat = ann_and_bob();
    for (typed, seen) in [
        ("\u{1B}[2J\u{1B}[Hgone", "gone"),
        ("\r[bob]> I never said that", "[bob]> I never said that"),
        ("\n * [bob] has disconnected", " * [bob] has disconnected"),
        ("\u{9B}31mred", "red"),
        ("\u{202E}txet", "txet"),
        ("\u{1B}]0;title\u{7}", ""),
    ] {
        let expected = if seen.is_empty() { String::new() } else { format!("[ann]> {seen}\r\n") };
        assert_eq!(text(&line(&mut chat, ANN, typed)), expected, "{typed:?}");
    }
}

#[cfg(unix)]
#[test]
fn fault_10_stopping_closes_nothing_and_line_ends_differ() {
    let server = tcp::Server::start(&[]);
    let mut clients = [server.join(), server.join()];
    let [first, second] = &mut clients;
    first.expect(" * [anonymous1] has connected");
    for (number, end) in ["\r\n", "\r\0", "\n", "\r"].iter().enumerate() {
        first.send(format!("line {number}{end}"));
    }
    first.ping();
    for number in 0..4 {
        second.expect(&format!("[anonymous0]> line {number}"));
    }
    server.signal(rustix::process::Signal::INT);
    first.expect_end(" * the server is shutting down\r\n");
    second.expect_end(" * the server is shutting down\r\n");
    drop(clients);
    assert!(server.end().0.success());
}

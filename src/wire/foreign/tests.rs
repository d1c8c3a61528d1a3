//! Tests of the openings of other protocols, and of what people type that resembles them.

use super::*;

fn hear(line: &str) -> Heard {
    Opening::default().hear(&Framed::Line(line.into()))
}

fn hear_start(start: &str) -> Heard {
    Opening::default().hear(&Framed::Overlong { start: start.into() })
}

#[test]
fn a_browser_gets_an_answer_that_it_can_show() {
    let expected = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n\
                    This is a chat server, for telnet.\r\n";
    assert_eq!(Foreign::Http.answer(), expected);
    assert_eq!(Foreign::Tls.answer(), "");
}

#[test]
fn a_request_with_an_overlong_target_is_recognised() {
    assert_eq!(hear_start("GET /aaaa"), Heard::Foreign(Foreign::Http));
    assert_eq!(hear_start("POST https://a"), Heard::Foreign(Foreign::Http));
    assert_eq!(hear_start("WELL what shall I say"), Heard::Chat);
    assert_eq!(hear_start("well /list is"), Heard::Chat);
    assert_eq!(hear_start(" /list is"), Heard::Chat);
    assert_eq!(hear_start("aaaaaaaa"), Heard::Chat);
}

#[test]
fn an_ambiguous_first_line_is_held_until_a_person_may_type() {
    assert_eq!(hear("NICK well"), Heard::Silence);
    let mut opening = Opening::default();
    opening.settle();
    for line in ["PASS me", "NICK well"] {
        assert_eq!(opening.hear(&Framed::Line(line.into())), Heard::Chat);
    }
    let user = Framed::Line("USER a 0 * :b".into());
    assert_eq!(opening.hear(&user), Heard::Foreign(Foreign::Irc));
}

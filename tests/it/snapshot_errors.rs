//! What is said of a snapshot that cannot be read or restored: what is wrong, and where.
//!
//! Not here: that none does harm (`damaged`).

use chinwag::chat::Snapshot;
use expect_test::expect_file;
use serde_json::{Value, json};

use crate::damaged::{of, value};
use crate::snapshot::story;

/// Everything that can be wrong with the snapshot of the story: where, and what is there instead.
#[expect(clippy::too_many_lines, reason = "a line for each")]
fn broken() -> Vec<(&'static str, Value)> {
    vec![
        ("/limits/invitations", json!(0)),
        ("/limits/rooms", json!(1)),
        ("/next_room", json!(u64::MAX)),
        ("/next_room", json!(1)),
        ("/next_client", json!(6)),
        ("/next_line", json!(1)),
        ("/next_anonymous", json!(1)),
        ("/rooms/0/id", json!(1)),
        ("/rooms/0/name", json!("Lobby")),
        ("/rooms/0/topic", json!({"by": 1, "text": "x"})),
        ("/rooms/0/came", json!(u64::MAX)),
        ("/rooms/0/notices_off", json!([7, 6])),
        ("/rooms/0/notices_off", json!([8])),
        ("/rooms/1/notices_off", json!([3])),
        ("/rooms/1/name", json!("lobby")),
        ("/rooms/1/name", json!("1obby")),
        ("/rooms/1/name", json!("cafe\u{301}")),
        ("/rooms/1/name", json!("x".repeat(33))),
        ("/rooms/1/topic/text", json!("\u{1B}c")),
        ("/rooms/1/topic/text", json!("x".repeat(301))),
        ("/rooms/1/private/since", json!(1000)),
        ("/rooms/1/private/regulars", json!([2, 1])),
        ("/rooms/2/name", json!("Café")),
        ("/rooms/2/id", json!(1)),
        ("/rooms/2/id", json!(9)),
        ("/clients/0/id", json!(3)),
        ("/clients/0/room", json!(9)),
        ("/clients/1/room", json!(2)),
        ("/clients/0/username", json!("admin")),
        ("/clients/0/username", json!("山a")),
        ("/clients/0/username", json!("anonymous9")),
        ("/clients/0/username", json!("ZOE")),
        ("/clients/0/username", json!("x".repeat(25))),
        ("/clients/0/entered", json!(1000)),
        ("/clients/0/away/text", json!("x".repeat(301))),
        ("/clients/0/away/told", json!([3, 3])),
        ("/clients/0/away/told", json!(Vec::from_iter(0..101))),
        ("/clients/0/partner", json!(null)),
        ("/clients/0/partner/id", json!(1)),
        ("/clients/0/partner/username", json!("anonymous9")),
        ("/clients/0/ignores", json!([1])),
        ("/clients/0/ignores", json!([7, 7])),
        ("/clients/0/ignores", json!(Vec::from_iter(100..301))),
        ("/clients/0/invited_to", json!([1])),
        ("/clients/0/invited_to", json!([0])),
        ("/clients/0/invited_to", json!([2, 2])),
        ("/clients/0/invited_to", json!([9])),
        ("/clients/3/spoke_in_private", json!(1)),
        ("/clients/0/came", json!(u64::MAX)),
        ("/accounts/0/ignores", json!([9])),
        ("/accounts/0/ignores", json!([1])),
        ("/accounts/1/ignores", json!([1])),
        ("/accounts/0/invited_to", json!([0])),
        ("/rooms/1/slow/seconds", json!(0)),
        ("/rooms/3/owner/account", json!(9)),
        ("/rooms/3/owner/username", json!("admin")),
        ("/rooms/3/owner/trusted", json!(Vec::from_iter(1..102))),
        ("/rooms/0/locked_until", json!(1)),
        ("/bans/0/origin", json!(0)),
        ("/bans/0/origin", json!(null)),
        ("/bans/0/sanction/reason", json!("x".repeat(301))),
        ("/bans/0/sanction/whom", json!({"user": "root"})),
        ("/mutes/0/account", json!(9)),
        ("/acts/0/at", json!(u64::MAX)),
        ("/acts/1/deed/slow/slow/seconds", json!(3601)),
        ("/histories/0/room", json!(7)),
        ("/histories/0/lines", json!([])),
        ("/histories/0/lines/0/age", json!(1)),
        ("/histories/0/lines/0/age", json!(4)),
        ("/histories/0/lines/0/is_private", json!(true)),
        ("/histories/0/lines/0/text", json!("x".repeat(2049))),
        ("/histories/0/lines/0/username", json!("root")),
        ("/limits/history_lines", json!(1)),
        ("/histories/0/lines/0/username", json!("x".repeat(25))),
    ]
}

/// Of each thing that can be wrong, what the error says.
#[test]
fn an_error_says_what_is_wrong_and_where() {
    let of_story = value(&story());
    let mut all = String::new();
    for (place, is) in broken() {
        let mut snapshot = of_story.clone();
        *snapshot.pointer_mut(place).expect(place) = is.clone();
        let problem = of(&snapshot).map_or_else(|problem| problem, |_| "accepted".into());
        let is: String = is.to_string().chars().take(40).collect();
        all += &format!("{place} {is}\n    {problem}\n");
    }
    expect_file!["../snapshots/errors.txt"].assert_eq(&all);
}

/// What is not a snapshot of this version is refused for the first thing that shows it.
#[test]
fn another_version_is_refused_by_name() {
    let json = String::from_utf8(story().snapshot().to_json()).unwrap();
    let mut all = String::new();
    for (from, to) in [
        ("{\"version\":2", "{\"version\":3,\"more\":1"),
        ("{\"version\":2", "{\"version\":\"2\""),
        ("{\"version\":2,", "{"),
        ("{\"version\":2,", "{\"version\":1,"),
        ("\"next_room\":", "\"more\":1,\"next_room\":"),
        ("{\"version\":2", "{\"version\":2,\"version\":2"),
        ("\"spoke_in_private\":null,", ""),
        ("{\"version\":2", "["),
        ("}]}]}", "}]}]}x"),
    ] {
        let json = json.replacen(from, to, 1);
        all += &format!("{to}\n    {}\n", Snapshot::from_json(json.as_bytes()).unwrap_err());
    }
    all += &format!("\n    {}\n", Snapshot::from_json(b"").unwrap_err());
    expect_file!["../snapshots/versions.txt"].assert_eq(&all);
}

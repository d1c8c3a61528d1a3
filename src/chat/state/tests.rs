//! Tests of what needs the machine alone.
//!
//! Not here: sessions (`tests/it`).

use super::*;

/// The limit counts characters. An invalid byte is decoded as U+FFFD, which is three bytes, so
/// a line can have more bytes decoded than received.
#[test]
fn the_line_limit_counts_characters() {
    let limits = Limits::default();
    let (ann, bob) = (ClientId(1), ClientId(2));
    for (count, is_said) in [(limits.line, true), (limits.line + 1, false)] {
        let mut chat = Chat::new(limits.clone());
        let mut outbox = Outbox::new();
        for client in [ann, bob] {
            chat.handle(Timestamp(0), Event::connect(client), &mut outbox);
        }
        outbox.clear();
        let line = "\u{FFFD}".repeat(count).into();
        chat.handle(Timestamp(0), Event::Line { client: ann, line }, &mut outbox);
        assert_eq!(outbox.for_client(bob).count(), usize::from(is_said), "{count}");
        assert_eq!(outbox.for_client(ann).count(), usize::from(!is_said), "{count}");
    }
}

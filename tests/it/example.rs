//! The example that runs the chat on threads works.
//!
//! Not here: the server of this crate.

use std::net::TcpListener;
use std::thread;

use crate::support::tcp::Client;

#[path = "../../examples/threads.rs"]
#[expect(dead_code, reason = "its main function is not called")]
mod threads;

/// Two clients talk, one whispers, one leaves.
#[test]
fn two_chat_on_threads() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || threads::serve(&listener));
    let mut ann = Client::connect(address);
    ann.skip_to(" * [anonymous0] has connected");
    let mut bob = Client::connect(address);
    bob.skip_to(" * [anonymous1] has connected");
    ann.expect(" * [anonymous1] has connected");
    ann.send("hello\r\n@anonymous1 psst\r\n");
    bob.expect("[anonymous0]> hello");
    bob.expect("[anonymous0] whispers> psst");
    ann.expect(" * whispered to [anonymous1]");
    bob.send("/bye\r\n");
    bob.expect_end("");
    ann.expect(" * [anonymous1] has disconnected");
    // Telnet commands are answered too.
    ann.send(b"\xFF\xF6");
    ann.expect(" * yes, the chat is still here");
}

//! Operators at the real program: who they are, and that what they do outlasts it.
//!
//! Not here: what they can do (`tests/transcripts/order.chat`).

use rustix::process::Signal;

use crate::support::journals::Scratch;
use crate::support::tcp::{Client, Server};

const BANNED: &str = " * you are banned by the operator [ann]: spam\r\n";

/// Someone who connects from another address than the others, and has been admitted or turned away.
fn from(host: u8, server: &Server) -> Client {
    let mut client = Client::connect_from(host, server.addresses[0]);
    client.send(b"\xFF\xF6");
    client
}

fn log_in(server: &Server) -> Client {
    let mut ann = server.join();
    ann.send("/login ann\r\nopen sesame\r\n");
    ann.skip_until(|line| line == " * you are logged in as [ann]");
    ann
}

/// The configuration names operators. A ban outlasts a restart and a crash, and what operators do is in the log.
#[test]
fn a_ban_outlasts_the_server() {
    let data = Scratch::new("moderation");
    let serve = |options: &[&str]| Server::start(&[&["--data", data.path()], options].concat());
    let server = serve(&[]);
    let mut ann = server.join_as("ann");
    ann.send("/register\r\nopen sesame\r\n");
    ann.skip_until(|line| line == " * [ann] is yours now: /login ann takes it back");
    ann.send("/kick bob\r\n");
    ann.expect(" * only operators can do that; to see nothing of someone, type /ignore NAME");
    server.signal(Signal::TERM);
    server.end();

    let mut server = serve(&["--operator", "Ann", "--operator", "nobody"]);
    server
        .log_line("no operator: nobody has registered that name; do, then start again name=nobody");
    let mut ann = log_in(&server);
    let mut bob = from(2, &server);
    bob.skip_until(|line| line == " * yes, the chat is still here");
    bob.send("/username bob\r\n");
    ann.skip_until(|line| line.ends_with(" changed username to [bob]"));
    ann.send("/ban bob spam\r\n");
    ann.expect(" * [ann] banned [bob]: spam");
    bob.skip_until(|line| line.ends_with(" changed username to [bob]"));
    bob.expect_end(BANNED);
    server.log_line("moderation act=\"[ann] banned [bob]: spam\"");
    from(2, &server).expect_end(BANNED);
    server.signal(Signal::KILL);
    server.child.wait().unwrap();

    // Who has been made an operator stays one, until that is taken back.
    let server = serve(&[]);
    from(2, &server).expect_end(BANNED);
    let mut ann = log_in(&server);
    ann.send("/bans\r\n");
    ann.skip_until(|line| line == " * [bob] is banned by [ann]: spam");
    ann.send("/unban bob\r\n");
    ann.expect(" * [ann] lifted the ban on [bob]");
    from(2, &server).skip_until(|line| line == " * yes, the chat is still here");
}

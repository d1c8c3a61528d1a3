//! The first bytes of programs of other protocols, and chat lines that look similar.
//!
//! The openings are those of OpenSSH 9.2, curl, HAProxy, irssi, FreeRDP, redis-cli, memcached-tool, Minecraft's Java
//! edition, and of the scanner nmap, as they or their specifications write them.
//!
//! Not here: chat clients (`conformance`), and what the server does with these programs (`limits`).

use chinwag::wire::{Foreign, Received};

use crate::support::traces::{conforms, line};

/// Requires that these openings mean this protocol and nothing else, in any pieces and whatever follows.
#[track_caller]
fn is(foreign: Foreign, openings: &[&[u8]]) {
    for opening in openings {
        conforms(&[(opening, vec![Received::Foreign(foreign)])]);
        let more = [opening, &b"\r\nsecret\r\n\xFF\xF6more"[..]].concat();
        conforms(&[(&more, vec![Received::Foreign(foreign)])]);
    }
}

/// Requires that these lines count as chat.
#[track_caller]
fn are_chat(lines: &[&str]) {
    for said in lines {
        conforms(&[(format!("{said}\r\n").as_bytes(), vec![line(said)])]);
        conforms(&[(said.as_bytes(), vec![line(said)])]);
    }
}

#[test]
fn requests_of_http() {
    is(
        Foreign::Http,
        &[
            b"GET / HTTP/1.1\r\nHost: localhost:6000\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
            b"POST /x?y HTTP/1.0\r\nContent-Length: 3\r\n\r\n/me",
            b"get / http/1.1\r\n\r\n",
            b"M-SEARCH * HTTP/1.1\r\n\r\n",
            b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
            b"GET http://example.org/ HTTP/1.1\r\n\r\n",
            b"\r\nGET / HTTP/1.1\r\n\r\n",
            b"\n\n\nGET / HTTP/1.1\n\n",
            b"GET / HTTP/1.1 \r\n\r\n",
            b"GET  /  HTTP/1.1\t\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
    );
    are_chat(&[
        "GET well soon",
        "GET well soon bob",
        "GET / HTTP/1.1 is a request",
        "curl speaks HTTP/1.1",
        "what is HTTP/2?",
        "GET / HTTP/",
        "HTTP/1.1",
        "try http://example.org now",
    ]);
}

#[test]
fn requests_like_http() {
    is(
        Foreign::Rtsp,
        &[
            b"OPTIONS / RTSP/1.0\r\n\r\n",
            b"DESCRIBE rtsp://example.org/a RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        ],
    );
    is(
        Foreign::Sip,
        &[
            b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/TCP nm;branch=foo\r\n",
            b"INVITE sip:a@b SIP/2.0\r\n",
        ],
    );
    are_chat(&["OPTIONS are open", "we use SIP/2.0", "note: a:b X/1.0"]);
}

#[test]
fn headers_of_proxies() {
    is(
        Foreign::Proxy,
        &[
            b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 6000\r\nhello\r\n",
            b"PROXY TCP6 2001:db8::1 2001:db8::2 56324 6000\r\n",
            b"PROXY UNKNOWN\r\n",
            b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x01\xC0\0\x02\x02\xDC\x04\x17\x70hello\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0",
        ],
    );
    are_chat(&["PROXY", "PROXY TCP4", "PROXY UNKNOWN to me", "PROXY TCP4 is one two three"]);
}

#[test]
fn clients_of_irc() {
    is(
        Foreign::Irc,
        &[
            b"CAP LS 302\r\nJOIN :\r\nNICK ian\r\nUSER ian ian localhost :Ian\r\n",
            b"CAP LS\r\n",
            b"NICK ian\r\nUSER ian 0 * :Ian Example\r\n",
            b"PASS secret\r\nNICK ian\r\nUSER ian 8 * ian\r\n",
            b"PASS secret\r\nUSER ian 0 * :Ian\r\nNICK ian\r\n",
            b"NICK ian\nCAP END\n",
            b"USER ian 0 * :Ian\r\nNICK ian\r\n",
        ],
    );
    are_chat(&[
        "USER error",
        "USER error in line 4, again",
        "PASS me the salt",
        "PASS it",
        "NICK well",
        "nick of time",
        "CAP LS or not",
    ]);
    conforms(&[
        (b"PASS it\r\n", vec![]),
        (b"NICK well\r\n", vec![]),
        (b"said I\r\n", vec![line("PASS it"), line("NICK well"), line("said I")]),
        (b"USER ian 0 * :Ian\r\n", vec![line("USER ian 0 * :Ian")]),
    ]);
}

/// A telnet command releases the lines that are held back before it.
#[test]
fn held_lines_keep_their_place() {
    use chinwag::chat::Signal;
    conforms(&[
        (b"NICK well\r\n", vec![]),
        (b"\xFF\xF6", vec![line("NICK well"), Received::Signal(Signal::AreYouThere)]),
        (b"USER ian 0 * :Ian\r\n", vec![Received::Foreign(Foreign::Irc)]),
    ]);
}

#[test]
fn probes_of_key_value_stores() {
    is(
        Foreign::Redis,
        &[
            b"*1\r\n$4\r\nPING\r\n",
            b"*2\r\n$7\r\nCOMMAND\r\n$4\r\nDOCS\r\n",
            b"*1\r\n$4\r\ninfo\r\n",
        ],
    );
    is(
        Foreign::Memcached,
        &[
            b"stats\r\n",
            b"version\r\n",
            b"set key 0 0 5\r\nhello\r\n",
            b"\x80\x0B\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"\x80\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ],
    );
    are_chat(&["*1", "*waves*", "PING", "ping", "stats?", "set it to 0 0 5", "$4"]);
    conforms(&[(b"*1\r\n", vec![]), (b"*2\r\n", vec![line("*1"), line("*2")])]);
    conforms(&[(b"\x80a va\r\n", vec![line("\u{FFFD}a va")])]);
}

#[test]
fn programs_that_greet_first() {
    is(
        Foreign::Ssh,
        &[
            b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
            b"SSH-1.5-NmapNSE_1.0\n",
            b"SSH-2.0-Go\r\n",
        ],
    );
    is(Foreign::Smtp, &[b"EHLO mail.example.org\r\n", b"EHLO\r\n", b"HELO [192.0.2.1]\r\n"]);
    is(Foreign::Mssp, &[b"MSSP-REQUEST\r\n", b"\r\nMSSP-REQUEST\r\n"]);
    are_chat(&[
        "ssh -p 22",
        "SSH-2.0-",
        "SSH-keys are lost",
        "SSH- what-is that",
        "EHLO friends",
        "HELO there",
        "HELO",
        "MSSP-REQUEST is what they send",
    ]);
}

#[test]
fn binary_openings() {
    is(Foreign::Tls, &[b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03"]);
    is(
        Foreign::Rdp,
        &[
            b"\x03\0\0\x13\x0E\xE0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",
            b"\x03\0\0\x2A\x25\xE0\0\0\0\0\0Cookie: mstshash=nmap\r\n\x01\0\x08\0\x03\0\0\0",
        ],
    );
    let pings: [&[u8]; 8] = [
        b"\x0F\0\x2F\x09localhost\x17\x70\x01\x01\0",
        b"\x10\0\xFB\x05\x09localhost\x17\x70\x01\x01\0",
        b"\x13\0\xFF\xFF\xFF\xFF\x0F\x09localhost\x17\x70\x01\x01\0",
        b"\x0D\0\x2F\x07chatter\x17\x70\x02",
        b"\x0A\0\x2F\x04chat\x17\x70\x01",
        b"\x10\0\x2F\x0Aexample.io\x17\x70\x01",
        b"\xFE\x01",
        b"\xFE\x01\xFA\0\x0B\0M\0C\0|\0P\0i\0n\0g\0H\0o\0s\0t",
    ];
    is(Foreign::Minecraft, &pings);
    // Enter as CR NUL, then a command; letters of other encodings; control keys.
    conforms(&[(b"\r\0", vec![]), (b"/list\r\0", vec![line("/list")])]);
    conforms(&[(b"\xFEa\xF0\r\n", vec![line("\u{FFFD}a\u{FFFD}")])]);
    conforms(&[(b"\x03hi\r\n", vec![line("\x03hi")])]);
    conforms(&[(b"\x16\x03", vec![Received::Foreign(Foreign::Tls)])]);
    conforms(&[(b"\x16x\x16\x03\r\n", vec![line("\x16x\x16\x03")])]);
}

#[test]
fn only_the_first_line_counts() {
    conforms(&[
        (b"hello\r\n", vec![line("hello")]),
        (b"GET / HTTP/1.1\r\n", vec![line("GET / HTTP/1.1")]),
        (b"\r\nstats\r\n", vec![line(""), line("stats")]),
    ]);
}

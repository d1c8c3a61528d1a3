//! Fairness: pairs of honest clients in rooms of their own chat while many others do as much as the limits permit.
//! Honest lines must not wait for them.
//!
//! In a usual run each attack is small and short, and the test only requires that honest lines do not wait for
//! everything that others have queued. With `CHINWAG_ATTACK_SECONDS=8`, in release and on an idle machine, it gives
//! the table in README.md: 99 of 100 honest lines must arrive within [`MUST`].
//!
//! Not here: attackers that exceed the limits (`attack`).

use std::net::TcpStream;
use std::time::Duration;
use std::{env, io};

use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::support::attackers::{Attack, Attacker, Kind, receive};
use crate::support::pairs::{PAIRS, Pair, chat};
use crate::support::tcp::{Server, allow_many_sockets, now};

/// The greatest 99th percentile of delivery times on an otherwise idle machine.
const MUST: Duration = Duration::from_millis(25);

/// The greatest median in a usual run, unoptimised and on a machine busy with other tests. If each line waited for
/// everything that others have queued, most rows would take several times as long.
const AT_MOST: Duration = Duration::from_secs(1);

/// One line of an attacker, from its number and the number of the line.
type Line = fn(usize, usize) -> Vec<u8>;

/// An attack: a row of the table.
#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    options: &'static [&'static str],
    /// The number of clients, and how many of them send lines.
    clients: usize,
    active: usize,
    /// The first line of each client.
    first: fn(usize) -> String,
    /// Then each sends 20 of these at once, and 2 each second.
    line: Line,
    /// How the attackers treat their connections.
    manner: Manner,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Reads,
    NeverReads,
    /// Sends as fast as it can.
    Floods,
    /// Disconnects after its line, and reconnects.
    Leaves,
}

const fn row(name: &'static str, clients: usize, line: Line) -> Row {
    let first = |_| String::new();
    Row { name, options: &[], clients, active: clients, first, line, manner: Manner::Reads }
}

fn text(line: impl AsRef<str>) -> Vec<u8> {
    format!("{}\r\n", line.as_ref()).into_bytes()
}

const ROWS: &[Row] = &[
    row("none", 1, |_, _| Vec::new()),
    Row {
        active: 1000,
        ..row("5,000 in the lobby, 1,000 say `/list`", 5000, |_, _| text("/list"))
    },
    Row {
        active: 1000,
        first: |number| format!("/join r{number}"),
        ..row("5,000 rooms, 1,000 say `/rooms` and `/list all`", 5000, |number, _| {
            text(["/rooms", "/list all"][number % 2])
        })
    },
    row("800 say `/whois` and 666 times U+FDFA", 800, |_, _| {
        text(format!("/whois {}", "\u{FDFA}".repeat(666)))
    }),
    Row {
        first: |number| format!("/join r{number}"),
        ..row("5,000 rooms, in each someone says 2 KiB: histories are full", 5000, |_, _| {
            text("x".repeat(2000))
        })
    },
    Row {
        first: |_| "/join large\r\n/notices off".to_owned(),
        ..row("5,000 who are quiet leave a room and join it", 5000, |_, count| {
            text(["/leave", "/join large"][count % 2])
        })
    },
    Row {
        first: |_| (0..15).map(|number| format!("/ignore anonymous{number}\r\n")).collect(),
        manner: Manner::Leaves,
        ..row("2,000 who ignore the same disconnect, and come back", 2000, |_, _| text("/bye"))
    },
    row("5,000 change their names in one room", 5000, |number, count| {
        text(format!("/username u{number}x{count}"))
    }),
    Row {
        options: &["--rate-limit", "off"],
        manner: Manner::Floods,
        ..row("400 send line ends as fast as they can, `--rate-limit off`", 400, |_, _| {
            vec![b'\n'; 64 * 1024]
        })
    },
    row("2,000 talk in one room", 2000, |_, count| text(format!("hello there {count}"))),
    row("1,000 say lines of 2 KiB in one room", 1000, |_, _| text("x".repeat(2040))),
    row("1,000 ask for all of a full history", 1000, |_, count| match count {
        0..5 => text("x".repeat(300)),
        _ => text("/history 200"),
    }),
    Row {
        first: |number| format!("/wrap {}", 20 + number % 481),
        ..row("900 with terminals of 481 widths talk in one room", 900, |_, _| {
            text("it is all so very wide ".repeat(80))
        })
    },
    row("1,000 say letters with hundreds of marks, and take them back", 1000, |_, count| {
        let marks = format!("e{}", "\u{301}".repeat(400));
        if count % 2 == 0 { text(marks) } else { text(format!("{marks}{}", "\x08".repeat(1000))) }
    }),
    row("1,000 ask whether anyone is there, and report widths", 1000, |_, count| {
        let width = u8::try_from(20 + count % 200).unwrap();
        let asks = [0xFF, 0xF6, 0xFF, 0xFB, 31, 0xFF, 0xFA, 31, 0, width, 0, 24, 0xFF, 0xF0];
        asks.repeat(100)
    }),
    Row {
        options: &["--password-tries", "off"],
        first: |number| format!("/username u{number}"),
        ..row("800 register and try passwords, `--password-tries off`", 800, |_, count| {
            text(["/register", "a password", "/login u0", "another one"][count % 4])
        })
    },
    row("1,000 mistype commands of 2 KiB", 1000, |_, _| text(format!("/{}", "whoos".repeat(400)))),
    Row {
        active: 1000,
        ..row("1,000 whisper 2 KiB to the same one", 1001, |_, _| {
            text(format!("@anonymous0 {}", "x".repeat(2000)))
        })
    },
    Row {
        first: |number| format!("/join r{number}\r\n/private"),
        ..row("1,000 invite each other", 1000, |number, count| {
            text(format!("/invite anonymous{}", 20 + (number + count) % 1000))
        })
    },
    Row {
        options: &["--memory", "16777216"],
        active: 1000,
        manner: Manner::NeverReads,
        ..row("1,000 of 2,000 ask for long answers, and nobody reads", 2000, |_, _| {
            text("/history 200")
        })
    },
    row("1,000 change a topic of 300 columns", 1000, |_, count| {
        text(format!("/topic {}{count}", "long ".repeat(59)))
    }),
    row("2,000 want names that look like those of others", 2000, |number, _| {
        let names = ["anonymоus1", "аnonymous2", "anonym0us3", "a.nonymous4", "ANONYMOUS5"];
        text(format!("/username {}", names[number % names.len()]))
    }),
    Row {
        manner: Manner::Leaves,
        ..row("1,000 connect, speak and disconnect", 1000, |_, _| text("hello, and good bye"))
    },
];

#[test]
fn honest_lines_do_not_wait_for_others() {
    let seconds: Option<u32> =
        env::var("CHINWAG_ATTACK_SECONDS").ok().map(|text| text.parse().unwrap());
    let only = env::var("CHINWAG_ATTACK").unwrap_or_default();
    allow_many_sockets(16_384);
    let mut slow = Vec::new();
    println!("| attack | half of the lines within, ms | 99 of 100 |\n| --- | ---: | ---: |");
    for row in ROWS.iter().filter(|row| row.name.contains(&only)) {
        let is_whole = seconds.is_some();
        let mut delays = run(row, is_whole, seconds.unwrap_or(1));
        delays.sort_unstable();
        let [half, most] = [50, 99].map(|part| delays[(delays.len() - 1) * part / 100]);
        let in_ms = |delay: Duration| delay.as_secs_f64() * 1000.0;
        println!("| {} | {:.1} | {:.1} |", row.name, in_ms(half), in_ms(most));
        let is_slow = if is_whole { most > MUST } else { half > AT_MOST };
        slow.extend(is_slow.then_some(row.name));
    }
    assert_eq!(slow, Vec::<&str>::new(), "honest lines wait for others in these rows");
}

/// The delivery times of honest lines during an attack.
fn run(row: &Row, is_whole: bool, seconds: u32) -> Vec<Duration> {
    let scale = if is_whole { 1 } else { 20 };
    let row =
        Row { clients: row.clients.div_ceil(scale), active: row.active.div_ceil(scale), ..*row };
    let clients = (row.clients + 2 * PAIRS + 100).to_string();
    let mut options = vec!["--threads", "1", "--max-clients", &clients];
    options.extend(row.options);
    let server = Server::start(&options);
    let mut pairs: Vec<Pair> = (0..PAIRS).map(|number| Pair::join(&server, number)).collect();
    // Time for all of them to connect.
    let start = now() + Duration::from_millis(if is_whole { 5000 } else { 300 });
    let act =
        move |attacker: &mut Attacker, socket: &mut TcpStream| row.act(attacker, socket, start);
    let kind = Kind { name: row.name, attackers: row.clients, act: Box::new(act) };
    let mut attack = Attack::start(server.addresses[0], [kind]);
    let delays = chat(&mut pairs, start, seconds);
    attack.stop();
    let connections: usize = attack.end().iter().map(|tally| tally.connections).sum();
    assert!(connections >= row.clients, "only {connections} of {} connected", row.clients);
    delays
}

impl Row {
    /// One turn of an attacker.
    fn act(
        &self,
        attacker: &mut Attacker,
        socket: &mut TcpStream,
        start: Duration,
    ) -> io::Result<Option<Duration>> {
        const TURN: Duration = Duration::from_millis(100);
        const TURNS_A_LINE: usize = 5;
        let number = attacker.number;
        if self.manner == Manner::NeverReads {
            if attacker.turn == 0 {
                set_socket_recv_buffer_size(&*socket, 4096)?;
            }
        } else {
            receive(socket, |_| {})?;
        }
        if attacker.turn == 0 {
            attacker.send(socket, &text((self.first)(number)))?;
            return Ok(Some(start.saturating_sub(now())));
        }
        if number > self.active {
            return Ok(Some(TURN));
        }
        match (self.manner, attacker.turn) {
            (Manner::Floods, _) => {
                attacker.send(socket, &(self.line)(number, 0))?;
                return Ok(Some(Duration::from_millis(1)));
            }
            (Manner::Leaves, 1) => attacker.send(socket, &(self.line)(number, 0))?,
            (Manner::Leaves, _) => return Ok(None),
            (_, 1) => {
                let burst: Vec<u8> = (0..20).flat_map(|count| (self.line)(number, count)).collect();
                attacker.send(socket, &burst)?;
            }
            (_, turn) if turn % TURNS_A_LINE == 0 => {
                attacker.send(socket, &(self.line)(number, 19 + turn / TURNS_A_LINE))?;
            }
            _ => {}
        }
        Ok(Some(TURN))
    }
}

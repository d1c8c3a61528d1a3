//! What chinwag does for a line without the kernel's part: the machine, the renderer, and the whole server on
//! streams that take everything at once; for 1 to 100,000 recipients. One must cost the same
//! however many there are.
//!
//! `cargo bench --bench core` prints nanoseconds, and, where valgrind is installed, instructions: those repeat,
//! so that a change can be judged by them on a busy machine.
//!
//! Not here: sockets, and the servers that it is compared with (`fanout`).

#![expect(clippy::disallowed_types, reason = "it measures time")]

use std::future::{Future, pending};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, hint};

use async_channel::{Receiver, Sender};
use chinwag::chat::{self, Answer, Ask, Chat, ClientId, Event, Origin, Outbox, Output, Timestamp};
use chinwag::server::{self, Limits, World};
use chinwag::wire::render;
use smol::{Executor, future};

const RECIPIENTS: [usize; 6] = [1, 10, 100, 1000, 10_000, 100_000];
/// What is said, without its end.
const LINE: &str = "so many words that they make a line of sixty-four bytes, or so.";
/// How many lines come with one read.
const BURST: usize = 64;
/// How often the same is done; the median counts.
const ROUNDS: usize = 5;

/// Something that is measured.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Machine,
    Renderer,
    Server,
}

impl Part {
    const ALL: [(&str, Self); 3] =
        [("machine", Self::Machine), ("renderer", Self::Renderer), ("server", Self::Server)];

    /// Has someone say so many bursts to so many others, as often as there are rounds; returns how long
    /// each round took.
    fn run(self, recipients: usize, bursts: usize, rounds: usize) -> Vec<Duration> {
        match self {
            Self::Machine => machine(recipients, bursts, rounds),
            Self::Renderer => renderer(bursts, rounds),
            Self::Server => serve(recipients, bursts, rounds),
        }
    }
}

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [part, recipients, bursts] = &words[..] {
        let part = Part::ALL.iter().find(|(name, _)| name == part).expect("a part").1;
        part.run(recipients.parse().expect("a number"), bursts.parse().expect("a number"), 1);
        return;
    }
    println!("| recipients | | ns a line | ns a recipient | instructions a line | a recipient |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: |");
    for recipients in RECIPIENTS {
        for (name, part) in Part::ALL {
            if part == Part::Renderer && recipients > 1 {
                continue;
            }
            let bursts = (100_000 / recipients).clamp(1, 1000);
            let mut times = part.run(recipients, bursts, ROUNDS);
            times.sort_unstable();
            let time = times[ROUNDS / 2].as_secs_f64() * 1e9 / (bursts * BURST) as f64;
            let each = recipients as f64;
            print!("| {recipients} | {name} | {time:.0} | {:.1} |", time / each);
            match instructions(name, recipients) {
                Some(count) => println!(" {count:.0} | {:.1} |", count / each),
                None => println!(" | |"),
            }
        }
    }
}

/// How many instructions a line takes: what so many lines more take more.
fn instructions(part: &str, recipients: usize) -> Option<f64> {
    if recipients > 1000 {
        // Valgrind would take minutes to let them come in.
        return None;
    }
    let count = |bursts: usize| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        valgrind.arg(env::current_exe().ok()?).arg(part);
        let output = valgrind.args([recipients.to_string(), bursts.to_string()]);
        let output = output.stdin(Stdio::null()).output().ok()?;
        let says = String::from_utf8_lossy(&output.stderr).into_owned();
        let counted = says.lines().find_map(|line| line.split("Collected : ").nth(1));
        counted?.trim().parse::<f64>().ok()
    };
    // By then the history of the room is full, and what it forgets makes room for what comes.
    let (few, many) = (20, 40);
    Some((count(many)? - count(few)?) / ((many - few) * BURST) as f64)
}

fn machine(recipients: usize, bursts: usize, rounds: usize) -> Vec<Duration> {
    let mut chat = Chat::new(chat::Limits::default());
    let mut outbox = Outbox::new();
    for number in 0..=recipients as u64 {
        chat.handle(Timestamp(0), Event::connect(ClientId(number)), &mut outbox);
        outbox.clear();
    }
    let mut round = || {
        let start = Instant::now();
        for _ in 0..bursts * BURST {
            let event = Event::Line { client: ClientId(0), line: LINE.into() };
            chat.handle(Timestamp(0), event, &mut outbox);
            hint::black_box(&outbox);
            outbox.clear();
        }
        start.elapsed()
    };
    (0..rounds).map(|_| round()).collect()
}

fn renderer(bursts: usize, rounds: usize) -> Vec<Duration> {
    let mut chat = Chat::new(chat::Limits::default());
    let mut outbox = Outbox::new();
    for client in [ClientId(0), ClientId(1)] {
        chat.handle(Timestamp(0), Event::connect(client), &mut outbox);
    }
    outbox.clear();
    let event = Event::Line { client: ClientId(0), line: LINE.into() };
    chat.handle(Timestamp(0), event, &mut outbox);
    let Some(Output::Deliver { message, .. }) = outbox.iter().next() else {
        panic!("the other is told");
    };
    let mut text = String::new();
    let mut round = || {
        let start = Instant::now();
        for _ in 0..bursts * BURST {
            text.clear();
            render(hint::black_box(message), &mut text);
        }
        start.elapsed()
    };
    (0..rounds).map(|_| round()).collect()
}

/// A world in which all clients are there from the beginning, and take everything at once.
#[derive(Clone)]
struct Memory {
    executor: Arc<Executor<'static>>,
    /// How many bytes they have taken.
    taken: Arc<AtomicUsize>,
}

struct Client {
    taken: Arc<AtomicUsize>,
    /// What it says, if it ever says anything.
    says: Option<Receiver<Vec<u8>>>,
    next: Mutex<Vec<u8>>,
}

struct Clients {
    first: Mutex<Option<Receiver<Vec<u8>>>>,
    left: AtomicUsize,
    taken: Arc<AtomicUsize>,
}

impl World for Memory {
    type Stream = Client;
    type Acceptor = Clients;

    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn origin(&self, _: IpAddr) -> Origin {
        Origin::default()
    }

    async fn sleep(&self, _: Duration) {
        future::yield_now().await;
    }

    async fn answer(&self, _: Ask, _: Arc<str>) -> Answer {
        Answer::Wrong
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.executor.spawn(task).detach();
    }
}

impl server::Acceptor for Clients {
    type Stream = Client;

    async fn accept(&self) -> io::Result<(Client, SocketAddr)> {
        if self.left.load(Ordering::Relaxed) == 0 {
            pending::<()>().await;
        }
        self.left.fetch_sub(1, Ordering::Relaxed);
        let says = self.first.lock().expect("no panic").take();
        let client = Client { taken: Arc::clone(&self.taken), says, next: Mutex::default() };
        Ok((client, SocketAddr::from(([127, 0, 0, 1], 1))))
    }

    fn refuse(&self, _: &io::Error, _: usize, _: &[u8]) -> usize {
        0
    }
}

impl server::Stream for Client {
    async fn readable(&self) -> io::Result<()> {
        match &self.says {
            Some(says) => {
                let bytes = says.recv().await.map_err(io::Error::other)?;
                *self.next.lock().expect("no panic") = bytes;
                Ok(())
            }
            None => pending().await,
        }
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = core::mem::take(&mut *self.next.lock().expect("no panic"));
        buffer[..bytes.len()].copy_from_slice(&bytes);
        if bytes.is_empty() { Err(ErrorKind::WouldBlock.into()) } else { Ok(bytes.len()) }
    }

    async fn writable(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.taken.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn finish(&self) {}

    fn reset(&self) {}

    fn abandon(&self) {}

    fn has_ended(&self) -> bool {
        false
    }

    fn is_broken(&self) -> bool {
        false
    }
}

/// The whole server, with one client that speaks.
fn serve(recipients: usize, bursts: usize, rounds: usize) -> Vec<Duration> {
    let world = Memory { executor: Arc::default(), taken: Arc::default() };
    let (speak, says) = async_channel::unbounded();
    let clients = recipients + 1;
    let acceptor = Clients {
        first: Mutex::new(Some(says)),
        left: AtomicUsize::new(clients),
        taken: Arc::clone(&world.taken),
    };
    let limits = Limits { clients, rate: None, ..Limits::default() };
    let arrived = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&arrived);
    let journal = move |_, event: &Event| {
        if matches!(event, Event::Connect { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    };
    // Kept, because without it the server would stop.
    let (_orders, to_obey) = async_channel::unbounded();
    let serve = server::serve(world.clone(), vec![acceptor], limits, journal, None, to_obey);
    world.executor.spawn(serve).detach();
    let talk = async {
        // In the batch in which the last one comes, all are told of it.
        while arrived.load(Ordering::Relaxed) < clients {
            future::yield_now().await;
        }
        let mut times = Vec::new();
        for _ in 0..rounds {
            times.push(talk(&world.taken, &speak, recipients, bursts).await);
        }
        times
    };
    future::block_on(world.executor.run(talk))
}

/// Says so many bursts, each when all have heard the one before.
async fn talk(
    taken: &AtomicUsize,
    speak: &Sender<Vec<u8>>,
    recipients: usize,
    bursts: usize,
) -> Duration {
    let burst = format!("{LINE}\n").repeat(BURST);
    let due = format!("[anonymous0]> {LINE}\r\n").len() * recipients * BURST;
    let start = Instant::now();
    for _ in 0..bursts {
        let before = taken.load(Ordering::Relaxed);
        speak.send(burst.clone().into_bytes()).await.expect("it listens");
        while taken.load(Ordering::Relaxed) < before + due {
            future::yield_now().await;
        }
    }
    start.elapsed()
}

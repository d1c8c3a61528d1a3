//! The servers that are measured, as processes of their own.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::{floor, naive};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Floor,
    Naive,
    Chinwag,
    /// Chinwag on two threads; the others have one.
    Threads2,
    /// Chinwag that keeps everything in a data directory.
    Data,
    /// The same, with each event on the disk itself.
    Sync,
    /// Another build of chinwag.
    Other,
}

/// The program of the other build, if there is one.
pub(crate) static OTHER: OnceLock<String> = OnceLock::new();

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Floor,
        Self::Naive,
        Self::Chinwag,
        Self::Threads2,
        Self::Data,
        Self::Sync,
        Self::Other,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Naive => "naive",
            Self::Chinwag => "chinwag",
            Self::Threads2 => "chinwag on 2 threads",
            Self::Data => "chinwag with --data",
            Self::Sync => "chinwag with --sync",
            Self::Other => "another chinwag",
        }
    }

    /// Whether everyone is told of a newcomer, as opposed to the newcomer alone.
    pub(crate) fn announces(self) -> bool {
        self != Self::Floor
    }

    fn threads(self) -> usize {
        if self == Self::Threads2 { 2 } else { 1 }
    }
}

/// Where data is kept.
const DATA: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/fanout.data");

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server on cores of its own, as far as there are enough.
    pub(crate) fn start(kind: Kind) -> Self {
        let mut command = match kind {
            Kind::Chinwag | Kind::Threads2 | Kind::Data | Kind::Sync | Kind::Other => {
                let other = OTHER.get().filter(|_| kind == Kind::Other);
                let program = other.map_or(env!("CARGO_BIN_EXE_chinwag"), String::as_str);
                let mut command = Command::new(program);
                command.args([
                    "--listen",
                    "127.0.0.1:0",
                    "--rate-limit",
                    "off",
                    "--told-rate",
                    "off",
                ]);
                // As the naive server does.
                command.args(["--announce-below", &usize::MAX.to_string(), "--wrap", "off"]);
                command.args(["--threads", &kind.threads().to_string()]);
                if matches!(kind, Kind::Data | Kind::Sync) {
                    let _ = fs::remove_dir_all(DATA);
                    command.args(["--data", DATA]);
                }
                if kind == Kind::Sync {
                    command.arg("--sync");
                }
                command
            }
            Kind::Floor | Kind::Naive => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.args(["--serve", kind.name()]);
                command
            }
        };
        let [load, servers] = cores(kind.threads());
        // It inherits where it may run.
        sched_setaffinity(None, &servers).expect("these cores are there");
        let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
        sched_setaffinity(None, &load).expect("this core is there");
        let mut child = child.expect("it can be started");
        let mut log = BufReader::new(child.stderr.take().expect("is piped"));
        let mut says = String::new();
        log.read_line(&mut says).expect("it says where it listens");
        let address = says.trim_end().rsplit(' ').next().and_then(|word| word.parse().ok());
        let address = address.unwrap_or_else(|| panic!("not an address: {says:?}"));
        // Otherwise it would have to wait for its log to be read.
        thread::spawn(move || io::copy(&mut log, &mut io::sink()));
        Self { child, address }
    }

    /// What it has used of the cores so far, system calls included, in nanoseconds.
    pub(crate) fn cpu(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let spent = tasks.map(|task| {
            let path = task.expect("is listed").path().join("schedstat");
            let stat = fs::read_to_string(path).expect("the kernel keeps statistics");
            let spent = stat.split(' ').next().and_then(|spent| spent.parse::<u64>().ok());
            spent.expect("a number")
        });
        spent.sum()
    }

    /// How many bytes it has resident.
    pub(crate) fn resident(&self) -> u64 {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let sums = fs::read_to_string(path).expect("it runs");
        let line = sums.lines().find_map(|line| line.strip_prefix("Rss:")?.strip_suffix("kB"));
        line.and_then(|line| line.trim().parse::<u64>().ok()).expect("is among them") * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is one of the baselines; never returns, but by an error.
pub(crate) fn serve(name: &str) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    rustix::net::listen(&listener, 4096)?;
    eprintln!("{name} listens on {}", listener.local_addr()?);
    if name == Kind::Floor.name() { floor::serve(listener) } else { naive::serve(listener) }
}

/// Where the load runs, and a server of so many threads: on other cores, if there are any.
fn cores(threads: usize) -> [CpuSet; 2] {
    use std::sync::LazyLock;
    static ALL: LazyLock<CpuSet> =
        LazyLock::new(|| sched_getaffinity(None::<Pid>).expect("the kernel says"));
    let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| ALL.is_set(*core)).collect();
    let (last, others) = all.split_last().expect("there is one at least");
    let servers = if others.len() < threads { &all } else { &others[..threads] };
    let set = |cores: &[usize]| {
        let mut set = CpuSet::new();
        cores.iter().for_each(|core| set.set(*core));
        set
    };
    [set(&[*last]), set(servers)]
}

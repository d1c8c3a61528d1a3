//! The real program, and clients over TCP: servers on free ports, driven line by line. Tests always wait for what is
//! due and never sleep.
//!
//! Not here: the tests.

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use chinwag::wire::Foreign;
use chinwag_harness::client_record::without_telnet;
use chinwag_harness::terminal::{judge, judge_later, whole_lines};
use rustix::net::{SendFlags, send};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

/// The first line that an admitted client is sent.
pub(crate) const GREETING: &str =
    "just type stuff and press enter      goes to everyone else in the room";

/// The time after which anything due counts as missing, and the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The time since the first call.
#[expect(clippy::disallowed_types, reason = "measures how long lines are on their way")]
pub(crate) fn now() -> Duration {
    static START: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    /// The process that was started.
    pub(crate) child: Child,
    /// The process that serves: that one, or a successor.
    pub(crate) process: Pid,
    /// Its standard error.
    log: BufReader<ChildStderr>,
    /// The addresses it listens on.
    pub(crate) addresses: Vec<SocketAddr>,
}

impl Server {
    /// Starts a server on a free loopback port.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_on(&["127.0.0.1:0"], options)
    }

    /// Starts a server on these addresses.
    pub(crate) fn start_on(listen: &[&str], options: &[&str]) -> Self {
        Self::launch(program(), listen, options)
    }

    /// Starts a server under a limit of the shell's `ulimit`.
    pub(crate) fn start_limited(limit: &str, options: &[&str]) -> Self {
        Self::launch(program_limited(limit), &["127.0.0.1:0"], options)
    }

    pub(crate) fn launch(mut command: Command, listen: &[&str], options: &[&str]) -> Self {
        for address in listen {
            command.args(["--listen", address]);
        }
        // Tests read unwrapped lines.
        if !options.contains(&"--wrap") {
            command.args(["--wrap", "off"]);
        }
        let mut child =
            command.args(options).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let process = Pid::from_child(&child);
        let mut server = Self { process, child, log, addresses: Vec::new() };
        for _ in listen {
            let start = format!("chinwag {} listens on ", env!("CARGO_PKG_VERSION"));
            let says = server.log_line(&start);
            let address: SocketAddr = says.strip_prefix(&start).unwrap().parse().unwrap();
            let how = format!("connect with: telnet {} {}", address.ip(), address.port());
            assert_eq!(read_line(&mut server.log), how);
            server.addresses.push(address);
        }
        server
    }

    /// Waits until a successor has taken over.
    pub(crate) fn wait_for_successor(&mut self) {
        let line = self.log_line(" has taken over");
        let process = line.strip_prefix("chinwag: process ").and_then(|rest| rest.split_once(' '));
        let (process, _) = process.unwrap_or_else(|| panic!("no process in {line:?}"));
        self.process = Pid::from_raw(process.parse().unwrap()).unwrap();
    }

    /// Connects a client, and waits until it is greeted.
    pub(crate) fn join(&self) -> Client {
        let mut client = Client::connect(self.addresses[0]);
        client.skip_banner();
        let joined = client.line();
        let name =
            joined.strip_prefix(" * [").and_then(|rest| rest.strip_suffix("] has connected"));
        client.name = name.unwrap_or_else(|| panic!("not a join notice: {joined:?}")).to_owned();
        client
    }

    /// Connects a client, and gives it a name.
    pub(crate) fn join_as(&self, name: &str) -> Client {
        let mut client = self.join();
        client.send(format!("/username {name}\r\n"));
        client.expect(&format!(" * {} changed username to [{name}]", client.name));
        client.name = name.to_owned();
        client
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.process, signal).unwrap();
    }

    /// The greatest resident memory so far in bytes; none if the system does not report it.
    pub(crate) fn peak_memory(&self) -> Option<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        Some(peak?.trim().parse::<usize>().unwrap() * 1024)
    }

    /// Waits until the server ends; returns the status of the process that was started, and the rest of the log.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let (ended, wait) = channel();
        let pid = self.process;
        let watchdog = thread::spawn(move || {
            let is_stuck = wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
            if is_stuck {
                kill_process(pid, Signal::KILL).unwrap();
            }
            is_stuck
        });
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        let status = self.child.wait().unwrap();
        drop::<Sender<()>>(ended);
        assert!(!watchdog.join().unwrap(), "the server did not stop: {log}");
        (status, log)
    }

    /// The next line of the log that contains `text`.
    pub(crate) fn log_line(&mut self, text: &str) -> String {
        loop {
            let line = read_line(&mut self.log);
            if line.contains(text) {
                return line;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = kill_process(self.process, Signal::KILL);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Raises the limit on descriptors of this process and the servers it starts, as far as the system permits. Some
/// systems permit 256 by default.
pub(crate) fn allow_many_sockets(enough: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let enough = maximum.map_or(enough, |maximum| maximum.min(enough));
    if current.is_some_and(|current| current < enough) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(enough), maximum }).unwrap();
    }
}

/// The program, not yet started.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_chinwag"))
}

/// The program under a limit of the shell's `ulimit`, not yet started.
pub(crate) fn program_limited(limit: &str) -> Command {
    let mut shell = Command::new("sh");
    let script = format!("ulimit {limit}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(program().get_program());
    shell
}

fn read_line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    assert!(line.ends_with('\n'), "an unended line: {line:?}");
    line.trim_end_matches(['\r', '\n']).to_owned()
}

/// A client.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    /// The name that it has, as far as it knows.
    pub(crate) name: String,
}

impl Client {
    /// Connects without reading anything.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).unwrap())
    }

    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::new(stream), name: String::new() }
    }

    /// The same from an address of this host: 127.0.0.1 and this more.
    pub(crate) fn connect_from(host: u8, address: SocketAddr) -> Self {
        use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        let own = SocketAddr::from(([127, 0, 0, host.saturating_add(1)], 0));
        bind(&socket, &own).unwrap();
        connect(&socket, &address).unwrap();
        Self::new(TcpStream::from(socket))
    }

    /// The socket.
    pub(crate) fn socket(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    /// The socket, with the input that has been buffered.
    pub(crate) fn into_stream(self) -> BufReader<TcpStream> {
        self.stream
    }

    /// Sends bytes.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).unwrap();
    }

    /// Sends bytes; fails if the connection has ended.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())
    }

    /// Sends bytes, the last of them as urgent data.
    pub(crate) fn send_urgent(&mut self, bytes: &[u8]) {
        assert_eq!(send(self.socket(), bytes, SendFlags::OOB), Ok(bytes.len()));
    }

    /// Closes the sending side.
    pub(crate) fn finish(&mut self) {
        self.socket().shutdown(Shutdown::Write).unwrap();
    }

    /// Resets the connection.
    pub(crate) fn reset(self) {
        rustix::net::sockopt::set_socket_linger(self.socket(), Some(Duration::ZERO)).unwrap();
    }

    /// The next line without its end, which must be CR LF, and without telnet commands. The line must be harmless for a
    /// terminal.
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        let line = String::from_utf8(without_telnet(&line)).unwrap();
        assert_eq!(judge_later(line.as_bytes()), Ok(()), "what {} received", self.name);
        line.strip_suffix("\r\n").unwrap_or_else(|| panic!("not a line: {line:?}")).to_owned()
    }

    /// Requires that the next line is this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), line, "what {} received", self.name);
    }

    /// Requires that the next bytes are these.
    #[track_caller]
    pub(crate) fn expect_bytes(&mut self, expected: &[u8]) {
        let mut bytes = vec![0; expected.len()];
        self.stream.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, expected);
    }

    /// Skips lines up to this one.
    pub(crate) fn skip_to(&mut self, line: &str) {
        self.skip_until(|other| other == line);
    }

    /// Skips lines up to one that satisfies `is_it`.
    pub(crate) fn skip_until(&mut self, is_it: impl Fn(&str) -> bool) {
        while !is_it(&self.line()) {}
    }

    /// Reads the banner, up to the list of users present.
    pub(crate) fn skip_banner(&mut self) {
        self.skip_until(|line| {
            line.starts_with(" * in [lobby] with you: ") || line == " * nobody else is in [lobby]"
        });
    }

    /// Sends an Are You There and waits for the answer. Everything sent before has been handled then.
    #[track_caller]
    pub(crate) fn ping(&mut self) {
        self.send(b"\xFF\xF6");
        self.expect(" * yes, the chat is still here");
    }

    /// Everything received until the server closes the connection, and whether it closed it cleanly. Except for
    /// answers to other protocols, it must be harmless for a terminal.
    pub(crate) fn rest(&mut self) -> (String, bool) {
        let mut rest = Vec::new();
        let outcome = self.stream.read_to_end(&mut rest);
        if let Err(error) = &outcome {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        }
        let answers = [Foreign::Http, Foreign::Irc].map(|foreign| foreign.answer().as_bytes());
        let shown = answers.iter().find_map(|answer| rest.strip_suffix(*answer)).unwrap_or(&rest);
        // A broken connection may end within a line.
        let whole = if outcome.is_ok() { shown } else { whole_lines(shown) };
        assert_eq!(judge(whole), Ok(()), "what {} received last", self.name);
        (String::from_utf8(rest).unwrap(), outcome.is_ok())
    }

    /// Requires that exactly this follows, and then a clean end.
    #[track_caller]
    pub(crate) fn expect_end(&mut self, rest: &str) {
        assert_eq!(self.rest(), (rest.to_owned(), true), "what {} received last", self.name);
    }
}

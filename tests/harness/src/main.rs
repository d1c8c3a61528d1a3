//! The command line of the harness: `soak` checks generated sessions for a given time, `alike` counts
//! look-alike names that pass, `traces` writes sessions down for `tests/spec`.
//!
//! Not here: the checks and counts (`chinwag_harness::soak`, `chinwag_harness::alike`).

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, panic};

use chinwag_harness::soak::Soak;
use chinwag_harness::{Run, alike, traces};

const USAGE: &str = "\
usage: chinwag-harness soak [--seconds N] [--seed S]
       chinwag-harness alike
       chinwag-harness traces [--sessions N] [--seed S]

soak: checks generated sessions for N seconds (default 60), starting with the session of seed S (default: the time)
and reports the counts every ten seconds. At the first session that fails, it prints the shortest session that
fails and exits with status 1.

alike: makes variants of names that look like them, and counts how many can be used beside the original, for each
way of making them.

traces: prints N generated sessions (default 60) of seed S (default 1) as a Quint module; on standard error, what clients
were sent in them. .ci/spec compares them with the specification in tests/spec.";

/// The seed of the session in progress.
static SEED: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments == ["alike"] {
        for (way, make) in alike::WAYS {
            println!("{way}: {}", alike::count(&alike::NAMES, make));
        }
        return ExitCode::SUCCESS;
    }
    if let Some((seconds, seed)) = parse(&arguments, "soak", "--seconds") {
        return soak(seconds, seed.unwrap_or(now().as_secs()));
    }
    if let Some((sessions, seed)) = parse(&arguments, "traces", "--sessions") {
        let traces = traces::generate(sessions, seed.unwrap_or(1));
        print!("{}", traces.module);
        eprintln!("{:?}", traces.counts);
        return ExitCode::SUCCESS;
    }
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

/// How many (default 60) and the seed, if these are arguments of this command.
fn parse(arguments: &[String], command: &str, amount: &str) -> Option<(u32, Option<u64>)> {
    let (first, options) = arguments.split_first()?;
    let (options, rest) = options.as_chunks::<2>();
    let (mut count, mut seed) = (60, None);
    for [name, value] in options {
        match name.as_str() {
            "--seed" => seed = Some(value.parse().ok()?),
            name if name == amount => count = value.parse().ok()?,
            _ => return None,
        }
    }
    (first == command && rest.is_empty()).then_some((count, seed))
}

fn soak(seconds: u32, seed: u64) -> ExitCode {
    println!("from --seed {seed}");
    // In a release build a panic aborts, so this prints the seed. In other builds the panic is caught, and the
    // session is shrunk.
    panic::set_hook(Box::new(|panic| {
        if cfg!(panic = "abort") {
            let seed = SEED.load(Ordering::Relaxed);
            println!(
                "{panic}\nto see the shortest session: cargo run -p chinwag-harness -- soak --seed {seed}"
            );
        }
    }));
    let mut soak = Soak::new(seed, Run::within);
    let start = now();
    let elapsed = || now().saturating_sub(start);
    let (end, mut next) = (Duration::from_secs(seconds.into()), Duration::from_secs(10));
    while elapsed() < end {
        SEED.store(soak.seed, Ordering::Relaxed);
        if let Err(problem) = soak.check() {
            println!("{problem}");
            return ExitCode::FAILURE;
        }
        if (next..end).contains(&elapsed()) {
            println!("{}", soak.progress(elapsed().as_secs_f64()));
            next += Duration::from_secs(10);
        }
    }
    println!("{}", soak.progress(elapsed().as_secs_f64()));
    match soak.missing()[..] {
        [] => println!("every situation occurred"),
        ref missing => println!("situations that did not occur: {}", missing.join(", ")),
    }
    ExitCode::SUCCESS
}

/// The time since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "it only decides when to stop")]
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_numbers() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let parsed = |line: &str| parse(&words(line), "soak", "--seconds");
        assert_eq!(parsed("soak"), Some((60, None)));
        assert_eq!(parsed("soak --seed 7 --seconds 600"), Some((600, Some(7))));
        for line in ["", "sock", "soak 600", "soak --seconds", "soak --seed x", "soak --cases 7"] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}

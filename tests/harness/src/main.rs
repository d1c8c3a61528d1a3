//! The command line of the harness: `soak` checks generated sessions for a given time, `alike` counts
//! look-alike names that pass.
//!
//! Not here: the checks and counts (`chinwag_harness::soak`, `chinwag_harness::alike`).

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, panic};

use chinwag_harness::soak::Soak;
use chinwag_harness::{Run, alike};

const USAGE: &str = "\
usage: chinwag-harness soak [--seconds N] [--seed S]
       chinwag-harness alike

soak: checks generated sessions for N seconds (default 60), starting with the session of seed S (default: the time)
and reports the counts every ten seconds. At the first session that fails, it prints the shortest session that
fails and exits with status 1.

alike: makes variants of names that look like them, and counts how many can be used beside the original, for each
way of making them.";

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
    match parse(&arguments) {
        Some((seconds, seed)) => soak(seconds, seed.unwrap_or(now().as_secs())),
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The number of seconds and the first seed, if these are arguments of `soak`.
fn parse(arguments: &[String]) -> Option<(u64, Option<u64>)> {
    let (command, options) = arguments.split_first()?;
    let (options, rest) = options.as_chunks::<2>();
    let (mut seconds, mut seed) = (60, None);
    for [name, value] in options {
        let value = value.parse().ok()?;
        match name.as_str() {
            "--seconds" => seconds = value,
            "--seed" => seed = Some(value),
            _ => return None,
        }
    }
    (command == "soak" && rest.is_empty()).then_some((seconds, seed))
}

fn soak(seconds: u64, seed: u64) -> ExitCode {
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
    let mut soak = Soak::new(seed, Run::of);
    let start = now();
    let elapsed = || now().saturating_sub(start);
    let (end, mut next) = (Duration::from_secs(seconds), Duration::from_secs(10));
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
        let parsed = |line: &str| parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(parsed("soak"), Some((60, None)));
        assert_eq!(parsed("soak --seed 7 --seconds 600"), Some((600, Some(7))));
        for line in ["", "sock", "soak 600", "soak --seconds", "soak --seed x", "soak --cases 7"] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}

//! What a delivery costs: chinwag beside the batching floor and the naive server, as processes of their
//! own, on the same work and in turn. Every delivery is counted and its order checked: a server that loses
//! or reorders one ends the run.
//!
//! `cargo bench --bench fanout`, and for a part of it `-- --only paced --rounds 7`. Prints a table, and
//! writes all figures as CSV. `benches/README.md` says how to read it.
//!
//! Not here: the machine alone (`core`).

#![cfg_attr(target_os = "linux", expect(clippy::cast_precision_loss, reason = "figures"))]

#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod floor;
#[cfg(target_os = "linux")]
mod naive;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod works;

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("fanout needs epoll and /proc: it runs on Linux only");
}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::env;
    use std::io;
    use std::time::Duration;

    use crate::report::Report;
    use crate::server::Kind;
    use crate::{server, works};

    struct Options {
        rounds: usize,
        only: String,
        csv: String,
    }

    pub(super) fn main() -> io::Result<()> {
        let mut options = Options {
            rounds: 5,
            only: String::new(),
            csv: concat!(env!("CARGO_TARGET_TMPDIR"), "/fanout.csv").to_owned(),
        };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| usage());
            match word.as_str() {
                "--serve" => return server::serve(&value()),
                "--rounds" => options.rounds = value().parse().unwrap_or_else(|_| usage()),
                "--only" => options.only = value(),
                "--against" => drop(server::OTHER.set(value())),
                "--csv" => options.csv = value(),
                // Cargo says so to every benchmark.
                "--bench" => {}
                _ => usage(),
            }
        }
        let _ = chinwag::server::raise_descriptor_limit();
        measure(&options)
    }

    fn usage() -> ! {
        eprintln!(
            "usage: cargo bench --bench fanout -- [--rounds N] [--only WORK] [--against PROGRAM] [--csv FILE]\n\
             WORK is the beginning of a work's name, as in the table; PROGRAM is another build of chinwag"
        );
        std::process::exit(2)
    }

    fn measure(options: &Options) -> io::Result<()> {
        use Kind::{Chinwag, Data, Floor, Naive, Other, Sync, Threads2};
        let mut report = Report::default();
        for round in 1..=options.rounds {
            let mut run = |work: &str, kinds: &[Kind], measure: &dyn Fn(Kind) -> _| {
                if work.starts_with(&options.only) {
                    let has_other = server::OTHER.get().is_some();
                    for kind in kinds.iter().filter(|kind| **kind != Other || has_other) {
                        eprintln!("round {round}: {work}, {}", kind.name());
                        report.add(round, work, *kind, measure(*kind));
                    }
                }
            };
            for (clients, deliveries) in [(10, 2_000_000), (100, 4_000_000), (1000, 8_000_000)] {
                let work = format!("saturated, {clients} clients");
                run(&work, &[Floor, Naive, Chinwag, Threads2, Data, Other], &|kind| {
                    // What it costs 30 times as much need not be done as often.
                    let deliveries = if kind == Naive { deliveries / 10 } else { deliveries };
                    works::saturated(kind, clients, 64, deliveries, true)
                });
            }
            run("paced, 1000 clients", &[Floor, Naive, Chinwag, Data, Sync, Other], &|kind| {
                works::paced(kind, 1000, Duration::from_millis(50), 120)
            });
            run("newcomers, 2000", &[Naive, Chinwag], &|kind| works::newcomers(kind, 2000));
            for (all_read, work) in
                [(true, "100 clients, all read"), (false, "100 clients, one does not read")]
            {
                run(work, &[Floor, Naive, Chinwag], &|kind| {
                    // More than the sockets of one client hold.
                    works::saturated(kind, 100, 400, 2_000_000, all_read)
                });
            }
            run("idle, 2000 connections", &[Naive, Chinwag], &|kind| works::idle(kind, 2000));
            run("idle, 10000 connections", &[Chinwag], &|kind| works::idle(kind, 10_000));
        }
        print!("{report}");
        std::fs::write(&options.csv, report.csv())?;
        eprintln!("all figures are in {}", options.csv);
        Ok(())
    }
}

//! What was measured, as a table and as CSV.
//!
//! Not here: measuring it (`works`).

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::crowd::Stalled;
use crate::server::Kind;
use crate::works::{Figures, Measure};

/// Figures by work, measure, server and round; none if the server stalled.
#[derive(Default)]
pub(crate) struct Report {
    /// In the order in which they were done first.
    works: Vec<String>,
    figures: BTreeMap<(usize, Measure, Kind, usize), Option<f64>>,
}

impl Report {
    pub(crate) fn add(
        &mut self,
        round: usize,
        work: &str,
        kind: Kind,
        figures: Result<Figures, Stalled>,
    ) {
        let known = self.works.iter().position(|other| other == work);
        let place = known.unwrap_or_else(|| {
            self.works.push(work.to_owned());
            self.works.len() - 1
        });
        match figures {
            Ok(figures) => {
                for (measure, figure) in figures {
                    self.figures.insert((place, measure, kind, round), Some(figure));
                }
            }
            Err(Stalled) => {
                self.figures.insert((place, Measure::DeliveriesPerSecond, kind, round), None);
            }
        }
    }

    /// One line a figure.
    pub(crate) fn csv(&self) -> String {
        let mut csv = "work,measure,server,round,figure\n".to_owned();
        for ((work, measure, kind, round), figure) in &self.figures {
            let figure = figure.map_or("stalled".to_owned(), |figure| figure.to_string());
            let (work, kind) = (&self.works[*work], kind.name());
            let _ = writeln!(csv, "\"{work}\",\"{}\",{kind},{round},{figure}", measure.words());
        }
        csv
    }

    /// The figures of a server, by round.
    fn of(&self, work: usize, measure: Measure, kind: Kind) -> Option<Vec<f64>> {
        let all = (work, measure, kind, 0)..=(work, measure, kind, usize::MAX);
        let figures: Option<Vec<f64>> =
            self.figures.range(all).map(|(_, figure)| *figure).collect();
        figures.filter(|figures| !figures.is_empty())
    }
}

/// Medians, and in brackets the median of the ratios to the floor of the same round; to the naive server where the
/// floor has no part.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| work | |")?;
        Kind::ALL.iter().try_for_each(|kind| write!(f, " {} |", kind.name()))?;
        writeln!(f, "\n| --- | --- |{}", " ---: |".repeat(Kind::ALL.len()))?;
        for (place, work) in self.works.iter().enumerate() {
            for measure in Measure::ALL {
                let row = Kind::ALL.map(|kind| self.of(place, measure, kind));
                let Some(baseline) = row.iter().flatten().next() else { continue };
                write!(f, "| {work} | {} |", measure.words())?;
                for (kind, figures) in Kind::ALL.iter().zip(&row) {
                    let stalled = self.figures.get(&(place, measure, *kind, 1)) == Some(&None);
                    match figures {
                        None if stalled => write!(f, " stalls |")?,
                        None => write!(f, " |")?,
                        Some(figures) => {
                            let ratios = figures.iter().zip(baseline).map(|(one, base)| one / base);
                            let (figure, ratio) =
                                (median(figures.clone()), median(ratios.collect()));
                            let digits = if figure < 10.0 { 3 } else { 0 };
                            write!(f, " {figure:.digits$} ({ratio:.2}x) |")?;
                        }
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    if figures.len() % 2 == 1 {
        figures[middle]
    } else {
        f64::midpoint(figures[middle - 1], figures[middle])
    }
}

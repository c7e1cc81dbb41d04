//! The figures of the guides (`docs/lab.zh.md`, `docs/lab.en.md`) and the recordings they are drawn from.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::caption::Lang;
use super::chain;
use super::kept::{self, Kept};
use super::outline::outline;
use super::play;
use super::{scenario, svg};
use crate::jdk::Jdk;
use crate::workspace;

/// What to do with the guides' figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Play every scenario anew, keep its recordings, and draw the figures from them
    Record,
    /// Draw the figures from the recordings that are kept
    Draw,
    /// Play every scenario, and compare what happens with the recordings that are kept
    Check,
}

pub(super) fn run(what: What, jdks: &[Jdk]) -> Result<ExitCode> {
    match what {
        What::Record => record(jdks)?,
        What::Draw => {}
        What::Check => return check(jdks),
    }
    draw()?;
    Ok(ExitCode::SUCCESS)
}

fn record(jdks: &[Jdk]) -> Result<()> {
    for scenario in scenario::all() {
        for pairing in kept::pairings() {
            let run = play::play(&scenario, &pairing, jdks)?;
            Kept::new(&scenario, &run).save(&kept::path(scenario.name, &pairing))?;
        }
    }
    Ok(())
}

fn draw() -> Result<()> {
    for (path, drawn) in figures()? {
        let folder = path.parent().expect("a figure has a folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, drawn))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The scenarios that the guides show.
const FIGURES: [&str; 6] = [
    "seed",
    "many",
    "slow-accept",
    "half-close",
    "two-in-one",
    "reset",
];

/// Every figure of the guides, with its path.
fn figures() -> Result<Vec<(PathBuf, String)>> {
    let folder = workspace::root().join("docs/lab");
    let [java, rust] = kept::pairings();
    let languages = [(Lang::Zh, "zh"), (Lang::En, "en")];
    let mut figures = Vec::new();
    for name in FIGURES {
        let ladder = Kept::load(&kept::path(name, &java))?.ladder()?;
        for (lang, suffix) in languages {
            let path = folder.join(format!("{name}.{suffix}.svg"));
            figures.push((path, svg(&ladder, lang)));
        }
    }
    let seed = |pairing| Kept::load(&kept::path("seed", pairing))?.ladder();
    let (left, right) = (seed(&java)?, seed(&rust)?);
    for (lang, suffix) in languages {
        let path = folder.join(format!("beside.{suffix}.svg"));
        figures.push((path, svg::side_by_side(&left, &right, lang)));
    }
    for (lang, suffix) in languages {
        let drawn = chain::kept(lang).into_iter();
        figures.extend(drawn.map(|(name, svg)| (folder.join(format!("{name}.{suffix}.svg")), svg)));
    }
    Ok(figures)
}

/// Exit 1 where a scenario goes otherwise than it was recorded.
fn check(jdks: &[Jdk]) -> Result<ExitCode> {
    let mut same = true;
    for scenario in scenario::all() {
        for pairing in kept::pairings() {
            let kept = Kept::load(&kept::path(scenario.name, &pairing))?;
            let run = play::play(&scenario, &pairing, jdks)?;
            let differences = differences(&outline(&kept.ladder()?), &outline(&run.ladder));
            let name = format!("{:<14}{pairing}", scenario.name);
            same &= tell(&name, &differences);
        }
    }
    same &= tell(chain::NAME, &chain::differences(jdks)?);
    Ok(ExitCode::from(u8::from(!same)))
}

/// Prints how a figure compares, and says whether it is as recorded.
fn tell(name: &str, differences: &[String]) -> bool {
    let same = differences.is_empty();
    println!("{name}  {}", if same { "as recorded" } else { "different" });
    for line in differences {
        println!("  {line}");
    }
    same
}

/// The lines from the first that differs to the last, kept (`-`) and new (`+`).
fn differences(kept: &[String], new: &[String]) -> Vec<String> {
    let same = kept.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (kept, new) = (&kept[same..], &new[same..]);
    let same = kept
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let gone = kept[..kept.len() - same]
        .iter()
        .map(|line| format!("- {line}"));
    let come = new[..new.len() - same]
        .iter()
        .map(|line| format!("+ {line}"));
    gone.chain(come).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::cells;

    #[test]
    fn the_figures_are_what_the_recordings_draw() {
        for (path, drawn) in figures().unwrap() {
            let kept = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == drawn,
                "{}: cargo xtask lab --guide draw",
                path.display()
            );
        }
    }

    /// Rows of the guides' tables: `| sentence | scenario row | what stands there |`.
    #[test]
    fn every_row_that_a_guide_points_at_holds_what_it_says() {
        let [java, _] = kept::pairings();
        for guide in [
            include_str!("../../../docs/lab.zh.md"),
            include_str!("../../../docs/lab.en.md"),
        ] {
            let mut rows = 0;
            for line in guide
                .lines()
                .filter(|line| line.starts_with("| ") && line.contains('`'))
            {
                let cells: Vec<&str> = line.split(" | ").collect();
                let [_, place, what] = cells[..] else {
                    panic!("{line}");
                };
                let (name, row) = place.rsplit_once(' ').unwrap();
                let ladder = Kept::load(&kept::path(name, &java))
                    .unwrap()
                    .ladder()
                    .unwrap();
                let all = cells::all(&ladder, Lang::En);
                let shown = &all[row.parse::<usize>().unwrap() - 1];
                let wanted = what.trim_end_matches(" |").trim_matches('`');
                assert!(format!("{shown:?}").contains(wanted), "{line}: {shown:?}");
                rows += 1;
            }
            assert!(rows > 20);
        }
    }
}

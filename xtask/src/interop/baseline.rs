//! A run beside an earlier one: regressed, fixed, new, gone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Outcome;
use super::json::SCHEMA;
use super::verdict::Verdict;

/// An earlier run, as its JSON has it; with several runs of a recording, the worst counts.
#[derive(Debug)]
pub(crate) struct Baseline {
    file: PathBuf,
    verdicts: Verdicts,
}

type Verdicts = BTreeMap<Key, Verdict>;

/// What two runs are compared by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Key {
    client: String,
    server: String,
    case: String,
}

#[derive(Debug, Deserialize)]
struct Document {
    schema: String,
    interrupted: Option<IgnoredAny>,
    results: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(flatten)]
    key: Key,
    verdict: Verdict,
}

impl Baseline {
    /// The run whose JSON is in `file`.
    pub(crate) fn read(file: &Path) -> Result<Baseline> {
        let what = || format!("--baseline {}", file.display());
        let json = fs::read(file).with_context(what)?;
        let document: Document = serde_json::from_slice(&json).with_context(what)?;
        ensure!(
            document.schema == SCHEMA,
            "{}: its schema is {:?} and not {SCHEMA:?}",
            what(),
            document.schema
        );
        ensure!(
            document.interrupted.is_none(),
            "{}: that run was interrupted, so a regression would look new",
            what()
        );
        let results = document.results.into_iter();
        Ok(Baseline {
            file: file.to_owned(),
            verdicts: worst(results.map(|entry| (entry.key, entry.verdict))),
        })
    }

    /// What became of the earlier verdicts. Only what `chosen` says was to be made can be gone.
    pub(crate) fn compare(
        self,
        outcomes: &[Outcome<'_>],
        chosen: impl Fn(&Key) -> bool,
    ) -> Comparison {
        let now = worst(outcomes.iter().map(|outcome| {
            let task = &outcome.task;
            let key = Key {
                client: task.client_name().into(),
                server: task.server_name().into(),
                case: task.case.name.clone(),
            };
            (key, outcome.judgement.verdict)
        }));
        let mut changes = Vec::new();
        for (key, verdict) in &now {
            let before = self.verdicts.get(key).copied();
            if let Some(kind) = Kind::of(before, *verdict) {
                changes.push((kind, key.clone(), before, Some(*verdict)));
            }
        }
        for (key, before) in self.verdicts {
            if !now.contains_key(&key) && chosen(&key) {
                changes.push((Kind::Gone, key, Some(before), None));
            }
        }
        changes.sort();
        Comparison {
            file: self.file,
            changes,
        }
    }
}

impl Key {
    /// As `--pairing` knows it.
    pub(crate) fn pairing(&self) -> String {
        format!("{}__{}", self.client, self.server)
    }

    pub(crate) fn case(&self) -> &str {
        &self.case
    }
}

fn worst(verdicts: impl Iterator<Item = (Key, Verdict)>) -> Verdicts {
    let mut worst = Verdicts::new();
    for (key, verdict) in verdicts {
        let known = worst.entry(key).or_insert(verdict);
        *known = verdict.max(*known);
    }
    worst
}

/// What became of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Regressed,
    Fixed,
    New,
    Gone,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Regressed, Kind::Fixed, Kind::New, Kind::Gone];

    fn of(before: Option<Verdict>, now: Verdict) -> Option<Kind> {
        let Some(before) = before else {
            return Some(Kind::New);
        };
        match rank(now).cmp(&rank(before)) {
            std::cmp::Ordering::Greater => Some(Kind::Regressed),
            std::cmp::Ordering::Less => Some(Kind::Fixed),
            std::cmp::Ordering::Equal => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Regressed => "regressed",
            Kind::Fixed => "fixed",
            Kind::New => "new",
            Kind::Gone => "gone",
        }
    }
}

/// Same and as declared are equally good; different and without a verdict equally bad.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Same | Verdict::Declared => 0,
        Verdict::Unsupported => 1,
        Verdict::Different | Verdict::Error => 2,
    }
}

/// Everything that changed since the baseline.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) file: PathBuf,
    changes: Vec<(Kind, Key, Option<Verdict>, Option<Verdict>)>,
}

impl Comparison {
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.changes
            .iter()
            .filter(|change| change.0 == kind)
            .count()
    }

    /// The counts in one line, then a line for each change; the new and the gone are only counted
    /// where they are many.
    pub(crate) fn text(&self) -> String {
        const MANY: usize = 20;
        let counts = Kind::ALL.map(|kind| format!("{} {}", self.count(kind), kind.name()));
        let mut text = format!("{}\n", counts.join(", "));
        for (kind, key, before, now) in &self.changes {
            let few = self.count(*kind) <= MANY;
            if few || matches!(kind, Kind::Regressed | Kind::Fixed) {
                let name = |verdict: &Option<Verdict>| verdict.map_or("-", Verdict::name);
                writeln!(
                    text,
                    "{:<9}  {}  {}: {} -> {}",
                    kind.name(),
                    key.pairing(),
                    key.case,
                    name(before),
                    name(now)
                )
                .expect("a string takes everything");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::{example, json};

    /// The example's own JSON, changed, as its baseline.
    fn compared(change: impl Fn(&mut serde_json::Value)) -> Result<Comparison> {
        let run = example::run();
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("earlier.json");
        json::write(&run, &file)?;
        let mut earlier = serde_json::from_slice(&fs::read(&file)?)?;
        change(&mut earlier);
        fs::write(&file, serde_json::to_vec(&earlier)?)?;
        let chosen = |key: &Key| key.case() != "not/chosen";
        Ok(Baseline::read(&file)?.compare(&run.outcomes, chosen))
    }

    fn lines(change: impl Fn(&mut serde_json::Value)) -> Vec<String> {
        let text = compared(change).unwrap().text();
        text.lines().map(ToOwned::to_owned).collect()
    }

    fn set(results: &mut serde_json::Value, from: &str, to: &str) {
        let results = results["results"].as_array_mut().unwrap();
        let entry = results.iter_mut().find(|entry| entry["verdict"] == from);
        entry.unwrap()["verdict"] = to.into();
    }

    #[test]
    fn a_run_has_not_changed_against_itself() {
        assert_eq!(lines(|_| {}), ["0 regressed, 0 fixed, 0 new, 0 gone"]);
    }

    #[test]
    fn what_got_worse_is_a_regression_and_what_got_better_is_fixed() {
        for (now, before, kind) in [
            ("different", "same", "regressed"),
            ("error", "declared", "regressed"),
            ("unsupported", "same", "regressed"),
            ("different", "unsupported", "regressed"),
            ("declared", "different", "fixed"),
            ("unsupported", "error", "fixed"),
        ] {
            let lines = lines(|earlier| set(earlier, now, before));
            assert_eq!(lines.len(), 2, "{lines:?}");
            let ends = format!(": {before} -> {now}");
            assert!(
                lines[1].starts_with(kind) && lines[1].ends_with(&ends),
                "{lines:?}"
            );
        }
        assert_eq!(lines(|earlier| set(earlier, "different", "error")).len(), 1);
        assert_eq!(lines(|earlier| set(earlier, "declared", "same")).len(), 1);
    }

    #[test]
    fn a_regression_is_a_failure_even_where_nothing_differs_from_java() {
        let mut run = example::run();
        run.stale.clear();
        run.outcomes
            .retain(|outcome| outcome.judgement.verdict == Verdict::Unsupported);
        assert_eq!(run.status(), 0);
        run.baseline = Some(compared(|earlier| set(earlier, "unsupported", "same")).unwrap());
        assert_eq!(run.status(), 1);
    }

    #[test]
    fn the_worst_of_several_runs_counts() {
        let lines = lines(|earlier| set(earlier, "same", "different"));
        assert_eq!(lines[0], "0 regressed, 1 fixed, 0 new, 0 gone");
        assert!(lines[1].contains("java-17__java-17"), "{lines:?}");
    }

    #[test]
    fn what_is_only_here_is_new_and_what_was_chosen_but_is_not_here_is_gone() {
        let rename = |name: &'static str| {
            move |earlier: &mut serde_json::Value| {
                let results = earlier["results"].as_array_mut().unwrap();
                let entry = results.iter_mut().find(|entry| entry["verdict"] == "error");
                entry.unwrap()["case"] = name.into();
            }
        };
        assert_eq!(
            lines(rename("other/case")),
            [
                "0 regressed, 0 fixed, 1 new, 1 gone",
                "new        rust__python  exchange/emoji: - -> error",
                "gone       rust__python  other/case: error -> -"
            ]
        );
        assert_eq!(
            lines(rename("not/chosen"))[0],
            "0 regressed, 0 fixed, 1 new, 0 gone"
        );
    }

    #[test]
    fn many_regressions_are_all_listed_and_many_new_only_counted() {
        let changes = |kind| {
            let key = |n: usize| Key {
                client: "rust".into(),
                server: "rust".into(),
                case: format!("length/{n}"),
            };
            let changes = (0..30).map(|n| (kind, key(n), None, Some(Verdict::Error)));
            let (file, changes) = (PathBuf::new(), changes.collect());
            Comparison { file, changes }.text().lines().count() - 1
        };
        assert_eq!(changes(Kind::Regressed), 30);
        assert_eq!(changes(Kind::New), 0);
    }

    #[test]
    fn a_run_that_was_interrupted_is_refused() {
        let error = compared(|earlier| earlier["interrupted"] = 2.into()).unwrap_err();
        assert!(error.to_string().contains("was interrupted"), "{error}");
    }

    #[test]
    fn another_schema_is_refused() {
        let error = compared(|earlier| earlier["schema"] = "hellohi-interop/9".into()).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("its schema is \"hellohi-interop/9\" and not \"hellohi-interop/2\""),
            "{error}"
        );
    }
}

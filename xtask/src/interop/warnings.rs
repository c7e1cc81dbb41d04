//! What a reader of a run should do something about, though it is no difference.

use super::Run;

/// Recordings that are named; the others are counted.
const NAMED: usize = 3;

/// Returns the warnings of `run`, each a line.
pub(crate) fn of(run: &Run<'_>) -> Vec<String> {
    [near_deadline(run), no_oracle(run)]
        .into_iter()
        .flatten()
        .collect()
}

/// What may not be done in time on a slower machine.
fn near_deadline(run: &Run<'_>) -> Option<String> {
    let near = run.near_deadline();
    let slowest: Vec<String> = near
        .iter()
        .take(NAMED)
        .map(|(outcome, took)| {
            let (pairing, case) = (outcome.task.pairing(), &outcome.task.case.name);
            format!("{pairing} {case} took {:.1} s", took.as_secs_f64())
        })
        .collect();
    (!near.is_empty()).then(|| {
        format!(
            "{} took more than half of the deadline of {} s: {}{}",
            recordings(near.len()),
            run.deadline.as_secs(),
            slowest.join(", "),
            if near.len() > NAMED { ", …" } else { "" }
        )
    })
}

/// Where the originals were not done in time, so that nobody can be judged by them.
fn no_oracle(run: &Run<'_>) -> Option<String> {
    let is_late = |case: &str| {
        run.outcomes.iter().any(|outcome| {
            let late = outcome.recording.as_ref().is_ok_and(|recording| {
                recording.missed.is_some() && recording.took >= run.deadline
            });
            outcome.task.is_oracle() && outcome.task.case.name == case && late
        })
    };
    let cases = run.oracles.iter();
    let late: Vec<&str> = cases
        .filter(|(_, oracle)| oracle.broken.is_some())
        .map(|(case, _)| case.name.as_str())
        .filter(|case| is_late(case))
        .collect();
    let (first, others) = late.split_first()?;
    let others = match others.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(format!(
        "no oracle in {first}{others}: Java itself was not done within {} s; give it more time (--deadline), or \
         make fewer recordings at a time (--jobs)",
        run.deadline.as_secs()
    ))
}

fn recordings(n: usize) -> String {
    match n {
        1 => "1 recording".into(),
        n => format!("{n} recordings"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::interop::{example, schedule};

    #[test]
    fn a_run_in_good_time_warns_of_nothing() {
        assert_eq!(of(&example::run()), [""; 0]);
    }

    #[test]
    fn recordings_near_their_deadline_are_one_line_that_names_the_slowest() {
        let mut run = example::run();
        for (n, outcome) in run.outcomes.iter_mut().take(5).enumerate() {
            let recording = outcome.recording.as_mut().unwrap();
            recording.took = Duration::from_millis(6000 + 100 * n as u64);
        }
        let expected = "5 recordings took more than half of the deadline of 10 s: \
            rust__java-17 exchange/emoji took 6.4 s, java-17__rust exchange/emoji took 6.3 s, \
            java-17__java-17 exchange/emoji took 6.2 s, …";
        assert_eq!(of(&run), [expected]);
    }

    #[test]
    fn an_original_that_was_late_comes_with_advice() {
        let mut run = example::run();
        let recording = run.outcomes[0].recording.as_mut().unwrap();
        recording.missed = Some("the server did not listen".into());
        let cases: Vec<_> = run.oracles.iter().map(|(case, _)| *case).collect();
        let (tasks, recordings): (Vec<_>, Vec<_>) = run
            .outcomes
            .iter()
            .map(|outcome| (outcome.task.clone(), outcome.recording.clone()))
            .unzip();
        run.oracles = schedule::oracles(&cases, &tasks, &recordings);
        assert_eq!(of(&run), [""; 0], "it was not late");
        run.outcomes[0].recording.as_mut().unwrap().took = run.deadline;
        let warnings = of(&run);
        let expected = "no oracle in exchange/emoji: Java itself was not done within 10 s; give it more time \
            (--deadline), or make fewer recordings at a time (--jobs)";
        assert_eq!(warnings[1..], [expected]);
    }
}

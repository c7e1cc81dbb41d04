//! Writes the results of a run as JUnit XML: a suite for each pairing, and a test case for each recording.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::case_result::CaseResult;
use crate::channel::Channel;
use crate::declared::Declared;
use crate::difference;
use crate::summary::Summary;
use crate::verdict::Verdict;
use ladder::visible::visible;

/// Writes the results to `path`.
pub(super) fn write(summary: &Summary<'_>, path: &Path) -> Result<()> {
    let xml = report(summary).to_string().context("no JUnit XML")?;
    fs::write(path, xml).with_context(|| format!("cannot write {}", path.display()))
}

fn report(summary: &Summary<'_>) -> Report {
    let mut report = Report::new("interop");
    report.set_time(summary.run.took);
    for (client, server) in summary.matrix.keys() {
        let mut suite = TestSuite::new(format!("{client}__{server}"));
        let of_pairing = summary.run.results.iter().filter(|result| {
            result.task.client_name() == *client && result.task.server_name() == *server
        });
        suite.add_test_cases(of_pairing.map(|result| test_case(summary, result)));
        report.add_test_suite(suite);
    }
    if let Some(interrupted) = &summary.run.interrupted {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(interrupted.to_string());
        let mut case = TestCase::new("interrupted", status);
        case.set_classname("interop.run");
        let mut suite = TestSuite::new("run");
        suite.add_test_case(case);
        report.add_test_suite(suite);
    }
    if !summary.run.stale.is_empty() {
        let mut suite = TestSuite::new("declared");
        suite.add_test_cases(summary.run.stale.iter().map(|entry| stale(entry)));
        report.add_test_suite(suite);
    }
    report
}

fn stale(entry: &Declared) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message("a declared difference that did not occur");
    let name = format!("{} {} {:?}", entry.peer, entry.channel.name(), entry.cases);
    let mut case = TestCase::new(name, status);
    case.set_classname("interop.declared");
    case
}

fn test_case(summary: &Summary<'_>, result: &CaseResult<'_>) -> TestCase {
    let task = &result.task;
    // Most programs that read JUnit XML take two test cases of one name for one.
    let name = match task.repetition {
        1 => task.case.name.clone(),
        nth => format!("{} (run {nth})", task.case.name),
    };
    let mut case = TestCase::new(name, status(summary, result));
    case.set_classname(format!("interop.{}", task.pairing()));
    let took = result.attempt.recording().map(|recording| recording.took);
    case.set_time(took.unwrap_or(Duration::ZERO));
    case
}

fn status(summary: &Summary<'_>, result: &CaseResult<'_>) -> TestCaseStatus {
    let judgement = &result.judgement;
    let reason = || visible(judgement.error.as_deref().unwrap_or_default());
    let (kind, message) = match judgement.verdict {
        Verdict::Same | Verdict::Declared => return TestCaseStatus::success(),
        Verdict::Unsupported => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(reason());
            return skipped;
        }
        Verdict::Different => (NonSuccessKind::Failure, differing(result)),
        Verdict::Error => (NonSuccessKind::Error, reason()),
    };
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(judgement.verdict.name())
        .set_message(message)
        .set_description(difference::text(summary, result));
    status
}

fn differing(result: &CaseResult<'_>) -> String {
    let channels: Vec<&str> = result.differing().map(Channel::name).collect();
    format!("not as the originals: {}", channels.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn an_interrupted_run_is_an_error() {
        let mut run = example::run();
        run.results.clear();
        run.stale.clear();
        run.interrupted = Some(example::INTERRUPTED);
        let xml = report(&Summary::of(&run)).to_string().unwrap();
        for expected in [
            r#"<testsuites name="interop" tests="1" skipped="0" failures="0" errors="1""#,
            r#"<error message="interrupted after 9 of 20 recordings, 1 of them without a verdict"#,
        ] {
            assert!(xml.contains(expected), "{expected}\n{xml}");
        }
    }

    #[test]
    fn each_verdict_has_its_element() {
        let xml = report(&Summary::of(&example::run())).to_string().unwrap();
        for expected in [
            r#"<testsuites name="interop" tests="9" skipped="1" failures="2" errors="1""#,
            r#"<testsuite name="rust__java-17" tests="1" skipped="0" errors="0" failures="1">"#,
            r#"<testcase name="exchange/emoji (run 3)" classname="interop.java-17__java-17""#,
            r#"<skipped message="no &lt;emoji&gt;"/>"#,
            r#"<error message="no such \u{1b}[31mprogram" type="error">"#,
            r#"<failure message="not as the originals: client.stdout, client.stderr, client.bytes, server.bytes" type="different">"#,
            r#"<failure message="a declared difference that did not occur"/>"#,
            "first difference at byte 1 (0x1) of 8 and 6",
        ] {
            assert!(xml.contains(expected), "{expected}\n{xml}");
        }
        assert!(!xml.chars().any(|c| c.is_control() && c != '\n'), "{xml}");
    }
}

//! Writes the results of a run as JSON, for other programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::case::Case;
use crate::case_result::CaseResult;
use crate::certificate::Certificate;
use crate::channel::{Channel, Observed};
use crate::declared::{Against, Declared};
use crate::environment::Environment;
use crate::interrupted::Interrupted;
use crate::mutant::MutantResult;
use crate::oracle::Oracle;
use crate::programs::jdk::Jdk;
use crate::report::warnings;
use crate::summary::Summary;
use crate::verdict::{Judged, Verdict};
use recorder::{Isolation, Side};

/// Value of the key `schema`. The file `docs/interop.schema.json` describes the format.
pub(super) const SCHEMA: &str = "hellohi-interop/2";

/// Number of bytes of a stream that are written. The evidence has all of them.
const SHOWN: usize = 1024;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<&'a Interrupted>,
    environment: &'a Environment,
    isolation: Isolation,
    jdks: &'a [Jdk],
    /// The observations that varied among the originals' own recordings.
    varied: Vec<Varied<'a>>,
    declared: Vec<DeclaredEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutants: Option<&'a [MutantResult]>,
    /// The results of judging altered recordings, for a pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<&'a Certificate>,
    results: Vec<Entry<'a>>,
    totals: BTreeMap<&'static str, usize>,
    warnings: Vec<String>,
    /// Duration of the whole run in milliseconds.
    millis: u128,
}

#[derive(Debug, Serialize)]
struct Varied<'a> {
    case: &'a str,
    channel: Channel,
    seen: Vec<Seen>,
}

#[derive(Debug, Serialize)]
struct DeclaredEntry {
    cases: &'static [&'static str],
    peer: &'static str,
    side: Side,
    against: Against,
    channel: Channel,
    reason: &'static str,
    /// True if the difference never occurred in a whole run.
    stale: bool,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    case: &'a str,
    client: &'a str,
    server: &'a str,
    /// Number of the repetition, from 1.
    run: usize,
    verdict: Verdict,
    /// Reason why there is no verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// Reason why the case is unsupported.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsupported: Option<&'a str>,
    channels: BTreeMap<Channel, ChannelEntry<'a>>,
    /// Duration of the recording in milliseconds.
    millis: u128,
}

#[derive(Debug, Serialize)]
struct ChannelEntry<'a> {
    /// `null` if the channel could not be observed.
    verdict: Option<Verdict>,
    observed: Value,
    /// The originals' observations, unless this one is the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expected: Vec<Seen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Seen {
    value: Value,
    times: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Value {
    Text(String),
    Bytes(StreamEntry),
    Streams(Vec<StreamEntry>),
    Unobserved(String),
}

#[derive(Debug, Serialize)]
struct StreamEntry {
    length: usize,
    hex: String,
    text: String,
}

/// Writes the results to `path`.
pub(super) fn write(summary: &Summary<'_>, path: &Path) -> Result<()> {
    let mut json = serde_json::to_vec_pretty(&document(summary))?;
    json.push(b'\n');
    fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
}

fn document<'a>(summary: &'a Summary<'_>) -> Document<'a> {
    Document {
        schema: SCHEMA,
        interrupted: summary.run.interrupted.as_ref(),
        environment: &summary.run.environment,
        isolation: summary.run.isolation,
        jdks: summary.run.jdks,
        varied: summary.run.oracles.iter().flat_map(varied).collect(),
        declared: summary
            .run
            .declarations
            .iter()
            .map(|entry| declared_entry(summary, entry))
            .collect(),
        mutants: summary
            .run
            .mutants
            .as_ref()
            .map(|findings| &findings.mutants[..]),
        certificate: summary.run.certificate.as_ref(),
        results: summary
            .run
            .results
            .iter()
            .map(|result| entry(summary, result))
            .collect(),
        totals: Verdict::ALL
            .map(|verdict| (verdict.name(), summary.count(verdict)))
            .into(),
        warnings: warnings::of(summary),
        millis: summary.run.took.as_millis(),
    }
}

fn varied<'a>((case, oracle): &'a (&Case, Oracle)) -> impl Iterator<Item = Varied<'a>> {
    oracle.varied().map(|channel| Varied {
        case: &case.name,
        channel,
        seen: oracle.seen(channel).map(seen).collect(),
    })
}

fn declared_entry(summary: &Summary<'_>, entry: &'static Declared) -> DeclaredEntry {
    DeclaredEntry {
        cases: entry.cases,
        peer: entry.peer,
        side: entry.side,
        against: entry.against,
        channel: entry.channel,
        reason: entry.reason,
        stale: summary
            .run
            .stale
            .iter()
            .any(|stale| std::ptr::eq(*stale, entry)),
    }
}

fn entry<'a>(summary: &Summary<'_>, result: &'a CaseResult<'_>) -> Entry<'a> {
    let oracle = summary.oracle(&result.task.case.name);
    let channels = result.judgement.channels.iter();
    Entry {
        case: &result.task.case.name,
        client: result.task.client_name(),
        server: result.task.server_name(),
        run: result.task.repetition,
        verdict: result.judgement.verdict,
        error: result
            .judgement
            .error
            .as_deref()
            .filter(|_| result.judgement.verdict == Verdict::Error),
        unsupported: result.task.unsupported,
        channels: channels
            .map(|(channel, judged)| (*channel, channel_entry(*channel, judged, oracle)))
            .collect(),
        millis: result
            .attempt
            .recording()
            .map_or(0, |recording| recording.took.as_millis()),
    }
}

fn channel_entry<'a>(
    channel: Channel,
    judged: &Judged,
    oracle: Option<&Oracle>,
) -> ChannelEntry<'a> {
    let expected = match judged.verdict {
        Some(Verdict::Same) => Vec::new(),
        _ => oracle
            .into_iter()
            .flat_map(|oracle| oracle.seen(channel))
            .map(seen)
            .collect(),
    };
    ChannelEntry {
        verdict: judged.verdict,
        observed: value(&judged.observed),
        expected,
        reason: judged.declared.map(|declared| declared.reason),
    }
}

fn seen((observed, times): (&Observed, usize)) -> Seen {
    Seen {
        value: value(observed),
        times,
    }
}

fn value(observed: &Observed) -> Value {
    match observed {
        Observed::Text(text) => Value::Text(text.clone()),
        Observed::Unobserved(reason) => Value::Unobserved(reason.clone()),
        Observed::Absent => Value::Text("absent".into()),
        Observed::Bytes(bytes) => Value::Bytes(stream(bytes)),
        Observed::Streams(streams) => {
            Value::Streams(streams.iter().map(|bytes| stream(bytes)).collect())
        }
    }
}

fn stream(bytes: &[u8]) -> StreamEntry {
    let shown = &bytes[..bytes.len().min(SHOWN)];
    StreamEntry {
        length: bytes.len(),
        hex: hex::encode(shown),
        text: String::from_utf8_lossy(shown).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::finished_run::FinishedRun;

    #[test]
    fn the_json_is_as_its_schema_says() {
        let schema = include_str!("../../../../docs/interop.schema.json");
        let schema = serde_json::from_str(schema).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for interrupted in [None, Some(example::INTERRUPTED)] {
            let run = FinishedRun {
                interrupted,
                ..example::run()
            };
            let json = serde_json::to_value(document(&Summary::of(&run))).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&json)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    #[test]
    fn an_interrupted_run_says_how_far_it_came() {
        let mut run = example::run();
        let json = serde_json::to_value(document(&Summary::of(&run))).unwrap();
        assert!(json.get("interrupted").is_none());
        run.interrupted = Some(example::INTERRUPTED);
        let json = serde_json::to_value(document(&Summary::of(&run))).unwrap();
        assert_eq!(json["interrupted"]["planned"], 20);
        assert_eq!(json["interrupted"]["made"], 9);
    }

    #[test]
    fn a_verdict_comes_with_what_it_rests_on() {
        let json = serde_json::to_value(document(&Summary::of(&example::run()))).unwrap();
        let result = |client: &str, server: &str| {
            let results = json["results"].as_array().unwrap().iter();
            let mut of =
                results.filter(|result| result["client"] == client && result["server"] == server);
            of.next().unwrap()
        };
        let different = result("rust", "java-17");
        assert_eq!(different["verdict"], "different");
        let bytes = &different["channels"]["client.bytes"];
        assert_eq!(bytes["observed"]["bytes"]["hex"], "0004f09f9880");
        assert_eq!(bytes["expected"][0]["value"]["bytes"]["length"], 8);
        let unsupported = result("python", "java-17");
        assert_eq!(unsupported["verdict"], "unsupported");
        assert_eq!(unsupported["unsupported"], "no <emoji>");
        assert_eq!(
            result("rust", "python")["error"],
            "no such \u{1b}[31mprogram"
        );
        assert_eq!(json["totals"]["same"], 4);
    }
}

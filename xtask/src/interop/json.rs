//! A run as JSON, for programs and for later comparison.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::channel::{Channel, Observed};
use super::verdict::{Judged, Oracle, Verdict};
use super::{Outcome, Run};
use crate::record::Isolation;

/// Bytes beyond this many are in the evidence alone.
const SHOWN: usize = 1024;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    isolation: Isolation,
    jdks: Vec<Jdk<'a>>,
    results: Vec<Entry<'a>>,
    totals: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Serialize)]
struct Jdk<'a> {
    name: &'a str,
    version: &'a str,
    vendor: &'a str,
    home: &'a Path,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    case: &'a str,
    client: &'a str,
    server: &'a str,
    /// Counts from 1.
    run: usize,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    channels: BTreeMap<Channel, ChannelEntry<'a>>,
    millis: u128,
}

#[derive(Debug, Serialize)]
struct ChannelEntry<'a> {
    /// `null` where the channel could not be observed.
    verdict: Option<Verdict>,
    observed: Value,
    /// What Java did instead, where that is something else.
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
    Bytes {
        length: usize,
        hex: String,
        text: String,
    },
    Unobserved(String),
}

/// Writes `run` to `path`.
pub(crate) fn write(run: &Run<'_>, path: &Path) -> Result<()> {
    let document = Document {
        schema: "hellohi-interop/1",
        isolation: run.isolation,
        jdks: run
            .jdks
            .iter()
            .map(|jdk| Jdk {
                name: &jdk.name,
                version: &jdk.version,
                vendor: &jdk.vendor,
                home: &jdk.home,
            })
            .collect(),
        results: run
            .outcomes
            .iter()
            .map(|outcome| entry(run, outcome))
            .collect(),
        totals: Verdict::ALL
            .map(|verdict| (verdict.name(), run.count(verdict)))
            .into(),
    };
    let mut json = serde_json::to_vec_pretty(&document)?;
    json.push(b'\n');
    fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
}

fn entry<'a>(run: &Run<'_>, outcome: &'a Outcome<'_>) -> Entry<'a> {
    let oracle = run.oracle(&outcome.task.case.name);
    let channels = outcome.judgement.channels.iter();
    Entry {
        case: &outcome.task.case.name,
        client: outcome.task.client_name(),
        server: outcome.task.server_name(),
        run: outcome.task.run,
        verdict: outcome.judgement.verdict,
        error: outcome.judgement.error.as_deref(),
        channels: channels
            .map(|(channel, judged)| (*channel, channel_entry(*channel, judged, oracle)))
            .collect(),
        millis: outcome
            .recording
            .as_ref()
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
        Observed::Bytes(bytes) => {
            let shown = &bytes[..bytes.len().min(SHOWN)];
            Value::Bytes {
                length: bytes.len(),
                hex: hex::encode(shown),
                text: String::from_utf8_lossy(shown).into_owned(),
            }
        }
    }
}

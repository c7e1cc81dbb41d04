//! The masks and the declared differences of a pair's file.

use anyhow::{Context, Result, anyhow, bail, ensure};
use globset::Glob;
use regex::bytes::Regex;

use super::file::{DeclaredTable, MaskTable};
use crate::channel::Channel;
use crate::declared::{Against, Declared, Expected};
use crate::mask::Mask;

/// Returns the mask of a table, whose glob must match one of `cases` unless probes add to them.
pub(super) fn mask(table: MaskTable, cases: &[&str], has_probes: bool) -> Result<Mask> {
    ensure!(!table.reason.trim().is_empty(), "a mask needs a reason");
    let case = table.case.compile_matcher();
    ensure!(
        has_probes || cases.iter().any(|name| case.is_match(name)),
        "the case {:?} matches nothing",
        table.case.glob()
    );
    let pattern = Regex::new(&table.pattern).map_err(|error| {
        // The library draws the place of the mistake on lines of its own.
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        anyhow!(
            "pattern {:?}: {}",
            table.pattern,
            last.trim_start_matches("error: ")
        )
    })?;
    Ok(Mask::new(table.channel, case, pattern, table.reason))
}

/// Returns the declared difference of a table, whose peer is a candidate if it is `known`.
pub(super) fn declared(table: DeclaredTable, known: bool) -> Result<Declared> {
    ensure!(known, "peer {:?} is no candidate", table.peer);
    ensure!(
        !table.reason.trim().is_empty(),
        "a declared difference needs a reason"
    );
    Glob::new(&table.case).with_context(|| format!("case {:?}", table.case))?;
    let is_of_bytes = matches!(
        table.channel,
        Channel::ClientStdout | Channel::ServerStdout | Channel::ClientBytes | Channel::ServerBytes
    );
    let observed = match (table.expected, table.expected_hex) {
        (Some(text), None) if is_of_bytes => bytes(text.into_bytes()),
        (Some(text), None) => Expected::Text(text.leak()),
        (None, Some(hex)) if is_of_bytes => bytes(hex::decode(&hex).context("expected-hex")?),
        (None, Some(_)) => bail!("expected-hex is for channels of bytes; write expected"),
        _ => bail!("one of expected and expected-hex says what the candidate does"),
    };
    // A pair is read once in the life of the program.
    Ok(Declared {
        cases: vec![&*table.case.leak()].leak(),
        peer: table.peer.leak(),
        side: table.side,
        against: Against::Anyone,
        channel: table.channel,
        observed,
        reason: table.reason.leak(),
    })
}

fn bytes(bytes: Vec<u8>) -> Expected {
    Expected::Streams(vec![&*bytes.leak()].leak())
}

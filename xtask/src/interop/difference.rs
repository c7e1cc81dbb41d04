//! What differs between a recording and Java's, as text: for the terminal, JUnit and Markdown.

use std::fmt::{self, Write};

use super::channel::{Channel, Observed};
use super::oracle::Oracle;
use super::verdict::{Judged, Verdict, first_difference};
use super::visible::visible;
use super::{Outcome, Run};

/// Each channel of `outcome` that differs, with its first differing byte; or why there is no verdict.
pub(crate) fn text(run: &Run<'_>, outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    write(&mut text, run, outcome).expect("a string takes everything");
    text
}

fn write(text: &mut String, run: &Run<'_>, outcome: &Outcome<'_>) -> fmt::Result {
    if let Some(error) = &outcome.judgement.error {
        writeln!(text, "  {}", visible(error))?;
    }
    for (channel, judged) in &outcome.judgement.channels {
        if let (Some(Verdict::Different), Some(oracle)) =
            (judged.verdict, run.oracle(&outcome.task.case.name))
        {
            write_channel(text, *channel, judged, oracle)?;
        }
    }
    Ok(())
}

fn write_channel(
    text: &mut String,
    channel: Channel,
    judged: &Judged,
    oracle: &Oracle,
) -> fmt::Result {
    writeln!(text, "  {}", channel.name())?;
    if let Some(declared) = judged.declared {
        writeln!(text, "    not as declared ({})", declared.reason)?;
    }
    for (seen, times) in oracle.seen(channel) {
        match (seen, &judged.observed) {
            (Observed::Bytes(java), Observed::Bytes(here)) => write_bytes(text, java, here, times)?,
            _ => writeln!(text, "    java {times}×  {}", brief(seen))?,
        }
    }
    match judged.observed {
        Observed::Bytes(_) => Ok(()),
        _ => writeln!(text, "    here     {}", brief(&judged.observed)),
    }
}

fn write_bytes(text: &mut String, java: &[u8], here: &[u8], times: usize) -> fmt::Result {
    let Some(at) = first_difference(java, here) else {
        return Ok(());
    };
    writeln!(
        text,
        "    first difference at byte {at} ({at:#x}) of {} and {}",
        java.len(),
        here.len()
    )?;
    writeln!(text, "    java {times}×  {}", window(java, at))?;
    writeln!(text, "    here     {}", window(here, at))
}

/// Sixteen bytes around `at`, in hexadecimal and as text, the one at `at` in brackets.
fn window(bytes: &[u8], at: usize) -> String {
    let start = at.saturating_sub(6);
    let shown = &bytes[start.min(bytes.len())..bytes.len().min(start + 16)];
    let mut line = String::from(if start > 0 { "… " } else { "" });
    for (n, byte) in shown.iter().enumerate() {
        let here = start + n == at;
        let (open, close) = if here { ('[', "]") } else { (' ', "") };
        write!(line, "{open}{byte:02x}{close}").expect("a string takes everything");
    }
    if at >= bytes.len() {
        line.push_str(" [end]");
    }
    format!("{line}   {:?}", String::from_utf8_lossy(shown))
}

fn brief_bytes(bytes: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
    format!("{} bytes {shown:?}", bytes.len())
}

/// An observation in one line.
pub(crate) fn brief(observed: &Observed) -> String {
    match observed {
        Observed::Text(text) => visible(text),
        Observed::Absent => "nothing".into(),
        Observed::Unobserved(reason) => visible(reason),
        Observed::Bytes(bytes) => brief_bytes(bytes),
        Observed::Streams(streams) => {
            let each: Vec<String> = streams.iter().map(|bytes| brief_bytes(bytes)).collect();
            format!("{} connections: {}", streams.len(), each.join("; "))
        }
    }
}

//! Describes in text how a recording differs from the originals', for the terminal, JUnit and Markdown.
//!
//! If Java's client sent `00 02 68 69` in each of three recordings, and the client of this recording sent
//! `00 02 68 6f`, the text is:
//!
//! ```text
//!   client.bytes
//!     first difference at byte 3 (0x3) of 4 and 4
//!     java 3×   00 02 68[69]   "\0\u{2}hi"
//!     here      00 02 68[6f]   "\0\u{2}ho"
//!     message 1 of 1 and 1
//!       java   2 bytes "hi"
//!       here   2 bytes "ho"
//! ```

use std::fmt::{self, Write};

use crate::case_result::CaseResult;
use crate::channel::{Channel, Observed, first_difference};
use crate::oracle::Oracle;
use crate::summary::Summary;
use crate::verdict::{Judged, Verdict};
use ladder::Dissector;
use ladder::visible::visible;
use recorder::{Side, joined};

/// Number of lines of standard error that are shown: the last ones.
const LINES: usize = 5;

/// Number of characters of such a line that are shown.
const COLUMNS: usize = 200;

/// Returns each channel of `result` that differs, with its first differing byte, or the reason why there is no
/// verdict.
pub(crate) fn text(summary: &Summary<'_>, result: &CaseResult<'_>) -> String {
    let mut text = String::new();
    write(&mut text, summary, result).expect("a string takes everything");
    text
}

fn write(text: &mut String, summary: &Summary<'_>, result: &CaseResult<'_>) -> fmt::Result {
    if let Some(error) = &result.judgement.error {
        writeln!(text, "  {}", visible(error))?;
    }
    for (channel, judged) in &result.judgement.channels {
        if let (Some(Verdict::Different), Some(oracle)) =
            (judged.verdict, summary.oracle(&result.task.case.name))
        {
            write_channel(text, *channel, judged, oracle, summary.run.dissector)?;
        }
    }
    for side in Side::BOTH {
        write_stderr(text, result, side)?;
    }
    Ok(())
}

/// Writes the last lines of a candidate's standard error, which often say why it failed.
fn write_stderr(text: &mut String, result: &CaseResult<'_>, side: Side) -> fmt::Result {
    let peer = match side {
        Side::Client => result.task.client,
        Side::Server => result.task.server,
    };
    let recording = result.attempt.recording();
    let played = recording.and_then(|recording| recording.played(side));
    let (Some(played), Some(false)) = (played, peer.map(|peer| peer.is_original)) else {
        return Ok(());
    };
    let bytes = joined(&played.stderr);
    let all = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = all.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    if last.is_empty() {
        return Ok(());
    }
    let of = match lines.len() > last.len() {
        true => format!(", its last {} lines of {}", last.len(), lines.len()),
        false => String::new(),
    };
    writeln!(text, "  {}.stderr (not judged{of})", side.name())?;
    for line in last {
        let shown: String = line.chars().take(COLUMNS).collect();
        let cut = if shown.len() < line.len() { "…" } else { "" };
        writeln!(text, "    {}{cut}", visible(&shown))?;
    }
    Ok(())
}

fn write_channel(
    text: &mut String,
    channel: Channel,
    judged: &Judged,
    oracle: &Oracle,
    dissector: Dissector,
) -> fmt::Result {
    let dissector = match channel {
        Channel::ClientBytes | Channel::ServerBytes => dissector,
        _ => Dissector::Raw,
    };
    writeln!(text, "  {}", channel.name())?;
    if let Some(declared) = judged.declared {
        writeln!(text, "    not as declared ({})", declared.reason)?;
    }
    let mut is_shown = false;
    for (seen, times) in oracle.seen(channel) {
        let (java, here) = match (seen, &judged.observed) {
            (Observed::Bytes(java), Observed::Bytes(here)) => (java, here),
            (Observed::Streams(java), Observed::Streams(here))
                if java.len() == here.len() && java != here =>
            {
                let mut pairs = java.iter().zip(here);
                let n = pairs.position(|(java, here)| java != here);
                let n = n.expect("they differ");
                writeln!(text, "    stream {} of {}", n + 1, java.len())?;
                (&java[n], &here[n])
            }
            _ => {
                writeln!(text, "    original {times}×  {}", seen.brief())?;
                continue;
            }
        };
        is_shown = true;
        write_bytes(text, java, here, times)?;
        write_message(text, &dissector.messages(java), &dissector.messages(here))?;
    }
    match is_shown {
        true => Ok(()),
        false => writeln!(text, "    here         {}", judged.observed.brief()),
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
    writeln!(text, "    original {times}×  {}", window(java, at))?;
    writeln!(text, "    here         {}", window(here, at))
}

/// Writes the first message that differs.
fn write_message(text: &mut String, java: &[String], here: &[String]) -> fmt::Result {
    let Some(n) = (0..java.len().max(here.len())).find(|&n| java.get(n) != here.get(n)) else {
        return Ok(());
    };
    let shown = |messages: &[String]| match messages.get(n) {
        Some(message) if message.chars().count() > COLUMNS => {
            message.chars().take(COLUMNS).chain(['…']).collect()
        }
        Some(message) => message.clone(),
        None => "nothing more".into(),
    };
    writeln!(
        text,
        "    message {} of {} and {}",
        n + 1,
        java.len(),
        here.len()
    )?;
    writeln!(text, "      original  {}", visible(&shown(java)))?;
    writeln!(text, "      here      {}", visible(&shown(here)))
}

/// Returns 16 bytes around `at` in hexadecimal and as text, with byte `at` in brackets.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::example;
    use recorder::Chunk;

    /// Returns the text of `rust__java-17` if both programs wrote this to standard error.
    fn with_stderr(stderr: &[u8]) -> String {
        let mut run = example::run();
        let recording = example::recording_of(&mut run.results[4]);
        for played in [&mut recording.client, &mut recording.server] {
            played.as_mut().unwrap().stderr = vec![Chunk {
                time: 0,
                bytes: stderr.to_vec(),
            }];
        }
        text(&Summary::of(&run), &run.results[4])
    }

    #[test]
    fn a_candidate_that_failed_is_shown_with_its_standard_error() {
        let text = with_stderr(b"Traceback:\n\nEOFError: \x1b[31mno line\r\n");
        let expected =
            "\n  client.stderr (not judged)\n    Traceback:\n    EOFError: \\u{1b}[31mno line\n";
        assert!(text.ends_with(expected), "{text}");
        assert!(!text.contains("server.stderr"), "it is the original's");
        assert!(!with_stderr(b" \n").contains("not judged"));
    }

    #[test]
    fn of_several_streams_the_first_that_differs_is_shown() {
        let streams = |last: &[u8]| Observed::Streams(vec![b"same".to_vec(), last.to_vec()]);
        let recordings = vec![BTreeMap::from([(Channel::ClientStdout, streams(b"abc"))])];
        let oracle = Oracle {
            recordings,
            broken: None,
        };
        let judged = Judged {
            verdict: Some(Verdict::Different),
            observed: streams(b"abd"),
            declared: None,
        };
        let mut text = String::new();
        let channel = Channel::ClientStdout;
        write_channel(&mut text, channel, &judged, &oracle, Dissector::Raw).unwrap();
        let expected =
            "  client.stdout\n    stream 2 of 2\n    first difference at byte 2 (0x2) of 3 and 3\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn of_a_long_standard_error_the_end_is_shown() {
        let long = "你".repeat(COLUMNS + 1);
        let stderr: String = (1..=9).map(|n| format!("line {n}\n")).collect();
        let text = with_stderr((stderr + &long).as_bytes());
        let shown: Vec<&str> = text.lines().rev().take(6).collect();
        assert_eq!(shown[0], format!("    {}…", "你".repeat(COLUMNS)));
        assert_eq!(shown[4], "    line 6");
        assert_eq!(
            shown[5],
            "  client.stderr (not judged, its last 5 lines of 10)"
        );
    }
}

//! The certificate of a run: recordings of the originals, altered one at a time, and judged.
//!
//! An oracle that masks too much says "same" of everything. So each observation of an original is altered in the ways
//! in which a wrong port may differ (a byte changed, a byte missing, another exit, RST for FIN), and judged under the
//! masks. An alteration that is not noticed is listed. A mask under which none is noticed is blind.

use recorder::Recording;
use serde::Serialize;

use crate::case::Case;
use crate::case_result::CaseResult;
use crate::channel::{Channel, Observed};
use crate::declared::{Declarations, Subject};
use crate::mask::{self, Mask};
use crate::oracle::Oracle;
use crate::verdict::{Verdict, judge};

/// The results of judging altered recordings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Certificate {
    /// Number of altered recordings.
    pub altered: usize,
    /// The alterations that were not noticed, in words.
    pub unnoticed: Vec<String>,
    /// The channels of cases on which masks hide every alteration, in words.
    pub blind: Vec<String>,
    /// The masks that never matched, in words.
    pub unmatched: Vec<String>,
}

/// Returns the first recording of the originals in each of `cases` that has one.
pub(crate) fn originals<'a>(
    cases: &'a [Case],
    results: &'a [CaseResult<'a>],
) -> impl Iterator<Item = (&'a Case, &'a Recording)> {
    cases.iter().filter_map(|case| {
        let of_case = |result: &&CaseResult<'_>| {
            result.task.case.name == case.name && result.task.is_original()
        };
        let mut of_case = results.iter().filter(of_case);
        Some((case, of_case.find_map(|result| result.attempt.recording())?))
    })
}

/// Alters a recording of the originals of each case, one observation at a time, and judges it.
///
/// A mask that never matched is only wrong if the run `is_whole`.
pub(crate) fn certify<'a>(
    originals: impl IntoIterator<Item = (&'a Case, &'a Recording)>,
    oracles: &[(&Case, Oracle)],
    masks: &[Mask],
    is_whole: bool,
) -> Certificate {
    let mut certificate = Certificate::default();
    // Before anything is altered: a mask that matches an alteration alone does nothing.
    if is_whole {
        let unmatched = mask::unmatched(masks).into_iter();
        certificate.unmatched = unmatched
            .map(|mask| {
                let (channel, pattern) = (mask.channel.name(), mask.pattern.as_str());
                format!("{channel}: {pattern:?} ({})", mask.reason)
            })
            .collect();
    }
    let declarations = Declarations::new(&[]);
    for (case, recording) in originals {
        let name = case.name.as_str();
        let oracle = oracles.iter().find(|(of, _)| of.name == case.name);
        let Some((_, oracle)) = oracle.filter(|(_, oracle)| oracle.broken.is_none()) else {
            continue;
        };
        let subject = Subject {
            case: name,
            client: "",
            server: "",
            serves_forever: false,
        };
        let mut observations = mask::observe(masks, name, recording);
        for &channel in Channel::ALL {
            let unaltered = observations[&channel].clone();
            let mut noticed = 0;
            let mut missed = Vec::new();
            for altered in alterations(channel.observed(recording)) {
                certificate.altered += 1;
                let observed = mask::blanked(masks, name, channel, altered.observed);
                observations.insert(channel, observed);
                let verdict = judge(subject, &observations, oracle, &declarations).verdict;
                match verdict == Verdict::Different {
                    true => noticed += usize::from(!altered.is_of_breaks),
                    false => missed.push(format!("{name}: {}: {}", channel.name(), altered.how)),
                }
            }
            observations.insert(channel, unaltered);
            let mut masks = mask::of(masks, name, channel);
            if let (0, false, Some(mask)) = (noticed, missed.is_empty(), masks.next()) {
                certificate.blind.push(format!(
                    "{name}: {}: the mask {:?} ({}) hides every difference; write a narrower pattern",
                    channel.name(),
                    mask.pattern.as_str(),
                    mask.reason
                ));
            }
            certificate.unnoticed.append(&mut missed);
        }
    }
    certificate
}

/// An observation that was altered.
#[derive(Debug)]
struct Altered {
    /// The alteration in words.
    how: String,
    observed: Observed,
    /// True if only line breaks changed, which even a mask of every line shows.
    is_of_breaks: bool,
}

/// Returns `observed` altered in each way that makes sense for it.
fn alterations(observed: Observed) -> Vec<Altered> {
    match observed {
        Observed::Bytes(bytes) => of_bytes(&bytes, Observed::Bytes),
        Observed::Streams(streams) => {
            let altered = |(n, bytes): (usize, &Vec<u8>)| {
                of_bytes(bytes, |bytes| {
                    let mut altered = streams.clone();
                    altered[n] = bytes;
                    Observed::Streams(altered)
                })
            };
            streams.iter().enumerate().flat_map(altered).collect()
        }
        Observed::Text(text) => {
            let other = match text.as_str() {
                text if text.contains("FIN") => text.replacen("FIN", "RST", 1),
                text if text.contains("RST") => text.replacen("RST", "FIN", 1),
                "silent" => "not silent".into(),
                text if text.starts_with("exit ") => format!("{text}1"),
                text => format!("{text}, and more"),
            };
            vec![Altered {
                how: format!("{other:?} instead of {text:?}"),
                observed: Observed::Text(other),
                is_of_breaks: false,
            }]
        }
        Observed::Absent | Observed::Unobserved(_) => Vec::new(),
    }
}

/// Returns `bytes` with one byte changed, one missing, one added and one line missing, as observations.
fn of_bytes(bytes: &[u8], observed: impl Fn(Vec<u8>) -> Observed) -> Vec<Altered> {
    let is_break = |byte: &u8| b"\r\n".contains(byte);
    let inner: Vec<usize> = (0..bytes.len())
        .filter(|&at| !is_break(&bytes[at]))
        .collect();
    let mut altered = Vec::new();
    let mut add = |how: String, bytes, is_of_breaks| {
        altered.push(Altered {
            how,
            observed: observed(bytes),
            is_of_breaks,
        });
    };
    let mut places = [0, inner.len() / 2, inner.len().saturating_sub(1)].to_vec();
    places.dedup();
    for at in places
        .into_iter()
        .filter_map(|place| inner.get(place).copied())
    {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        add(
            format!("byte {at} changed"),
            changed,
            is_break(&(bytes[at] ^ 1)),
        );
        let missing = [&bytes[..at], &bytes[at + 1..]].concat();
        add(format!("byte {at} missing"), missing, false);
    }
    let end = inner.last().map_or(0, |last| last + 1);
    let added = [&bytes[..end], b"!", &bytes[end..]].concat();
    add(format!("a byte added at {end}"), added, inner.is_empty());
    if let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
        add(
            "the first line missing".into(),
            bytes[end + 1..].to_vec(),
            true,
        );
    }
    altered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::Attempt;
    use crate::example;

    /// Returns the certificate of three equal recordings under a mask of the server's bytes.
    fn certificate(pattern: &str) -> Certificate {
        let case = &example::cases()[0];
        let recording = example::recording();
        let masks = [mask::tests::mask(Channel::ServerBytes, "*", pattern)];
        let attempts = [0; 3].map(|_| Attempt::Recorded(recording.clone()));
        let oracle = Oracle::of(&case.name, &masks, &attempts);
        certify([(case, &recording)], &[(case, oracle)], &masks, true)
    }

    #[test]
    fn every_alteration_is_noticed_that_no_mask_hides() {
        let certificate = certificate("no such text");
        assert!(certificate.altered >= 40, "{certificate:?}");
        assert_eq!(certificate.unnoticed, [""; 0]);
        assert_eq!(certificate.blind, [""; 0]);
        assert_eq!(certificate.unmatched.len(), 1);
    }

    #[test]
    fn a_mask_of_everything_is_blind() {
        let certificate = certificate("(?s-u)^.*$");
        let blind = &certificate.blind[0];
        assert!(
            blind.contains("server.bytes: the mask \"(?s-u)^.*$\" (it varies) hides"),
            "{blind}"
        );
        assert!(!certificate.unnoticed.is_empty());
    }

    #[test]
    fn a_mask_that_matches_an_alteration_alone_has_not_matched() {
        assert_eq!(certificate("(?-u)!$").unmatched.len(), 1);
    }

    #[test]
    fn a_narrow_mask_hides_what_it_matches_alone() {
        let certificate = certificate(r"(?-u)^\x00");
        assert_eq!(
            (certificate.blind.len(), certificate.unmatched.len()),
            (0, 0)
        );
    }
}

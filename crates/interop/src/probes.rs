//! Derives probes: cases in which a script plays one side of a recorded conversation, and disturbs it at any byte.
//!
//! The originals said `a` (client), `bcd` (server) and `e` (client). A script in the server's place says `bcd`, once it
//! has received what the client says before. So there are the probes `cut/server/0` to `cut/server/3`, and likewise for
//! a reset, a stall, a half-close, and a split between two bytes of one turn. A script in the client's place may also
//! have two conversations at once, of which the first stalls between two turns: `beside/client/0`.
//!
//! Of a long conversation only some offsets are tried: those next to the end of a turn first.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use recorder::{Act, Await, End, Recording, Side, Step};

use crate::attempt::Attempt;
use crate::case::Case;
use crate::conversation::{Conversation, Turn};
use crate::task::Task;

/// The conversations from which probes are derived.
#[derive(Debug, Clone)]
pub struct Probes {
    /// Names of the cases in which the originals are recorded.
    pub of: Vec<String>,
    /// Number of offsets that are tried for each kind of disturbance and each direction.
    pub most: usize,
}

/// Something that happened in a recorded conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A program got these bytes on its console.
    Fed(Side, Vec<u8>),
    /// A program's console input ended.
    InputEnded(Side),
    /// The client connected. What comes before, the programs did before that.
    Connected,
    Said(Side, Vec<u8>),
    /// A side ended its direction of the connection.
    Ended(Side, End),
}

/// Returns the probes of the conversations that the originals were recorded in, and the number of those left out.
///
/// A conversation that probes cannot be derived from is named on standard error, with the reason.
pub(crate) fn of_recordings(
    probes: &Probes,
    tasks: &[Task<'_>],
    attempts: &[Option<Attempt>],
) -> (Vec<Case>, usize) {
    let (mut derived, mut left_out) = (Vec::new(), 0);
    for name in &probes.of {
        let recorded = tasks.iter().zip(attempts).find_map(|(task, attempt)| {
            let is_original = task.case.name == *name && task.is_original();
            let attempt = attempt.as_ref().filter(|_| is_original)?;
            Some((task.case, attempt.recording()?))
        });
        let Some((case, recording)) = recorded else {
            continue;
        };
        let happened = match conversation(recording) {
            Ok(happened) => happened,
            Err(reason) => {
                eprintln!("no probes of {name}: {reason:#}");
                continue;
            }
        };
        for side in Side::BOTH {
            let (cases, more) = derive(&scripted(name, side, &happened), probes.most);
            left_out += more;
            derived.extend(cases.into_iter().map(|probe| Case {
                client: case.client.clone(),
                server: case.server.clone(),
                ..probe
            }));
        }
    }
    (derived, left_out)
}

/// Returns what happened in `recording`, in order.
///
/// Fails if there is not exactly one connection, several clients ran beside each other, or nobody said anything.
pub fn conversation(recording: &Recording) -> Result<Vec<Happened>> {
    let connections = recording
        .wire
        .as_ref()
        .map_err(|reason| anyhow::anyhow!("{reason}"))?;
    if !recording.beside.is_empty() {
        bail!("probes need one client at a time");
    }
    let [connection] = &connections[..] else {
        bail!(
            "probes need one connection, and there were {}",
            connections.len()
        );
    };
    let mut happened = BTreeMap::new();
    for made in &recording.made {
        match &made.step {
            Step::Feed(side, bytes) => {
                happened.insert((made.time, 0), Happened::Fed(*side, bytes.clone()))
            }
            Step::EndInput(side) => happened.insert((made.time, 1), Happened::InputEnded(*side)),
            _ => None,
        };
    }
    for side in Side::BOTH {
        let bytes = &connection.sent_by(side).bytes;
        let mut said = 0;
        let mut first = None;
        for segment in connection
            .segments
            .iter()
            .filter(|segment| segment.from == side)
        {
            if segment.syn {
                first = Some(segment.sequence.wrapping_add(1));
                if side == Side::Client {
                    happened.insert((segment.time, 2), Happened::Connected);
                }
            }
            let Some(first) = first else { continue };
            let offset = segment.sequence.wrapping_sub(first) as usize;
            // A retransmission ends at or before what was said already.
            let end = (offset + segment.payload.len()).min(bytes.len());
            if !segment.payload.is_empty() && end > said {
                let key = (segment.time, 3 + said as u64);
                happened.insert(key, Happened::Said(side, bytes[said..end].to_vec()));
                said = end;
            }
        }
    }
    let mut turns: Vec<Happened> = Vec::new();
    for next in happened.into_values() {
        match (turns.last_mut(), next) {
            (Some(Happened::Said(side, said)), Happened::Said(same, more)) if *side == same => {
                said.extend(more);
            }
            (_, next) => turns.push(next),
        }
    }
    let speaks = |one: &Happened| matches!(one, Happened::Said(..));
    turns
        .iter()
        .any(speaks)
        .then_some(turns)
        .context("nobody said anything")
}

/// Returns the conversation in which a script plays `scripted`, as it `happened`, under this name.
pub fn scripted(name: &str, scripted: Side, happened: &[Happened]) -> Conversation {
    let program = scripted.other();
    let rests = || Step::Await(Await::Settled(program));
    let receive = || [rests(), Step::Act(Act::ReceiveArrived)];
    let (mut opening, connect) = match scripted {
        Side::Client => (
            vec![Step::Start(Side::Server)],
            vec![Step::Await(Await::Listening), Step::Act(Act::Connect)],
        ),
        Side::Server => (
            vec![Step::Act(Act::Listen), Step::Start(Side::Client)],
            vec![Step::Act(Act::Accept)],
        ),
    };
    let connected = happened.iter().position(|one| *one == Happened::Connected);
    let (earlier, happened) = happened.split_at(connected.unwrap_or(0));
    let console = |one: &Happened| match one {
        Happened::Fed(side, bytes) if *side == program => {
            vec![rests(), Step::Feed(program, bytes.clone())]
        }
        Happened::InputEnded(side) if *side == program => vec![rests(), Step::EndInput(program)],
        _ => Vec::new(),
    };
    opening.extend(earlier.iter().flat_map(console));
    opening.extend(connect);
    let mut turns = Vec::new();
    let mut before = Vec::new();
    let mut ended = false;
    for one in happened {
        match one {
            Happened::Fed(..) | Happened::InputEnded(_) => before.extend(console(one)),
            Happened::Ended(side, end) if *side == scripted => {
                let act = match end {
                    End::Fin => Act::HalfClose,
                    End::Rst => Act::Reset,
                };
                before.extend([rests(), Step::Act(act)]);
                ended = *end == End::Rst;
            }
            Happened::Ended(..) | Happened::Connected => {}
            // Nothing can be received behind a RST.
            Happened::Said(side, _) if *side == program && ended => {}
            Happened::Said(side, _) if *side == program => before.extend(receive()),
            Happened::Said(_, says) => turns.push(Turn {
                before: std::mem::take(&mut before),
                says: says.clone(),
            }),
        }
    }
    let (rest, close) = match ended {
        true => (before, Vec::new()),
        false => (
            [before, receive().to_vec()].concat(),
            [&receive()[..], &[Step::Act(Act::Close)]].concat(),
        ),
    };
    Conversation {
        prefix: format!("{name}/"),
        scripted,
        opening,
        turns,
        rest,
        close,
        read: Await::Settled(program),
        end: vec![rests(), Step::Await(Await::Stopped(program))],
    }
}

/// Returns the probes of `conversation`, and the number of probes that are left out because there are more than
/// `most` offsets.
pub fn derive(conversation: &Conversation, most: usize) -> (Vec<Case>, usize) {
    let length = conversation.length();
    let ends: Vec<usize> = conversation
        .turns
        .iter()
        .scan(0, |end, turn| {
            *end += turn.says.len();
            Some(*end)
        })
        .collect();
    let (offsets, left_out) = sampled((0..=length).collect(), &ends, most);
    let between = (1..length).filter(|at| !ends.contains(at)).collect();
    let (splits, splits_left_out) = sampled(between, &ends, most);
    let each = |probe: fn(&Conversation, usize) -> Case| {
        offsets.iter().map(move |&k| probe(conversation, k))
    };
    let split = |&k: &usize| conversation.split(&k.to_string(), &[k]);
    // Only a server can have two conversations at the same time.
    let turns = match conversation.scripted {
        Side::Client => (0..=ends.len()).collect(),
        Side::Server => Vec::new(),
    };
    let (turns, turns_left_out) = sampled(turns, &[0, ends.len()], most);
    let probes = each(Conversation::cut)
        .chain(each(Conversation::reset))
        .chain(each(Conversation::stall))
        .chain(each(Conversation::half_close))
        .chain(splits.iter().map(split))
        .chain(
            turns
                .iter()
                .map(|&n| conversation.beside(n.checked_sub(1).map_or(0, |n| ends[n]))),
        );
    let left_out = 4 * left_out + splits_left_out + turns_left_out;
    (probes.collect(), left_out)
}

/// Returns the `most` offsets that are nearest to the end of a turn, in increasing order, and the number of others.
fn sampled(mut offsets: Vec<usize>, ends: &[usize], most: usize) -> (Vec<usize>, usize) {
    let distance = |offset: usize| ends.iter().map(|end| end.abs_diff(offset)).min();
    offsets.sort_by_key(|&offset| (distance(offset).unwrap_or(offset), offset));
    let left_out = offsets.len().saturating_sub(most);
    offsets.truncate(most);
    offsets.sort_unstable();
    (offsets, left_out)
}

#[cfg(test)]
mod tests;

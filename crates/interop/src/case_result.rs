//! The result of one planned recording.

use recorder::Side;

use crate::attempt::Attempt;
use crate::channel::Channel;
use crate::peer::Peer;
use crate::task::Task;
use crate::verdict::{Judgement, Verdict};

/// A planned recording, the attempt to make it, and the verdict on it.
#[derive(Debug)]
pub(crate) struct CaseResult<'a> {
    pub task: Task<'a>,
    pub attempt: Attempt,
    pub judgement: Judgement,
}

impl CaseResult<'_> {
    /// Returns whether an unsupported case was recorded and is the same as the originals'.
    pub(crate) fn is_supported_after_all(&self) -> bool {
        let verdicts = self.judgement.channels.values();
        let mut verdicts = verdicts.filter_map(|judged| judged.verdict).peekable();
        self.judgement.verdict == Verdict::Unsupported
            && verdicts.peek().is_some()
            && verdicts.all(|verdict| verdict < Verdict::Different)
    }

    /// Returns the peer that claims not to support the case, with its side, or `None` if both peers claim so.
    pub(crate) fn claimant(&self) -> Option<(&str, Side)> {
        let claims = |peer: Option<&'_ Peer>, side| {
            peer.is_some_and(|peer| peer.unsupported(&self.task.case.name, side).is_some())
        };
        match (
            claims(self.task.client, Side::Client),
            claims(self.task.server, Side::Server),
        ) {
            (true, false) => Some((self.task.client_name(), Side::Client)),
            (false, true) => Some((self.task.server_name(), Side::Server)),
            _ => None,
        }
    }

    /// Returns the channels that are different.
    pub(crate) fn differing(&self) -> impl Iterator<Item = Channel> {
        let channels = self.judgement.channels.iter();
        channels
            .filter(|(_, judged)| judged.verdict == Some(Verdict::Different))
            .map(|(channel, _)| *channel)
    }

    /// Returns the reason why there is no verdict, or the names of the channels that are different.
    pub(crate) fn explanation(&self) -> String {
        let names: Vec<&str> = self.differing().map(Channel::name).collect();
        let error = self.judgement.error.clone();
        error.unwrap_or_else(|| names.join(", "))
    }
}

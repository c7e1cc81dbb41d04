//! Recordings that are kept in the repository: what the guides' figures are drawn from, and what the
//! order check is tested with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::cast;
use super::code::{self, Player};
use super::ladder::{self, Ladder};
use super::own;
use super::play::{Pairing, Run};
use super::scenario::{self, Scenario};
use interop::programs::workspace;
use recorder::{Nanos, Played, Recording, Side};

/// A recording, with who played what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) scenario: String,
    /// `java-25`, `rust`; empty where nobody plays.
    client: String,
    server: String,
    pub(super) recording: Recording,
}

/// Who plays in the recordings that are kept.
pub(super) fn pairings() -> [Pairing; 2] {
    ["java", "rust"].map(|name| Pairing {
        client: name.into(),
        server: name.into(),
    })
}

impl Kept {
    /// What of `run` belongs to the conversation, with its times counted from its beginning.
    pub(super) fn new(scenario: &Scenario, run: &Run) -> Kept {
        let ports = ladder::ports(&run.recording);
        let mut recording = run.recording.clone();
        for played in [&mut recording.client, &mut recording.server]
            .into_iter()
            .flatten()
        {
            trim(played, run.recording.port, &ports);
        }
        rebase(&mut recording);
        Kept {
            scenario: scenario.name.into(),
            client: run.ladder.client.name.clone(),
            server: run.ladder.server.name.clone(),
            recording,
        }
    }

    #[cfg(test)]
    pub(super) fn ports(&self) -> Vec<u16> {
        ladder::ports(&self.recording)
    }

    pub(super) fn load(path: &Path) -> Result<Kept> {
        let read = || anyhow::Ok(serde_json::from_slice(&fs::read(path)?)?);
        read().with_context(|| format!("cannot read {}", path.display()))
    }

    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_string(self)? + "\n";
        fs::create_dir_all(folder())
            .and_then(|()| fs::write(path, json))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    pub(super) fn ladder(&self) -> Result<Ladder> {
        let scenario = scenario::named(&self.scenario)?;
        let player = |side, name: &str| match scenario.part(side) {
            Some(part) => cast::player(name, side, part),
            None => Ok(Player::plain("")),
        };
        Ok(ladder::from_recording(
            &self.recording,
            player(Side::Client, &self.client)?,
            player(Side::Server, &self.server)?,
        ))
    }
}

/// Where the recording of `scenario` by `pairing` is kept.
pub(super) fn path(scenario: &str, pairing: &Pairing) -> PathBuf {
    folder().join(format!("{scenario}.{pairing}.json"))
}

fn folder() -> PathBuf {
    workspace::root().join("xtask/tests/recordings/lab")
}

fn trim(played: &mut Played, port: u16, ports: &[u16]) {
    if let Ok(trace) = &mut played.trace {
        let own = own::calls(&trace.calls, port, ports).into_iter();
        trace.calls = own.map(|(_, call)| call).collect();
        for call in &mut trace.calls {
            call.stack = code::own_frame(&call.stack).into_iter().cloned().collect();
        }
    }
}

fn rebase(recording: &mut Recording) {
    let begun = recording.started;
    let earlier = |time: &mut Nanos| *time = time.saturating_sub(begun);
    earlier(&mut recording.started);
    for made in &mut recording.made {
        earlier(&mut made.time);
    }
    for connection in recording.wire.iter_mut().flatten() {
        for segment in &mut connection.segments {
            earlier(&mut segment.time);
        }
    }
    for played in [&mut recording.client, &mut recording.server]
        .into_iter()
        .flatten()
    {
        for chunk in played.stdout.iter_mut().chain(&mut played.stderr) {
            earlier(&mut chunk.time);
        }
        if let Ok(trace) = &mut played.trace {
            for call in &mut trace.calls {
                earlier(&mut call.entered);
                call.returned.iter_mut().for_each(earlier);
            }
            trace.ended.iter_mut().for_each(earlier);
        }
    }
}

#[cfg(test)]
pub(super) fn all() -> Vec<Kept> {
    let scenarios = scenario::all();
    let each = scenarios.iter().flat_map(|scenario| {
        pairings().map(|pairing| Kept::load(&path(scenario.name, &pairing)).unwrap())
    });
    each.collect()
}

//! Reads and writes recordings as files, with the names of the programs that played in them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::assemble::from_recording;
use crate::dissector::Dissector;
use crate::ladder::Ladder;
use crate::player::{self, Player};
use crate::{conversation, conversation_calls};
use recorder::{Nanos, Played, Recording};

/// A recording and its players, whose sources are not in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    pub scenario: String,
    pub client: Player,
    pub server: Player,
    pub recording: Recording,
}

impl Saved {
    /// Keeps those parts of a recording that belong to the conversation, with times counted from its
    /// beginning.
    pub fn new(scenario: &str, recording: &Recording, ladder: &Ladder) -> Saved {
        let ports = conversation::ports(recording);
        let mut recording = recording.clone();
        let (port, begun) = (recording.port, recording.started);
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
        let played = [&mut recording.client, &mut recording.server];
        for played in played.into_iter().flatten() {
            trim(played, port, &ports, earlier);
        }
        Saved {
            scenario: scenario.into(),
            client: ladder.client.clone(),
            server: ladder.server.clone(),
            recording,
        }
    }

    /// Reads a file that [`save`](Saved::save) wrote.
    pub fn load(path: &Path) -> Result<Saved> {
        let read = || anyhow::Ok(serde_json::from_slice(&fs::read(path)?)?);
        read().with_context(|| format!("cannot read {}", path.display()))
    }

    /// Writes the file at `path`, and its folder where it is missing.
    pub fn save(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_string(self)? + "\n";
        let folder = path.parent().context("a file has a folder")?;
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(path, json))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Returns its ladder.
    pub fn ladder(&self) -> Ladder {
        from_recording(
            &self.recording,
            self.client.clone(),
            self.server.clone(),
            Dissector::WriteUtf,
        )
    }
}

/// Keeps the conversation's calls of a program, and makes all times `earlier`.
fn trim(played: &mut Played, port: u16, ports: &[u16], earlier: impl Fn(&mut Nanos)) {
    for chunk in played.stdout.iter_mut().chain(&mut played.stderr) {
        earlier(&mut chunk.time);
    }
    let Ok(trace) = &mut played.trace else {
        return;
    };
    let own = conversation_calls::find(&trace.calls, port, ports).into_iter();
    trace.calls = own.map(|(_, call)| call).collect();
    for call in &mut trace.calls {
        let frame = player::own_frame(&call.stack).cloned();
        call.stack = frame.into_iter().collect();
        earlier(&mut call.entered);
        call.returned.iter_mut().for_each(&earlier);
    }
    trace.ended.iter_mut().for_each(earlier);
}

/// Returns the recordings below `tests/recordings`.
#[cfg(test)]
pub fn examples() -> Vec<Saved> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| Saved::load(path).unwrap())
        .collect()
}

/// Returns the recordings of the scenario `seed`: with Java on both sides, and with Rust.
#[cfg(test)]
pub fn seeds() -> [Ladder; 2] {
    let all = examples().into_iter();
    let seeds: Vec<Ladder> = all
        .filter(|saved| saved.scenario == "seed")
        .map(|saved| saved.ladder())
        .collect();
    seeds.try_into().expect("there are two")
}

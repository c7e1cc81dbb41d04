//! Writes a recording's evidence to disk, for a person and for Wireshark.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::capture::Packet;
use crate::files;
use crate::pcapng;
use crate::recording::{Chunk, Recording};
use crate::side::Side;

/// Writes everything that was observed into `folder`, over files of an earlier recording.
pub(crate) fn write(folder: &Path, recording: &Recording, packets: &[Packet]) -> Result<()> {
    files::make(folder)?;
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    for side in Side::BOTH {
        let Some(played) = recording.played(side) else {
            continue;
        };
        put(&format!("{}.stdout", side.name()), &joined(&played.stdout))?;
        put(&format!("{}.stderr", side.name()), &joined(&played.stderr))?;
        put(
            &format!("{}.exit", side.name()),
            format!("{}\n", played.exit).as_bytes(),
        )?;
    }
    if let Ok(connections) = &recording.wire {
        put("wire.pcapng", &pcapng::file(packets))?;
        for (side, name) in [
            (Side::Client, "client-to-server"),
            (Side::Server, "server-to-client"),
        ] {
            for (n, connection) in connections.iter().enumerate() {
                let number = if n == 0 {
                    String::new()
                } else {
                    format!("-{}", n + 1)
                };
                put(
                    &format!("{name}{number}.bin"),
                    &connection.sent_by(side).bytes,
                )?;
            }
        }
    }
    put("recording.json", &serde_json::to_vec_pretty(recording)?)
}

/// Returns the bytes of all `chunks`.
pub fn joined(chunks: &[Chunk]) -> Vec<u8> {
    chunks
        .iter()
        .flat_map(|chunk| &chunk.bytes)
        .copied()
        .collect()
}

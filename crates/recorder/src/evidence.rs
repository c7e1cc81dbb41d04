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
        for (n, played) in recording.all_played(side).enumerate() {
            let name = format!("{}{}", side.name(), number(n));
            put(&format!("{name}.stdout"), &joined(&played.stdout))?;
            put(&format!("{name}.stderr"), &joined(&played.stderr))?;
            let exit = format!("{}\n", played.exit);
            put(&format!("{name}.exit"), exit.as_bytes())?;
        }
    }
    if let Ok(connections) = &recording.wire {
        put("wire.pcapng", &pcapng::file(packets))?;
        for (side, name) in [
            (Side::Client, "client-to-server"),
            (Side::Server, "server-to-client"),
        ] {
            for (n, connection) in connections.iter().enumerate() {
                let bytes = &connection.sent_by(side).bytes;
                put(&format!("{name}{}.bin", number(n)), bytes)?;
            }
        }
    }
    put("recording.json", &serde_json::to_vec_pretty(recording)?)
}

/// Returns what stands behind the name of the nth of several files: nothing, `-2`, `-3` and so on.
fn number(n: usize) -> String {
    match n {
        0 => String::new(),
        n => format!("-{}", n + 1),
    }
}

/// Returns the bytes of all `chunks`.
pub fn joined(chunks: &[Chunk]) -> Vec<u8> {
    chunks
        .iter()
        .flat_map(|chunk| &chunk.bytes)
        .copied()
        .collect()
}

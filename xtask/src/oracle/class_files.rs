//! The strings of a JDK's own class files: frames that nobody here wrote.

use std::io::{ErrorKind, Read as _};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Error, Result, ensure};
use hellohi_proto::{JavaStr, Stream, diagnose};

use crate::oracle::Outcome;
use crate::oracle::answer::Mode;
use crate::oracle::jvm::Codec;

/// Every `CONSTANT_Utf8` of every class file, asked of the JVM, decoded and encoded back to the
/// same bytes, and taken for a stranger's by `diagnose` never.
pub(crate) fn compare(codec: &Codec<'_>, progress: &dyn Fn(u64)) -> Result<Outcome> {
    let (sender, pools) = mpsc::sync_channel::<Vec<u8>>(4);
    thread::scope(|scope| {
        // The sender is the reader's own: without it, the comparison knows that no more comes.
        let reader = scope.spawn(move || {
            let mut wrong = None;
            read_pools(codec, |pool| {
                wrong = wrong.take().or_else(|| trouble(&pool));
                sender.send(pool).is_ok()
            })?;
            Ok::<_, Error>(wrong)
        });
        let mut outcome = codec.compare(Mode::Decode, pools.into_iter(), progress)?;
        let local = reader.join().expect("the reader does not panic")?;
        outcome.mismatch = outcome.mismatch.or(local);
        ensure!(outcome.asked > 0, "{} has no class files", codec.jdk.name);
        Ok(outcome)
    })
}

/// Hands on the frames of each class file's pool, for as long as they are wanted.
pub(crate) fn read_pools(codec: &Codec<'_>, mut take: impl FnMut(Vec<u8>) -> bool) -> Result<()> {
    let mut running = codec.start("ClassFiles", &[])?;
    let mut stdout = running
        .child()
        .stdout
        .take()
        .context("no standard output")?;
    let mut length = [0; 4];
    loop {
        match stdout.read_exact(&mut length) {
            Err(end) if end.kind() == ErrorKind::UnexpectedEof => break,
            read => read?,
        }
        let mut class = vec![0; u32::from_be_bytes(length) as usize];
        stdout.read_exact(&mut class)?;
        if !take(frames(&class).context("a class file of the JDK cannot be read")?) {
            return Ok(());
        }
    }
    running.finish(&codec.jdk.name)
}

/// What is wrong with the first string that is not canonical or raises an alarm.
fn trouble(pool: &[u8]) -> Option<String> {
    for frame in Mode::Decode.split(pool) {
        let canonical = JavaStr::from_body(&frame[2..]).is_ok_and(|s| s.as_bytes() == &frame[2..]);
        if !canonical {
            return Some(format!("  not canonical: {frame:X?}"));
        }
        // Whole, and at the end of each segment of the smallest usual size.
        let segments = (536..frame.len()).step_by(536);
        for end in segments.chain([frame.len()]) {
            if let Some(cause) = diagnose(&frame[..end], Stream::Open) {
                let start = &frame[..end.min(64)];
                return Some(format!(
                    "  false alarm after {end} bytes: {cause}: {start:X?}"
                ));
            }
        }
    }
    // A peer that sends the whole pool, as far as one read brings it.
    let first_read = &pool[..pool.len().min(65_536)];
    diagnose(first_read, Stream::Open)
        .map(|cause| format!("  false alarm on a pool's first bytes: {cause}"))
}

/// The `CONSTANT_Utf8` entries of a class file, each as its frame (JVMS 4.4).
fn frames(class: &[u8]) -> Option<Vec<u8>> {
    let mut frames = Vec::new();
    let count = u16::from_be_bytes([*class.get(8)?, *class.get(9)?]);
    let mut rest = class.get(10..)?;
    let mut index = 1;
    while index < count {
        let (&tag, entry) = rest.split_first()?;
        let size = match tag {
            1 => 2 + usize::from(u16::from_be_bytes(*entry.first_chunk()?)),
            7 | 8 | 16 | 19 | 20 => 2,
            15 => 3,
            3 | 4 | 9..=12 | 17 | 18 => 4,
            5 | 6 => 8,
            _ => return None,
        };
        let (entry, behind) = entry.split_at_checked(size)?;
        if tag == 1 {
            frames.extend(entry);
        }
        rest = behind;
        // Longs and doubles take two indices.
        index += if matches!(tag, 5 | 6) { 2 } else { 1 };
    }
    Some(frames)
}

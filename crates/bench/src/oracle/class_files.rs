//! The strings of a JDK's own class files beside hellohi-proto.

use std::sync::mpsc;
use std::thread;

use anyhow::{Error, Result, ensure};
use hellohi_proto::{JavaStr, StreamState, diagnose};

use crate::java::batch::Mode;
use crate::java::class_files::read_pools;
use crate::java::programs::Programs;
use crate::oracle::compare::compare as compare_batches;
use crate::oracle::comparison::Comparison;

/// Decodes and encodes every string of every class file as the JVM does, which must give the same bytes.
///
/// Each string is also given to `diagnose`, which must recognise it as Java's; `diagnosed` counts these.
pub(crate) fn compare(
    programs: &Programs<'_>,
    diagnosed: &mut Comparison,
    progress: &dyn Fn(u64),
) -> Result<Comparison> {
    let (sender, pools) = mpsc::sync_channel::<Vec<u8>>(4);
    thread::scope(|scope| {
        // The reader drops the sender when it ends, which ends the comparison.
        let reader = scope.spawn(move || {
            let mut wrong = None;
            read_pools(programs, |pool| {
                wrong = wrong.take().or_else(|| not_canonical(&pool));
                diagnose_pool(&pool, diagnosed);
                sender.send(pool).is_ok()
            })?;
            Ok::<_, Error>(wrong)
        });
        let mut comparison = compare_batches(programs, Mode::Decode, pools.into_iter(), progress)?;
        let local = reader.join().expect("the reader does not panic")?;
        comparison.mismatch = comparison.mismatch.or(local);
        ensure!(
            comparison.asked > 0,
            "{} has no class files",
            programs.jdk.name
        );
        Ok(comparison)
    })
}

/// Returns a sentence about the first string that is not encoded to the bytes it was decoded from.
fn not_canonical(pool: &[u8]) -> Option<String> {
    let is_canonical = |frame: &[u8]| {
        JavaStr::from_mutf8(&frame[2..]).is_ok_and(|string| string.as_bytes() == &frame[2..])
    };
    Mode::Decode
        .split(pool)
        .find(|frame| !is_canonical(frame))
        .map(|frame| format!("  not canonical: {frame:X?}"))
}

/// Gives `diagnose` each frame, whole and up to each end of a segment of 536 bytes, and the first 64 KiB of
/// the pool, as one read may return them.
fn diagnose_pool(pool: &[u8], diagnosed: &mut Comparison) {
    for frame in Mode::Decode.split(pool) {
        let segments = (536..frame.len()).step_by(536);
        for end in segments.chain([frame.len()]) {
            expect_no_alarm(&frame[..end], diagnosed);
        }
    }
    expect_no_alarm(&pool[..pool.len().min(65_536)], diagnosed);
}

fn expect_no_alarm(seen: &[u8], diagnosed: &mut Comparison) {
    diagnosed.asked += 1;
    match diagnose(seen, StreamState::Open) {
        None => diagnosed.accepted += 1,
        Some(cause) => {
            let start = &seen[..seen.len().min(64)];
            diagnosed.mismatch.get_or_insert_with(|| {
                let bytes = seen.len();
                format!("  false alarm after {bytes} bytes: {cause}: {start:X?}")
            });
        }
    }
}

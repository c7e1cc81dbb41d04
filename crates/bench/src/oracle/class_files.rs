//! The strings of a JDK's own class files: frames that nobody here wrote.

use std::io::{ErrorKind, Read as _};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Error, Result, ensure};
use hellohi_proto::{DataInput as _, JavaStr, Stream, diagnose};

use crate::oracle::Outcome;
use crate::oracle::answer::Mode;
use crate::oracle::jvm::Codec;

/// Every `CONSTANT_Utf8` of every class file, asked of the JVM, decoded and encoded back to the
/// same bytes; and given to `diagnose`, which must not take one for a stranger's.
pub(crate) fn compare(
    codec: &Codec<'_>,
    diagnosed: &mut Outcome,
    progress: &dyn Fn(u64),
) -> Result<Outcome> {
    let (sender, pools) = mpsc::sync_channel::<Vec<u8>>(4);
    thread::scope(|scope| {
        // The sender is the reader's own: without it, the comparison knows that no more comes.
        let reader = scope.spawn(move || {
            let mut wrong = None;
            read_pools(codec, |pool| {
                wrong = wrong.take().or_else(|| not_canonical(&pool));
                diagnose_pool(&pool, diagnosed);
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
    loop {
        let length = match stdout.read_int() {
            Err(end) if end.kind() == ErrorKind::UnexpectedEof => break,
            length => length?,
        };
        let mut class = vec![0; usize::try_from(length)?];
        stdout.read_exact(&mut class)?;
        if !take(frames(&class).context("a class file of the JDK cannot be read")?) {
            return Ok(());
        }
    }
    running.finish(&codec.jdk.name)
}

/// Shows the first string that does not come back as it is.
fn not_canonical(pool: &[u8]) -> Option<String> {
    let is_canonical = |frame: &[u8]| {
        JavaStr::from_body(&frame[2..]).is_ok_and(|string| string.as_bytes() == &frame[2..])
    };
    Mode::Decode
        .split(pool)
        .find(|frame| !is_canonical(frame))
        .map(|frame| format!("  not canonical: {frame:X?}"))
}

/// Each frame, whole and up to the end of each segment of the smallest usual size; and the whole
/// pool, as a peer's first bytes, as far as one read brings them.
fn diagnose_pool(pool: &[u8], diagnosed: &mut Outcome) {
    for frame in Mode::Decode.split(pool) {
        let segments = (536..frame.len()).step_by(536);
        for end in segments.chain([frame.len()]) {
            expect_no_alarm(&frame[..end], diagnosed);
        }
    }
    expect_no_alarm(&pool[..pool.len().min(65_536)], diagnosed);
}

fn expect_no_alarm(seen: &[u8], diagnosed: &mut Outcome) {
    diagnosed.asked += 1;
    match diagnose(seen, Stream::Open) {
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

//! An output with a thread of its own, so that nobody waits for it when it is slow.

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::warn;

/// Number of bytes that may wait for a slow output.
const CAPACITY: usize = 16 << 20;

/// Number of bytes of an empty buffer that are kept allocated for the next lines.
const RETAINED_CAPACITY: usize = 1 << 20;

/// Time for which the thread collects lines after each write. A line appears at most this much
/// later than it was pushed.
const BATCH_DELAY: Duration = Duration::from_millis(2);

/// Time after which a failed write is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// A queue of whole lines, and a thread that writes them to an output.
///
/// Lines appear complete and in the order of [`push`](Self::push).
///
/// - When the output is slow, up to 16 MiB of lines wait. Further lines are dropped whole. The log
///   says so at the first one, and says how many once the output moves again.
/// - When a write fails, it is tried again every second, with the lines that wait.
/// - When the output is a closed pipe, all further lines are dropped. The log says so, and
///   [`finish`](Self::finish) returns their number.
pub struct BackgroundWriter {
    shared: Arc<Shared>,
}

struct Shared {
    name: &'static str,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    /// Number of lines that the thread has taken from `bytes` and not written yet.
    in_progress: u64,
    /// Number of lines that were dropped since the log last told their number.
    dropped: u64,
    /// Number of lines that were dropped since the start.
    lost: u64,
    writer_waits: bool,
    closed: bool,
    ending: bool,
}

impl BackgroundWriter {
    /// Starts the thread that writes to `output`. The log calls the output `name`.
    ///
    /// # Errors
    ///
    /// The system has no thread to give.
    pub fn start(name: &'static str, output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            name,
            queue: Mutex::default(),
            changed: Condvar::new(),
        });
        let writer = Writer {
            output: Box::new(output),
            shared: Arc::clone(&shared),
        };
        let thread = thread::Builder::new().name(name.into());
        thread.spawn(move || writer.run())?;
        Ok(Self { shared })
    }

    /// Adds whole lines to the queue, or drops them if it is full. Never waits for the output.
    pub fn push(&self, lines: &[u8]) {
        let mut queue = self.shared.lock();
        if queue.closed || queue.bytes.len() + lines.len() > CAPACITY {
            let is_first_drop = queue.dropped == 0 && !queue.closed;
            queue.drop_lines(count_lines(lines));
            // Unlocked first, because the log may write to this same queue.
            drop(queue);
            if is_first_drop {
                warn!(
                    output = self.shared.name,
                    "lines are dropped: the output is too slow"
                );
            }
            return;
        }
        queue.bytes.extend_from_slice(lines);
        if mem::take(&mut queue.writer_waits) {
            drop(queue);
            self.shared.changed.notify_all();
        }
    }

    /// Returns the number of lines that were dropped since the start.
    pub fn lost(&self) -> u64 {
        self.shared.lock().lost
    }

    /// Waits until all lines are written, at most for `timeout`. Returns the number of lines that
    /// were not written and that the log has not told.
    pub fn finish(&self, timeout: Duration) -> u64 {
        let mut queue = self.shared.lock();
        queue.ending = true;
        self.shared.changed.notify_all();
        let finished = self
            .shared
            .changed
            .wait_timeout_while(queue, timeout, |queue| !queue.closed);
        let mut queue = finished.unwrap_or_else(PoisonError::into_inner).0;
        queue.close();
        mem::take(&mut queue.dropped)
    }
}

impl Queue {
    /// Closes the queue: drops the lines that are not written, and all that are pushed later.
    fn close(&mut self) {
        self.closed = true;
        let waiting = mem::take(&mut self.bytes);
        let in_progress = mem::take(&mut self.in_progress);
        self.drop_lines(in_progress + count_lines(&waiting));
    }

    fn drop_lines(&mut self, lines: u64) {
        self.dropped += lines;
        self.lost += lines;
    }
}

/// Lets a log that writes whole lines push them.
impl Write for &BackgroundWriter {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.push(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for BackgroundWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.shared.name;
        f.debug_struct("BackgroundWriter")
            .field("name", name)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Writer {
    output: Box<dyn Write + Send>,
    shared: Arc<Shared>,
}

impl Writer {
    fn run(mut self) {
        let mut batch = Vec::new();
        while self.next_batch(&mut batch) {
            if let Err(error) = self.write(&batch) {
                warn!(output = self.shared.name, %error, "nothing more is printed there");
                break;
            }
            self.pause(BATCH_DELAY);
        }
        self.shared.lock().close();
        self.shared.changed.notify_all();
    }

    /// Waits for lines and moves them to `batch`. Returns `false` when there are none and the
    /// output is to end.
    fn next_batch(&self, batch: &mut Vec<u8>) -> bool {
        batch.clear();
        batch.shrink_to(RETAINED_CAPACITY);
        let mut queue = self.shared.lock();
        while queue.bytes.is_empty() && !queue.ending {
            queue.writer_waits = true;
            let changed = self.shared.changed.wait(queue);
            queue = changed.unwrap_or_else(PoisonError::into_inner);
        }
        mem::swap(&mut queue.bytes, batch);
        let dropped = mem::take(&mut queue.dropped);
        queue.in_progress = count_lines(batch);
        drop(queue);
        if dropped > 0 {
            warn!(output = self.shared.name, dropped, "lines were dropped");
        }
        !batch.is_empty()
    }

    /// Writes all of `batch`. Fails only when trying again would not help.
    fn write(&mut self, mut batch: &[u8]) -> io::Result<()> {
        while !batch.is_empty() {
            match self.output.write(batch) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    let lines = count_lines(&batch[..written]);
                    batch = &batch[written..];
                    let mut queue = self.shared.lock();
                    // [`finish`](BackgroundWriter::finish) may have counted them as dropped meanwhile.
                    queue.in_progress = queue.in_progress.saturating_sub(lines);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.retry_after(error)?,
            }
        }
        self.output.flush()
    }

    fn retry_after(&self, error: io::Error) -> io::Result<()> {
        if error.kind() == io::ErrorKind::BrokenPipe || self.shared.lock().ending {
            return Err(error);
        }
        warn!(output = self.shared.name, %error, "lines wait: the output fails");
        self.pause(RETRY_DELAY);
        Ok(())
    }

    fn pause(&self, time: Duration) {
        let queue = self.shared.lock();
        drop(
            self.shared
                .changed
                .wait_timeout_while(queue, time, |queue| !queue.ending),
        );
    }
}

fn count_lines(text: &[u8]) -> u64 {
    text.iter().filter(|&&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(20);

    /// An output that does on each write what the next turn says: take so many bytes, or fail.
    struct Output {
        turns: Receiver<io::Result<usize>>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let turn = self.turns.recv().unwrap_or(Ok(bytes.len()))?;
            let taken = turn.min(bytes.len());
            let _ = self.written.send(bytes[..taken].to_vec());
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn writer() -> (
        BackgroundWriter,
        Sender<io::Result<usize>>,
        Receiver<Vec<u8>>,
    ) {
        let (turn, turns) = channel();
        let (written, is_written) = channel();
        let writer = BackgroundWriter::start("a test", Output { turns, written }).unwrap();
        (writer, turn, is_written)
    }

    #[test]
    fn a_write_that_fails_after_a_partial_one_is_taken_up_where_it_stopped() {
        let (writer, turn, written) = writer();
        writer.push(b"listening\n");
        for turned in [Ok(4), Err(io::ErrorKind::StorageFull.into())] {
            turn.send(turned).unwrap();
        }
        drop(turn);
        let written: Vec<u8> = (0..2)
            .flat_map(|_| written.recv_timeout(DEADLINE).unwrap())
            .collect();
        assert_eq!(written, b"listening\n");
        assert_eq!(writer.finish(DEADLINE), 0);
    }

    #[test]
    fn lines_that_a_full_disk_does_not_take_are_counted_at_the_end() {
        let (writer, turn, written) = writer();
        writer.push(b"one\ntwo\nthree\n");
        turn.send(Ok(6)).unwrap();
        written.recv_timeout(DEADLINE).unwrap();
        writer.push(b"four\n");
        turn.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        turn.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        assert_eq!(writer.finish(DEADLINE), 3);
    }

    #[test]
    fn lines_for_a_pipe_that_nobody_reads_any_more_are_counted_at_the_end() {
        let (writer, turn, written) = writer();
        writer.push(b"one\ntwo\n");
        turn.send(Ok(4)).unwrap();
        written.recv_timeout(DEADLINE).unwrap();
        turn.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
        writer.push(b"three\n");
        assert_eq!(writer.finish(DEADLINE), 2);
    }

    #[test]
    fn an_output_that_stops_delays_the_end_no_longer_than_allowed() {
        let (writer, _turn, _written) = writer();
        writer.push(b"one\ntwo\n");
        assert_eq!(writer.finish(Duration::from_millis(10)), 2);
        writer.push(b"three\n");
        assert_eq!(writer.finish(Duration::from_millis(10)), 1);
    }
}

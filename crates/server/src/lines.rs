//! Lines for a slow output, handed to a thread of their own so that nobody waits for it.

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::warn;

/// How many bytes may wait for a slow output.
const CAPACITY: usize = 16 << 20;

/// How large a buffer is kept for the next lines once it is empty.
const KEPT: usize = 1 << 20;

/// How long the thread lets lines gather after it has written some: at most this much later than
/// they happened do lines appear.
const GATHER: Duration = Duration::from_millis(2);

/// How long after a failure the output is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Whole lines on their way to an output.
///
/// They appear complete and in the order of their [`push`](Lines::push)es. When the output is
/// slow, up to 16 MiB of them wait; then new ones are dropped whole, and the log says so, and how
/// many once the output moves again. An output that fails is tried again every second with what
/// waits; one that is closed (a broken pipe) takes nothing any more. The log tells of both.
///
/// There is no thread before there are lines for it: the system calls of a process with a single
/// thread are cheaper.
pub struct Lines {
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
    dropped: u64,
    /// Until the thread has it.
    output: Option<Box<dyn Write + Send>>,
    at_once: bool,
    writer_waits: bool,
    closed: bool,
    ending: bool,
}

impl Lines {
    /// Prepares `output`, to which a thread of its own will write from the first line on; `name`
    /// is what the log calls it.
    pub fn new(name: &'static str, output: impl Write + Send + 'static) -> Self {
        let queue = Queue {
            output: Some(Box::new(output)),
            ..Queue::default()
        };
        let shared = Arc::new(Shared {
            name,
            queue: queue.into(),
            changed: Condvar::new(),
        });
        Self { shared }
    }

    /// Has lines written by who pushes them, until [`may_wait`](Self::may_wait) is called or the
    /// output fails: for what is said while nobody is served.
    pub fn at_once(self) -> Self {
        self.shared.lock().at_once = true;
        self
    }

    /// From now on nobody waits for the output.
    pub fn may_wait(&self) {
        self.shared.lock().at_once = false;
    }

    /// Takes the lines that `fill` appends; never waits for the output, unless
    /// [`at_once`](Self::at_once).
    pub fn push<T>(&self, fill: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut queue = self.shared.lock();
        let before = queue.bytes.len();
        let filled = fill(&mut queue.bytes);
        let mut is_first_drop = false;
        if queue.closed || queue.bytes.len() > CAPACITY {
            is_first_drop = queue.dropped == 0 && !queue.closed;
            queue.dropped += count_lines(&queue.bytes[before..]);
            queue.bytes.truncate(before);
        }
        if mem::take(&mut queue.writer_waits) {
            self.shared.changed.notify_all();
        }
        queue.write_at_once();
        if !queue.at_once
            && let Some(output) = queue.output.take()
        {
            let shared = Arc::clone(&self.shared);
            thread::spawn(move || Writer { output, shared }.run());
        }
        // The log may itself be lines, even these.
        drop(queue);
        if is_first_drop {
            warn!(
                output = self.shared.name,
                "lines are dropped: the output is too slow"
            );
        }
        filled
    }

    /// Waits until all is written, but no longer than `patience`; says whether it was.
    pub fn finish(&self, patience: Duration) -> bool {
        let mut queue = self.shared.lock();
        queue.ending = true;
        queue.closed |= queue.output.is_some();
        self.shared.changed.notify_all();
        let finished = self
            .shared
            .changed
            .wait_timeout_while(queue, patience, |queue| !queue.closed);
        !finished
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .timed_out()
    }
}

/// For a log that writes whole lines.
impl Write for &Lines {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.push(|queue| queue.extend_from_slice(lines));
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.shared.name;
        f.debug_struct("Lines")
            .field("name", name)
            .finish_non_exhaustive()
    }
}

impl Queue {
    fn write_at_once(&mut self) {
        if self.at_once
            && let Some(output) = &mut self.output
        {
            match output.write_all(&self.bytes) {
                Ok(()) => self.bytes.clear(),
                // The thread knows what to do about it.
                Err(_) => self.at_once = false,
            }
        }
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
            self.pause(GATHER);
        }
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// Waits for lines; there are none when the end has come.
    fn next_batch(&self, batch: &mut Vec<u8>) -> bool {
        batch.clear();
        batch.shrink_to(KEPT);
        let mut queue = self.shared.lock();
        while queue.bytes.is_empty() && !queue.ending {
            queue.writer_waits = true;
            let changed = self.shared.changed.wait(queue);
            queue = changed.unwrap_or_else(PoisonError::into_inner);
        }
        mem::swap(&mut queue.bytes, batch);
        let dropped = mem::take(&mut queue.dropped);
        drop(queue);
        if dropped > 0 {
            warn!(output = self.shared.name, dropped, "lines were dropped");
        }
        !batch.is_empty()
    }

    /// Writes all; fails only where waiting would not help.
    fn write(&mut self, mut batch: &[u8]) -> io::Result<()> {
        while !batch.is_empty() {
            match self.output.write(batch) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => batch = &batch[written..],
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
        self.pause(RETRY);
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

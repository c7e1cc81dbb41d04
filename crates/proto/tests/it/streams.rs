//! One stream of frames, read in every way, however it arrives.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use futures_util::StreamExt as _;
use hellohi_proto::{JavaStr, ReadError, Utf, read_utf, split_frame};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::codec::{Decoder as _, FramedRead};

/// The result of each frame and the end of the stream, in words.
pub(crate) type Seen = Vec<String>;

/// Reads by slicing, without a stream.
pub(crate) fn sliced(mut stream: &[u8]) -> Seen {
    let mut seen = Seen::new();
    while let Some((body, rest)) = split_frame(stream) {
        seen.push(match JavaStr::from_mutf8(body) {
            Ok(string) => format!("{string:?}"),
            Err(error) => error.to_string(),
        });
        stream = rest;
    }
    seen.push(match *stream {
        [] => "closed before a frame".into(),
        [_] => "closed after 1 of 2 length bytes".into(),
        [high, low, ref rest @ ..] => {
            let length = u16::from_be_bytes([high, low]);
            format!("closed after {} of {length} bytes", rest.len())
        }
    });
    seen
}

pub(crate) fn blocking(chunks: &Chunks) -> Seen {
    let mut chunks = chunks.clone();
    let mut seen = Seen::new();
    loop {
        match read_utf(&mut chunks) {
            Ok(string) => seen.push(format!("{string:?}")),
            Err(error @ ReadError::Malformed(_)) => seen.push(error.to_string()),
            Err(end) => {
                seen.push(end.to_string());
                return seen;
            }
        }
    }
}

pub(crate) fn awaited(chunks: &Chunks) -> Seen {
    let mut chunks = chunks.clone();
    let mut seen = Seen::new();
    block_on(async {
        loop {
            match hellohi_proto::tokio::read_utf(&mut chunks).await {
                Ok(string) => seen.push(format!("{string:?}")),
                Err(error @ ReadError::Malformed(_)) => seen.push(error.to_string()),
                Err(end) => {
                    seen.push(end.to_string());
                    return seen;
                }
            }
        }
    })
}

pub(crate) fn framed(chunks: &Chunks) -> Seen {
    let mut frames = FramedRead::new(chunks.clone(), Utf);
    let mut seen = Seen::new();
    block_on(async {
        while let Some(frame) = frames.next().await {
            seen.push(match frame {
                Ok(Ok(string)) => format!("{string:?}"),
                Ok(Err(malformed)) => malformed.to_string(),
                Err(end) => {
                    seen.push(end.to_string());
                    return seen;
                }
            });
        }
        seen.push("closed before a frame".into());
        seen
    })
}

/// Reads with the decoder alone.
pub(crate) fn decoded(chunks: &Chunks) -> Seen {
    let mut buffer = BytesMut::new();
    let mut seen = Seen::new();
    for chunk in &chunks.0 {
        buffer.extend_from_slice(chunk);
        while let Some(frame) = Utf.decode(&mut buffer).expect("no end yet") {
            seen.push(match frame {
                Ok(string) => format!("{string:?}"),
                Err(malformed) => malformed.to_string(),
            });
        }
    }
    seen.push(match Utf.decode_eof(&mut buffer) {
        Ok(None) => "closed before a frame".into(),
        Ok(Some(frame)) => format!("{frame:?} too late"),
        Err(end) => end.to_string(),
    });
    seen
}

/// A stream that arrives in these pieces.
#[derive(Debug, Clone)]
pub(crate) struct Chunks(pub(crate) VecDeque<Vec<u8>>);

impl Chunks {
    /// Cuts `stream` at each of `cuts`.
    pub(crate) fn cut(stream: &[u8], mut cuts: Vec<usize>) -> Self {
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| stream[cut[0]..cut[1]].to_vec());
        Self(pieces.filter(|piece| !piece.is_empty()).collect())
    }
}

impl Read for Chunks {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let Some(chunk) = self.0.front_mut() else {
            return Ok(0);
        };
        let count = chunk.len().min(bytes.len());
        bytes[..count].copy_from_slice(&chunk[..count]);
        chunk.drain(..count);
        if chunk.is_empty() {
            self.0.pop_front();
        }
        Ok(count)
    }
}

impl AsyncRead for Chunks {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = self.read(buffer.initialize_unfilled())?;
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime starts").block_on(future)
}

//! Reads any stream in pieces, as long as its first byte says. Every way to read it sees the same
//! frames and the same end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use streams::{Chunks, awaited, blocking, decoded, framed, sliced};

#[path = "../../tests/it/streams.rs"]
mod streams;

fuzz_target!(|input: &[u8]| {
    let Some((&piece, stream)) = input.split_first() else {
        return;
    };
    let cuts = (0..stream.len()).step_by(usize::from(piece).max(1));
    let chunks = Chunks::cut(stream, cuts.collect());
    let expected = sliced(stream);
    assert_eq!(blocking(&chunks), expected);
    assert_eq!(awaited(&chunks), expected);
    assert_eq!(framed(&chunks), expected);
    assert_eq!(decoded(&chunks), expected);
});

//! Bodies of frames for a JVM: all short ones, and random longer ones with errors at likely places.

use std::iter;

use fastrand::Rng;

use crate::java::batch::{Mode, push_frame};

/// Returns batches of every sequence of 0 to 3 bytes, 16,843,009 in all.
pub(crate) fn exhaustive() -> impl Iterator<Item = Vec<u8>> + Send {
    let short = iter::once_with(|| {
        let mut batch = vec![0, 0];
        for first in 0..=255 {
            batch.extend([0, 1, first]);
        }
        for first in 0..=255 {
            batch.extend((0..=255).flat_map(|second| [0, 2, first, second]));
        }
        batch
    });
    let three = (0..=255).map(|first| {
        let pairs = (0..=255).flat_map(|second| (0..=255).map(move |third| (second, third)));
        pairs
            .flat_map(|(second, third)| [0, 3, first, second, third])
            .collect()
    });
    short.chain(three)
}

/// Returns batches of `count` random bodies of 4 to 65,535 bytes.
pub(crate) fn random(seed: u64, count: u64) -> impl Iterator<Item = Vec<u8>> + Send {
    let mut rng = Rng::with_seed(seed);
    let mut left = count;
    iter::from_fn(move || {
        let mut batch = Vec::new();
        while left > 0 && batch.len() < 1 << 20 {
            push_frame(&mut batch, &body(&mut rng)).expect("a body fits");
            left -= 1;
        }
        (!batch.is_empty()).then_some(batch)
    })
}

/// Returns a few thousand bodies of all kinds: short ones, the longest, and random ones.
pub(crate) fn selected() -> Vec<u8> {
    const PAIRS: [u8; 20] = [
        0x00, 0x01, 0x41, 0x7F, 0x80, 0x8F, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
        0xED, 0xEF, 0xF0, 0xF4, 0xFF,
    ];
    const TRIPLES: [u8; 10] = [0x00, 0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC1, 0xE0, 0xED, 0xF0];
    let mut batch = vec![0, 0];
    let mut keep = |body: &[u8]| push_frame(&mut batch, body).expect("a body fits");
    (0..=255).for_each(|byte| keep(&[byte]));
    for first in PAIRS {
        PAIRS.iter().for_each(|&second| keep(&[first, second]));
    }
    for first in TRIPLES {
        for second in TRIPLES {
            TRIPLES
                .iter()
                .for_each(|&third| keep(&[first, second, third]));
        }
    }
    for (byte, length) in [
        (0x41, 65_535),
        (0x00, 32_767),
        (0x00, 32_768),
        (0x00, 65_535),
    ] {
        keep(&vec![byte; length]);
    }
    for batch_of_random in random(1, 600) {
        let short = Mode::Decode
            .split(&batch_of_random)
            .filter(|frame| frame.len() <= 150);
        batch.extend(short.flatten());
    }
    batch
}

fn body(rng: &mut Rng) -> Vec<u8> {
    let length = length(rng);
    let mut body = Vec::with_capacity(length + 3);
    match rng.u8(0..8) {
        0 => body.extend(iter::repeat_with(|| interesting(rng)).take(length)),
        1 => body.resize(length, interesting(rng)),
        2..=4 => {
            body.extend(iter::repeat_with(|| rng.u8(1..0x80)).take(length));
            strew(rng, &mut body);
        }
        _ => {
            while body.len() < length {
                let unit = unit(rng);
                push_in_some_form(rng, &mut body, unit);
            }
            if rng.bool() {
                strew(rng, &mut body);
            }
        }
    }
    body.truncate(length);
    body
}

/// Returns a random length, often near the width of a vector or a block of vectors, or near the longest.
fn length(rng: &mut Rng) -> usize {
    const WIDTHS: [usize; 9] = [8, 16, 32, 64, 96, 128, 256, 512, 1024];
    match rng.u16(..) {
        0..16 => rng.usize(65_500..=65_535),
        16..32 => rng.usize(1000..60_000),
        32..40_000 => rng.usize(4..=24),
        40_000..60_000 => WIDTHS[rng.usize(..WIDTHS.len())] + rng.usize(..9) - 4,
        _ => rng.usize(25..300),
    }
}

/// Overwrites one to three places, preferably at the edges of vectors and at the end.
fn strew(rng: &mut Rng, body: &mut [u8]) {
    for _ in 0..rng.u8(1..=3) {
        let mut place = Vec::new();
        if rng.bool() {
            let unit = unit(rng);
            push_in_some_form(rng, &mut place, unit);
        } else {
            place.push(interesting(rng));
        }
        let at = match rng.u8(0..4) {
            0 => body.len().saturating_sub(rng.usize(1..=4)),
            1 => (rng.usize(..=body.len()) & !15).saturating_sub(rng.usize(..3)),
            _ => rng.usize(..body.len()),
        };
        for (slot, byte) in body.iter_mut().skip(at).zip(place) {
            *slot = byte;
        }
    }
}

fn interesting(rng: &mut Rng) -> u8 {
    const BYTES: [u8; 24] = [
        0x00, 0x01, 0x41, 0x7F, 0x80, 0x81, 0x9F, 0xA0, 0xAF, 0xB0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
        0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF4, 0xFF,
    ];
    if rng.u8(..8) == 0 {
        rng.u8(..)
    } else {
        BYTES[rng.usize(..BYTES.len())]
    }
}

pub(crate) fn unit(rng: &mut Rng) -> u16 {
    const EDGES: [u16; 16] = [
        0x0000, 0x0001, 0x0041, 0x007F, 0x0080, 0x07FF, 0x0800, 0x4F60, 0xD7FF, 0xD800, 0xD83D,
        0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFF,
    ];
    if rng.bool() {
        rng.u16(..)
    } else {
        EDGES[rng.usize(..EDGES.len())]
    }
}

/// Appends a unit in one to three bytes, mostly as `writeUTF` does, sometimes in a longer form.
fn push_in_some_form(rng: &mut Rng, body: &mut Vec<u8>, unit: u16) {
    let shortest = match unit {
        0x0001..=0x007F => 1,
        0x0080..=0x07FF | 0 => 2,
        _ => 3,
    };
    let form = if rng.u8(..8) == 0 { rng.u8(1..=3) } else { 0 };
    let low = 0x80 | (unit & 0x3F) as u8;
    match (form.max(shortest), unit, form) {
        (_, 0, 1) => body.push(0),
        (1, ..) => body.push(unit as u8),
        (2, ..) => body.extend([0xC0 | (unit >> 6) as u8, low]),
        _ => body.extend([
            0xE0 | (unit >> 12) as u8,
            0x80 | (unit >> 6 & 0x3F) as u8,
            low,
        ]),
    }
}

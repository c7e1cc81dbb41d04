//! Strings of UTF-16 units for a JVM: all short ones that matter, and random ones near the longest.

use std::iter;

use fastrand::Rng;

use crate::java::batch::push_units;
use crate::java::bodies;

/// The first and last unit of each length and of each kind of surrogate, and their neighbours.
const BOUNDARIES: [u16; 18] = [
    0x0000, 0x0001, 0x0041, 0x007F, 0x0080, 0x0081, 0x07FF, 0x0800, 0xD7FF, 0xD800, 0xD801, 0xDBFF,
    0xDC00, 0xDC01, 0xDFFF, 0xE000, 0xFFFE, 0xFFFF,
];

/// Returns the empty string, every unit alone, and every unit before and behind each boundary.
pub(crate) fn boundaries() -> impl Iterator<Item = Vec<u8>> + Send {
    let alone = iter::once_with(|| {
        let mut batch = Vec::new();
        push_units(&mut batch, &[]);
        (0..=0xFFFF).for_each(|unit| push_units(&mut batch, &[unit]));
        batch
    });
    let pairs = BOUNDARIES.into_iter().map(|boundary| {
        let mut batch = Vec::new();
        for unit in 0..=0xFFFF {
            push_units(&mut batch, &[boundary, unit]);
            push_units(&mut batch, &[unit, boundary]);
        }
        batch
    });
    alone.chain(pairs)
}

/// Returns 20,000 random strings, many of them a few units from the longest that `writeUTF` takes.
pub(crate) fn random(seed: u64) -> impl Iterator<Item = Vec<u8>> + Send {
    let mut rng = Rng::with_seed(seed);
    (0..2000).map(move |_| {
        let mut batch = Vec::new();
        for _ in 0..10 {
            push_units(&mut batch, &string(&mut rng));
        }
        batch
    })
}

fn string(rng: &mut Rng) -> Vec<u16> {
    if rng.u8(..16) != 0 {
        let length = rng.usize(3..200);
        return iter::repeat_with(|| bodies::unit(rng))
            .take(length)
            .collect();
    }
    let (unit, bytes) = [(0x41, 1), (0x00, 2), (0x7FF, 2), (0x4F60, 3)][rng.usize(..4)];
    let mut units = vec![unit; 65_535 / bytes - 9 + rng.usize(..12)];
    let ends: Vec<u16> = iter::repeat_with(|| bodies::unit(rng)).take(9).collect();
    units[..4].copy_from_slice(&ends[..4]);
    units.extend(&ends[4..]);
    units
}

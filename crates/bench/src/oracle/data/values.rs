//! Boundary values and random ones, in streams that are whole or cut short.

use std::iter;

use fastrand::Rng;

use crate::java::batch::push_frame;
use crate::java::bodies;

/// The byte behind a value, which must not be read.
const BEHIND: u8 = 0x5A;

/// Returns every number of one or two bytes. For larger sizes it returns every power of two with its
/// neighbours, floats of every exponent, and random numbers.
pub(crate) fn numbers(size: usize, rng: &mut Rng) -> Vec<i64> {
    if size <= 2 {
        return (0..=0xFFFF).chain([-1, 0x1_0000, i64::MIN]).collect();
    }
    let powers = (0..64).flat_map(|bit| {
        let power = 1_i64 << bit;
        [
            power,
            power.wrapping_sub(1),
            power.wrapping_neg(),
            !power.wrapping_neg(),
        ]
    });
    let (exponents, mantissa) = if size == 4 { (9, 23) } else { (12, 52) };
    let floats = (0..1_i64 << exponents).flat_map(|exponent| {
        let [quiet, all] = [1 << (mantissa - 1), (1 << mantissa) - 1];
        [0, 1, quiet - 1, quiet, quiet + 1, all].map(|fraction| exponent << mantissa | fraction)
    });
    let random = iter::repeat_with(|| rng.i64(..)).take(20_000);
    powers.chain(floats).chain(random).collect()
}

/// Returns streams of one number and a byte behind it, and streams that end inside the number.
pub(crate) fn streams_of(size: usize, rng: &mut Rng) -> Vec<Vec<u8>> {
    let whole = numbers(size, rng).into_iter().map(|value| {
        let mut stream = value.to_be_bytes()[8 - size..].to_vec();
        stream.push(BEHIND);
        stream
    });
    let cut = (0..size).map(|length| vec![0x80; length]);
    whole.chain(cut).collect()
}

/// Returns streams of a count and about that number of bytes.
pub(crate) fn counted() -> Vec<Vec<u8>> {
    let counts = (0..12_u8).chain([0x7F, 0x80, 0xFF]);
    let streams = counts.flat_map(|count| {
        let lengths = (0..12).chain([126, 127, 128, 254, 255, 256]);
        lengths.map(move |length| [&[count][..], &vec![0xE9; length]].concat())
    });
    streams.chain([vec![]]).collect()
}

/// Returns every stream of up to six bytes of five kinds, and longer random ones.
pub(crate) fn lines(rng: &mut Rng) -> Vec<Vec<u8>> {
    const BYTES: [u8; 5] = *b"a\r\n\0\xE9";
    let mut all = vec![vec![]];
    let mut longest = 0..1;
    for _ in 0..6 {
        let begin = all.len();
        for at in longest {
            let stream: Vec<u8> = all[at].clone();
            all.extend(BYTES.map(|byte| [&stream[..], &[byte]].concat()));
        }
        longest = begin..all.len();
    }
    all.extend((0..1000).map(|_| {
        let length = rng.usize(100..400);
        let mut line: Vec<u8> = iter::repeat_with(|| rng.u8(..)).take(length).collect();
        let at = rng.usize(..length);
        line[at] = BYTES[rng.usize(..BYTES.len())];
        line
    }));
    all
}

/// Returns random frames with a byte behind each, and the same frames cut short.
pub(crate) fn frames(rng: &mut Rng) -> Vec<Vec<u8>> {
    let mut streams = vec![vec![], vec![0]];
    for _ in 0..2000 {
        let mut stream = Vec::new();
        let mut body = vec![0; rng.usize(..12)];
        rng.fill(&mut body);
        push_frame(&mut stream, &body).expect("a short body fits");
        streams.push(stream[..rng.usize(..stream.len())].to_vec());
        stream.push(BEHIND);
        streams.push(stream);
    }
    streams
}

/// Returns the empty string, every unit alone, and random strings.
pub(crate) fn strings(rng: &mut Rng) -> Vec<Vec<u8>> {
    let alone = (0..=0xFFFF_u16).map(|unit| unit.to_be_bytes().to_vec());
    let random = iter::repeat_with(|| {
        let length = rng.usize(..100);
        iter::repeat_with(|| bodies::unit(rng))
            .take(length)
            .flat_map(u16::to_be_bytes)
            .collect()
    });
    iter::once(vec![])
        .chain(alone)
        .chain(random.take(2000))
        .collect()
}

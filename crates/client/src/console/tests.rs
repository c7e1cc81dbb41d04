//! The console's lines beside those of Java. The rows were written by
//! java/oracle/ConsoleLines.java; OpenJDK 17 and 25 write the same ones.

use super::*;

const JAVA: &str = include_str!("java.txt");

const SIGNIFICANT_BYTES: [u8; 23] = [
    0x0A, 0x0D, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xE4, 0xED,
    0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xF8, 0xFF,
];
const FEW_SIGNIFICANT_BYTES: [u8; 7] = [0x0A, 0x0D, 0x80, 0xA0, 0xE4, 0xED, 0xF0];

#[test]
fn each_example_gives_the_lines_java_makes_of_it() {
    let rows: Vec<_> = JAVA
        .lines()
        .filter_map(|row| row.strip_prefix("input "))
        .collect();
    assert!(!rows.is_empty());
    for row in rows {
        let (input, expected) = row.split_once(' ').unwrap_or((row, ""));
        let bytes = hex::decode(input.trim_start_matches('-')).unwrap();
        let lines = Lines::new(&*bytes).map(|line| to_hex(&line.unwrap()));
        assert_eq!(lines.collect::<Vec<_>>().join(" "), expected, "{row}");
    }
}

#[test]
fn all_inputs_of_one_to_three_bytes_give_the_lines_java_makes_of_them() {
    // Any other first byte is ASCII or a continuation byte and stands alone, as these four do.
    for lead in [0x0A, 0x0D, 0x41, 0x80].into_iter().chain(0xC0..=0xFF) {
        let mut digest = Digest::new();
        digest.add(&[lead]);
        for second in 0..=0xFF {
            digest.add(&[lead, second]);
            for third in 0..=0xFF {
                digest.add(&[lead, second, third]);
            }
        }
        digest.check(&format!("{lead:02X}"));
    }
}

#[test]
fn inputs_of_four_significant_bytes_give_the_lines_java_makes_of_them() {
    let mut digest = Digest::new();
    for three in triples(&SIGNIFICANT_BYTES) {
        for fourth in SIGNIFICANT_BYTES {
            digest.add(&[&three[..], &[fourth]].concat());
        }
    }
    digest.check("four");
}

#[test]
fn significant_bytes_across_the_edge_of_javas_buffer_give_the_lines_java_makes_of_them() {
    let mut digest = Digest::new();
    for before in 8189..=8192 {
        for three in triples(&FEW_SIGNIFICANT_BYTES) {
            digest.add(&[&vec![b'a'; before][..], &three].concat());
        }
    }
    digest.check("straddling");
}

fn triples(bytes: &[u8]) -> impl Iterator<Item = [u8; 3]> {
    let pairs = move |a| {
        bytes
            .iter()
            .flat_map(move |&b| bytes.iter().map(move |&c| [a, b, c]))
    };
    bytes.iter().copied().flat_map(pairs)
}

fn to_hex(line: &str) -> String {
    if line.is_empty() {
        return "-".into();
    }
    line.encode_utf16()
        .map(|unit| format!("{unit:04X}"))
        .collect()
}

/// An FNV-1a hash of the units of all lines, as in ConsoleLines.java.
struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    fn add(&mut self, input: &[u8]) {
        for line in Lines::new(input) {
            for unit in line.unwrap().encode_utf16() {
                self.mix(unit.into());
            }
            self.mix(0x1_0000);
        }
        self.mix(0x2_0000);
    }

    const fn mix(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x100_0000_01B3);
    }

    fn check(&self, name: &str) {
        let row = format!("digest {name} {:016x}", self.0);
        assert!(JAVA.lines().any(|line| line == row), "{row}");
    }
}

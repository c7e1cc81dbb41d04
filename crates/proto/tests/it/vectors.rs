//! The answers of a JVM, as `cargo xtask oracle --write-vectors` recorded them.

use hellohi_proto::{JavaStr, JavaString};

const READ: &str = include_str!("../vectors/read_utf.tsv");
const WRITE: &str = include_str!("../vectors/write_utf.tsv");

#[test]
fn every_body_is_read_as_a_jvm_read_it() {
    for (columns, line) in lines(READ) {
        let body = expand::<1>(columns[0]).concat();
        match (JavaStr::from_mutf8(&body), &columns[1..]) {
            (Ok(string), [units, written]) => {
                assert!(string.units().eq(expand_units(units)), "{line}");
                check_written(&string, written, line);
            }
            (Err(error), [message]) => assert_eq!(format!("!{error}"), *message, "{line}"),
            (ours, _) => panic!("{ours:?} for {line}"),
        }
    }
}

#[test]
fn every_string_is_written_as_a_jvm_wrote_it() {
    for (columns, line) in lines(WRITE) {
        let string = JavaString::from_utf16(&expand_units(columns[0]));
        check_written(&string, columns[1], line);
    }
}

fn check_written(string: &JavaStr, expected: &str, line: &str) {
    match string.body_length() {
        Ok(_) => assert!(
            string.as_bytes() == expand::<1>(expected).concat(),
            "{line}"
        ),
        Err(error) => {
            let message = error.to_string();
            assert_eq!(format!("!{}", message.escape_debug()), expected, "{line}");
        }
    }
}

fn lines(file: &'static str) -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    // Miri has time for some of the lines, and for none of the longest.
    let some = if cfg!(miri) { 32 } else { 1 };
    let lines = lines.filter(|line| !cfg!(miri) || line.len() < 200 && !line.contains('*'));
    lines
        .step_by(some)
        .map(|line| (line.split('\t').collect(), line))
}

/// Returns the items of a row with repetitions: `4142 43*3` is 41, 42, 43, 43, 43.
fn expand<const SIZE: usize>(runs: &str) -> Vec<[u8; SIZE]> {
    let mut items = Vec::new();
    for run in runs.split(' ') {
        let (digits, count) = run.split_once('*').unwrap_or((run, "1"));
        let bytes: Vec<u8> = (0..digits.len() / 2)
            .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hexadecimal"))
            .collect();
        let counted = bytes.as_chunks().0.repeat(count.parse().expect("a count"));
        items.extend(counted);
    }
    items
}

fn expand_units(runs: &str) -> Vec<u16> {
    let units = expand::<2>(runs);
    units.into_iter().map(u16::from_be_bytes).collect()
}

//! Diagnoses any first bytes of a peer. The answer is one line without control characters, and
//! there is none for frames as Java writes them.
#![no_main]

use hellohi_proto::{Cause, JavaStr, StreamState, diagnose, split_frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&first, seen)) = input.split_first() else {
        return;
    };
    let stream = if first & 1 == 0 {
        StreamState::Open
    } else {
        StreamState::Ended
    };
    let Some(cause) = diagnose(seen, stream) else {
        return;
    };
    let line = cause.to_string();
    assert!(
        !line.is_empty() && !line.contains(char::is_control),
        "{line:?}"
    );
    if let Some((body, _)) = split_frame(seen) {
        let is_canonical = JavaStr::from_mutf8(body).is_ok_and(|string| string.as_bytes() == body);
        assert!(body.is_empty() || !is_canonical, "{line}");
    }
    match cause {
        Cause::Cut { got, of, .. } => {
            assert_eq!(stream, StreamState::Ended);
            assert!(got == seen.len() - 2 && got < usize::from(of));
        }
        Cause::StandardUtf8 { char } => assert!(char > '\u{FFFF}'),
        Cause::SwappedLength { length } => assert_eq!(seen[..2], length.to_be_bytes()),
        Cause::FourByteLength { length } => assert_eq!(seen[..4], length.to_be_bytes()),
        _ => {}
    }
});

//! Decodes any bytes as the body of a frame, borrowed, owned and as text, and compares with a plain
//! model.
#![no_main]

use std::borrow::Cow;

use hellohi_proto::{JavaStr, JavaString, TextError};
use hellohi_proto_fuzz::{read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let borrowed = JavaStr::from_mutf8(body);
    let owned = JavaString::from_mutf8(body.to_vec());
    let text = JavaStr::str_from_mutf8(body);
    let units = match read(body) {
        Ok(units) => units,
        Err(error) => {
            let ours = borrowed.expect_err("the model refuses it");
            assert_eq!((ours.valid_up_to(), ours.around_byte()), error);
            assert_eq!(owned, Err(ours));
            assert_eq!(text, Err(TextError::Malformed(ours)));
            let lossy = JavaStr::from_mutf8_lossy(body);
            assert!(lossy.contains("\u{FFFD}"));
            assert!(JavaStr::from_canonical(body).is_err());
            return;
        }
    };
    let string = borrowed.expect("the model reads it");
    assert_eq!(
        owned.as_ref(),
        Ok(&*string).map(|string| string.to_owned()).as_ref()
    );
    assert_eq!(string.to_utf16(), units);
    assert_eq!(string.utf16_len(), units.len());
    assert!(string.units().rev().eq(units.iter().rev().copied()));

    let canonical = write(&units);
    assert_eq!(string.as_bytes(), canonical);
    assert_eq!(matches!(string, Cow::Borrowed(_)), canonical == body);
    assert_eq!(JavaStr::from_mutf8_lossy(body), string);
    match JavaStr::from_canonical(body) {
        Ok(same) => assert_eq!(same.as_bytes(), canonical),
        Err(error) => {
            let (valid, other) = body.split_at(error.valid_up_to());
            assert!(
                canonical.starts_with(valid) && !canonical.starts_with(&body[..valid.len() + 1])
            );
            assert!(!other.is_empty());
        }
    }
    assert!(
        matches!(JavaStr::from_mutf8(&canonical), Ok(Cow::Borrowed(again)) if *again == *string)
    );

    match (text, String::from_utf16(&units)) {
        (Ok(text), Ok(expected)) => {
            assert_eq!(text, expected);
            assert_eq!(matches!(text, Cow::Borrowed(_)), text.as_bytes() == body);
            assert_eq!(string.to_str(), Ok(text));
        }
        (Err(TextError::LoneSurrogate(lone)), Err(_)) => {
            assert_eq!(units[lone.index()], lone.unit());
            assert!(String::from_utf16(&units[..lone.index()]).is_ok());
            assert_eq!(string.to_str(), Err(lone));
        }
        (text, expected) => panic!("{text:?} is not {expected:?}"),
    }
});

//! Encodes, orders, shows and takes apart any UTF-16 code units, and compares with a plain model.
#![no_main]

use hellohi_proto::{JavaStr, JavaString, MAX_BODY, read_utf, write_utf};
use hellohi_proto_fuzz::write;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (pairs, _) = bytes.as_chunks();
    let units: Vec<u16> = pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect();
    let string = JavaString::from_utf16(&units);
    assert_eq!(string.as_bytes(), write(&units));
    assert_eq!(string.to_utf16(), units);
    assert_eq!(
        JavaStr::from_mutf8(string.as_bytes()).as_deref(),
        Ok(&*string)
    );

    let mut frame = Vec::new();
    match write_utf(&mut frame, &string) {
        Ok(()) => assert_eq!(read_utf(&mut &frame[..]).expect("it was written"), string),
        Err(error) => {
            assert!(string.as_bytes().len() > MAX_BODY && frame.is_empty());
            assert!(error.to_string().starts_with("encoded string ("));
        }
    }

    let shown = char::decode_utf16(units.iter().copied()).map(|unit| unit.unwrap_or('?'));
    assert!(string.to_console().chars().eq(shown));
    assert!(!string.printable().to_string().contains(char::is_control));
    if let Ok(text) = string.to_str() {
        assert_eq!(*JavaStr::from_text(&text), *string);
        assert_eq!(format!("{text:?}"), format!("{string:?}"));
    }
    let c_string = string.to_c_string();
    assert_eq!(c_string.to_bytes(), string.as_bytes());

    let (one, other) = units.split_at(units.len() / 2);
    let order = JavaString::from_utf16(one).cmp(&JavaString::from_utf16(other));
    assert_eq!(order, one.cmp(other));
});

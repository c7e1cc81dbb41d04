//! Properties that hold for every string, body and stream, whatever its bytes.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::rc::Rc;
use std::sync::Arc;

use bytes::BytesMut;
use hellohi_proto::{
    DataInput as _, DataOutput as _, JavaStr, JavaString, MAX_BODY, StreamState, TextError, Utf,
    diagnose, read_utf, split_frame, write_utf,
};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio_util::codec::{Decoder as _, Encoder as _};

use crate::streams::{Chunks, awaited, blocking, decoded, framed, sliced};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 1 } else { 256 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_split_of_a_stream_yields_the_same_frames(
        stream in stream(),
        cuts in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let cuts = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        let chunks = Chunks::cut(&stream, cuts);
        let expected = sliced(&stream);
        prop_assert_eq!(&blocking(&chunks), &expected);
        prop_assert_eq!(&awaited(&chunks), &expected);
        prop_assert_eq!(&framed(&chunks), &expected);
        prop_assert_eq!(&decoded(&chunks), &expected);
    }

    #[test]
    fn a_decoded_and_encoded_body_stays_the_same(body in body()) {
        let Ok(string) = JavaStr::from_mutf8(&body) else { return Ok(()) };
        let again = JavaStr::from_mutf8(string.as_bytes());
        prop_assert!(matches!(again, Ok(Cow::Borrowed(again)) if *again == *string));
        prop_assert_eq!(string.as_bytes() == body, matches!(string, Cow::Borrowed(_)));
        prop_assert_eq!(JavaString::from_utf16(&string.to_utf16()), string);
    }

    #[test]
    fn a_body_is_judged_the_same_borrowed_owned_and_as_text(body in body()) {
        let borrowed = JavaStr::from_mutf8(&body);
        let owned = JavaString::from_mutf8(body.clone());
        prop_assert_eq!(borrowed.as_deref().map_err(|&e| e), owned.as_deref().map_err(|&e| e));
        let text = JavaStr::str_from_mutf8(&body);
        match owned {
            Err(error) => prop_assert_eq!(text, Err(TextError::Malformed(error))),
            Ok(string) => {
                let expected = string.to_str().map_err(TextError::from);
                prop_assert_eq!(&text, &expected);
                prop_assert_eq!(string.clone().into_string().ok(), text.ok().map(Cow::into_owned));
                prop_assert_eq!(hash(&string), hash(&borrowed.unwrap()));
            }
        }
    }

    #[test]
    fn a_malformed_body_is_reported_where_it_is(body in body()) {
        match JavaStr::from_mutf8(&body) {
            Ok(_) => {}
            Err(error) => {
                let (valid, malformed) = body.split_at(error.valid_up_to());
                prop_assert!(JavaStr::from_mutf8(valid).is_ok());
                let again = JavaStr::from_mutf8(malformed).unwrap_err();
                prop_assert_eq!(again.valid_up_to(), 0);
                let number = again.around_byte().map(|byte| valid.len() + byte);
                prop_assert_eq!(error.around_byte(), number);
            }
        }
    }

    #[test]
    fn malformed_sequences_alone_are_replaced(valid in units(), malformed in body()) {
        let valid = JavaString::from_utf16(&valid);
        let lossy = JavaStr::from_mutf8_lossy(&malformed).into_owned();
        match JavaStr::from_mutf8(&malformed) {
            Ok(string) => prop_assert_eq!(&*string, &*lossy),
            Err(error) => {
                let first = lossy.units().position(|unit| unit == 0xFFFD);
                prop_assert!(first.unwrap() <= error.valid_up_to());
            }
        }
        // A character that is cut at the end must not swallow the next one.
        let body = [valid.as_bytes(), &malformed, b"!", valid.as_bytes()].concat();
        let expected = [&*valid, &lossy, JavaStr::from_static("!"), &valid];
        prop_assert_eq!(JavaStr::from_mutf8_lossy(&body), expected.into_iter().collect::<JavaString>());
    }

    #[test]
    fn exactly_the_bytes_of_write_utf_are_canonical(body in body()) {
        let rewritten = JavaStr::from_mutf8(&body);
        match JavaStr::from_canonical(&body) {
            Ok(string) => prop_assert_eq!(rewritten.as_deref(), Ok(string)),
            Err(error) => {
                let valid = &body[..error.valid_up_to()];
                prop_assert!(JavaStr::from_canonical(valid).is_ok());
                prop_assert!(rewritten.is_err() || rewritten.unwrap().as_bytes() != body);
            }
        }
    }

    #[test]
    fn parts_are_found_as_among_units(
        units in vec(prop_oneof![Just(0), Just(0x61), 0xD83D..0xD83F_u16, 0xDE00..0xDE02_u16], 0..20),
        (from, length) in (0..22_usize, 0..3_usize),
    ) {
        let string = JavaString::from_utf16(&units);
        let part = string.get(from..from + length);
        let expected = units.get(from..from + length);
        prop_assert_eq!(part.map(JavaStr::to_utf16), expected.map(<[u16]>::to_vec));
        let (Some(part), Some(expected)) = (part, expected) else { return Ok(()) };
        let first = units.windows(length.max(1)).position(|window| window.starts_with(expected));
        prop_assert_eq!(string.find(part), if length == 0 { Some(0) } else { first });
        prop_assert!(string.contains(part));
        prop_assert_eq!(string.starts_with(part), units.starts_with(expected));
        prop_assert_eq!(string.ends_with(part), units.ends_with(expected));
        prop_assert_eq!(string.char_at(from), units.get(from).copied());
        let parts: Vec<&JavaStr> = string.split(part).collect();
        let mut joined = JavaString::new();
        for (n, part_between) in parts.iter().enumerate() {
            if n > 0 {
                joined += part;
            }
            prop_assert!(length == 0 || !part_between.contains(part));
            joined += part_between;
        }
        prop_assert_eq!(joined, string);
    }

    #[test]
    fn any_units_come_back(units in units()) {
        let string = JavaString::from_utf16(&units);
        prop_assert_eq!(string.utf16_len(), units.len());
        prop_assert_eq!(&string.to_utf16(), &units);
        prop_assert!(string.units().rev().eq(units.iter().rev().copied()));
        prop_assert_eq!(string.is_empty(), units.is_empty());
        let console: String = char::decode_utf16(units.iter().copied())
            .map(|unit| unit.unwrap_or('?'))
            .collect();
        prop_assert_eq!(string.to_string(), console);
        prop_assert_eq!(string.to_str().ok().map(Cow::into_owned), String::from_utf16(&units).ok());
        prop_assert_eq!(string.to_string_lossy(), String::from_utf16_lossy(&units));
        prop_assert_eq!(&*Arc::<JavaStr>::from(&*string), &*string);
        prop_assert_eq!(&*Rc::<JavaStr>::from(&*string), &*string);
        prop_assert_eq!(&*Box::<JavaStr>::from(&*string).clone(), &*string);
    }

    #[test]
    fn units_are_taken_from_both_ends(units in units(), ends in vec(any::<bool>(), 0..40)) {
        let string = JavaString::from_utf16(&units);
        let (mut ours, mut theirs) = (string.units(), units.into_iter());
        for front in ends {
            let (our, their) = if front {
                (ours.next(), theirs.next())
            } else {
                (ours.next_back(), theirs.next_back())
            };
            prop_assert_eq!(our, their);
            let (least, most) = ours.size_hint();
            prop_assert!(least <= theirs.len() && Some(theirs.len()) <= most);
        }
    }

    #[test]
    fn strings_are_ordered_as_their_units(one in units(), other in units()) {
        let (ours, theirs) = (JavaString::from_utf16(&one), JavaString::from_utf16(&other));
        prop_assert_eq!(ours.cmp(&theirs), one.cmp(&other));
        prop_assert_eq!(ours == theirs, one == other);
    }

    #[test]
    fn any_text_comes_back(text in text()) {
        let string = JavaStr::from_text(&text);
        prop_assert_eq!(string.to_str(), Ok(Cow::Borrowed(&*text)));
        prop_assert!(string.units().eq(text.encode_utf16()));
        prop_assert_eq!(&JavaString::from(text.clone()), &string);
        prop_assert_eq!(&text.parse::<JavaString>().unwrap(), &*text);
        prop_assert_eq!(&text.chars().collect::<JavaString>(), &string);
        prop_assert_eq!(string.chars().collect::<Result<String, _>>(), Ok(text.clone()));
        prop_assert_eq!(JavaStr::str_from_mutf8(string.as_bytes()), Ok(Cow::Borrowed(&*text)));
        prop_assert_eq!(format!("{string:?}"), format!("{text:?}"));
    }

    #[test]
    fn every_way_to_write_a_frame_writes_the_same(units in units()) {
        let string = JavaString::from_utf16(&units);
        let (mut written, mut sent, mut framed) = (Vec::new(), Vec::new(), BytesMut::new());
        write_utf(&mut written, &string).unwrap();
        sent.write_utf(&string).unwrap();
        Utf.encode(&*string, &mut framed).unwrap();
        prop_assert_eq!(&written, &sent);
        prop_assert_eq!(&written, &framed);
        let (body, rest) = split_frame(&written).unwrap();
        prop_assert_eq!((body, rest), (string.as_bytes(), &[][..]));
        prop_assert_eq!(&read_utf(&mut &written[..]).unwrap(), &string);
        prop_assert_eq!(Utf.decode(&mut framed).unwrap(), Some(Ok(string)));
    }

    #[test]
    fn numbers_come_back(
        (byte, short, int, long) in any::<(i8, i16, i32, i64)>(),
        (float, double) in any::<(f32, f64)>(),
        (flag, unit) in any::<(bool, u16)>(),
    ) {
        let mut stream = Vec::new();
        stream.write_byte(byte).unwrap();
        stream.write_short(short).unwrap();
        stream.write_int(int).unwrap();
        stream.write_long(long).unwrap();
        stream.write_float(float).unwrap();
        stream.write_double(double).unwrap();
        stream.write_boolean(flag).unwrap();
        stream.write_char(unit).unwrap();
        let mut stream = &stream[..];
        prop_assert_eq!(stream.read_byte().unwrap(), byte);
        prop_assert_eq!(stream.read_short().unwrap(), short);
        prop_assert_eq!(stream.read_int().unwrap(), int);
        prop_assert_eq!(stream.read_long().unwrap(), long);
        prop_assert_eq!(stream.read_float().unwrap().to_bits(), float.to_bits());
        prop_assert_eq!(stream.read_double().unwrap().to_bits(), double.to_bits());
        prop_assert_eq!(stream.read_boolean().unwrap(), flag);
        prop_assert_eq!(stream.read_char().unwrap(), unit);
        prop_assert!(stream.is_empty());
    }

    #[test]
    fn no_frame_of_text_is_diagnosed(text in "\\PC{1,60}", cut in any::<prop::sample::Index>()) {
        let mut frame = Vec::new();
        write_utf(&mut frame, &text).unwrap();
        prop_assert_eq!(diagnose(&frame, StreamState::Ended), None);
        prop_assert_eq!(diagnose(&frame[..cut.index(frame.len())], StreamState::Open), None);
    }

    #[test]
    fn serde_keeps_every_unit(units in units()) {
        let string = JavaString::from_utf16(&units);
        let json = serde_json::to_vec(&string).unwrap();
        prop_assert_eq!(serde_json::from_slice::<JavaString>(&json).unwrap(), string);
    }
}

fn hash(string: &JavaStr) -> u64 {
    use std::sync::LazyLock;
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    STATE.hash_one(string)
}

/// Generates frames, some of them malformed, and perhaps a part of one more.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let frame = body().prop_map(|body| {
        let length = u16::try_from(body.len()).expect("bodies are short");
        [&length.to_be_bytes()[..], &body].concat()
    });
    (vec(frame, 0..6), any::<prop::sample::Index>()).prop_map(|(frames, cut)| {
        let mut stream = frames.concat();
        let last = frames.last().map_or(0, Vec::len);
        stream.truncate(stream.len() - cut.index(last + 1) / 2);
        stream
    })
}

/// Generates bodies of any bytes, of significant bytes, or of units in forms of one to three bytes.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(
        &b"\x00\x01A\x7F\x80\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xED\xEF\xF0\xF4\xFF"[..],
    );
    let form = (unit(), 1..=3_u8).prop_map(|(unit, form)| in_some_form(unit, form));
    let forms = vec(form, 0..80).prop_map(|forms| forms.concat());
    prop_oneof![
        vec(any::<u8>(), 0..40),
        vec(byte, 0..40),
        forms.clone(),
        (forms, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut body, at, byte)| {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
            body
        }),
    ]
}

fn in_some_form(unit: u16, form: u8) -> Vec<u8> {
    let low = 0x80 | (unit & 0x3F) as u8;
    match (form, unit) {
        (1, ..0x80) => vec![unit as u8],
        (..=2, ..0x800) => vec![0xC0 | (unit >> 6) as u8, low],
        _ => vec![
            0xE0 | (unit >> 12) as u8,
            0x80 | (unit >> 6 & 0x3F) as u8,
            low,
        ],
    }
}

fn units() -> impl Strategy<Value = Vec<u16>> {
    vec(unit(), 0..120)
}

fn unit() -> impl Strategy<Value = u16> + Clone {
    prop_oneof![
        4 => 1..0x80_u16,
        1 => Just(0),
        2 => 0x80..0x800_u16,
        2 => 0xD800..0xE000_u16,
        2 => any::<u16>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let char = prop_oneof![4 => prop::char::range('a', 'z'), 1 => Just('\0'), 2 => any::<char>()];
    vec(char, 0..120).prop_map(|chars| chars.into_iter().collect())
}

#[test]
#[cfg_attr(miri, ignore = "as many bytes take it minutes")]
fn the_longest_frame_is_read_and_written_in_every_way() {
    let string = JavaString::from("x".repeat(MAX_BODY));
    let mut stream = Vec::new();
    write_utf(&mut stream, &string).unwrap();
    let chunks = Chunks::cut(&stream, vec![1, 2, 1000, 65_000]);
    let expected = sliced(&stream);
    assert_eq!(expected.len(), 2);
    for seen in [
        blocking(&chunks),
        awaited(&chunks),
        framed(&chunks),
        decoded(&chunks),
    ] {
        assert!(seen == expected);
    }
}

//! The tools in `examples/` do what they say, with whole files and with others.

#[expect(dead_code, reason = "its main is not called")]
#[path = "../../examples/class-strings.rs"]
mod class_strings;
#[expect(dead_code, reason = "its main is not called")]
#[path = "../../examples/nbt.rs"]
mod nbt;

use class_strings::strings;
use hellohi_proto::{DataInput as _, JavaStr};
use nbt::Tag;

/// A class file's magic number and version, and a pool with a string, a long and a string.
const CLASS: &[u8] =
    b"\xCA\xFE\xBA\xBE\0\0\0\x45\0\x05\x01\0\x04Code\x05\0\0\0\0\0\0\0\x2A\x01\0\x02\xC0\x80";

#[test]
fn the_strings_of_a_class_file_are_found() {
    let strings = strings(CLASS).unwrap();
    assert!(strings.iter().eq(&["Code", "\0"].map(JavaStr::from_text)));
}

#[test]
fn a_class_file_that_is_cut_or_something_else_is_refused() {
    for end in 0..CLASS.len() {
        assert!(strings(&CLASS[..end]).is_err(), "{end}");
    }
    let error = strings(&[b"\xCA\xFE\xBA\xBF", &CLASS[4..]].concat()).unwrap_err();
    assert_eq!(error.to_string(), "not a class file");
}

#[test]
fn strings_must_be_canonical_from_java_1_4_on() {
    for (version, is_right) in [(47, true), (48, false), (69, false)] {
        let class = [
            b"\xCA\xFE\xBA\xBE\0\0\0",
            &[version][..],
            b"\0\x02\x01\0\x02\xC1\x81",
        ]
        .concat();
        assert_eq!(strings(&class).is_ok(), is_right, "{version}");
    }
}

#[test]
fn an_nbt_file_is_read_as_it_was_written_and_refused_where_it_is_cut() {
    let file = nbt::hello().unwrap();
    let read = |mut file: &[u8]| {
        let kind = file.read_unsigned_byte()?;
        file.read_utf()?;
        nbt::read(kind, &mut file, 0)
    };
    let Tag::Compound(tags) = read(&file).unwrap() else {
        panic!("not a compound");
    };
    assert_eq!(tags[0], ("name".into(), Tag::String("你好 😀".into())));
    let position = [7, -7].map(Tag::Integer).into();
    assert_eq!(tags[1], ("position".into(), Tag::List(position)));
    for end in 0..file.len() {
        assert!(read(&file[..end]).is_err(), "{end}");
    }
    let nested = [&b"\x0A\0\0"[..], &b"\x0A\0\0".repeat(600)].concat();
    assert!(read(&nested).unwrap_err().to_string().contains("nested"));
}

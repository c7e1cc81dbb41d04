//! The implementations of each task, each called as its documentation says.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use hellohi_proto::JavaStr;

use super::cell::Task;
use super::inputs::Inputs;
use super::timed_jvm::TimedJvm;

/// Name of the implementation whose speed is 1.
pub(crate) const REFERENCE: &str = "memcpy";
/// Name of the codec under test.
pub(crate) const SUBJECT: &str = "hellohi";
/// Names of the implementations that are given plain UTF-8 instead of a body. Their time is the cost of
/// validation alone.
const OF_PLAIN_UTF8: [&str; 2] = ["std", "simdutf8"];

pub(crate) struct Implementation<'a> {
    pub(crate) name: String,
    /// Number of strings that it gets wrong.
    pub(crate) wrong: usize,
    work: Work<'a>,
}

enum Work<'a> {
    /// A function that does the task once for every string.
    Pass(Box<dyn FnMut() + 'a>),
    Jvm(TimedJvm),
}

/// The strings of a cell as slices.
pub(crate) struct Strings<'a> {
    bodies: Vec<&'a [u8]>,
    utf8: Vec<&'a [u8]>,
    texts: Vec<&'a str>,
    units: Vec<&'a [u16]>,
}

impl<'a> Strings<'a> {
    pub(crate) fn of(inputs: &'a Inputs) -> Strings<'a> {
        let texts = inputs.texts();
        Strings {
            bodies: inputs.bodies(),
            utf8: texts.iter().map(|text| text.as_bytes()).collect(),
            units: inputs.units(),
            texts,
        }
    }

    /// Returns the input of the decoder with this name.
    fn encoded(&self, name: &str) -> &[&'a [u8]] {
        if OF_PLAIN_UTF8.contains(&name) {
            &self.utf8
        } else {
            &self.bodies
        }
    }
}

impl<'a> Implementation<'a> {
    pub(crate) fn all(task: Task, strings: &'a Strings<'a>) -> Vec<Implementation<'a>> {
        let mut peers = vec![copy(&strings.bodies)];
        match task {
            Task::Decode => peers.extend(decoders(strings)),
            Task::Utf16 => peers.extend(to_utf16(strings)),
            Task::Validate => peers.extend(validators(strings)),
            Task::Encode => peers.extend(encoders(strings)),
        }
        peers
    }

    pub(crate) fn jvm(jvm: TimedJvm) -> Implementation<'static> {
        Implementation {
            name: jvm.name.clone(),
            wrong: 0,
            work: Work::Jvm(jvm),
        }
    }

    /// Returns the nanoseconds for one pass through all strings, as the mean over about `slice`.
    pub(crate) fn time(&mut self, slice: Duration) -> Result<f64> {
        match &mut self.work {
            Work::Jvm(jvm) => jvm.time(slice),
            Work::Pass(pass) => {
                let begun = Instant::now();
                let mut passes = 0;
                while passes == 0 || begun.elapsed() < slice {
                    pass();
                    passes += 1;
                }
                Ok(begun.elapsed().as_nanos() as f64 / f64::from(passes))
            }
        }
    }

    fn new<I: Copy, R>(
        name: &str,
        inputs: &'a [I],
        call: impl Fn(I) -> R + 'a,
        is_right: impl Fn(usize, R) -> bool,
    ) -> Implementation<'a> {
        let wrong = |&(n, &input): &(usize, &I)| !is_right(n, call(input));
        let wrong = inputs.iter().enumerate().filter(wrong).count();
        let pass = move || {
            for &input in inputs {
                black_box(&call(black_box(input)));
            }
        };
        Implementation {
            name: name.into(),
            wrong,
            work: Work::Pass(Box::new(pass)),
        }
    }
}

fn copy<'a>(bodies: &'a [&'a [u8]]) -> Implementation<'a> {
    let longest = bodies.iter().map(|body| body.len()).max();
    let mut buffer = vec![0; longest.unwrap_or_default()];
    let pass = move || {
        for &body in bodies {
            let body = black_box(body);
            buffer[..body.len()].copy_from_slice(body);
            black_box(&mut buffer);
        }
    };
    Implementation {
        name: REFERENCE.into(),
        wrong: 0,
        work: Work::Pass(Box::new(pass)),
    }
}

fn decoders<'a>(strings: &'a Strings<'a>) -> Vec<Implementation<'a>> {
    vec![
        decoder(SUBJECT, strings, |body| JavaStr::str_from_mutf8(body).ok()),
        decoder("std", strings, |utf8| str::from_utf8(utf8).ok()),
        decoder("simdutf8", strings, |utf8| {
            simdutf8::basic::from_utf8(utf8).ok()
        }),
        decoder("cesu8", strings, |body| cesu8::from_java_cesu8(body).ok()),
        decoder("java_string", strings, java_string_text),
        decoder("mutf8", strings, mutf8_text),
        decoder("residua-mutf8", strings, |body| {
            residua_mutf8::decode(body).ok()
        }),
        decoder("simd_cesu8", strings, |body| {
            simd_cesu8::mutf8::decode(body).ok()
        }),
    ]
}

fn decoder<'a, R: AsRef<str>>(
    name: &str,
    strings: &'a Strings<'a>,
    call: impl Fn(&'a [u8]) -> Option<R> + 'a,
) -> Implementation<'a> {
    let is_right = |n: usize, text: Option<R>| text.is_some_and(|t| t.as_ref() == strings.texts[n]);
    Implementation::new(name, strings.encoded(name), call, is_right)
}

/// Returns, for each decoder, the number of bodies that it decodes otherwise than the JVM did.
pub(crate) fn inexact(judged: &[(Vec<u8>, Option<String>)]) -> Vec<(&'static str, usize)> {
    let count = |decode: fn(&[u8]) -> Option<Cow<'_, str>>| {
        let wrong =
            |(body, text): &&(Vec<u8>, Option<String>)| decode(body).as_deref() != text.as_deref();
        judged.iter().filter(wrong).count()
    };
    vec![
        (SUBJECT, count(|body| JavaStr::str_from_mutf8(body).ok())),
        ("cesu8", count(|body| cesu8::from_java_cesu8(body).ok())),
        ("java_string", count(java_string_text)),
        ("mutf8", count(mutf8_text)),
        (
            "residua-mutf8",
            count(|body| residua_mutf8::decode(body).ok()),
        ),
        (
            "simd_cesu8",
            count(|body| simd_cesu8::mutf8::decode(body).ok()),
        ),
        (
            "jvm-types",
            count(|body| {
                let units = jvm_types::modified_utf8::decode(body)?;
                String::from_utf16(&units).ok().map(Cow::Owned)
            }),
        ),
    ]
}

/// Decodes with mutf8, whose result is bytes that may be invalid UTF-8.
fn mutf8_text(body: &[u8]) -> Option<Cow<'_, str>> {
    match mutf8::mutf8_to_utf8(body).ok()? {
        Cow::Borrowed(utf8) => str::from_utf8(utf8).ok().map(Cow::Borrowed),
        Cow::Owned(utf8) => String::from_utf8(utf8).ok().map(Cow::Owned),
    }
}

/// Decodes with java_string, and then to text, which fails if there are lone surrogates.
fn java_string_text(body: &[u8]) -> Option<Cow<'_, str>> {
    match java_string::JavaStr::from_modified_utf8(body).ok()? {
        Cow::Borrowed(string) => string.as_str().ok().map(Cow::Borrowed),
        Cow::Owned(string) => string.into_string().ok().map(Cow::Owned),
    }
}

fn to_utf16<'a>(strings: &'a Strings<'a>) -> Vec<Implementation<'a>> {
    fn by_text(text: Option<impl AsRef<str>>) -> Option<Vec<u16>> {
        text.map(|text| text.as_ref().encode_utf16().collect())
    }
    let peer = |name, call: fn(&'a [u8]) -> Option<Vec<u16>>| {
        let is_right =
            |n: usize, units: Option<Vec<u16>>| units.is_some_and(|u| u == strings.units[n]);
        Implementation::new(name, strings.encoded(name), call, is_right)
    };
    vec![
        peer(SUBJECT, |body| {
            Some(JavaStr::from_mutf8(body).ok()?.to_utf16())
        }),
        peer("std", |utf8| by_text(str::from_utf8(utf8).ok())),
        peer("simdutf8", |utf8| {
            by_text(simdutf8::basic::from_utf8(utf8).ok())
        }),
        peer("cesu8", |body| by_text(cesu8::from_java_cesu8(body).ok())),
        peer("java_string", |body| by_text(java_string_text(body))),
        peer("mutf8", |body| by_text(mutf8_text(body))),
        peer("residua-mutf8", |body| {
            by_text(residua_mutf8::decode(body).ok())
        }),
        peer("simd_cesu8", |body| {
            by_text(simd_cesu8::mutf8::decode(body).ok())
        }),
        peer("jvm-types", jvm_types::modified_utf8::decode),
    ]
}

fn validators<'a>(strings: &'a Strings<'a>) -> Vec<Implementation<'a>> {
    fn peer<'a>(
        name: &str,
        strings: &'a Strings<'a>,
        call: impl Fn(&'a [u8]) -> bool + 'a,
    ) -> Implementation<'a> {
        Implementation::new(name, strings.encoded(name), call, |_, is_valid| is_valid)
    }
    vec![
        peer(SUBJECT, strings, |body| JavaStr::from_mutf8(body).is_ok()),
        peer("std", strings, |utf8| str::from_utf8(utf8).is_ok()),
        peer("simdutf8", strings, |utf8| {
            simdutf8::basic::from_utf8(utf8).is_ok()
        }),
    ]
}

fn encoders<'a>(strings: &'a Strings<'a>) -> Vec<Implementation<'a>> {
    fn peer<'a>(
        name: &str,
        strings: &'a Strings<'a>,
        call: impl Fn(&'a str) -> Cow<'a, [u8]> + 'a,
    ) -> Implementation<'a> {
        let is_right = |n: usize, body: Cow<'_, [u8]>| body == strings.bodies[n];
        Implementation::new(name, &strings.texts, call, is_right)
    }
    let of_units = |n: usize, body: Vec<u8>| body == strings.bodies[n];
    vec![
        peer(SUBJECT, strings, |text| match JavaStr::from_text(text) {
            Cow::Borrowed(string) => Cow::Borrowed(string.as_bytes()),
            Cow::Owned(string) => Cow::Owned(string.into_bytes()),
        }),
        peer("cesu8", strings, cesu8::to_java_cesu8),
        peer("java_string", strings, |text| {
            java_string::JavaStr::from_str(text).to_modified_utf8()
        }),
        peer("residua-mutf8", strings, residua_mutf8::encode),
        peer("mutf8", strings, |text| {
            mutf8::utf8_to_mutf8(text.as_bytes()).unwrap_or_default()
        }),
        peer("simd_cesu8", strings, simd_cesu8::mutf8::encode),
        Implementation::new(
            "jvm-types",
            &strings.units,
            jvm_types::modified_utf8::encode,
            of_units,
        ),
    ]
}

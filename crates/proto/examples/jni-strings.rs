//! The strings of JNI: what `GetStringUTFChars` returns, and what `NewStringUTF` takes.
//!
//! Both are modified UTF-8 with a `00` behind it. A `CStr` taken for UTF-8, or a text passed as it
//! is, works until the first emoji. (`GetStringUTFChars` needs a JVM; here its bytes are given.)
//!
//!     cargo run --example jni-strings

use std::ffi::{CStr, CString};

use hellohi_proto::JavaStr;

fn main() {
    let from_java = c"Ada \xED\xA0\xBD\xED\xB8\x80";
    assert!(from_java.to_str().is_err(), "this is not UTF-8");
    let greeting = greet(from_java);
    println!(
        "{}",
        JavaStr::from_mutf8_lossy(greeting.to_bytes()).printable()
    );
    assert_eq!(greeting.as_c_str(), c"Hello, Ada \xED\xA0\xBD\xED\xB8\x80!");
}

/// Returns the greeting for a name, for `NewStringUTF`. `name` is from `GetStringUTFChars`.
pub(crate) fn greet(name: &CStr) -> CString {
    // A JVM returns nothing malformed. A lone surrogate in a Java string stays what it is.
    let name = JavaStr::from_mutf8_lossy(name.to_bytes());
    let mut greeting = JavaStr::from_static("Hello, ").to_owned();
    greeting += name;
    greeting.push('!');
    greeting.to_c_string()
}

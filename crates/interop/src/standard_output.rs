//! Standard output whose reader may leave, as `head` does.

use std::{panic, process};

/// Ends this process without a message once the reader of standard output has left.
///
/// The exit status, 141, is that of a program that SIGPIPE ends. The signal itself stays ignored: a program
/// under test that reads no more must not end the harness.
pub fn exit_when_nobody_reads() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let message = info.payload().downcast_ref::<String>();
        if message.is_some_and(|text| text.starts_with("failed printing to stdout: Broken pipe")) {
            process::exit(128 + 13);
        }
        report(info);
    }));
}

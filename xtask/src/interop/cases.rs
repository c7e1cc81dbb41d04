//! The cases: the input of the console, and the events that the two programs are put through.
//!
//! In a probe one real program talks to a script, which ends, resets or stalls the connection at any byte, splits its
//! message, sends too much or sends nonsense. The name of a probe has the script's action and the side that the
//! script plays. In `cut/client/3` a scripted client ends its connection after three bytes, and the server is real.

mod addresses;
mod console;
mod endings;
mod exchange;
mod life;
mod patience;
mod payloads;
mod signals;

mod standard_streams;

use ::interop::case::Case;
use recorder::Side;

/// Returns every case, in the order of the report.
pub(crate) fn all() -> Vec<Case> {
    [
        exchange::all(),
        console::all(),
        life::all(),
        standard_streams::all(),
        signals::all(),
        patience::all(),
        probes(),
    ]
    .concat()
}

fn probes() -> Vec<Case> {
    let mut probes = Vec::new();
    for side in Side::BOTH {
        probes.extend(endings::faults(side));
        probes.extend(payloads::splits(side));
        probes.extend(payloads::extras(side));
        probes.extend(endings::half_closes(side));
        probes.extend(payloads::bodies(side));
        probes.extend(payloads::foreign_protocols(side));
    }
    probes.extend(addresses::all());
    probes.extend(endings::unread_requests());
    probes.extend(endings::never_read());
    probes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_cases_have_one_name() {
        let mut names: Vec<String> = all().into_iter().map(|case| case.name).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}

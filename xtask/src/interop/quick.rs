//! The cases of `cargo xtask interop --quick`.
//!
//! They were chosen by what `cargo xtask interop --mutants --json FILE` says of each mutant, in `mutants[].caught_by`:
//! first the case that catches the most mutants for the time that it takes, then the one that catches the most of those
//! that are left, and so on. None is of `patience/`, whose cases take six seconds each and catch mutants of their own.
//!
//! `cargo xtask interop --quick --mutants` counts the mutants that they catch.

/// Names of the cases.
pub(super) const CASES: &[&str] = &[
    "exchange/ascii",
    "exchange/mixed",
    "exchange/nul",
    "exchange/formats",
    "exchange/boundaries",
    "length/65535-mixed",
    "length/65536-mixed",
    "console/end-at-once",
    "console/cut/2",
    "console/cut/too-long",
    "console/malformed/four-from-e0",
    "console/malformed/end-80",
    "life/nobody-listens",
    "life/port-taken",
    "life/console-after-connect",
    "life/restarted-at-once",
    "life/three-clients",
    "life/console-stays-open-after-cr",
    "console-is/terminal/client",
    "console-is/terminal/server",
    "console-is/output-broken/client",
    "console-is/output-broken/server",
    "console-is/output-unread/client",
    "console-is/output-unread/server",
    "console-is/error-broken/client",
    "console-is/error-broken/server",
    "signal/server/output-full/hup",
    "signal/server/accept/term",
    "signal/client/output-full/hup",
    "signal/client/console/term",
    "signal/server/goes-on",
    "signal/client/goes-on",
    "cut/client/2",
    "extra/client/one-byte",
    "malformed/client/bad-second-of-3",
    "accepted/client/raw-nul",
    "accepted/client/overlong-2",
    "accepted/client/controls",
    "accepted/client/boundary-units",
    "foreign/client/characters",
    "cut/server/2",
    "reset-unread/server/4",
    "extra/server/one-byte",
    "malformed/server/bad-second-of-3",
    "accepted/server/overlong-2",
    "accepted/server/controls",
    "accepted/server/boundary-units",
    "accepted/server/raw-nuls-32768",
    "address/server/another-on-ipv6",
    "reset-at-once/server",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::{cases, mutants};

    #[test]
    fn each_is_a_case_and_each_mutant_is_tried_in_one_unless_it_needs_time() {
        let all = cases::all();
        let quick = CASES.iter().map(|name| {
            let case = all.iter().find(|case| case.name == *name);
            case.unwrap_or_else(|| panic!("there is no case {name}"))
        });
        let quick: Vec<_> = quick.collect();
        for mutant in mutants().unwrap().mutants {
            let needs_time = mutant.tried_in == ["patience/*"];
            for &side in mutant.sides {
                assert_ne!(
                    quick.iter().any(|case| mutant.is_tried_in(case, side)),
                    needs_time,
                    "{} as a {}",
                    mutant.peer.name,
                    side.name()
                );
            }
        }
    }
}

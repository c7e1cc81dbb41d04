//! Declared differences: a Rust program differs from the original on purpose, for a reason.
//!
//! The drop-ins (`--once`, the peer `rust`) have none; those of `rust-default` are in a file for each side. An entry
//! holds for exactly one observation. Once that is no longer made, the entry itself is a failure.

mod client;
mod server;

use std::sync::LazyLock;

use ::interop::channel::Channel;
use ::interop::declared::{Against, Declared, Expected};
use recorder::Side;

/// Returns every declared difference.
pub(crate) fn all() -> &'static [Declared] {
    static ALL: LazyLock<Vec<Declared>> = LazyLock::new(|| {
        [server::all(), client::all()]
            .into_iter()
            .flatten()
            .collect()
    });
    &ALL
}

/// Returns an entry for each of `observed`, which `rust-default` on `side` causes in `cases`.
fn entries<const N: usize>(
    side: Side,
    against: Against,
    cases: &'static [&'static str],
    reason: &'static str,
    observed: [(Channel, Expected); N],
) -> Vec<Declared> {
    let entry = |(channel, observed)| Declared {
        cases,
        peer: "rust-default",
        side,
        against,
        channel,
        observed,
        reason,
    };
    observed.map(entry).into()
}

/// Returns the server's output for one client that sends `messages`.
fn served(messages: &[&str]) -> Vec<u8> {
    let lines = messages
        .iter()
        .map(|message| format!("client say:{message}\n"));
    ["---server---\n一个客户端连接建立\n".to_owned()]
        .into_iter()
        .chain(lines)
        .collect::<String>()
        .into()
}

#[cfg(test)]
mod tests {
    use ::interop::declared::{Declarations, Subject};

    use super::*;

    /// The default client at the end of its input, which it exits 0 for.
    const SUBJECT: Subject<'_> = Subject {
        case: "console/end-at-once",
        client: "rust-default",
        server: "java-17",
        serves_forever: false,
    };

    fn is_declared(subject: Subject<'_>, channel: Channel) -> bool {
        Declarations::new(all()).find(subject, channel).is_some()
    }

    #[test]
    fn an_entry_holds_for_its_peer_side_case_and_channel_alone() {
        assert!(is_declared(SUBJECT, Channel::ClientExit));
        assert!(!is_declared(SUBJECT, Channel::ClientStdout));
        assert!(!is_declared(SUBJECT, Channel::ServerExit));
        let (case, client) = ("console/lf", "rust");
        assert!(!is_declared(
            Subject { case, ..SUBJECT },
            Channel::ClientExit
        ));
        assert!(!is_declared(
            Subject { client, ..SUBJECT },
            Channel::ClientExit
        ));
        let (client, server) = (SUBJECT.server, SUBJECT.client);
        let swapped = Subject {
            client,
            server,
            ..SUBJECT
        };
        assert!(!is_declared(swapped, Channel::ClientExit));
        assert!(is_declared(swapped, Channel::ServerExit));
    }

    #[test]
    fn an_entry_against_some_servers_does_not_hold_for_the_others() {
        let against = |serves_forever| Subject {
            case: "console/two-lines",
            serves_forever,
            ..SUBJECT
        };
        assert!(is_declared(against(false), Channel::ClientExit));
        assert!(!is_declared(against(true), Channel::ClientExit));
        assert!(is_declared(against(true), Channel::ClientStdout));
        assert!(!is_declared(against(false), Channel::ClientStdout));
    }
}

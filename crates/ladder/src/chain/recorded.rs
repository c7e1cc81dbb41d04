//! The recorded chains, for machines that cannot show them all.
//!
//! `recorded.json` is the output of `cargo xtask lab chain --format json`, run by root with a JDK 11, a JDK 25 and
//! strace.

use std::sync::LazyLock;

use super::figure::{Chain, Figure, Implementation, Seen, SocketCall, Why};

/// Returns the recorded figure, with each chain marked as recorded.
pub fn labelled() -> Figure {
    let mut figure = figure().clone();
    for call in &mut figure.calls {
        for known in &mut call.chains {
            *known = chain(call.socket_call, known.implementation, None)
                .expect("the recording has its own chains");
        }
    }
    figure
}

/// Returns the recorded figure, with each chain marked as live, which it was when it was recorded.
pub(crate) fn figure() -> &'static Figure {
    static FIGURE: LazyLock<Figure> = LazyLock::new(|| {
        serde_json::from_str(include_str!("recorded.json")).expect("the recording is a figure")
    });
    &FIGURE
}

/// Returns the recorded chain of `implementation` and `socket_call`. `because` is the reason why this run did not see it.
pub fn chain(
    socket_call: SocketCall,
    implementation: Implementation,
    because: Option<Why>,
) -> Option<Chain> {
    let figure = figure();
    let seen = Seen::Recorded {
        on: figure.system.clone(),
        because,
    };
    let call = figure
        .calls
        .iter()
        .find(|call| call.socket_call == socket_call)?;
    let chain = call
        .chains
        .iter()
        .find(|chain| chain.implementation == implementation)?;
    Some(Chain {
        native_seen: seen.clone(),
        kernel_seen: seen.clone(),
        seen,
        sleeps_in: None,
        ..chain.clone()
    })
}

/// Fills the parts of `chain` that could not be seen with the recorded ones.
pub fn complete(socket_call: SocketCall, chain: &mut Chain) {
    if let Seen::Unseen { because } = &chain.native_seen
        && let Some(known) = self::chain(socket_call, chain.implementation, Some(because.clone()))
    {
        chain.frames = known.frames;
        chain.resumes = known.resumes;
        chain.native_seen = known.native_seen.clone();
        chain.seen = known.native_seen;
    }
    if let Seen::Unseen { because } = &chain.kernel_seen {
        let chains = figure()
            .calls
            .iter()
            .filter(|call| call.socket_call == socket_call);
        let same = chains
            .flat_map(|call| &call.chains)
            .find(|known| known.system_call == chain.system_call);
        if let Some(known) = same
            .and_then(|known| self::chain(socket_call, known.implementation, Some(because.clone())))
        {
            chain.kernel = known.kernel;
            chain.kernel_seen = known.kernel_seen;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_was_recorded_in_every_program_that_makes_it() {
        for (socket_call, implementations) in [
            (
                SocketCall::Connect,
                vec![
                    Implementation::Plain,
                    Implementation::Nio,
                    Implementation::Std,
                ],
            ),
            (
                SocketCall::Accept,
                vec![
                    Implementation::Plain,
                    Implementation::Nio,
                    Implementation::Tokio,
                ],
            ),
            (
                SocketCall::Read,
                vec![
                    Implementation::Plain,
                    Implementation::Nio,
                    Implementation::Std,
                    Implementation::Tokio,
                ],
            ),
            (
                SocketCall::Write,
                vec![
                    Implementation::Plain,
                    Implementation::Nio,
                    Implementation::Std,
                    Implementation::Tokio,
                ],
            ),
        ] {
            for implementation in implementations {
                let chain = chain(socket_call, implementation, None).unwrap();
                assert!(
                    !chain.kernel.is_empty(),
                    "{socket_call:?} {implementation:?}"
                );
                assert!(
                    !chain.frames.is_empty(),
                    "{socket_call:?} {implementation:?}"
                );
                assert_eq!(
                    chain.resumes.is_some(),
                    implementation == Implementation::Tokio,
                    "{socket_call:?} {implementation:?}"
                );
            }
        }
    }

    #[test]
    fn what_only_root_sees_comes_from_the_recording_and_says_so() {
        let mut live = chain(SocketCall::Accept, Implementation::Nio, None).unwrap();
        live.seen = Seen::Live;
        live.kernel.clear();
        live.kernel_seen = Seen::Unseen {
            because: Why::OnlyRoot,
        };
        complete(SocketCall::Accept, &mut live);
        assert_eq!(live.kernel.last().unwrap(), "inet_csk_accept");
        assert!(matches!(
            live.kernel_seen,
            Seen::Recorded {
                because: Some(Why::OnlyRoot),
                ..
            }
        ));
        assert_eq!(live.seen, Seen::Live);
    }
}

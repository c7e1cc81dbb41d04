//! The recorded chains, for machines that cannot show them all.
//!
//! `recorded.json` is the output of `cargo xtask lab chain --format json`, run by root with a JDK 11, a JDK 25 and
//! strace.

use std::sync::LazyLock;

use super::figure::{Chain, Figure, Implementation, Origin, Reason, SocketCall};

/// Returns the recorded figure, with each chain marked as recorded.
pub fn labelled() -> Figure {
    let mut figure = figure().clone();
    for call in &mut figure.calls {
        for chain in &mut call.chains {
            *chain = self::chain(call.socket_call, chain.implementation, None)
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

/// Returns the recorded chain of `implementation` and `socket_call`.
///
/// `because` is the reason why this run did not see the chain itself.
pub fn chain(
    socket_call: SocketCall,
    implementation: Implementation,
    because: Option<Reason>,
) -> Option<Chain> {
    let figure = figure();
    let origin = Origin::Recorded {
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
        native_origin: origin.clone(),
        kernel_origin: origin.clone(),
        origin,
        sleeps_in: None,
        ..chain.clone()
    })
}

/// Fills the parts of `chain` that could not be seen with the recorded ones.
pub fn complete(socket_call: SocketCall, chain: &mut Chain) {
    if let Origin::Unseen { because } = &chain.native_origin
        && let Some(recorded) =
            self::chain(socket_call, chain.implementation, Some(because.clone()))
    {
        chain.frames = recorded.frames;
        chain.resumes = recorded.resumes;
        chain.native_origin = recorded.native_origin.clone();
        chain.origin = recorded.native_origin;
    }
    if let Origin::Unseen { because } = &chain.kernel_origin {
        let chains = figure()
            .calls
            .iter()
            .filter(|call| call.socket_call == socket_call);
        let same = chains
            .flat_map(|call| &call.chains)
            .find(|recorded| recorded.system_call == chain.system_call);
        if let Some(recorded) = same.and_then(|recorded| {
            self::chain(socket_call, recorded.implementation, Some(because.clone()))
        }) {
            chain.kernel = recorded.kernel;
            chain.kernel_origin = recorded.kernel_origin;
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
        live.origin = Origin::Live;
        live.kernel.clear();
        live.kernel_origin = Origin::Unseen {
            because: Reason::OnlyRoot,
        };
        complete(SocketCall::Accept, &mut live);
        assert_eq!(live.kernel.last().unwrap(), "inet_csk_accept");
        assert!(matches!(
            live.kernel_origin,
            Origin::Recorded {
                because: Some(Reason::OnlyRoot),
                ..
            }
        ));
        assert_eq!(live.origin, Origin::Live);
    }
}

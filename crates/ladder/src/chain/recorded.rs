//! The recorded chains, for machines that cannot show them all.
//!
//! `recorded.json` is the output of `cargo xtask lab chain --format json | jq -c .`, run by root with a JDK 11, a
//! JDK 25 and strace.

use std::sync::LazyLock;

use super::figure::{Chain, Figure, Implementation, Origin, Reason, SocketCall};

/// Returns the recorded figure, with each chain marked as recorded.
pub fn labelled() -> Figure {
    let mut figure = figure().clone();
    for chain in figure.calls.iter_mut().flat_map(|call| &mut call.chains) {
        *chain = as_recorded(chain, None);
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
    let mut chains = chains(socket_call);
    let chain = chains.find(|chain| chain.implementation == implementation)?;
    Some(as_recorded(chain, because))
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
    if let Origin::Unseen { because } = &chain.kernel_origin
        && let Some(recorded) =
            chains(socket_call).find(|recorded| recorded.system_call == chain.system_call)
    {
        let recorded = as_recorded(recorded, Some(because.clone()));
        chain.kernel = recorded.kernel;
        chain.kernel_origin = recorded.kernel_origin;
    }
}

fn chains(socket_call: SocketCall) -> impl Iterator<Item = &'static Chain> {
    let calls = figure().calls.iter();
    calls
        .filter(move |call| call.socket_call == socket_call)
        .flat_map(|call| &call.chains)
}

fn as_recorded(chain: &Chain, because: Option<Reason>) -> Chain {
    let on = figure().system.clone();
    let origin = Origin::Recorded { on, because };
    Chain {
        native_origin: origin.clone(),
        kernel_origin: origin.clone(),
        origin,
        sleeps_in: None,
        ..chain.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_was_recorded_in_every_program_that_makes_it() {
        use Implementation::{Nio, Plain, Std, Tokio};
        let makers: [(SocketCall, &[Implementation]); 4] = [
            (SocketCall::Connect, &[Plain, Nio, Std]),
            (SocketCall::Accept, &[Plain, Nio, Tokio]),
            (SocketCall::Read, &[Plain, Nio, Std, Tokio]),
            (SocketCall::Write, &[Plain, Nio, Std, Tokio]),
        ];
        for (socket_call, implementations) in makers {
            for &implementation in implementations {
                let chain = chain(socket_call, implementation, None).unwrap();
                let said = (
                    chain.kernel.is_empty(),
                    chain.frames.is_empty(),
                    chain.resumes.is_some(),
                );
                let expected = (false, false, implementation == Tokio);
                assert_eq!(said, expected, "{socket_call:?} {implementation:?}");
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

//! Where each defect is tried, and the channel that it breaks.

use super::super::channel::Channel;
use crate::mutant::Defect;
use recorder::Side;

/// The cases in which a defect can show, as globs: everywhere would take an hour. What leaves the other
/// side waiting is tried once.
pub(super) fn tried_in(defect: Defect) -> &'static [&'static str] {
    const ONCE: &[&str] = &["exchange/ascii"];
    const EVERYWHERE: &[&str] = &["*"];
    const BUT_PATIENCE: &[&str] = &["[!p]*"];
    const MESSAGES: &[&str] = &["exchange/*", "length/*", "accepted/*"];
    const READING: &[&str] = &["{accepted,malformed,cut,foreign,half-close,extra,length,split}/*"];
    const PRINTING: &[&str] = &["{exchange,accepted,console-is,life}/*"];
    const CONSOLE: &[&str] = &["{console,exchange}/*", "life/console*"];
    const SOCKETS: &[&str] = &["{address,life}/*", "exchange/ascii"];
    const SIGNALS: &[&str] = &["signal/*"];
    const OUTPUT: &[&str] = &["console-is/*", "life/console*", "signal/*/output-full/*"];
    const ENDS: &[&str] = &[
        "{cut,reset,reset-unread,half-close,close-unread,close-at-once,deaf,extra,stall}/*",
        "exchange/ascii",
    ];
    match defect {
        Defect::Control => EVERYWHERE,
        Defect::LogOnStdout
        | Defect::LogOnStderr
        | Defect::ExitZeroOnFailure
        | Defect::ExitOneOnSuccess
        | Defect::RstForFin => BUT_PATIENCE,
        Defect::LengthLittleEndian
        | Defect::LengthOffByOne
        | Defect::ByteDropped
        | Defect::DelayedPastTheDeadline
        | Defect::NoFin
        | Defect::Hang
        | Defect::KilledBySignal
        | Defect::EarlyFin
        | Defect::ChildHoldsOutput
        | Defect::ChildOutlives
        | Defect::FileLeft
        | Defect::PrintsForEver => ONCE,
        Defect::CutFrameAccepted
        | Defect::MalformedReplaced
        | Defect::StrictUtf8
        | Defect::ReadsAhead
        | Defect::OverlongRefused
        | Defect::RawNulRefused
        | Defect::LoneSurrogateRefused
        | Defect::FailsSilently => READING,
        Defect::NewlineMissing
        | Defect::BannerMissing
        | Defect::BannerLate
        | Defect::LoneSurrogatePrinted
        | Defect::MessageTrimmed
        | Defect::PrivatePrintedAsQuestion
        | Defect::PrintedUpToNul
        | Defect::ControlsEscaped
        | Defect::AcceptLineLate => PRINTING,
        Defect::ConsoleBeforeConnect
        | Defect::ConsoleLossy
        | Defect::OnlyLineFeeds
        | Defect::EndOfInputIsALine
        | Defect::EveryLineSent
        | Defect::PieceIsTheLine
        | Defect::PiecesDecodedAlone
        | Defect::BlocksDecodedAlone
        | Defect::MalformedByTheByte
        | Defect::MalformedRunsJoined
        | Defect::CutCharacterDropped
        | Defect::ConsoleReadToItsEnd
        | Defect::WaitsBehindReturn
        | Defect::UnicodeLineEnds
        | Defect::NulEndsTheLine
        | Defect::LineCut
        | Defect::ByteOrderMarkDropped
        | Defect::Normalised => CONSOLE,
        Defect::TakenPortIgnored
        | Defect::RefusalIgnored
        | Defect::EveryAddressTried
        | Defect::Ipv6First
        | Defect::ListenerClosedEarly
        | Defect::ListensOnLoopback
        | Defect::ListensOnIpv4
        | Defect::ListensOnIpv6
        | Defect::LongBacklog
        | Defect::SecondPort
        | Defect::DatagramsToo
        | Defect::NoReuse
        | Defect::SecondClientServed
        | Defect::OthersTurnedAway
        | Defect::ConnectsTwice
        | Defect::OtherPortTried
        | Defect::LooksUpNames => SOCKETS,
        Defect::DiesOfSignals
        | Defect::SignalsIgnored
        | Defect::HangupIgnored
        | Defect::SignalsExitZero
        | Defect::SignalsSayBye
        | Defect::EndsOnResize => SIGNALS,
        #[cfg(target_os = "linux")]
        Defect::UnixSocketToo => ONCE,
        Defect::OutputAtTheEnd
        | Defect::PromptAtATerminal
        | Defect::BrokenOutputIsAFailure
        | Defect::DiesOfBrokenOutput
        | Defect::FullOutputDropped => OUTPUT,
        Defect::NoShutdown | Defect::RequestHalfCloses | Defect::WaitsForTheEnd => ENDS,
        Defect::ImpatientToAccept
        | Defect::ImpatientToRead
        | Defect::ImpatientToWrite
        | Defect::ImpatientToConnect
        | Defect::ImpatientAtTheConsole
        | Defect::ImpatientForTheLine
        | Defect::ImpatientToPrint => &["patience/*"],
        Defect::LengthInCharacters
        | Defect::NulRaw
        | Defect::EmojiInStandardUtf8
        | Defect::LoneSurrogateDropped
        | Defect::ByteDoubled
        | Defect::BitFlipped
        | Defect::FrameTwice
        | Defect::EchoIsACopy
        | Defect::ReplyBeforeRequest
        | Defect::TooLongTruncated
        | Defect::NoncharactersReplaced
        | Defect::LengthSigned => MESSAGES,
    }
}

/// The channel that a defect breaks.
pub(super) fn breaks(defect: Defect, side: Side) -> Channel {
    let of = |client, server| match side {
        Side::Client => client,
        Side::Server => server,
    };
    match defect {
        Defect::NewlineMissing
        | Defect::BannerMissing
        | Defect::BannerLate
        | Defect::LogOnStdout
        | Defect::LoneSurrogatePrinted
        | Defect::MessageTrimmed
        | Defect::PrivatePrintedAsQuestion
        | Defect::PrintedUpToNul
        | Defect::ControlsEscaped
        | Defect::PromptAtATerminal
        | Defect::SignalsSayBye
        | Defect::PrintsForEver => of(Channel::ClientStdout, Channel::ServerStdout),
        Defect::LogOnStderr | Defect::FailsSilently => {
            of(Channel::ClientStderr, Channel::ServerStderr)
        }
        Defect::ChildOutlives | Defect::ChildHoldsOutput | Defect::FileLeft => {
            of(Channel::ClientLeft, Channel::ServerLeft)
        }
        #[cfg(target_os = "linux")]
        Defect::UnixSocketToo => Channel::Listening,
        Defect::ListensOnLoopback
        | Defect::ListensOnIpv4
        | Defect::ListensOnIpv6
        | Defect::LongBacklog
        | Defect::SecondPort
        | Defect::DatagramsToo => Channel::Listening,
        Defect::ExitZeroOnFailure
        | Defect::ExitOneOnSuccess
        | Defect::KilledBySignal
        | Defect::CutFrameAccepted
        | Defect::MalformedReplaced
        | Defect::StrictUtf8
        | Defect::TakenPortIgnored
        | Defect::EndOfInputIsALine
        | Defect::RefusalIgnored
        | Defect::LengthSigned
        | Defect::OverlongRefused
        | Defect::RawNulRefused
        | Defect::LoneSurrogateRefused
        | Defect::NoReuse
        | Defect::BrokenOutputIsAFailure
        | Defect::DiesOfBrokenOutput
        | Defect::DiesOfSignals
        | Defect::SignalsIgnored
        | Defect::HangupIgnored
        | Defect::SignalsExitZero
        | Defect::EndsOnResize
        | Defect::ImpatientToAccept
        | Defect::ImpatientToRead
        | Defect::ImpatientToWrite
        | Defect::ImpatientToConnect
        | Defect::ImpatientAtTheConsole
        | Defect::ImpatientForTheLine
        | Defect::ImpatientToPrint => of(Channel::ClientExit, Channel::ServerExit),
        Defect::RstForFin | Defect::ReadsAhead | Defect::NoShutdown | Defect::RequestHalfCloses => {
            of(Channel::ClientEnd, Channel::ServerEnd)
        }
        Defect::Control
        | Defect::DelayedPastTheDeadline
        | Defect::NoFin
        | Defect::Hang
        | Defect::AcceptLineLate
        | Defect::ConsoleBeforeConnect
        | Defect::Ipv6First
        | Defect::SecondClientServed
        | Defect::ConsoleReadToItsEnd
        | Defect::WaitsBehindReturn
        | Defect::OutputAtTheEnd
        | Defect::WaitsForTheEnd => Channel::Script,
        Defect::FullOutputDropped => of(Channel::Script, Channel::Listening),
        Defect::EveryAddressTried
        | Defect::ConnectsTwice
        | Defect::OtherPortTried
        | Defect::LooksUpNames => Channel::Connections,
        Defect::ListenerClosedEarly => Channel::ClientBytes,
        Defect::OthersTurnedAway => Channel::ClientEnd,
        _ => of(Channel::ClientBytes, Channel::ServerBytes),
    }
}

//! The defects that a mutant may have, and which sides can have them.

use clap::ValueEnum;

use recorder::Side;

/// The one thing that is wrong with a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Defect {
    /// Nothing is wrong: the control.
    Control,
    /// The frame's length is byte-swapped.
    LengthLittleEndian,
    /// The frame's length counts characters.
    LengthInCharacters,
    /// The frame's length is one too large.
    LengthOffByOne,
    /// U+0000 is sent as a raw zero byte.
    NulRaw,
    /// Supplementary characters are sent in standard UTF-8.
    EmojiInStandardUtf8,
    /// Lone surrogates are left out.
    LoneSurrogateDropped,
    /// The wire loses the body's last byte.
    ByteDropped,
    /// The wire delivers the body's first byte twice.
    ByteDoubled,
    /// The wire flips one bit of the body's last byte.
    BitFlipped,
    /// The wire delivers the frame when nobody waits for it any longer.
    DelayedPastTheDeadline,
    /// The frame is sent twice.
    FrameTwice,
    /// The sending half is ended before the frame is sent.
    EarlyFin,
    /// The wire ends the connection with a reset.
    RstForFin,
    /// The wire does not deliver the end of the connection.
    NoFin,
    /// The last line has no line end.
    NewlineMissing,
    /// The first line is not printed.
    BannerMissing,
    /// The first line is printed only once the network is there.
    BannerLate,
    /// A log is printed on standard output.
    LogOnStdout,
    /// A failure exits as if there were none.
    ExitZeroOnFailure,
    /// A success exits as if it had failed.
    ExitOneOnSuccess,
    /// It ends by a signal.
    KilledBySignal,
    /// It does not end.
    Hang,
    /// A lone surrogate is printed as U+FFFD.
    LoneSurrogatePrinted,
    /// A body that breaks off is taken as it is.
    CutFrameAccepted,
    /// Malformed bytes are replaced, not refused.
    MalformedReplaced,
    /// Only standard UTF-8 is accepted.
    StrictUtf8,
    /// All that is there is read, and not just a frame.
    ReadsAhead,
    /// White space around a message is not printed.
    MessageTrimmed,
    /// The body is sent back as it came, not as writeUTF writes it.
    EchoIsACopy,
    /// The reply is sent before the request is read.
    ReplyBeforeRequest,
    /// The line about the connection is printed with the message.
    AcceptLineLate,
    /// The port is taken over from whoever has it, or another one used.
    TakenPortIgnored,
    /// The console is read before the connection is made.
    ConsoleBeforeConnect,
    /// Malformed console bytes are counted as Rust counts them.
    ConsoleLossy,
    /// The console is cut at its LFs alone.
    OnlyLineFeeds,
    /// An input without a line is taken for an empty one.
    EndOfInputIsALine,
    /// A line that is too long is cut to what fits.
    TooLongTruncated,
    /// Every line of the console is sent.
    EveryLineSent,
    /// No connection is no failure.
    RefusalIgnored,
    /// Where the first address refuses, the next one is tried.
    EveryAddressTried,
    /// IPv6 is preferred.
    Ipv6First,
    /// The port is given up once a client is there.
    ListenerClosedEarly,
    /// It listens on 127.0.0.1 alone.
    ListensOnLoopback,
    /// It listens on IPv4 alone.
    ListensOnIpv4,
    /// It listens on IPv6 alone.
    ListensOnIpv6,
    /// Its listener's queue takes 128 connections.
    LongBacklog,
    /// It listens on another port as well.
    SecondPort,
    /// It takes datagrams on the same port as well.
    DatagramsToo,
    /// It does not take over a port in TIME_WAIT.
    NoReuse,
    /// It serves a second client behind the first.
    SecondClientServed,
    /// It accepts whoever comes while there is a first client, and closes.
    OthersTurnedAway,
    /// It connects a second time.
    ConnectsTwice,
    /// It tries to connect to another port as well.
    OtherPortTried,
    /// It sends a datagram, as a name's look-up does.
    LooksUpNames,
    /// A log is written on standard error.
    LogOnStderr,
    /// A failure says nothing on standard error.
    FailsSilently,
    /// A child goes on when the program has ended.
    ChildOutlives,
    /// A child that goes on keeps standard output open.
    ChildHoldsOutput,
    /// A file is written to the working directory.
    FileLeft,
    /// What the first read of the console gives is the line.
    PieceIsTheLine,
    /// Each piece of the console is decoded by itself.
    PiecesDecodedAlone,
    /// The console is decoded in blocks of 512 bytes.
    BlocksDecodedAlone,
    /// Each malformed byte of the console is one U+FFFD.
    MalformedByTheByte,
    /// Malformed bytes in a row are one U+FFFD.
    MalformedRunsJoined,
    /// What the input's end cuts is left out.
    CutCharacterDropped,
    /// The console is read to its end.
    ConsoleReadToItsEnd,
    /// Behind a CR an LF is waited for.
    WaitsBehindReturn,
    /// U+0085, U+2028 and U+2029 end a line.
    UnicodeLineEnds,
    /// A NUL ends a line.
    NulEndsTheLine,
    /// A line is cut at 4,095 bytes.
    LineCut,
    /// A byte-order mark is left out.
    ByteOrderMarkDropped,
    /// Letters and their accents are composed.
    Normalised,
    /// U+FFFE and U+FFFF become U+FFFD.
    NoncharactersReplaced,
    /// The length is a signed number.
    LengthSigned,
    /// Overlong forms are refused.
    OverlongRefused,
    /// A raw zero byte is refused.
    RawNulRefused,
    /// Lone surrogates are refused.
    LoneSurrogateRefused,
    /// A private character is printed as `?`.
    PrivatePrintedAsQuestion,
    /// A message is printed up to its first NUL.
    PrintedUpToNul,
    /// Control characters are printed in a visible form.
    ControlsEscaped,
    /// The output is written when the program ends.
    OutputAtTheEnd,
    /// At a terminal there is a prompt.
    PromptAtATerminal,
    /// Output that cannot be written is a failure.
    BrokenOutputIsAFailure,
    /// Output that nobody reads ends the program by SIGPIPE.
    DiesOfBrokenOutput,
    /// Output that cannot be written at once is left out.
    FullOutputDropped,
    /// SIGTERM, SIGINT and SIGHUP end the program by themselves.
    DiesOfSignals,
    /// These signals are ignored.
    SignalsIgnored,
    /// SIGHUP is ignored.
    HangupIgnored,
    /// These signals end the program with exit status 0.
    SignalsExitZero,
    /// These signals are answered with a word on standard output.
    SignalsSayBye,
    /// A terminal's new size (SIGWINCH) ends the program.
    EndsOnResize,
    /// It listens on a Unix socket, too.
    #[cfg(target_os = "linux")]
    UnixSocketToo,
    /// The connection is closed without a FIN before it.
    NoShutdown,
    /// The client ends its sending half behind its message.
    RequestHalfCloses,
    /// The other side's end is waited for.
    WaitsForTheEnd,
    /// A client must connect within two seconds.
    ImpatientToAccept,
    /// The other side must speak within two seconds.
    ImpatientToRead,
    /// The other side must read within two seconds.
    ImpatientToWrite,
    /// The connection must be there within two seconds.
    ImpatientToConnect,
    /// A line must be typed within two seconds.
    ImpatientAtTheConsole,
    /// A line must be finished within two seconds of its beginning.
    ImpatientForTheLine,
    /// What it prints must be taken within two seconds.
    ImpatientToPrint,
    /// What it prints never ends.
    PrintsForEver,
}

impl Defect {
    /// The sides that can have it.
    pub(crate) fn sides(self) -> &'static [Side] {
        match self {
            Defect::LoneSurrogateDropped
            | Defect::EchoIsACopy
            | Defect::ReplyBeforeRequest
            | Defect::AcceptLineLate
            | Defect::TakenPortIgnored
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
            | Defect::ImpatientToAccept
            | Defect::ImpatientToWrite => &[Side::Server],
            Defect::ConsoleBeforeConnect
            | Defect::ConsoleLossy
            | Defect::OnlyLineFeeds
            | Defect::EndOfInputIsALine
            | Defect::TooLongTruncated
            | Defect::EveryLineSent
            | Defect::RefusalIgnored
            | Defect::EveryAddressTried
            | Defect::Ipv6First
            | Defect::ConnectsTwice
            | Defect::OtherPortTried
            | Defect::LooksUpNames
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
            | Defect::Normalised
            | Defect::RequestHalfCloses
            | Defect::ImpatientToConnect
            | Defect::ImpatientAtTheConsole
            | Defect::ImpatientForTheLine => &[Side::Client],
            _ => &Side::BOTH,
        }
    }

    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .expect("no variant is skipped")
            .get_name()
            .to_owned()
    }

    /// What is wrong, in a sentence.
    pub(crate) fn about(self) -> String {
        let value = self.to_possible_value().expect("no variant is skipped");
        value
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

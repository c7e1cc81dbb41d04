//! The defects that a mutant may have: one record each.

use ::interop::channel::Channel;
use clap::ValueEnum;
use recorder::Side;

/// A defect's record.
struct Record {
    /// The sides that can have it.
    sides: &'static [Side],
    /// The channel that it breaks where the client has it, and where the server has it.
    breaks: [Channel; 2],
    /// The cases in which it can show, as globs: everywhere would take an hour. Defects that leave the other
    /// side waiting are tried once.
    tried_in: &'static [&'static str],
}

macro_rules! defects {
    ($($(#[$about:meta])* $name:ident: $sides:expr, $breaks:expr, $tried_in:expr;)*) => {
        /// The one thing that is wrong with a peer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub(crate) enum Defect {
            /// Nothing is wrong: the control.
            Control,
            $($(#[$about])* $name,)*
        }

        impl Defect {
            fn record(self) -> Record {
                match self {
                    Defect::Control => Record {
                        sides: BOTH,
                        breaks: SCRIPT,
                        tried_in: &["*"],
                    },
                    $(Defect::$name => Record {
                        sides: $sides,
                        breaks: $breaks,
                        tried_in: $tried_in,
                    },)*
                }
            }
        }
    };
}

// What is wrong, who can have it, the channel that it breaks, and where it is tried.
defects! {
    /// The frame's length is byte-swapped.
    LengthLittleEndian: BOTH, BYTES, ONCE;
    /// The frame's length counts characters.
    LengthInCharacters: BOTH, BYTES, MESSAGES;
    /// The frame's length is one too large.
    LengthOffByOne: BOTH, BYTES, ONCE;
    /// U+0000 is sent as a raw zero byte.
    NulRaw: BOTH, BYTES, MESSAGES;
    /// Supplementary characters are sent in standard UTF-8.
    EmojiInStandardUtf8: BOTH, BYTES, MESSAGES;
    /// Lone surrogates are left out.
    LoneSurrogateDropped: SERVER, BYTES, MESSAGES;
    /// The wire loses the body's last byte.
    ByteDropped: BOTH, BYTES, ONCE;
    /// The wire delivers the body's first byte twice.
    ByteDoubled: BOTH, BYTES, MESSAGES;
    /// The wire flips one bit of the body's last byte.
    BitFlipped: BOTH, BYTES, MESSAGES;
    /// The wire delivers the frame when nobody waits for it any longer.
    DelayedPastTheDeadline: BOTH, SCRIPT, ONCE;
    /// The frame is sent twice.
    FrameTwice: BOTH, BYTES, MESSAGES;
    /// The sending half is ended before the frame is sent.
    EarlyFin: BOTH, BYTES, ONCE;
    /// The wire ends the connection with a reset.
    RstForFin: BOTH, END, BUT_PATIENCE;
    /// The wire does not deliver the end of the connection.
    NoFin: BOTH, SCRIPT, ONCE;
    /// The last line has no line end.
    NewlineMissing: BOTH, STDOUT, PRINTING;
    /// The first line is not printed.
    BannerMissing: BOTH, STDOUT, PRINTING;
    /// The first line is printed only once the network is there.
    BannerLate: BOTH, STDOUT, PRINTING;
    /// A log is printed on standard output.
    LogOnStdout: BOTH, STDOUT, BUT_PATIENCE;
    /// A failure exits as if there were none.
    ExitZeroOnFailure: BOTH, EXIT, BUT_PATIENCE;
    /// A success exits as if it had failed.
    ExitOneOnSuccess: BOTH, EXIT, BUT_PATIENCE;
    /// It ends by a signal.
    KilledBySignal: BOTH, EXIT, ONCE;
    /// It does not end.
    Hang: BOTH, SCRIPT, ONCE;
    /// A lone surrogate is printed as U+FFFD.
    LoneSurrogatePrinted: BOTH, STDOUT, PRINTING;
    /// A body that breaks off is taken as it is.
    CutFrameAccepted: BOTH, EXIT, READING;
    /// Malformed bytes are replaced, not refused.
    MalformedReplaced: BOTH, EXIT, READING;
    /// Only standard UTF-8 is accepted.
    StrictUtf8: BOTH, EXIT, READING;
    /// All that is there is read, and not just a frame.
    ReadsAhead: BOTH, END, READING;
    /// White space around a message is not printed.
    MessageTrimmed: BOTH, STDOUT, PRINTING;
    /// The body is sent back as it came, not as writeUTF writes it.
    EchoIsACopy: SERVER, BYTES, MESSAGES;
    /// The reply is sent before the request is read.
    ReplyBeforeRequest: SERVER, BYTES, MESSAGES;
    /// The line about the connection is printed with the message.
    AcceptLineLate: SERVER, SCRIPT, PRINTING;
    /// The port is taken over from whoever has it, or another one used.
    TakenPortIgnored: SERVER, EXIT, SOCKETS;
    /// The console is read before the connection is made.
    ConsoleBeforeConnect: CLIENT, SCRIPT, CONSOLE;
    /// Malformed console bytes are counted as Rust counts them.
    ConsoleLossy: CLIENT, BYTES, CONSOLE;
    /// The console is cut at its LFs alone.
    OnlyLineFeeds: CLIENT, BYTES, CONSOLE;
    /// An input without a line is taken for an empty one.
    EndOfInputIsALine: CLIENT, EXIT, CONSOLE;
    /// A line that is too long is cut to what fits.
    TooLongTruncated: CLIENT, BYTES, MESSAGES;
    /// Every line of the console is sent.
    EveryLineSent: CLIENT, BYTES, CONSOLE;
    /// No connection is no failure.
    RefusalIgnored: CLIENT, EXIT, SOCKETS;
    /// Where the first address refuses, the next one is tried.
    EveryAddressTried: CLIENT, CONNECTIONS, SOCKETS;
    /// IPv6 is preferred.
    Ipv6First: CLIENT, SCRIPT, SOCKETS;
    /// The port is given up once a client is there.
    ListenerClosedEarly: SERVER, [Channel::ClientBytes, Channel::ClientBytes], SOCKETS;
    /// It listens on 127.0.0.1 alone.
    ListensOnLoopback: SERVER, LISTENING, SOCKETS;
    /// It listens on IPv4 alone.
    ListensOnIpv4: SERVER, LISTENING, SOCKETS;
    /// It listens on IPv6 alone.
    ListensOnIpv6: SERVER, LISTENING, SOCKETS;
    /// Its listener's queue takes 128 connections.
    LongBacklog: SERVER, LISTENING, SOCKETS;
    /// It listens on another port as well.
    SecondPort: SERVER, LISTENING, SOCKETS;
    /// It takes datagrams on the same port as well.
    DatagramsToo: SERVER, LISTENING, SOCKETS;
    /// It does not take over a port in TIME_WAIT.
    NoReuse: SERVER, EXIT, SOCKETS;
    /// It serves a second client behind the first.
    SecondClientServed: SERVER, SCRIPT, SOCKETS;
    /// It accepts whoever comes while there is a first client, and closes.
    OthersTurnedAway: SERVER, [Channel::ClientEnd, Channel::ClientEnd], SOCKETS;
    /// It connects a second time.
    ConnectsTwice: CLIENT, CONNECTIONS, SOCKETS;
    /// It tries to connect to another port as well.
    OtherPortTried: CLIENT, CONNECTIONS, SOCKETS;
    /// It sends a datagram, as a name's look-up does.
    LooksUpNames: CLIENT, CONNECTIONS, SOCKETS;
    /// A log is written on standard error.
    LogOnStderr: BOTH, STDERR, BUT_PATIENCE;
    /// A failure says nothing on standard error.
    FailsSilently: BOTH, STDERR, READING;
    /// A child goes on when the program has ended.
    ChildOutlives: BOTH, LEFT, ONCE;
    /// A child that goes on keeps standard output open.
    ChildHoldsOutput: BOTH, LEFT, ONCE;
    /// A file is written to the working directory.
    FileLeft: BOTH, LEFT, ONCE;
    /// What the first read of the console gives is the line.
    PieceIsTheLine: CLIENT, BYTES, CONSOLE;
    /// Each piece of the console is decoded by itself.
    PiecesDecodedAlone: CLIENT, BYTES, CONSOLE;
    /// The console is decoded in blocks of 512 bytes.
    BlocksDecodedAlone: CLIENT, BYTES, CONSOLE;
    /// Each malformed byte of the console is one U+FFFD.
    MalformedByTheByte: CLIENT, BYTES, CONSOLE;
    /// Malformed bytes in a row are one U+FFFD.
    MalformedRunsJoined: CLIENT, BYTES, CONSOLE;
    /// What the input's end cuts is left out.
    CutCharacterDropped: CLIENT, BYTES, CONSOLE;
    /// The console is read to its end.
    ConsoleReadToItsEnd: CLIENT, SCRIPT, CONSOLE;
    /// Behind a CR an LF is waited for.
    WaitsBehindReturn: CLIENT, SCRIPT, CONSOLE;
    /// U+0085, U+2028 and U+2029 end a line.
    UnicodeLineEnds: CLIENT, BYTES, CONSOLE;
    /// A NUL ends a line.
    NulEndsTheLine: CLIENT, BYTES, CONSOLE;
    /// A line is cut at 4,095 bytes.
    LineCut: CLIENT, BYTES, CONSOLE;
    /// A byte-order mark is left out.
    ByteOrderMarkDropped: CLIENT, BYTES, CONSOLE;
    /// Letters and their accents are composed.
    Normalised: CLIENT, BYTES, CONSOLE;
    /// U+FFFE and U+FFFF become U+FFFD.
    NoncharactersReplaced: BOTH, BYTES, MESSAGES;
    /// The length is a signed number.
    LengthSigned: BOTH, EXIT, MESSAGES;
    /// Overlong forms are refused.
    OverlongRefused: BOTH, EXIT, READING;
    /// A raw zero byte is refused.
    RawNulRefused: BOTH, EXIT, READING;
    /// Lone surrogates are refused.
    LoneSurrogateRefused: BOTH, EXIT, READING;
    /// A private character is printed as `?`.
    PrivatePrintedAsQuestion: BOTH, STDOUT, PRINTING;
    /// A message is printed up to its first NUL.
    PrintedUpToNul: BOTH, STDOUT, PRINTING;
    /// Control characters are printed in a visible form.
    ControlsEscaped: BOTH, STDOUT, PRINTING;
    /// The output is written when the program ends.
    OutputAtTheEnd: BOTH, SCRIPT, OUTPUT;
    /// At a terminal there is a prompt.
    PromptAtATerminal: BOTH, STDOUT, OUTPUT;
    /// Output that cannot be written is a failure.
    BrokenOutputIsAFailure: BOTH, EXIT, OUTPUT;
    /// Output that nobody reads ends the program by SIGPIPE.
    DiesOfBrokenOutput: BOTH, EXIT, OUTPUT;
    /// Output that cannot be written at once is left out.
    FullOutputDropped: BOTH, [Channel::Script, Channel::Listening], OUTPUT;
    /// SIGTERM, SIGINT and SIGHUP end the program by themselves.
    DiesOfSignals: BOTH, EXIT, SIGNALS;
    /// These signals are ignored.
    SignalsIgnored: BOTH, EXIT, SIGNALS;
    /// SIGHUP is ignored.
    HangupIgnored: BOTH, EXIT, SIGNALS;
    /// These signals end the program with exit status 0.
    SignalsExitZero: BOTH, EXIT, SIGNALS;
    /// These signals are answered with a word on standard output.
    SignalsSayBye: BOTH, STDOUT, SIGNALS;
    /// A terminal's new size (SIGWINCH) ends the program.
    EndsOnResize: BOTH, EXIT, SIGNALS;
    /// It listens on a Unix socket, too.
    UnixSocketToo: BOTH, LISTENING, ONCE;
    /// The connection is closed without a FIN before it.
    NoShutdown: BOTH, END, ENDS;
    /// The client ends its sending half behind its message.
    RequestHalfCloses: CLIENT, END, ENDS;
    /// The other side's end is waited for.
    WaitsForTheEnd: BOTH, SCRIPT, ENDS;
    /// A client must connect within two seconds.
    ImpatientToAccept: SERVER, EXIT, PATIENCE;
    /// The other side must speak within two seconds.
    ImpatientToRead: BOTH, EXIT, PATIENCE;
    /// The other side must read within two seconds.
    ImpatientToWrite: SERVER, EXIT, PATIENCE;
    /// The connection must be there within two seconds.
    ImpatientToConnect: CLIENT, EXIT, PATIENCE;
    /// A line must be typed within two seconds.
    ImpatientAtTheConsole: CLIENT, EXIT, PATIENCE;
    /// A line must be finished within two seconds of its beginning.
    ImpatientForTheLine: CLIENT, EXIT, PATIENCE;
    /// What it prints must be taken within two seconds.
    ImpatientToPrint: BOTH, EXIT, PATIENCE;
    /// What it prints never ends.
    PrintsForEver: BOTH, STDOUT, ONCE;
}

const BOTH: &[Side] = &Side::BOTH;
const CLIENT: &[Side] = &[Side::Client];
const SERVER: &[Side] = &[Side::Server];

const BYTES: [Channel; 2] = [Channel::ClientBytes, Channel::ServerBytes];
const STDOUT: [Channel; 2] = [Channel::ClientStdout, Channel::ServerStdout];
const STDERR: [Channel; 2] = [Channel::ClientStderr, Channel::ServerStderr];
const LEFT: [Channel; 2] = [Channel::ClientLeft, Channel::ServerLeft];
const EXIT: [Channel; 2] = [Channel::ClientExit, Channel::ServerExit];
const END: [Channel; 2] = [Channel::ClientEnd, Channel::ServerEnd];
const LISTENING: [Channel; 2] = [Channel::Listening, Channel::Listening];
const SCRIPT: [Channel; 2] = [Channel::Script, Channel::Script];
const CONNECTIONS: [Channel; 2] = [Channel::Connections, Channel::Connections];

const ONCE: &[&str] = &["exchange/ascii"];
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
const PATIENCE: &[&str] = &["patience/*"];

impl Defect {
    /// Returns every defect; the control has none.
    pub(crate) fn all() -> impl Iterator<Item = Defect> {
        let all = Self::value_variants().iter().copied();
        all.filter(|defect| *defect != Defect::Control)
    }

    /// The sides that can have it.
    pub(crate) fn sides(self) -> &'static [Side] {
        self.record().sides
    }

    /// The channel that it breaks where the client has it, and where the server has it.
    pub(crate) fn breaks(self) -> [Channel; 2] {
        self.record().breaks
    }

    /// The cases in which it can show, as globs.
    pub(crate) fn tried_in(self) -> &'static [&'static str] {
        self.record().tried_in
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

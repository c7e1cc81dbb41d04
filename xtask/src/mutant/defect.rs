//! The defects that a mutant may have, one entry for each.

use ::interop::channel::Channel;
use clap::ValueEnum;
use recorder::Side;

/// The properties of a defect.
pub(crate) struct Properties {
    /// The sides that can have it.
    pub(crate) sides: &'static [Side],
    /// The channel that it breaks in a client, and in a server.
    pub(crate) breaks: [Channel; 2],
    /// The cases in which it can show, as globs, because all cases would take an hour. Defects that leave the other
    /// side waiting are tried once.
    pub(crate) tried_in: &'static [&'static str],
}

macro_rules! defects {
    ($($(#[$about:meta])* $name:ident: $sides:expr, $breaks:expr, $tried_in:expr;)*) => {
        /// A defect of a peer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub(crate) enum Defect {
            /// Nothing is wrong: the control.
            Control,
            $($(#[$about])* $name,)*
        }

        impl Defect {
            pub(crate) fn properties(self) -> Properties {
                match self {
                    Defect::Control => Properties {
                        sides: BOTH,
                        breaks: SCRIPT,
                        tried_in: &["*"],
                    },
                    $(Defect::$name => Properties {
                        sides: $sides,
                        breaks: $breaks,
                        tried_in: $tried_in,
                    },)*
                }
            }
        }
    };
}

// Each entry has a sentence that says what is wrong, the sides, the channel that it breaks, and the cases.
defects! {
    /// The frame's length has its bytes swapped.
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
    /// The frame is delayed until nobody waits for it any more.
    DelayedPastTheDeadline: BOTH, SCRIPT, ONCE;
    /// The frame is sent twice.
    FrameTwice: BOTH, BYTES, MESSAGES;
    /// The sending half is ended before the frame is sent.
    EarlyFin: BOTH, BYTES, ONCE;
    /// The wire ends the connection with a reset.
    RstForFin: BOTH, END, ALL_BUT_PATIENCE;
    /// The end of the connection is not delivered.
    NoFin: BOTH, SCRIPT, ONCE;
    /// The last line has no line end.
    NewlineMissing: BOTH, STDOUT, PRINTING;
    /// The first line is not printed.
    BannerMissing: BOTH, STDOUT, PRINTING;
    /// The first line is printed only once the network is there.
    BannerLate: BOTH, STDOUT, PRINTING;
    /// A log is printed on standard output.
    LogOnStdout: BOTH, STDOUT, ALL_BUT_PATIENCE;
    /// A failure has the exit status of a success.
    ExitZeroOnFailure: BOTH, EXIT, ALL_BUT_PATIENCE;
    /// A success has the exit status of a failure.
    ExitOneOnSuccess: BOTH, EXIT, ALL_BUT_PATIENCE;
    /// The program ends by a signal.
    KilledBySignal: BOTH, EXIT, ONCE;
    /// The program does not end.
    Hang: BOTH, SCRIPT, ONCE;
    /// A lone surrogate is printed as U+FFFD.
    LoneSurrogatePrinted: BOTH, STDOUT, PRINTING;
    /// A body that breaks off is accepted.
    CutFrameAccepted: BOTH, EXIT, READING;
    /// Malformed bytes are replaced instead of refused.
    MalformedReplaced: BOTH, EXIT, READING;
    /// Only standard UTF-8 is accepted.
    StrictUtf8: BOTH, EXIT, READING;
    /// All bytes that have arrived are read, instead of one frame.
    ReadsAhead: BOTH, END, READING;
    /// White space around a message is not printed.
    MessageTrimmed: BOTH, STDOUT, PRINTING;
    /// The body is sent back unchanged, instead of as writeUTF writes it.
    EchoIsACopy: SERVER, BYTES, MESSAGES;
    /// The reply is sent before the request is read.
    ReplyBeforeRequest: SERVER, BYTES, MESSAGES;
    /// The line about the connection is printed with the message.
    AcceptLineLate: SERVER, SCRIPT, PRINTING;
    /// A port that is taken is no failure.
    TakenPortIgnored: SERVER, EXIT, SOCKETS;
    /// The console is read before the connection is made.
    ConsoleBeforeConnect: CLIENT, SCRIPT, CONSOLE;
    /// Malformed console bytes are counted as Rust counts them.
    ConsoleLossy: CLIENT, BYTES, CONSOLE;
    /// Only an LF ends a line of the console.
    OnlyLineFeeds: CLIENT, BYTES, CONSOLE;
    /// An input without a line is treated as an empty line.
    EndOfInputIsALine: CLIENT, EXIT, CONSOLE;
    /// A line that is too long is cut to what fits.
    TooLongTruncated: CLIENT, BYTES, MESSAGES;
    /// The limit of a message counts bytes of standard UTF-8.
    LimitInStandardUtf8: CLIENT, BYTES, MESSAGES;
    /// A line that is too long is refused before it ends.
    TooLongAtOnce: CLIENT, SCRIPT, CONSOLE;
    /// Every line of the console is sent.
    EveryLineSent: CLIENT, BYTES, CONSOLE;
    /// A refused connection is no failure.
    RefusalIgnored: CLIENT, EXIT, SOCKETS;
    /// The next address is tried if the first one refuses.
    EveryAddressTried: CLIENT, CONNECTIONS, SOCKETS;
    /// IPv6 is preferred.
    Ipv6First: CLIENT, SCRIPT, SOCKETS;
    /// The listener is closed once a client has connected.
    ListenerClosedEarly: SERVER, [Channel::ClientBytes, Channel::ClientBytes], SOCKETS;
    /// It listens only on 127.0.0.1.
    ListensOnLoopback: SERVER, LISTENING, SOCKETS;
    /// It listens only on IPv4.
    ListensOnIpv4: SERVER, LISTENING, SOCKETS;
    /// It listens only on IPv6.
    ListensOnIpv6: SERVER, LISTENING, SOCKETS;
    /// Its listener's queue takes 128 connections.
    LongBacklog: SERVER, LISTENING, SOCKETS;
    /// It listens on another port as well.
    SecondPort: SERVER, LISTENING, SOCKETS;
    /// It receives datagrams on the same port as well.
    DatagramsToo: SERVER, LISTENING, SOCKETS;
    /// It cannot listen on a port with a connection in TIME_WAIT.
    NoReuse: SERVER, EXIT, SOCKETS;
    /// It shares its port with another listener (SO_REUSEPORT).
    PortShared: SERVER, EXIT, SOCKETS;
    /// It serves a second client after the first.
    SecondClientServed: SERVER, SCRIPT, SOCKETS;
    /// It accepts and closes every further connection while it has its first client.
    OthersTurnedAway: SERVER, [Channel::ClientEnd, Channel::ClientEnd], SOCKETS;
    /// It connects a second time.
    ConnectsTwice: CLIENT, CONNECTIONS, SOCKETS;
    /// It connects from a port of its own choice.
    OwnPort: CLIENT, CONNECTIONS, SOCKETS;
    /// It tries to connect to another port as well.
    OtherPortTried: CLIENT, CONNECTIONS, SOCKETS;
    /// It sends a datagram to port 53, as a look-up of a name does.
    LooksUpNames: CLIENT, CONNECTIONS, SOCKETS;
    /// A log is written on standard error.
    LogOnStderr: BOTH, STDERR, ALL_BUT_PATIENCE;
    /// A failure writes nothing on standard error.
    FailsSilently: BOTH, STDERR, READING;
    /// A child process outlives the program.
    ChildOutlives: BOTH, LEFT, ONCE;
    /// A child process outlives the program and keeps standard output open.
    ChildHoldsOutput: BOTH, LEFT, ONCE;
    /// A file is written to the working directory.
    FileLeft: BOTH, LEFT, ONCE;
    /// The result of the first read of the console is the whole line.
    PieceIsTheLine: CLIENT, BYTES, CONSOLE;
    /// Each piece of the console is decoded by itself.
    PiecesDecodedAlone: CLIENT, BYTES, CONSOLE;
    /// The console is decoded in blocks of 512 bytes.
    BlocksDecodedAlone: CLIENT, BYTES, CONSOLE;
    /// Each malformed byte of the console is one U+FFFD.
    MalformedByTheByte: CLIENT, BYTES, CONSOLE;
    /// Malformed bytes in a row are one U+FFFD.
    MalformedRunsJoined: CLIENT, BYTES, CONSOLE;
    /// A character that the end of the input cuts is left out.
    CutCharacterDropped: CLIENT, BYTES, CONSOLE;
    /// The console is read to its end.
    ConsoleReadToItsEnd: CLIENT, SCRIPT, CONSOLE;
    /// After a CR it waits for an LF.
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
    /// A lead byte is accepted where a continuation byte is due.
    LeadByteContinues: BOTH, EXIT, READING;
    /// Overlong forms are refused.
    OverlongRefused: BOTH, EXIT, READING;
    /// A raw zero byte is refused.
    RawNulRefused: BOTH, EXIT, READING;
    /// Lone surrogates are refused.
    LoneSurrogateRefused: BOTH, EXIT, READING;
    /// A high surrogate at the end of a message is not printed.
    LastSurrogateNotPrinted: BOTH, STDOUT, MESSAGES;
    /// A message is printed in blocks of 1,024 units, and each block is encoded by itself.
    PrintedInBlocks: BOTH, STDOUT, MESSAGES;
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
    /// SIGPIPE ends the program if nobody reads its output.
    DiesOfBrokenOutput: BOTH, EXIT, OUTPUT;
    /// A failure that cannot be written to standard error has an exit status of its own.
    PanicsOfBrokenErrors: BOTH, EXIT, OUTPUT;
    /// A line whose printing a signal interrupts is not continued.
    ShortPrint: BOTH, SCRIPT, OUTPUT;
    /// The connection is closed before the message is printed.
    ClosesBeforePrinting: CLIENT, END, OUTPUT;
    /// Output that cannot be written at once is left out.
    FullOutputDropped: BOTH, [Channel::Script, Channel::Listening], OUTPUT;
    /// SIGTERM, SIGINT and SIGHUP have their default effect instead of a JVM's exit status.
    DiesOfSignals: BOTH, EXIT, SIGNALS;
    /// SIGTERM, SIGINT and SIGHUP are ignored.
    SignalsIgnored: BOTH, EXIT, SIGNALS;
    /// SIGHUP is ignored.
    HangupIgnored: BOTH, EXIT, SIGNALS;
    /// SIGTERM, SIGINT and SIGHUP end the program with exit status 0.
    SignalsExitZero: BOTH, EXIT, SIGNALS;
    /// SIGTERM, SIGINT and SIGHUP make the program print a word on standard output.
    SignalsSayBye: BOTH, STDOUT, SIGNALS;
    /// A terminal's new size (SIGWINCH) ends the program.
    EndsOnResize: BOTH, EXIT, SIGNALS;
    /// A write that a signal ends early is not continued.
    ShortWrite: BOTH, BYTES, SIGNALS;
    /// It ends when its standard input does.
    EndsWithItsInput: SERVER, SCRIPT, SIGNALS;
    /// It listens on a Unix socket, too.
    UnixSocketToo: BOTH, LISTENING, SIGNALS;
    /// The connection is closed without a FIN before it.
    NoShutdown: BOTH, END, ENDS;
    /// The client closes its sending half after its message.
    RequestHalfCloses: CLIENT, END, ENDS;
    /// A reset of the connection ends the program while it waits for the console.
    ResetNoticedAtTheConsole: CLIENT, SCRIPT, ENDS;
    /// The program waits until the other side has closed the connection.
    WaitsForTheEnd: BOTH, SCRIPT, ENDS;
    /// A client must connect within two seconds.
    ImpatientToAccept: SERVER, EXIT, PATIENCE;
    /// The other side must speak within two seconds.
    ImpatientToRead: BOTH, EXIT, PATIENCE;
    /// The other side must read within two seconds.
    ImpatientToWrite: BOTH, EXIT, PATIENCE;
    /// The connection must be made within two seconds.
    ImpatientToConnect: CLIENT, EXIT, PATIENCE;
    /// A line must be typed within two seconds.
    ImpatientAtTheConsole: CLIENT, EXIT, PATIENCE;
    /// A line must be finished within two seconds of its beginning.
    ImpatientForTheLine: CLIENT, EXIT, PATIENCE;
    /// Its output must be read within two seconds.
    ImpatientToPrint: BOTH, EXIT, PATIENCE;
    /// It prints without end.
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
const ALL_BUT_PATIENCE: &[&str] = &["[!p]*"];
const MESSAGES: &[&str] = &["exchange/*", "length/*", "accepted/*"];
const READING: &[&str] = &["{accepted,malformed,cut,foreign,half-close,extra,length,split}/*"];
const PRINTING: &[&str] = &["{exchange,accepted,console-is,life}/*"];
const CONSOLE: &[&str] = &["{console,exchange}/*", "life/console*"];
const SOCKETS: &[&str] = &["{address,life}/*", "exchange/ascii"];
const SIGNALS: &[&str] = &["signal/*"];
const OUTPUT: &[&str] = &["console-is/*", "life/console*", "signal/*/output-full/*"];
const ENDS: &[&str] = &[
    "{cut,reset,reset-unread,reset-at-once,half-close,close-unread,close-at-once,deaf,extra,stall}/*",
    "exchange/ascii",
];
const PATIENCE: &[&str] = &["patience/*"];

impl Defect {
    /// Returns every defect; the control has none.
    pub(crate) fn all() -> impl Iterator<Item = Defect> {
        let all = Self::value_variants().iter().copied();
        all.filter(|defect| *defect != Defect::Control)
    }

    /// Returns its name on the command line and in reports.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .expect("no variant is skipped")
            .get_name()
            .to_owned()
    }

    /// Returns a sentence that says what is wrong.
    pub(crate) fn about(self) -> String {
        let value = self.to_possible_value().expect("no variant is skipped");
        value
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

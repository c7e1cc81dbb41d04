//! The captions in Chinese and English, in the words of textbooks.
//!
//! The comment on each caption is the condition under which it is shown. `explain` decides that, and its tests have a
//! row for each caption of which it would be false.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

macro_rules! captions {
    ($($(#[$condition:meta])* $name:ident, $zh:literal, $en:literal;)*) => {
        /// The explanation of a row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Caption { $($(#[$condition])* $name),* }

        impl Caption {
            pub fn text(self, lang: Lang) -> &'static str {
                match self { $(Caption::$name => lang.pick($zh, $en)),* }
            }

            /// Returns every caption.
            #[cfg(test)]
            pub(crate) const ALL: &[Caption] = &[$(Caption::$name),*];
        }
    };
}

captions! {
    /// A `socket` call that succeeded.
    Socket,
        "socket()只在本机内核里创建一个端点，网络上什么也没有发生。",
        "socket() creates one endpoint in this kernel; nothing is on the wire yet.";
    /// `IPV6_V6ONLY` was set to 0.
    BothFamilies,
        "IPV6_V6ONLY = 0：这个IPv6套接字也能与IPv4通信，IPv4地址表示为::ffff:127.0.0.1。",
        "IPV6_V6ONLY = 0: this IPv6 socket speaks IPv4, too, with addresses like ::ffff:127.0.0.1.";
    /// `SO_REUSEADDR` was set on a listening socket.
    ReuseAddress,
        "SO_REUSEADDR：即使上一次的连接还在TIME-WAIT，也能绑定这个端口。",
        "SO_REUSEADDR: the port can be bound although connections of an earlier run are in TIME-WAIT.";
    /// `TCP_NODELAY` was set to 1.
    NoDelay,
        "TCP_NODELAY：关闭Nagle算法，小段不必等前面的数据得到确认。",
        "TCP_NODELAY: no Nagle algorithm, so a small segment does not wait until earlier data is acknowledged.";
    /// A timeout of more than 0 was set.
    Timeout,
        "设置超时：调用最多等这么久；不设置，read()就一直等下去。",
        "A limit on how long a call on this socket waits; without one, read() waits for ever.";
    /// `SO_LINGER` was set to a time of 0.
    Linger,
        "SO_LINGER = 0秒：以后的close()丢弃没发完的数据，发出RST段，而不是FIN。",
        "SO_LINGER, 0 seconds: close() will drop what is unsent, and reset the connection instead of sending a FIN.";
    /// `TCP_CORK` was set to 1.
    Cork,
        "TCP_CORK：凑满一个段才发送，直到取消为止（最多等200毫秒）。",
        "TCP_CORK: only full segments are sent until it is removed, or for at most 200 ms.";
    /// A listening socket was bound.
    Bind,
        "bind()给套接字定下本机地址和端口。客户端不必调用它：connect()时内核替它选一个端口。",
        "bind() gives the socket its own address and port. A client need not call it: its kernel picks a port in connect().";
    /// A `listen` that succeeded.
    Listen,
        "从listen()返回起，内核自己就会应答SYN段，不要求程序正在accept()中。",
        "From listen() on the kernel answers SYNs by itself; the program need not be in accept().";
    /// An `accept` that was entered while no connection was ready.
    AcceptWaits,
        "调用accept()阻塞等待：没有已建立的连接可取。",
        "accept() blocks: there is no finished connection to take.";
    /// An `accept` that waited and returned a connection.
    AcceptReturns,
        "accept()返回一个新的套接字：三次握手由内核完成，accept()只是从队列里取走连接；监听套接字仍是LISTEN。",
        "accept() returns a new socket. The kernel had finished the handshake; accept() only takes the connection from a queue, and the listener stays in LISTEN.";
    /// An `accept` that found a connection when it was entered.
    AcceptQueued,
        "连接已经在队列里：accept()立刻把它取走，返回一个新的套接字；监听套接字仍是LISTEN。",
        "The connection is in the queue already: accept() takes it at once as a new socket, and the listener stays in LISTEN.";
    /// An `accept` that returned EAGAIN.
    AcceptAgain,
        "EAGAIN：队列是空的，而accept()不愿等待（套接字非阻塞，或者超时）。",
        "EAGAIN: the queue is empty, and this accept() does not wait: the socket does not block, or its time is over.";
    /// A `poll` or `select` on several descriptors, which waits and finds one ready.
    PollMany,
        "同时等待几个描述符：一个线程就能服务几个套接字。",
        "Waits for several descriptors at once: one thread can serve several sockets.";
    /// A `poll` or `select` on one descriptor, which waits and finds it ready.
    PollOne,
        "等到这个描述符就绪：那时再调用read()、accept()等，就不必等待。",
        "Waits until this descriptor is ready: then read(), accept() and the like need not wait.";
    /// An `epoll_wait`.
    Readiness,
        "epoll_wait()等待任何一个登记过的描述符：一个线程就能服务许多套接字，不必阻塞在某一个的accept()或read()里。",
        "epoll_wait() waits for any of the registered descriptors: one thread can serve many sockets without blocking in one's accept() or read().";
    /// A `connect` that was entered on a blocking socket.
    ConnectWaits,
        "客户端调用connect()：内核发出SYN段，程序阻塞等待应答。",
        "The client calls connect(): its kernel sends a SYN, and the program blocks until the answer.";
    /// A `connect` that returned EINPROGRESS.
    ConnectInProgress,
        "EINPROGRESS：套接字是非阻塞的，connect()立刻返回，内核继续完成握手；结果以后再问。",
        "EINPROGRESS: the socket does not block. connect() returns at once, the kernel goes on, and the program asks later how it ended.";
    /// A `connect` that returned 0 after `accept` did.
    ConnectReturns,
        "客户端收到SYN-ACK段后从connect()返回。",
        "connect() returns: the SYN-ACK has come.";
    /// A `connect` that returned 0 before `accept` did, when both ends were ESTABLISHED.
    ConnectBeforeAccept,
        "connect()已经返回，而服务器的accept()还没有返回：两端的内核已建立连接，不需要服务器程序参与。",
        "connect() has returned although accept() has not: both kernels have the connection, no server program was needed.";
    /// A `connect` that returned 0 when the server was SYN-RECEIVED.
    ConnectBeforeLastAck,
        "connect()返回：客户端是ESTABLISHED；服务器还没有收到最后的ACK，仍是SYN-RECEIVED。",
        "connect() returns: the client is ESTABLISHED; the server lacks the last ACK and is SYN-RECEIVED still.";
    /// A `connect` that failed with ECONNREFUSED.
    ConnectRefused,
        "connect()失败：Connection refused。那里没有程序监听，也就没有连接。",
        "connect() fails, connection refused: nobody listens there, so there is nothing to connect to.";
    /// A SYN without ACK and data, for the first time.
    Syn,
        "第一次握手：SYN段。它不带数据，但占用一个序号；选项只在SYN段里协商。",
        "First of three: the SYN. It carries no data but takes one sequence number; options are agreed in SYNs only.";
    /// A SYN with an ACK, of a SYN without data.
    SynAck,
        "第二次握手：服务器的内核（不是程序）应答SYN-ACK段，确认号 = 对方序号 + 1，因为SYN占一个序号。",
        "Second of three: the server's kernel, not its program, answers. ack = seq + 1, because the SYN takes one number.";
    /// The ACK that makes the server ESTABLISHED, after `accept` returned or when the server's calls are not known.
    HandshakeEnds,
        "第三次握手：应答ACK段，两端都是ESTABLISHED。",
        "Third of three: an ACK. Both ends are ESTABLISHED.";
    /// The ACK that makes the server ESTABLISHED, before `accept` returned.
    HandshakeBeforeAccept,
        "第三次握手：两端都是ESTABLISHED，而accept()还没有返回：握手由内核完成，在accept()返回之前。",
        "Third of three: both ends are ESTABLISHED, and accept() has not returned: the kernels complete the handshake before that.";
    /// A SYN that was sent before, while the server is in LISTEN.
    SynAgain,
        "同一个SYN又发一次：监听队列已满，内核悄悄丢弃了前一个SYN，超时后重传。既不应答也不拒绝。",
        "The same SYN again: the listener's queue was full, and its kernel dropped the one before without a word. After a timeout it is retransmitted.";
    /// A segment whose numbers were sent before.
    Again,
        "重传：这些序号以前发送过。",
        "A retransmission: these numbers have been sent before.";
    /// A RST to an end in SYN-SENT.
    Refused,
        "没有套接字监听这个地址的这个端口：内核以RST段拒绝SYN。",
        "No socket listens on that port of that address: the kernel refuses the SYN with a reset.";
    /// A client's `read` of descriptor 0, when it is connected and nothing was sent.
    ConsoleWaits,
        "连接已经建立，客户端现在才读键盘输入：连接在双方还没有发送任何数据时就存在。",
        "Only now does the client read its keyboard: the connection exists before anything was said.";
    /// A `read` of descriptor 0 that returned bytes.
    ConsoleRead,
        "读键盘输入也是read()，读的是0号描述符。",
        "Reading the keyboard is a read(), too, of descriptor 0.";
    /// A `write` to descriptor 1 or 2.
    ConsoleWrite,
        "打印也是write()，写到1号描述符（标准错误是2号）：对程序来说，控制台和套接字都是描述符。",
        "Printing is a write(), too, to descriptor 1 (2 for errors): to a program, a console and a socket are both descriptors.";
    /// One frame, written by a line of Java with `writeUTF`.
    WriteUtf,
        "writeUTF只调用一次write()：两个字节的长度，接着是正文。",
        "writeUTF is one write(): two bytes of length, then the text.";
    /// One frame, written by anybody.
    Write,
        "一次write()写出一条消息：两个字节的长度，接着是正文。",
        "One write() of one message: two bytes of length, then the text.";
    /// Several frames.
    WriteMany,
        "一次write()写出好几条消息，首尾相接。",
        "One write() of several messages, end to end.";
    /// Part of a frame, of a program that sends only whole ones in the end.
    WritePart,
        "一次write()只写出消息的一部分：余下的另外再写。",
        "A write() of part of a message only: the rest goes into others.";
    /// Bytes of a program that does not send frames.
    WriteBytes,
        "write()把这些字节交给内核：TCP不知道消息在哪里结束。",
        "write() hands these bytes to the kernel: TCP does not know where a message ends.";
    /// A `write` that returned a number of bytes after a segment passed.
    WriteReturns,
        "write()返回，只说明字节已交给本机内核；对方收到没有，它不知道。",
        "write() returns when this kernel has the bytes; it does not say that they have arrived.";
    /// A `write` that failed with EPIPE.
    WriteBroken,
        "write()失败：Broken pipe（EPIPE）。这个套接字已不能发送：连接已被复位，或者自己关闭了发送方向。",
        "write() fails, broken pipe (EPIPE): this socket cannot send any more, after a reset or after its own shutdown().";
    /// A `write` that failed with ECONNRESET.
    WriteReset,
        "write()失败：Connection reset。对方的RST已经到达，连接不存在了。",
        "write() fails, connection reset: the peer's RST has come, and there is no connection any more.";
    /// The client's first data: one whole frame in one segment.
    Data,
        "请求在一个段里；PSH表示发送方暂时没有更多数据。",
        "The request, in one segment; PSH says that its sender has no more for now.";
    /// Data to a server that is ESTABLISHED, before `accept` returned.
    DataBeforeAccept,
        "数据到达时accept()还没有取走这个连接：内核替程序收下。",
        "Data arrives before accept() has taken the connection: the kernel keeps it.";
    /// Data to an end that has sent its FIN, has not closed its socket, and does not answer with a reset.
    DataHalfClosed,
        "半关闭：对方已关闭其发送方向，却仍可接收，数据还能朝这个方向走。",
        "Half-closed: the receiver has sent its FIN, yet it still receives; data flows this way on.";
    /// Data to an end whose program has closed the socket.
    DataAfterClose,
        "对方的程序已经close()：没有程序能再读这些数据，它的内核将以RST段回答（RFC 9293，3.6.1节）。",
        "The receiver's program has closed its socket: nobody can read this, so its kernel will answer with a reset (RFC 9293, section 3.6.1).";
    /// The server's first data, after its program has read data of the client, as far as its calls are known.
    Reply,
        "应答沿同一连接反方向走：全双工，各方向有自己的序号。",
        "The reply goes the other way on the same connection: full duplex, each direction has its own numbers.";
    /// A segment with several frames, of which each is whole.
    ManyFrames,
        "几条消息合成一个段：TCP只有字节流，没有消息边界。",
        "Several messages in one segment: TCP carries bytes and knows no messages.";
    /// A segment of one byte, of a program that sends frames.
    SingleByte,
        "一个字节也是一个段：同一条消息分在几个段里，接收方必须自己拼起来。",
        "One byte is a segment, too: a message comes in several of them, and its reader must put it together.";
    /// An ACK of data without data of its own, after `accept` returned or when the server's calls are not known.
    AckOfData,
        "确认号 = 序号 + 长度：内核收到了。程序读没读，与确认无关。",
        "ack = seq + length: the kernel has received it. Whether the program has read it is another matter.";
    /// The same, before `accept` returned.
    AckBeforeAccept,
        "数据已被确认，而accept()还没有取走连接：应答的是内核。",
        "The data is acknowledged before accept() has taken the connection: it is the kernel that answers.";
    /// A `read` that was entered while nothing had arrived.
    ReadWaits,
        "调用read()：没有数据到达就阻塞等待，读socket就像读管道一样。",
        "read() blocks as long as nothing has arrived: reading a socket is like reading a pipe.";
    /// A `read` that failed with EAGAIN.
    ReadAgain,
        "EAGAIN：没有数据到达，而read()不愿等待（套接字或这次调用非阻塞，或者超时）。",
        "EAGAIN: nothing has arrived, and this read() does not wait: the socket or the call does not block, or its time is over.";
    /// A `recv` with `MSG_PEEK` that returned bytes.
    Peek,
        "MSG_PEEK：只看不取，这些字节留在内核里，下一次read()还会读到。",
        "MSG_PEEK looks and does not take: the bytes stay in the kernel, and the next read() returns them again.";
    /// One `read` of one frame.
    OneRead,
        "一次read()取走整条消息。",
        "One read() takes the whole message.";
    /// One `read` of several frames.
    OneReadManyFrames,
        "一次read()取走了好几条消息：拆开它们是程序的事。",
        "One read() takes several messages: splitting them is up to the program.";
    /// Two `read`s of one frame, the first of two bytes, for one `write` of this frame alone.
    TwoReads,
        "对方一次write()，这边两次read()：先读两个字节的长度，再读正文。",
        "One write() there, two reads here: first the two bytes of length, then the text.";
    /// Three `read`s of one frame, of one byte, one byte and the rest, for one `write` of this frame alone.
    ThreeReads,
        "对方一次write()，这边三次read()：先读长度的高字节、低字节，再读正文。",
        "One write() there, three reads here: the length's high byte, its low byte, then the text.";
    /// Any other number of `read`s and `write`s until frames were whole.
    ManyReads,
        "写几次与读几次无关：程序一直读到消息完整为止。",
        "How often one writes and how often the other reads is unrelated: the program reads until the message is whole.";
    /// A `read` that returned 0 after the peer's FIN, and after its RST.
    ReadEndOfReset,
        "read()返回0，不是ECONNRESET：FIN比RST先到，读的一方已经到了结尾。",
        "read() returns 0 and not ECONNRESET: the FIN came before the reset, so whoever reads is at the end already.";
    /// A `read` that returned 0 after the peer's FIN, without its RST.
    ReadEnd,
        "read()返回0：对方已关闭其发送方向，就像写端关闭的管道一样。",
        "read() returns 0: the peer has closed its direction, like a pipe whose writer has closed it.";
    /// A `read` that failed with ECONNRESET.
    ReadReset,
        "read()失败：Connection reset。收到RST之后，连接立刻不存在了。",
        "read() fails, connection reset: after a reset there is no connection any more.";
    /// A `shutdown` of the sending direction, by a line of Java that says `close`.
    ShutdownByClose,
        "Java的Socket.close()先调用shutdown(SHUT_WR)：发出FIN段，“我不再发送”。",
        "Java's Socket.close() begins with shutdown(SHUT_WR): it sends a FIN, \"I send no more\".";
    /// Any other `shutdown` of the sending direction that is followed by the FIN.
    Shutdown,
        "shutdown()发出FIN段，“我不再发送”。",
        "shutdown() sends a FIN, \"I send no more\".";
    /// A `shutdown` of the sending direction, after which the program reads data.
    HalfClose,
        "shutdown(SHUT_WR)只关闭一个方向：连接处于半关闭状态，仍可接收对方发来的数据。",
        "shutdown(SHUT_WR) closes one direction only: the connection is half-closed and still receives.";
    /// A `shutdown` that failed with ENOTCONN.
    ShutdownTooLate,
        "shutdown()失败（ENOTCONN）：连接已经结束，网络上什么也不发。",
        "shutdown() fails (ENOTCONN): the connection is over already, and nothing is sent.";
    /// A `close` that is followed by the FIN, with everything read.
    Close,
        "close()：不再有描述符引用这个套接字，内核关闭两个方向，发出FIN段。",
        "close(): no descriptor refers to the socket any more, so the kernel closes both directions with a FIN.";
    /// A `close` with bytes unread that is followed by a reset.
    CloseUnread,
        "close()时还有没读的字节：内核发出RST段，立刻结束连接。",
        "close() with bytes unread: the kernel ends the connection with a reset.";
    /// A `close` with everything read, after `SO_LINGER` was set to 0, that is followed by a reset.
    CloseLinger,
        "SO_LINGER为0时，close()不发FIN：内核发出RST段，立刻结束连接。",
        "With an SO_LINGER of 0, close() sends no FIN: the kernel ends the connection with a reset.";
    /// A `dup` of a descriptor of the conversation.
    Copy,
        "这两个描述符引用同一个套接字：都关闭了，连接才关闭。",
        "Both descriptors refer to one socket now: the connection is closed when both are.";
    /// A `close` of a descriptor, when another one refers to the same socket.
    CloseCopy,
        "还有别的描述符引用这个套接字（dup()得到的，或者在fork()出来的进程里）：close()只归还这一个，网络上什么也不发。",
        "Another descriptor refers to this socket, after a dup() or in a process after a fork(): close() gives this one back, and nothing is sent.";
    /// A `close` of a socket that is CLOSED.
    CloseUnused,
        "close()归还描述符：没有连接（或者已经没有了），网络上什么也不发。",
        "close() gives the descriptor back: there is no connection, or none any more, and nothing is sent.";
    /// A `close` of the listening socket.
    CloseListener,
        "监听套接字关闭了：从此内核拒绝发给它的SYN。",
        "The listening socket is closed: from now on the kernel refuses SYNs to it.";
    /// A `close` after the FIN, with everything read.
    CloseLate,
        "FIN已经发出，close()只归还描述符，自己不再发出段。",
        "The FIN is out already; close() gives the descriptor back and sends nothing itself.";
    /// The first FIN, of the end that stays in TIME-WAIT, while the other closes only when it has read the end.
    FinFirst,
        "先关闭的一端：FIN占用一个序号，状态变为FIN-WAIT-1；这一端最后进入TIME-WAIT。",
        "The end that closes first: its FIN takes one number, its state is FIN-WAIT-1, and it will be the one in TIME-WAIT.";
    /// The same, while the other closes without having read the end, and nobody stopped it until then.
    FinFirstInRace,
        "先关闭的一端：FIN占用一个序号，状态变为FIN-WAIT-1；这一端最后进入TIME-WAIT。两个程序都自己关闭，谁先谁后每次运行可能不同。",
        "The end that closes first: its FIN takes one number, its state is FIN-WAIT-1, and it will be the one in TIME-WAIT. Both programs close by themselves: another run may have the other end first.";
    /// The first FIN, where its end does not stay in TIME-WAIT.
    FinThenReset,
        "先关闭的一端：FIN占用一个序号，状态变为FIN-WAIT-1。",
        "The end that closes first: its FIN takes one number, its state is FIN-WAIT-1.";
    /// The first FIN, of a program that was killed.
    FinOfKilled,
        "进程被杀死，来不及close()；内核替它关闭，发出FIN段。",
        "The program was killed and could not close anything; its kernel does it and sends the FIN.";
    /// The first FIN, of a program that made no call to close its connection.
    FinOfExit,
        "程序没有调用close()就结束了；内核替它关闭，发出FIN段。",
        "The program ended without a close(); its kernel closes for it and sends the FIN.";
    /// The second FIN, which is the first segment to acknowledge the other.
    FinWithAck,
        "ACK和FIN在同一个段里：这次关闭只用三个段。一般是四个；程序在内核单独发出ACK之前就关闭，才省去一个。",
        "ACK and FIN in one segment: closing takes three segments here. Four is the general case; this program closed before its kernel sent the ACK alone.";
    /// The second FIN, which does not acknowledge the other.
    FinCrossing,
        "两端同时主动关闭：这个FIN发出时，对方的FIN还在路上（确认号还没有包括它），两端都经过CLOSING。",
        "Both ends close at once: as this FIN leaves, the other is on its way still (not acknowledged), and both pass through CLOSING.";
    /// The ACK after which both ends are in TIME-WAIT.
    BothTimeWait,
        "两个FIN都得到了确认：两端都主动关闭，所以两端都进入TIME-WAIT。",
        "Both FINs are acknowledged now: both ends closed actively, so both end in TIME-WAIT.";
    /// The second FIN, after the first was acknowledged alone.
    FinSecond,
        "另一个方向也关闭了。",
        "The other direction is closed, too.";
    /// The ACK of the first FIN, without a FIN of its own, which comes later.
    AckOfFin,
        "内核先单独确认了FIN：程序这时还没有关闭它的方向，所以关闭用了四个段。",
        "The FIN is acknowledged alone, because the program has not closed its direction yet: so closing takes four segments.";
    /// The ACK that ends LAST-ACK while the other end is in TIME-WAIT.
    LastAck,
        "最后一个ACK：后关闭的一端变为CLOSED，先关闭的一端留在TIME-WAIT（Linux为60秒）。",
        "The last ACK: who closed second is CLOSED, who closed first stays in TIME-WAIT (60 s on Linux).";
    /// A RST of an end whose program closed its socket with bytes unread, as all its reads show.
    ResetUnread,
        "close()时接收缓冲区里还有没读的字节：内核发出RST。未读的数据把关闭变成了复位。",
        "Bytes were still unread when the socket was closed: the kernel sends a reset. Unread bytes turn a close into a reset.";
    /// A RST that answers data for a socket that was closed before.
    ResetLateData,
        "数据在close()之后才到达，没有程序能再读它：内核以RST段回答（RFC 9293，3.6.1节）。",
        "Data came after close(), and nobody can read it any more: the kernel answers with a reset (RFC 9293, section 3.6.1).";
    /// A RST of an end whose program was killed with bytes unread.
    ResetOfKilled,
        "进程被杀死，还有没读的字节：内核替它关闭，发出的是RST段，不是FIN。",
        "The program was killed with bytes unread: its kernel closes for it with a reset, not with a FIN.";
    /// Any other RST.
    Reset,
        "RST段：连接立刻结束，不等待，不确认。",
        "A reset: the connection is over at once, with no waiting and no acknowledgement.";
    /// SIGKILL.
    Killed,
        "SIGKILL：进程立刻结束，程序里的任何一行都不再执行。",
        "SIGKILL: the process ends at once; no line of the program runs any more.";
    /// SIGSTOP to the server.
    Stopped,
        "SIGSTOP：程序暂停，没有线程在accept()中执行。内核照常工作。",
        "SIGSTOP: the program stands still, no thread of it runs in accept(). The kernel works on.";
    /// SIGSTOP to the client.
    StoppedClient,
        "SIGSTOP：客户端也暂停，使后面的段都在它读之前到达。",
        "SIGSTOP: the client stands still, too, so that all that follows arrives before it reads.";
    /// SIGCONT.
    Continued,
        "SIGCONT：程序继续。",
        "SIGCONT: the program goes on.";
    /// A call that was interrupted (ERESTARTSYS) in a program that had been stopped and not killed.
    Interrupted,
        "程序暂停时，系统调用被打断；继续以后内核重新执行它。",
        "Being stopped interrupts the system call; the kernel makes it anew when the program goes on.";
    /// SIGTERM to the server.
    Terminated,
        "SIGTERM：服务器会一直服务下去，对话结束后由实验让它退出。",
        "SIGTERM: this server would serve for ever; with the conversation over, the lab ends it.";
    /// Another client connects.
    OtherConnects,
        "另一个客户端连接，占满了accept队列。",
        "Another client connects, and fills the queue that accept() takes from.";
    /// A call on the connection of another client.
    OtherConnection,
        "这个描述符是另一个客户端的连接。",
        "This descriptor is the other client's connection.";
    /// A call that the lab has no model of, on the connection.
    Unknown,
        "这个调用也可能收发数据：实验不解读它，只如实画出。",
        "This call may move data, too: the lab does not read it and shows it as it is.";
    /// The end of a program.
    Exit,
        "进程结束：内核收回它所有的描述符。",
        "The process is over: its kernel takes back every descriptor.";
    /// Another client closes its connection.
    OtherLeaves,
        "另一个客户端关闭了连接。",
        "The other client closes its connection.";
}

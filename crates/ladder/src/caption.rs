//! The captions in Chinese and English, in the words of the lab's write-up.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

macro_rules! captions {
    ($($name:ident, $zh:literal, $en:literal;)*) => {
        /// The explanation of a row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Caption { $($name),* }

        impl Caption {
            pub fn text(self, lang: Lang) -> &'static str {
                match self { $(Caption::$name => lang.pick($zh, $en)),* }
            }
        }
    };
}

captions! {
    Socket,
        "socket()只在本机内核里造出连接的一端,网络上什么也没有发生。",
        "socket() makes an end of a connection in this kernel; nothing is on the wire yet.";
    BothFamilies,
        "IPV6_V6ONLY = 0:这个IPv6套接字也通IPv4,IPv4地址写成::ffff:127.0.0.1。",
        "IPV6_V6ONLY = 0: this IPv6 socket speaks IPv4, too, with addresses like ::ffff:127.0.0.1.";
    ReuseAddress,
        "SO_REUSEADDR:即使上一次的连接还在TIME-WAIT,也能绑定这个端口。",
        "SO_REUSEADDR: the port can be bound although connections of an earlier run are in TIME-WAIT.";
    NoDelay,
        "TCP_NODELAY:关闭Nagle算法,小段不必等前面的数据得到确认。",
        "TCP_NODELAY: no Nagle algorithm, so a small segment does not wait until earlier data is acknowledged.";
    Timeout,
        "给read()或write()设一个最长等待时间;不设就一直等下去。",
        "A limit to how long read() or write() waits; without one it waits for ever.";
    Bind,
        "bind()给套接字定下本机地址和端口666。客户端不调用它:connect()时内核替它选一个端口。",
        "bind() gives the socket its own address, with port 666. A client does not call it: its kernel picks a port in connect().";
    Listen,
        "从listen()返回起,内核自己就会应答SYN段;程序还没有调用accept()。",
        "From listen() on the kernel answers SYNs by itself; nobody has to be in accept().";
    AcceptWaits,
        "服务器调用accept()阻塞等待:没有已建立的连接可取。",
        "The server blocks in accept(): there is no finished connection to take.";
    AcceptReturns,
        "accept()返回:三次握手早已由内核完成,accept()只是从队列里取走连接。",
        "accept() returns. The kernel had finished the handshake; accept() only takes the connection from a queue.";
    AcceptQueued,
        "连接早已在队列里:accept()立刻把它取走。",
        "The connection has long been in the queue: accept() takes it at once.";
    AcceptAgain,
        "EAGAIN:套接字是非阻塞的,队列空了accept()也立刻返回;程序改在epoll_wait()里等。",
        "EAGAIN: the socket does not block, so with an empty queue accept() returns at once; the program waits in epoll_wait().";
    Readiness,
        "epoll_wait()同时等待许多套接字:一个线程就能服务所有客户端,不必为每个阻塞在accept()或read()里。",
        "epoll_wait() waits for many sockets at once: one thread serves every client and blocks in none's accept() or read().";
    ConnectWaits,
        "客户端调用connect():内核发出SYN段,程序阻塞等待应答。",
        "The client calls connect(): its kernel sends a SYN, and the program blocks until the answer.";
    ConnectReturns,
        "客户端收到SYN-ACK段后从connect()返回。",
        "connect() returns: the SYN-ACK has come.";
    ConnectBeforeAccept,
        "connect()已经返回,而服务器的accept()还没有返回:两端的内核已建立连接,不需要服务器程序参与。",
        "connect() has returned although accept() has not: both kernels have the connection, no server program was needed.";
    ConnectRefused,
        "connect()失败:Connection refused。没有人监听,也就没有连接。",
        "connect() fails, connection refused: nobody listens, so there is nothing to connect to.";
    Syn,
        "第一次握手:SYN段。它不带数据,但占用一个序号;选项只在SYN段里商定。",
        "First of three: the SYN. It carries no data but takes one sequence number; options are agreed in SYNs only.";
    SynAck,
        "第二次握手:服务器的内核(不是程序)应答SYN-ACK段,确认号 = 对方序号 + 1,因为SYN占一个序号。",
        "Second of three: the server's kernel, not its program, answers. ack = seq + 1, because the SYN takes one number.";
    HandshakeEnds,
        "第三次握手:应答ACK段,两端都是ESTABLISHED。",
        "Third of three: an ACK. Both ends are ESTABLISHED.";
    HandshakeBeforeAccept,
        "第三次握手:两端都是ESTABLISHED,而accept()还没有返回。教科书常把这两件事的次序说反。",
        "Third of three: both ends are ESTABLISHED, and accept() has not returned. Textbooks often have it the other way round.";
    SynAgain,
        "同一个SYN又发一次:队列已满,第一个SYN被内核悄悄丢弃,一秒后重传。没有拒绝,只有沉默。",
        "The same SYN again: the queue was full, the kernel dropped the first without a word, so a second later it is retransmitted.";
    Again,
        "重传:这些序号以前发送过。",
        "A retransmission: these numbers have been sent before.";
    Refused,
        "没有套接字监听这个端口:内核以RST段拒绝SYN。",
        "No socket listens on that port: the kernel refuses the SYN with a reset.";
    ConsoleWaits,
        "连接早已建立,客户端现在才等待键盘输入:连接在一句话也没说之前就存在。",
        "Only now does the client wait for its keyboard: the connection exists before anything was said.";
    ConsoleRead,
        "readLine也是read(),读的是0号描述符:刚才输入的一行。",
        "readLine is a read(), too, of descriptor 0: the line that was typed.";
    ConsoleWrite,
        "打印也是write(),写到1号描述符(标准错误是2号):对程序来说,控制台和套接字都是描述符。",
        "Printing is a write(), too, to descriptor 1 (2 for errors): to a program, a console and a socket are both descriptors.";
    Write,
        "writeUTF一次write():两个字节的长度,接着是正文。",
        "writeUTF is one write(): two bytes of length, then the text.";
    WriteMany,
        "一次write()写出好几条消息,首尾相接。",
        "One write() of several messages, end to end.";
    WritePart,
        "一次write()只写出帧的一部分:余下的另外再写。",
        "A write() of part of a frame only: the rest goes into others.";
    WriteReturns,
        "write()返回,只说明字节已交给本机内核;对方收到没有,它不知道。",
        "write() returns when this kernel has the bytes; it does not say that they have arrived.";
    Data,
        "请求在一个段里:PSH表示发送方没有更多数据了。",
        "The request, in one segment; PSH says that its sender has no more for now.";
    DataBeforeAccept,
        "数据到达时还没有人调用accept()取走这个连接:内核替程序收下。",
        "Data arrives although nobody has taken the connection with accept(): the kernel keeps it.";
    DataHalfClosed,
        "半关闭:对方已经发出FIN,却仍可接收,数据还能朝这个方向走。",
        "Half-closed: the receiver has sent its FIN, yet it still receives; data flows this way on.";
    Reply,
        "应答沿同一连接反方向走:全双工,各方向有自己的序号。",
        "The reply goes the other way on the same connection: full duplex, each direction has its own numbers.";
    ManyFrames,
        "一次write()写出两条消息,合成一个段:TCP只有字节流,没有消息边界。",
        "Two messages from one write(), in one segment: TCP carries bytes and knows no messages.";
    SingleByte,
        "一个字节也是一个段:同一个帧被拆成许多段,接收方必须自己拼起来。",
        "One byte is a segment, too: a frame comes in many of them, and its reader must put it together.";
    AckOfData,
        "确认号 = 序号 + 长度:内核收到了。程序读没读,与确认无关。",
        "ack = seq + length: the kernel has received it. Whether the program has read it is another matter.";
    AckBeforeAccept,
        "数据已被确认,而accept()还没有取走连接:应答的是内核。",
        "The data is acknowledged with nobody in accept(): it is the kernel that answers.";
    ReadWaits,
        "调用read():没有数据到达就阻塞等待,读socket就像读管道一样。",
        "read() blocks as long as nothing has arrived: reading a socket is like reading a pipe.";
    OneRead,
        "一次read()取走整个帧。",
        "One read() takes the whole frame.";
    OneReadManyFrames,
        "一次read()取走了好几个帧:拆开它们是程序的事。",
        "One read() takes several frames: to part them is the program's work.";
    TwoReads,
        "对方一次write(),这边两次read():readUTF先读两个字节的长度,再读正文。",
        "One write() there, two reads here: readUTF first reads the two bytes of length, then the text.";
    ThreeReads,
        "对方一次write(),这边三次read():readUTF读长度的高字节、低字节,再读正文。",
        "One write() there, three reads here: readUTF reads the length's high byte, its low byte, then the text.";
    ManyReads,
        "写几次与读几次无关:readUTF一直读到帧完整为止。",
        "How often one writes and how often the other reads is unrelated: readUTF goes on until the frame is whole.";
    ReadEnd,
        "read()返回0:对方关闭了它的方向,就像写端关闭的管道一样。",
        "read() returns 0: the peer has closed its direction, like a pipe whose writer has closed it.";
    ReadReset,
        "read()失败:Connection reset。收到RST之后,连接立刻不存在了。",
        "read() fails, connection reset: after a reset there is no connection any more.";
    Shutdown,
        "关闭先用shutdown(SHUT_WR):发出FIN段,\"我不再发送\"。",
        "Closing begins with shutdown(SHUT_WR): it sends a FIN, \"I send no more\".";
    HalfClose,
        "shutdown(SHUT_WR)只关闭一个方向:连接处于半关闭状态,仍可接收对方发来的数据。",
        "shutdown(SHUT_WR) closes one direction only: the connection is half-closed and still receives.";
    Close,
        "close():再没有人使用这个描述符,内核关闭两个方向,发出FIN段(还有没读的字节时是RST段)。",
        "close(): nobody uses the descriptor any more, so the kernel closes both directions, with a FIN (with unread bytes, a reset).";
    CloseUnused,
        "close()归还描述符:没有连接(或者已经没有了),网络上什么也不发。",
        "close() gives the descriptor back: there is no connection, or none any more, and nothing is sent.";
    CloseListener,
        "监听套接字也关闭了:从此内核拒绝新的SYN。",
        "The listening socket is closed, too: from now on the kernel refuses SYNs.";
    CloseLate,
        "FIN已经发出,close()只归还描述符,网络上不再有新的段。",
        "The FIN is out already; close() gives the descriptor back and puts nothing on the wire.";
    FinFirst,
        "先关闭的一端:FIN占用一个序号,状态变为FIN-WAIT-1。TIME-WAIT将留在这一端。",
        "The end that closes first: its FIN takes one number, its state is FIN-WAIT-1, and TIME-WAIT will stay with it.";
    FinThenReset,
        "先关闭的一端:FIN占用一个序号,状态变为FIN-WAIT-1。",
        "The end that closes first: its FIN takes one number, its state is FIN-WAIT-1.";
    FinOfKilled,
        "进程被杀死,来不及close();内核替它关闭,发出FIN段。",
        "The program was killed and could not close anything; its kernel does it and sends the FIN.";
    FinWithAck,
        "ACK和FIN在同一个段里:这里关闭只用三个段,不是教科书上的四个。",
        "ACK and FIN in one segment: closing takes three segments here, not the textbook's four.";
    FinCrossing,
        "同时关闭:这个FIN发出时,对方的FIN还在路上(确认号还没有包括它)。两端都经过CLOSING,TIME-WAIT两端都有。",
        "Both close at once: when this FIN left, the other was still on its way (this ack does not cover it). Both ends pass through CLOSING, and both keep TIME-WAIT.";
    BothTimeWait,
        "两个FIN都得到了确认;两端都是先关闭的一端,所以两端都有TIME-WAIT。",
        "Now both FINs are confirmed; each end closed first, so each keeps TIME-WAIT.";
    FinSecond,
        "另一个方向也关闭了。",
        "The other direction is closed, too.";
    AckOfFin,
        "内核先单独确认了FIN:程序这时还没有关闭它的方向,所以关闭用了四个段。",
        "The FIN is acknowledged alone, because the program has not closed its direction yet: so closing takes four segments.";
    LastAck,
        "最后一个ACK:后关闭的一端变为CLOSED,先关闭的一端留在TIME-WAIT(Linux为60秒)。",
        "The last ACK: who closed second is CLOSED, who closed first stays in TIME-WAIT (60 s on Linux).";
    ResetUnread,
        "close()时接收缓冲区里还有没读的字节:内核发出RST。未读的数据把关闭变成了复位。",
        "Bytes were still unread when the socket was closed: the kernel sends a reset. Unread bytes turn a close into a reset.";
    Reset,
        "RST段:连接立刻结束,不等待,不确认。",
        "A reset: the connection is over at once, with no waiting and no acknowledgement.";
    Killed,
        "SIGKILL:进程立刻结束,程序里的任何一行都不再执行。",
        "SIGKILL: the process ends at once; no line of the program runs any more.";
    Stopped,
        "SIGSTOP:程序停住,没有人在accept()里。内核照常工作。",
        "SIGSTOP: the program stands still, nobody is in accept(). The kernel works on.";
    StoppedClient,
        "SIGSTOP:客户端也停住,好让接下来的段都在它读之前到达。",
        "SIGSTOP: the client stands still, too, so that all that follows arrives before it reads.";
    Continued,
        "SIGCONT:程序继续。",
        "SIGCONT: the program goes on.";
    Interrupted,
        "停住时,系统调用被打断;继续以后内核重新执行它。",
        "Being stopped interrupts the system call; the kernel makes it anew when the program goes on.";
    Terminated,
        "SIGTERM:服务器会一直服务下去,对话结束后由实验让它退出。",
        "SIGTERM: this server would serve for ever; with the conversation over, the lab ends it.";
    OtherConnects,
        "另一个客户端连接,占满了accept队列。",
        "Another client connects, and fills the queue that accept() takes from.";
    OtherConnection,
        "这个描述符是另一个客户端的连接。",
        "This descriptor is the other client's connection.";
    Exit,
        "进程结束:内核收回它所有的描述符。",
        "The process is over: its kernel takes back every descriptor.";
    OtherLeaves,
        "另一个客户端关闭了连接。",
        "The other client closes its connection.";
}

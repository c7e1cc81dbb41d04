//! Explanations of functions, situations and layers, in both languages.

use super::figure::{Implementation, Layer, Reason, SocketCall};
use crate::lang::Lang;

macro_rules! functions {
    ($($start:literal, $zh:literal, $en:literal;)*) => {
        /// The beginning of a function's name, and its explanation in Chinese and English.
        const FUNCTIONS: &[(&str, &str, &str)] = &[$(($start, $zh, $en)),*];
    };
}

functions! {
    "java.net.Socket.<init>",
        "构造函数先创建SocketImpl，再连接：套接字此时才由socket()产生",
        "makes a SocketImpl, whose socket() creates the socket, and connects it";
    "java.net.SocksSocketImpl.connect",
        "客户端的SocketImpl：先看是否要经过SOCKS代理",
        "the client's SocketImpl: asks first whether a SOCKS proxy is to be used";
    "java.net.ServerSocket.implAccept",
        "为新连接准备一个Socket，由SocketImpl填入",
        "prepares a Socket for the new connection; its SocketImpl fills it in";
    "java.net.AbstractPlainSocketImpl",
        "SocketImpl在JDK 12及以前的实现；JDK 18删除",
        "the SocketImpl of JDK 12 and before; gone since JDK 18";
    "sun.nio.ch.NioSocketImpl",
        "SocketImpl在JDK 13及以后的实现（JEP 353），与NIO的通道共用本地方法",
        "the SocketImpl of JDK 13 and later (JEP 353); it shares NIO's native methods";
    "java.io.DataInputStream.readUnsignedShort",
        "先读两个字节的长度：此时阻塞在这里",
        "the two bytes of the length come first: it waits for them";
    "java.io.DataOutputStream.writeUTF",
        "长度和正文编码到一个数组，一次写出",
        "encodes length and body into one array, and writes it at once";
    "Java_",
        "JNI按这个名字找到本地方法的实现",
        "JNI finds a native method's body by this name";
    "NET_Timeout",
        "JDK 12及以前先用poll等待，再调用accept",
        "JDK 12 and before waits in poll, and calls accept afterwards";
    "park",
        "没有可运行的任务：唯一的线程在这里等待所有套接字",
        "no task can run: here the only thread waits for all sockets at once";
    "tokio::runtime::task::raw::RawTask::poll",
        "线程醒来，轮询等这个套接字的任务，任务从停下的地方继续",
        "the thread is awake and polls the task that waits for this socket; it goes on where it stopped";
    "std::os::unix::net::stream::UnixStream",
        "与TcpStream的机器码相同，链接后只留一份",
        "the same machine code as TcpStream's, of which one is kept";
    "entry_SYSCALL",
        "syscall指令进入内核",
        "the syscall instruction enters the kernel";
    "inet_csk_accept",
        "睡眠，直到accept队列里有一个已完成握手的连接",
        "sleeps until the accept queue has a connection, whose handshake is over";
    "__inet_stream_connect",
        "已发出SYN；睡眠，直到SYN-ACK到达",
        "has sent the SYN; sleeps until the SYN-ACK arrives";
    "sk_wait_data",
        "接收缓冲区为空；睡眠，直到数据或FIN到达",
        "the receive buffer is empty; sleeps until data or a FIN arrives";
    "sk_stream_wait_memory",
        "发送缓冲区已满；睡眠，直到对方确认了一部分数据",
        "the send buffer is full; sleeps until the peer has acknowledged some of it";
    "do_epoll_wait",
        "睡眠，直到任何一个登记过的套接字就绪",
        "sleeps until any of the registered sockets is ready";
    "do_sys_poll",
        "睡眠，直到这一个套接字就绪",
        "sleeps until this one socket is ready";
}

/// Returns the explanation of a native method.
pub(super) fn native_method(lang: Lang) -> &'static str {
    lang.pick(
        "本地方法：从这里起是C",
        "a native method: from here on it is C",
    )
}

/// Returns the explanation of the function called `name`.
pub(super) fn function(name: &str, lang: Lang) -> Option<&'static str> {
    let said_of = |(start, ..): &&(&str, &str, &str)| match *start {
        "park" => name.starts_with("tokio::") && name.ends_with("::park"),
        start => name.starts_with(start),
    };
    FUNCTIONS
        .iter()
        .find(said_of)
        .map(|&(_, zh, en)| lang.pick(zh, en))
}

/// Returns the reason why a thread waits in `socket_call`.
pub(super) fn situation(socket_call: SocketCall, lang: Lang) -> &'static str {
    match socket_call {
        SocketCall::Connect => lang.pick(
            "服务器的队列已满，SYN没有得到回答：客户端等待SYN-ACK。",
            "The server's queue is full and leaves the SYN unanswered: the client waits for a SYN-ACK.",
        ),
        SocketCall::Accept => lang.pick(
            "还没有人连接：服务器等待连接。",
            "Nobody has connected: the server waits for a connection.",
        ),
        SocketCall::Read => lang.pick(
            "还没有数据到达：读的一方等待两个字节的长度。",
            "Nothing has arrived: the reader waits for the two bytes of the length.",
        ),
        SocketCall::Write => lang.pick(
            "对方不读，两边的缓冲区都已满：写的一方等待空间。",
            "The peer does not read, and the buffers of both are full: the writer waits for room.",
        ),
    }
}

/// Returns the description of an implementation of sockets.
pub(super) fn implementation(implementation: Implementation, lang: Lang) -> &'static str {
    match implementation {
        Implementation::Plain => lang.pick(
            "JDK 12及以前：PlainSocketImpl",
            "JDK 12 and before: PlainSocketImpl",
        ),
        Implementation::Nio => lang.pick(
            "JDK 13及以后：NioSocketImpl",
            "JDK 13 and later: NioSocketImpl",
        ),
        Implementation::Std => lang.pick("客户端：std，阻塞", "the client: std, which blocks"),
        Implementation::Tokio => lang.pick(
            "服务器：tokio，一个线程等待所有套接字",
            "the server: tokio, one thread for all sockets",
        ),
    }
}

/// Returns the heading of a layer.
pub(super) fn layer(layer: Layer, implementation: Implementation, lang: Lang) -> &'static str {
    match (layer, implementation) {
        (Layer::Program, _) => lang.pick("程序", "program"),
        (Layer::Library, Implementation::Plain | Implementation::Nio) => {
            lang.pick("JDK的类", "the JDK's classes")
        }
        (Layer::Library, Implementation::Std) => lang.pick("标准库", "the standard library"),
        (Layer::Library, Implementation::Tokio) => {
            lang.pick("tokio、mio与标准库", "tokio, mio and std")
        }
        (Layer::Native, _) => lang.pick("JDK的C代码", "the JDK's C code"),
        (Layer::System, _) => lang.pick("C库", "the C library"),
        (Layer::Kernel, _) => lang.pick("内核", "kernel"),
    }
}

/// Returns the reason why something cannot be seen, in words.
pub(super) fn reason(reason: &Reason, lang: Lang) -> &str {
    match reason {
        Reason::NoJdk => lang.pick("本机没有这个版本的JDK", "there is no JDK of that age here"),
        Reason::NoStrace => lang.pick("本机没有strace", "strace is not installed here"),
        Reason::OnlyRoot => lang.pick(
            "只有本机的root能读/proc/PID/task/TID/stack",
            "only root of the machine itself may read /proc/PID/task/TID/stack",
        ),
        Reason::NoKernelStacks => lang.pick(
            "内核没有编译CONFIG_STACKTRACE",
            "the kernel was built without CONFIG_STACKTRACE",
        ),
        Reason::Failed(error) => error,
    }
}

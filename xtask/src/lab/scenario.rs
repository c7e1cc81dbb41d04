//! The conversations that the lab plays.

use anyhow::{Context, Result};

use ::interop::case::Case;
use ladder::Lang;
use recorder::{Act, Await, Side, Signal, Step};

/// One conversation to play.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Title in Chinese and in English.
    title: [&'static str; 2],
    /// Behaviour of the client and of the server.
    behaviours: [Option<Behaviour>; 2],
    pub(crate) steps: Vec<Step>,
}

/// A behaviour that a scenario asks of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// client.java or server.java, or a drop-in for them.
    Original,
    /// A server that answers hi.
    Hi,
    /// A server for many clients, a client with many requests.
    Loop,
    /// A client that closes its sending half before it reads.
    HalfClose,
    /// A client that sends two messages in one write.
    TwoMessages,
    /// A client that sends byte by byte.
    SingleBytes,
    /// A client that goes on writing when its server has closed.
    Late,
}

impl Scenario {
    /// Returns the behaviour of `side`, or `None` if no program plays it.
    pub(crate) fn behaviour(&self, side: Side) -> Option<Behaviour> {
        self.behaviours[side as usize]
    }

    pub(crate) fn title(&self, lang: Lang) -> &'static str {
        let [zh, en] = self.title;
        lang.pick(zh, en)
    }
}

/// Returns the scenario of a pair's case. A side that a script plays has no behaviour.
pub(crate) fn of_case(case: &Case) -> Scenario {
    let played = |side| {
        case.participants
            .has_program(side)
            .then_some(Behaviour::Original)
    };
    // A pair is read once in the life of the program.
    let name: &'static str = case.name.clone().leak();
    Scenario {
        name,
        title: [name; 2],
        behaviours: Side::BOTH.map(played),
        steps: case.steps.clone(),
    }
}

/// Returns every scenario, in the order of the guide.
pub(crate) fn all() -> Vec<Scenario> {
    use Behaviour::*;
    use Side::{Client, Server};
    let typed = |text: &str| vec![Step::Feed(Client, text.into()), Step::EndInput(Client)];
    let stopped_server_and_client_start = || {
        vec![
            Step::Start(Server),
            Step::Await(Await::Listening),
            Step::Signal(Server, Signal::Stop),
            Step::Start(Client),
        ]
    };
    let queued = [
        stopped_server_and_client_start(),
        typed("hello\n"),
        vec![
            Step::Await(Await::Unread(Server, 7)),
            Step::Signal(Server, Signal::Continue),
        ],
        both_exit(),
    ];
    // The stopped server goes on and closes, and the client's program does not go on until it has.
    let server_closes_first = || {
        vec![
            Step::Signal(Client, Signal::Stop),
            Step::Signal(Server, Signal::Continue),
            Step::Await(Await::Exited(Server)),
            Step::Signal(Client, Signal::Continue),
            Step::Await(Await::Exited(Client)),
        ]
    };
    let unread = [
        stopped_server_and_client_start(),
        vec![Step::Await(Await::Unread(Server, 15))],
        server_closes_first(),
    ];
    let refused = [
        vec![Step::Start(Client)],
        typed("hello\n"),
        vec![Step::Await(Await::Exited(Client))],
    ];
    let crowded = [
        vec![
            Step::LimitBacklog(0),
            Step::Start(Server),
            Step::Await(Await::Listening),
            Step::Signal(Server, Signal::Stop),
            Step::Act(Act::Connect),
            Step::Start(Client),
        ],
        typed("hello\n"),
        vec![
            Step::Await(Await::SynUnanswered),
            Step::Signal(Server, Signal::Continue),
            Step::Act(Act::Close),
        ],
        both_exit(),
    ];
    let server_first = [
        connected(),
        vec![Step::Signal(Server, Signal::Stop)],
        typed("hello\n"),
        vec![Step::Await(Await::Unread(Server, 7))],
        server_closes_first(),
    ];
    let late = [
        server_and_client_start(),
        vec![
            Step::Feed(Client, "hello\n".into()),
            Step::Await(Await::Exited(Server)),
        ],
        typed("again\nagain\n"),
        vec![Step::Await(Await::Exited(Client))],
    ];
    // The client is killed while it waits for its console and the server waits for its message.
    let at_rest = Side::BOTH.map(|side| Step::Await(Await::Settled(side)));
    let killed = [
        [connected(), at_rest.to_vec()].concat(),
        vec![Step::Signal(Client, Signal::Kill)],
        both_exit(),
    ];
    let server_killed = [
        stopped_server_and_client_start(),
        vec![
            Step::Await(Await::Unread(Server, 15)),
            Step::Await(Await::Settled(Client)),
            Step::Signal(Server, Signal::Kill),
        ],
        both_exit(),
    ];
    vec![
        scenario(
            "seed",
            [
                "实验指导书的两个程序：发送hello，原样返回",
                "the lab's own two programs: hello, and hello back",
            ],
            [Original; 2],
            [connected(), typed("hello\n"), both_exit()],
        ),
        scenario(
            "hi",
            [
                "题目要求的对话：发送hello，应答hi",
                "the exchange of the title: hello, and hi",
            ],
            [Original, Hi],
            [server_and_client_start(), typed("hello\n"), both_exit()],
        ),
        scenario(
            "many",
            [
                "一个连接，许多请求，一问一答",
                "many requests on one connection, each with its reply",
            ],
            [Loop; 2],
            [
                server_and_client_start(),
                typed("hello\n你好\nbye\n"),
                both_exit(),
            ],
        ),
        scenario(
            "slow-accept",
            ["服务器迟迟不调用accept", "the server is slow to accept"],
            [Original; 2],
            queued,
        ),
        Scenario {
            behaviours: [Some(Original), None],
            ..scenario(
                "refused",
                ["没有程序监听", "nobody listens"],
                [Original; 2],
                refused,
            )
        },
        scenario(
            "half-close",
            ["用shutdown半关闭", "half-close with shutdown"],
            [HalfClose, Original],
            [server_and_client_start(), typed("hello\n"), both_exit()],
        ),
        scenario(
            "two-in-one",
            ["两条消息在一个段里", "two messages in one segment"],
            [TwoMessages, Loop],
            [server_and_client_start(), both_exit()],
        ),
        scenario(
            "single-bytes",
            ["一条消息，逐字节发送", "a frame in single bytes"],
            [SingleBytes, Original],
            [server_and_client_start(), both_exit()],
        ),
        scenario(
            "backlog",
            ["accept队列已满", "the queue that accept takes from is full"],
            [Original, Loop],
            crowded,
        ),
        scenario(
            "reset",
            ["没读完就关闭：复位", "closed with bytes unread: a reset"],
            [TwoMessages, Original],
            unread,
        ),
        scenario(
            "late-write",
            [
                "对方读完后关闭，还继续写：RST，再写得到EPIPE，读仍得到0",
                "writing on after the peer has read all and closed: a reset, then EPIPE to who writes, 0 to who reads",
            ],
            [Late, Original],
            late,
        ),
        scenario(
            "client-closes-first",
            [
                "客户端先关闭：TIME-WAIT在客户端",
                "the client closes first, and keeps TIME-WAIT",
            ],
            [Original, Loop],
            [server_and_client_start(), typed("hello\n"), both_exit()],
        ),
        scenario(
            "server-closes-first",
            [
                "服务器先关闭：TIME-WAIT在服务器",
                "the server closes first, and keeps TIME-WAIT",
            ],
            [Original; 2],
            server_first,
        ),
        scenario(
            "killed",
            ["客户端被杀死", "a killed client"],
            [Original; 2],
            killed,
        ),
        scenario(
            "server-killed",
            [
                "服务器被杀死，还有没读的数据：RST，读得到ECONNRESET，再写得到EPIPE",
                "a killed server with data unread: a reset, ECONNRESET to who reads, then EPIPE to who writes",
            ],
            [TwoMessages, Original],
            server_killed,
        ),
    ]
}

/// Returns the scenario called `name`.
pub(crate) fn named(name: &str) -> Result<Scenario> {
    let found = all().into_iter().find(|scenario| scenario.name == name);
    found.with_context(|| format!("there is no scenario {name:?}: --list shows all of them"))
}

/// Returns the steps up to the client's start, once the server listens.
fn server_and_client_start() -> Vec<Step> {
    vec![
        Step::Start(Side::Server),
        Step::Await(Await::Listening),
        Step::Start(Side::Client),
    ]
}

/// Returns the steps up to the connection, which the server has accepted.
fn connected() -> Vec<Step> {
    let accepted = [
        Step::Await(Await::Connected),
        Step::Await(Await::Lines(Side::Server, 2)),
    ];
    [server_and_client_start(), accepted.to_vec()].concat()
}

/// Returns the steps that wait until both programs have exited.
fn both_exit() -> Vec<Step> {
    vec![
        Step::Await(Await::Exited(Side::Client)),
        Step::Await(Await::Exited(Side::Server)),
    ]
}

fn scenario<const N: usize>(
    name: &'static str,
    title: [&'static str; 2],
    behaviours: [Behaviour; 2],
    steps: [Vec<Step>; N],
) -> Scenario {
    Scenario {
        name,
        title,
        behaviours: behaviours.map(Some),
        steps: steps.concat(),
    }
}

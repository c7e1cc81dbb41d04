//! The figure as data. The recording and `--format json` are the JSON of these types.

use serde::{Deserialize, Serialize};

/// The chains from each call of the socket API to the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The kernel that the chains were seen on, such as `Linux 6.18.44`.
    pub system: String,
    pub calls: Vec<CallChains>,
}

/// The chains of one call in every program that makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallChains {
    #[serde(rename = "api")]
    pub socket_call: SocketCall,
    pub chains: Vec<Chain>,
}

/// A call of the socket API that keeps its thread waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SocketCall {
    Connect,
    Accept,
    Read,
    Write,
}

impl SocketCall {
    pub const ALL: [SocketCall; 4] = [
        SocketCall::Connect,
        SocketCall::Accept,
        SocketCall::Read,
        SocketCall::Write,
    ];

    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            SocketCall::Connect => "connect",
            SocketCall::Accept => "accept",
            SocketCall::Read => "read",
            SocketCall::Write => "write",
        }
    }

    /// Returns its form in the Java programs.
    pub fn java(self) -> &'static str {
        match self {
            SocketCall::Connect => "new Socket(\"localhost\", 666)",
            SocketCall::Accept => "ServerSocket.accept()",
            SocketCall::Read => "DataInputStream.readUTF()",
            SocketCall::Write => "DataOutputStream.writeUTF(…)",
        }
    }
}

/// An implementation of sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Implementation {
    /// `PlainSocketImpl`: JDK 12 and before.
    Plain,
    /// `NioSocketImpl` (JEP 353): JDK 13 and later.
    Nio,
    /// `std::net` in Rust, which blocks as Java does.
    Std,
    /// tokio in Rust, which waits for all sockets in one place.
    Tokio,
}

/// The functions from one program down to the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    #[serde(rename = "kind")]
    pub implementation: Implementation,
    /// The program's name, such as `java-17` or `rust`.
    pub program: String,
    /// The program's version, such as `17.0.15 Debian`.
    pub version: String,
    /// The origin of the chain as a whole.
    #[serde(rename = "seen")]
    pub origin: Origin,
    /// The functions from the program's own down to the C library, outermost first.
    pub frames: Vec<Frame>,
    /// The origin of the functions below the JDK's native method, or of all of Rust's.
    #[serde(rename = "native_seen")]
    pub native_origin: Origin,
    /// The system call that the thread sleeps in.
    pub system_call: String,
    /// The kernel's functions, outermost first.
    pub kernel: Vec<String>,
    #[serde(rename = "kernel_seen")]
    pub kernel_origin: Origin,
    /// The kernel's function in `/proc/PID/task/TID/wchan`, in which the thread sleeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleeps_in: Option<String>,
    /// The call of a thread that waits for readiness, once it is woken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes: Option<Resumes>,
}

impl Chain {
    /// Returns the parts that are the same in every release: the program's own functions and the system calls.
    pub fn outline(&self) -> String {
        let frames = self.frames.iter();
        let program = frames.filter(|frame| frame.layer == Layer::Program);
        let mut steps: Vec<&str> = program.map(|frame| frame.function.as_str()).collect();
        steps.push(&self.system_call);
        steps.extend(self.resumes.as_ref().map(|then| then.system_call.as_str()));
        steps.join(" → ")
    }
}

/// The system call of a woken thread, and the functions that lead to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumes {
    pub frames: Vec<Frame>,
    pub system_call: String,
}

/// The origin of a chain or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It was seen in this run.
    Live,
    /// It was recorded earlier, perhaps on another machine.
    Recorded {
        /// The kernel of the recording, such as `Linux 6.18.44`.
        on: String,
        /// The reason why this run could not see it; `None` if it did not try.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<Reason>,
    },
    /// It was not seen, but the JVM's rule for the names of native methods gives it.
    ByRule { because: Reason },
    /// It is not known.
    Unseen { because: Reason },
}

/// A reason why this machine cannot show something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No JDK of that age was found.
    NoJdk,
    /// strace is not installed.
    NoStrace,
    /// Only root of the machine itself may read `/proc/PID/task/TID/stack`.
    OnlyRoot,
    /// The kernel was built without `CONFIG_STACKTRACE`.
    NoKernelStacks,
    /// Looking failed with this error.
    Failed(String),
}

/// A function on a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub layer: Layer,
    pub function: String,
    /// Its line or file, such as `ServerSocket.java:532` or `libnio.so`; `native` for a native method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// The part of the software that a function belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    Program,
    /// The JDK's classes, or std, mio and tokio.
    Library,
    /// The JDK's C code.
    Native,
    /// The C library.
    System,
    Kernel,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::recorded;
    use crate::document::assert_fits;

    #[test]
    fn the_json_of_the_chain_is_as_its_schema_says() {
        let mut blind = recorded::figure().clone();
        let chain = &mut blind.calls[0].chains[0];
        chain.sleeps_in = Some("inet_csk_accept".into());
        chain.native_origin = Origin::ByRule {
            because: Reason::NoStrace,
        };
        chain.kernel_origin = Origin::Unseen {
            because: Reason::Failed("no".into()),
        };
        for figure in [recorded::figure(), &recorded::labelled(), &blind] {
            assert_fits(
                include_str!("../../../../docs/lab-chain.schema.json"),
                figure,
            );
        }
    }
}

//! A conversation in which a script plays one side, and everything that the script may do to it at any byte.
//!
//! The script says `00 02 68 69` in one turn. [`Conversation::cut`] at byte 3 sends `00 02 68` and ends the connection,
//! [`Conversation::split`] at byte 3 sends `00 02 68`, waits until the program has read it, and sends `69`.

use recorder::{Act, Await, Side, Step};

use crate::case::{Case, Participants};

/// A conversation in which a script plays one side and a program the other.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Stands before the names of the cases: nothing, or `one-joke/`.
    pub prefix: String,
    /// The side that the script plays.
    pub scripted: Side,
    /// The steps up to the connection.
    pub opening: Vec<Step>,
    pub turns: Vec<Turn>,
    /// The steps behind the last turn, in which the script receives what the program still says.
    pub rest: Vec<Step>,
    /// The steps with which the script ends a connection and receives the program's end.
    pub close: Vec<Step>,
    /// Waits until the program has read what the script sent.
    pub read: Await,
    /// The steps that wait for the program's end.
    pub end: Vec<Step>,
}

/// Bytes that a script says without waiting for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The steps in which the script waits for the program's turn before.
    pub before: Vec<Step>,
    pub says: Vec<u8>,
}

impl Conversation {
    /// Returns the number of bytes that the script says.
    pub fn length(&self) -> usize {
        self.turns.iter().map(|turn| turn.says.len()).sum()
    }

    /// Returns the case in which the script ends the connection after `k` bytes.
    pub fn cut(&self, k: usize) -> Case {
        let steps = [&self.after(k)[..], &self.close, &self.end];
        self.at(
            "cut",
            k,
            "ends the connection after so many bytes",
            steps.concat(),
        )
    }

    /// Returns the case in which the script resets the connection once `k` bytes are read.
    pub fn reset(&self, k: usize) -> Case {
        let reset = [Step::Await(self.read), Step::Act(Act::Reset)];
        let steps = [&self.after(k)[..], &reset, &self.end];
        self.at(
            "reset",
            k,
            "resets the connection once so many bytes are read",
            steps.concat(),
        )
    }

    /// Returns the case in which the script says no more after `k` bytes.
    pub fn stall(&self, k: usize) -> Case {
        let steps = [self.after(k), vec![self.settled()]].concat();
        self.at("stall", k, "says no more after so many bytes", steps)
    }

    /// Returns the case in which the script ends its sending half after `k` bytes, and reads on.
    pub fn half_close(&self, k: usize) -> Case {
        self.half_close_at(&k.to_string(), k)
    }

    /// Returns the case of [`half_close`](Self::half_close) under the name of a moment.
    pub fn half_close_at(&self, moment: &str, k: usize) -> Case {
        let half = [Step::Act(Act::HalfClose), self.settled()];
        let steps = [&self.after(k)[..], &half, &self.close, &self.end].concat();
        self.case(
            "half-close",
            moment,
            "ends its sending half and reads on",
            steps,
        )
    }

    /// Returns the case of this name, in which the script says everything, and waits at each of the offsets `at`, in
    /// increasing order, until the program has read all before it.
    pub fn split(&self, name: &str, at: &[usize]) -> Case {
        let mut steps = self.opening.clone();
        let mut start = 0;
        for turn in &self.turns {
            steps.extend(turn.before.clone());
            let end = start + turn.says.len();
            let inside = at.iter().copied().filter(|&at| start < at && at < end);
            let mut sent = start;
            for stop in inside.chain([end]) {
                steps.extend(send(&turn.says[sent - start..stop - start]));
                steps.push(Step::Await(self.read));
                sent = stop;
            }
            start = end;
        }
        let steps = [&steps[..], &self.rest, &self.close, &self.end];
        self.case(
            "split",
            name,
            "sends what it says in several segments",
            steps.concat(),
        )
    }

    /// Returns the case of a client that says `k` bytes and no more, while a second one has the whole conversation.
    pub fn beside(&self, k: usize) -> Case {
        let second = [self.after(self.length()), self.close.clone()].concat();
        let second = second.into_iter().skip(self.opening.len());
        // What was typed for the first client is not typed again.
        let second = second.filter(|step| !matches!(step, Step::Feed(..) | Step::EndInput(_)));
        let steps = [
            self.after(k),
            // A server's threads print in any order unless each is given its time.
            vec![self.settled(), Step::Act(Act::TryConnect), self.settled()],
            second.collect(),
            vec![self.settled()],
        ];
        let about = "says no more after so many bytes, while a second client has the conversation";
        self.at("beside", k, about, steps.concat())
    }

    /// Returns the case in which the script says everything, as it was recorded.
    pub fn whole(&self, about: &'static str) -> Case {
        let steps = [
            self.after(self.length()),
            self.close.clone(),
            self.end.clone(),
        ]
        .concat();
        let name = format!("{}{}", self.prefix, self.scripted.name());
        Case::new(name, about, Participants::Scripted(self.scripted), steps)
    }

    /// Returns the steps in which the script says its first `k` bytes, up to where it may say the next one.
    pub fn after(&self, k: usize) -> Vec<Step> {
        let mut steps = self.opening.clone();
        let mut left = k;
        for turn in &self.turns {
            steps.extend(turn.before.clone());
            let said = left.min(turn.says.len());
            steps.extend(send(&turn.says[..said]));
            left -= said;
            if said < turn.says.len() {
                return steps;
            }
        }
        steps.extend(self.rest.clone());
        steps
    }

    fn settled(&self) -> Step {
        Step::Await(Await::Settled(self.scripted.other()))
    }

    fn at(&self, what: &str, k: usize, about: &'static str, steps: Vec<Step>) -> Case {
        self.case(what, &k.to_string(), about, steps)
    }

    fn case(&self, what: &str, name: &str, about: &'static str, steps: Vec<Step>) -> Case {
        let name = format!("{}{what}/{}/{name}", self.prefix, self.scripted.name());
        Case::new(name, about, Participants::Scripted(self.scripted), steps)
    }
}

/// Returns the step in which the script sends `bytes`, or no step if there are none.
pub fn send(bytes: &[u8]) -> Vec<Step> {
    match bytes {
        [] => Vec::new(),
        _ => vec![Step::Act(Act::Send(bytes.to_vec()))],
    }
}

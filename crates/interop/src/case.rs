//! A case: the programs that it needs, and the script that it takes them through.

use std::time::Duration;

use recorder::{InputFile, Program, Side, Step};

/// One situation that every pairing of programs is put into.
#[derive(Debug, Clone)]
pub struct Case {
    /// A path whose first part is the group: `length/65536`.
    pub name: String,
    /// Description in one line.
    pub about: &'static str,
    pub participants: Participants,
    pub steps: Vec<Step>,
    /// Arguments and files that the case adds to the client.
    pub client: Additions,
    pub server: Additions,
}

/// Arguments and files that a case adds to a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Additions {
    /// Arguments behind those of the program's command line.
    pub arguments: Vec<String>,
    /// Files and folders that are put into the program's working directory.
    pub files: Vec<InputFile>,
}

impl Additions {
    /// Adds them to `program`.
    pub fn add_to(&self, program: &mut Program) {
        program.command.extend(self.arguments.clone());
        program.files.extend(self.files.clone());
    }
}

impl Case {
    pub fn new(
        name: impl Into<String>,
        about: &'static str,
        participants: Participants,
        steps: Vec<Step>,
    ) -> Case {
        Case {
            name: name.into(),
            about,
            participants,
            steps,
            client: Additions::default(),
            server: Additions::default(),
        }
    }

    /// Returns whether a client starts while another one may run.
    pub fn runs_clients_beside_each_other(&self) -> bool {
        let starts = |step: &Step| matches!(step, Step::StartClient(2.., _));
        self.steps.iter().any(starts)
    }

    /// Returns the sum of the pauses in its script.
    pub fn pauses(&self) -> Duration {
        let pauses = self.steps.iter().map(|step| match step {
            Step::Pause(time) => *time,
            _ => Duration::ZERO,
        });
        pauses.sum()
    }
}

/// The programs that a case needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Participants {
    Both,
    ClientAlone,
    ServerAlone,
    /// The script plays this side, and a program plays the other.
    Scripted(Side),
}

impl Participants {
    /// Returns whether a program plays `side`.
    pub fn has_program(self, side: Side) -> bool {
        match self {
            Participants::Both => true,
            Participants::ClientAlone => side == Side::Client,
            Participants::ServerAlone => side == Side::Server,
            Participants::Scripted(scripted) => side != scripted,
        }
    }
}

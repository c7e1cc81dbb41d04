//! Plays a scenario with two programs and turns the recording into a ladder.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};

use super::messages;
use super::programs::Programs;
use super::scenario::Scenario;
use ::interop::programs::workspace;
use ladder::{Ladder, Lang, Player, order};
use recorder::{self, Isolation, Plan, Recording, Side, Step, Strace, namespace};

/// Names of the programs that play the two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pairing {
    pub(super) client: String,
    pub(super) server: String,
}

/// A scenario that was played, with its recording.
#[derive(Debug)]
pub(super) struct PlayedScenario {
    pub(super) recording: Recording,
    pub(super) ladder: Ladder,
    /// Folder with the captured packets, the consoles and strace's logs.
    pub(super) folder: PathBuf,
}

impl fmt::Display for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}__{}", self.client, self.server)
    }
}

impl Pairing {
    pub(super) fn name(&self, side: Side) -> &str {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }
}

impl PlayedScenario {
    /// Returns the time at which the recording began, as RFC 3339 in UTC.
    pub(super) fn played(&self) -> String {
        let began = SystemTime::UNIX_EPOCH + Duration::from_nanos(self.recording.started);
        humantime::format_rfc3339_seconds(began).to_string()
    }
}

/// Number of times that a conversation is played before an impossible order of events is an error.
const TRIES: usize = 3;

/// Plays `scenario` until its events are in an order that TCP allows, at most [`TRIES`] times.
///
/// On a busy machine an event sometimes gets its time stamp so late that the recorded order is impossible. Fails if a
/// program of a third party did not do what `scenario` is about.
pub(super) fn play(
    scenario: &Scenario,
    pairing: &Pairing,
    programs: &Programs,
    lang: Lang,
) -> Result<PlayedScenario> {
    let mut tries = 1;
    let run = loop {
        let run = play_once(scenario, pairing, programs, lang)?;
        let Err(error) = order::check(&run.ladder) else {
            break run;
        };
        if tries == TRIES {
            let (client, server) = (&pairing.client, &pairing.server);
            let folder = run.folder.display();
            return Err(error.context(format!(
                "{client} with server {server} cannot be drawn (the recording is in {folder})"
            )));
        }
        tries += 1;
        messages::say(
            lang,
            &format!("playing the scenario again, because {error:#}"),
        );
    };
    for side in Side::BOTH {
        if let Some(behaviour) = scenario.behaviour(side) {
            programs.check(pairing.name(side), side, behaviour, &run.ladder)?;
        }
    }
    Ok(run)
}

fn play_once(
    scenario: &Scenario,
    pairing: &Pairing,
    programs: &Programs,
    lang: Lang,
) -> Result<PlayedScenario> {
    let program = |side| match scenario.behaviour(side) {
        Some(behaviour) => {
            let (program, player) = programs.program(pairing.name(side), side, behaviour)?;
            anyhow::Ok((Some(program), player))
        }
        None => Ok((None, Player::plain(""))),
    };
    let (client, client_player) = program(Side::Client)?;
    let (server, server_player) = program(Side::Server)?;
    let is_rust = |side: &Side| pairing.name(*side) == "rust";
    let strace = which::which("strace").map(|path| Strace {
        path,
        stacks: Side::BOTH.into_iter().filter(is_rust).collect(),
    });
    let no_strace = strace.is_err();
    let folder = workspace::target()
        .join("lab")
        .join(scenario.name)
        .join(pairing.to_string());
    let plan = Plan {
        port: programs.port,
        client,
        server,
        steps: scenario.steps.clone(),
        deadline: Duration::from_secs(10),
        isolation: isolation(scenario, programs.port, lang)?,
        strace: strace.ok(),
        folder: folder.clone(),
    };
    let recording = recorder::record(&plan)?;
    if let Some(missed) = &recording.missed {
        messages::say(lang, missed);
    }
    let mut ladder =
        ladder::from_recording(&recording, client_player, server_player, programs.dissector);
    if no_strace {
        ladder.missing =
            vec!["no system calls were recorded; install strace: apt install strace".into()];
    }
    Ok(PlayedScenario {
        recording,
        ladder,
        folder,
    })
}

/// Returns a network namespace where there can be one, or else the machine's own network, which shows less.
fn isolation(scenario: &Scenario, port: u16, lang: Lang) -> Result<Isolation> {
    let Err(why) = namespace::available() else {
        return Ok(Isolation::Namespace);
    };
    let limits = |step: &Step| matches!(step, Step::LimitBacklog(_));
    if scenario.steps.iter().any(limits) {
        bail!(
            "the scenario {} needs a network namespace: {why:#}",
            scenario.name
        );
    }
    let notice = format!(
        "playing on this machine's port {port}, because there is no network namespace: {why:#}"
    );
    messages::say(lang, &notice);
    recorder::port_is_free(port)?;
    Ok(Isolation::None)
}

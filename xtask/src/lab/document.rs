//! A run of the lab as JSON; `docs/lab.schema.json` describes it.

use serde::Serialize;

use super::ladder::Ladder;
use super::scenario::Scenario;

/// What `schema` says.
const SCHEMA: &str = "hellohi-lab/1";

#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    scenario: &'static str,
    title: Title,
    runs: Vec<&'a Ladder>,
}

#[derive(Debug, Serialize)]
struct Title {
    zh: &'static str,
    en: &'static str,
}

impl<'a> Document<'a> {
    pub(super) fn new(scenario: &Scenario, runs: Vec<&'a Ladder>) -> Document<'a> {
        use super::caption::Lang::{En, Zh};
        Document {
            schema: SCHEMA,
            scenario: scenario.name,
            title: Title {
                zh: scenario.title(Zh),
                en: scenario.title(En),
            },
            runs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{kept, scenario};

    #[test]
    fn the_json_of_every_recording_is_as_its_schema_says() {
        let schema = include_str!("../../../docs/lab.schema.json");
        let schema = serde_json::from_str(schema).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for kept in kept::all() {
            let (ladder, scenario) = (
                kept.ladder().unwrap(),
                scenario::named(&kept.scenario).unwrap(),
            );
            let json = serde_json::to_value(Document::new(&scenario, vec![&ladder])).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&json)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", kept.scenario);
        }
    }
}

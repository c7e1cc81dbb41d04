//! Writes a run of the lab as JSON, which `docs/lab.schema.json` describes.

use serde::Serialize;

use crate::ladder::Ladder;

/// Value of `schema` in the document.
const SCHEMA: &str = "hellohi-lab/1";

#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    scenario: &'a str,
    title: Title<'a>,
    runs: Vec<&'a Ladder>,
}

#[derive(Debug, Serialize)]
struct Title<'a> {
    zh: &'a str,
    en: &'a str,
}

impl<'a> Document<'a> {
    /// Returns the document of a scenario's runs, with its title in Chinese and in English.
    pub fn new(scenario: &'a str, [zh, en]: [&'a str; 2], runs: Vec<&'a Ladder>) -> Document<'a> {
        Document {
            schema: SCHEMA,
            scenario,
            title: Title { zh, en },
            runs,
        }
    }
}

/// Asserts that `value` as JSON is as `schema` says.
#[cfg(test)]
pub(crate) fn assert_fits(schema: &str, value: impl Serialize) {
    let schema = serde_json::from_str(schema).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json = serde_json::to_value(value).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saved;

    #[test]
    fn the_json_of_every_recording_is_as_its_schema_says() {
        for saved in saved::examples() {
            let ladder = saved.ladder();
            let document = Document::new(&saved.scenario, ["标题", "a title"], vec![&ladder]);
            assert_fits(include_str!("../../../docs/lab.schema.json"), document);
        }
    }
}

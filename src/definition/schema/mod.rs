//! The file format of `pipeline.toml` as types, from which the JSON Schema is generated.
//!
//! Nothing is decoded into these types (decoding by hand finds every mistake); tests hold them against the decoder's
//! keys. The documentation of types and fields becomes the descriptions that editors show.

mod amplify;
mod build;
mod file;
mod imports;
mod overrides;
mod publish;
mod stage;
mod value;

pub use amplify::{Amplify, AmplifyMode, AmplifyStep};
pub use build::{Build, BuildEnvironment, Compute, Statement, Vpc};
pub use file::{
    Connection, ExecutionMode, File, GitHub, Pipeline, S3, SkipUnchanged, Source, UpdateOrder, UpdatePipeline,
};
pub use imports::{Import, ImportKind};
pub use overrides::{FunctionVariables, Grant, Override, RemovalPolicy};
pub use publish::PublishAssets;
pub use stage::{AlarmResult, Alarms, Approval, Asset, Capability, OnFailure, Stack, Stage, Step, StepInput, Window};
pub use value::{Element, Reference, Value};

/// The JSON Schema of `pipeline.toml` (draft 2020-12).
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(File)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fs_err as fs;
    use serde_json::Value as Json;

    use super::super::grammar;
    use super::*;

    fn parsed(file: &str) -> Json {
        let path = format!("{}/tests/ui/{file}", env!("CARGO_MANIFEST_DIR"));
        toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_decoder_knows() {
        let schema = json_schema().to_value();
        let tables = [
            (&grammar::ROOT, ""),
            (&grammar::PIPELINE, "Pipeline"),
            (&grammar::SOURCE, "Source"),
            (&grammar::GITHUB, "GitHub"),
            (&grammar::CONNECTION, "Connection"),
            (&grammar::PUSH, "Push"),
            (&grammar::PULL_REQUEST, "PullRequest"),
            (&grammar::S3, "S3"),
            (&grammar::BUILD, "Build"),
            (&grammar::STATEMENT, "Statement"),
            (&grammar::VPC, "Vpc"),
            (&grammar::UPDATE, "UpdatePipeline"),
            (&grammar::PUBLISH, "PublishAssets"),
            (&grammar::STAGE, "Stage"),
            (&grammar::WINDOW, "Window"),
            (&grammar::ALARMS, "Alarms"),
            (&grammar::APPROVAL, "Approval"),
            (&grammar::IMPORT, "Import"),
            (&grammar::STEP, "Step"),
            (&grammar::STACK, "Stack"),
            (&grammar::ASSET, "Asset"),
            (&grammar::AMPLIFY, "Amplify"),
            (&grammar::AMPX, "AmplifyStep"),
            (&grammar::OVERRIDE, "Override"),
            (&grammar::GRANT, "Grant"),
            (&grammar::VARIABLES, "FunctionVariables"),
            (&grammar::ASSEMBLY, "Assembly"),
            (&grammar::REFERENCE, "Reference"),
        ];
        assert_eq!(tables.len(), grammar::ALL.len());
        for (grammar, name) in tables {
            let table = if name.is_empty() { &schema } else { &schema["$defs"][name] };
            let known: BTreeSet<&str> = grammar.all().collect();
            let described: BTreeSet<&str> =
                table["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(described, known, "{}", grammar.title);
        }
    }

    #[test]
    fn the_schema_accepts_what_the_decoder_accepts() {
        let validator = jsonschema::validator_for(&json_schema().to_value()).unwrap();
        let complete = parsed("complete.toml");
        let errors: Vec<String> = validator.iter_errors(&complete).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        for refused in
            ["unknown-keys.toml", "wrong-types.toml", "missing.toml", "identifiers.toml", "amplify-programs.toml"]
        {
            assert!(!validator.is_valid(&parsed(refused)), "{refused}");
        }
    }
}

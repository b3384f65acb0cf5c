//! What is asked for of the client configuration of an Amplify backend.

use camino::Utf8PathBuf;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::destination::Written;
use crate::amplify::client::{ClientFormat, Document, OutputsVersion};
use crate::cli::global::FormatFlag;
use crate::cli::{Failure, Global, Ui, UsageError};
use crate::ops::outputs::{Found, client, exports};

/// What is asked for of the client configuration.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Client configuration of an Amplify backend")]
pub struct ClientArgs {
    /// Version of `amplify_outputs`; 0 is `amplifyconfiguration`, which the libraries of Gen 1 read [default: 1.5]
    #[arg(long, value_name = "VERSION", value_parser = versions())]
    outputs_version: Option<OutputsVersion>,

    /// Format of `amplify_outputs` [default: as the file's name ends, else json]
    #[arg(long, value_name = "FORMAT", value_parser = client_formats())]
    client_format: Option<ClientFormat>,

    /// The root template of a Gen 2 backend in its assembly (`cdk.out/NAME.template.json`), or a file with the template's
    /// metadata [default: that of the deployed stack]
    #[arg(long, value_name = "FILE")]
    template: Option<Utf8PathBuf>,

    /// A file with the introspection of the models of a Gen 2 backend [default: what the backend deploys]
    #[arg(long, value_name = "FILE")]
    introspection: Option<Utf8PathBuf>,

    /// Leave the introspection of the models out
    #[arg(long, conflicts_with = "introspection")]
    no_introspection: bool,

    /// The export of a Gen 1 backend (`amplify-export-NAME`) [default: what the deployed stacks tell]
    #[arg(long, value_name = "DIR")]
    export: Option<Utf8PathBuf>,
}

impl ClientArgs {
    /// Refuses what the format of the outputs has no use for.
    pub fn check(&self, format: FormatFlag) -> Result<(), UsageError> {
        let given = [
            ("--outputs-version", self.outputs_version.is_some(), FormatFlag::Amplify, "amplify"),
            ("--client-format", self.client_format.is_some(), FormatFlag::Amplify, "amplify"),
            ("--template", self.template.is_some(), FormatFlag::Amplify, "amplify"),
            ("--introspection", self.introspection.is_some(), FormatFlag::Amplify, "amplify"),
            ("--no-introspection", self.no_introspection, FormatFlag::Amplify, "amplify"),
            ("--export", self.export.is_some(), FormatFlag::AwsExports, "aws-exports"),
        ];
        match given.into_iter().find(|(_, is_given, wanted, _)| *is_given && *wanted != format) {
            None => Ok(()),
            Some((flag, _, _, name)) => Err(UsageError::new(format!("`{flag}` is of no use in this format"))
                .hint(format!("`--format {name}` is the one that it is for"))),
        }
    }

    /// The client configuration of a Gen 2 backend; `extension` is how the file ends that it goes to.
    pub async fn amplify(&self, ui: &Ui, stacks: &[Found], extension: Option<&str>) -> Result<Vec<Written>, Failure> {
        let by_name = || ClientFormat::ALL.into_iter().find(|format| Some(format.as_str()) == extension);
        let wanted = client::Wanted {
            version: self.outputs_version.unwrap_or_default(),
            format: self.client_format.or_else(by_name).unwrap_or_default(),
            template: self.template.as_deref(),
            introspection: match &self.introspection {
                _ if self.no_introspection => client::Introspection::None,
                Some(file) => client::Introspection::File(file),
                None => client::Introspection::Backend,
            },
        };
        Ok(vec![client::configuration(stacks, wanted, &ui.events()).await?.into()])
    }

    /// The client configuration of a Gen 1 backend.
    pub async fn aws_exports(&self, ui: &Ui, global: &Global, stacks: &[Found]) -> Result<Vec<Written>, Failure> {
        let known = exports::Known {
            export: self.export.as_deref(),
            region: global.aws.region.as_ref(),
            definition: &global.definition,
        };
        let documents = exports::configuration(stacks, known, &ui.events()).await?;
        Ok(documents.map(Written::from).into())
    }
}

impl From<Document> for Written {
    fn from(document: Document) -> Self {
        Self { file_name: document.file_name, text: document.text }
    }
}

fn versions() -> impl TypedValueParser<Value = OutputsVersion> {
    PossibleValuesParser::new(OutputsVersion::all().map(OutputsVersion::as_str)).try_map(|name| name.parse())
}

fn client_formats() -> impl TypedValueParser<Value = ClientFormat> {
    PossibleValuesParser::new(ClientFormat::ALL.map(ClientFormat::as_str))
        .map(|name| ClientFormat::ALL.into_iter().find(|format| format.as_str() == name).unwrap_or_default())
}

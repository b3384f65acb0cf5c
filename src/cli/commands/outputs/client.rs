//! What is asked for of the client configuration of an Amplify backend.

use camino::Utf8PathBuf;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::amplify::client::{ClientFormat, Document, OutputsVersion};
use crate::cli::{Failure, Ui, UsageError};
use crate::ops::outputs::Found;
use crate::ops::outputs::client::{Introspection, Wanted, configuration};

/// What is asked for of the client configuration.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Client configuration (--format amplify)")]
pub struct ClientArgs {
    /// Its version; 0 is `amplifyconfiguration`, which the libraries of Gen 1 read [default: 1.5]
    #[arg(long, value_name = "VERSION", value_parser = versions())]
    outputs_version: Option<OutputsVersion>,

    /// Its format [default: as the file's name ends, else json]
    #[arg(long, value_name = "FORMAT", value_parser = client_formats())]
    client_format: Option<ClientFormat>,

    /// The root template in its assembly (`cdk.out/NAME.template.json`), or a file with the template's metadata [default: that of
    /// the deployed stack]
    #[arg(long, value_name = "FILE")]
    template: Option<Utf8PathBuf>,

    /// A file with the introspection of the models [default: what the backend deploys]
    #[arg(long, value_name = "FILE")]
    introspection: Option<Utf8PathBuf>,

    /// Leave the introspection of the models out
    #[arg(long, conflicts_with = "introspection")]
    no_introspection: bool,
}

impl ClientArgs {
    /// Refuses what only the client configuration has.
    pub fn refuse(&self) -> Result<(), UsageError> {
        let given = [
            ("--outputs-version", self.outputs_version.is_some()),
            ("--client-format", self.client_format.is_some()),
            ("--template", self.template.is_some()),
            ("--introspection", self.introspection.is_some()),
            ("--no-introspection", self.no_introspection),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((flag, _)) => Err(UsageError::new(format!("`{flag}` is about the client configuration alone"))
                .hint("`--format amplify` writes it")),
        }
    }

    /// Makes the client configuration; `extension` is how the file ends that it goes to.
    pub async fn configuration(&self, ui: &Ui, stacks: &[Found], extension: Option<&str>) -> Result<Document, Failure> {
        let by_name = || ClientFormat::ALL.into_iter().find(|format| Some(format.as_str()) == extension);
        let wanted = Wanted {
            version: self.outputs_version.unwrap_or_default(),
            format: self.client_format.or_else(by_name).unwrap_or_default(),
            template: self.template.as_deref(),
            introspection: match &self.introspection {
                _ if self.no_introspection => Introspection::None,
                Some(file) => Introspection::File(file),
                None => Introspection::Backend,
            },
        };
        Ok(configuration(stacks, wanted, &ui.events()).await?)
    }
}

fn versions() -> impl TypedValueParser<Value = OutputsVersion> {
    PossibleValuesParser::new(OutputsVersion::all().map(OutputsVersion::as_str)).try_map(|name| name.parse())
}

fn client_formats() -> impl TypedValueParser<Value = ClientFormat> {
    PossibleValuesParser::new(ClientFormat::ALL.map(ClientFormat::as_str))
        .map(|name| ClientFormat::ALL.into_iter().find(|format| format.as_str() == name).unwrap_or_default())
}

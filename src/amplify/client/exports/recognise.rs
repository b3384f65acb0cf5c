//! What a nested stack is made with, where no export tells: by its logical id, its outputs and its parameters.

use indexmap::IndexMap;
use serde_json::Value;

/// What gives a service away.
enum Mark {
    Output(&'static str),
    Parameter(&'static str),
    ParameterOf(&'static str, &'static str),
}

use Mark::{Output, Parameter, ParameterOf};

/// Services: the category with which the logical id begins, the mark, and the service's name. The first that fits counts.
const SERVICES: [(&str, Mark, &str); 20] = [
    ("auth", Output("UserPoolId"), "Cognito"),
    ("auth", Output("IdentityPoolId"), "Cognito"),
    ("api", Output("GraphQLAPIEndpointOutput"), "AppSync"),
    ("api", Output("RootUrl"), "API Gateway"),
    ("storage", Output("BucketName"), "S3"),
    ("storage", Output("PartitionKeyName"), "DynamoDB"),
    ("analytics", Output("Id"), "Pinpoint"),
    ("notifications", Output("Id"), "Pinpoint"),
    ("hosting", Output("HostingBucketName"), "S3AndCloudFront"),
    ("interactions", Output("BotName"), "Lex"),
    ("geo", Output("Style"), "Map"),
    ("geo", Parameter("indexName"), "PlaceIndex"),
    ("geo", Parameter("collectionName"), "GeofenceCollection"),
    ("predictions", ParameterOf("convertType", "translateText"), "Translate"),
    ("predictions", ParameterOf("convertType", "speechGenerator"), "Polly"),
    ("predictions", ParameterOf("convertType", "transcription"), "Transcribe"),
    ("predictions", ParameterOf("identifyType", "identifyText"), "RekognitionAndTextract"),
    ("predictions", Parameter("identifyType"), "Rekognition"),
    ("predictions", Parameter("interpretType"), "Comprehend"),
    ("predictions", Parameter("inferType"), "SageMaker"),
];

/// The name of the service that a nested stack is made with, if clients are told of it.
pub fn recognise(
    logical_id: &str,
    outputs: &IndexMap<String, String>,
    parameters: &IndexMap<String, Value>,
) -> Option<&'static str> {
    let fits = |mark: &Mark| match mark {
        Output(name) => outputs.contains_key(*name),
        Parameter(name) => parameters.contains_key(*name),
        ParameterOf(name, value) => parameters.get(*name).is_some_and(|given| given == value),
    };
    let (_, _, service) = SERVICES.iter().find(|(category, mark, _)| logical_id.starts_with(category) && fits(mark))?;
    Some(service)
}

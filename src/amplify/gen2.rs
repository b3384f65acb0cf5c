//! Amplify Gen 2 backends: what their programs are told. Pure.
//!
//! A program (`amplify/backend.ts`) is a CDK app that is told by its context what it is deployed as. It needs neither AWS nor
//! the network, and writes an ordinary cloud assembly. All names in that are made of the identity, hence each stage has a
//! synthesis of its own.

use serde_json::json;

use crate::definition::BackendIdentity;
use crate::id::Qualifier;

/// The variable that tells a CDK app where to write its assembly.
pub const OUT_VARIABLE: &str = "CDK_OUTDIR";
/// The variable with a CDK app's context.
pub const CONTEXT_VARIABLE: &str = "CDK_CONTEXT_JSON";

/// The context that a program is run with. Its templates have the paths of their constructs, as those of the CDK CLI do.
pub fn context(identity: &BackendIdentity, qualifier: &Qualifier) -> String {
    let mut context = json!({
        "amplify-backend-type": identity.kind.as_str(),
        "amplify-backend-namespace": identity.namespace,
        "amplify-backend-name": identity.name,
        "aws:cdk:enable-path-metadata": true,
        "aws:cdk:enable-asset-metadata": true,
    });
    if *qualifier != Qualifier::default() {
        context["@aws-cdk/core:bootstrapQualifier"] = json!(qualifier.as_str());
    }
    context.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::BackendKind;

    #[test]
    fn a_program_is_told_its_identity_and_where_to_publish() {
        let identity =
            BackendIdentity { kind: BackendKind::Standalone, namespace: "shop".to_owned(), name: "Beta".to_owned() };
        let told = |qualifier: &Qualifier| -> serde_json::Value {
            serde_json::from_str(&context(&identity, qualifier)).expect("JSON")
        };
        let usual = told(&Qualifier::default());
        assert_eq!(usual["amplify-backend-type"], "standalone");
        assert_eq!(usual["amplify-backend-namespace"], "shop");
        assert_eq!(usual["amplify-backend-name"], "Beta");
        assert_eq!(usual["@aws-cdk/core:bootstrapQualifier"], json!(null));
        let other = "other".parse().expect("a qualifier");
        assert_eq!(told(&other)["@aws-cdk/core:bootstrapQualifier"], "other");
    }
}

//! What executions that run in parallel have for themselves.

use std::collections::BTreeSet;

use super::*;

#[test]
fn parallel_executions_have_change_sets_of_their_own() {
    let mode = |mode: &str| RICH.replace("execution-mode = \"queued\"", &format!("execution-mode = \"{mode}\""));
    let names = |mode_text: &str| -> BTreeSet<String> {
        let stages = rendered(mode_text).pipeline["Resources"]["Pipeline"]["Properties"]["Stages"].clone();
        let actions = stages.as_array().expect("stages").iter().flat_map(|stage| stage["Actions"].as_array()).flatten();
        let configurations = actions.map(|action| &action["Configuration"]);
        let of_stacks = configurations.clone().filter_map(|it| Some(it["ChangeSetName"].as_str()?.to_owned()));
        let reviewed = configurations.filter_map(|it| {
            let variables: Value = serde_json::from_str(it["EnvironmentVariables"].as_str()?).expect("JSON");
            let of_review = variables.as_array()?.iter().find(|variable| variable["name"] == "PIPECTL_CHANGE_SET")?;
            Some(of_review["value"].as_str()?.to_owned())
        });
        of_stacks.chain(reviewed).collect()
    };
    let own = "pipectl-#{codepipeline.PipelineExecutionId}".to_owned();
    assert_eq!(names(&mode("parallel")), BTreeSet::from([own]));
    for alone in ["superseded", "queued"] {
        assert_eq!(names(&mode(alone)), BTreeSet::from(["pipectl-change".to_owned()]));
    }
    // The guard tells change sets that are left over by how their executions do.
    let looks = |mode_text: &str| allowed(&role_of(mode_text, &RoleOwner::Guard), "codepipeline:GetPipelineExecution");
    let pipeline = r#"{"Fn::Sub":"arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:rich"}"#;
    assert_eq!(looks(&mode("parallel")), [pipeline]);
    assert_eq!(looks(RICH), Vec::<String>::new());
}

//! What the pipeline stack promises, asserted as data.

mod parallel;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::{Effect, PipelineStacks, Role, RoleOwner, StageList, remembered, render, roles};
use crate::definition::{AssemblyOrigin, AssemblyReference, Definition, Images, Origin, Selection, Target, decode};
use crate::graph::{self, ActionKind};

const MINIMAL: &str = include_str!("../../tests/fixtures/definitions/minimal/pipeline.toml");
pub(super) const RICH: &str = include_str!("../../tests/fixtures/definitions/rich/pipeline.toml");
pub(super) const GUARDED: &str = include_str!("../../tests/fixtures/definitions/guarded/pipeline.toml");

fn definition(text: &str) -> Definition {
    decode(Utf8Path::new("pipeline.toml"), text).expect("the fixture is valid").0
}

pub(super) fn rendered(text: &str) -> PipelineStacks {
    let definition = definition(text);
    let graph = graph::build(&definition).expect("the fixture can be laid out");
    render(&definition, &graph, Utf8Path::new("pipeline.toml")).expect("the fixture is within all limits")
}

fn role_of(text: &str, owner: &RoleOwner) -> Role {
    let definition = definition(text);
    let graph = graph::build(&definition).expect("the fixture can be laid out");
    roles(&definition, &graph).into_iter().find(|role| role.owner == *owner).expect("the role is there")
}

/// The resources on which a role is allowed an action, as texts.
fn allowed(role: &Role, action: &str) -> Vec<String> {
    role.statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
        .filter(|statement| statement.actions.iter().any(|allowed| allowed == action))
        .flat_map(|statement| statement.resources.iter().map(ToString::to_string))
        .collect()
}

#[test]
fn build_can_assume_no_role() {
    for text in [MINIMAL, RICH] {
        let role = role_of(text, &RoleOwner::Build);
        assert_eq!(allowed(&role, "sts:AssumeRole"), Vec::<String>::new());
        assert!(role.statements.iter().any(|statement| statement.effect == Effect::Deny
            && statement.actions == ["sts:AssumeRole"]
            && statement.resources == ["*"]));
    }
}

#[test]
fn update_reaches_only_the_pipelines_own_account_and_the_pipeline_itself() {
    let role = role_of(RICH, &RoleOwner::Update);
    let assumed = allowed(&role, "sts:AssumeRole");
    assert!(assumed.iter().all(|arn| arn.contains("::111111111111:role/cdk-hnb659fds-")), "{assumed:?}");
    assert!(assumed.iter().all(|arn| arn.contains("deploy-role") || arn.contains("file-publishing-role")));
    assert_eq!(assumed.len(), 6, "two roles in the pipeline's region and in each of two support regions");
    assert_eq!(
        allowed(&role, "codepipeline:StartPipelineExecution"),
        [r#"{"Fn::Sub":"arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:rich"}"#]
    );
    let token = allowed(&role_of(MINIMAL, &RoleOwner::Update), "secretsmanager:GetSecretValue");
    assert_eq!(token.len(), 1);
    assert!(token[0].ends_with(r#":secret:github-token-??????"}"#), "{token:?}");
    // A secret that is encrypted with a key of the user's is read only by who may use the key.
    let minimal = role_of(MINIMAL, &RoleOwner::Update);
    let key = minimal.statements.iter().find(|statement| statement.actions == ["kms:Decrypt"]).unwrap();
    let condition = key.condition.as_ref().unwrap();
    assert_eq!(condition["StringLike"]["kms:EncryptionContext:SecretARN"].to_string(), token[0]);
    assert!(condition["StringEquals"]["kms:ViaService"].to_string().contains("secretsmanager."), "{condition}");
}

#[test]
fn only_approvals_that_may_pass_by_themselves_are_answered_by_a_build() {
    let stage = |name: &str, when: &str| {
        format!(
            "[[stage]]\nname = \"{name}\"\napproval = {{ when = \"{when}\" }}\n\
             [[stage.stack]]\nname = \"app\"\ntemplate = \"app.yaml\"\n"
        )
    };
    let text = format!("{MINIMAL}{}{}", stage("Easy", "changes"), stage("Strict", "always"));
    let answered = allowed(&role_of(&text, &RoleOwner::AutoApprove), "codepipeline:PutApprovalResult");
    assert_eq!(answered.len(), 1, "{answered:?}");
    assert!(answered[0].ends_with(r#":minimal/Easy/Approve"}"#), "{answered:?}");
}

#[test]
fn publishing_cannot_deploy() {
    let assumed = allowed(&role_of(RICH, &RoleOwner::Publish), "sts:AssumeRole");
    assert_eq!(assumed.len(), 3, "one role in each environment");
    assert!(assumed.iter().all(|arn| arn.contains("file-publishing-role")), "{assumed:?}");
}

#[test]
fn publishing_sees_what_its_own_pipeline_did_and_notes_what_it_does() {
    let role = role_of(MINIMAL, &RoleOwner::Publish);
    let own = r#"{"Fn::Sub":"arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:minimal"}"#;
    let of_codepipeline: Vec<&String> = role
        .statements
        .iter()
        .flat_map(|statement| &statement.actions)
        .filter(|action| action.starts_with("codepipeline:"))
        .collect();
    assert_eq!(of_codepipeline, ["codepipeline:GetPipelineState", "codepipeline:ListPipelineExecutions"]);
    assert_eq!(allowed(&role, of_codepipeline[0]), [own]);
    assert_eq!(allowed(&role, "s3:PutObject"), [r#"{"Fn::Sub":"${ArtifactBucket.Arn}/.pipectl/stages/*"}"#]);
    // Where nothing is skipped, nothing is to be seen.
    for never in ["skip-unchanged = \"never\"", "execution-mode = \"parallel\""] {
        let text = MINIMAL.replace("[pipeline]\n", &format!("[pipeline]\n{never}\n"));
        let role = role_of(&text, &RoleOwner::Publish);
        assert_eq!(allowed(&role, "codepipeline:GetPipelineState"), Vec::<String>::new());
        assert_eq!(allowed(&role, "s3:PutObject"), Vec::<String>::new());
        let pipeline = rendered(&text).pipeline["Resources"]["Pipeline"]["Properties"].clone();
        assert!(!pipeline.to_string().contains("BeforeEntry"));
        assert_eq!(pipeline["Variables"], Value::Null);
    }
}

#[test]
fn an_unchanged_stage_is_skipped_by_a_condition() {
    let pipeline = rendered(MINIMAL).pipeline["Resources"]["Pipeline"]["Properties"].clone();
    let stages = pipeline["Stages"].as_array().expect("stages").clone();
    let (own, users) = stages.split_at(4);
    assert!(own.iter().all(|stage| stage["BeforeEntry"].is_null()));
    let condition = &users[0]["BeforeEntry"]["Conditions"][0];
    assert_eq!(condition["Result"], "SKIP");
    assert_eq!(
        condition["Rules"][0]["Configuration"],
        json!({
            "Variable": "#{PublishAssets.PIPECTL_STAGES}",
            "Operator": "CONTAINS",
            "Value": format!("/{}/", users[0]["Name"].as_str().expect("a name")),
        })
    );
    let publish = &own[3]["Actions"][0];
    assert_eq!(publish["Namespace"], "PublishAssets");
    assert_eq!(pipeline["Variables"][0]["Name"], "SkipUnchanged");
}

/// A stage of a rendered pipeline.
fn stage_of(text: &str, name: &str) -> Value {
    let stages = rendered(text).pipeline["Resources"]["Pipeline"]["Properties"]["Stages"].clone();
    stages.as_array().expect("stages").iter().find(|stage| stage["Name"] == name).expect("the stage").clone()
}

/// The only condition at a place of a stage: its result, and the name, the region and the configuration of its rules.
fn condition(stage: &Value, place: &str) -> (Value, Vec<Value>) {
    let conditions = stage[place]["Conditions"].as_array().expect("conditions");
    assert_eq!(conditions.len(), 1, "CodePipeline allows one");
    let rules = conditions[0]["Rules"].as_array().expect("rules").iter();
    let told = rules.map(|rule| json!([rule["Name"], rule["Region"], rule["Configuration"]])).collect();
    (conditions[0]["Result"].clone(), told)
}

#[test]
fn windows_and_alarms_are_conditions_of_their_stage() {
    let world = stage_of(GUARDED, "world");
    let berlin = json!({ "Cron": "* * 9-16 ? * MON-FRI", "TimeZone": "Europe/Berlin" });
    let before =
        vec![json!(["Window", null, berlin]), json!(["AlarmBefore-incident", null, { "AlarmName": "incident" }])];
    assert_eq!(condition(&world, "BeforeEntry"), (json!("FAIL"), before));
    // An alarm that both watch is watched once, for the longer time.
    let (result, after) = condition(&world, "OnSuccess");
    assert_eq!(
        (result, &after[0]),
        (json!("ROLLBACK"), &json!(["AlarmAfter-errors", null, { "AlarmName": "errors", "WaitTime": "45" }]))
    );
    let name = after[1][0].as_str().expect("a name");
    assert!(name.starts_with("AlarmAfter-eu-west-1-latency----p99--") && name.len() <= 100, "{name}");
    assert_eq!(after[1][1], "eu-west-1");
    assert_eq!(after[1][2], json!({ "AlarmName": "latency: ${p99}", "WaitTime": "30" }));
    assert_eq!(after.len(), 2);
    assert_eq!(world["OnFailure"], json!({ "Result": "ROLLBACK" }));

    let partner = stage_of(GUARDED, "Partner");
    assert_eq!(condition(&partner, "OnSuccess").0, "FAIL");
    let rule = &partner["OnSuccess"]["Conditions"][0]["Rules"][0];
    assert_eq!(rule["RoleArn"], "arn:aws:iam::222222222222:role/alarms");
    assert_eq!(partner["OnFailure"], Value::Null);
}

#[test]
fn a_change_set_is_made_again_when_a_stage_is_tried_again() {
    let retried = |mode: &str| json!({ "Result": "RETRY", "RetryConfiguration": { "RetryMode": mode } });
    assert_eq!(stage_of(GUARDED, "Staging")["OnFailure"], retried("ALL_ACTIONS"));
    assert_eq!(stage_of(GUARDED, "Probe")["OnFailure"], retried("FAILED_ACTIONS"));
}

#[test]
fn only_the_alarms_that_are_named_can_be_looked_at() {
    let looked_at = |text: &str, owner: &RoleOwner| allowed(&role_of(text, owner), "cloudwatch:DescribeAlarms");
    let alarm = |place: &str, name: &str| {
        format!(r#"{{"Fn::Sub":"arn:${{AWS::Partition}}:cloudwatch:{place}:111111111111:alarm:{name}"}}"#)
    };
    assert_eq!(
        looked_at(GUARDED, &RoleOwner::Pipeline),
        [alarm("eu-west-1", "latency: ${!p99}"), alarm("us-east-1", "errors"), alarm("us-east-1", "incident")]
    );
    // Those of another account are looked at with its role alone.
    let assumed = allowed(&role_of(GUARDED, &RoleOwner::Pipeline), "sts:AssumeRole");
    assert!(assumed.contains(&r#""arn:aws:iam::222222222222:role/alarms""#.to_owned()), "{assumed:?}");
    for text in [MINIMAL, RICH] {
        assert_eq!(looked_at(text, &RoleOwner::Pipeline), Vec::<String>::new());
    }
    for owner in [RoleOwner::Build, RoleOwner::Update, RoleOwner::Publish] {
        assert_eq!(looked_at(GUARDED, &owner), Vec::<String>::new());
    }
}

#[test]
fn a_stages_layout_changes_with_what_runs_in_it_and_with_nothing_else() {
    let layouts = |text: &str| {
        let definition = definition(text);
        let graph = graph::build(&definition).expect("it can be laid out");
        let stacks = render(&definition, &graph, Utf8Path::new("pipeline.toml")).expect("within all limits");
        let list = StageList::of(&definition, &graph, &stacks.pipeline);
        let template = Value::Object(stacks.pipeline).to_string();
        assert!(template.contains(&list.layout()), "PublishAssets is told what the stages are");
        list.stages.into_iter().map(|stage| stage.layout).collect::<Vec<_>>()
    };
    let tables = |step: &str| {
        format!(
            "{MINIMAL}\n[[stage.after]]\nname = \"check\"\ncommands = [\"true\"]\n{step}\
             [[stage]]\nname = \"Next\"\n[[stage.stack]]\nname = \"app\"\ntemplate = \"app.yaml\"\n"
        )
    };
    let before = layouts(&tables(""));
    for change in ["compute = \"large\"\n", "managed-policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n"] {
        let after = layouts(&tables(change));
        assert_ne!(before[0], after[0], "{change}");
        assert_eq!(before[1], after[1], "{change}");
    }
    assert_eq!(before, layouts(&format!("{}[build]\ncompute = \"large\"\n", tables(""))));
}

#[test]
fn images_are_published_where_the_definition_says_so() {
    let project = |text: &str| rendered(text).pipeline["Resources"]["PublishAssetsProject"]["Properties"].clone();
    assert_eq!(project(MINIMAL)["Environment"]["PrivilegedMode"], false);
    let text = format!("{MINIMAL}\n[publish-assets]\nprivileged = true\ncompute = \"large\"\ntimeout = 90\n");
    assert_eq!(project(&text)["Environment"]["PrivilegedMode"], true);
    assert_eq!(project(&text)["Environment"]["ComputeType"], "BUILD_GENERAL1_LARGE");
    assert_eq!(project(&text)["TimeoutInMinutes"], 90);
}

#[test]
fn an_assemblys_stack_brings_its_own_roles() {
    let mut definition = definition(MINIMAL);
    let stack = &mut definition.stages[0].stacks[0];
    stack.target = Target { account: "222222222222".parse().ok(), region: "eu-west-1".parse().ok() };
    let arn =
        |kind: &str| format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/team-{kind}-${{AWS::Region}}");
    stack.origin = Origin::Assembly(Box::new(AssemblyOrigin {
        assembly: "cdk.out".into(),
        folder: "".into(),
        artifact: "App".to_owned(),
        deploy_role: Some(arn("deploy")),
        execution_role: Some(arn("exec")),
        publishing_roles: [arn("files"), arn("images")].into(),
        images: Images::Some,
        toolkit: None,
    }));
    let graph = graph::build(&definition).expect("the definition can be laid out");
    let publish = roles(&definition, &graph).into_iter().find(|role| role.owner == RoleOwner::Publish).expect("a role");
    assert_eq!(
        allowed(&publish, "sts:AssumeRole"),
        ["files", "images"].map(|kind| format!(
            r#"{{"Fn::Sub":"arn:${{AWS::Partition}}:iam::222222222222:role/team-{kind}-eu-west-1"}}"#
        ))
    );
    let stacks = render(&definition, &graph, Utf8Path::new("pipeline.toml")).expect("within all limits");
    let template = Value::Object(stacks.pipeline.clone());
    assert_eq!(template["Resources"]["PublishAssetsProject"]["Properties"]["Environment"]["PrivilegedMode"], true);
    assert!(template.to_string().contains("role/team-exec-eu-west-1"));

    definition.stages[0].assemblies = vec![AssemblyReference {
        path: "cdk.out".into(),
        selection: Selection::Stage("Prod".to_owned()),
        parameters: Default::default(),
    }];
    let stacks = render(&definition, &graph, Utf8Path::new("pipeline.toml")).expect("within all limits");
    let remembered = remembered(&stacks.pipeline);
    let mut expected = definition.stages[0].stacks[0].clone();
    expected.parameters.clear();
    assert_eq!(remembered[&definition.stages[0].name], [expected]);
}

#[test]
fn policies_name_resources() {
    // Where the service knows no narrower resource, or a condition narrows the statement, a star may stand.
    let exceptions = ["codeartifact:GetAuthorizationToken"];
    for text in [MINIMAL, RICH, GUARDED] {
        let definition = definition(text);
        let graph = graph::build(&definition).expect("the fixture can be laid out");
        for role in roles(&definition, &graph) {
            for statement in role.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
                let is_open = statement.resources.iter().any(|resource| resource == "*");
                let is_exception = statement.actions.iter().all(|action| exceptions.contains(&action.as_str()));
                assert!(!is_open || is_exception, "{}: {:?}", role.logical_id, statement.actions);
                assert!(!statement.actions.iter().any(|action| action == "*"), "{}", role.logical_id);
            }
        }
    }
}

#[test]
fn the_token_is_only_a_reference_and_signs_nothing() {
    let template = Value::Object(rendered(MINIMAL).pipeline);
    let text = template.to_string();
    assert_eq!(text.matches("resolve:secretsmanager:github-token").count(), 1, "in the source action only");
    let webhook = &template["Resources"]["Webhook"]["Properties"]["AuthenticationConfiguration"];
    assert_eq!(webhook["SecretToken"]["Fn::Sub"], "{{resolve:secretsmanager:${WebhookSecret}:SecretString}}");
}

#[test]
fn a_run_starts_three_builds_and_one_per_step_and_guard() {
    let count = |text: &str| {
        let graph = graph::build(&definition(text)).expect("the fixture can be laid out");
        let name = definition(text).name;
        graph.actions().filter(|(_, action)| super::project_name(&name, &action.kind).is_some()).count()
    };
    assert_eq!(count(MINIMAL), 3);
    // Build, two updates, publishing; two steps; a guard across accounts; a review; two stages with protected stacks.
    assert_eq!(count(RICH), 4 + 2 + 1 + 1 + 2);
}

#[test]
fn a_changed_template_or_step_leaves_other_logical_ids_alone() {
    let before = rendered(MINIMAL).pipeline;
    let more = format!("{MINIMAL}\n[[stage.after]]\nname = \"check\"\ncommands = [\"true\"]\n");
    let after = rendered(&more).pipeline;
    for (logical_id, resource) in before["Resources"].as_object().expect("resources") {
        if !["Pipeline", "PipelineRole"].contains(&logical_id.as_str()) {
            assert_eq!(after["Resources"].get(logical_id), Some(resource), "{logical_id}");
        }
    }
}

#[test]
fn stages_are_packed_only_when_there_is_no_room() {
    let many = |number: usize| {
        let stages: String = (0..number)
            .map(|index| {
                format!("[[stage]]\nname = \"S{index:03}\"\n[[stage.stack]]\nname = \"a\"\ntemplate = \"a.yaml\"\n")
            })
            .collect();
        let text = format!("[pipeline]\nname = \"wide\"\n[source.s3]\nbucket = \"b-b\"\nkey = \"k.zip\"\n{stages}");
        graph::build(&definition(&text))
    };
    let fitting = many(46).expect("46 stages fit");
    assert_eq!(fitting.stages.len(), 50);
    assert_eq!(fitting.stages[4].name, "S000");
    let packed = many(100).expect("100 stages fit when packed");
    assert!(packed.stages.len() <= 50);
    assert_eq!(packed.stages[4].name, "S000..S002");
    let names: Vec<&str> = packed.stages[4].actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(
        names,
        ["S000.a.Prepare", "S000.a.Deploy", "S001.a.Prepare", "S001.a.Deploy", "S002.a.Prepare", "S002.a.Deploy"]
    );
    assert_eq!(packed.stages[4].actions.iter().map(|action| action.run_order).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let shown = packed.show();
    assert!(
        shown.contains("S000..S002  skipped while unchanged\n      packed: S000, S001, S002 share one stage"),
        "{shown}"
    );
    assert!(shown.contains("none has its own transition, queue of executions, retry of all actions, roll-back"));
    assert!(!fitting.show().contains("packed"));
    let json = serde_json::to_value(&packed.stages[4]).expect("a graph is data");
    assert_eq!(json["packed"]["members"], serde_json::json!(["S000", "S001", "S002"]));
    assert_eq!(json["packed"]["losses"][0], "transition");
    let refused = many(1650).expect_err("1,000 actions too many");
    let finding = &refused.diagnostics[0];
    assert_eq!(
        finding.message,
        "the pipeline needs 70 stages for its 3305 actions, packed as far as they go; CodePipeline allows 50 stages of \
         50 actions"
    );
    assert!(finding.help[0].contains("split the pipeline"), "{:?}", finding.help);
}

/// Sequential stages of two stacks with three assets each, with an approval and a step.
fn large(stages: usize, also: &str) -> String {
    let mut text = "[pipeline]\nname = \"large\"\naccount = \"111111111111\"\nregion = \"eu-west-1\"\n\
                    [source.s3]\nbucket = \"b-b\"\nkey = \"k.zip\"\n"
        .to_owned();
    for stage in 0..stages {
        text.push_str(&format!("[[stage]]\nname = \"Stage{stage:03}\"\n{also}"));
        for stack in 0..2 {
            text.push_str(&format!("[[stage.stack]]\nname = \"stack{stack}\"\ntemplate = \"app.yaml\"\n"));
            for asset in 0..3 {
                text.push_str(&format!(
                    "[[stage.stack.asset]]\nname = \"asset{asset}\"\npath = \"asset{asset}\"\n\
                     bucket-parameter = \"Bucket{asset}\"\nkey-parameter = \"Key{asset}\"\n"
                ));
            }
        }
    }
    text
}

#[test]
fn a_hundred_stages_of_two_stacks_with_three_assets_are_within_every_limit() {
    let also = "approval = {}\n[[stage.after]]\nname = \"check\"\ncommands = [\"make check\"]\n";
    for text in [large(100, ""), large(60, also)] {
        let definition = definition(&text);
        let graph = graph::build(&definition).expect("it can be laid out");
        assert!(graph.stages.len() <= 50, "{}", graph.stages.len());
        assert!(graph.stages.iter().all(|stage| stage.actions.len() <= 50));
        let deployed = graph.actions().filter(|(_, action)| matches!(action.kind, ActionKind::Deploy(_))).count();
        assert_eq!(deployed, definition.stages.len() * 2);
        // Template, resources, policies, buildspecs and configurations are checked here.
        let stacks = render(&definition, &graph, Utf8Path::new("pipeline.toml")).expect("it is within all limits");
        let template = Value::Object(stacks.pipeline).to_string();
        assert!(template.len() < 1024 * 1024, "{}", template.len());
    }
}

#[test]
fn a_stage_of_too_many_actions_is_refused() {
    let stacks: String =
        (0..30).map(|stack| format!("[[stage.stack]]\nname = \"s{stack}\"\ntemplate = \"app.yaml\"\n")).collect();
    let report = graph::build(&definition(&format!("{MINIMAL}\n[[stage]]\nname = \"Wide\"\n{stacks}")));
    let finding = &report.expect_err("ten actions too many").diagnostics[0];
    assert_eq!(finding.message, "stage `Wide` needs 60 actions; CodePipeline allows 50");
    assert!(finding.help[0].contains("over two stages"), "{:?}", finding.help);
}

#[test]
fn too_many_rights_are_counted_as_the_service_counts_them() {
    let also = "[[stage.after]]\nname = \"check\"\ncommands = [\"make check\"]\n\
                [[stage.after]]\nname = \"check-again\"\ncommands = [\"make check\"]\n";
    let definition = definition(&large(70, also));
    let graph = graph::build(&definition).expect("it can be laid out");
    let report = render(&definition, &graph, Utf8Path::new("pipeline.toml")).expect_err("the pipeline's role is full");
    let finding = &report.diagnostics[0];
    assert!(finding.message.starts_with("characters of the policies of `PipelineRole`: 1"), "{}", finding.message);
    assert!(finding.message.ends_with("but the service allows 10240"), "{}", finding.message);
    assert!(finding.help[0].contains("fewer steps"), "{:?}", finding.help);
}

#[test]
fn what_exceeds_a_limit_is_refused_with_number_limit_and_remedy() {
    let command = format!("\"echo {}\"", "x".repeat(30_000));
    let long = format!("{MINIMAL}\n[[stage.after]]\nname = \"check\"\ncommands = [{command}]\n");
    let definition = definition(&long);
    let graph = graph::build(&definition).expect("the layout is fine");
    let report = render(&definition, &graph, Utf8Path::new("pipeline.toml")).expect_err("the buildspec is too long");
    let diagnostic = &report.diagnostics[0];
    assert!(diagnostic.message.contains("25600"), "{}", diagnostic.message);
    assert!(diagnostic.help[0].contains("script"), "{:?}", diagnostic.help);
}

#[test]
fn filters_of_a_connection_become_triggers() {
    let source = r#"
        [source.connection]
        arn = "arn:aws:codeconnections:eu-west-1:111111111111:connection/x"
        repository = "octo-org/shop"
        [[source.connection.push]]
        branches = ["main", "release/**", "!release/old"]
        paths = ["web/**"]
        [[source.connection.push]]
        tags = ["v*"]
        [[source.connection.pull-request]]
        events = ["open", "updated"]
    "#;
    let start = MINIMAL.find("[source.github]").expect("a source");
    let end = MINIMAL[start + 1..].find("\n[").expect("a table after it") + start + 1;
    let text = format!("{}{source}{}", &MINIMAL[..start], &MINIMAL[end..]);
    let pipeline = rendered(&text).pipeline["Resources"]["Pipeline"]["Properties"].clone();
    assert_eq!(
        pipeline["Triggers"],
        json!([{
            "ProviderType": "CodeStarSourceConnection",
            "GitConfiguration": {
                "SourceActionName": "Source",
                "Push": [
                    {
                        "Branches": { "Includes": ["main", "release/**"], "Excludes": ["release/old"] },
                        "FilePaths": { "Includes": ["web/**"] },
                    },
                    { "Tags": { "Includes": ["v*"] } },
                ],
                "PullRequest": [{ "Branches": { "Includes": ["main"] }, "Events": ["OPEN", "UPDATED"] }],
            },
        }])
    );
    assert_eq!(rendered(MINIMAL).pipeline["Resources"]["Pipeline"]["Properties"]["Triggers"], Value::Null);
}

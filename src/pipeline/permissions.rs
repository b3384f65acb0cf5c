//! The roles of the pipeline stack and what each may do, as data.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bucket::{self, Encryption};
use super::environment::{Place, RoleKind, all_publishing_roles, deploy_roles, other_accounts, role, support_regions};
use super::policy::Statement;
use super::{NOTES, ampx, images, imports, names, parameter};
use crate::cfn::intrinsic::{attribute, substitute};
use crate::definition::{BuildEnvironment, Definition, ExecutionMode, Source};
use crate::graph::{Action, ActionKind, AlarmRule, PipelineGraph, PipelineStage, Rule, StepKey};
use crate::id::Name;

/// What a build needs in a network of the user's, on any resource.
pub const NETWORK_ACTIONS: [&str; 7] = [
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];

/// What it needs besides, on its own network interfaces.
pub const NETWORK_PERMISSION: &str = "ec2:CreateNetworkInterfacePermission";

/// Whose role it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleOwner {
    /// CodePipeline itself.
    Pipeline,
    /// The user's build.
    Build,
    /// UpdatePipeline.
    Update,
    /// PublishAssets.
    Publish,
    /// Guard and Protect.
    Guard,
    /// Review.
    Review,
    /// AutoApprove.
    AutoApprove,
    /// A step.
    Step(StepKey),
}

/// A role of the pipeline stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Whose it is.
    pub owner: RoleOwner,
    /// Its logical id.
    pub logical_id: String,
    /// The service that takes it.
    pub service: &'static str,
    /// What it may do.
    pub statements: Vec<Statement>,
    /// ARNs of managed policies.
    pub managed_policies: Vec<String>,
}

/// The owner of the role that an action's build works with.
pub(super) fn owner(kind: &ActionKind) -> Option<RoleOwner> {
    match kind {
        ActionKind::Build => Some(RoleOwner::Build),
        ActionKind::UpdateFromSource | ActionKind::UpdateFromAssembly => Some(RoleOwner::Update),
        ActionKind::PublishAssets => Some(RoleOwner::Publish),
        ActionKind::Guard(_) | ActionKind::Protect(_) => Some(RoleOwner::Guard),
        ActionKind::Review(_) => Some(RoleOwner::Review),
        ActionKind::AutoApprove(_) => Some(RoleOwner::AutoApprove),
        ActionKind::Step(key) => Some(RoleOwner::Step(key.clone())),
        ActionKind::Source
        | ActionKind::Tool
        | ActionKind::Prepare(_)
        | ActionKind::Approve(_)
        | ActionKind::Deploy(_) => None,
    }
}

/// Every role of the pipeline stack: that of CodePipeline, and one for each kind of build.
pub fn roles(definition: &Definition, graph: &PipelineGraph) -> Vec<Role> {
    let mut seen = BTreeSet::new();
    let builds = graph.actions().filter_map(|(_, action)| {
        let owner = owner(&action.kind)?;
        let project = names::project_name(&definition.name, &action.kind)?;
        seen.insert(owner.clone()).then(|| build_role(definition, graph, owner, &project))
    });
    let builds: Vec<Role> = builds.collect();
    let mut roles = vec![pipeline_role(definition, graph)];
    roles.extend(builds);
    roles
}

fn pipeline_role(definition: &Definition, graph: &PipelineGraph) -> Role {
    let projects: BTreeSet<String> =
        graph.actions().filter_map(|(_, action)| names::project_name(&definition.name, &action.kind)).collect();
    let projects =
        projects.iter().map(|project| attribute(&names::logical_id(project, &definition.name, "Project"), "Arn"));
    let mut statements = vec![
        Statement::allow(
            &["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
            artifact_arns(definition),
        ),
        Statement::allow(
            &["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
            [substitute(format!("arn:${{AWS::Partition}}:s3:::${{{}}}/pipectl/*", parameter::TOOL_BUCKET))],
        ),
        Statement::allow(
            &["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
            [substitute(format!("arn:${{AWS::Partition}}:s3:::${{{}}}", parameter::TOOL_BUCKET))],
        ),
        // The key of the toolkit bucket is the toolkit stack's affair; it is used through S3 only.
        Statement::allow(
            &["kms:Decrypt"],
            [substitute("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*")],
        )
        .when(json!({ "StringEquals": { "kms:ViaService": substitute("s3.${AWS::Region}.${AWS::URLSuffix}") } })),
        Statement::allow(&["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], projects),
    ];
    statements.extend(artifact_key(definition));
    statements.extend(source_statements(definition));
    statements.extend(assume(deploying(definition)));
    let topics: BTreeSet<&String> = definition
        .stages
        .iter()
        .filter_map(|stage| stage.approval.as_ref().and_then(|approval| approval.notify.as_ref()))
        .collect();
    if !topics.is_empty() {
        statements.push(Statement::allow(&["sns:Publish"], topics.into_iter().map(|topic| json!(topic))));
    }
    statements.extend(alarm_statements(definition, graph));
    Role {
        owner: RoleOwner::Pipeline,
        logical_id: "PipelineRole".to_owned(),
        service: "codepipeline.amazonaws.com",
        statements,
        managed_policies: Vec::new(),
    }
}

/// What watching alarms needs: to look at them, with a role where one is named.
fn alarm_statements(definition: &Definition, graph: &PipelineGraph) -> Vec<Statement> {
    let rules = graph.stages.iter().flat_map(|stage| stage.conditions.rules());
    let alarms: Vec<&AlarmRule> = rules
        .filter_map(|rule| match rule {
            Rule::Alarm(alarm) => Some(alarm),
            Rule::Window(_) => None,
        })
        .collect();
    let own = Place::own(definition);
    let arn = |alarm: &&AlarmRule| {
        let region = alarm.region.as_ref().map_or(own.region.as_str(), |region| region.as_str());
        format!(
            "arn:${{AWS::Partition}}:cloudwatch:{region}:{}:alarm:{}",
            own.account,
            alarm.alarm.replace("${", "${!")
        )
    };
    let arns: BTreeSet<String> = alarms.iter().filter(|alarm| alarm.role.is_none()).map(arn).collect();
    let roles: BTreeSet<&String> = alarms.iter().filter_map(|alarm| alarm.role.as_ref()).collect();
    let mut statements = assume(roles.into_iter().map(|role| json!(role)).collect());
    if !arns.is_empty() {
        statements.push(Statement::allow(&["cloudwatch:DescribeAlarms"], arns.into_iter().map(substitute)));
    }
    statements
}

/// What fetching the source needs. GitHub by token needs nothing: the token is in the action.
fn source_statements(definition: &Definition) -> Vec<Statement> {
    match &definition.source {
        Source::GitHub { .. } => Vec::new(),
        Source::Connection { connection, .. } => vec![Statement::allow(
            &["codeconnections:UseConnection", "codestar-connections:UseConnection"],
            [json!(connection)],
        )],
        Source::S3 { bucket, key } => vec![
            Statement::allow(
                &["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
                [substitute(format!("arn:${{AWS::Partition}}:s3:::{bucket}/{key}"))],
            ),
            Statement::allow(
                &["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
                [substitute(format!("arn:${{AWS::Partition}}:s3:::{bucket}"))],
            ),
        ],
    }
}

fn build_role(definition: &Definition, graph: &PipelineGraph, owner: RoleOwner, project: &str) -> Role {
    let mut statements = build_statements(definition, &owner, project);
    let mut managed_policies = Vec::new();
    if let Some(environment) = environment(definition, &owner) {
        statements.extend(environment.statements.iter().map(|statement| {
            let actions: Vec<&str> = statement.actions.iter().map(String::as_str).collect();
            Statement::allow(&actions, statement.resources.iter().map(|resource| json!(resource)))
        }));
        statements.extend(network_statements(environment));
        statements.extend(images::statements(environment));
        managed_policies.clone_from(&environment.managed_policies);
    }
    match &owner {
        // Whatever the definition adds to its rights, the user's build can become nobody else.
        RoleOwner::Build => {
            statements.push(Statement { principal: None, ..Statement::deny_all(&["sts:AssumeRole"], [json!("*")]) })
        }
        RoleOwner::Update => statements.extend(update_statements(definition)),
        RoleOwner::Publish => {
            let publishing = all_publishing_roles(definition);
            statements.extend(assume(publishing.into_iter().map(substitute).collect()));
            if graph.skips() {
                statements.extend(skip_statements(definition));
            }
        }
        RoleOwner::Guard => {
            statements.extend(assume(deploying(definition)));
            // Whose change sets nobody is going to execute any more.
            if definition.execution_mode == ExecutionMode::Parallel {
                statements.push(Statement::allow(&["codepipeline:GetPipelineExecution"], [own_pipeline(definition)]));
            }
        }
        // The review reads only, by the policy of its sessions; the toolkit's roles for reading are not for pipelines.
        RoleOwner::Review => statements.extend(assume(deploying(definition))),
        RoleOwner::AutoApprove => statements.extend(approval_statements(definition, graph)),
        RoleOwner::Step(key) => {
            statements.extend(ampx::statements(definition, key));
            statements.extend(imports::statements(definition, key));
        }
        RoleOwner::Pipeline => {}
    }
    Role {
        logical_id: names::logical_id(project, &definition.name, "Role"),
        owner,
        service: "codebuild.amazonaws.com",
        statements,
        managed_policies,
    }
}

/// The environment that the definition gives the owner's build, if it gives one.
pub(super) fn environment<'a>(definition: &'a Definition, owner: &RoleOwner) -> Option<&'a BuildEnvironment> {
    match owner {
        RoleOwner::Build => Some(&definition.build.environment),
        RoleOwner::Step(key) => step(definition, key).map(|step| &step.environment),
        RoleOwner::Publish => Some(&definition.publish),
        RoleOwner::Pipeline | RoleOwner::Update | RoleOwner::Guard | RoleOwner::Review | RoleOwner::AutoApprove => None,
    }
}

/// A step of the definition.
pub(super) fn step<'a>(definition: &'a Definition, key: &StepKey) -> Option<&'a crate::definition::Step> {
    let stage = definition.stages.iter().find(|stage| stage.name == key.stage)?;
    stage.steps_at(key.position).into_iter().find(|step| step.name == key.step)
}

/// What every build needs: its log, its artifacts, its reports.
fn build_statements(definition: &Definition, owner: &RoleOwner, project: &str) -> Vec<Statement> {
    let mut statements = vec![
        Statement::allow(&["logs:CreateLogStream", "logs:PutLogEvents"], log_arns(definition)),
        Statement::allow(&["s3:GetObject", "s3:GetObjectVersion"], [bucket::arns()[1].clone()]),
    ];
    if *owner == RoleOwner::Build {
        statements.push(Statement::allow(&["s3:PutObject"], [bucket::arns()[1].clone()]));
    }
    if matches!(owner, RoleOwner::Build | RoleOwner::Step(_)) {
        statements.push(Statement::allow(
            &[
                "codebuild:BatchPutCodeCoverages",
                "codebuild:BatchPutTestCases",
                "codebuild:CreateReport",
                "codebuild:CreateReportGroup",
                "codebuild:UpdateReport",
            ],
            [substitute(format!(
                "arn:${{AWS::Partition}}:codebuild:${{AWS::Region}}:${{AWS::AccountId}}:report-group/{project}-*"
            ))],
        ));
    }
    statements.extend(own_artifact_key(definition));
    statements
}

/// The log group, and the streams in it.
fn log_arns(definition: &Definition) -> [Value; 2] {
    let group = names::log_group(definition);
    let group = format!("arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{group}");
    [substitute(group.clone()), substitute(format!("{group}:*"))]
}

/// What a build in a network needs (CodeBuild user guide, "Allow CodeBuild access to AWS services required to create a VPC
/// network interface"). The service offers no narrower resources for the first.
fn network_statements(environment: &BuildEnvironment) -> Vec<Statement> {
    let Some(vpc) = &environment.vpc else {
        return Vec::new();
    };
    let subnets: Vec<Value> = vpc
        .subnets
        .iter()
        .map(|subnet| {
            substitute(format!("arn:${{AWS::Partition}}:ec2:${{AWS::Region}}:${{AWS::AccountId}}:subnet/{subnet}"))
        })
        .collect();
    vec![
        Statement::allow(&NETWORK_ACTIONS, [json!("*")]),
        Statement::allow(
            &[NETWORK_PERMISSION],
            [substitute("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:network-interface/*")],
        )
        .when(json!({
            "StringEquals": { "ec2:AuthorizedService": "codebuild.amazonaws.com" },
            "ArnEquals": { "ec2:Subnet": subnets },
        })),
    ]
}

/// What UpdatePipeline needs: to deploy the pipeline's own stacks, to see that the next push can come in, and to see to
/// the execution that follows a change.
fn update_statements(definition: &Definition) -> Vec<Statement> {
    let own = Place::own(definition);
    let mut own_places = vec![own.clone()];
    own_places.extend(
        support_regions(definition)
            .into_iter()
            .map(|region| Place { account: own.account.clone(), region: region.to_string() }),
    );
    let roles = own_places
        .iter()
        .flat_map(|place| [RoleKind::Deploy, RoleKind::FilePublishing].map(|kind| role(kind, definition, place)));
    let mut statements = assume(roles.collect());
    statements.push(Statement::allow(
        &[
            "codepipeline:GetPipeline",
            "codepipeline:GetPipelineExecution",
            "codepipeline:GetPipelineState",
            "codepipeline:ListPipelineExecutions",
            "codepipeline:StartPipelineExecution",
            "codepipeline:StopPipelineExecution",
        ],
        [own_pipeline(definition)],
    ));
    statements.extend(source_check_statements(definition));
    statements
}

/// What seeing that the next push can come in needs: the token, the connection or the bucket of the source.
fn source_check_statements(definition: &Definition) -> Vec<Statement> {
    match &definition.source {
        Source::GitHub { token_secret, .. } => {
            // Secrets Manager ends the ARN of a secret with six characters of its own.
            let secret = substitute(format!(
                "arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{token_secret}-??????"
            ));
            let service = substitute("secretsmanager.${AWS::Region}.${AWS::URLSuffix}");
            vec![
                Statement::allow(&["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], [secret.clone()]),
                // A secret may be encrypted with a key of the user's; what AWS manages needs no right.
                Statement::allow(
                    &["kms:Decrypt"],
                    [substitute("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*")],
                )
                .when(json!({
                    "StringEquals": { "kms:ViaService": service },
                    "StringLike": { "kms:EncryptionContext:SecretARN": secret },
                })),
            ]
        }
        Source::Connection { connection, .. } => vec![Statement::allow(
            &["codeconnections:GetConnection", "codestar-connections:GetConnection"],
            [json!(connection)],
        )],
        Source::S3 { bucket, .. } => vec![Statement::allow(
            &["s3:GetBucketVersioning", "s3:ListBucket"],
            [substitute(format!("arn:${{AWS::Partition}}:s3:::{bucket}"))],
        )],
    }
}

/// What telling unchanged stages needs: to see what ran in them, and to note what is deployed now. What was noted before
/// is read with the right to read artifacts.
fn skip_statements(definition: &Definition) -> [Statement; 2] {
    [
        Statement::allow(
            &["codepipeline:GetPipelineState", "codepipeline:ListPipelineExecutions"],
            [own_pipeline(definition)],
        ),
        Statement::allow(&["s3:PutObject"], [substitute(format!("${{{}.Arn}}/{NOTES}*", bucket::BUCKET))]),
    ]
}

/// The pipeline itself.
fn own_pipeline(definition: &Definition) -> Value {
    substitute(format!("arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{}", definition.name))
}

/// What answering the approvals that may pass by themselves needs. Those that somebody has to give are not among them.
fn approval_statements(definition: &Definition, graph: &PipelineGraph) -> Vec<Statement> {
    let arn = |rest: &str| {
        substitute(format!(
            "arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{}{rest}",
            definition.name
        ))
    };
    vec![
        Statement::allow(
            &[
                "codepipeline:GetPipeline",
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:ListPipelineExecutions",
            ],
            [arn("")],
        ),
        Statement::allow(
            &["codepipeline:PutApprovalResult"],
            passing_approvals(graph).map(|(stage, action)| arn(&format!("/{}/{}", stage.name, action.name))),
        ),
    ]
}

/// The approvals that AutoApprove may answer, with their stages.
fn passing_approvals(graph: &PipelineGraph) -> impl Iterator<Item = (&PipelineStage, &Action)> {
    let passes = |wanted: &Name| {
        graph.actions().any(|(_, action)| matches!(&action.kind, ActionKind::AutoApprove(stage) if stage == wanted))
    };
    graph.actions().filter(move |(_, action)| matches!(&action.kind, ActionKind::Approve(stage) if passes(stage)))
}

/// Every role that deploys stacks.
fn deploying(definition: &Definition) -> Vec<Value> {
    let roles: BTreeSet<String> = deploy_roles(definition).into_iter().map(|(_, role)| role).collect();
    roles.into_iter().map(substitute).collect()
}

fn assume(roles: Vec<Value>) -> Vec<Statement> {
    if roles.is_empty() { Vec::new() } else { vec![Statement::allow(&["sts:AssumeRole"], roles)] }
}

/// The pipeline's buckets of artifacts, in every region.
fn artifact_arns(definition: &Definition) -> Vec<Value> {
    let own = Place::own(definition);
    let mut arns = bucket::arns().to_vec();
    for region in support_regions(definition) {
        let name = names::support_bucket(&definition.name, &own.account, &region);
        arns.push(substitute(format!("arn:${{AWS::Partition}}:s3:::{name}")));
        arns.push(substitute(format!("arn:${{AWS::Partition}}:s3:::{name}/*")));
    }
    arns
}

/// The use of the artifacts' own key in the pipeline's region.
fn own_artifact_key(definition: &Definition) -> Option<Statement> {
    (bucket::encryption(definition) == Encryption::Own).then(|| {
        Statement::allow(&["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [attribute(bucket::KEY, "Arn")])
    })
}

/// The use of the artifacts' own keys in every region.
fn artifact_key(definition: &Definition) -> Vec<Statement> {
    if other_accounts(definition).is_empty() {
        return Vec::new();
    }
    let elsewhere: Vec<Value> = support_regions(definition)
        .iter()
        .map(|region| substitute(format!("arn:${{AWS::Partition}}:kms:{region}:${{AWS::AccountId}}:key/*")))
        .collect();
    let mut statements: Vec<Statement> = own_artifact_key(definition).into_iter().collect();
    if !elsewhere.is_empty() {
        // The keys of support stacks are known by alias only.
        statements.push(
            Statement::allow(&["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], elsewhere).when(
                json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": super::support::alias(definition) } }),
            ),
        );
    }
    statements
}

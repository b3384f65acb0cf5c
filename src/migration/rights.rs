//! What a build's role may do, besides what every build of a pipeline needs.

use serde_json::Value;

use super::old::{OldAction, OldPipeline, list};
use super::remark::Remarks;
use crate::cfn::references;
use crate::definition::{CommentPlace, Statement};
use crate::pipeline::{NETWORK_ACTIONS, NETWORK_PERMISSION};
use crate::text;

/// What a build needs to clone a source by itself.
const CLONING_ACTIONS: [&str; 3] =
    ["codestar-connections:UseConnection", "codeconnections:UseConnection", "codecommit:GitPull"];
/// What a build needs to write its log and its reports.
const REPORTING_ACTIONS: [&str; 8] = [
    "codebuild:BatchPutCodeCoverages",
    "codebuild:BatchPutTestCases",
    "codebuild:CreateReport",
    "codebuild:CreateReportGroup",
    "codebuild:UpdateReport",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

/// The rights of a build.
#[derive(Debug, Default)]
pub(super) struct Rights {
    pub(super) statements: Vec<Statement>,
    pub(super) managed_policies: Vec<String>,
}

/// Reads the rights of the role of an action's project.
pub(super) fn rights(
    old: &OldPipeline<'_>,
    action: &OldAction<'_>,
    place: &CommentPlace,
    remarks: &mut Remarks,
) -> Rights {
    let mut rights = Rights::default();
    let Some(project) = old.project(action) else { return rights };
    let role = references(&project["ServiceRole"]).into_iter().next();
    let declared = role.as_ref().and_then(|role| Some((role.target(), old.resource_of(role.target())?)));
    let Some((id, role)) = declared else {
        let role = old.resolver.text(&project["ServiceRole"]).text;
        let message = format!("the role `{role}` of the build, which is not part of the old pipeline stack");
        remarks.lost(place, message, "write what it may do as `statements` and `managed-policies`");
        return rights;
    };
    for policy in list(&role["Properties"]["ManagedPolicyArns"]) {
        match old.resolver.text(policy).known() {
            Some(arn) => rights.managed_policies.push(arn),
            None => remarks.lost(
                place,
                format!("a managed policy of the role: {}", old.resolver.text(policy).unknown.join(", ")),
                "write its statements as `statements`",
            ),
        }
    }
    let own = list(&role["Properties"]["Policies"]).iter().map(|policy| &policy["PolicyDocument"]);
    let attached = old.resolver.template.resources().filter_map(|(_, resource)| {
        let is_policy = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"].iter().any(|kind| resource["Type"] == *kind);
        let is_for = references(&resource["Properties"]["Roles"]).iter().any(|reference| reference.target() == id);
        (is_policy && is_for).then(|| &resource["Properties"]["PolicyDocument"])
    });
    let everyones = Everyones::of(old);
    for statement in own.chain(attached).flat_map(|document| one_or_many(&document["Statement"])) {
        if everyones.is(old, statement) || logs_to(project, statement) {
            continue;
        }
        match mapped(old, statement) {
            Ok(statement) if *place == CommentPlace::Build && assumes_roles(&statement) => remarks.lost(
                place,
                "the right of the synthesis to assume roles: pipectl's build may assume none",
                "commit `cdk.context.json`, so that look-ups need no role",
            ),
            Ok(statement) => rights.statements.push(statement),
            Err(why) => {
                let lookup = *place == CommentPlace::Build && statement.to_string().contains("sts:AssumeRole");
                let remedy = if lookup {
                    "commit `cdk.context.json`, so that look-ups need no role: the build may assume none"
                } else {
                    "add to `statements` what can be said by actions and ARNs, or attach a managed policy"
                };
                let message = format!("the right `{}`: {why}", text::shortened(&statement.to_string(), 300));
                remarks.lost(place, message, remedy);
            }
        }
    }
    rights
}

/// Whether a statement lets the build write to its own log group.
fn logs_to(project: &Value, statement: &Value) -> bool {
    let own = references(&project["LogsConfig"]);
    let is_own = |resource: &Value| {
        references(resource).iter().any(|group| own.iter().any(|own| own.target() == group.target()))
    };
    let resources = one_or_many(&statement["Resource"]);
    !resources.is_empty()
        && resources.iter().all(is_own)
        && actions(statement).iter().all(|action| action.starts_with("logs:"))
}

fn assumes_roles(statement: &Statement) -> bool {
    statement.actions.iter().any(|action| action == "sts:AssumeRole")
}

/// A statement as a definition says it, or why it cannot.
fn mapped(old: &OldPipeline<'_>, statement: &Value) -> Result<Statement, String> {
    if statement["Effect"] != "Allow" {
        return Err("it denies".to_owned());
    }
    if let Some(key) = ["Condition", "NotAction", "NotResource"].iter().find(|key| !statement[**key].is_null()) {
        return Err(format!("it has a `{key}`"));
    }
    let mut resources = Vec::new();
    for resource in one_or_many(&statement["Resource"]) {
        let resolved = old.resolver.text(resource);
        if !resolved.unknown.is_empty() {
            return Err(format!("it names {} of the old pipeline stack", resolved.unknown.join(", ")));
        }
        resources.push(resolved.text);
    }
    let actions: Vec<String> = actions(statement).into_iter().map(str::to_owned).collect();
    if actions.is_empty() || resources.is_empty() {
        return Err("it names no action or no resource".to_owned());
    }
    Ok(Statement { actions, resources })
}

fn actions(statement: &Value) -> Vec<&str> {
    one_or_many(&statement["Action"]).iter().filter_map(Value::as_str).collect()
}

/// The elements of an array, or the value itself; nothing of null.
fn one_or_many(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// Knows the rights that every build of CDK Pipelines has: to its log, its reports, the artifacts and their keys.
struct Everyones {
    /// Logical ids of buckets and keys of artifacts.
    ids: Vec<String>,
    /// Names of buckets of artifacts in other regions.
    buckets: Vec<String>,
}

impl Everyones {
    fn of(old: &OldPipeline<'_>) -> Self {
        let properties = &old.resource["Properties"];
        let stores = list(&properties["ArtifactStores"]).iter().map(|store| &store["ArtifactStore"]);
        let stores: Vec<&Value> = stores.chain([&properties["ArtifactStore"]]).collect();
        let found = stores.iter().flat_map(|store| references(store)).map(|found| found.target().to_owned());
        Self {
            ids: found.filter(|id| !id.starts_with("AWS::")).collect(),
            buckets: stores.iter().filter_map(|store| store["Location"].as_str()).map(str::to_owned).collect(),
        }
    }

    fn is(&self, old: &OldPipeline<'_>, statement: &Value) -> bool {
        let actions = actions(statement);
        let are_all = |known: &[&str]| !actions.is_empty() && actions.iter().all(|action| known.contains(action));
        let resources = one_or_many(&statement["Resource"]);
        let text = |resource: &Value| old.resolver.text(resource).text;
        let reports = |resource: &Value| {
            [":log-group:/aws/codebuild/", ":report-group/"].iter().any(|part| text(resource).contains(part))
        };
        let stores = |resource: &Value| {
            references(resource).iter().any(|reference| self.ids.iter().any(|id| id == reference.target()))
                || self.buckets.iter().any(|bucket| text(resource).contains(&format!(":s3:::{bucket}")))
        };
        let are = |is_own: &dyn Fn(&Value) -> bool| !resources.is_empty() && resources.iter().all(is_own);
        // What a build needs in a network, pipectl gives to builds with a `vpc` by itself.
        are_all(&[&NETWORK_ACTIONS[..], &[NETWORK_PERMISSION]].concat())
            || are_all(&CLONING_ACTIONS)
            || (are_all(&REPORTING_ACTIONS) && are(&reports))
            || are(&stores)
    }
}

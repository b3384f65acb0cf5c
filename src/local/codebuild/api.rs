//! The operations of CodeBuild's API that the endpoint answers itself; projects are the emulator's.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::record::{Build, Record};
use super::service::{CodeBuild, project_arn};
use super::start::invalid;
use super::store::Home;
use crate::local::{Call, Fault, Handling, Permission, Service};

/// The operations that are answered here.
const ANSWERED: [&str; 10] = [
    "BatchDeleteBuilds",
    "BatchGetBuilds",
    "BatchGetReports",
    "ListBuilds",
    "ListBuildsForProject",
    "ListReports",
    "ListReportsForReportGroup",
    "RetryBuild",
    "StartBuild",
    "StopBuild",
];

/// How many ids a page of a list has.
const PAGE: usize = 100;

/// The most ids of one call.
const MOST_IDS: usize = 100;

/// The parts of the operations' inputs that name something.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Names {
    project_name: Option<String>,
    id: Option<String>,
    ids: Vec<String>,
    report_arns: Vec<String>,
    report_group_arn: Option<String>,
    service_role_override: Option<String>,
    sort_order: Option<String>,
    next_token: Option<String>,
    idempotency_token: Option<String>,
}

impl Names {
    fn of(call: &Call) -> Result<Self, Fault> {
        let names: Self = serde_json::from_value(call.body.clone())
            .map_err(|error| invalid(format!("The request is malformed: {error}")))?;
        if names.ids.len() > MOST_IDS || names.report_arns.len() > MOST_IDS {
            return Err(invalid(format!("A call takes at most {MOST_IDS} ids")));
        }
        Ok(names)
    }

    fn project(&self) -> Result<&str, Fault> {
        let name = self.project_name.as_deref().ok_or_else(|| invalid("Project name is required".to_owned()))?;
        if is_project_name(name) { Ok(name) } else { Err(invalid(format!("Invalid project name: {name}"))) }
    }

    fn build(&self) -> Result<&str, Fault> {
        self.id.as_deref().ok_or_else(|| invalid("Build id is required".to_owned()))
    }
}

impl Service for CodeBuild {
    fn handling(&self, operation: &str) -> Handling {
        if ANSWERED.contains(&operation) { Handling::Answer } else { Handling::PassOn }
    }

    fn permissions(&self, call: &Call) -> Result<Vec<Permission>, Fault> {
        let names = Names::of(call)?;
        let arn = |project: &str| project_arn(&call.caller.account, call, project);
        let of_builds = |ids: &mut dyn Iterator<Item = &String>| -> Result<Vec<String>, Fault> {
            let projects: Result<BTreeSet<&str>, Fault> = ids.map(|id| project_of(id)).collect();
            Ok(projects?.into_iter().map(arn).collect())
        };
        let resources = match call.operation.as_str() {
            "StartBuild" | "ListBuildsForProject" => vec![arn(names.project()?)],
            "StopBuild" | "RetryBuild" => vec![arn(project_of(names.build()?)?)],
            "BatchGetBuilds" | "BatchDeleteBuilds" => of_builds(&mut names.ids.iter())?,
            "BatchGetReports" => {
                names.report_arns.iter().map(|report| group_of(report)).collect::<BTreeSet<_>>().into_iter().collect()
            }
            "ListReportsForReportGroup" => vec![names.report_group_arn.clone().unwrap_or_default()],
            _ => vec!["*".to_owned()],
        };
        let action = format!("codebuild:{}", call.operation);
        let mut permissions: Vec<Permission> =
            resources.into_iter().map(|resource| Permission::new(&action, resource)).collect();
        if let Some(role) = names.service_role_override {
            permissions.push(Permission::pass_role(role, "codebuild.amazonaws.com"));
        }
        Ok(permissions)
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Value, Fault>> {
        Box::pin(async move {
            let names = Names::of(&call)?;
            let home = Home { account: call.caller.account.clone(), region: call.region.clone() };
            match call.operation.as_str() {
                "StartBuild" => self.start(&call).await.map(|build| json!({ "build": build })),
                "RetryBuild" => self.retry(call, &home, &names).await,
                "StopBuild" => {
                    let record = self.find(&home, names.build()?)?;
                    self.0.store.stop(&record.build.id);
                    Ok(json!({ "build": record.build }))
                }
                "BatchGetBuilds" => Ok(self.builds(&home, &names)),
                "BatchDeleteBuilds" => self.delete(&home, &names),
                "ListBuilds" => self.list(&home, &names, |_| true),
                "ListBuildsForProject" => {
                    let project = names.project()?;
                    self.list(&home, &names, |build| build.project_name == project)
                }
                "BatchGetReports" => Ok(self.reports(&home, &names)),
                "ListReports" => Ok(json!({ "reports": self.report_arns(&home, None) })),
                "ListReportsForReportGroup" => {
                    Ok(json!({ "reports": self.report_arns(&home, names.report_group_arn.as_deref()) }))
                }
                other => Err(Fault::client("UnknownOperationException", format!("Unknown operation {other}"))),
            }
        })
    }
}

impl CodeBuild {
    fn find(&self, home: &Home, id: &str) -> Result<Record, Fault> {
        let missing = || Fault::client("ResourceNotFoundException", format!("Build cannot be found: {id}"));
        self.0.store.get(home, id).ok_or_else(missing)
    }

    async fn retry(&self, mut call: Call, home: &Home, names: &Names) -> Result<Value, Fault> {
        let record = self.find(home, names.build()?)?;
        if record.is_running() {
            return Err(invalid(format!("Build {} is still in progress", record.build.id)));
        }
        call.body = super::store::comparable(&record.request);
        if let Some(token) = &names.idempotency_token {
            call.body["idempotencyToken"] = json!(token);
        }
        self.start(&call).await.map(|build| json!({ "build": build }))
    }

    fn builds(&self, home: &Home, names: &Names) -> Value {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in &names.ids {
            match self.0.store.get(home, id) {
                Some(record) => found.push(record.build),
                None => missing.push(id),
            }
        }
        json!({ "builds": found, "buildsNotFound": missing })
    }

    fn delete(&self, home: &Home, names: &Names) -> Result<Value, Fault> {
        let (mut deleted, mut kept) = (Vec::new(), Vec::new());
        for id in &names.ids {
            let known = self.0.store.get(home, id);
            let is_gone = self.0.store.forget(home, id).map_err(|error| Fault::internal(error.to_string()))?;
            match known {
                Some(record) if is_gone => deleted.push(record.build.arn),
                Some(_) => kept.push(json!({ "id": id, "statusCode": "BUILD_IN_PROGRESS" })),
                None => kept.push(json!({ "id": id, "statusCode": "BUILD_NOT_FOUND" })),
            }
        }
        Ok(json!({ "buildsDeleted": deleted, "buildsNotDeleted": kept }))
    }

    /// A page of ids, the newest first unless asked otherwise. The token is the id that the last page ended with.
    fn list(&self, home: &Home, names: &Names, is_meant: impl Fn(&Build) -> bool) -> Result<Value, Fault> {
        let builds = self.0.store.all(home).into_iter().map(|record| record.build);
        let mut ids: Vec<String> = builds.filter(is_meant).map(|build| build.id).collect();
        if names.sort_order.as_deref() == Some("ASCENDING") {
            ids.reverse();
        }
        if let Some(last) = &names.next_token {
            let position = ids.iter().position(|id| id == last);
            let position = position.ok_or_else(|| invalid("The token is not valid".to_owned()))?;
            ids.drain(..=position);
        }
        let next = (ids.len() > PAGE).then(|| ids[PAGE - 1].clone());
        ids.truncate(PAGE);
        let mut answer = json!({ "ids": ids });
        if let Some(next) = next {
            answer["nextToken"] = json!(next);
        }
        Ok(answer)
    }

    fn reports(&self, home: &Home, names: &Names) -> Value {
        let all: Vec<Value> = self.0.store.all(home).iter().flat_map(Record::report_shapes).collect();
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for arn in &names.report_arns {
            match all.iter().find(|report| report["arn"] == arn.as_str()) {
                Some(report) => found.push(report.clone()),
                None => missing.push(arn),
            }
        }
        json!({ "reports": found, "reportsNotFound": missing })
    }

    fn report_arns(&self, home: &Home, group: Option<&str>) -> Vec<Value> {
        let reports = self.0.store.all(home).into_iter().flat_map(|record| record.report_shapes());
        let of_group = reports.filter(|report| group.is_none_or(|group| report["reportGroupArn"] == group));
        of_group.map(|report| report["arn"].clone()).collect()
    }
}

/// The project in the id or the ARN of a build.
fn project_of(id: &str) -> Result<&str, Fault> {
    let plain = id.split_once(":build/").map_or(id, |(_, plain)| plain);
    match plain.split_once(':') {
        Some((project, _)) if is_project_name(project) => Ok(project),
        _ => Err(invalid(format!("Invalid build ID specified: {id}"))),
    }
}

/// The ARN of the group in the ARN of a report.
fn group_of(report: &str) -> String {
    let group = report.replacen(":report/", ":report-group/", 1);
    group.rsplit_once(':').map_or(group.clone(), |(group, _)| group.to_owned())
}

/// Project names have 2 to 150 letters, digits, hyphens and underscores.
fn is_project_name(name: &str) -> bool {
    (2..=150).contains(&name.len())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_and_groups_are_found_in_names() {
        let arn = "arn:aws:codebuild:us-east-1:111111111111:build/app-Build:0f";
        assert_eq!(project_of(arn).unwrap(), "app-Build");
        assert_eq!(project_of("app-Build:0f").unwrap(), "app-Build");
        for wrong in ["app-Build", "a/b:0f", "*:0f", ":0f"] {
            assert_eq!(project_of(wrong).unwrap_err().code, "InvalidInputException");
        }
        let report = "arn:aws:codebuild:us-east-1:111111111111:report/app-unit:0f";
        assert_eq!(group_of(report), "arn:aws:codebuild:us-east-1:111111111111:report-group/app-unit");
    }
}

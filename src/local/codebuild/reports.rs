//! Reports of builds, in the form of CodeBuild's JSON protocol.

use serde_json::{Value, json};

use super::drive::uuid_of;
use super::record::Record;
use super::run::FoundReport;

impl Record {
    /// Notes the reports that the build found.
    pub(super) fn report(&mut self, reports: Vec<FoundReport>) {
        self.reports = reports;
        let arns = self.report_shapes().into_iter();
        self.build.report_arns = arns.filter_map(|report| report["arn"].as_str().map(str::to_owned)).collect();
    }

    /// The reports as the API shows them (`Report` in CodeBuild's API reference). What the files say is not read.
    pub(super) fn report_shapes(&self) -> Vec<Value> {
        self.reports.iter().map(|report| self.report_shape(report)).collect()
    }

    fn report_shape(&self, report: &FoundReport) -> Value {
        let build = &self.build;
        // A group without an ARN of its own is named after the project.
        let group = match report.group.split_once(":report-group/") {
            Some((_, name)) => name.to_owned(),
            None => format!("{}-{}", build.project_name, report.group),
        };
        let place = format!("arn:aws:codebuild:{}:{}", self.region, self.account);
        let group_arn = if report.group.starts_with("arn:") {
            report.group.clone()
        } else {
            format!("{place}:report-group/{group}")
        };
        json!({
            "arn": format!("{place}:report/{group}:{}", uuid_of(&build.id)),
            "type": if report.is_coverage { "CODE_COVERAGE" } else { "TEST" },
            "name": group,
            "reportGroupArn": group_arn,
            "executionId": build.arn,
            "status": if report.files.is_empty() { "INCOMPLETE" } else { "SUCCEEDED" },
            "created": build.end_time.unwrap_or(build.start_time),
            "exportConfig": { "exportConfigType": "NO_EXPORT" },
        })
    }
}

//! A stage that names an account or a region needs a pipeline that names its own: only then is it known whether they
//! differ. What deploys with the rights of its own build stays in the pipeline's account.

use std::ops::Range;

use super::Outline;
use crate::definition::model::StepPosition;
use crate::definition::read::Context;

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    for stage in &outline.stages {
        if outline.target.account.is_none() {
            demand(context, "account", stage.account.as_ref());
        }
        if outline.target.region.is_none() {
            demand(context, "region", stage.region.as_ref());
        }
        let deploys_itself = stage.steps.iter().any(|step| step.position == StepPosition::Deploy);
        let is_elsewhere = stage.target.account.is_some() && stage.target.account != outline.target.account;
        if let Some(span) = stage.account.as_ref().filter(|_| deploys_itself && is_elsewhere) {
            let message = "`mode = \"ampx\"` deploys into the pipeline's account alone";
            let diagnostic = context.error("missing-target", message, span.clone(), "another account");
            context.report(diagnostic.help("remove `mode`: the stage's own actions deploy into any account"));
        }
    }
}

fn demand(context: &Context<'_>, key: &str, span: Option<&Range<usize>>) {
    let Some(span) = span else { return };
    let message = format!("a stage names {article} {key}, but the pipeline does not", article = article(key));
    let diagnostic = context.error("missing-target", message, span.clone(), "compared with the pipeline's");
    context.report_missing(diagnostic.help(format!("add `{key} = \"…\"` to `[pipeline]`")));
}

fn article(key: &str) -> &'static str {
    if key.starts_with('a') { "an" } else { "a" }
}

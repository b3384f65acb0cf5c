//! `[update-pipeline]`.

use crate::definition::model::UpdatePipeline;
use crate::definition::read::Table;
use crate::diagnostic::Diagnostic;

pub(super) fn decode(table: &Table<'_>) -> Option<UpdatePipeline> {
    let enabled = table.get("enabled").map(|node| node.boolean());
    let order = table.get("order").map(|node| {
        node.choice(&[("after-build", UpdatePipeline::AfterBuild), ("before-build", UpdatePipeline::BeforeBuild)])
    });
    match (enabled, order) {
        (Some(None), _) | (_, Some(None)) => None,
        (Some(Some(false)), order) => {
            if order.is_some() {
                let message = "`order` has no effect: `enabled` is false";
                let warning = Diagnostic::warning("no-effect", message);
                table.context.report(warning.at(table.context.file(), table.key_span("order"), "without effect"));
            }
            Some(UpdatePipeline::Off)
        }
        (_, order) => Some(order.flatten().unwrap_or_default()),
    }
}

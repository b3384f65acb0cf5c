//! What macros, such as SAM's, make of templates: only that tells what is newly permitted.
//!
//! CloudFormation keeps it of each deployed stack, and of each change set that it has made ("Processed",
//! `GetTemplate` in the API reference).

use camino::Utf8Path;

use crate::aws::Aws;
use crate::aws::cloudformation::{ChangeSet, Stack};
use crate::cfn::Template;

/// The templates of a stack, as they are handed in.
pub(super) struct Templates<'a> {
    /// The deployed one.
    pub before: Option<&'a Template>,
    /// The wanted one.
    pub after: &'a Template,
}

impl Templates<'_> {
    /// They themselves.
    pub fn cloned(&self) -> (Option<Template>, Template) {
        (self.before.cloned(), self.after.clone())
    }
}

/// What macros have made of the deployed template and make of the wanted one; nothing where there are none, and where that
/// cannot be read of both.
pub(super) async fn templates(
    aws: &Aws,
    handed_in: &Templates<'_>,
    stack: Option<&Stack>,
    change_set: Option<&ChangeSet>,
) -> Option<(Option<Template>, Template)> {
    let has_macros = |template: Option<&Template>| template.is_some_and(Template::has_transform);
    if !has_macros(handed_in.before) && !has_macros(Some(handed_in.after)) {
        return None;
    }
    let change_set = change_set?;
    let after = processed(aws, &change_set.stack_id, Some(&change_set.id), handed_in.after).await?;
    let before = match stack.zip(handed_in.before) {
        Some((stack, before)) => Some(processed(aws, &stack.id, None, before).await?),
        None => None,
    };
    Some((before, after))
}

async fn processed(aws: &Aws, stack: &str, change_set: Option<&str>, handed_in: &Template) -> Option<Template> {
    if !handed_in.has_transform() {
        return Some(handed_in.clone());
    }
    let text = match aws.processed_template(stack, change_set).await {
        Ok(text) => text?,
        Err(error) => {
            tracing::debug!(%error, stack, "what macros make of a template cannot be read");
            return None;
        }
    };
    let template = Template::parse_deployed(Utf8Path::new(stack), &text).ok()?;
    // What is still to be processed tells nothing.
    (!template.has_transform()).then_some(template)
}

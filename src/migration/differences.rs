//! What CDK Pipelines leaves out of stacks, and pipectl does not.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::layout::Member;
use super::remark::Remarks;
use crate::cfn::Template;
use crate::definition::CommentPlace;
use crate::id::Name;
use crate::text;

/// The parameter that every template of the CDK has, whose default is never changed.
const BOOTSTRAP_VERSION: &str = "BootstrapVersion";

/// Tells of parameters without a value, and of what is set from now on.
pub(super) fn tell(
    member: &Member<'_>,
    stage: &Name,
    templates: &BTreeMap<Utf8PathBuf, Template>,
    remarks: &mut Remarks,
) {
    let place = CommentPlace::Assembly(stage.clone());
    let (mut protected, mut watched) = (Vec::new(), Vec::new());
    for deployment in &member.stacks {
        let name = deployment.called();
        let parameters = templates.get(&deployment.view.template()).map(Template::parameters).unwrap_or_default();
        let open: Vec<&String> = parameters
            .iter()
            .filter(|(key, parameter)| {
                parameter.default.is_none()
                    && *key != BOOTSTRAP_VERSION
                    && !deployment.view.stack.parameters.contains_key(*key)
            })
            .map(|(key, _)| key)
            .collect();
        if let Some(first) = open.first() {
            remarks.fill_in(
                &place,
                format!("the parameters of the stack `{name}` that have no default: {}", text::list(&open)),
                format!("`parameters = {{ {name} = {{ {first} = \"…\" }} }}` gives values"),
            );
        }
        if deployment.view.stack.termination_protection == Some(true) {
            protected.push(name.clone());
        }
        if !deployment.view.stack.notification_arns.is_empty() {
            watched.push(name);
        }
    }
    let mut set = Vec::new();
    if protected == watched && !watched.is_empty() {
        set.push(format!("the termination protection and the notification targets of {}", text::list(&watched)));
    } else {
        if !protected.is_empty() {
            set.push(format!("the termination protection of {}", text::list(&protected)));
        }
        if !watched.is_empty() {
            set.push(format!("the notification targets of {}", text::list(&watched)));
        }
    }
    if !set.is_empty() {
        let message = format!("{}, which CDK Pipelines ignores, will be set as the app says", set.join(" and "));
        remarks.changed(&place, message);
    }
}

//! The defaults of parameters, which have to adhere to what their declarations demand ("Parameters section", CloudFormation
//! user guide).

use super::Check;
use crate::cfn::Objection;
use crate::diagnostic::Diagnostic;
use crate::text;

/// How much of a value a message shows, in characters.
const LONGEST: usize = 80;

impl Check<'_> {
    /// Defaults are values that their parameters take.
    pub(super) fn defaults(&mut self) {
        for (name, parameter) in self.template.parameters() {
            let Some(default) = parameter.default_text() else { continue };
            let Some(Objection { problem, help }) = parameter.objection(&default) else { continue };
            let shown = match self.template.hides(&name) {
                true => String::new(),
                false => format!(" `{}`", text::shortened(&default, LONGEST)),
            };
            let message = format!("parameter `{name}`: its default{shown} {problem}");
            let finding = self.error("invalid-value", message, &["Parameters", &name], "Default", "refused by itself");
            self.report.push(help.into_iter().fold(finding, Diagnostic::help));
        }
    }
}

//! What becomes of parameters to which an assembly gives no value.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use camino::Utf8Path;

use super::contents::{ContentError, wanted_template};
use crate::assembly::{Assembly, StackView};
use crate::cfn::Absent;
use crate::pipeline::{configuration_file, late_parameters};

/// The parameters of an assembly's stacks that the pipeline gives values to when it runs.
pub(super) struct Late(BTreeMap<String, BTreeSet<String>>);

impl Late {
    /// Reads them from the pipeline's own stack.
    pub fn of(assembly: &Assembly, read: &dyn Fn(&Utf8Path) -> io::Result<String>) -> Result<Self, ContentError> {
        for view in assembly.own_stacks() {
            let template = wanted_template(view.name(), &view.template(), read)?;
            if let Some(late) = late_parameters(&template) {
                return Ok(Self(late));
            }
        }
        Ok(Self(BTreeMap::new()))
    }

    /// What becomes of the others of a stack. What the pipeline does not deploy with a configuration keeps its values: the
    /// pipeline's own stacks do.
    pub fn absent(&self, view: &StackView<'_>) -> Absent<'_> {
        let configuration = view.template().with_file_name(configuration_file(view.id));
        self.0.get(configuration.as_str()).map_or(Absent::Kept, |later| Absent::Default { later })
    }
}

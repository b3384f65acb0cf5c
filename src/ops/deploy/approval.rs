//! Which changes are asked about, and what is asked.

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::aws::cloudformation::ResourceChange;
use crate::cfn::{Broadening, Template, broadenings};
use crate::id::StackName;
use crate::ops::stack::{Decision, Proposal};

/// Which changes are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequireApproval {
    /// None.
    Never,
    /// Every one.
    AnyChange,
    /// Those that permit something new.
    Broadening,
}

/// What a change of a stack does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The stack.
    pub stack: StackName,
    /// What happens to resources.
    pub resources: Vec<ResourceChange>,
    /// What is newly permitted.
    pub broadenings: Vec<Broadening>,
}

/// Which changes are asked about, and whom.
#[derive(Clone, Copy)]
pub struct Approval<'a> {
    /// Which ones.
    pub required: RequireApproval,
    /// Asks. Called with every change that is asked about; the others are not shown.
    pub ask: &'a (dyn Fn(&Changes) -> Decision + Sync),
}

impl Approval<'_> {
    /// Decides on a proposal.
    pub(super) fn decide(&self, template: &Template, proposal: Proposal<'_>) -> Decision {
        let former = proposal
            .observed
            .and_then(|observed| observed.template.as_deref())
            .and_then(|text| Template::parse(Utf8Path::new("deployed"), text).ok());
        let broadenings = broadenings(former.as_ref(), template, &BTreeSet::new());
        let is_asked = match self.required {
            RequireApproval::Never => false,
            RequireApproval::AnyChange => true,
            RequireApproval::Broadening => !broadenings.is_empty(),
        };
        if !is_asked {
            return Decision::Proceed;
        }
        (self.ask)(&Changes {
            stack: proposal.desired.name.clone(),
            resources: proposal.change_set.changes.clone(),
            broadenings,
        })
    }
}

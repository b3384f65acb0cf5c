//! Who answers what.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::local::contract::{Pages, ResourceType, Service};

/// What stands behind the front besides the emulator.
#[derive(Default)]
pub struct Routes {
    services: BTreeMap<String, Arc<dyn Service>>,
    pages: Vec<(String, Arc<dyn Pages>)>,
    resources: BTreeMap<String, Arc<dyn ResourceType>>,
}

impl Routes {
    /// Adds a JSON service under the prefix of its `X-Amz-Target`, such as `CodePipeline_20150709`.
    #[must_use]
    pub fn service(mut self, prefix: &str, service: Arc<dyn Service>) -> Self {
        self.services.insert(prefix.to_owned(), service);
        self
    }

    /// Adds pages below a path, such as `/git/`.
    #[must_use]
    pub fn page(mut self, path: &str, pages: Arc<dyn Pages>) -> Self {
        self.pages.push((path.to_owned(), pages));
        self
    }

    /// Adds a CloudFormation type, such as `AWS::CodePipeline::Pipeline`.
    #[must_use]
    pub fn resource(mut self, name: &str, resource: Arc<dyn ResourceType>) -> Self {
        self.resources.insert(name.to_owned(), resource);
        self
    }

    /// The names of the CloudFormation types.
    pub fn resource_names(&self) -> Vec<String> {
        self.resources.keys().cloned().collect()
    }

    /// The service and the operation that an `X-Amz-Target` names.
    pub(super) fn target<'a>(&self, target: &'a str) -> Option<(&Arc<dyn Service>, &'a str)> {
        let (prefix, operation) = target.rsplit_once('.')?;
        self.services.get(prefix).map(|service| (service, operation))
    }

    /// The pages below which a path lies.
    pub(super) fn pages(&self, path: &str) -> Option<&Arc<dyn Pages>> {
        self.pages.iter().find(|(prefix, _)| path.starts_with(prefix.as_str())).map(|(_, pages)| pages)
    }

    /// The CloudFormation type of a name.
    pub(super) fn resource_type(&self, name: &str) -> Option<&Arc<dyn ResourceType>> {
        self.resources.get(name)
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Routes").field("services", &self.services.keys()).finish_non_exhaustive()
    }
}

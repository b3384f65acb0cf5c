//! What a request of an engine is about. Pure.
//!
//! Source: the "Open Container Initiative Distribution Specification", and the table of ECR's rights in the Service
//! Authorization Reference.

use http::Method;

use crate::assembly::partition;
use crate::id::{AccountId, Region};

/// What parts the name of a repository from what is wanted of it.
const PARTS: [&str; 3] = ["blobs", "manifests", "tags"];

/// A request for something in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// The repository's account.
    pub account: AccountId,
    /// The repository's region.
    pub region: Region,
    /// The repository's name.
    pub repository: String,
    /// What is wanted of it, such as `blobs/uploads/`.
    rest: String,
}

impl Address {
    /// Reads the path of a request: `/v2/ACCOUNT/REGION/NAME/…`.
    pub fn parse(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/v2/")?;
        let (account, path) = path.split_once('/')?;
        let (region, path) = path.split_once('/')?;
        let words: Vec<&str> = path.split('/').collect();
        let position = words.iter().position(|word| PARTS.contains(word)).filter(|position| *position > 0)?;
        let (name, rest) = words.split_at(position);
        let is_plain = |word: &&str| {
            !matches!(*word, "." | "..")
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+=:@".contains(&byte))
        };
        let is_named = name.iter().all(|word| !word.is_empty());
        (is_named && words.iter().all(is_plain)).then_some(())?;
        Some(Self {
            account: account.parse().ok()?,
            region: region.parse().ok()?,
            repository: name.join("/"),
            rest: rest.join("/"),
        })
    }

    /// The right that a request needs on the repository; `None` for what is not served.
    pub fn right(&self, method: &Method) -> Option<&'static str> {
        let (part, of) = self.rest.split_once('/')?;
        let upload = (part == "blobs").then(|| of.strip_prefix("uploads")).flatten();
        let session = upload.map(|session| session.trim_matches('/'));
        Some(match (part, session, method.as_str()) {
            ("blobs", Some(""), "POST") => "ecr:InitiateLayerUpload",
            ("blobs", Some(_), "GET" | "PATCH" | "DELETE") => "ecr:UploadLayerPart",
            ("blobs", Some(_), "PUT") => "ecr:CompleteLayerUpload",
            ("blobs", None, "HEAD") => "ecr:BatchCheckLayerAvailability",
            ("blobs", None, "GET") => "ecr:GetDownloadUrlForLayer",
            ("manifests", _, "GET" | "HEAD") => "ecr:BatchGetImage",
            ("manifests", _, "PUT") => "ecr:PutImage",
            ("manifests", _, "DELETE") => "ecr:BatchDeleteImage",
            ("tags", _, "GET") => "ecr:ListImages",
            _ => return None,
        })
    }

    /// The repository's ARN.
    pub fn arn(&self) -> String {
        let Self { account, region, repository, .. } = self;
        format!("arn:{}:ecr:{region}:{account}:repository/{repository}", partition(region))
    }

    /// The host by which the emulator knows account and region.
    pub fn host(&self) -> String {
        format!("{}.dkr.ecr.{}.amazonaws.com", self.account, self.region)
    }

    /// The path as the emulator knows it. A layer of another repository is never linked: it would be read without a
    /// right to it.
    pub fn inner(&self, query: Option<&str>) -> String {
        let kept: Vec<&str> = query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("mount=") && !pair.starts_with("from="))
            .collect();
        let mark = if kept.is_empty() { "" } else { "?" };
        format!("/v2/{}/{}{mark}{}", self.repository, self.rest, kept.join("&"))
    }

    /// A path of the emulator's as engines know it.
    pub fn outer(&self, location: &str) -> Option<String> {
        let rest = location.strip_prefix(&format!("/v2/{}/", self.repository))?;
        Some(format!("/v2/{}/{}/{}/{rest}", self.account, self.region, self.repository))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_account_region_and_repository() {
        let address = Address::parse("/v2/111111111111/eu-west-1/team/app/blobs/uploads/u1").unwrap();
        assert_eq!(address.arn(), "arn:aws:ecr:eu-west-1:111111111111:repository/team/app");
        assert_eq!(address.inner(Some("digest=sha256%3Aab")), "/v2/team/app/blobs/uploads/u1?digest=sha256%3Aab");
        assert_eq!(address.inner(Some("mount=sha256:ab&from=other")), "/v2/team/app/blobs/uploads/u1");
        assert_eq!(
            address.outer("/v2/team/app/blobs/uploads/u2").as_deref(),
            Some("/v2/111111111111/eu-west-1/team/app/blobs/uploads/u2")
        );
        assert_eq!(address.outer("http://elsewhere/"), None);
        for path in [
            "/v2/",
            "/v2/app/manifests/1",
            "/v2/1/eu-west-1/app/manifests/1",
            "/v2/111111111111/nowhere/app/manifests/1",
            "/v2/111111111111/eu-west-1/manifests/1",
            "/v2/111111111111/eu-west-1//manifests/1",
            "/v2/111111111111/eu-west-1/../app/manifests/1",
            "/v2/111111111111/eu-west-1/a%2Fb/manifests/1",
            "/v2/_catalog",
        ] {
            assert_eq!(Address::parse(path), None, "{path}");
        }
    }

    #[test]
    fn every_request_needs_a_right() {
        let right = |method: &str, rest: &str| {
            let address = Address::parse(&format!("/v2/111111111111/eu-west-1/app/{rest}")).unwrap();
            address.right(&method.parse().unwrap())
        };
        assert_eq!(right("POST", "blobs/uploads/"), Some("ecr:InitiateLayerUpload"));
        assert_eq!(right("PATCH", "blobs/uploads/u"), Some("ecr:UploadLayerPart"));
        assert_eq!(right("PUT", "blobs/uploads/u"), Some("ecr:CompleteLayerUpload"));
        assert_eq!(right("HEAD", "blobs/sha256:ab"), Some("ecr:BatchCheckLayerAvailability"));
        assert_eq!(right("GET", "blobs/sha256:ab"), Some("ecr:GetDownloadUrlForLayer"));
        assert_eq!(right("PUT", "manifests/1"), Some("ecr:PutImage"));
        assert_eq!(right("GET", "manifests/1"), Some("ecr:BatchGetImage"));
        assert_eq!(right("GET", "tags/list"), Some("ecr:ListImages"));
        assert_eq!(right("DELETE", "blobs/sha256:ab"), None);
        assert_eq!(right("PUT", "tags/list"), None);
    }
}

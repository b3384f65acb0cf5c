//! `region`, wherever it stands.

use crate::definition::read::Node;
use crate::diagnostic::Diagnostic;
use crate::id::Region;
use crate::text;

/// What the names of regions begin with, by the partitions that botocore's `partitions.json` describes.
const BEGINNINGS: [&str; 17] = [
    "af", "ap", "ca", "cn", "eu", "eu-isoe", "eusc", "il", "me", "mx", "sa", "us", "us-gov", "us-iso", "us-isob",
    "us-isof", "us-isog",
];

/// The regions that are known. There may be more of them by now.
const KNOWN: [&str; 46] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Reads a region. One of no partition is refused; of one that is only not known, that is said.
pub(super) fn decode(node: &Node<'_>) -> Option<Region> {
    let region: Region = node.identifier()?;
    let name = region.as_str();
    if KNOWN.contains(&name) {
        return Some(region);
    }
    let near = text::nearest(name, KNOWN).map(|near| format!("a region with a similar name is known: `{near}`"));
    let is_of_a_partition = name.rmatch_indices('-').any(|(end, _)| BEGINNINGS.contains(&&name[..end]));
    if !is_of_a_partition {
        let message = format!("`{name}` is a region of no partition of AWS");
        let finding = node.context.error("invalid-value", message, node.span.clone(), "no such region");
        let help = near.unwrap_or_else(|| "a region is called like `eu-west-1`".to_owned());
        node.context.report(finding.help(help));
        return None;
    }
    let finding = Diagnostic::warning("unknown-region", format!("`{name}` is not known to be a region of AWS"));
    let help = near.unwrap_or_else(|| "that is well if it is a new one".to_owned());
    node.context.report(finding.at(node.context.file(), node.span.clone(), "not known").help(help));
    Some(region)
}

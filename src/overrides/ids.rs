//! Logical ids as the CDK makes them of the paths of constructs, so that what is added here has the name that it would have
//! if an app had added it (`makeUniqueId` of aws-cdk-lib).

use md5::{Digest, Md5};

/// The longest logical id.
const LONGEST: usize = 255;
/// The most characters of an id that people are to read.
const LONGEST_READABLE: usize = 240;
/// A part of a path that counts for nothing.
const HIDDEN: &str = "Default";
/// A part of a path that only tells ids apart.
const UNREAD: &str = "Resource";

/// The id of a construct, by the parts of its path.
pub(super) fn unique(path: &[&str]) -> String {
    let parts: Vec<&str> = path.iter().copied().filter(|part| *part != HIDDEN).collect();
    if let [only] = parts.as_slice() {
        let plain = plain(only);
        if plain.len() <= LONGEST {
            return plain;
        }
    }
    let mut readable: Vec<&str> = Vec::new();
    for part in &parts {
        if readable.last().is_none_or(|last| !last.ends_with(part)) {
            readable.push(part);
        }
    }
    let mut id: String = readable.into_iter().filter(|part| *part != UNREAD).map(plain).collect();
    id.truncate(LONGEST_READABLE);
    let digest = hex::encode_upper(Md5::digest(parts.join("/")));
    id.push_str(&digest[..8]);
    id
}

/// The letters and digits of a text.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_cdk() {
        assert_eq!(
            unique(&["auth-auditor-function-lambda", "ServiceRole", "DefaultPolicy", "Resource"]),
            "authauditorfunctionlambdaServiceRoleDefaultPolicyAC2AD7E4"
        );
        assert_eq!(
            unique(&["amplify-fixture-beta-standalone-a46f62af93", "auth.NestedStack", "auth.NestedStackResource"]),
            "amplifyfixturebetastandalonea46f62af93authNestedStackauthNestedStackResource9783D4D6"
        );
        assert_eq!(unique(&["reference-to-x.Ref"]), "referencetoxRef");
        let long = "a".repeat(300);
        assert_eq!(unique(&[&long]).len(), 248);
    }
}

//! Images of builds that lie in private repositories of Amazon ECR: CodeBuild pulls them with the role of the build.

use serde_json::json;

use super::policy::Statement;
use crate::cfn::intrinsic::substitute;
use crate::definition::BuildEnvironment;

/// How the host of a private registry goes on after its account.
const REGISTRY: &str = ".dkr.ecr.";

/// What it ends with, in any partition that has CodePipeline.
const DOMAINS: [&str; 2] = ["amazonaws.com", "amazonaws.com.cn"];

/// A private repository.
#[derive(Debug, PartialEq, Eq)]
struct Repository<'a> {
    account: &'a str,
    region: &'a str,
    name: &'a str,
}

/// What pulling the image needs ("Docker in custom image" and "Amazon ECR sample" of the CodeBuild user guide); nothing where
/// it is public, or of a registry of somebody else's. In another account, the repository's own policy has to allow it too.
pub(super) fn statements(environment: &BuildEnvironment) -> Vec<Statement> {
    let Some(Repository { account, region, name }) = repository(&environment.image) else { return Vec::new() };
    vec![
        // The service knows no resource for it.
        Statement::allow(&["ecr:GetAuthorizationToken"], [json!("*")]),
        Statement::allow(
            &["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [substitute(format!("arn:${{AWS::Partition}}:ecr:{region}:{account}:repository/{name}"))],
        ),
    ]
}

/// The repository of an image such as `111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/builder:7`.
fn repository(image: &str) -> Option<Repository<'_>> {
    let (host, path) = image.split_once('/')?;
    let (account, place) = host.split_once(REGISTRY)?;
    let (region, domain) = place.split_once('.')?;
    let without_digest = path.split_once('@').map_or(path, |(name, _)| name);
    let name = without_digest.split_once(':').map_or(without_digest, |(name, _)| name);
    let is_account = account.len() == 12 && account.chars().all(|digit| digit.is_ascii_digit());
    let is_name = |text: &str, signs: &str| {
        !text.is_empty() && text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || signs.contains(it))
    };
    let is_whole = is_account && is_name(region, "-") && is_name(name, "-_./") && DOMAINS.contains(&domain);
    is_whole.then_some(Repository { account, region, name })
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::definition::decode;
    use crate::graph;
    use crate::pipeline::{RoleOwner, roles};

    #[test]
    fn a_builds_role_pulls_its_own_image_alone() {
        let image = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/builder:7";
        let text = format!(
            "[pipeline]\nname = \"app\"\n[source.s3]\nbucket = \"sources\"\nkey = \"app.zip\"\n\
             [build]\ncommands = [\"make\"]\nimage = \"{image}\"\n\
             [[stage]]\nname = \"S\"\n[[stage.after]]\nname = \"look\"\ncommands = [\"true\"]\n"
        );
        let (definition, _) = decode(Utf8Path::new("pipeline.toml"), &text).expect("a definition");
        let graph = graph::build(&definition).expect("a graph");
        for role in roles(&definition, &graph) {
            let pulls = role.statements.iter().filter(|it| it.actions.iter().any(|action| action.starts_with("ecr:")));
            let pulled: Vec<_> = pulls.flat_map(|statement| statement.resources.clone()).collect();
            let wanted = match role.owner {
                RoleOwner::Build => {
                    let repository = "arn:${AWS::Partition}:ecr:eu-west-1:111111111111:repository/builder";
                    vec![json!("*"), substitute(repository)]
                }
                _ => Vec::new(),
            };
            assert_eq!(pulled, wanted, "{}", role.logical_id);
        }
    }

    #[test]
    fn private_repositories_are_told_from_other_images() {
        let found = |image: &str| repository(image).map(|it| [it.account, it.region, it.name].join(" "));
        let host = "111111111111.dkr.ecr.eu-west-1.amazonaws.com";
        for image in ["builder", "builder:7", "builder@sha256:0123", "builder:7@sha256:0123"] {
            let found = found(&format!("{host}/{image}"));
            assert_eq!(found.as_deref(), Some("111111111111 eu-west-1 builder"), "{image}");
        }
        assert_eq!(
            found(&format!("{host}/team/ci_build.er")).as_deref(),
            Some("111111111111 eu-west-1 team/ci_build.er")
        );
        let chinese = found("111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/builder");
        assert_eq!(chinese.as_deref(), Some("111111111111 cn-north-1 builder"));
        for other in [
            "aws/codebuild/standard:7.0",
            "public.ecr.aws/docker/library/rust:1",
            "rust:1",
            "111111111111.dkr.ecr.eu-west-1.example.com/builder",
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com/${builder}",
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com/*",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}

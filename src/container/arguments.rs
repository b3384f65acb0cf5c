//! The arguments of a build. Pure.

use crate::assembly::{DockerCache, DockerImageSource};

/// The arguments of a build whose image is to be called `image`, in the folder of the source.
pub(super) fn build(source: &DockerImageSource, image: &str) -> Vec<String> {
    let mut arguments = Arguments::default();
    for (name, value) in &source.docker_build_args {
        arguments.option("--build-arg", format!("{name}={value}"));
    }
    for (name, context) in &source.docker_build_contexts {
        arguments.option("--build-context", format!("{name}={context}"));
    }
    for (name, origin) in &source.docker_build_secrets {
        arguments.option("--secret", format!("id={name},{origin}"));
    }
    arguments.given("--ssh", source.docker_build_ssh.as_ref());
    arguments.option("--tag", image.to_owned());
    arguments.given("--target", source.docker_build_target.as_ref());
    arguments.given("--file", source.docker_file.as_ref());
    arguments.given("--network", source.network_mode.as_ref());
    arguments.given("--platform", source.platform.as_ref());
    for output in &source.docker_outputs {
        arguments.0.push(format!("--output={output}"));
    }
    for from in &source.cache_from {
        arguments.option("--cache-from", cache(from));
    }
    arguments.given("--cache-to", source.cache_to.as_ref().map(cache).as_ref());
    if source.cache_disabled == Some(true) {
        arguments.0.push("--no-cache".to_owned());
    }
    arguments.0.push(".".to_owned());
    arguments.0
}

#[derive(Default)]
struct Arguments(Vec<String>);

impl Arguments {
    fn option(&mut self, name: &str, value: String) {
        self.0.extend([name.to_owned(), value]);
    }

    fn given(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.option(name, value.clone());
        }
    }
}

fn cache(cache: &DockerCache) -> String {
    let parameters = cache.params.iter().map(|(name, value)| format!(",{name}={value}"));
    format!("type={}{}", cache.r#type, parameters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_source_becomes_an_argument() {
        let source: DockerImageSource = serde_json::from_str(
            r#"{"directory": "asset.1", "dockerFile": "Other", "dockerBuildTarget": "final",
                "dockerBuildArgs": {"A": "1", "B": "two words"}, "dockerBuildContexts": {"base": "../base"},
                "dockerBuildSecrets": {"npm": "src=.npmrc"}, "dockerBuildSsh": "default", "networkMode": "host",
                "platform": "linux/arm64", "dockerOutputs": ["type=docker", "type=local,dest=out"],
                "cacheFrom": [{"type": "registry", "params": {"ref": "r:cache"}}, {"type": "gha"}],
                "cacheTo": {"type": "registry", "params": {"ref": "r:cache", "mode": "max"}}, "cacheDisabled": true}"#,
        )
        .unwrap();
        let expected = "--build-arg A=1 --build-arg B=two␣words --build-context base=../base --secret id=npm,src=.npmrc \
            --ssh default --tag name:1 --target final --file Other --network host --platform linux/arm64 \
            --output=type=docker --output=type=local,dest=out --cache-from type=registry,ref=r:cache \
            --cache-from type=gha --cache-to type=registry,ref=r:cache,mode=max --no-cache .";
        let expected: Vec<String> = expected.split_whitespace().map(|word| word.replace('␣', " ")).collect();
        assert_eq!(build(&source, "name:1"), expected);
        assert_eq!(build(&DockerImageSource::default(), "name:1"), ["--tag", "name:1", "."]);
    }
}

//! Assemblies that the real CDK wrote.

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::assembly::{ArtifactKind, Assembly, FileSource, Packaging};

fn fixture(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cdk").join(name)
}

fn load(root: &Utf8Path) -> Assembly {
    Assembly::load(&mut |path| std::fs::read_to_string(root.join(path))).expect("the assembly is readable")
}

#[test]
fn an_assembly_of_the_cdk_is_read() {
    let root = fixture("lambda-stage");
    let assembly = load(&root);
    let stacks: Vec<_> = assembly
        .stacks()
        .map(|view| (view.name().to_owned(), view.environment().to_string(), view.template()))
        .collect();
    let environment = "aws://111111111111/us-east-1".to_owned();
    assert_eq!(
        stacks,
        [
            ("PipelineStack".to_owned(), environment.clone(), "PipelineStack.template.json".into()),
            ("Prod-LambdaStack".to_owned(), environment, "assembly-Prod/ProdLambdaStackE0A4C31F.template.json".into()),
        ]
    );
    for view in assembly.stacks() {
        assert!(root.join(view.template()).is_file());
        assert!(view.stack.requires_bootstrap_stack_version == Some(6));
        assert!(view.artifact.dependencies.iter().all(|id| view.assembly.manifest.artifacts.contains_key(id)));
    }
    let nested = &assembly.nested["assembly-Prod"];
    let code = nested.asset_manifests["ProdLambdaStackE0A4C31F.assets"]
        .files
        .values()
        .find(|asset| asset.display_name.as_deref() == Some("Fn/Code"))
        .expect("the function's code");
    assert!(
        matches!(&code.source, FileSource::Path { path, packaging: Packaging::Zip } if path.starts_with("../asset."))
    );
    assert!(assembly.manifest.artifacts.values().any(
        |artifact| matches!(&artifact.kind, ArtifactKind::Other { type_name, .. } if type_name == "cdk:feature-flag-report")
    ));
    assembly.check_complete().expect("nothing is missing");
}

#[test]
fn an_assembly_of_the_cdk_is_written_as_it_was_read() {
    let assembly = load(&fixture("lambda-stage"));
    let files = assembly.render();
    let again = Assembly::load(&mut |path| {
        files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.clone())
            .ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
    });
    assert_eq!(again.expect("what is written is readable"), assembly);
}

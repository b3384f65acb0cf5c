//! Stages whose stacks come from assemblies of the real CDK: nothing is lost, everything is in order, and what is broken is
//! refused with file and reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;

use pipectl::assembly::{Assembly, StackView};
use serde_json::Value;

use crate::support::place::Place;

const DEFINITION: &str = r#"
[pipeline]
name = "shop"
account = "111111111111"
region = "us-east-1"

[source.github]
repository = "octo-org/shop"

[build]
commands = ["npx cdk synth"]
"#;

fn stage(name: &str, wave: &str) -> String {
    let wave = if wave.is_empty() { String::new() } else { format!("wave = \"{wave}\"\n") };
    format!("\n[[stage]]\nname = \"{name}\"\n{wave}\n[[stage.assembly]]\npath = \"cdk.out\"\nstage = \"{name}\"\n")
}

/// The app of the fixture: two stages, and a wave of three.
fn rich() -> String {
    DEFINITION.to_owned()
        + &["Beta", "Prod"].map(|name| stage(name, "")).concat()
        + &["W1", "W2", "W3"].map(|name| stage(name, "Fan")).concat()
}

/// A project with a definition and an assembly.
struct Project(Place);

impl std::ops::Deref for Project {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Project {
    fn new(definition: &str, fixture: &str) -> Self {
        let place = Place::new();
        place.write("pipeline.toml", definition);
        place.copy(&format!("cdk/{fixture}"), "cdk.out");
        Self(place)
    }

    fn assembly(&self, name: &str) -> Assembly {
        Assembly::load(&mut |path| fs::read_to_string(self.at(name).join(path))).unwrap()
    }

    /// Runs `synth`, which must refuse, and tells why.
    fn refusal(&self) -> String {
        let said = self.said(&["synth"], 3);
        assert!(!self.at("pipectl.out").exists(), "nothing is written");
        said
    }

    /// Changes a JSON file of the assembly.
    fn edit_assembly(&self, file: &str, edit: impl FnOnce(&mut Value)) {
        self.edit(&format!("cdk.out/{file}"), edit);
    }
}

/// The stacks of an app's stages by environment and name.
fn stacks<'a>(assembly: &'a Assembly) -> BTreeMap<(String, String), StackView<'a>> {
    let staged = assembly.nested.values().flat_map(Assembly::stacks);
    staged.map(|view| ((view.environment().to_string(), view.name().to_owned()), view)).collect()
}

/// Every place that an asset of the stages goes to: region, bucket or repository, key or tag, role.
fn destinations(assembly: &Assembly) -> BTreeSet<String> {
    let role = |role: &Option<String>| role.as_deref().unwrap_or_default().replace("${AWS::Partition}", "aws");
    let mut destinations = BTreeSet::new();
    for nested in assembly.nested.values() {
        for manifest in nested.asset_manifests.values() {
            for (id, to) in
                manifest.files.iter().flat_map(|(id, file)| file.destinations.values().map(move |to| (id, to)))
            {
                let place =
                    format!("{id} {:?} {} {} {}", to.region, to.bucket_name, to.object_key, role(&to.assume_role_arn));
                destinations.insert(place);
            }
            for to in manifest.docker_images.values().flat_map(|image| image.destinations.values()) {
                destinations.insert(format!("{:?} {} {}", to.region, to.repository_name, to.image_tag));
            }
        }
    }
    destinations
}

#[test]
fn nothing_of_an_app_is_lost() {
    let project = Project::new(&rich(), "rich");
    assert_eq!(project.run(&["synth"]).status.code(), Some(0));
    let (app, own) = (project.assembly("cdk.out"), project.assembly("pipectl.out"));
    let (before, after) = (stacks(&app), stacks(&own));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert_eq!(destinations(&app), destinations(&own));
    for (key, original) in before {
        let taken = &after[&key];
        let text = |name: &str, view: &StackView<'_>| fs::read(project.at(name).join(view.template())).unwrap();
        assert!(text("cdk.out", &original) == text("pipectl.out", taken), "{key:?} byte for byte");
        assert_eq!(original.stack.assume_role_arn, taken.stack.assume_role_arn);
        assert_eq!(original.stack.cloud_formation_execution_role_arn, taken.stack.cloud_formation_execution_role_arn);
        assert_eq!(original.stack.notification_arns, taken.stack.notification_arns);
        for (tag, value) in &original.stack.tags {
            assert_eq!(taken.stack.tags.get(tag), Some(value));
        }
    }
    // Whatever an asset manifest names is there.
    for nested in own.nested.values() {
        for (id, manifest) in &nested.asset_manifests {
            for file in manifest.files.values() {
                if let pipectl::assembly::FileSource::Path { path, .. } = &file.source {
                    assert!(project.at("pipectl.out").join(nested.asset_manifest_folder(id)).join(path).exists());
                }
            }
        }
    }
}

#[test]
fn every_stack_is_deployed_once_and_after_what_it_depends_on() {
    let project = Project::new(&rich(), "rich");
    let output = project.run(&["graph", "--format", "json"]);
    let graph: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut deployed: BTreeMap<(String, String), (usize, u64)> = BTreeMap::new();
    for (position, stage) in graph["stages"].as_array().unwrap().iter().enumerate() {
        for action in stage["actions"].as_array().unwrap() {
            let key = &action["kind"]["deploy"];
            if let (Some(stage), Some(stack)) = (key["stage"].as_str(), key["stack"].as_str()) {
                let place = (position, action["run_order"].as_u64().unwrap());
                assert_eq!(deployed.insert((stage.to_owned(), stack.to_owned()), place), None, "only once");
            }
        }
    }
    let app = project.assembly("cdk.out");
    assert_eq!(deployed.len(), stacks(&app).len());
    for nested in app.nested.values() {
        for view in nested.own_stacks() {
            let place = |view: &StackView<'_>| {
                let (stage, stack) = view.artifact.display_name.as_deref().unwrap().split_once('/').unwrap();
                deployed[&(stage.to_owned(), stack.to_owned())]
            };
            for need in nested.own_stacks().filter(|other| view.artifact.dependencies.iter().any(|id| id == other.id)) {
                assert!(place(&need) < place(&view), "{} before {}", need.id, view.id);
            }
        }
    }
}

#[test]
fn destinations_without_a_role_are_those_of_the_toolkit() {
    let project = Project::new(&rich(), "rich");
    project.edit_assembly("assembly-Beta/BetaApp29AC0F83.assets.json", |manifest| {
        for kind in ["files", "dockerImages"] {
            for asset in manifest[kind].as_object_mut().unwrap().values_mut() {
                for to in asset["destinations"].as_object_mut().unwrap().values_mut() {
                    to.as_object_mut().unwrap().remove("assumeRoleArn");
                }
            }
        }
    });
    assert_eq!(project.run(&["synth"]).status.code(), Some(0));
    let own = project.assembly("pipectl.out");
    let beta = own.nested.values().find(|nested| nested.folder.as_str() == "assembly-Beta").unwrap();
    let manifest = &beta.asset_manifests["App.assets"];
    let roles =
        |kind: &str| format!("arn:aws:iam::111111111111:role/cdk-hnb659fds-{kind}-publishing-role-111111111111-");
    for to in manifest.files.values().flat_map(|file| file.destinations.values()) {
        assert_eq!(to.assume_role_arn, Some(roles("file") + to.region.as_deref().unwrap()));
    }
    for to in manifest.docker_images.values().flat_map(|image| image.destinations.values()) {
        assert_eq!(to.assume_role_arn, Some(roles("image") + to.region.as_deref().unwrap()));
    }
    let pipeline = fs::read_to_string(project.at("pipectl.out/shop-pipeline.template.json")).unwrap();
    assert!(pipeline.contains("role/cdk-hnb659fds-file-publishing-role-111111111111-us-east-1"), "it may be taken");
}

#[test]
fn the_same_app_gives_the_same_bytes() {
    let files = |project: &Project| {
        assert_eq!(project.run(&["synth"]).status.code(), Some(0));
        project.files("pipectl.out")
    };
    assert!(files(&Project::new(&rich(), "rich")) == files(&Project::new(&rich(), "rich")));
}

#[test]
fn what_only_a_build_can_find_is_no_mistake() {
    let project = Project::new(&rich(), "rich");
    fs::remove_dir_all(project.at("cdk.out")).unwrap();
    let output = project.run(&["validate"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("stage `Beta`: the assembly `cdk.out` does not exist"), "{said}");
    let said = project.refusal();
    assert!(said.contains("the assembly `cdk.out` is not there") && said.contains("`pipectl build`"), "{said}");
}

#[test]
fn the_pipeline_of_an_app_is_not_deployed_beside_the_new_one() {
    let definition = |stacks: &str| {
        format!("{DEFINITION}{}", stage("All", "").replace("stage = \"All\"", &format!("stacks = [\"{stacks}\"]")))
    };
    let project = Project::new(&definition("**"), "rich");
    let told = "is the app's own pipeline, which updates itself";
    assert!(project.refusal().contains(told));
    let said = project.said(&["validate"], 3);
    assert!(said.contains(told) && said.contains("`stacks = [\"*/*\"]`"), "{said}");
    project.write("pipeline.toml", definition("Beta/*"));
    let _ = project.said(&["synth"], 0);
}

#[test]
fn parameters_that_no_template_declares_are_refused() {
    let stage =
        |parameters: &str| format!("{DEFINITION}{}[stage.assembly.parameters]\n{parameters}", self::stage("Beta", ""));
    let project = Project::new(&stage("Bsae = { Size = \"x\" }\nApp = { BootstrapVersoin = \"y\" }\n"), "rich");
    let said = project.said(&["validate"], 3);
    assert!(said.contains("`parameters` names a stack `Bsae`, which is not there"), "{said}");
    assert!(said.contains("declares no parameter `BootstrapVersoin`") && said.contains("2 errors"), "{said}");
    let line = said.lines().position(|line| line.contains("App = { BootstrapVersoin")).unwrap();
    assert!(said.lines().nth(line + 1).unwrap().contains("^ not declared"), "{said}");
    project.write("pipeline.toml", stage("App = { BootstrapVersoin = \"y\" }\n"));
    assert!(project.refusal().contains("a parameter with a similar name exists: `BootstrapVersion`"));
}

#[test]
fn broken_assemblies_are_refused_with_file_and_reason() {
    let broken = |harm: &dyn Fn(&Project), wanted: &[&str]| {
        let project = Project::new(&rich(), "rich");
        harm(&project);
        let validated = project.run(&["validate"]);
        assert_eq!(validated.status.code(), Some(3), "{wanted:?}: {}", String::from_utf8_lossy(&validated.stderr));
        let said = project.refusal();
        for wanted in wanted {
            assert!(said.contains(wanted), "`{wanted}` in:\n{said}");
        }
    };
    let beta = |file: &str| format!("assembly-Beta/{file}");
    broken(
        &|project| {
            let path = project.at("cdk.out/manifest.json");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, &text[..text.len() / 2]).unwrap();
        },
        &["the assembly `cdk.out` cannot be used", "`manifest.json` is not JSON"],
    );
    broken(
        &|project| fs::remove_file(project.at("cdk.out/assembly-Beta/BetaBase7895E1FC.template.json")).unwrap(),
        &["cdk.out/assembly-Beta/BetaBase7895E1FC.template.json", "is not there"],
    );
    broken(
        &|project| {
            project.edit_assembly(&beta("BetaApp29AC0F83.assets.json"), |manifest| {
                let (_, file) = manifest["files"].as_object_mut().unwrap().iter_mut().next().unwrap();
                file["source"]["path"] = "../../../etc/passwd".into();
            });
        },
        &["BetaApp29AC0F83.assets.json", "names a path outside of the assembly", "../../../etc/passwd"],
    );
    broken(
        &|project| {
            let assets = fs::read_dir(project.at("cdk.out")).unwrap().map(|entry| entry.unwrap().path());
            let code = assets.into_iter().find(|path| path.join("index.js").is_file()).unwrap();
            symlink("/etc/passwd", code.join("secrets")).unwrap();
        },
        &["asset.", "secrets", "leads out of"],
    );
    broken(
        &|project| {
            let assets = fs::read_dir(project.at("cdk.out")).unwrap().map(|entry| entry.unwrap().path());
            let code = assets.into_iter().find(|path| path.join("index.js").is_file()).unwrap();
            fs::remove_dir_all(&code).unwrap();
            symlink("/etc", code).unwrap();
        },
        &["asset.", "leads out of"],
    );
    for file in ["assembly-Beta/BetaBase7895E1FC.template.json", "assembly-Beta/manifest.json"] {
        broken(
            &|project| {
                let path = project.at(&format!("cdk.out/{file}"));
                fs::rename(&path, project.at("elsewhere.json")).unwrap();
                symlink(project.at("elsewhere.json"), path).unwrap();
            },
            &[&format!("`{file}` of the assembly cannot be read"), "it is a link that leads out of the assembly"],
        );
    }
    broken(
        &|project| {
            project.edit_assembly(&beta("manifest.json"), |manifest| {
                manifest["artifacts"]["BetaBase7895E1FC"]["dependencies"] = serde_json::json!(["BetaApp29AC0F83"]);
            });
        },
        &["stage `Beta`", "`App` and `Base` wait for each other"],
    );
    broken(
        &|project| {
            let path = project.at("cdk.out/assembly-Beta/BetaBase7895E1FC.template.json");
            let padding = "x".repeat(1_200_000);
            fs::write(path, format!("{{\"Description\":\"{padding}\",\"Resources\":{{}}}}")).unwrap();
        },
        &[
            "`cdk.out/assembly-Beta/BetaBase7895E1FC.template.json` is larger than 1048576 bytes: it has 12000",
            "divide the stack in the app",
        ],
    );
    broken(
        &|project| {
            project.edit_assembly(&beta("manifest.json"), |manifest| {
                manifest["artifacts"]["BetaBase7895E1FC"]["properties"]["stackName"] = "Beta-App".into();
            });
        },
        &["two stacks of one environment are called `Beta-App`"],
    );
    broken(
        &|project| {
            project.edit_assembly("manifest.json", |manifest| {
                manifest["missing"] = serde_json::json!([{
                    "key": "vpc-provider:account=111111111111:filter.isDefault=true:region=us-east-1",
                    "provider": "vpc-provider",
                    "props": { "account": "111111111111", "region": "us-east-1" },
                }]);
            });
        },
        &["vpc-provider:account=111111111111", "cdk.context.json", "npx cdk synth"],
    );
    broken(
        &|project| {
            project.edit_assembly(&beta("BetaBase7895E1FC.template.json"), |template| {
                template["Parameters"]["Size"] = serde_json::json!({ "Type": "String" });
            });
        },
        &["parameter `Size`", "parameters = { Base = { Size"],
    );
    broken(
        &|project| {
            project.edit_assembly(&beta("manifest.json"), |manifest| {
                manifest["artifacts"]["BetaBase7895E1FC"]["properties"]["parameters"] =
                    serde_json::json!({ "Size": "1" });
            });
        },
        &["`cdk.out/assembly-Beta/BetaBase7895E1FC.template.json` declares no parameter `Size`"],
    );
    broken(
        &|project| {
            project.edit_assembly(&beta("manifest.json"), |manifest| {
                manifest["artifacts"]["BetaBase7895E1FC"]["properties"]["assumeRoleArn"] = "deployer".into();
            });
        },
        &["stage `Beta`, stack `Base`: `deployer` is no ARN of a role"],
    );
}

#[test]
fn what_an_assembly_lacks_is_told_by_every_verb() {
    let project = Project::new(&rich(), "rich");
    let assets = fs::read_dir(project.at("cdk.out")).unwrap().map(|entry| entry.unwrap().path());
    let code = assets.into_iter().find(|path| path.join("index.js").is_file()).unwrap();
    fs::remove_dir_all(&code).unwrap();
    fs::remove_file(project.at("cdk.out/assembly-Prod/ProdBase87C4F15B.template.json")).unwrap();
    let name = code.file_name().unwrap().to_str().unwrap();
    let again = "help: synthesise the app again, as the commands of `[build]` do";
    let said = |arguments: &[&str]| {
        let output = project.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{said}");
        said
    };
    let validated = said(&["validate"]);
    for told in [
        format!("error[missing-asset]: asset `cdk.out/{name}` does not exist").as_str(),
        "error[missing-template]: template `cdk.out/assembly-Prod/",
        "| path = \"cdk.out\"\n",
        again,
    ] {
        assert!(validated.contains(told), "`{told}` in:\n{validated}");
    }
    assert_eq!(validated.matches("missing-asset").count(), 1, "once, however many stacks have it:\n{validated}");
    assert!(said(&["synth"]).contains("error[missing-template]: the template `cdk.out/assembly-Prod/"));

    let project = Project::new(&rich(), "rich");
    fs::remove_dir_all(project.at("cdk.out").join(name)).unwrap();
    for verb in ["synth", "diff"] {
        let output = project.run(&[verb]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{verb}: {said}");
        assert!(said.contains(&format!("error: `cdk.out/{name}` does not exist\n{again}")), "{verb}: {said}");
    }
}

#[test]
fn what_a_program_makes_an_image_of_comes_along() {
    let project = Project::new(&rich(), "rich");
    let tarball = format!("asset.{}.tar", "0a".repeat(32));
    fs::write(project.at("cdk.out").join(&tarball), "layers").unwrap();
    let list = "assembly-Beta/BetaApp29AC0F83.assets.json";
    // As the CDK writes it: the tarball lies at the top, and the program runs in the stage's folder.
    let program = serde_json::json!({ "executable": ["sh", "-c", "docker load -i \"$1\"", "image", tarball] });
    project.edit_assembly(list, |list| {
        for image in list["dockerImages"].as_object_mut().unwrap().values_mut() {
            image["source"] = program.clone();
        }
    });
    assert_eq!(project.run(&["synth"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(project.at("pipectl.out").join(&tarball)).unwrap(), "layers");
    let own = project.assembly("pipectl.out");
    let images = own.nested["assembly-Beta"].asset_manifests.values().flat_map(|list| list.docker_images.values());
    let last: Vec<_> = images.map(|image| image.source.executable.last().unwrap().as_str()).collect();
    assert_eq!(last, [format!("../{tarball}")]);
}

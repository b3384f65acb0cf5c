//! The real binary: what it prints where, and how it exits.

use std::process::{Command, Stdio};

use crate::support::place::{BINARY, Place, VALID, code, stderr, stdout};
use camino::Utf8Path;
use fs_err as fs;

#[test]
fn help_and_version_are_data() {
    let place = Place::new();
    for arguments in [vec!["--version"], vec!["--help"], vec!["help", "validate"], vec!["init", "--help"]] {
        let output = place.run(&arguments);
        assert_eq!((code(&output), stderr(&output)), (Some(0), ""), "{arguments:?}");
        assert!(stdout(&output).contains("pipectl"), "{arguments:?}");
    }
    assert!(stdout(&place.run(&["--help"])).contains("130  interrupted"));
}

#[test]
fn a_wrong_use_exits_with_2() {
    let place = Place::new();
    for arguments in [vec![], vec!["frobnicate"], vec!["validate", "--format", "xml"], vec!["-q", "-v", "validate"]] {
        let output = place.run(&arguments);
        assert_eq!((code(&output), stdout(&output)), (Some(2), ""), "{arguments:?}");
    }
}

#[test]
fn a_valid_definition_is_told_on_the_standard_error_alone() {
    let place = Place::new();
    place.write("pipeline.toml", VALID);
    let output = place.run(&["validate"]);
    assert_eq!((code(&output), stdout(&output)), (Some(0), ""));
    assert_eq!(stderr(&output), "✓ `pipeline.toml` is valid: 0 stages, 0 stacks\n");
    let output = place.run(&["validate", "--quiet"]);
    assert_eq!((code(&output), stdout(&output), stderr(&output)), (Some(0), "", ""));
}

#[test]
fn an_invalid_definition_exits_with_3() {
    let place = Place::new();
    place.write("pipeline.toml", VALID.replace("bucket =", "buckt ="));
    let output = place.run(&["validate"]);
    assert_eq!((code(&output), stdout(&output)), (Some(3), ""));
    insta::assert_snapshot!(stderr(&output));
}

#[test]
fn findings_are_data_for_programs() {
    let place = Place::new();
    place.write("pipeline.toml", VALID.replace("bucket =", "buckt ="));
    let output = place.run(&["validate", "--format", "json"]);
    assert_eq!((code(&output), stderr(&output)), (Some(3), ""));
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    insta::assert_json_snapshot!(findings);
}

#[test]
fn a_definition_that_cannot_be_read_is_told_plainly() {
    let place = Place::new();
    let missing = place.run(&["validate"]);
    assert_eq!(code(&missing), Some(3));
    insta::assert_snapshot!(stderr(&missing), @r"
    error: there is no definition `pipeline.toml`
    help: `pipectl init` writes one; `--file PATH` names one that is elsewhere
    ");
    place.write("binary.toml", [0xff, 0x00, 0x80]);
    place.write("large.toml", vec![b'#'; 50 * 1024 * 1024]);
    place.write("empty.toml", "");
    nix::unistd::mkfifo(place.path().join("pipe.toml").as_std_path(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (file, message) in [
        ("binary.toml", "is not a UTF-8 text file"),
        ("large.toml", "is larger than 1048576 bytes"),
        ("empty.toml", "is empty"),
        ("pipe.toml", "is a pipe, not a file"),
        ("/dev/null", "is a device, not a file"),
        (".", "is a folder"),
    ] {
        // What reads as if it were a file ends at once, too.
        let output = place.command("timeout", &["20", BINARY, "validate", "--file", file]).output().unwrap();
        assert_eq!(code(&output), Some(3), "{file}");
        assert!(stderr(&output).contains(message), "{file}: {}", stderr(&output));
        assert!(stderr(&output).contains("help: "), "{file}: {}", stderr(&output));
    }
}

#[test]
fn an_instance_that_does_not_run_is_told() {
    let place = Place::new();
    place.write("pipeline.toml", VALID);
    let cases = [("--local", "help: `pipectl local up"), ("--local=here", "help: `pipectl --local=here local up")];
    for (flag, remedy) in cases {
        let output = place.run(&["status", flag]);
        assert_eq!(code(&output), Some(4), "{}", stderr(&output));
        assert!(stderr(&output).contains(remedy), "{}", stderr(&output));
        // What needs no endpoint does not ask for one.
        assert_eq!(code(&place.run(&["validate", flag])), Some(0));
    }
    assert_eq!(code(&place.run(&["status", "--local", "--profile", "x"])), Some(2));
}

#[test]
fn failures_are_json_lines_for_programs() {
    let place = Place::new();
    let output = place.run(&["validate", "--format", "json"]);
    assert_eq!((code(&output), stdout(&output)), (Some(3), ""));
    let failure: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(failure["kind"], "invalid");
    assert_eq!(failure["error"], "there is no definition `pipeline.toml`");
}

#[test]
fn very_many_mistakes_are_counted_and_cost_little() {
    let place = Place::new();
    let mistakes: String = (0..10_000).map(|number| format!("mistake{number} = 1\n")).collect();
    place.write("pipeline.toml", format!("{VALID}{mistakes}"));
    let output = place.run(&["validate"]);
    assert_eq!(code(&output), Some(3));
    assert!(stderr(&output).ends_with("200 errors, 9800 more not shown\n"), "{}", stderr(&output));
}

#[test]
fn colours_come_only_when_wanted() {
    let place = Place::new();
    place.write("pipeline.toml", "x = 1");
    let has_colours = |configure: &dyn Fn(&mut Command)| {
        let mut command = place.command(BINARY, &["validate"]);
        configure(&mut command);
        let output = command.output().unwrap();
        assert_eq!(code(&output), Some(3));
        stderr(&output).contains('\u{1b}')
    };
    assert!(!has_colours(&|_| {}));
    assert!(has_colours(&|command| {
        command.args(["--color", "always"]);
    }));
    assert!(has_colours(&|command| {
        command.env("CLICOLOR_FORCE", "1");
    }));
    assert!(!has_colours(&|command| {
        command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    }));
    assert!(!has_colours(&|command| {
        command.env("CLICOLOR_FORCE", "1").args(["--color", "never"]);
    }));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    for verb in [vec!["schema"], vec!["completions", "bash"], vec!["--help"]] {
        let mut child = place.command(BINARY, &verb).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (Some(0), ""), "{verb:?}");
    }
}

#[test]
fn an_interruption_exits_with_130() {
    // An endpoint that takes calls and never answers.
    let endpoint = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new();
    place.write("pipeline.toml", VALID);
    let child = place
        .command(BINARY, &["status", "--region", "eu-west-1"])
        .env("AWS_ENDPOINT_URL", format!("http://{}", endpoint.local_addr().unwrap()))
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _call = endpoint.accept().unwrap();
    let process = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (Some(130), "error: interrupted\n"));
}

#[test]
fn the_schema_and_the_completions_are_data() {
    let place = Place::new();
    let schema: serde_json::Value = serde_json::from_slice(&place.run(&["schema"]).stdout).unwrap();
    assert_eq!(schema["title"], "pipeline.toml");
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&place.run(&["completions", shell])).contains("pipectl"), "{shell}");
    }
}

#[test]
fn what_init_writes_is_valid() {
    let place = Place::new();
    place.git(&["init", "--quiet", "--initial-branch", "trunk"]);
    place.git(&["remote", "add", "origin", "git@github.com:owner/my.site.git"]);
    place.write(".gitignore", "target\npipectl.out");
    let output = place.run(&["init", "--region", "eu-west-1"]);
    assert_eq!((code(&output), stdout(&output)), (Some(0), ""), "{}", stderr(&output));
    insta::assert_snapshot!("init_tells_what_comes_next", stderr(&output));
    insta::assert_snapshot!("init_definition", fs::read_to_string(place.path().join("pipeline.toml")).unwrap());
    assert_eq!(fs::read_to_string(place.path().join(".gitignore")).unwrap(), "target\npipectl.out\n.pipectl/\n");
    let output = place.run(&["validate"]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "✓ `pipeline.toml` is valid: 1 stage, 1 stack\n");
    let output = place.run(&["synth"]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
}

#[test]
fn init_overwrites_only_by_force() {
    let place = Place::new();
    place.write("pipeline.toml", "mine");
    let arguments = ["init", "--repository", "owner/site", "--name", "web"];
    let output = place.run(&arguments);
    assert_eq!(code(&output), Some(2));
    insta::assert_snapshot!(stderr(&output), @r"
    error: `pipeline.toml` would be overwritten
    help: `--force` overwrites; nothing has been written
    ");
    assert_eq!(fs::read_to_string(place.path().join("pipeline.toml")).unwrap(), "mine");
    assert!(!place.path().join("buildspecs").exists());
    let output = place.run(&[&arguments[..], &["--force", "--format", "json"]].concat());
    let written: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(written["name"], "web");
    assert_eq!(code(&place.run(&["validate"])), Some(0));
}

#[test]
fn init_needs_a_repository() {
    let output = Place::new().run(&["init"]);
    assert_eq!(code(&output), Some(2));
    insta::assert_snapshot!(stderr(&output), @r"
    error: no repository is known that the pipeline could follow
    help: `pipectl init --repository OWNER/NAME` names it
    help: `git remote add origin https://github.com/OWNER/NAME.git` lets it be found
    ");
}

#[test]
fn mistakes_in_the_definition_do_not_hide_those_about_its_files() {
    let place = Place::new();
    let stage = "[[stage]]\nname = \"Staging\"\n[[stage.stack]]\nname = \"app\"\ntemplate = \"nowhere.yaml\"\n";
    let other = "[[stage.stack]]\nname = \"known\"\ntemplate = \"known.yaml\"\n\
                 [[stage.after]]\nname = \"look\"\ncommands = [\"true\"]\nvariables = { URL = { output = \"known.Url\" } }\n";
    place.write("known.yaml", "Resources: {Topic: {Type: AWS::SNS::Topic}}\n");
    place.write("pipeline.toml", format!("{VALID}{stage}retries = 3\n{other}"));
    let output = place.run(&["validate"]);
    assert_eq!(code(&output), Some(3));
    let said = stderr(&output);
    assert!(said.contains("unknown key `retries`"), "{said}");
    assert!(said.contains("nowhere.yaml"), "{said}");
    assert!(said.contains("declares no output `Url`"), "{said}");
}

#[test]
fn a_definition_is_held_against_the_files_that_it_names() {
    let place = Place::new();
    place.write("templates/app.yaml", include_str!("../ui/files/app.yaml"));
    place.write("buildspecs/build.yml", include_str!("../ui/files/build.yml"));
    place.write("pipeline.toml", include_str!("../ui/files/pipeline.toml"));
    let output = place.run(&["validate"]);
    assert_eq!(code(&output), Some(3));
    insta::assert_snapshot!(stderr(&output));
}

/// A saved backend whose assembly has its models.
fn backend() -> Place {
    let fixture = |path: &str| {
        let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/amplify-outputs/demo/input");
        fs::read_to_string(folder.join(path)).unwrap()
    };
    let place = Place::new();
    place.write("outputs.json", fixture("stack-outputs.json"));
    place.write("metadata.json", fixture("metadata.json"));
    place.write("cdk.out/asset.1/modelIntrospectionSchema.json", fixture("modelIntrospectionSchema.json"));
    let root = serde_json::json!({
        "Metadata": serde_json::from_str::<serde_json::Value>(&fixture("metadata.json")).unwrap(),
        "Resources": { "data": { "Properties": { "TemplateURL": "https://s3.us-east-1.amazonaws.com/assets/2.json" } } },
        "Outputs": { "awsAppsyncApiId": { "Value": { "Fn::GetAtt": ["data", "Outputs.Id"] } } },
    });
    let data = serde_json::json!({ "Resources": { "modelIntrospectionSchemaBucketDeployment1": {
        "Type": "Custom::CDKBucketDeployment",
        "Properties": { "SourceBucketNames": ["assets"], "SourceObjectKeys": ["1.zip"] },
    } } });
    let file = |path: &str, packaging: &str, key: &str| {
        serde_json::json!({
            "source": { "path": path, "packaging": packaging },
            "destinations": { "here": { "bucketName": "assets", "objectKey": key } },
        })
    };
    let files = serde_json::json!({
        "1": file("asset.1", "zip", "1.zip"),
        "2": file("data.nested.template.json", "file", "2.json"),
    });
    place.write("cdk.out/root.template.json", root.to_string());
    place.write("cdk.out/data.nested.template.json", data.to_string());
    place.write(
        "cdk.out/root.assets.json",
        serde_json::json!({ "version": "55.0.0", "files": files, "dockerImages": {} }).to_string(),
    );
    place
}

#[test]
fn clients_are_told_of_the_models_that_the_assembly_has() {
    let place = backend();
    let amplify = ["outputs", "--from", "outputs.json", "--format", "amplify"];
    let output = place.run(&[&amplify[..], &["--template", "cdk.out/root.template.json", "-O", "src/"]].concat());
    assert_eq!((code(&output), stdout(&output)), (Some(0), ""), "{}", stderr(&output));
    let written = fs::read_to_string(place.path().join("src/amplify_outputs.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&written).unwrap()["data"]["model_introspection"]["version"],
        1
    );

    // The file's name chooses the format.
    let legacy = ["--template", "metadata.json", "--outputs-version", "0", "--no-introspection", "-O", "config.ts"];
    let output = place.run(&[&amplify[..], &legacy].concat());
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    let written = fs::read_to_string(place.path().join("config.ts")).unwrap();
    assert!(written.starts_with("const amplifyConfig = {"), "{written}");
    assert!(written.ends_with("}\nexport default amplifyConfig;\n"), "{written}");
}

#[test]
fn what_is_lacking_for_clients_is_told() {
    let place = backend();
    place.write("strange.json", "[1]");
    let refused = |arguments: &[&str]| {
        let output = place.run(&[&["outputs"], arguments].concat());
        assert_eq!(stdout(&output), "", "{arguments:?}");
        (code(&output), stderr(&output).lines().next().unwrap().to_owned())
    };
    let saved = ["--from", "outputs.json"];
    let told = [
        refused(&[&saved[..], &["--format", "amplify"]].concat()),
        refused(&[&saved[..], &["--format", "amplify", "--template", "none.json"]].concat()),
        refused(
            &[&saved[..], &["--format", "amplify", "--template", "metadata.json", "--client-format", "ts"]].concat(),
        ),
        refused(&[&saved[..], &["--outputs-version", "1"]].concat()),
        refused(&[&saved[..], &["--stack", "output"]].concat()),
        refused(&["--from", "strange.json"]),
    ];
    let expected = [
        (2, "error: the root template is needed: its metadata tells which outputs clients may know"),
        (3, "error: `none.json` cannot be read"),
        (2, "error: `ts` is no client format of version 1.5"),
        (2, "error: `--outputs-version` is of no use in this format"),
        (2, "error: there is no stack `output`"),
        (3, "error: `strange.json` holds no outputs of stacks in a shape that pipectl knows"),
    ];
    assert_eq!(told, expected.map(|(code, text)| (Some(code), text.to_owned())));
}

//! What can be wrong with an export, in words: file, stack, parameter, and what to do.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::draft::Draft;
use super::manifest::{AGAIN, NO_TEXT};
use super::{CategoryResource, Export, ExportFiles, MANIFEST};
use crate::cfn::{Objection, place_of};
use crate::diagnostic::{Diagnostic, Report, SourceFile};
use crate::text;

/// What was found in an export.
pub(super) struct Findings<'a> {
    files: &'a ExportFiles,
    pub report: Report,
}

impl<'a> Findings<'a> {
    pub fn new(files: &'a ExportFiles) -> Self {
        Self { files, report: Report::default() }
    }

    /// An error whose place is where words stand in the manifest, one after the other.
    fn in_manifest(&mut self, code: &'static str, message: String, words: &[&str]) -> Diagnostic {
        self.place(Diagnostic::error(code, message), words)
    }

    fn place(&mut self, finding: Diagnostic, words: &[&str]) -> Diagnostic {
        let file = self.files.name_of(Utf8Path::new(MANIFEST));
        let Some(text) = self.files.text(Utf8Path::new(MANIFEST)) else { return finding };
        let mut from = 0;
        let mut span = 0..0;
        for word in words {
            let found = place_of(&text[from..], word);
            if found.is_empty() {
                break;
            }
            span = from + found.start..from + found.end;
            from = span.end;
        }
        if !self.report.sources.iter().any(|source| source.path == file) {
            self.report.sources.push(SourceFile { path: file.clone(), text: text.to_owned() });
        }
        finding.at(&file, span, "")
    }

    /// The template of a stack is not there.
    pub fn missing_template(&mut self, path: &str, file: &Utf8Path) {
        if self.files.contains(file) {
            let message = format!("{}: its template `{file}` {NO_TEXT}", named(path));
            self.report.push(Diagnostic::error("broken-export", message).help(AGAIN));
            return;
        }
        let message = format!("{}: its template `{file}` is not in the export `{}`", named(path), self.files.folder());
        let finding = self.in_manifest("missing-template", message, &[file.as_str()]);
        let near = text::nearest(file.as_str(), self.files.paths().map(Utf8Path::as_str));
        self.report.push(match near {
            Some(near) => finding.help(format!("a file with a similar name exists: `{near}`")).help(AGAIN),
            None => finding.help(AGAIN),
        });
    }

    /// `amplify export` has left a template out.
    pub fn lost_template(&mut self, path: &str, export: &Export) {
        let message = format!("{}: the export has no template for it", named(path));
        let cognito = export.categories.iter().find(|resource| resource.service == "Cognito");
        let name = cognito.map_or("NAME", |resource| resource.resource_name.as_str());
        let file = match path {
            "AuthTriggerCustomLambdaStack" => {
                format!("amplify/backend/auth/{name}/build/auth-trigger-cloudformation-template.json")
            }
            _ => "PATH".to_owned(),
        };
        let mut finding = Diagnostic::error("lost-template", message).help(format!(
            "name the file: `templates = {{ {} = \"{file}\" }}` in `[[stage.amplify]]`, `--template {path}={file}` here",
            quoted(path)
        ));
        if path == "AuthTriggerCustomLambdaStack" {
            finding = finding.help("`amplify export` loses the template of auth triggers (amplify-cli#13297)");
        }
        self.report.push(finding);
    }

    /// A template is supplied for a stack that has its own.
    pub fn needless_template(&mut self, path: &str) {
        let message = format!("{}: the export has its template, so the one of `templates` is not used", named(path));
        self.report.push(Diagnostic::warning("needless-template", message).help("remove it from `templates`"));
    }

    /// Something is chosen for a stack that is not there.
    pub fn unknown_stack(&mut self, key: &str, path: &str, known: &[&str]) {
        let message = format!("`{key}` names a stack `{path}`, which the export does not have");
        let finding = Diagnostic::error("unknown-reference", message).help(text::suggestion(path, known, "stack"));
        self.report.push(Diagnostic { about: Some(format!("{key}.{path}")), ..finding });
    }

    /// The manifest names a stack that the parent's template does not have.
    pub fn no_such_nested_stack(&mut self, path: &str, file: &Utf8Path, logical_id: &str) {
        let message = format!(
            "{}: the manifest names a nested stack `{logical_id}`, which its template `{file}` does not have",
            named(path)
        );
        let finding = self.in_manifest("broken-export", message, &[logical_id]);
        self.report.push(finding.help(AGAIN));
    }

    /// A parameter of the root stack has no value.
    pub fn missing_root_parameter(&mut self, name: &str) {
        let message = format!("{}: the manifest gives no text for parameter `{name}`", named(""));
        let finding = self.in_manifest("missing-parameter", message, &["props"]);
        self.report.push(finding.help(AGAIN));
    }

    /// A name does not hold the environment.
    pub fn no_environment(&mut self, key: &str, value: &str, chosen: &str) {
        let message = format!("`{key}` is `{value}`, which has no environment that could become `{chosen}`");
        let finding = self.in_manifest("no-environment", message, &[key]);
        self.report.push(
            finding.help(
                "such names are `amplify-PROJECT-ENVIRONMENT-SUFFIX`; without `environment` they stay as they are",
            ),
        );
    }

    /// The definition gives a value to a parameter that the template does not declare.
    pub fn unknown_parameter(&mut self, stack: &Draft, name: &str) {
        let message = format!(
            "`parameters` gives the {} a parameter `{name}`, which its template `{}` does not declare",
            named(&stack.path),
            stack.file
        );
        let declared = stack.template.parameters();
        let known: Vec<&str> = declared.keys().map(String::as_str).collect();
        let finding = Diagnostic::error("unknown-parameter", message).help(text::suggestion(name, &known, "parameter"));
        self.report.push(Diagnostic { about: Some(format!("parameters.{}.{name}", stack.path)), ..finding });
    }

    /// A value is given to a parameter that the template does not declare.
    pub fn undeclared_parameter(&mut self, stack: &Draft, name: &str, giver: &str) {
        let message = format!(
            "{}: {giver} gives parameter `{name}`, which its template `{}` does not declare",
            named(&stack.path),
            stack.file
        );
        let last = stack.path.rsplit('/').next().unwrap_or_default();
        let finding = self.in_manifest("unknown-parameter", message, &[last, name]);
        let declared = stack.template.parameters();
        let known: Vec<&str> = declared.keys().map(String::as_str).collect();
        self.report.push(finding.help(text::suggestion(name, &known, "parameter")).help(AGAIN));
    }

    /// A value is given that Amplify itself writes whether or not the template wants it.
    pub fn idle_parameter(&mut self, stack: &Draft, name: &str) {
        let message = format!(
            "{}: the manifest gives parameter `{name}`, which its template `{}` does not declare; Amplify writes it all the same",
            named(&stack.path),
            stack.file
        );
        self.report.push(Diagnostic::warning("unknown-parameter", message).help("it is left out"));
    }

    /// A parameter has no value.
    pub fn missing_parameter(&mut self, stack: &Draft, name: &str) {
        let message = format!(
            "{}: parameter `{name}` of its template `{}` has neither a value nor a default",
            named(&stack.path),
            stack.file
        );
        let last = stack.path.rsplit('/').next().unwrap_or_default();
        let finding = self.in_manifest("missing-parameter", message, &[last]);
        let key = quoted(&stack.path);
        self.report.push(
            finding
                .help(format!(
                    "give it a value: `parameters = {{ {key} = {{ {name} = \"…\" }} }}` in `[[stage.amplify]]`"
                ))
                .help(AGAIN),
        );
    }

    /// A value that nobody is to see can be read by all who read the repository or the template.
    pub fn readable_secret(&mut self, stack: &Draft, name: &str) {
        let message = format!(
            "{}: parameter `{name}` of its template `{}` is a secret (`NoEcho`), but its value is written for all to read",
            named(&stack.path),
            stack.file
        );
        let finding = Diagnostic::warning("readable-secret", message);
        self.report.push(finding.help(
            "keep it in Secrets Manager, and give `{{resolve:secretsmanager:NAME}}`, which CloudFormation reads when it deploys",
        ));
    }

    /// A value is not one that its parameter takes.
    pub fn refused_value(&mut self, stack: &Draft, name: &str, value: &Value, objection: &Objection) {
        let value = if stack.template.hides(name) { "****".to_owned() } else { plain(value) };
        let message = format!(
            "{}: parameter `{name}` of its template `{}` must not be `{value}`, which {}",
            named(&stack.path),
            stack.file,
            objection.problem
        );
        let last = stack.path.rsplit('/').next().unwrap_or_default();
        let finding = self.in_manifest("invalid-value", message, &[last, name]);
        self.report.push(objection.help.iter().fold(finding, |finding, help| finding.help(help)));
    }

    /// What is given to a parameter cannot be a value of one.
    pub fn no_value(&mut self, stack: &Draft, name: &str, value: &Value, giver: &str) {
        let what = if value.is_null() { "nothing (`null`)" } else { "an object" };
        let message = format!(
            "{}: {giver} gives {what} to parameter `{name}` of its template `{}`",
            named(&stack.path),
            stack.file
        );
        let last = stack.path.rsplit('/').next().unwrap_or_default();
        let finding = self.in_manifest("invalid-value", message, &[last, name]);
        self.report.push(finding.help("a value is a text, a number, a boolean or a list of them").help(AGAIN));
    }

    /// A template refers to an output that a nested stack does not have.
    pub fn unknown_output(&mut self, stack: &Draft, nested: &Draft, output: &str) {
        let message = format!(
            "{}: its template `{}` uses output `{output}` of the nested stack `{}`, whose template `{}` declares none of this name",
            named(&stack.path),
            stack.file,
            nested.path,
            nested.file
        );
        let outputs = nested.template.outputs();
        let known: Vec<&str> = outputs.iter().map(String::as_str).collect();
        self.report.push(
            Diagnostic::error("unknown-output", message).help(text::suggestion(output, &known, "output")).help(AGAIN),
        );
    }

    /// A folder does not hold the one archive that it should.
    pub fn archives(&mut self, resource: &CategoryResource, folder: &Utf8Path, number: usize) {
        let message = format!(
            "{}: `{}` holds {}, but it is one zip that is deployed",
            named(&resource.logical_id()),
            self.files.name_of(folder),
            text::count(number, "zip")
        );
        self.report.push(Diagnostic::error("missing-asset", message).help(AGAIN));
    }

    /// An archive that a template names is not there.
    pub fn missing_archive(&mut self, stack: &Draft, logical_id: &str, key: &str) {
        let message = format!(
            "{}: `{logical_id}` of its template `{}` wants `{key}`, which is not in the export",
            named(&stack.path),
            stack.file
        );
        self.report.push(Diagnostic::error("missing-asset", message).help(AGAIN));
    }

    /// The files of an API are not there.
    pub fn missing_files(&mut self, resource: &CategoryResource, folder: &Utf8Path) {
        let message = format!("{}: `{}` holds no files", named(&resource.logical_id()), self.files.name_of(folder));
        self.report.push(Diagnostic::error("missing-asset", message).help(AGAIN));
    }

    /// A stack's template names files of its API that are not there. Each is told with the resource that it is for.
    pub fn missing_api_files(&mut self, stack: &Draft, missing: &[(&str, Utf8PathBuf)]) {
        let Some((resource, first)) = missing.first() else { return };
        let others = match missing.len() - 1 {
            0 => String::new(),
            others => format!(", nor {} more that it names", text::count(others, "file")),
        };
        let message = format!(
            "{}: its template `{}` names `{}` (resource `{resource}`), which is not there{others}",
            named(&stack.path),
            stack.file,
            self.files.name_of(first)
        );
        self.report.push(Diagnostic::error("missing-asset", message).help(AGAIN));
    }

    /// A resource that cannot be deployed yet.
    pub fn container(&mut self, resource: &CategoryResource) {
        let message = format!(
            "{}: containers (service `{}`) cannot be deployed: their image is built by a pipeline of Amplify's own, from a \
             zip in the deployment bucket that nobody puts there",
            named(&resource.logical_id()),
            resource.service
        );
        self.report.push(
            Diagnostic::error("container", message)
                .help("deploy the container as a stack of its own (`[[stage.stack]]` or `[[stage.assembly]]`)"),
        );
    }

    /// Files that have to be copied when the stack is there.
    pub fn auth_assets(&mut self, resource: &CategoryResource, folder: &Utf8Path, bucket: &str) {
        let message = format!(
            "{}: the files in `{}` belong into the bucket `{bucket}` that the stack itself makes, and are not put there",
            named(&resource.logical_id()),
            self.files.name_of(folder),
        );
        let command = format!("aws s3 sync {} s3://{bucket} --acl public-read", self.files.name_of(folder));
        self.report.push(
            Diagnostic::warning("files-not-copied", message)
                .help(format!("add a step `[[stage.after]]` with `{command}`")),
        );
    }

    /// A resource of the project has no stack.
    pub fn no_stack(&mut self, resource: &CategoryResource) {
        let message = format!(
            "`category-stack-mapping.json` lists `{}/{}`, but the manifest has no stack `{}`",
            resource.category,
            resource.resource_name,
            resource.logical_id()
        );
        self.report.push(Diagnostic::error("broken-export", message).help(AGAIN));
    }

    /// An output that is wanted is not there.
    pub fn unknown_wanted(&mut self, wanted: &str, part: &str, known: &[&str], noun: &str) {
        let message = format!("`{wanted}` is wanted of the backend, which has no {noun} `{part}`");
        self.report.push(Diagnostic::error("unknown-output", message).help(text::suggestion(part, known, noun)));
    }

    /// A part of a wanted output's name stands for several stacks.
    pub fn ambiguous_wanted(&mut self, wanted: &str, part: &str, known: &[&str]) {
        let message = format!("`{wanted}` is wanted of the backend, which has several stacks of the category `{part}`");
        self.report
            .push(Diagnostic::error("unknown-output", message).help(format!("choose one: {}", text::list(known))));
    }

    /// Two outputs of the root stack would have the same name.
    pub fn ambiguous_output(&mut self, name: &str) {
        let message = format!("{}: two different outputs would be called `{name}`", named(""));
        self.report.push(Diagnostic::error("duplicate-name", message).help("use one of them only"));
    }
}

/// How a stack is called.
fn named(path: &str) -> String {
    if path.is_empty() { "root stack".to_owned() } else { format!("stack `{path}`") }
}

/// A key as TOML writes it.
fn quoted(key: &str) -> String {
    let is_bare = key.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    if is_bare { key.to_owned() } else { format!("\"{key}\"") }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

//! A definition as canonical TOML: decoding it gives the same definition. Defaults are left out.

mod found;
mod overrides;

use indexmap::IndexMap;
use toml::Value as Toml;

use super::comments::{CommentPlace, Comments};
use super::decode::{BRANCH, COMPUTES, TOKEN_SECRET, standard_environment, standard_stack_name};
use super::model::{
    AlarmResult, Alarms, Approval, ApprovalWhen, Asset, Build, BuildEnvironment, BuildWork, Definition, ExecutionMode,
    Import, ImportSource, OnFailure, OutputReference, Patterns, Privilege, PullRequestFilter, PushFilter,
    SkipUnchanged, Source, Stack, Stage, Step, StepInput, StepReference, Target, TerminationProtection, Triggers,
    UpdatePipeline, Value, Vpc, Window,
};
use crate::id::{Name, Qualifier};

/// The longest line of commands, in characters.
const WIDTH: usize = 110;

/// Writes a definition.
pub fn render(definition: &Definition) -> String {
    render_with(definition, &Comments::default())
}

/// Writes a definition with comments.
pub fn render_with(definition: &Definition, comments: &Comments) -> String {
    let mut page = Page { text: comments.lines(&CommentPlace::File), comments };
    page.pipeline(definition);
    page.source(&definition.source);
    page.build(&definition.build);
    page.update(definition.update);
    page.publish(&definition.publish);
    for stage in &definition.stages {
        page.stage(definition, stage);
    }
    page.text
}

/// The text so far.
struct Page<'a> {
    text: String,
    comments: &'a Comments,
}

impl Page<'_> {
    /// The header of a table that has no comments.
    fn plain_header(&mut self, header: &str) {
        self.break_before("");
        self.text.push_str(&format!("{header}\n"));
    }

    /// The header of a table, with its comments above it.
    fn header(&mut self, place: &CommentPlace, header: &str) {
        self.break_before(&self.comments.lines(place));
        self.text.push_str(&format!("{header}\n"));
    }

    /// The comments of a table that is left out because it holds nothing but defaults.
    fn absent(&mut self, place: &CommentPlace) {
        let comments = self.comments.lines(place);
        if !comments.is_empty() {
            self.break_before(&comments);
        }
    }

    fn break_before(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    fn entry(&mut self, key: &str, value: impl Into<Toml>) {
        self.text.push_str(&format!("{key} = {}\n", value.into()));
    }

    /// Commands, one a line where one line for all of them would be long.
    fn commands(&mut self, commands: &[String]) {
        let line = format!("commands = {}\n", texts(commands));
        if line.chars().count() <= WIDTH || commands.len() < 2 {
            self.text.push_str(&line);
            return;
        }
        self.text.push_str("commands = [\n");
        for command in commands {
            self.text.push_str(&format!("    {},\n", Toml::from(command.clone())));
        }
        self.text.push_str("]\n");
    }

    fn optional(&mut self, key: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.entry(key, value.to_string());
        }
    }

    /// A value that is left out when it is the default.
    fn unless(&mut self, key: &str, default: &str, value: &str) {
        if value != default {
            self.entry(key, value);
        }
    }

    fn list<T: ToString>(&mut self, key: &str, values: &[T]) {
        if !values.is_empty() {
            self.entry(key, texts(values));
        }
    }

    fn protection(&mut self, protection: TerminationProtection) {
        match protection {
            TerminationProtection::Unset => {}
            TerminationProtection::On => self.entry("termination-protection", true),
            TerminationProtection::Off => self.entry("termination-protection", false),
        }
    }

    fn tags(&mut self, tags: &IndexMap<String, String>) {
        if !tags.is_empty() {
            self.entry("tags", Toml::Table(tags.iter().map(|(key, tag)| (key.clone(), tag.clone().into())).collect()));
        }
    }

    fn values(&mut self, key: &str, values: &IndexMap<String, Value>, stage: Option<&Name>) {
        if !values.is_empty() {
            let table = values.iter().map(|(name, value)| (name.clone(), self::value(value, stage))).collect();
            self.entry(key, Toml::Table(table));
        }
    }

    fn target(&mut self, target: &Target) {
        self.optional("account", target.account.as_ref());
        self.optional("region", target.region.as_ref());
    }

    fn pipeline(&mut self, definition: &Definition) {
        self.header(&CommentPlace::Pipeline, "[pipeline]");
        self.entry("name", definition.name.to_string());
        self.target(&definition.target);
        match definition.execution_mode {
            ExecutionMode::Superseded => {}
            ExecutionMode::Queued => self.entry("execution-mode", "queued"),
            ExecutionMode::Parallel => self.entry("execution-mode", "parallel"),
        }
        self.unless("skip-unchanged", SkipUnchanged::default().as_str(), definition.skip_unchanged.as_str());
        self.unless("qualifier", Qualifier::default().as_str(), definition.qualifier.as_str());
        self.tags(&definition.tags);
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::GitHub { repository, branch, token_secret } => {
                self.header(&CommentPlace::Source, "[source.github]");
                self.entry("repository", repository.to_string());
                self.unless("branch", BRANCH, branch);
                self.unless("token-secret", TOKEN_SECRET, token_secret);
            }
            Source::Connection { connection, repository, branch, triggers } => {
                self.header(&CommentPlace::Source, "[source.connection]");
                self.entry("arn", connection.clone());
                self.entry("repository", repository.to_string());
                self.unless("branch", BRANCH, branch);
                self.triggers(triggers);
            }
            Source::S3 { bucket, key } => {
                self.header(&CommentPlace::Source, "[source.s3]");
                self.entry("bucket", bucket.clone());
                self.entry("key", key.clone());
            }
        }
    }

    fn triggers(&mut self, triggers: &Triggers) {
        for filter in &triggers.pushes {
            self.plain_header("[[source.connection.push]]");
            match filter {
                PushFilter::Tags(tags) => self.patterns("tags", tags),
                PushFilter::Branches { branches, paths } => {
                    self.patterns("branches", branches);
                    self.patterns("paths", paths);
                }
            }
        }
        for PullRequestFilter { branches, paths, events } in &triggers.pull_requests {
            self.plain_header("[[source.connection.pull-request]]");
            self.patterns("branches", branches);
            self.patterns("paths", paths);
            let words: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
            self.list("events", &words);
        }
    }

    fn patterns(&mut self, key: &str, patterns: &Patterns) {
        let excludes = patterns.excludes.iter().map(|pattern| format!("!{pattern}"));
        self.list(key, &patterns.includes.iter().cloned().chain(excludes).collect::<Vec<_>>());
    }

    fn build(&mut self, build: &Build) {
        self.header(&CommentPlace::Build, "[build]");
        match &build.work {
            BuildWork::Commands(commands) => self.commands(commands),
            BuildWork::Buildspec(path) => self.entry("buildspec", path.to_string()),
        }
        self.environment(&build.environment, None);
    }

    fn environment(&mut self, environment: &BuildEnvironment, stage: Option<&Name>) {
        let standard = standard_environment();
        self.unless("image", &standard.image, &environment.image);
        if environment.compute != standard.compute {
            let word = COMPUTES.iter().find(|(_, compute)| *compute == environment.compute).map(|(word, _)| word);
            self.optional("compute", word);
        }
        if environment.timeout_minutes != standard.timeout_minutes {
            self.entry("timeout", i64::from(environment.timeout_minutes));
        }
        self.values("variables", &environment.variables, stage);
        if environment.privilege == Privilege::Privileged {
            self.entry("privileged", true);
        }
        if !environment.statements.is_empty() {
            let statements = environment.statements.iter().map(|statement| {
                table([("actions", texts(&statement.actions)), ("resources", texts(&statement.resources))])
            });
            self.entry("statements", Toml::Array(statements.collect()));
        }
        self.list("managed-policies", &environment.managed_policies);
        if let Some(Vpc { id, subnets, security_groups }) = &environment.vpc {
            let entries =
                [("id", id.clone().into()), ("subnets", texts(subnets)), ("security-groups", texts(security_groups))];
            self.entry("vpc", table(entries));
        }
    }

    fn update(&mut self, update: UpdatePipeline) {
        let (key, value) = match update {
            UpdatePipeline::AfterBuild => return self.absent(&CommentPlace::UpdatePipeline),
            UpdatePipeline::BeforeBuild => ("order", Toml::from("before-build")),
            UpdatePipeline::Off => ("enabled", Toml::from(false)),
        };
        self.header(&CommentPlace::UpdatePipeline, "[update-pipeline]");
        self.entry(key, value);
    }

    fn publish(&mut self, publish: &BuildEnvironment) {
        if *publish == standard_environment() {
            return self.absent(&CommentPlace::PublishAssets);
        }
        self.header(&CommentPlace::PublishAssets, "[publish-assets]");
        self.environment(publish, None);
    }

    fn stage(&mut self, definition: &Definition, stage: &Stage) {
        self.header(&CommentPlace::Stage(stage.name.clone()), "[[stage]]");
        self.entry("name", stage.name.to_string());
        self.target(&stage.target);
        self.optional("wave", stage.wave.as_ref());
        self.tags(&stage.tags);
        self.optional("skip-unchanged", stage.skip_unchanged.map(SkipUnchanged::as_str).as_ref());
        self.unless("on-failure", OnFailure::default().as_str(), stage.on_failure.as_str());
        if let Some(Window { cron, time_zone }) = &stage.window {
            let zone = time_zone.iter().map(|zone| ("time-zone", zone.clone().into()));
            self.entry("window", table([("cron", cron.clone().into())].into_iter().chain(zone)));
        }
        if let Some(alarms) = &stage.alarms {
            self.entry("alarms", self::alarms(alarms));
        }
        if let Some(Approval { message, notify, when }) = &stage.approval {
            let when = (*when != ApprovalWhen::default()).then(|| when.as_str().to_owned());
            let entries = [("message", message.clone()), ("notify", notify.clone()), ("when", when)];
            let given = entries.into_iter().filter_map(|(key, text)| Some((key, text?.into())));
            self.entry("approval", table(given));
        }
        for Import { name, kind, source } in &stage.imports {
            self.plain_header(&format!("[stage.imports.{name}]"));
            self.entry("kind", kind.as_str());
            match source {
                ImportSource::File { path, key } => {
                    self.entry("file", path.to_string());
                    self.optional("key", key.as_ref());
                }
                ImportSource::Parameter(parameter) => self.entry("parameter", parameter.clone()),
                ImportSource::Output { stack, output } => {
                    self.entry("stack", stack.to_string());
                    self.entry("output", output.clone());
                }
            }
        }
        for step in &stage.before {
            self.step("[[stage.before]]", stage, step);
        }
        for stack in stage.stacks.iter().filter(|stack| stack.origin.is_definition()) {
            self.stack(definition, stage, stack);
        }
        for backend in &stage.backends {
            self.backend(definition, stage, backend);
        }
        for assembly in &stage.assemblies {
            self.assembly(stage, assembly);
        }
        for step in &stage.between {
            self.step("[[stage.between]]", stage, step);
        }
        for step in &stage.after {
            self.step("[[stage.after]]", stage, step);
        }
    }

    fn step(&mut self, header: &str, stage: &Stage, step: &Step) {
        let place = CommentPlace::Step { stage: stage.name.clone(), step: step.name.clone() };
        self.header(&place, header);
        self.entry("name", step.name.to_string());
        self.commands(&step.commands);
        if step.inputs != [StepInput::Source] {
            let words: Vec<&str> = step
                .inputs
                .iter()
                .map(|input| match input {
                    StepInput::Source => "source",
                    StepInput::Assembly => "assembly",
                    StepInput::Pipectl => "pipectl",
                })
                .collect();
            self.entry("inputs", texts(&words));
        }
        self.list("outputs", &step.outputs);
        self.environment(&step.environment, Some(&stage.name));
    }

    fn stack(&mut self, definition: &Definition, stage: &Stage, stack: &Stack) {
        self.plain_header("[[stage.stack]]");
        self.entry("name", stack.name.to_string());
        let standard = standard_stack_name(&definition.name, &stage.name, &stack.name);
        self.unless("stack-name", &standard, stack.stack_name.as_str());
        self.entry("template", stack.template.to_string());
        self.values("parameters", &stack.parameters, Some(&stage.name));
        self.tags(&stack.tags);
        if let Some(capabilities) = &stack.capabilities {
            let words: Vec<&str> = capabilities.iter().map(|capability| capability.as_str()).collect();
            self.entry("capabilities", texts(&words));
        }
        self.protection(stack.termination_protection);
        self.list("notification-targets", &stack.notification_targets);
        self.list("depends-on", &stack.depends_on);
        for Asset { name, path, bucket_parameter, key_parameter } in &stack.assets {
            self.plain_header("[[stage.stack.asset]]");
            self.entry("name", name.to_string());
            self.entry("path", path.to_string());
            self.entry("bucket-parameter", bucket_parameter.clone());
            self.entry("key-parameter", key_parameter.clone());
        }
        self.overrides("stage.stack", &stack.overrides);
    }
}

fn texts<T: ToString>(values: &[T]) -> Toml {
    Toml::Array(values.iter().map(|value| Toml::String(value.to_string())).collect())
}

fn table(entries: impl IntoIterator<Item = (&'static str, Toml)>) -> Toml {
    Toml::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn alarms(alarms: &Alarms) -> Toml {
    let Alarms { before, after, minutes, then, role } = alarms;
    let lists = [("before", before), ("after", after)].into_iter().filter(|(_, alarms)| !alarms.is_empty());
    let minutes = (*minutes != Alarms::MINUTES).then(|| ("minutes", Toml::from(i64::from(*minutes))));
    let then = (*then != AlarmResult::default()).then(|| ("then", then.as_str().into()));
    let role = role.as_ref().map(|role| ("role", role.clone().into()));
    table(lists.map(|(key, alarms)| (key, texts(alarms))).chain(minutes).chain(then).chain(role))
}

/// A value; outputs of the same stage are named without it.
fn value(value: &Value, stage: Option<&Name>) -> Toml {
    let imported = if let Value::Step(step) = value { Import::of_variable(step) } else { None };
    if let Some(name) = imported {
        return table([("import", name.into())]);
    }
    let (key, origin, name) = match value {
        Value::Literal(text) => return text.clone().into(),
        Value::Import(name) => return table([("import", name.clone().into())]),
        Value::Output(OutputReference { stage, stack, output }) => ("output", stage, format!("{stack}.{output}")),
        Value::Step(StepReference { stage, step, variable }) => ("step", stage, format!("{step}.{variable}")),
    };
    let name = if stage == Some(origin) { name } else { format!("{origin}/{name}") };
    table([(key, name.into())])
}

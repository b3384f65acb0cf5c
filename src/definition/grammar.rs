//! The keys that `pipeline.toml` knows, table by table. A test holds them against the JSON Schema.

/// A table's keys.
#[derive(Debug)]
pub(super) struct Grammar {
    /// How messages name the table.
    pub title: &'static str,
    /// The keys, in groups so that tables can share some.
    pub keys: &'static [&'static [&'static str]],
}

impl Grammar {
    const fn new(title: &'static str, keys: &'static [&'static [&'static str]]) -> Self {
        Self { title, keys }
    }

    /// All keys.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().flat_map(|group| group.iter().copied())
    }

    /// Tells whether the table has a key.
    pub fn has(&self, key: &str) -> bool {
        self.all().any(|known| known == key)
    }
}

const ENVIRONMENT_KEYS: &[&str] =
    &["image", "compute", "timeout", "variables", "privileged", "statements", "managed-policies", "vpc"];

pub(super) const ROOT: Grammar =
    Grammar::new("the definition", &[&["pipeline", "source", "build", "update-pipeline", "publish-assets", "stage"]]);
pub(super) const PIPELINE: Grammar = Grammar::new(
    "`[pipeline]`",
    &[&["name", "account", "region", "execution-mode", "skip-unchanged", "qualifier", "tags"]],
);
pub(super) const SOURCE: Grammar = Grammar::new("`[source]`", &[&["github", "connection", "s3"]]);
pub(super) const GITHUB: Grammar = Grammar::new("`[source.github]`", &[&["repository", "branch", "token-secret"]]);
pub(super) const CONNECTION: Grammar =
    Grammar::new("`[source.connection]`", &[&["arn", "repository", "branch", "push", "pull-request"]]);
pub(super) const PUSH: Grammar = Grammar::new("`[[source.connection.push]]`", &[&["branches", "paths", "tags"]]);
pub(super) const PULL_REQUEST: Grammar =
    Grammar::new("`[[source.connection.pull-request]]`", &[&["branches", "paths", "events"]]);
pub(super) const S3: Grammar = Grammar::new("`[source.s3]`", &[&["bucket", "key"]]);
pub(super) const BUILD: Grammar = Grammar::new("`[build]`", &[&["commands", "buildspec"], ENVIRONMENT_KEYS]);
pub(super) const STATEMENT: Grammar = Grammar::new("a statement", &[&["actions", "resources"]]);
pub(super) const VPC: Grammar = Grammar::new("`vpc`", &[&["id", "subnets", "security-groups"]]);
pub(super) const UPDATE: Grammar = Grammar::new("`[update-pipeline]`", &[&["enabled", "order"]]);
pub(super) const PUBLISH: Grammar = Grammar::new("`[publish-assets]`", &[ENVIRONMENT_KEYS]);
pub(super) const STAGE: Grammar = Grammar::new(
    "`[[stage]]`",
    &[&[
        "name",
        "account",
        "region",
        "wave",
        "tags",
        "skip-unchanged",
        "on-failure",
        "window",
        "alarms",
        "approval",
        "imports",
        "before",
        "stack",
        "amplify",
        "assembly",
        "between",
        "after",
    ]],
);
pub(super) const WINDOW: Grammar = Grammar::new("`window`", &[&["cron", "time-zone"]]);
pub(super) const ALARMS: Grammar = Grammar::new("`alarms`", &[&["before", "after", "minutes", "then", "role"]]);
pub(super) const APPROVAL: Grammar = Grammar::new("`approval`", &[&["message", "notify", "when"]]);
pub(super) const IMPORT: Grammar =
    Grammar::new("`[stage.imports.NAME]`", &[&["kind", "file", "key", "parameter", "stack", "output"]]);
pub(super) const STEP: Grammar = Grammar::new(
    "a step (`[[stage.before]]`, `[[stage.between]]`, `[[stage.after]]`)",
    &[&["name", "commands", "inputs", "outputs"], ENVIRONMENT_KEYS],
);
pub(super) const STACK: Grammar = Grammar::new(
    "`[[stage.stack]]`",
    &[&[
        "name",
        "stack-name",
        "template",
        "parameters",
        "tags",
        "capabilities",
        "termination-protection",
        "notification-targets",
        "depends-on",
        "asset",
        "override",
    ]],
);
pub(super) const ASSET: Grammar =
    Grammar::new("`[[stage.stack.asset]]`", &[&["name", "path", "bucket-parameter", "key-parameter"]]);
pub(super) const ASSEMBLY: Grammar =
    Grammar::new("`[[stage.assembly]]`", &[&["path", "stage", "stacks", "parameters"]]);
pub(super) const AMPLIFY: Grammar = Grammar::new(
    "`[[stage.amplify]]`",
    &[&[
        "name",
        "export",
        "environment",
        "backend",
        "namespace",
        "backend-name",
        "app-id",
        "branch",
        "mode",
        "step",
        "stack-name",
        "parameters",
        "templates",
        "tags",
        "termination-protection",
        "notification-targets",
        "depends-on",
        "override",
        "grant",
        "variables",
    ]],
);
pub(super) const AMPX: Grammar = Grammar::new("`[stage.amplify.step]`", &[&["commands"], ENVIRONMENT_KEYS]);
pub(super) const OVERRIDE: Grammar = Grammar::new(
    "an override (`[[stage.stack.override]]`, `[[stage.amplify.override]]`)",
    &[&["resource", "type", "all", "set", "replace", "delete", "removal-policy", "tags", "depends-on"]],
);
pub(super) const GRANT: Grammar = Grammar::new("`[[stage.amplify.grant]]`", &[&["to", "actions", "on", "paths"]]);
pub(super) const VARIABLES: Grammar = Grammar::new("`[[stage.amplify.variables]]`", &[&["function", "set"]]);
pub(super) const REFERENCE: Grammar = Grammar::new("a reference", &[&["output", "step", "import"]]);

/// All tables, for saying where a misplaced key belongs.
pub(super) const ALL: &[&Grammar] = &[
    &ROOT,
    &PIPELINE,
    &SOURCE,
    &GITHUB,
    &CONNECTION,
    &PUSH,
    &PULL_REQUEST,
    &S3,
    &BUILD,
    &STATEMENT,
    &VPC,
    &UPDATE,
    &PUBLISH,
    &STAGE,
    &WINDOW,
    &ALARMS,
    &APPROVAL,
    &IMPORT,
    &STEP,
    &STACK,
    &ASSET,
    &AMPLIFY,
    &AMPX,
    &OVERRIDE,
    &GRANT,
    &VARIABLES,
    &ASSEMBLY,
    &REFERENCE,
];

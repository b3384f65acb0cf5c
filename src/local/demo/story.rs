//! The story as data: chapters of moves.

/// A part of the story.
pub(super) struct Chapter {
    /// What it shows.
    pub(super) title: &'static str,
    /// What is done, in order.
    pub(super) moves: Vec<Move>,
}

/// Something that is done.
pub(super) enum Move {
    /// A file of the repository is written.
    Write {
        /// Its path.
        path: &'static str,
        /// Its text.
        text: String,
    },
    /// Everything is committed and pushed.
    Push {
        /// The commit's message.
        message: &'static str,
    },
    /// The token is put where the pipeline finds it.
    StoreToken,
    /// This program is called.
    Call {
        /// Its arguments.
        arguments: &'static [&'static str],
        /// How it is to end.
        ending: Ending,
    },
}

/// How a call is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With exit code 0.
    Success,
    /// With exit code 1: the pipeline failed, as it should.
    FailedPipeline,
}

const DEFINITION: &str = include_str!("sample/pipeline.toml");
const PRODUCTION: &str = include_str!("sample/production.toml");
const BUILD: &str = include_str!("sample/build.sh");
const BROKEN_BUILD: &str = include_str!("sample/build-broken.sh");

/// The whole story.
pub(super) fn chapters() -> Vec<Chapter> {
    vec![
        Chapter {
            title: "a repository with a pipeline.toml, and its first push",
            moves: vec![
                write("pipeline.toml", DEFINITION),
                write("build.sh", BUILD),
                write("handler/orders.py", include_str!("sample/handler/orders.py")),
                write("templates/orders.yaml", include_str!("sample/templates/orders.yaml")),
                write(".gitignore", "build/\npipectl.out/\n"),
                Move::Push { message: "Take orders" },
            ],
        },
        Chapter {
            title: "prepare the account, and put the GitHub token where the pipeline finds it",
            moves: vec![call(&["bootstrap"]), Move::StoreToken],
        },
        Chapter {
            title: "create the pipeline; its first run builds, publishes and deploys the application",
            moves: vec![
                call(&["deploy", "--require-approval", "never"]),
                call(&["status", "--watch"]),
                call(&["outputs"]),
            ],
        },
        Chapter {
            title: "a push adds a stage to pipeline.toml: the pipeline changes itself, starts anew and deploys the stage",
            moves: vec![
                write("pipeline.toml", format!("{DEFINITION}{PRODUCTION}")),
                Move::Push { message: "Sell in production too" },
                call(&["status", "--watch"]),
                call(&["outputs", "--stage", "Production"]),
            ],
        },
        Chapter {
            title: "a push breaks the build",
            moves: vec![
                write("build.sh", BROKEN_BUILD),
                Move::Push { message: "Break the build" },
                Move::Call { arguments: &["status", "--watch"], ending: Ending::FailedPipeline },
            ],
        },
        Chapter {
            title: "a push repairs it",
            moves: vec![
                write("build.sh", BUILD),
                Move::Push { message: "Repair the build" },
                call(&["status", "--watch"]),
            ],
        },
    ]
}

fn write(path: &'static str, text: impl Into<String>) -> Move {
    Move::Write { path, text: text.into() }
}

fn call(arguments: &'static [&'static str]) -> Move {
    Move::Call { arguments, ending: Ending::Success }
}

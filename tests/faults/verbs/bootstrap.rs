//! `bootstrap`, in this process: the program that it pins is a small one there.

use pipectl::aws::Aws;
use pipectl::cli::{Failure, exit};
use pipectl::diagnostic::FailureKind;
use pipectl::event::Events;
use pipectl::ops::bootstrap::bootstrap;

use crate::bed::{Bed, PACE, options};
use crate::catalogue::{Case, Verb};
use crate::support::command::Said;
use crate::support::{ACCOUNT, REGION};

pub struct Bootstrap;

impl Verb for Bootstrap {
    async fn prepare(&self, _: &Bed, _: Case) {}

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        let aws = Aws::connect(bed.settings(url)).await;
        let environment = format!("aws://{ACCOUNT}/{REGION}").parse().unwrap();
        let options = options(&case.name());
        match bootstrap(&aws, &environment, &options, &bed.program, PACE, &Events::silent()).await {
            Ok(_) => Said { code: 0, output: String::new(), errors: String::new() },
            Err(error) => {
                let failure = Failure::from(error);
                let code = match failure.kind() {
                    FailureKind::NotReady => exit::NOT_READY,
                    FailureKind::Refused => exit::REFUSED,
                    _ => exit::FAILED,
                };
                let told = failure.chain().into_iter().map(|message| format!("error: {message}\n"));
                let hints = failure.hints().iter().map(|hint| format!("help: {hint}\n"));
                Said { code: code.into(), output: String::new(), errors: told.chain(hints).collect() }
            }
        }
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        let name = case.name();
        let bucket = format!("cdk-{name}-assets-{ACCOUNT}-{REGION}");
        let stack = bed.stack(&format!("Toolkit-{name}")).await;
        format!("{stack}\n{:?}", bed.objects(&bucket, "").await).replace(&name, "NAME")
    }
}

//! A pipeline that deploys into another region than its own, from its creation to its end, twice.

use crate::support::REGION;
use crate::support::project::{Project, definition, stage};

const ELSEWHERE: &str = "eu-west-1";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pipeline_needs_in_another_region_goes_with_it_and_can_be_made_anew() {
    let elsewhere = stage("Elsewhere", "app.yaml").replace("\n\n[[", &format!("\nregion = \"{ELSEWHERE}\"\n\n[["));
    let project = Project::simple(&elsewhere, "Value: one");
    project.write("pipeline.toml", &definition(&format!("region = \"{REGION}\""), &elsewhere));
    project.prepare().await;
    for _ in 0..2 {
        let _ = project.pipectl(&["deploy", "--require-approval", "never"]).code(0);
        let _ = project.watch().code(0);

        let destroyed = project.pipectl(&["destroy", "--stages", "--yes", "--format", "json"]).code(0).json();
        let stacks: Vec<&str> =
            destroyed["deleted"].as_array().unwrap().iter().map(|stack| stack["stack"].as_str().unwrap()).collect();
        assert_eq!(stacks, ["shop-pipeline", "shop-pipeline-support-eu-west-1", "shop-Elsewhere-app"]);
        let buckets = aws_sdk_s3::Client::new(&project.config().await).list_buckets().send().await.unwrap();
        let names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
        let copies: Vec<&str> = names.filter(|name| name.starts_with("shop-") && name.ends_with(ELSEWHERE)).collect();
        assert!(copies.is_empty(), "copies of artifacts stay: {copies:?}");
    }
}

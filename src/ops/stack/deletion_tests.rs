//! Deleting a stack, before a service that answers as CloudFormation does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

use super::{Deployer, Pace, StackError};
use crate::aws::{Aws, Settings};
use crate::event::Events;

const ID: &str = "arn:aws:cloudformation:eu-west-1:111111111111:stack/app/1";

/// What one look at the stack shows: its status, and the events that have come since the look before.
type Look = (&'static str, Vec<(&'static str, &'static str, &'static str)>);

/// A stack that is another one at each look; the last look goes on.
#[derive(Debug, Default)]
struct Story {
    looks: Vec<Look>,
    looked: usize,
    /// The tokens of the wishes to delete it.
    tokens: Vec<String>,
    /// How many calls are refused as too many, once it is being deleted.
    busy: usize,
}

impl Story {
    fn look(&self) -> usize {
        self.looked.clamp(1, self.looks.len()) - 1
    }

    fn events(&self) -> String {
        let seen = self.looks[..=self.look()].iter().flat_map(|(_, events)| events.iter()).enumerate();
        let events: Vec<String> = seen
            .map(|(number, (resource, status, reason))| {
                let (kind, physical_id) =
                    if *resource == "app" { ("AWS::CloudFormation::Stack", ID) } else { ("AWS::SQS::Queue", "queue") };
                format!(
                    "<member><StackId>{ID}</StackId><EventId>{number}</EventId><StackName>app</StackName>\
                     <LogicalResourceId>{resource}</LogicalResourceId>\
                     <PhysicalResourceId>{physical_id}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
                     <Timestamp>2026-08-21T10:00:00Z</Timestamp><ResourceStatus>{status}</ResourceStatus>\
                     <ResourceStatusReason>{reason}</ResourceStatusReason></member>"
                )
            })
            .collect();
        // The service gives the newest first.
        let events: String = events.into_iter().rev().collect();
        answer("DescribeStackEvents", &format!("<StackEvents>{events}</StackEvents>"))
    }

    fn stacks(&mut self) -> String {
        self.looked += 1;
        let (status, _) = self.looks[self.look()];
        let stack = format!(
            "<member><StackId>{ID}</StackId><StackName>app</StackName><CreationTime>2026-08-21T09:00:00Z</CreationTime>\
             <StackStatus>{status}</StackStatus></member>"
        );
        answer("DescribeStacks", &format!("<Stacks>{stack}</Stacks>"))
    }
}

fn answer(operation: &str, result: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <{operation}Result>{result}</{operation}Result></{operation}Response>"
    )
}

/// The service.
struct Service(Arc<Mutex<Story>>);

impl Respond for Service {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let given =
            |key: &str| body.split('&').find_map(|pair| Some(pair.strip_prefix(key)?.strip_prefix('=')?.to_owned()));
        let mut story = self.0.lock().unwrap();
        if !story.tokens.is_empty() && story.busy > 0 {
            story.busy -= 1;
            let error =
                "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
            return ResponseTemplate::new(400).set_body_raw(error, "text/xml");
        }
        let told = match given("Action").as_deref() {
            Some("DescribeStacks") => story.stacks(),
            Some("DescribeStackEvents") => story.events(),
            Some("DeleteStack") => {
                story.tokens.extend(given("ClientRequestToken"));
                answer("DeleteStack", "")
            }
            other => panic!("{other:?}"),
        };
        ResponseTemplate::new(200).set_body_raw(told, "text/xml")
    }
}

/// Deletes the stack of a story, as it is at the first look, so many times; gives the last result and all tokens.
async fn delete(looks: &[Look], times: usize) -> (Result<(), StackError>, Vec<String>) {
    tell(Story { looks: looks.to_vec(), ..Story::default() }, times).await
}

async fn tell(story: Story, times: usize) -> (Result<(), StackError>, Vec<String>) {
    let story = Arc::new(Mutex::new(story));
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(Service(Arc::clone(&story))).mount(&server).await;
    let pace = Pace { interval: Duration::from_millis(1), limit: Duration::from_secs(10) };
    let aws = Aws::connect(Settings::of_stand_in("eu-west-1", server.uri())).await;
    let deployer = Deployer { aws, bucket: None, pace, events: Events::silent() };
    let stack = deployer.aws.stack("app").await.unwrap().unwrap();
    let mut result = Ok(());
    for _ in 0..times {
        result = deployer.delete(&stack, None).await;
    }
    let tokens = story.lock().unwrap().tokens.clone();
    (result, tokens)
}

#[tokio::test]
async fn a_deletion_is_followed_though_its_stack_still_shows_its_former_status() {
    let looks = [
        ("ROLLBACK_COMPLETE", vec![("app", "ROLLBACK_COMPLETE", "")]),
        ("ROLLBACK_COMPLETE", Vec::new()),
        ("DELETE_IN_PROGRESS", vec![("app", "DELETE_IN_PROGRESS", "User Initiated")]),
        ("DELETE_COMPLETE", vec![("app", "DELETE_COMPLETE", "")]),
    ];
    delete(&looks, 1).await.0.unwrap();
    // The stack is read before its events, which may be ahead of it.
    let ahead = [
        ("CREATE_COMPLETE", vec![("app", "CREATE_COMPLETE", "")]),
        ("CREATE_COMPLETE", vec![("app", "DELETE_IN_PROGRESS", ""), ("app", "DELETE_COMPLETE", "")]),
        ("DELETE_COMPLETE", Vec::new()),
    ];
    delete(&ahead, 1).await.0.unwrap();
}

#[tokio::test]
async fn each_attempt_to_delete_is_one_of_its_own() {
    let looks = [
        ("DELETE_FAILED", vec![("app", "DELETE_FAILED", "The following resource(s) failed to delete: [Queue].")]),
        ("DELETE_IN_PROGRESS", vec![("app", "DELETE_IN_PROGRESS", "User Initiated")]),
        ("DELETE_FAILED", vec![("Queue", "DELETE_FAILED", "it is held"), ("app", "DELETE_FAILED", "[Queue] failed")]),
        ("DELETE_IN_PROGRESS", vec![("app", "DELETE_IN_PROGRESS", "User Initiated")]),
        ("DELETE_FAILED", vec![("Queue", "DELETE_FAILED", "it is held"), ("app", "DELETE_FAILED", "[Queue] failed")]),
    ];
    let (result, tokens) = delete(&looks, 2).await;
    assert!(result.unwrap_err().to_string().ends_with("DELETE_FAILED: `Queue` (AWS::SQS::Queue) failed: it is held"));
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn a_stack_whose_outputs_others_use_stays_and_says_who_does() {
    const REASON: &str = "Export Url cannot be deleted as it is in use by shop";

    for status in ["UPDATE_COMPLETE", "DELETE_FAILED"] {
        let looks = [
            ("UPDATE_COMPLETE", vec![("app", "UPDATE_COMPLETE", "")]),
            ("UPDATE_COMPLETE", Vec::new()),
            (status, vec![("app", status, REASON)]),
        ];
        let error = delete(&looks, 1).await.0.unwrap_err();
        assert!(matches!(&error, StackError::InUse { reason, .. } if reason == REASON), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_service_that_is_busy_for_a_while_does_not_end_the_wait() {
    let looks = vec![
        ("CREATE_COMPLETE", vec![("app", "CREATE_COMPLETE", "")]),
        ("DELETE_COMPLETE", vec![("app", "DELETE_COMPLETE", "")]),
    ];
    // More than one call is repeated by itself.
    let (result, _) = tell(Story { looks, busy: 7, ..Story::default() }, 1).await;
    result.unwrap();
}

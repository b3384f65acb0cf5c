//! Manual approvals.

use serde_json::Value;

use super::layout::{Item, Moment};
use super::old::{OldPipeline, Work};
use super::remark::{FILL_IN, Remarks};
use super::steps::SPLIT;
use crate::definition::{Approval, ApprovalWhen, CommentPlace};
use crate::text;

/// The longest message that a definition takes, in characters.
const LONGEST_MESSAGE: usize = 1000;

/// Which approvals of a stage go where. A stage has one, between its change sets and their execution.
#[derive(Debug, Default)]
pub(super) struct Gates<'i, 's, 'a> {
    /// Before the stage, each as a stage of its own.
    pub(super) before: Vec<&'i Item<'s, 'a>>,
    /// The stage's own.
    own: Option<&'i Item<'s, 'a>>,
    /// The security check.
    check: Option<&'i Item<'s, 'a>>,
    /// Nowhere.
    lost: Vec<&'i Item<'s, 'a>>,
    /// After the stage, each as a stage of its own.
    pub(super) after: Vec<&'i Item<'s, 'a>>,
}

impl<'i, 's, 'a> Gates<'i, 's, 'a> {
    /// Distributes the approvals of a stage with stacks; those are among its items.
    pub(super) fn of(items: &[&'i Item<'s, 'a>]) -> Self {
        let check = items.iter().copied().find(|item| item.action.work == Work::SecurityCheck);
        let mut gates = Self { check, ..Self::default() };
        let mut amid = Vec::new();
        for item in items.iter().copied().filter(|item| item.action.work == Work::Approval) {
            match &item.moment {
                Moment::Before => gates.before.push(item),
                Moment::After => gates.after.push(item),
                Moment::Between(_) if gates.own.is_none() => gates.own = Some(item),
                Moment::Between(_) => gates.lost.push(item),
                Moment::Amid(_) => amid.push(item),
            }
        }
        if gates.own.is_none() && !amid.is_empty() {
            // One that looked at a change set comes nearest to what a stage has.
            let nearest = amid.iter().position(|item| is_at_change_set(item));
            gates.own = Some(amid.remove(nearest.unwrap_or(0)));
        }
        if gates.own.is_none() && !gates.before.is_empty() {
            gates.own = Some(gates.before.remove(0));
        }
        gates.lost.extend(amid);
        gates
    }

    /// The stage's approval.
    pub(super) fn approval(
        &self,
        old: &OldPipeline<'_>,
        place: &CommentPlace,
        remarks: &mut Remarks,
    ) -> Option<Approval> {
        self.tell(place, remarks);
        match (self.own, self.check) {
            (Some(own), _) => Some(approval(old, own, place, remarks)),
            (None, Some(check)) => {
                let notify = told_of_the_check(old, check);
                Some(Approval { message: None, notify, when: ApprovalWhen::Broadening })
            }
            (None, None) => None,
        }
    }

    /// Tells where the approvals stand now, if not where they stood.
    fn tell(&self, place: &CommentPlace, remarks: &mut Remarks) {
        if let Some(own) = self.own {
            let stood = match &own.moment {
                Moment::Before => Some("before the stage".to_owned()),
                Moment::Between(Some(stack)) => {
                    Some(format!("between the change set and the execution of the stack `{stack}`"))
                }
                Moment::Amid(when) => Some(when.clone()),
                Moment::Between(None) | Moment::After => None,
            };
            if let Some(stood) = stood {
                let message = format!(
                    "the approval `{}` stood {stood}; now it stands between the change sets of the stage and their execution",
                    own.name
                );
                remarks.changed(place, message);
            }
        }
        if let Some(check) = self.check {
            let name = check.name.split('.').next().unwrap_or_default();
            let now = match self.own {
                Some(own) => {
                    format!("the approval `{}`, which shows what the change sets newly permit, asks always", own.name)
                }
                None => "`when = \"broadening\"` asks in the same case, after the change sets are made".to_owned(),
            };
            remarks.changed(
                place,
                format!("`{name}` (`ConfirmPermissionsBroadening`) asked where a change broadens rights; {now}"),
            );
        }
        for item in &self.lost {
            let when = match &item.moment {
                Moment::Amid(when) => when.clone(),
                _ => "beside another one".to_owned(),
            };
            remarks.lost(place, format!("the approval `{}`, which stood {when}", item.name), SPLIT);
        }
    }
}

/// The topic that the security check tells, if its ARN is known.
fn told_of_the_check(old: &OldPipeline<'_>, check: &Item<'_, '_>) -> Option<String> {
    let written = old.resolver.member(check.action.configuration, "EnvironmentVariables").known()?;
    let variables: Vec<Value> = serde_json::from_str(&written).ok()?;
    let topic = variables.iter().find(|variable| variable["name"] == "NOTIFICATION_ARN")?;
    topic["value"].as_str().filter(|arn| !arn.is_empty()).map(str::to_owned)
}

fn is_at_change_set(item: &Item<'_, '_>) -> bool {
    matches!(&item.moment, Moment::Amid(when) if when.starts_with("between"))
}

/// What an approver reads and who is told.
pub(super) fn approval(
    old: &OldPipeline<'_>,
    item: &Item<'_, '_>,
    place: &CommentPlace,
    remarks: &mut Remarks,
) -> Approval {
    let member = |key| old.resolver.member(item.action.configuration, key);
    let (message, link, topic) = (member("CustomData"), member("ExternalEntityLink"), member("NotificationArn"));
    let unknown: Vec<String> = [&message, &link].into_iter().flat_map(|text| text.unknown.clone()).collect();
    if !unknown.is_empty() {
        let message = format!("the approval's message names {} of the old pipeline stack", unknown.join(", "));
        remarks.fill_in(place, message, format!("write what is meant for `{FILL_IN}-…`"));
    }
    let texts: Vec<&str> =
        [message.text.trim(), link.text.trim()].into_iter().filter(|text| !text.is_empty()).collect();
    let written: String =
        texts.join(" ").chars().filter(|character| !character.is_control() || *character == '\n').collect();
    let notify = match topic.clone().known() {
        Some(arn) => Some(arn).filter(|arn| !arn.is_empty()),
        None => {
            remarks.lost(
                place,
                format!("the topic that the approval tells, {} of the old pipeline stack", topic.unknown.join(", ")),
                "`approval = { notify = \"arn:…\" }` names one that stays when the old stack goes",
            );
            None
        }
    };
    Approval {
        message: (!written.is_empty()).then(|| text::shortened(&written, LONGEST_MESSAGE - 1)),
        notify,
        when: ApprovalWhen::Always,
    }
}

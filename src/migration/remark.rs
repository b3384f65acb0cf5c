//! What differs between the old pipeline and the new one, for the engineer who takes over.

use serde::{Serialize, Serializer};

use crate::definition::{CommentPlace, Comments};
use crate::id::Name;

/// What marks a place in the definition that has to be filled in.
pub const FILL_IN: &str = "FILL-IN";

/// How much a remark asks of the engineer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemarkKind {
    /// The definition holds a placeholder.
    FillIn,
    /// Something of the old pipeline is missing.
    Lost,
    /// Something is there, but not quite as it was.
    Changed,
}

/// A difference between the old pipeline and the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Remark {
    /// The table of the definition that it is about.
    #[serde(serialize_with = "as_text")]
    pub place: CommentPlace,
    /// How much it asks of the engineer.
    pub kind: RemarkKind,
    /// What differs: a fragment without a trailing period.
    pub message: String,
    /// What to do about it, if there is anything to do.
    pub remedy: Option<String>,
}

impl Remark {
    /// The remark as a comment.
    fn comment(&self) -> String {
        let kind = match self.kind {
            RemarkKind::FillIn => "Fill in",
            RemarkKind::Lost => "Not carried over",
            RemarkKind::Changed => "Changed",
        };
        let remedy = self.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
        format!("{kind}: {}{remedy}.", self.message)
    }
}

fn as_text<S: Serializer>(place: &CommentPlace, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(place)
}

/// The remarks so far.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    remarks: Vec<Remark>,
}

impl Remarks {
    /// Something has to be filled in.
    pub(super) fn fill_in(&mut self, place: &CommentPlace, message: impl Into<String>, remedy: impl Into<String>) {
        self.push(place, RemarkKind::FillIn, message, Some(remedy.into()));
    }

    /// Something is missing.
    pub(super) fn lost(&mut self, place: &CommentPlace, message: impl Into<String>, remedy: impl Into<String>) {
        self.push(place, RemarkKind::Lost, message, Some(remedy.into()));
    }

    /// Something is not quite as it was.
    pub(super) fn changed(&mut self, place: &CommentPlace, message: impl Into<String>) {
        self.push(place, RemarkKind::Changed, message, None);
    }

    /// Adds other remarks.
    pub(super) fn append(&mut self, other: Self) {
        self.remarks.extend(other.remarks);
    }

    /// Adds other remarks, all at one place.
    pub(super) fn append_at(&mut self, other: Self, place: &CommentPlace) {
        self.remarks.extend(other.remarks.into_iter().map(|remark| Remark { place: place.clone(), ..remark }));
    }

    fn push(&mut self, place: &CommentPlace, kind: RemarkKind, message: impl Into<String>, remedy: Option<String>) {
        self.remarks.push(Remark { place: place.clone(), kind, message: message.into(), remedy });
    }

    /// The remarks in the order of the definition.
    pub(super) fn in_order(mut self, stages: &[Name]) -> Vec<Remark> {
        let stage = |wanted: &Name| stages.iter().position(|stage| stage == wanted).unwrap_or(usize::MAX);
        self.remarks.sort_by_key(|remark| match &remark.place {
            CommentPlace::File => (0, 0),
            CommentPlace::Pipeline => (1, 0),
            CommentPlace::Source => (2, 0),
            CommentPlace::Build => (3, 0),
            CommentPlace::UpdatePipeline => (4, 0),
            CommentPlace::PublishAssets => (5, 0),
            CommentPlace::Stage(name) => (6, stage(name)),
            CommentPlace::Assembly(name) | CommentPlace::Step { stage: name, .. } => (6, stage(name)),
        });
        self.remarks
    }
}

/// Remarks as comments of a definition.
pub(super) fn comments(heading: &str, remarks: &[Remark]) -> Comments {
    let mut comments = Comments::default();
    comments.add(CommentPlace::File, heading);
    for remark in remarks {
        comments.add(remark.place.clone(), remark.comment());
    }
    comments
}

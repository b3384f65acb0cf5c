//! The files and folders that become assets are there.

use super::Check;
use super::files::{self, Origin};
use crate::definition::Stack;

pub(super) fn check(check: &mut Check<'_>, stack: &Stack, path: &str) {
    for (position, asset) in stack.assets.iter().enumerate() {
        if !check.locate(&asset.path).exists() {
            let path = format!("{path}.asset.{position}.path");
            files::missing(check, ("missing-asset", "asset"), Origin::SourceOrBuild, &asset.path, &path);
        }
    }
}

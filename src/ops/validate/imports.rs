//! What is imported, against the files that tell it.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use super::Check;
use super::files::{self, Origin};
use crate::definition::ImportSource;
use crate::disk;
use crate::imports::{FILE_LIMIT, resolve};

pub(super) fn check(check: &mut Check<'_>) {
    let mut texts = BTreeMap::new();
    for (position, stage) in check.stages() {
        for import in &stage.imports {
            let ImportSource::File { path: named, .. } = &import.source else { continue };
            let place = format!("stage.{position}.imports.{}.file", import.name);
            let path = check.locate(named);
            match disk::read_text(&path, FILE_LIMIT) {
                Ok(text) => {
                    texts.insert(named.clone(), text);
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    files::missing(check, ("missing-file", "file"), Origin::SourceOrBuild, named, &place);
                }
                Err(error) => {
                    let message = format!("file `{named}` cannot be read: {error}");
                    let finding = check.error("unreadable-file", message, &place, "named here");
                    check.report.push(finding.help(disk::remedy(&path, &error)));
                }
            }
        }
    }
    let mut definition = check.definition.clone();
    for finding in resolve(&mut definition, &texts) {
        let mut stages = check.stages().filter(|(_, stage)| stage.name == finding.stage);
        let Some((position, _)) = stages.next() else { continue };
        let place = format!("stage.{position}.imports.{}.{}", finding.import, finding.key);
        check.report.push(finding.diagnostic.at(check.file, check.places.span(&place), ""));
    }
}

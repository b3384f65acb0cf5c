//! Files and folders of a repository (<https://docs.github.com/en/rest/repos/contents>).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use camino::Utf8Path;
use http::HeaderMap;
use http::header::ACCEPT;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal};
use super::{RestPages, Wish, decoded};

impl RestPages {
    /// Answers with a file, or with the list of a folder.
    pub(super) async fn contents(&self, wish: &Wish, headers: &HeaderMap) -> Result<Answer, Refusal> {
        let path = wish.path.strip_prefix("contents").unwrap_or_default().trim_matches('/');
        let reference = wish.query.split('&').find_map(|pair| pair.strip_prefix("ref=")).map(decoded);
        let commit = self.commit_id(wish, reference.as_deref().unwrap_or("HEAD")).await?;
        if let Some(bytes) = wish.git.read(commit.as_str(), Utf8Path::new(path)).await? {
            let wants_raw = headers
                .get(ACCEPT)
                .and_then(|accept| accept.to_str().ok())
                .is_some_and(|accept| accept.contains("vnd.github") && accept.contains("raw"));
            return Ok(if wants_raw { Answer::raw(bytes) } else { Answer::json(self.file(wish, path, &bytes)) });
        }
        let tree = format!("{commit}:{path}");
        let finished = wish.git.command(["ls-tree", "-z", "--long", &tree]).run().await?;
        if !finished.exit.is_success() {
            return Err(Refusal::NotFound);
        }
        let listed = String::from_utf8_lossy(&finished.output);
        Ok(Answer::json(listed.split('\0').filter_map(|line| self.entry(wish, path, line)).collect()))
    }

    fn file(&self, wish: &Wish, path: &str, bytes: &[u8]) -> Value {
        // GitHub breaks the lines of the encoded content after 60 characters.
        let encoded = BASE64_STANDARD.encode(bytes);
        let mut content = String::with_capacity(encoded.len() + encoded.len() / 60 + 1);
        for (at, character) in encoded.chars().enumerate() {
            if at > 0 && at % 60 == 0 {
                content.push('\n');
            }
            content.push(character);
        }
        content.push('\n');
        json!({
            "type": "file",
            "encoding": "base64",
            "size": bytes.len(),
            "name": path.rsplit('/').next().unwrap_or(path),
            "path": path,
            "content": content,
            "url": self.url(wish, &format!("contents/{path}")),
        })
    }

    /// Reads a line of `git ls-tree --long`: mode, type, id and size, then the name after a tab.
    fn entry(&self, wish: &Wish, folder: &str, line: &str) -> Option<Value> {
        let (facts, name) = line.split_once('\t')?;
        let facts: Vec<&str> = facts.split_whitespace().collect();
        let [_, kind, id, size] = facts.as_slice() else {
            return None;
        };
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        Some(json!({
            "type": if *kind == "tree" { "dir" } else { "file" },
            "size": size.parse().unwrap_or(0_u64),
            "name": name,
            "path": path,
            "sha": id,
            "url": self.url(wish, &format!("contents/{path}")),
        }))
    }
}

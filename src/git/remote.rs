//! Remotes and the repositories that their URLs name.

use crate::id::Repository;

/// A remote of a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, such as `origin`.
    pub name: String,
    /// The URL that is fetched from.
    pub url: String,
}

impl Remote {
    /// The hosted repository that the URL names.
    pub fn hosted(&self) -> Option<Hosted> {
        Hosted::parse(&self.url)
    }
}

/// A repository on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosted {
    /// The host in lower case, with its port where one is given.
    pub host: String,
    /// The repository.
    pub repository: Repository,
}

impl Hosted {
    /// Reads a URL (`https://host/owner/name.git`, `ssh://git@host/owner/name`) or Git's short form
    /// (`git@host:owner/name.git`). Hosts that serve repositories below `/git/` are understood too.
    pub fn parse(url: &str) -> Option<Self> {
        let (authority, path) = match url.split_once("://") {
            Some(("http" | "https" | "ssh" | "git", rest)) => rest.split_once('/')?,
            Some(_) => return None,
            // Without a scheme, a slash before the first colon makes it a path of this machine.
            None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?,
        };
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let path = path.strip_prefix("git/").filter(|rest| rest.contains('/')).unwrap_or(path);
        let repository = path.parse().ok()?;
        (!host.is_empty()).then(|| Self { host: host.to_lowercase(), repository })
    }
}

/// Reads the answer of `git remote --verbose`.
pub(super) fn parse_list(text: &str) -> Vec<Remote> {
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(name, rest)| Some((name, rest.split_once(" (fetch)")?.0)))
        .map(|(name, url)| Remote { name: name.to_owned(), url: url.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_url_names_its_repository() {
        for (url, host) in [
            ("https://github.com/owner/na.me.git", "github.com"),
            ("https://x:secret@GitHub.com/owner/na.me/", "github.com"),
            ("ssh://git@github.com:22/owner/na.me.git", "github.com:22"),
            ("git@github.com:owner/na.me.git", "github.com"),
            ("github.com:owner/na.me", "github.com"),
            ("http://x:secret@127.0.0.1:4566/git/owner/na.me.git", "127.0.0.1:4566"),
        ] {
            let hosted = Hosted::parse(url).unwrap_or_else(|| panic!("{url}"));
            assert_eq!((hosted.host.as_str(), hosted.repository.as_str()), (host, "owner/na.me"), "{url}");
        }
        assert_eq!(Hosted::parse("git@github.com:git/hub").unwrap().repository.as_str(), "git/hub");
        for other in ["/srv/git/a/b", "../a/b", "./x:y/z", "file:///a/b", "https://github.com/owner", "https://h/a/b/c"]
        {
            assert_eq!(Hosted::parse(other), None, "{other}");
        }
    }

    #[test]
    fn remotes_are_listed_by_the_url_that_is_fetched_from() {
        let remotes = parse_list("origin\thttps://h/a/b (fetch)\norigin\thttps://h/p/q (push)\n");
        assert_eq!(remotes, [Remote { name: "origin".to_owned(), url: "https://h/a/b".to_owned() }]);
    }
}

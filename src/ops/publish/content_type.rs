//! The content types by which browsers and services know objects.

use super::PlannedSource;

/// What an archive is known by.
const ARCHIVE: &str = "application/zip";

/// Content types by the extensions of files, as the CDK's tools give them (`mime` 2, of the IANA's registry).
const BY_EXTENSION: [(&str, &[&str]); 41] = [
    ("application/gzip", &["gz"]),
    ("application/java-archive", &["ear", "jar", "war"]),
    ("application/javascript", &["js", "mjs"]),
    ("application/json", &["json", "map"]),
    ("application/manifest+json", &["webmanifest"]),
    ("application/node", &["cjs"]),
    ("application/pdf", &["pdf"]),
    ("application/pkix-cert", &["cer"]),
    ("application/rtf", &["rtf"]),
    ("application/toml", &["toml"]),
    ("application/vnd.ms-fontobject", &["eot"]),
    ("application/wasm", &["wasm"]),
    ("application/x-7z-compressed", &["7z"]),
    ("application/x-bzip2", &["bz2"]),
    ("application/x-sh", &["sh"]),
    ("application/x-sql", &["sql"]),
    ("application/x-tar", &["tar"]),
    ("application/x-x509-ca-cert", &["crt", "der", "pem"]),
    ("application/xhtml+xml", &["xht", "xhtml"]),
    ("application/xml", &["rng", "xml", "xsd", "xsl"]),
    (ARCHIVE, &["zip"]),
    ("audio/mpeg", &["mp3"]),
    ("audio/ogg", &["oga", "ogg"]),
    ("audio/wav", &["wav"]),
    ("font/otf", &["otf"]),
    ("font/ttf", &["ttf"]),
    ("font/woff", &["woff"]),
    ("font/woff2", &["woff2"]),
    ("image/gif", &["gif"]),
    ("image/jpeg", &["jpe", "jpeg", "jpg"]),
    ("image/png", &["png"]),
    ("image/svg+xml", &["svg", "svgz"]),
    ("image/vnd.microsoft.icon", &["ico"]),
    ("image/webp", &["webp"]),
    ("text/css", &["css"]),
    ("text/csv", &["csv"]),
    ("text/html", &["htm", "html", "shtml"]),
    ("text/markdown", &["markdown", "md"]),
    ("text/plain", &["conf", "def", "in", "ini", "list", "log", "text", "txt"]),
    ("text/yaml", &["yaml", "yml"]),
    ("video/mp4", &["mp4", "mp4v", "mpg4"]),
];

/// The content type of what a source becomes.
pub(super) fn of(source: &PlannedSource) -> &'static str {
    let path = match source {
        PlannedSource::Folder(_) | PlannedSource::Program(_) => return ARCHIVE,
        PlannedSource::File(path) => path,
    };
    let extension = path.extension().unwrap_or_default().to_lowercase();
    let found = BY_EXTENSION.iter().find(|(_, extensions)| extensions.contains(&extension.as_str()));
    found.map_or("application/octet-stream", |(content_type, _)| content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_extensions_and_folders_as_archives() {
        let file = |path: &str| of(&PlannedSource::File(path.into()));
        let found =
            ["asset.1f.html", "a/B.PNG", "t.template.json", "t.yaml", "handler.zip", "plain", "a.b/c", "x.unknown"]
                .map(file);
        let unknown = "application/octet-stream";
        let known = ["text/html", "image/png", "application/json", "text/yaml", ARCHIVE, unknown, unknown, unknown];
        assert_eq!(found, known);
        assert_eq!(of(&PlannedSource::Folder("site.html".into())), ARCHIVE);
    }
}

#!/bin/sh
# Prints one SHA-256 of the contents of files: for each argument of the file of that name, or else of all files that
# match it as a pattern, in which a star also stands for slashes. Without any file it prints nothing and fails.
if command -v sha256sum >/dev/null 2>&1; then sum=sha256sum; else sum='shasum -a 256'; fi
hashes=$(
  for pattern in "$@"; do
    if [ -f "$pattern" ]; then printf '%s\n' "$pattern"; else find . -type f -path "./${pattern#./}"; fi
  done | LC_ALL=C sort -u | while IFS= read -r file; do $sum <"$file"; done
)
[ -n "$hashes" ] || exit 1
printf '%s\n' "$hashes" | $sum | cut -d ' ' -f 1

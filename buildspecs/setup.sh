# Puts the pinned pipectl of the artifact `Tool` on the PATH, after checking its SHA-256.
# Builds run it by `eval "$PIPECTL_SETUP"`, so it must not call `exit`.
tool="$CODEBUILD_SRC_DIR_Tool/pipectl"
if ! echo "$PIPECTL_TOOL_DIGEST  $tool" | sha256sum -c - >/dev/null 2>&1; then
  echo "pipectl: the binary in the artifact Tool is not the pinned one ($PIPECTL_TOOL_DIGEST); run: pipectl deploy" >&2
  false
elif chmod +x "$tool" && "$tool" --version; then
  PATH="$CODEBUILD_SRC_DIR_Tool:$PATH"
  export PATH
elif ls /lib/ld-musl-* >/dev/null 2>&1; then
  echo "pipectl: this image uses musl, where the binary cannot run; set image to one with glibc, such as aws/codebuild/standard:7.0" >&2
  false
else
  echo "pipectl: the binary cannot run on this image ($(uname -m)); set image to an x86_64 one with glibc 2.34 or newer, such as aws/codebuild/standard:7.0" >&2
  false
fi

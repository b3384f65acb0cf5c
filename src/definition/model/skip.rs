//! When an execution passes a stage by.

/// When an execution passes a stage by, because it would deploy what is deployed already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SkipUnchanged {
    /// When its stacks are unchanged and, if it has steps, the source is that of its last success.
    #[default]
    Safe,
    /// When its stacks are unchanged, whatever its steps would do.
    Stacks,
    /// Never.
    Never,
}

impl SkipUnchanged {
    /// Every value with its word in the definition.
    pub const WORDS: [(&'static str, Self); 3] =
        [("safe", Self::Safe), ("stacks", Self::Stacks), ("never", Self::Never)];

    /// The word in the definition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Stacks => "stacks",
            Self::Never => "never",
        }
    }
}

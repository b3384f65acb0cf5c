//! Whether a binary runs in a build image. Pure.

use std::fmt;

use super::{Binary, Libc, Machine, System};

/// What is known of CodeBuild's own images ("Docker images provided by CodeBuild"): the start of the name, the
/// processor, and the minor version of glibc 2.
const IMAGES: [(&str, Machine, u32); 12] = [
    ("aws/codebuild/standard:5.", Machine::X86_64, 31),
    ("aws/codebuild/standard:6.", Machine::X86_64, 35),
    ("aws/codebuild/standard:7.", Machine::X86_64, 35),
    ("aws/codebuild/standard:8.", Machine::X86_64, 39),
    ("aws/codebuild/amazonlinux2-x86_64-standard:4.", Machine::X86_64, 26),
    ("aws/codebuild/amazonlinux2-x86_64-standard:5.", Machine::X86_64, 34),
    ("aws/codebuild/amazonlinux-x86_64-standard:5.", Machine::X86_64, 34),
    ("aws/codebuild/amazonlinux-x86_64-standard:6.", Machine::X86_64, 34),
    ("aws/codebuild/amazonlinux2-aarch64-standard:2.", Machine::Aarch64, 26),
    ("aws/codebuild/amazonlinux2-aarch64-standard:3.", Machine::Aarch64, 34),
    ("aws/codebuild/amazonlinux-aarch64-standard:3.", Machine::Aarch64, 34),
    ("aws/codebuild/amazonlinux-aarch64-standard:4.", Machine::Aarch64, 34),
];

/// Why a binary does not run in an image. Written as a fragment that follows "pipectl does not run in `IMAGE`:".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is not for Linux.
    System(System),
    /// It is for another processor.
    Machine {
        /// The binary's.
        binary: Machine,
        /// The image's.
        image: Machine,
    },
    /// It needs a newer glibc.
    Glibc {
        /// What the binary needs.
        needed: (u32, u32),
        /// What the image has.
        present: (u32, u32),
    },
    /// It needs musl's loader, which CodeBuild's images do not have.
    Musl,
}

/// Says why a binary does not run in an image; `None` if it does, or if too little is known of the image to tell.
pub fn unfit(binary: &Binary, image: &str) -> Option<Unfit> {
    if binary.system != System::Linux {
        return Some(Unfit::System(binary.system));
    }
    let (_, machine, minor) = IMAGES.iter().find(|(start, ..)| image.starts_with(start))?;
    if binary.machine != *machine {
        return Some(Unfit::Machine { binary: binary.machine, image: *machine });
    }
    match binary.libc {
        Libc::Gnu { major, minor: needed } if (major, needed) > (2, *minor) => {
            Some(Unfit::Glibc { needed: (major, needed), present: (2, *minor) })
        }
        Libc::Musl => Some(Unfit::Musl),
        Libc::Gnu { .. } | Libc::Static => None,
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(system) => write!(formatter, "this binary is for {system}, the image is Linux"),
            Self::Machine { binary, image } => {
                write!(formatter, "this binary is for {binary}, the image for {image}")
            }
            Self::Glibc { needed, present } => write!(
                formatter,
                "this binary needs glibc {}.{}, the image has {}.{}",
                needed.0, needed.1, present.0, present.1
            ),
            Self::Musl => formatter.write_str("this binary needs musl, the image has glibc"),
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Linux => "Linux",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
            Self::Unknown => "an unknown system",
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Other => "another processor",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD: &str = "aws/codebuild/standard:7.0";

    fn binary(libc: Libc) -> Binary {
        Binary { system: System::Linux, machine: Machine::X86_64, libc }
    }

    #[test]
    fn what_fits_is_not_refused() {
        assert_eq!(unfit(&binary(Libc::Gnu { major: 2, minor: 34 }), STANDARD), None);
        assert_eq!(unfit(&binary(Libc::Static), STANDARD), None);
        assert_eq!(unfit(&binary(Libc::Gnu { major: 2, minor: 99 }), "example.org/our/image:1"), None);
    }

    #[test]
    fn what_does_not_fit_is_told_why() {
        let text = |binary: &Binary, image| unfit(binary, image).map(|unfit| unfit.to_string()).unwrap_or_default();
        assert_eq!(
            text(&binary(Libc::Gnu { major: 2, minor: 36 }), STANDARD),
            "this binary needs glibc 2.36, the image has 2.35"
        );
        assert_eq!(
            text(&binary(Libc::Static), "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
            "this binary is for x86_64, the image for aarch64"
        );
        assert_eq!(text(&binary(Libc::Musl), STANDARD), "this binary needs musl, the image has glibc");
        let mac = Binary { system: System::MacOs, machine: Machine::Other, libc: Libc::Static };
        assert_eq!(text(&mac, "any"), "this binary is for macOS, the image is Linux");
    }
}

//! What an executable needs of the system that it runs on. Pure: it reads from any reader.
//!
//! Formats: ELF ("System V Application Binary Interface", "Linux Standard Base: Symbol Versioning"), and the first
//! bytes of Mach-O and PE files.

use std::io::{self, Read, Seek, SeekFrom};

/// `SHT_GNU_verneed`: the section that lists the versions of libraries that are needed.
const VERSION_NEEDS: u32 = 0x6fff_fffe;

/// `PT_INTERP`: the program header that names the dynamic loader.
const INTERPRETER: u32 = 3;

/// The largest table that is read: far larger than any linker writes.
const LARGEST_TABLE: u64 = 1 << 20;

/// What an executable needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// The operating system.
    pub system: System,
    /// The processor.
    pub machine: Machine,
    /// The C library.
    pub libc: Libc,
}

/// An operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux, or another system with ELF files.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
    /// None that is known: a script, perhaps.
    Unknown,
}

/// A processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// x86-64.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
    /// Another one, or not known.
    Other,
}

/// A C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Libc {
    /// glibc, of at least this version.
    Gnu {
        /// Such as 2.
        major: u32,
        /// Such as 34.
        minor: u32,
    },
    /// musl, loaded at run time.
    Musl,
    /// None: the executable brings all it needs.
    Static,
}

/// Finds out what an executable needs.
pub fn inspect<R: Read + Seek>(mut file: R) -> io::Result<Binary> {
    let mut start = [0; 64];
    file.rewind()?;
    let length = read_some(&mut file, &mut start)?;
    let other = |system| Binary { system, machine: Machine::Other, libc: Libc::Static };
    match start[..length] {
        // 64 bits, little-endian: what Linux runs on all machines that builds have.
        [0x7f, b'E', b'L', b'F', 2, 1, ..] if length == start.len() => inspect_elf(&mut file, &start),
        [0x7f, b'E', b'L', b'F', ..] => Ok(other(System::Linux)),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => Ok(other(System::MacOs)),
        [b'M', b'Z', ..] => Ok(other(System::Windows)),
        _ => Ok(other(System::Unknown)),
    }
}

fn inspect_elf<R: Read + Seek>(file: &mut R, header: &[u8; 64]) -> io::Result<Binary> {
    let machine = match u16_at(header, 18) {
        62 => Machine::X86_64,
        183 => Machine::Aarch64,
        _ => Machine::Other,
    };
    let programs = table(file, u64_at(header, 32), u16_at(header, 54), u16_at(header, 56))?;
    let mut loader = None;
    for program in &programs {
        if u32_at(program, 0) == INTERPRETER {
            loader =
                Some(String::from_utf8_lossy(&bytes_at(file, u64_at(program, 8), u64_at(program, 32))?).into_owned());
        }
    }
    let libc = match loader {
        None => Libc::Static,
        Some(loader) if loader.contains("musl") => Libc::Musl,
        Some(_) => {
            let sections = table(file, u64_at(header, 40), u16_at(header, 58), u16_at(header, 60))?;
            let (major, minor) = needed_glibc(file, &sections)?;
            Libc::Gnu { major, minor }
        }
    };
    Ok(Binary { system: System::Linux, machine, libc })
}

/// Returns the highest version of glibc that any symbol needs.
fn needed_glibc<R: Read + Seek>(file: &mut R, sections: &[Vec<u8>]) -> io::Result<(u32, u32)> {
    let mut highest = (0, 0);
    for section in sections.iter().filter(|section| u32_at(section, 4) == VERSION_NEEDS) {
        let Some(names) = sections.get(u32_at(section, 40) as usize) else {
            continue;
        };
        let needs = bytes_at(file, u64_at(section, 24), u64_at(section, 32))?;
        let names = bytes_at(file, u64_at(names, 24), u64_at(names, 32))?;
        let mut library = 0;
        loop {
            let mut version = library + u32_at(&needs, library + 8) as usize;
            for _ in 0..u16_at(&needs, library + 2) {
                highest = highest.max(glibc_version(name_at(&names, u32_at(&needs, version + 8))).unwrap_or_default());
                version += u32_at(&needs, version + 12) as usize;
            }
            let next = u32_at(&needs, library + 12) as usize;
            if next == 0 || library + next >= needs.len() {
                break;
            }
            library += next;
        }
    }
    Ok(highest)
}

/// Reads `GLIBC_2.34`; other names, such as `GCC_3.0` and `GLIBC_PRIVATE`, are of no interest.
fn glibc_version(name: &str) -> Option<(u32, u32)> {
    let (major, rest) = name.strip_prefix("GLIBC_")?.split_once('.')?;
    let minor = rest.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn name_at(names: &[u8], offset: u32) -> &str {
    let rest = names.get(offset as usize..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    std::str::from_utf8(&rest[..end]).unwrap_or_default()
}

/// Reads a table of `count` entries of `size` bytes each.
fn table<R: Read + Seek>(file: &mut R, offset: u64, size: u16, count: u16) -> io::Result<Vec<Vec<u8>>> {
    if size == 0 {
        return Ok(Vec::new());
    }
    let bytes = bytes_at(file, offset, u64::from(size) * u64::from(count))?;
    Ok(bytes.chunks_exact(size.into()).map(<[u8]>::to_vec).collect())
}

fn bytes_at<R: Read + Seek>(file: &mut R, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length.min(LARGEST_TABLE)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_some(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

/// Numbers of a damaged file that lie beyond its end count as zero.
fn u16_at(bytes: &[u8], offset: usize) -> u16 {
    array_at(bytes, offset).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    array_at(bytes, offset).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    array_at(bytes, offset).map_or(0, u64::from_le_bytes)
}

fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..offset.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn this_test_is_an_executable_of_this_machine() {
        let binary = inspect(std::fs::File::open(std::env::current_exe().unwrap()).unwrap()).unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(binary.system, System::Linux);
        }
        if cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
            assert_eq!(binary.machine, Machine::X86_64);
            assert!(matches!(binary.libc, Libc::Gnu { major: 2, minor: 14.. }), "{binary:?}");
        }
    }

    #[test]
    fn other_systems_are_told_by_the_first_bytes() {
        for (bytes, system) in [
            (&[0xcf, 0xfa, 0xed, 0xfe, 0, 0][..], System::MacOs),
            (b"MZ\x90\0", System::Windows),
            (b"#!/bin/sh\n", System::Unknown),
            (b"", System::Unknown),
            (b"\x7fELF\x01\x01", System::Linux),
        ] {
            assert_eq!(inspect(Cursor::new(bytes)).unwrap().system, system);
        }
    }

    #[test]
    fn versions_of_glibc_are_read_and_others_are_not() {
        assert_eq!(glibc_version("GLIBC_2.34"), Some((2, 34)));
        assert_eq!(glibc_version("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(glibc_version("GLIBC_PRIVATE"), None);
        assert_eq!(glibc_version("GCC_3.0"), None);
    }

    proptest! {
        #[test]
        fn damaged_files_end_in_an_answer(tail in prop::collection::vec(any::<u8>(), 0..512)) {
            let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1];
            bytes.extend(tail);
            let _ = inspect(Cursor::new(bytes)).unwrap();
        }
    }
}

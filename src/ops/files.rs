//! The real file system and randomness, as configuration and functions see them.

use std::io;
use std::path::Path;

use crate::host;
use crate::lang::functions::{self, FileKind};

/// The file system of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFiles;

impl crate::config::Files for RealFiles {
    fn read_dir(&self, dir: &Path) -> io::Result<Vec<String>> {
        Ok(host::list(dir)?.into_iter().filter(|(_, is_dir)| !is_dir).map(|(name, _)| name).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        host::read(path)
    }
}

impl functions::Files for RealFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        host::read(path)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        Ok(match path.metadata()? {
            m if m.is_file() => FileKind::File,
            m if m.is_dir() => FileKind::Directory,
            _ => FileKind::Other,
        })
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        Ok(host::list(path)?.into_iter().map(|(name, _)| name).collect())
    }
}

impl functions::Random for RealFiles {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let fresh = host::random::<32>();
            chunk.copy_from_slice(&fresh[..chunk.len()]);
        }
    }
}

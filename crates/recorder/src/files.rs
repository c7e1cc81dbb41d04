//! The files in a program's working directory: those that are put there, and those that are there at the end.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::plan::InputFile;
use crate::recording::LeftFile;

/// Number of files that are described.
const MOST_FILES: usize = 20;

/// Number of bytes of a file that are kept as text; of a longer file only its length and a hash are.
const LONGEST_TEXT: u64 = 1000;

/// Number of bytes of a file that are read. A longer file is described by this much of it.
const LONGEST_READ: u64 = 64 << 20;

/// Makes `directory` and puts `files` into it.
pub(crate) fn put(directory: &Path, files: &[InputFile]) -> Result<()> {
    make(directory)?;
    for file in files {
        let to = directory.join(&file.to);
        match &file.from {
            None => make(&to)?,
            Some(from) => {
                make(to.parent().unwrap_or(directory))?;
                copy(from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
            }
        }
    }
    Ok(())
}

/// Makes a folder and those above it, unless they exist.
pub(crate) fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Copies a file, or a folder with everything in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Describes the files in `directory` and in its folders, sorted by name, at most [`MOST_FILES`].
pub(crate) fn left(directory: &Path) -> Vec<LeftFile> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) => found.push((entry.path(), kind.is_file())),
                Err(_) => {}
            }
            if found.len() + folders.len() > 4096 {
                break;
            }
        }
    }
    found.sort();
    let left = |(path, is_file): (PathBuf, bool)| LeftFile {
        name: path
            .strip_prefix(directory)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned(),
        content: match is_file {
            true => content(&path).unwrap_or_else(|error| format!("cannot be read: {error}")),
            // To open a FIFO would wait for its other end.
            false => "not a regular file".into(),
        },
    };
    found.into_iter().take(MOST_FILES).map(left).collect()
}

fn content(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?.take(LONGEST_READ);
    let length = file.get_ref().metadata()?.len();
    if length <= LONGEST_TEXT {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        return Ok(format!("{length} bytes \"{}\"", bytes.escape_ascii()));
    }
    let mut hasher = DefaultHasher::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(format!("{length} bytes, hash {:016x}", hasher.finish())),
            n => hasher.write(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns an empty folder of this test in the system's temporary folder.
    fn empty(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("recorder-{name}-{}", std::process::id()));
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_put_and_what_is_written_is_left_with_its_content() {
        let folder = empty("files");
        let (input, directory) = (folder.join("in.bin"), folder.join("work"));
        fs::write(&input, b"a\0\xff").unwrap();
        let file = |from, to: &str| InputFile {
            from,
            to: to.into(),
        };
        put(&directory, &[file(Some(input), "in.bin")]).unwrap();
        fs::create_dir(directory.join("sub")).unwrap();
        fs::write(directory.join("sub/long"), [b'x'; 2000]).unwrap();
        let left = left(&directory);
        assert_eq!(left[0].to_string(), r#"file in.bin (3 bytes "a\x00\xff")"#);
        assert!(left[1].content.starts_with("2000 bytes, hash "), "{left:?}");
        assert_eq!((left[1].name.as_str(), left.len()), ("sub/long", 2));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn folders_are_put_with_everything_in_them_and_empty_ones_are_made() {
        let folder = empty("folders");
        let (pages, directory) = (folder.join("pages"), folder.join("work"));
        fs::create_dir_all(pages.join("deep")).unwrap();
        fs::write(pages.join("deep/a.txt"), "a").unwrap();
        let file = |from: Option<&Path>, to: &str| InputFile {
            from: from.map(Path::to_owned),
            to: to.into(),
        };
        let deep = pages.join("deep/a.txt");
        let files = [
            file(Some(&pages), "www"),
            file(Some(&deep), "D:/b.txt"),
            file(None, "uploads"),
        ];
        put(&directory, &files).unwrap();
        assert!(directory.join("uploads").is_dir());
        let names: Vec<String> = left(&directory).into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["D:/b.txt", "www/deep/a.txt"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn long_files_that_differ_in_one_byte_differ() {
        let folder = empty("hashes");
        let mut bytes = vec![b'x'; 100_000];
        fs::write(folder.join("file"), &bytes).unwrap();
        let one = left(&folder);
        bytes[99_999] = b'y';
        fs::write(folder.join("file"), &bytes).unwrap();
        assert_ne!(left(&folder), one);
        fs::remove_dir_all(&folder).unwrap();
    }
}

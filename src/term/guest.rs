//! `cms guest [--storage SIZE] KERNEL [INITRD | -] [PARAMETERS]`: Linux in a virtual machine, in one command.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::cp::{LinuxDeck, storage_size};

/// The storage of the machine when nothing is said.
const STORAGE: u64 = 256 << 20;
/// What the kernel is told when nothing is said: its console is ours, and the machine logs off when it is
/// switched off.
const PARAMETERS: &[u8] = b"console=ttyS0 vmpoff=LOGOFF";

const USAGE: &str = "cms guest [--storage SIZE] KERNEL [INITRD | -] [PARAMETERS]";

/// A Linux to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linux {
    /// Its files and parameters.
    pub deck: LinuxDeck,
    /// Bytes of storage.
    pub storage: u64,
}

impl Linux {
    /// What the words behind `guest` ask for.
    ///
    /// # Errors
    /// A sentence when they do not.
    pub fn new(words: &[Vec<u8>]) -> Result<Linux, String> {
        let (storage, words) = match words {
            [option, size, words @ ..] if option == b"--storage" => (bytes(size)?, words),
            [option] if option == b"--storage" => {
                return Err(format!("--storage needs a size: {USAGE}"));
            }
            [option, ..] if option.starts_with(b"-") => {
                let option = String::from_utf8_lossy(option);
                return Err(format!("{option} is not known: {USAGE}"));
            }
            words => (STORAGE, words),
        };
        let path = |word: &Vec<u8>| PathBuf::from(OsStr::from_bytes(word));
        let (kernel, rest) = words
            .split_first()
            .ok_or_else(|| format!("the kernel's file is missing: {USAGE}"))?;
        let (initrd, parameters) = match rest.split_first() {
            Some((word, parameters)) => ((word != b"-").then(|| path(word)), parameters),
            None => (None, rest),
        };
        let parameters = match parameters {
            [] => PARAMETERS.to_vec(),
            words => words.join(&b' '),
        };
        Ok(Linux {
            deck: LinuxDeck {
                kernel: path(kernel),
                initrd,
                parameters,
            },
            storage,
        })
    }
}

fn bytes(size: &[u8]) -> Result<u64, String> {
    let text = String::from_utf8_lossy(size);
    storage_size(&text).map_err(|e| format!("{e}; one is 64M, 256M, 1G"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<u8>> {
        text.split_whitespace().map(|w| w.into()).collect()
    }

    #[test]
    fn words_say_what_to_start() {
        let linux = Linux::new(&words("--storage 64M k i quiet root=/dev/ram0")).unwrap();
        assert_eq!(linux.storage, 64 << 20);
        assert_eq!(linux.deck.initrd, Some("i".into()));
        assert_eq!(linux.deck.parameters, b"quiet root=/dev/ram0");
        let linux = Linux::new(&words("k - quiet")).unwrap();
        assert_eq!((linux.deck.initrd, linux.storage), (None, STORAGE));
        let linux = Linux::new(&words("k")).unwrap();
        assert_eq!(linux.deck.parameters, PARAMETERS);
        for (bad, says) in [
            ("", "kernel's file is missing"),
            ("--storage", "needs a size"),
            ("--storage 12Q k", "no storage size"),
            ("--memory 64M k", "--memory is not known"),
        ] {
            let fault = Linux::new(&words(bad)).unwrap_err();
            assert!(fault.contains(says), "{fault}");
        }
    }
}

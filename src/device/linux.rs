//! The card deck that loads Linux: the kernel, its parameters and the initial ramdisk, three files of
//! 80-byte cards. The first cards of the kernel are its own loader, which reads the rest (Linux,
//! arch/s390: "Booting from the VM reader").

use crate::base::codepage::CodePage;

use super::reader::CARD;

/// The code of an unpunched column.
const BLANK: u8 = 0x40;
/// The PSW with which the loader begins: ESA/390, 31-bit addressing, X'200'.
const IPL_PSW: [u8; 8] = [0, 8, 0, 0, 0x80, 0, 2, 0];
/// The first word of the CCW behind it: READ to X'18'.
const FIRST_CCW: [u8; 4] = [2, 0, 0, 0x18];
/// Where a kernel has its entry, and the mark behind it.
const ENTRY: usize = 0x1_0000;
const MARK_AT: usize = ENTRY + 8;
const MARK: &[u8] = b"S390EP";
/// Where a kernel says how long its parameters may be.
const PARM_SIZE_AT: usize = 0x1_0430;
/// How long they may be in a kernel that does not say.
const PARM_SIZE: usize = 896;

/// Which of the files something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The kernel.
    Kernel,
    /// The initial ramdisk.
    Initrd,
    /// The parameters.
    Parameters,
}

/// Why no deck can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DeckFault {
    /// What it is that cannot be used.
    pub part: Part,
    /// What is wrong with it.
    pub reason: String,
}

/// Makes the decks of a kernel, its parameters (host bytes) and a ramdisk, in the order in which the loader
/// reads them. `storage` is the size of the machine in bytes.
///
/// # Errors
/// The part that cannot be used, with the reason.
pub fn linux_decks(
    kernel: Vec<u8>,
    initrd: Option<Vec<u8>>,
    parameters: &[u8],
    storage: u64,
) -> Result<Vec<Vec<u8>>, DeckFault> {
    let fault = |part, reason: String| Err(DeckFault { part, reason });
    if let Some(reason) = no_kernel(&kernel) {
        return fault(Part::Kernel, reason);
    }
    if let Some(reason) = initrd.as_deref().and_then(no_initrd) {
        return fault(Part::Initrd, reason);
    }
    let most = parameter_room(&kernel);
    if parameters.len() >= most {
        let long = parameters.len();
        let reason = format!("{long} characters; this kernel takes {}", most - 1);
        return fault(Part::Parameters, reason);
    }
    let ramdisk = initrd.as_ref().map_or(0, Vec::len);
    // The loader puts the ramdisk behind the kernel; both must be there before anything is unpacked.
    let needed = (kernel.len() + ramdisk + 2 * CARD) as u64;
    if needed > storage {
        let megabytes = |n: u64| n.div_ceil(1 << 20);
        let part = match kernel.len() as u64 > storage {
            true => Part::Kernel,
            false => Part::Initrd,
        };
        let reason = format!(
            "too big: kernel and ramdisk are {}M, and the machine has {}M of storage",
            megabytes(needed),
            storage >> 20
        );
        return fault(part, reason);
    }
    let mut decks = vec![filled(kernel, 0), filled(text(parameters), BLANK)];
    decks.extend(initrd.map(|i| filled(i, 0)));
    Ok(decks)
}

/// Whole cards; there is at least one.
fn filled(mut bytes: Vec<u8>, with: u8) -> Vec<u8> {
    let cards = bytes.len().div_ceil(CARD).max(1);
    bytes.resize(cards * CARD, with);
    bytes
}

/// Parameters as the kernel takes them from cards.
fn text(parameters: &[u8]) -> Vec<u8> {
    let code = |&b: &u8| CodePage::Ibm037.code_of(b);
    parameters.iter().map(code).collect()
}

fn parameter_room(kernel: &[u8]) -> usize {
    if !kernel.get(MARK_AT..).is_some_and(|k| k.starts_with(MARK)) {
        return PARM_SIZE;
    }
    let said = kernel.get(PARM_SIZE_AT..PARM_SIZE_AT + 8);
    let said = said.and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
    let said = said.and_then(|n| usize::try_from(n).ok());
    said.filter(|n| (PARM_SIZE..=0x1_0000).contains(n))
        .unwrap_or(PARM_SIZE)
}

/// How files that people take for a kernel or a ramdisk begin.
const KNOWN: &[(&[u8], &str)] = &[
    (&[0x1F, 0x8B], "compressed with gzip"),
    (b"\xFD7zXZ\0", "compressed with xz"),
    (&[0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd"),
    (b"BZh", "compressed with bzip2"),
    (&[0x5D, 0, 0], "compressed with lzma"),
    (&[0x02, 0x21, 0x4C, 0x18], "compressed with lz4"),
];

fn known(bytes: &[u8]) -> Option<&'static str> {
    let begins = |(mark, _): &&(&[u8], &str)| bytes.starts_with(mark);
    KNOWN.iter().find(begins).map(|(_, what)| *what)
}

/// Why the bytes are not a kernel that can be loaded from cards.
fn no_kernel(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(&IPL_PSW) && bytes[8..].starts_with(&FIRST_CCW) {
        return None;
    }
    let what = match bytes {
        [] => "it is empty".to_owned(),
        [0x7F, b'E', b'L', b'F', ..] => elf(bytes),
        [b'M', b'Z', ..] => "an EFI program for another computer".to_owned(),
        b if b.get(0x202..).is_some_and(|k| k.starts_with(b"HdrS")) => {
            "a kernel for the PC".to_owned()
        }
        b if is_ramdisk(b) => "an initial ramdisk".to_owned(),
        b if b.starts_with(&IPL_PSW[..4]) => {
            return Some("an s390x image without the loader for card readers in front".to_owned());
        }
        b => match known(b) {
            Some(how) => return Some(format!("{how}; unpack it first")),
            None => return Some("not an s390x kernel image".to_owned()),
        },
    };
    Some(format!("not an s390x kernel image: {what}"))
}

/// What an ELF file is.
fn elf(bytes: &[u8]) -> String {
    const S390: [u8; 2] = [0, 22];
    let big_endian = bytes.get(5) == Some(&2);
    match bytes.get(18..20) == Some(&S390) && big_endian {
        true => "an ELF file of s390x; what the kernel's build calls bzImage or vmlinuz is needed",
        false => "an ELF file of another computer",
    }
    .to_owned()
}

fn is_ramdisk(bytes: &[u8]) -> bool {
    bytes.starts_with(b"070701") || bytes.starts_with(b"070702")
}

/// Why the bytes cannot be a ramdisk. The kernel unpacks what is compressed.
fn no_initrd(bytes: &[u8]) -> Option<String> {
    if is_ramdisk(bytes) || known(bytes).is_some() {
        return None;
    }
    let what = match bytes {
        [] => "it is empty",
        b if b.starts_with(&IPL_PSW) => "it is a kernel",
        _ => "neither a cpio archive (newc) nor one that is compressed",
    };
    Some(format!("not an initial ramdisk: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(len: usize, room: u64) -> Vec<u8> {
        let mut kernel = [&IPL_PSW[..], &FIRST_CCW, &[0x60, 0, 0, 0x50]].concat();
        kernel.resize(len, 0xEE);
        kernel[MARK_AT..MARK_AT + 6].copy_from_slice(MARK);
        kernel[PARM_SIZE_AT..PARM_SIZE_AT + 8].copy_from_slice(&room.to_be_bytes());
        kernel
    }

    const STORAGE: u64 = 1 << 20;

    fn refusal(kernel: Vec<u8>, initrd: Option<&[u8]>, parm: &[u8]) -> (Part, String) {
        let fault = linux_decks(kernel, initrd.map(<[u8]>::to_vec), parm, STORAGE).unwrap_err();
        (fault.part, fault.reason)
    }

    #[test]
    fn three_files_of_whole_cards() {
        let decks = linux_decks(
            kernel(0x1_0441, 4096),
            Some(b"070701 end".to_vec()),
            b"root=/dev/ram0 a[1]",
            STORAGE,
        )
        .unwrap();
        assert!(decks.iter().all(|d| d.len().is_multiple_of(80)));
        let [kernel, parm, initrd] = <[Vec<u8>; 3]>::try_from(decks).unwrap();
        assert_eq!(kernel.len(), 0x1_0441usize.div_ceil(80) * 80);
        assert_eq!(&kernel[0x1_0440..][..3], [0xEE, 0, 0]);
        // Brackets as the kernel's own table has them, code page 037; blanks behind.
        assert_eq!(&parm[14..21], [0x40, 0x81, 0xBA, 0xF1, 0xBB, 0x40, 0x40]);
        assert_eq!(parm.len(), 80);
        assert_eq!(&initrd[8..12], [b'n', b'd', 0, 0]);
    }

    #[test]
    fn parameters_have_a_card_even_when_there_are_none() {
        // Without it the loader would take the ramdisk for them.
        let decks = linux_decks(kernel(0x1_1000, 0), Some(b"070701".to_vec()), b"", STORAGE);
        assert_eq!(decks.unwrap()[1], [BLANK; 80]);
    }

    #[test]
    fn what_cannot_be_loaded_is_named() {
        let kernel = || kernel(0x1_1000, 4096);
        let mut elf = b"\x7fELF\x02\x02\x01".to_vec();
        elf.resize(18, 0);
        elf.extend([0, 22, 0, 0]);
        let mut pc = vec![0; 0x202];
        pc.extend(b"HdrS");
        for (bytes, says) in [
            (vec![], "empty"),
            (vec![0x1F, 0x8B, 8, 0], "gzip; unpack"),
            (elf, "bzImage"),
            (b"\x7fELF\x02\x01\x01".to_vec(), "another computer"),
            (pc, "for the PC"),
            (b"MZ\0\0".to_vec(), "EFI"),
            (b"07070100".to_vec(), "an initial ramdisk"),
            (IPL_PSW.to_vec(), "without the loader"),
            (b"hello".to_vec(), "not an s390x kernel image"),
        ] {
            let (part, reason) = refusal(bytes, None, b"");
            assert_eq!(part, Part::Kernel);
            assert!(reason.contains(says), "{reason}: {says}");
        }
        for (bytes, says) in [
            (&b""[..], "empty"),
            (&kernel(), "it is a kernel"),
            (b"root=/dev/ram0", "neither"),
        ] {
            let (part, reason) = refusal(kernel(), Some(bytes), b"");
            assert_eq!(part, Part::Initrd);
            assert!(reason.contains(says), "{reason}: {says}");
        }
        let (part, reason) = refusal(kernel(), None, &[b'x'; 4096]);
        assert_eq!(part, Part::Parameters);
        assert!(reason.contains("takes 4095"), "{reason}");
        assert!(linux_decks(kernel(), None, &[b'x'; 4095], STORAGE).is_ok());
        let mut big = b"070701".to_vec();
        big.resize(1 << 20, 0);
        let (part, reason) = refusal(kernel(), Some(&big), b"");
        assert_eq!(part, Part::Initrd);
        assert!(reason.contains("machine has 1M"), "{reason}");
    }
}

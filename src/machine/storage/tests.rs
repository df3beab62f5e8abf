use super::code::SHARED;
use super::keys::MOST_CHANGED;
use super::*;
use crate::machine::block::SharedCode;
use std::io::Write;

#[test]
fn nothing_outside_is_read_or_written() {
    let mut s = Storage::new(8192).unwrap();
    assert_eq!(s.write(8190, &[1, 2, 3]), Err(StorageError::Addressing));
    assert_eq!(s.get64(8185), 0);
    s.put64(8185, u64::MAX);
    assert_eq!(s.get64(8184), 0);
    assert_eq!(s.read(u64::MAX, &mut [0; 4]), Err(StorageError::Addressing));
    assert_eq!(s.get8(u64::MAX), 0);
}

#[test]
fn saved_pages_are_shared_private_or_refused() {
    let mut file = tempfile::tempfile().unwrap();
    let mut image = vec![0u8; 3 * 4096];
    image[0] = 1;
    image[4096] = 2;
    image[8192] = 3;
    file.write_all(&image).unwrap();
    let sums: Arc<[u32]> = image.chunks(4096).map(crc32fast::hash).collect();
    let mut a = Storage::new(1 << 20).unwrap();
    a.map_file(16, 1, &file, 0, Share::Private, Some(sums.clone()))
        .unwrap();
    a.map_file(
        17,
        1,
        &file,
        4096,
        Share::SharedReadOnly,
        Some(sums[1..].into()),
    )
    .unwrap();
    a.map_file(18, 1, &file, 8192, Share::Private, Some([77u32].into()))
        .unwrap();
    assert_eq!(a.read_vec(0x10000, 1).unwrap(), [1]);
    a.write(0x10000, &[9]).unwrap();
    assert_eq!(a.read_vec(0x10000, 1).unwrap(), [9]);
    assert_eq!(a.written_pages(), 1);
    assert_eq!(a.write(0x11000, &[9]), Err(StorageError::Protection));
    assert_eq!(a.read_vec(0x11000, 1).unwrap(), [2]);
    assert_eq!(a.read_vec(0x12000, 1), Err(StorageError::BadPage(18)));
    assert_eq!(a.read_vec(0x12000, 1), Err(StorageError::BadPage(18)));
    let mut b = Storage::new(1 << 20).unwrap();
    b.map_file(16, 1, &file, 0, Share::Private, Some(sums))
        .unwrap();
    assert_eq!(b.read_vec(0x10000, 1).unwrap(), [1]);
    a.clear().unwrap();
    assert_eq!(a.read_vec(0x11000, 1).unwrap(), [0]);
    assert!(a.write(0x11000, &[9]).is_ok());
    assert!(a.map_file(255, 2, &file, 0, Share::Private, None).is_err());
    assert!(a.map_file(0, 4, &file, 0, Share::Private, None).is_err());
}

#[test]
fn pages_beyond_storage_are_there_while_they_are_wanted_and_nothing_between() {
    let mut s = Storage::new(1 << 20).unwrap();
    // The last page of storage, and one behind it.
    s.extend(255, 2).unwrap();
    s.extend(1024, 256).unwrap();
    s.extend(0x7FF00, 256).unwrap();
    assert!(s.extend(1100, 1).is_err());
    assert!(s.extend(0x80000, 1).is_err());
    assert!(s.extend(u64::MAX - 1, 1).is_err());
    assert_eq!((s.size(), s.pages()), (1 << 20, 256));
    s.write(0xFF000, &[7; 8192]).unwrap();
    assert_eq!(s.write(0x100FFF, &[1, 2]), Err(StorageError::Addressing));
    assert_eq!(s.read_vec(0x100FFF, 1).unwrap(), [7]);
    s.write(0x7FFF_FFF8, &[9; 8]).unwrap();
    assert_eq!(s.get64(0x7FFF_FFF8), 0x0909_0909_0909_0909);
    assert_eq!(s.write(0x7FFF_FFF9, &[9; 8]), Err(StorageError::Addressing));
    for hole in [0x101000, 0x3FFFFF, 0x500000, 0x7FEF_FFFF, 0x8000_0000] {
        assert!(!s.has(hole), "{hole:X}");
        assert_eq!(s.read_vec(hole, 1), Err(StorageError::Addressing));
        assert_eq!(s.get8(hole), 0);
    }
    s.set_key(0x400000, 0x30);
    assert_eq!(s.key(0x400000), 0x30);
    s.retract(1024, 256).unwrap();
    assert!(s.retract(1024, 256).is_err());
    assert_eq!(s.read_vec(0x400000, 1), Err(StorageError::Addressing));
    s.extend(1024, 1).unwrap();
    assert_eq!((s.key(0x400000), s.get8(0x400000)), (0, 0));
    // What lies in storage becomes zeros.
    s.retract(255, 2).unwrap();
    assert!(s.has(0xFF000) && !s.has(0x100000));
    assert_eq!(s.read_vec(0xFF000, 1).unwrap(), [0]);
    s.clear().unwrap();
    assert!(!s.has(0x400000) && !s.has(0x7FFF_FFFF));
    s.extend(0x7FF00, 256).unwrap();
    assert_eq!(s.get8(0x7FFF_FFF8), 0);
}

#[test]
fn a_file_is_mapped_beyond_storage_and_may_be_common_to_several() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(8192).unwrap();
    let mut two = [0, 1].map(|_| Storage::new(1 << 20).unwrap());
    for s in &mut two {
        assert!(
            s.map_file(0x300, 2, &file, 0, Share::SharedWrite, None)
                .is_err()
        );
        s.extend(0x300, 2).unwrap();
        s.map_file(0x300, 2, &file, 0, Share::SharedWrite, None)
            .unwrap();
    }
    two[0].write(0x300FFC, &[1, 2, 3, 4, 5, 6]).unwrap();
    assert_eq!(two[1].get32(0x300FFE), 0x0304_0506);
    two[1].put8(0x301001, 99);
    assert_eq!(two[0].read_vec(0x301001, 1).unwrap(), [99]);
}

#[test]
fn mapped_again_a_file_brings_back_what_is_not_as_in_it() {
    use std::io::Write as _;
    let file_of = |byte: u8| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[byte; 8 * 4096]).unwrap();
        file
    };
    let (file, other) = (file_of(7), file_of(9));
    let sums_of = |byte: u8, pages| Arc::from(vec![crc32fast::hash(&[byte; 4096]); pages]);
    let (sums, others): (Arc<[u32]>, Arc<[u32]>) = (sums_of(7, 8), sums_of(9, 2));
    let code = Arc::new(SharedCode::default());
    let mut s = Storage::new(1 << 20).unwrap();
    let map = |s: &mut Storage, file: &File, first: u64, sums: &Arc<[u32]>| {
        let pages = count(sums.len());
        s.map_file(first, pages, file, 0, Share::Private, Some(sums.clone()))
            .unwrap();
        s.share_code(first, pages, &code);
    };
    let all = |s: &mut Storage| s.read_vec(16 * PAGE, 8 * 4096).unwrap();
    map(&mut s, &file, 16, &sums);
    // Stored into, given back, and mapped from another file.
    s.write(17 * PAGE + 5, &[1]).unwrap();
    s.release(19, 1).unwrap();
    map(&mut s, &other, 21, &others);
    assert_eq!(all(&mut s)[5 * 4096], 9);
    map(&mut s, &file, 16, &sums);
    assert!(all(&mut s).iter().all(|b| *b == 7));
    // The same again, with nothing else mapped there.
    s.write(17 * PAGE + 5, &[1]).unwrap();
    s.write(23 * PAGE, &[1; 4096]).unwrap();
    s.release(19, 1).unwrap();
    let epoch = s.epoch();
    map(&mut s, &file, 16, &sums);
    assert!(s.epoch() > epoch);
    assert_eq!((s.written_pages(), s.flags(19)), (0, SHARED | UNVERIFIED));
    assert!(all(&mut s).iter().all(|b| *b == 7));
    assert_eq!((s.sums.len(), s.shared.len()), (1, 1));
}

#[test]
fn a_store_hits_code_by_doublewords() {
    let mut s = Storage::new(8192).unwrap();
    s.note_code(0, 508, 518);
    assert!(s.hits_code(0, 512));
    assert!(s.hits_code(519, 1));
    assert!(!s.hits_code(0, 504));
    assert!(!s.hits_code(520, 3576));
    assert!(!s.hits_code(4096, 64));
    s.write(4, &[0; 500]).unwrap();
    assert_eq!(s.take_stale_code(), []);
    s.write(4090, &[0; 12]).unwrap();
    assert_eq!(s.take_stale_code(), []);
    s.write(500, &[0; 5]).unwrap();
    assert_eq!(s.take_stale_code(), [0]);
}

#[test]
fn one_page_that_changed_is_named_and_many_are_all_pages() {
    let mut s = Storage::new(1 << 20).unwrap();
    let before = s.epoch();
    s.set_key(0x5000, 0x10);
    s.set_key(0x5000, 0x10);
    assert_eq!((s.epoch(), s.changed()), (before, &[5][..]));
    for page in 0..count(MOST_CHANGED) {
        s.set_key(page * PAGE, 0x20);
    }
    assert_eq!((s.epoch(), s.changed()), (before + 1, &[][..]));
}

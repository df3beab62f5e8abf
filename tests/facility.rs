//! The facilities of the control chapter up to the z196 (tests/guests/facility.s) against hercules.

use crate::bare::Fault;
use crate::hercules;

/// What hercules 3.13 does otherwise, and the section that says what is right.
const IN_HERCULES: &[Fault] = &[
    (
        "frame, key 3, stored into under key 3",
        "3 Key-controlled protection: hercules does not look at the key of a segment-table entry",
    ),
    ("frame, fetch-protected", "3 the same"),
    ("frame, fetch-protected, instruction", "3 the same"),
    ("frame, the storage key does not matter", "3 the same"),
    ("TPROT, frame, fetch protection for key 5", "10 the same"),
    ("TPROT, frame, fetch protection for key 3", "10 the same"),
    ("IVSK, frame", "10 the same"),
    (
        "LRAG and a prefix",
        "3 Translation tables: the address of a frame is absolute",
    ),
    (
        "IDTE, beyond the last entry",
        "10 INVALIDATE DAT TABLE ENTRY: the index wraps",
    ),
    (
        "IPTE of a range",
        "10 INVALIDATE PAGE TABLE ENTRY: the registers say what is left",
    ),
    ("IPTE of a range to the last entry", "10 the same"),
    (
        "PFMF, a small frame: key",
        "10 PERFORM FRAME MANAGEMENT FUNCTION: the reference bit is part of the key",
    ),
    (
        "PFMF, quiescing not needed",
        "10 PERFORM FRAME MANAGEMENT FUNCTION: nonquiescing key-setting facility",
    ),
    (
        "PFMF and low-address protection",
        "10 PERFORM FRAME MANAGEMENT FUNCTION: clearing is a store",
    ),
    (
        "TRTE, odd length",
        "7 TRANSLATE AND TEST EXTENDED: specification exception",
    ),
    (
        "TRTE, table address in the right bits",
        "7 TRANSLATE AND TEST EXTENDED: the table is on a doubleword boundary",
    ),
];

#[test]
fn facilities_are_as_in_hercules() {
    hercules::compare("facility", IN_HERCULES);
}

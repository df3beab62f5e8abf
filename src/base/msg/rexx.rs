//! The messages of the language: number, subcode and text (ANSI X3.274 section 5.1 and the CMS level).

/// A CMS message for an error number.
#[derive(Debug, PartialEq, Eq)]
pub struct Cms {
    /// The error number.
    pub number: u16,
    /// The message id, such as `DMSREX476E`.
    pub id: &'static str,
    /// The text.
    pub text: &'static str,
}

/// Number, subcode and text; each `{}` takes one insert. The texts of subcode 0 are the standard's.
static ERRORS: &[(u16, u16, &str)] = &[
    (0, 1, "Error {} running {}, line {}:"),
    (0, 2, "Error {} in interactive trace, line {}:"),
    (
        0,
        3,
        "Interactive trace. \"Trace Off\" to end debug. ENTER to continue.",
    ),
    (3, 0, "Failure during initialization"),
    (3, 1, "Initialization failed: {}"),
    (4, 0, "Program interrupted"),
    (4, 1, "The program was interrupted by the {} condition"),
    (5, 0, "System resources exhausted"),
    (5, 1, "No more of a system resource: {}"),
    (6, 0, "Unmatched \"/*\" or quote"),
    (6, 1, "A comment that starts with \"/*\" has no \"*/\""),
    (
        6,
        2,
        "A string that starts with a single quote (') has no end",
    ),
    (
        6,
        3,
        "A string that starts with a double quote (\") has no end",
    ),
    (7, 0, "WHEN or OTHERWISE expected"),
    (
        7,
        1,
        "The SELECT of line {} must be followed by WHEN; found \"{}\"",
    ),
    (
        7,
        2,
        "The SELECT of line {} takes WHEN, OTHERWISE or END here; found \"{}\"",
    ),
    (
        7,
        3,
        "No WHEN of the SELECT of line {} was true, and it has no OTHERWISE",
    ),
    (8, 0, "Unexpected THEN or ELSE"),
    (8, 1, "THEN belongs to no IF or WHEN"),
    (8, 2, "ELSE belongs to no THEN"),
    (9, 0, "Unexpected WHEN or OTHERWISE"),
    (9, 1, "WHEN belongs to no SELECT"),
    (9, 2, "OTHERWISE belongs to no SELECT"),
    (10, 0, "Unexpected or unmatched END"),
    (10, 1, "END belongs to no DO or SELECT"),
    (
        10,
        2,
        "END of the DO with \"{}\" of line {} names another variable; found \"{}\"",
    ),
    (
        10,
        3,
        "END of a DO without a control variable{} of line {} must not have a name; found \"{}\"",
    ),
    (
        10,
        4,
        "END of the SELECT of line {} must not have a name; found \"{}\"",
    ),
    (10, 5, "END must not follow THEN directly"),
    (10, 6, "END must not follow ELSE directly"),
    (11, 0, "Control stack full"),
    (11, 1, "Something is nested deeper than there is room for"),
    (12, 0, "Clause too long"),
    (12, 1, "A clause has more than the greatest length"),
    (13, 0, "Invalid character in program"),
    (13, 1, "A program must not have this character: '{}'X"),
    (14, 0, "Incomplete DO/SELECT/IF"),
    (14, 1, "The DO of line {} has no END"),
    (14, 2, "The SELECT of line {} has no END"),
    (14, 3, "The THEN of line {} has no instruction after it"),
    (14, 4, "The ELSE of line {} has no instruction after it"),
    (15, 0, "Invalid hexadecimal or binary string"),
    (
        15,
        1,
        "A blank in a hexadecimal string must stand between bytes; found one at position {}",
    ),
    (
        15,
        2,
        "A blank in a binary string must stand between groups of four; found one at position {}",
    ),
    (
        15,
        3,
        "Only 0-9, a-f, A-F and blanks may stand in a hexadecimal string; found \"{}\"",
    ),
    (
        15,
        4,
        "Only 0, 1 and blanks may stand in a binary string; found \"{}\"",
    ),
    (16, 0, "Label not found"),
    (16, 1, "There is no label \"{}\""),
    (
        16,
        2,
        "SIGNAL to \"{}\" cannot be done: the label is within a block",
    ),
    (
        16,
        3,
        "CALL of \"{}\" cannot be done: the label is within a block",
    ),
    (17, 0, "Unexpected PROCEDURE"),
    (
        17,
        1,
        "PROCEDURE must be the first instruction after an internal call",
    ),
    (18, 0, "THEN expected"),
    (18, 1, "The IF takes THEN here; found \"{}\""),
    (18, 2, "The WHEN takes THEN here; found \"{}\""),
    (19, 0, "String or symbol expected"),
    (19, 1, "ADDRESS takes a string or symbol here; found \"{}\""),
    (19, 2, "CALL takes a string or symbol here; found \"{}\""),
    (19, 3, "NAME takes a string or symbol here; found \"{}\""),
    (19, 4, "SIGNAL takes a string or symbol here; found \"{}\""),
    (19, 6, "TRACE takes a string or symbol here; found \"{}\""),
    (
        19,
        7,
        "A pattern in parentheses takes a symbol; found \"{}\"",
    ),
    (20, 0, "Name expected"),
    (20, 1, "A name must stand here; found \"{}\""),
    (20, 2, "Only a name may stand here; found \"{}\""),
    (21, 0, "Invalid data on end of clause"),
    (21, 1, "The clause should have ended; found \"{}\""),
    (22, 0, "Invalid character string"),
    (22, 1, "This is no valid character string: '{}'X"),
    (23, 0, "Invalid data string"),
    (23, 1, "This is no valid data string: '{}'X"),
    (24, 0, "Invalid TRACE request"),
    (
        24,
        1,
        "TRACE takes one of the letters \"ACEFILNORS\"; found \"{}\"",
    ),
    (25, 0, "Invalid sub-keyword found"),
    (
        25,
        1,
        "CALL ON takes ERROR, FAILURE, HALT or NOTREADY; found \"{}\"",
    ),
    (
        25,
        2,
        "CALL OFF takes ERROR, FAILURE, HALT or NOTREADY; found \"{}\"",
    ),
    (
        25,
        3,
        "SIGNAL ON takes ERROR, FAILURE, HALT, LOSTDIGITS, NOTREADY, NOVALUE or SYNTAX; found \"{}\"",
    ),
    (
        25,
        4,
        "SIGNAL OFF takes ERROR, FAILURE, HALT, LOSTDIGITS, NOTREADY, NOVALUE or SYNTAX; found \"{}\"",
    ),
    (
        25,
        5,
        "ADDRESS WITH takes INPUT, OUTPUT or ERROR; found \"{}\"",
    ),
    (25, 6, "INPUT takes NORMAL, STREAM or STEM; found \"{}\""),
    (
        25,
        7,
        "OUTPUT takes APPEND, NORMAL, REPLACE, STREAM or STEM; found \"{}\"",
    ),
    (25, 8, "APPEND takes STREAM or STEM; found \"{}\""),
    (25, 9, "REPLACE takes STREAM or STEM; found \"{}\""),
    (
        25,
        11,
        "NUMERIC FORM takes SCIENTIFIC, ENGINEERING or VALUE; found \"{}\"",
    ),
    (
        25,
        12,
        "PARSE takes ARG, CASELESS, EXTERNAL, LINEIN, LOWER, NUMERIC, PULL, SOURCE, UPPER, VALUE, VAR or VERSION; found \"{}\"",
    ),
    (
        25,
        13,
        "PARSE UPPER takes ARG, CASELESS, EXTERNAL, LINEIN, NUMERIC, PULL, SOURCE, VALUE, VAR or VERSION; found \"{}\"",
    ),
    (
        25,
        14,
        "ERROR takes APPEND, NORMAL, REPLACE, STREAM or STEM; found \"{}\"",
    ),
    (25, 15, "NUMERIC takes DIGITS, FORM or FUZZ; found \"{}\""),
    (
        25,
        16,
        "FOREVER takes WHILE, UNTIL or nothing; found \"{}\"",
    ),
    (25, 17, "PROCEDURE takes EXPOSE or nothing; found \"{}\""),
    (26, 0, "Invalid whole number"),
    (
        26,
        1,
        "A whole number of at most {} digits must stand here; found \"{}\"",
    ),
    (
        26,
        2,
        "The count of a DO must be a whole number, zero or more; found \"{}\"",
    ),
    (
        26,
        3,
        "FOR of a DO takes a whole number, zero or more; found \"{}\"",
    ),
    (
        26,
        4,
        "A position in a template must be a whole number; found \"{}\"",
    ),
    (
        26,
        5,
        "NUMERIC DIGITS takes a whole number above zero; found \"{}\"",
    ),
    (
        26,
        6,
        "NUMERIC FUZZ takes a whole number, zero or more; found \"{}\"",
    ),
    (26, 7, "A number for TRACE must be whole; found \"{}\""),
    (
        26,
        8,
        "The power of \"**\" must be a whole number; found \"{}\"",
    ),
    (
        26,
        11,
        "The result of {} % {} would need an exponent at {} digits",
    ),
    (
        26,
        12,
        "{} // {} divides to a whole number that would need an exponent at {} digits",
    ),
    (27, 0, "Invalid DO syntax"),
    (27, 1, "\"{}\" cannot stand here in a DO"),
    (28, 0, "Invalid LEAVE or ITERATE"),
    (28, 1, "LEAVE is valid only within a loop"),
    (28, 2, "ITERATE is valid only within a loop"),
    (
        28,
        3,
        "LEAVE names \"{}\", which controls no loop that is active",
    ),
    (
        28,
        4,
        "ITERATE names \"{}\", which controls no loop that is active",
    ),
    (29, 0, "Environment name too long"),
    (
        29,
        1,
        "An environment's name has at most {} characters; found \"{}\"",
    ),
    (30, 0, "Name or string too long"),
    (30, 1, "A name is longer than {} characters"),
    (30, 2, "A string is longer than {} characters"),
    (31, 0, "Name starts with number or \".\""),
    (31, 1, "A number cannot be assigned to; found \"{}\""),
    (
        31,
        2,
        "A variable's name cannot start with a digit; found \"{}\"",
    ),
    (
        31,
        3,
        "A variable's name cannot start with \".\"; found \"{}\"",
    ),
    (32, 0, "Invalid use of stem"),
    (33, 0, "Invalid expression result"),
    (
        33,
        1,
        "NUMERIC DIGITS ({}) must be greater than NUMERIC FUZZ ({})",
    ),
    (33, 2, "NUMERIC DIGITS ({}) must not be greater than {}"),
    (
        33,
        3,
        "NUMERIC FORM takes a value that starts with \"E\" or \"S\"; found \"{}\"",
    ),
    (34, 0, "Logical value not \"0\" or \"1\""),
    (
        34,
        1,
        "The value after IF must be \"0\" or \"1\"; found \"{}\"",
    ),
    (
        34,
        2,
        "The value after WHEN must be \"0\" or \"1\"; found \"{}\"",
    ),
    (
        34,
        3,
        "The value after WHILE must be \"0\" or \"1\"; found \"{}\"",
    ),
    (
        34,
        4,
        "The value after UNTIL must be \"0\" or \"1\"; found \"{}\"",
    ),
    (
        34,
        5,
        "The value on the left of \"{}\" must be \"0\" or \"1\"; found \"{}\"",
    ),
    (
        34,
        6,
        "The value on the right of \"{}\" must be \"0\" or \"1\"; found \"{}\"",
    ),
    (35, 0, "Invalid expression"),
    (35, 1, "The expression goes wrong at \"{}\""),
    (36, 0, "Unmatched \"(\" in expression"),
    (36, 1, "A \"(\" of line {} has no \")\""),
    (37, 0, "Unexpected \",\" or \")\""),
    (37, 1, "A \",\" cannot stand here"),
    (37, 2, "A \")\" has no \"(\""),
    (38, 0, "Invalid template or pattern"),
    (38, 1, "The template goes wrong at \"{}\""),
    (38, 2, "The position in the template goes wrong at \"{}\""),
    (38, 3, "PARSE VALUE has no WITH; found \"{}\""),
    (39, 0, "Evaluation stack overflow"),
    (40, 0, "Incorrect call to routine"),
    (40, 1, "The external routine \"{}\" failed"),
    (40, 3, "{} has too few arguments: at least {} needed"),
    (40, 4, "{} has too many arguments: at most {} allowed"),
    (40, 5, "{} needs its argument {}"),
    (
        40,
        9,
        "{} argument {}: the exponent has more than {} digits; found \"{}\"",
    ),
    (40, 11, "{} argument {} must be a number; found \"{}\""),
    (
        40,
        12,
        "{} argument {} must be a whole number; found \"{}\"",
    ),
    (40, 13, "{} argument {} must be zero or more; found \"{}\""),
    (
        40,
        14,
        "{} argument {} must be more than zero; found \"{}\"",
    ),
    (
        40,
        17,
        "{} argument 1 must be an error number 0 to 90, with one digit after the point at most; found \"{}\"",
    ),
    (40, 18, "{}: the year must be 0001 to 9999"),
    (
        40,
        19,
        "{} argument 2, \"{}\", does not have the form that argument 3, \"{}\", says",
    ),
    (40, 21, "{} argument {} must not be null"),
    (
        40,
        23,
        "{} argument {} must be a single character; found \"{}\"",
    ),
    (
        40,
        24,
        "{} argument 1 must be a binary string; found \"{}\"",
    ),
    (
        40,
        25,
        "{} argument 1 must be a hexadecimal string; found \"{}\"",
    ),
    (40, 26, "{} argument 1 must be a symbol; found \"{}\""),
    (
        40,
        27,
        "{} argument 1 must be the name of a stream; found \"{}\"",
    ),
    (
        40,
        28,
        "{} argument {} must start with one of \"{}\"; found \"{}\"",
    ),
    (40, 29, "{} cannot convert to the form \"{}\""),
    (40, 31, "{} argument 1 ({}) must not be more than 100000"),
    (
        40,
        32,
        "{}: argument 1 ({}) and argument 2 ({}) are more than 100000 apart",
    ),
    (
        40,
        33,
        "{} argument 1 ({}) must not be more than argument 2 ({})",
    ),
    (
        40,
        34,
        "{} argument 1 ({}) must be the number of a line: the program has {}",
    ),
    (
        40,
        35,
        "{} argument 1 cannot be given as a whole number; found \"{}\"",
    ),
    (
        40,
        36,
        "{} argument 1 must name a variable of the pool; found \"{}\"",
    ),
    (40, 37, "{} argument 3 must name a pool; found \"{}\""),
    (40, 38, "{} argument {} is too small to show \"{}\""),
    (40, 39, "{} argument 3 must be zero or one; found \"{}\""),
    (
        40,
        41,
        "{} argument {} lies outside the stream; found \"{}\"",
    ),
    (
        40,
        42,
        "{} argument 1: this stream has no positions; found \"{}\"",
    ),
    (
        40,
        43,
        "{} argument {} must be a single non-alphanumeric character or null; found \"{}\"",
    ),
    (
        40,
        44,
        "{} argument {}, \"{}\", has a form that cannot go with the separator \"{}\"",
    ),
    (41, 0, "Bad arithmetic conversion"),
    (41, 1, "The value \"{}\" on the left of \"{}\" is no number"),
    (
        41,
        2,
        "The value \"{}\" on the right of \"{}\" is no number",
    ),
    (
        41,
        3,
        "The value \"{}\" after the prefix \"{}\" is no number",
    ),
    (41, 4, "TO of a DO takes a number; found \"{}\""),
    (41, 5, "BY of a DO takes a number; found \"{}\""),
    (
        41,
        6,
        "The control variable of a DO takes a number; found \"{}\"",
    ),
    (41, 7, "The exponent of \"{}\" has too many digits"),
    (42, 0, "Arithmetic overflow/underflow"),
    (42, 1, "{} {} {} is too great"),
    (42, 2, "{} {} {} is too small"),
    (42, 3, "A division by zero"),
    (43, 0, "Routine not found"),
    (43, 1, "There is no routine \"{}\""),
    (44, 0, "Function did not return data"),
    (44, 1, "The function \"{}\" gave no result"),
    (45, 0, "No data specified on function RETURN"),
    (
        45,
        1,
        "\"{}\" was called as a function, so RETURN needs a value",
    ),
    (46, 0, "Invalid variable reference"),
    (
        46,
        1,
        "A \")\" must follow the name in parentheses; found \"{}\"",
    ),
    (47, 0, "Unexpected label"),
    (
        47,
        1,
        "A text of INTERPRET cannot have labels; found \"{}\"",
    ),
    (48, 0, "Failure in system service"),
    (48, 1, "This cannot be done here: {}"),
    (49, 0, "Interpretation error"),
    (49, 1, "The interpreter failed: {}"),
    (50, 0, "Unrecognized reserved symbol"),
    (50, 1, "There is no reserved symbol \"{}\""),
    (51, 0, "Invalid function name"),
    (
        51,
        1,
        "The name of a function without quotes cannot end with a period; found \"{}\"",
    ),
    (52, 0, "Result returned by routine is too long"),
    (52, 1, "The result of \"{}\" is longer than {} characters"),
    (53, 0, "Invalid option"),
    (53, 1, "STREAM takes a string or a variable; found \"{}\""),
    (53, 2, "STEM takes the name of a stem; found \"{}\""),
    (
        53,
        3,
        "STEM takes a name with one period, at its end; found \"{}\"",
    ),
    (54, 0, "Invalid STEM value"),
    (
        54,
        1,
        "For this STEM with APPEND, \"{}\" must be a count of lines; found \"{}\"",
    ),
];
/// The CMS level. The ids of errors 26, 34, 40 and 41 are read in listings of CMS. The rest is from
/// memory of the manual's table: 450 to 481 is the run that these four lie in, 482 to 489 the later run
/// in the order of the error numbers; least sure are 18, 22, 46, 47 and 48.
static CMS: &[Cms] = &[
    row(3, "DMSREX451E", "Program is unreadable"),
    row(4, "DMSREX452E", "Program interrupted"),
    row(5, "DMSREX450E", "Machine storage exhausted"),
    row(6, "DMSREX453E", "Unmatched \"/*\" or quote"),
    row(7, "DMSREX454E", "WHEN or OTHERWISE expected"),
    row(8, "DMSREX455E", "Unexpected THEN or ELSE"),
    row(9, "DMSREX456E", "Unexpected WHEN or OTHERWISE"),
    row(10, "DMSREX457E", "Unexpected or unmatched END"),
    row(11, "DMSREX458E", "Control stack full"),
    row(12, "DMSREX459E", "Clause too long"),
    row(13, "DMSREX460E", "Invalid character in program"),
    row(14, "DMSREX461E", "Incomplete DO/SELECT/IF"),
    row(15, "DMSREX462E", "Invalid hexadecimal or binary string"),
    row(16, "DMSREX463E", "Label not found"),
    row(17, "DMSREX465E", "Unexpected PROCEDURE"),
    row(18, "DMSREX491E", "THEN expected"),
    row(19, "DMSREX482E", "String or symbol expected"),
    row(20, "DMSREX483E", "Symbol expected"),
    row(21, "DMSREX464E", "Invalid data on end of clause"),
    row(22, "DMSREX495E", "Invalid character string"),
    row(23, "DMSREX1106E", "Invalid SBCS/DBCS mixed string"),
    row(24, "DMSREX484E", "Invalid TRACE request"),
    row(25, "DMSREX485E", "Invalid sub-keyword found"),
    row(26, "DMSREX466E", "Invalid whole number"),
    row(27, "DMSREX467E", "Invalid DO syntax"),
    row(28, "DMSREX486E", "Invalid LEAVE or ITERATE"),
    row(29, "DMSREX487E", "Environment name too long"),
    row(30, "DMSREX468E", "Name or string > 250 characters"),
    row(31, "DMSREX469E", "Name starts with numeric or \".\""),
    row(32, "DMSREX492E", "Invalid use of stem"),
    row(33, "DMSREX488E", "Invalid expression result"),
    row(34, "DMSREX470E", "Logical value not 0 or 1"),
    row(35, "DMSREX471E", "Invalid expression"),
    row(36, "DMSREX472E", "Unmatched \"(\" in expression"),
    row(37, "DMSREX473E", "Unexpected \",\" or \")\""),
    row(38, "DMSREX489E", "Invalid template or pattern"),
    row(39, "DMSREX474E", "Evaluation stack overflow"),
    row(40, "DMSREX475E", "Incorrect call to routine"),
    row(41, "DMSREX476E", "Bad arithmetic conversion"),
    row(42, "DMSREX477E", "Arithmetic overflow/underflow"),
    row(43, "DMSREX478E", "Routine not found"),
    row(44, "DMSREX479E", "Function did not return data"),
    row(45, "DMSREX480E", "No data specified on function RETURN"),
    row(46, "DMSREX493E", "Invalid variable reference"),
    row(47, "DMSREX494E", "Unexpected label"),
    row(48, "DMSREX490E", "Failure in system service"),
    row(49, "DMSREX481E", "Interpreter error"),
];

const fn row(number: u16, id: &'static str, text: &'static str) -> Cms {
    Cms { number, id, text }
}

/// The text of an error number in the standard's form; empty when there is no such number.
pub fn text(number: u16) -> &'static str {
    find(number, 0).unwrap_or("")
}

/// The text of a subcode with its inserts; `None` when there is no such subcode.
pub fn subtext(number: u16, subcode: u16, inserts: &[Vec<u8>]) -> Option<Vec<u8>> {
    if subcode == 0 {
        return None;
    }
    let text = find(number, subcode)?;
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut inserts = inserts.iter();
    let mut pieces = text.split("{}");
    out.extend_from_slice(pieces.next().unwrap_or("").as_bytes());
    for piece in pieces {
        out.extend_from_slice(inserts.next().map_or(&b""[..], Vec::as_slice));
        out.extend_from_slice(piece.as_bytes());
    }
    Some(out)
}

/// The CMS message of an error number; `None` when CMS has no such number.
pub fn cms(number: u16) -> Option<&'static Cms> {
    CMS.iter().find(|row| row.number == number)
}

/// Every subcode with a text, with its number, in their order.
pub fn subcodes() -> impl Iterator<Item = (u16, u16)> {
    let rows = ERRORS.iter().map(|row| (row.0, row.1));
    rows.filter(|(_, subcode)| *subcode != 0)
}

fn find(number: u16, subcode: u16) -> Option<&'static str> {
    ERRORS
        .iter()
        .find(|row| (row.0, row.1) == (number, subcode))
        .map(|row| row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_ascend_and_every_number_has_a_text() {
        for pair in ERRORS.windows(2) {
            assert!(
                (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1),
                "{:?}",
                pair[1]
            );
        }
        for row in ERRORS.iter().filter(|row| row.0 > 0) {
            assert!(!text(row.0).is_empty(), "{}", row.0);
        }
        for pair in CMS.windows(2) {
            assert!(pair[0].number < pair[1].number);
        }
        let ids: std::collections::HashSet<_> = CMS.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), CMS.len());
    }

    #[test]
    fn inserts_go_in_order() {
        let inserts = [b"x".to_vec(), b"+".to_vec()];
        let text = subtext(41, 1, &inserts);
        assert_eq!(
            text.as_deref(),
            Some(&b"The value \"x\" on the left of \"+\" is no number"[..])
        );
        assert_eq!(subtext(41, 0, &inserts), None);
        assert_eq!(cms(40).map(|row| row.id), Some("DMSREX475E"));
        assert_eq!(cms(50), None);
    }
}

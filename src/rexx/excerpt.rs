//! The source line of an error with its place marked, for whoever sits at a terminal.

use super::{Error, Program};

/// The line an error happened on and a line of marks under its place; nothing when the place is not
/// known, as in a text of INTERPRET.
pub fn excerpt(program: &Program, error: &Error) -> Vec<Vec<u8>> {
    let Some((start, end)) = error.place else {
        return Vec::new();
    };
    let source = program.source();
    let (start, end) = (start as usize, (end as usize).min(source.len()));
    let Some(before) = source.get(..start) else {
        return Vec::new();
    };
    let number = memchr::memchr_iter(b'\n', before).count() + 1;
    let first = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line = program.line(number);
    crate::base::excerpt::marked(&format!("{number:>6} | "), line, start - first, end - first)
}

#[cfg(test)]
mod tests {
    use super::super::tests::vm;
    use super::super::{Dialect, Exit, Reply};

    fn marked(source: &str) -> Vec<String> {
        let mut vm = vm(source, Dialect::Cms, &[]);
        loop {
            match vm.resume(Reply::Done) {
                Exit::Raised(error) => {
                    let lines = super::excerpt(vm.program(), &error);
                    let text = |l: Vec<u8>| String::from_utf8_lossy(&l).into_owned();
                    return lines.into_iter().map(text).collect();
                }
                Exit::Done(_) => panic!("no error"),
                _ => {}
            }
        }
    }

    #[test]
    fn the_clause_or_the_word_is_marked() {
        assert_eq!(
            marked("x = 0\n  say 1/x; y = 2"),
            ["     2 |   say 1/x; y = 2", "       |   ^^^^^^^"]
        );
        assert_eq!(
            marked("numeric foo 3"),
            ["     1 | numeric foo 3", "       |         ^^^"]
        );
        assert_eq!(marked("x = 1 +"), ["     1 | x = 1 +", "       | ^^^^^^^"]);
        assert_eq!(
            marked("say 'a',\n 1/0"),
            ["     1 | say 'a',", "       | ^^^^^^^^"]
        );
        assert_eq!(marked("interpret 'x=1/0'"), [""; 0]);
        let far = format!("x = {}; y = 1/0", "1+".repeat(60) + "1");
        let lines = marked(&far);
        assert!(lines[0].ends_with("+1; y = 1/0"), "{lines:?}");
        assert!(lines[1].ends_with(" ^^^^^^^"), "{lines:?}");
    }
}

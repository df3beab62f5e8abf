//! The README's session is run.

#[test]
fn the_session_in_the_readme_is_true() {
    let data = tempfile::tempdir().unwrap();
    let cases = trycmd::TestCases::new();
    cases.env("XDG_DATA_HOME", data.path().to_str().unwrap());
    cases.case("README.md");
}

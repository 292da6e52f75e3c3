//! What breaks a rule today and is to go: lists that can only become shorter.

use std::collections::BTreeMap;

/// What breaks a rule, by file: a line for each time.
pub type Findings = BTreeMap<String, Vec<String>>;

/// What speaks against a list of how often each file breaks a rule: more is forbidden, and less must be written down.
pub fn complaints(found: &Findings, debt: &[(&str, usize)], advice: &str) -> Vec<String> {
    let known: BTreeMap<&str, usize> = debt.iter().copied().collect();
    let new = found.iter().map(|(file, lines)| (file, lines, known.get(file.as_str()).copied().unwrap_or(0)));
    let new = new.filter(|(_, lines, known)| lines.len() > *known).map(|(file, lines, known)| {
        let count = lines.len();
        format!("src/{file}: {count} where at most {known} may be; {advice}\n    {}", lines.join("\n    "))
    });
    let paid = known.iter().map(|(file, known)| (file, found.get(*file).map_or(0, Vec::len), known));
    let paid = paid.filter(|(_, count, known)| count < known).map(|(file, count, known)| match count {
        0 => format!("src/{file}: none is left; take its entry out of DEBT"),
        _ => format!("src/{file}: {count} are left; write that in place of {known} in DEBT"),
    });
    new.chain(paid).collect()
}

#[test]
fn a_debt_can_only_shrink() {
    let told = |count: usize, debt: &[(&str, usize)]| {
        let found = (count > 0).then(|| ("a.rs".to_owned(), vec!["12: wrong".to_owned(); count]));
        complaints(&found.into_iter().collect(), debt, "do right").join("\n")
    };
    assert!(told(2, &[("a.rs", 2)]).is_empty() && told(0, &[]).is_empty());
    assert!(told(1, &[]).contains("src/a.rs: 1 where at most 0 may be; do right\n    12: wrong"));
    assert!(told(3, &[("a.rs", 2)]).contains("3 where at most 2"));
    assert!(told(1, &[("a.rs", 2)]).contains("1 are left"));
    assert!(told(0, &[("a.rs", 2)]).contains("take its entry out"));
}

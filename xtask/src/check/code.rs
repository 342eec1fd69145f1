//! What may not stand in code: `unsafe` outside the backend, and unfinished branches.

use proc_macro2::{TokenStream, TokenTree};

use super::tidy::{Fault, SourceFile};

/// The only crate with unsafe code: its kernels are where it pays.
const UNSAFE_ALLOWED: &str = "crates/backend/";
/// How a file opens: a module doc, or a README that is one.
const MODULE_DOC: [&str; 2] = ["//!", "#![doc = include_str!("];
const UNFINISHED: [&str; 2] = ["todo", "unimplemented"];

/// Looks at every token, also inside macros; comments and strings are none.
pub(crate) fn faults(file: &SourceFile) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Ok(tokens) = file.text.parse::<TokenStream>() {
        walk(file, tokens, &mut faults);
    }
    if !MODULE_DOC.iter().any(|start| file.text.starts_with(start)) {
        faults.push(Fault {
            rule: "module-doc",
            path: file.path.clone(),
            line: Some(1),
            message: "a file opens with a module doc (`//!`)".to_owned(),
        });
    }
    faults
}

fn walk(file: &SourceFile, tokens: TokenStream, faults: &mut Vec<Fault>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => walk(file, group.stream(), faults),
            TokenTree::Ident(ident) => {
                let is_macro = matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!');
                faults.extend(judge(&file.path, &ident.to_string(), is_macro).map(|(rule, message)| Fault {
                    rule,
                    path: file.path.clone(),
                    line: Some(ident.span().start().line),
                    message,
                }));
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn judge(path: &str, word: &str, is_macro: bool) -> Option<(&'static str, String)> {
    if word == "unsafe" && !path.starts_with(UNSAFE_ALLOWED) {
        return Some(("unsafe", format!("`unsafe` belongs in {UNSAFE_ALLOWED} only")));
    }
    let unfinished = is_macro && UNFINISHED.contains(&word);
    unfinished.then(|| ("unfinished", format!("`{word}!` in code that is handed over")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let file = SourceFile { path: path.into(), text: text.into() };
        faults(&file).into_iter().map(|fault| fault.rule).collect()
    }

    #[test]
    fn unsafe_is_for_the_backend() {
        let text = "//! Doc.\nmacro_rules! m { () => { unsafe { f() } } }\n";
        assert_eq!(rules("crates/layers/src/a.rs", text), ["unsafe"]);
        assert_eq!(rules("crates/backend/src/a.rs", text), [""; 0]);
    }

    #[test]
    fn words_in_comments_and_strings_are_no_code() {
        let text = "//! No unsafe.\n// unsafe todo!()\nconst A: &str = \"unsafe todo!()\";\n";
        assert_eq!(rules("src/a.rs", text), [""; 0]);
    }

    #[test]
    fn unfinished_branches_are_found_with_their_line() {
        let text = "//! Doc.\nfn f() { g(todo!()) }\nfn todo() { unimplemented!() }\n";
        let file = SourceFile { path: "src/a.rs".into(), text: text.into() };
        let lines: Vec<_> = faults(&file).iter().map(|fault| (fault.rule, fault.line)).collect();
        assert_eq!(lines, [("unfinished", Some(2)), ("unfinished", Some(3))]);
    }

    #[test]
    fn a_file_without_a_module_doc_is_found() {
        assert_eq!(rules("src/a.rs", "/// A.\nfn a() {}\n"), ["module-doc"]);
    }
}

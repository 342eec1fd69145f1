//! How long a file and a function may be, in lines of code: neither blank nor comment, and for a file without its tests.
//!
//! A function that carries `#[expect(clippy::too_many_lines, reason = "..")]` is exempt: clippy asks for the reason.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, File, ImplItemFn, ItemFn, ItemMod, TraitItemFn};

use super::tidy::{Fault, SourceFile};

const FILE_LINES: usize = 300;
const FUNCTION_LINES: usize = 40;

/// A file of more than 300 lines, and functions of more than 40.
pub(crate) fn faults(file: &SourceFile, syntax: &File) -> Vec<Fault> {
    let mut measure = Measure { code: code_lines(&file.text), tests: BTreeSet::new(), long: vec![] };
    measure.visit_file(syntax);
    let fault = |rule, line, message| Fault { rule, path: file.path.clone(), line, message };
    let mut faults: Vec<_> = measure
        .long
        .iter()
        .map(|(line, name, lines)| {
            let message = format!("`{name}` has {lines} lines of code, over {FUNCTION_LINES}");
            fault("function-size", Some(*line), message)
        })
        .collect();
    let lines = measure.code.difference(&measure.tests).count();
    if lines > FILE_LINES && !is_test(&file.path) {
        let message = format!("{lines} lines of code, over {FILE_LINES}; split it by concept");
        faults.push(fault("file-size", None, message));
    }
    faults
}

/// Whether the whole file is a test: its length is not limited.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// Numbers of the lines that hold code, 1-based.
fn code_lines(text: &str) -> BTreeSet<usize> {
    let lines = text.lines().map(str::trim).zip(1..);
    lines.filter(|(line, _)| !line.is_empty() && !line.starts_with("//")).map(|(_, n)| n).collect()
}

struct Measure {
    code: BTreeSet<usize>,
    tests: BTreeSet<usize>,
    /// Line, name and length of each function that is too long.
    long: Vec<(usize, String, usize)>,
}

impl Measure {
    fn function(&mut self, attributes: &[Attribute], name: &syn::Ident, body: &Block) {
        if attributes.iter().any(expects_length) {
            return;
        }
        let (first, last) = lines(body.span());
        let inside = (first + 1)..last.max(first + 1);
        let length = self.code.range(inside).count();
        if length > FUNCTION_LINES {
            self.long.push((name.span().start().line, name.to_string(), length));
        }
    }
}

impl<'ast> Visit<'ast> for Measure {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.attrs.iter().any(is_cfg_test) {
            let (first, last) = lines(item.span());
            self.tests.extend(first..=last);
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.attrs, &item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.attrs, &item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.attrs, &item.sig.ident, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

fn lines(span: Span) -> (usize, usize) {
    (span.start().line, span.end().line)
}

/// `#[expect(clippy::too_many_lines, ..)]`.
fn expects_length(attribute: &Attribute) -> bool {
    let Ok(list) = attribute.meta.require_list() else { return false };
    list.path.is_ident("expect") && list.tokens.to_string().contains("too_many_lines")
}

/// `#[cfg(test)]`, or `#[cfg(all(test, ..))]`.
fn is_cfg_test(attribute: &Attribute) -> bool {
    let Ok(list) = attribute.meta.require_list() else { return false };
    let condition = list.tokens.to_string();
    let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
    list.path.is_ident("cfg") && !condition.starts_with("not") && words.any(|word| word == "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(path: &str, text: &str) -> Vec<Fault> {
        let file = SourceFile { path: path.into(), text: text.into() };
        faults(&file, &syn::parse_file(text).unwrap())
    }

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    call();\n".repeat(lines))
    }

    #[test]
    fn a_function_may_have_forty_lines() {
        assert_eq!(faults_of("src/a.rs", &function(40)), []);
        let faults = faults_of("src/a.rs", &function(41));
        assert_eq!((faults[0].rule, faults[0].line), ("function-size", Some(1)));
        assert!(faults[0].message.contains("`long` has 41"), "{}", faults[0]);
    }

    #[test]
    fn a_long_function_with_its_reason_is_exempt() {
        let text = format!("#[expect(clippy::too_many_lines, reason = \"one table\")]\n{}", function(41));
        assert_eq!(faults_of("src/a.rs", &text), []);
    }

    #[test]
    fn methods_are_measured_too() {
        let text = format!("impl A {{ {} }}\ntrait B {{ {} }}", function(41), function(42));
        assert_eq!(faults_of("src/a.rs", &text).len(), 2);
    }

    #[test]
    fn blank_lines_and_comments_are_no_code() {
        let text = format!("fn f() {{\n{}}}\n", "    call();\n\n    // why\n".repeat(40));
        assert_eq!(faults_of("src/a.rs", &text), []);
    }

    #[test]
    fn tests_do_not_count_towards_the_file() {
        let code = "const A: u8 = 1;\n".repeat(300);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "const B: u8 = 1;\n".repeat(200));
        assert_eq!(faults_of("src/a.rs", &(code.clone() + &tests)), []);
        assert_eq!(faults_of("src/a.rs", &(code.clone() + "fn f() {}\n"))[0].rule, "file-size");
        assert_eq!(faults_of("src/a/tests.rs", &code.repeat(2)), []);
        assert_eq!(faults_of("crates/a/tests/b.rs", &code.repeat(2)), []);
    }

    #[test]
    fn a_module_for_all_but_tests_counts() {
        let body = "const B: u8 = 1;\n".repeat(301);
        let text = format!("#[cfg(not(test))]\nmod plain {{\n{body}}}\n");
        assert_eq!(faults_of("src/a.rs", &text)[0].rule, "file-size");
    }
}

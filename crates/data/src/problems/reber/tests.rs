//! The grammars allow what the paper's figures show, and strings are as frequent as their arrows make them.

use super::*;
use crate::sequences::Target;

fn allowed(grammar: Grammar, text: &str) -> Vec<String> {
    grammar.read(text).unwrap().allowed().iter().map(ToString::to_string).collect()
}

/// Activities of a network that knows the grammar, with these symbols' activities changed at one step.
fn activities(string: &ReberString, step: usize, changes: &[(char, f32)]) -> Vec<[f32; 7]> {
    let row = |set: &SymbolSet| std::array::from_fn(|symbol| if set.contains(symbol as u8) { 0.4 } else { 0.1 });
    let mut rows: Vec<[f32; 7]> = string.allowed().iter().map(row).collect();
    for (letter, value) in changes {
        rows[step][SYMBOLS.iter().position(|symbol| symbol == letter).unwrap()] = *value;
    }
    rows
}

#[test]
fn every_arrow_of_the_grammar_can_be_taken() {
    for text in ["BTXSE", "BPVVE", "BTSSXSE", "BTXXVVE", "BPTVPXVVE", "BPTTVPSE", "BTXXTVPXVPSE"] {
        assert_eq!(Grammar::Reber.read(text).unwrap().to_string(), text);
    }
    let expected = ["T or P", "T or V", "P or V", "S or X", "T or V", "P or V", "E"];
    assert_eq!(allowed(Grammar::Reber, "BPVPXVVE"), expected);
    let expected = ["T or P", "B", "T or P", "T or V", "P or V", "E", "P", "E"];
    assert_eq!(allowed(Grammar::Embedded, "BPBPVVEPE"), expected);
}

#[test]
fn a_wrong_string_is_named_with_its_place_and_what_could_stand_there() {
    let message = |grammar: Grammar, text: &str| grammar.read(text).unwrap_err().to_string();
    assert_eq!(message(Grammar::Reber, "BTV"), "symbol 2 is V; the grammar allows S or X there");
    assert_eq!(message(Grammar::Reber, "BTXS"), "symbol 4 is the end; the grammar allows E there");
    assert_eq!(message(Grammar::Reber, "BTXSEE"), "symbol 5 is E; the grammar allows nothing more there");
    assert_eq!(message(Grammar::Embedded, "BTBTXSEPE"), "symbol 7 is P; the grammar allows T there");
    assert_eq!(message(Grammar::Embedded, "b"), "symbol 0 is b; the grammar allows B there");
    assert!(message(Grammar::Embedded, "").contains("symbol 0 is the end"));
}

#[test]
fn strings_are_as_frequent_as_their_arrows_make_them() {
    let strings = Grammar::Reber.strings(20_000, Grammar::Reber.lengths(), 1).unwrap();
    let share = |text: &str| strings.iter().filter(|string| string.to_string() == text).count() as f64 / 20_000.0;
    // One arrow out of two, three or four times.
    for (text, expected) in [("BTXSE", 0.125), ("BPVVE", 0.125), ("BTSXSE", 0.0625), ("BPTVVE", 0.0625)] {
        let deviation = (expected * (1.0 - expected) / 20_000.0f64).sqrt();
        assert!((share(text) - expected).abs() < 4.0 * deviation, "{text}: {}", share(text));
    }
    let longest = strings.iter().map(|string| string.symbols().len()).max().unwrap();
    assert!((25..80).contains(&longest), "{longest}");
}

#[test]
fn strings_of_a_length_are_drawn_as_if_the_others_were_thrown_away() {
    let all = Grammar::Reber.strings(40_000, Grammar::Reber.lengths(), 2).unwrap();
    let kept: Vec<_> = all.iter().filter(|string| string.symbols().len() == 8).map(ToString::to_string).collect();
    let drawn: Vec<_> = Grammar::Reber.strings(4000, 8..=8, 3).unwrap().iter().map(ToString::to_string).collect();
    let different: std::collections::BTreeSet<_> = drawn.iter().collect();
    assert_eq!(different, kept.iter().collect());
    for text in different {
        let share = |strings: &[String]| strings.iter().filter(|s| *s == text).count() as f64 / strings.len() as f64;
        assert!((share(&drawn) - share(&kept)).abs() < 0.035, "{text}: {} and {}", share(&drawn), share(&kept));
    }
}

#[test]
fn long_strings_can_be_asked_for_and_embedded_ones_repeat_their_second_symbol() {
    for lengths in [9..=9, 40..=45, 200..=200, 1000..=1000] {
        for string in Grammar::Embedded.strings(20, lengths.clone(), 4).unwrap() {
            let symbols = string.symbols();
            assert!(lengths.contains(&symbols.len()));
            assert_eq!(symbols[1], symbols[symbols.len() - 2]);
        }
    }
    let second =
        |seed| Grammar::Embedded.strings(400, 9..=20, seed).unwrap().iter().filter(|s| s.symbols[1] == T).count();
    assert!((150..250).contains(&second(1)));
    assert_ne!(Grammar::Embedded.strings(5, 9..=50, 1), Grammar::Embedded.strings(5, 9..=50, 2));
    let (few, many) = (Grammar::Reber.strings(5, 5..=50, 1).unwrap(), Grammar::Reber.strings(9, 5..=50, 1).unwrap());
    assert_eq!(few, many[..5]);
}

#[test]
fn a_step_is_predicted_when_the_allowed_symbols_are_the_most_active() {
    let string = Grammar::Embedded.read("BTBTXSETE").unwrap();
    let right = |step, changes: &[(char, f32)]| string.predicted(&activities(&string, step, changes))[step];
    type Row = (usize, &'static [(char, f32)], bool, &'static str);
    let table: [Row; 8] = [
        (0, &[], true, "both allowed symbols are ahead"),
        (0, &[('T', 0.9)], true, "one of two may be stronger"),
        (0, &[('T', 0.05)], false, "both must be ahead of all others"),
        (0, &[('V', 0.5)], false, "no other may be ahead"),
        (1, &[('B', 0.100_1)], true, "a hair is enough"),
        (1, &[('B', 0.1)], false, "as active as the others is not ahead"),
        (6, &[('P', 0.5)], false, "the second symbol was forgotten"),
        (6, &[('T', f32::NAN)], false, "NaN is not ahead"),
    ];
    for (step, changes, expected, why) in table {
        assert_eq!(right(step, changes), expected, "{why}");
    }
    assert_eq!(string.long_distance_step(), Some(6));
    assert_eq!(Grammar::Reber.read("BTXSE").unwrap().long_distance_step(), None);
    assert!(string.predicted(&activities(&string, 0, &[])).iter().all(|&right| right));
}

#[test]
fn sequences_ask_for_the_next_symbol() {
    let strings = [Grammar::Reber.read("BTXSE").unwrap(), Grammar::Reber.read("BPTVVE").unwrap()];
    let sequences = sequences(&strings);
    assert_eq!((sequences.ids(0), sequences.target(0)), (Some(&[1, 2, 5, 4][..]), Target::Tags(vec![1, 4, 3, 6])));
    assert_eq!((sequences.lengths(), sequences.classes().unwrap()[6].as_str()), (vec![4, 5], "E"));
}

#[test]
fn impossible_lengths_are_named() {
    let message = |grammar: Grammar, lengths| grammar.strings(1, lengths, 0).unwrap_err().to_string();
    assert!(message(Grammar::Embedded, 8..=20).contains("min_length is 8"));
    assert!(message(Grammar::Reber, 5..=1001).contains("max_length is 1001"));
    assert!(message(Grammar::Reber, RangeInclusive::new(7, 6)).contains("max_length is 6"));
}

#[test]
#[should_panic(expected = "activities of 1 steps for 4 symbols")]
fn activities_of_another_string_are_refused() {
    Grammar::Reber.read("BTXSE").unwrap().predicted(&[[0.0; 7]]);
}

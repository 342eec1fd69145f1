//! A confusion matrix as a picture: shade by share of the true class, blue on the diagonal, orange beside it.

use super::svg::{Anchor, Text, escape, frame, shortened, text_width};
use super::theme::{BLUE, Colour, GRID, INK, ORANGE, SOFT, SURFACE};
use crate::confusion::ConfusionMatrix;
use crate::numbers::{percent, percent_fixed};

/// The largest number of classes that a picture can show.
const MAX_CLASSES: usize = 120;
/// Letters of a class name that are shown.
const LETTERS: usize = 14;

/// The matrix as SVG: a row for each true class, a column for each predicted one; `None` beyond 120 classes or without any.
///
/// Each field says its counts in full when pointed at.
pub fn confusion_svg(matrix: &ConfusionMatrix) -> Option<String> {
    let classes = matrix.classes().len();
    if classes == 0 || classes > MAX_CLASSES {
        return None;
    }
    let layout = Layout::of(matrix);
    let side = layout.cell * classes as f64;
    let mut content = layout.axes(side);
    for class in 0..classes {
        content.push_str(&layout.names(&matrix.classes()[class], class));
        for predicted in 0..classes {
            content.push_str(&layout.field(matrix, class, predicted));
        }
    }
    Some(frame((layout.left + side + 16.0).round(), (layout.top + side + 12.0).round(), &content))
}

/// Where the fields lie, in pixels.
struct Layout {
    left: f64,
    top: f64,
    cell: f64,
    /// Names of columns stand upright when they are longer than their column.
    upright: bool,
}

impl Layout {
    fn of(matrix: &ConfusionMatrix) -> Self {
        let cell = match matrix.classes().len() {
            0..=12 => 40.0,
            13..=25 => 26.0,
            26..=60 => 14.0,
            _ => 8.0,
        };
        let longest =
            matrix.classes().iter().map(|name| text_width(&shortened(name, LETTERS), 12.0)).fold(0.0, f64::max);
        let upright = longest > cell - 6.0;
        let named = if cell < 14.0 { 0.0 } else { longest };
        let above = if upright { named } else { 12.0 };
        Self { left: named + 44.0, top: above + 44.0, cell, upright }
    }

    fn axes(&self, side: f64) -> String {
        let (middle_x, middle_y) = (self.left + side / 2.0, self.top + side / 2.0);
        Text::new("predicted class", (middle_x, 20.0), 13.0, &SOFT).anchor(Anchor::Middle).svg()
            + &Text::new("true class", (20.0, middle_y), 13.0, &SOFT).anchor(Anchor::Middle).turned().svg()
    }

    fn names(&self, name: &str, class: usize) -> String {
        if self.cell < 14.0 {
            return String::new();
        }
        let name = shortened(name, LETTERS);
        let size = (self.cell - 2.0).min(12.0);
        let middle = (class as f64 + 0.5) * self.cell;
        let row = Text::new(&name, (self.left - 8.0, self.top + middle + 4.0), size, &INK).anchor(Anchor::End).svg();
        let column = match self.upright {
            true => Text::new(&name, (self.left + middle + 4.0, self.top - 8.0), size, &INK).turned(),
            false => Text::new(&name, (self.left + middle, self.top - 8.0), size, &INK).anchor(Anchor::Middle),
        };
        row + &column.svg()
    }

    fn field(&self, matrix: &ConfusionMatrix, class: usize, predicted: usize) -> String {
        let count = matrix.count(class, predicted);
        let share = if count == 0 { 0.0 } else { count as f64 / matrix.support(class) as f64 };
        let (fill, opacity) = shade(class == predicted, share);
        let (x, y) = (self.left + predicted as f64 * self.cell, self.top + class as f64 * self.cell);
        let inner = self.cell - if self.cell > 20.0 { 2.0 } else { 1.0 };
        let names = (&matrix.classes()[class], &matrix.classes()[predicted]);
        let title =
            format!("{count} of {} {}: taken for {} ({})", matrix.support(class), names.0, names.1, percent(share));
        let number = if self.cell < 26.0 || count == 0 { String::new() } else { self.number(count, (x, y), opacity) };
        format!(
            "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{inner}\" height=\"{inner}\" rx=\"2\" fill=\"{}\" fill-opacity=\"{opacity:.3}\"/>\n{number}</g>\n",
            escape(&title),
            fill.light
        )
    }

    fn number(&self, count: u64, (x, y): (f64, f64), opacity: f64) -> String {
        let text = count.to_string();
        let size = (self.cell * 0.34).min(1.6 * self.cell / text.len() as f64).max(5.0);
        let colour = if opacity > 0.55 { &SURFACE } else { &INK };
        let middle = (self.cell - 2.0) / 2.0;
        Text::new(&text, (x + middle, y + middle + size * 0.36), size, colour).anchor(Anchor::Middle).svg()
    }
}

/// Errors are few: their shade grows with the root of the share, so that one in a hundred can be seen.
fn shade(right: bool, share: f64) -> (&'static Colour, f64) {
    match (right, share) {
        (_, 0.0) => (&GRID, 0.55),
        (true, share) => (&BLUE, 0.2 + 0.8 * share),
        (false, share) => (&ORANGE, 0.12 + 0.88 * share.sqrt()),
    }
}

/// The pairs of classes that are most often taken for one another, as a table: true class, predicted class, count, share.
pub(crate) fn confusions(matrix: &ConfusionMatrix, limit: usize) -> crate::table::Table {
    let mut table = crate::table::Table::new(["true class", "predicted", "count", "of the class"]);
    for (actual, predicted, count) in matrix.most_confused(limit) {
        let share = percent_fixed(count as f64 / matrix.support(actual) as f64);
        let names = matrix.classes();
        table.push([names[actual].clone(), names[predicted].clone(), count.to_string(), share]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::svg_to_png;

    fn matrix(classes: usize) -> ConfusionMatrix {
        let mut matrix = ConfusionMatrix::new((0..classes).map(|class| format!("class <{class}>")));
        (0..classes).for_each(|class| matrix.add(class, class));
        matrix.add(0, classes - 1);
        matrix
    }

    #[test]
    fn matrices_of_all_sizes_become_pictures_with_a_field_for_each_pair() {
        for classes in [1, 2, 10, 20, 50, 120] {
            let svg = confusion_svg(&matrix(classes)).unwrap();
            assert_eq!(svg.matches("<title>").count(), classes * classes);
            let png = svg_to_png(&svg, 600).unwrap();
            assert_eq!(image::load_from_memory(&png).unwrap().width(), 600);
        }
        assert!(confusion_svg(&matrix(121)).is_none());
        assert!(confusion_svg(&ConfusionMatrix::new(Vec::<String>::new())).is_none());
    }

    #[test]
    fn names_are_escaped_and_counts_told() {
        let svg = confusion_svg(&matrix(3)).unwrap();
        assert!(svg.contains("<title>1 of 2 class &lt;0&gt;: taken for class &lt;2&gt; (50 %)</title>"), "{svg}");
        assert!(!svg.contains("class <"));
    }

    #[test]
    fn the_most_confused_pairs_are_listed_with_their_share() {
        let table = confusions(&matrix(3), 5);
        assert_eq!(table.rows(), [["class <0>", "class <2>", "1", "50.0 %"].map(String::from)]);
    }

    #[test]
    fn shades_grow_with_the_share_and_tell_right_from_wrong() {
        assert_eq!(shade(true, 1.0).0.role, BLUE.role);
        assert_eq!(shade(false, 0.01).0.role, ORANGE.role);
        assert!(shade(false, 0.01).1 > 0.19 && shade(false, 0.5).1 > shade(false, 0.01).1);
    }
}

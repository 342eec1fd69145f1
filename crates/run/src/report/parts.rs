//! The pieces that a page is put together from: sections, tables, pictures, figures. Each escapes what it is given.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::numbers::{metric, percent};
use crate::plot::svg::escape;
use crate::plot::{PlotError, Sample};
use crate::table::Table;

/// A section with a heading and a remark beside it; the content is markup.
pub(super) fn section(title: &str, note: &str, content: &str) -> String {
    let note = if note.is_empty() { String::new() } else { format!("<p class=\"note\">{}</p>\n", escape(note)) };
    format!("<section>\n<h2>{}</h2>\n{note}{content}</section>\n", escape(title))
}

/// A figure at the top of the page: a value in large letters under its name.
pub(super) fn tile(name: &str, value: &str, main: bool) -> String {
    let class = if main { "tile main" } else { "tile" };
    format!("<div class=\"{class}\"><dt>{}</dt><dd>{}</dd></div>\n", escape(name), unit(value))
}

/// A value with its unit in smaller letters: everything after the first space.
fn unit(value: &str) -> String {
    match value.split_once(' ') {
        Some((number, unit)) if unit.len() <= 9 => format!("{}<small> {}</small>", escape(number), escape(unit)),
        _ => escape(value),
    }
}

/// A table with a header; columns of numbers stand to the right.
pub(super) fn table(table: &Table) -> String {
    let class = |column| if table.is_numeric(column) { " class=\"number\"" } else { "" };
    let cell = |tag: &str, column: usize, text: &str| format!("<{tag}{}>{}</{tag}>", class(column), escape(text));
    let row = |tag: &str, cells: &[String]| {
        let cells: String = cells.iter().enumerate().map(|(column, text)| cell(tag, column, text)).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = table.rows().iter().map(|cells| row("td", cells)).collect();
    format!(
        "<div class=\"scroll\"><table>\n<thead>{}</thead>\n<tbody>\n{body}</tbody>\n</table></div>\n",
        row("th", table.header())
    )
}

/// Names and values side by side; a value of several lines is shown as it is written.
pub(super) fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let row = |(name, value): (&str, String)| {
        let value = match value.contains('\n') {
            true => format!("<pre>{}</pre>", escape(value.trim_end())),
            false => escape(&value),
        };
        format!("<div><dt>{}</dt><dd>{value}</dd></div>\n", escape(name))
    };
    format!("<dl class=\"facts\">\n{}</dl>\n", facts.into_iter().map(row).collect::<String>())
}

/// A drawing as a part of the page; `says` is what a screen reader reads.
pub(super) fn inline_svg(svg: &str, says: &str) -> String {
    let svg = svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1); // a page needs no name for it
    let opening = format!("<svg role=\"img\" aria-label=\"{}\" ", escape(says));
    format!("<figure class=\"drawing\">{}</figure>\n", svg.replacen("<svg ", &opening, 1).trim_end())
}

/// A PNG, or an animated GIF, as a part of the page.
pub(super) fn inline_png(png: &[u8], says: &str, class: &str) -> String {
    let kind = if is_gif(png) { "gif" } else { "png" };
    format!(
        "<img class=\"{class}\" alt=\"{}\" src=\"data:image/{kind};base64,{}\">",
        escape(says),
        STANDARD.encode(png)
    )
}

/// Whether a picture begins as a GIF does.
pub(super) fn is_gif(picture: &[u8]) -> bool {
    picture.starts_with(b"GIF8")
}

/// A sample picture over its captions.
pub(super) fn sample(sample: &Sample) -> Result<String, PlotError> {
    let (width, height) = sample.picture.size();
    let class = if width.max(height) <= 128 { "pixels" } else { "photo" };
    let verdict = match sample.right {
        Some(true) => " class=\"right\"",
        Some(false) => " class=\"wrong\"",
        None => "",
    };
    let picture = inline_png(&sample.picture.png()?, &format!("{} {}", sample.caption, sample.note), class);
    Ok(format!(
        "<figure{verdict}>{picture}<figcaption><b>{}</b><span>{}</span></figcaption></figure>\n",
        escape(&sample.caption),
        escape(&sample.note)
    ))
}

/// A metric by its name: `test_accuracy` is `Test accuracy`, and a share of one is told in per cent.
pub(super) fn named_metric(name: &str, value: f64) -> (String, String) {
    const SHARES: [&str; 5] = ["accuracy", "precision", "recall", "f1", "top_"];
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let title = letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect());
    let is_share = SHARES.iter().any(|part| name.contains(part)) && (0.0..=1.0).contains(&value);
    (title, if is_share { percent(value) } else { metric(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_in_per_cent_and_losses_are_not() {
        assert_eq!(named_metric("test_accuracy", 0.988_9), ("Test accuracy".into(), "98.89 %".into()));
        assert_eq!(named_metric("test_loss", 0.045_67), ("Test loss".into(), "0.04567".into()));
        assert_eq!(named_metric("", f64::NAN), (String::new(), "nan".into()));
    }

    #[test]
    fn a_picture_says_of_which_kind_it_is() {
        assert!(inline_png(b"GIF89a..", "moves", "wide").contains("data:image/gif;base64,"));
        assert!(inline_png(b"\x89PNG....", "rests", "wide").contains("data:image/png;base64,"));
    }

    #[test]
    fn units_are_written_smaller_than_their_value() {
        assert_eq!(unit("153.0 MiB"), "153.0<small> MiB</small>");
        assert_eq!(unit("2 min 5 s"), "2<small> min 5 s</small>");
        assert_eq!(unit("34,826"), "34,826");
    }

    #[test]
    fn every_piece_escapes_what_it_is_given() {
        let evil = "<script>\"'&";
        let mut rows = Table::new([evil]);
        rows.push([evil]);
        let pieces = [
            section(evil, evil, ""),
            tile(evil, evil, true),
            table(&rows),
            facts([(evil, evil.to_string()), ("a", format!("{evil}\n{evil}"))]),
            inline_svg("<svg width=\"1\"></svg>", evil),
            inline_png(b"", evil, "pixels"),
        ];
        for piece in pieces {
            assert!(!piece.contains("<script") && piece.contains("&lt;script&gt;&quot;&#39;&amp;"), "{piece}");
        }
    }

    #[test]
    fn columns_of_numbers_stand_to_the_right() {
        let mut rows = Table::new(["name", "count"]);
        rows.push(["a", "1"]);
        let html = table(&rows);
        assert!(html.contains("<th>name</th><th class=\"number\">count</th>"), "{html}");
        assert!(html.contains("<td>a</td><td class=\"number\">1</td>"), "{html}");
    }
}

//! Pieces of SVG: escaped text in the theme's font, the frame of a picture, a guess of how wide a text is.

use super::theme::{Colour, FONT, SURFACE};

/// Text that stands for itself in HTML and SVG, in elements and in quoted attributes.
///
/// Control characters, which neither allows, become the replacement character.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A picture of a width and height in pixels around its content, on the theme's surface.
pub(crate) fn frame(width: f64, height: f64, content: &str) -> String {
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n{content}</svg>\n",
        SURFACE.light
    )
}

/// Where a text's own point lies: at its start, middle or end.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text in a picture.
pub(crate) struct Text<'a> {
    text: &'a str,
    at: (f64, f64),
    size: f64,
    colour: &'a Colour,
    anchor: Anchor,
    bold: bool,
    turned: bool,
}

impl<'a> Text<'a> {
    /// Text whose baseline starts at a point.
    pub(crate) fn new(text: &'a str, at: (f64, f64), size: f64, colour: &'a Colour) -> Self {
        Self { text, at, size, colour, anchor: Anchor::Start, bold: false, turned: false }
    }

    pub(crate) fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    pub(crate) fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    /// Turned to read upwards.
    pub(crate) fn turned(mut self) -> Self {
        self.turned = true;
        self
    }

    pub(crate) fn svg(&self) -> String {
        let (x, y) = self.at;
        let anchor = match self.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = if self.bold { " font-weight=\"600\"" } else { "" };
        let turn = if self.turned { format!(" transform=\"rotate(-90 {x:.1} {y:.1})\"") } else { String::new() };
        format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-family=\"{FONT}\" font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\"{weight}{turn}>{}</text>\n",
            self.size,
            self.colour.light,
            escape(self.text)
        )
    }
}

/// About how wide a text is drawn, in pixels: letters of East Asian scripts are square, the others a good half of it.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if (c as u32) < 0x1100 { 0.56 } else { 1.0 }).sum::<f64>() * size
}

/// A name cut to a number of letters, with an ellipsis where something is missing.
pub(crate) fn shortened(name: &str, letters: usize) -> String {
    match name.char_indices().nth(letters) {
        Some(_) => name.chars().take(letters.saturating_sub(1)).chain(['…']).collect(),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::theme::INK;

    #[test]
    fn nothing_in_a_text_can_become_markup() {
        assert_eq!(escape("<b a=\"1\" c='2'>&amp;"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
        assert_eq!(escape("a\u{0}b\nc"), "a\u{fffd}b\nc");
    }

    #[test]
    fn a_text_carries_place_anchor_and_escaped_content() {
        let text = Text::new("a<b", (1.0, 2.0), 12.0, &INK).anchor(Anchor::End).bold().turned().svg();
        for part in ["x=\"1.0\"", "text-anchor=\"end\"", "font-weight=\"600\"", "rotate(-90 1.0 2.0)", ">a&lt;b</text>"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn long_names_are_cut_by_letters_not_bytes() {
        assert_eq!(shortened("비행기착륙장", 4), "비행기…");
        assert_eq!(shortened("cat", 3), "cat");
        assert!(text_width("비행기", 10.0) > text_width("abc", 10.0));
    }
}

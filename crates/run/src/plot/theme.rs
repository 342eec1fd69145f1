//! The colours of all pictures, with their counterparts on a dark page.

use plotters::style::RGBColor;

/// A role and its colour on a light and on a dark page, as `#RRGGBB` in capitals (as the chart library writes them).
pub(crate) struct Colour {
    pub(crate) role: &'static str,
    pub(crate) light: &'static str,
    pub(crate) dark: &'static str,
}

const fn colour(role: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { role, light, dark }
}

/// What pictures lie on.
pub(crate) const SURFACE: Colour = colour("surface", "#FCFCFB", "#1A1A19");
/// Titles and values.
pub(crate) const INK: Colour = colour("ink", "#0B0B0B", "#FFFFFF");
/// Names and legends.
pub(crate) const SOFT: Colour = colour("soft", "#52514E", "#C3C2B7");
/// Figures on axes.
pub(crate) const MUTED: Colour = colour("muted", "#898781", "#8F8D86");
/// Lines behind the data.
pub(crate) const GRID: Colour = colour("grid", "#E6E5DE", "#2C2C2A");
/// The line that the data stand on.
pub(crate) const AXIS: Colour = colour("axis", "#C3C2B7", "#4A4A46");
/// What went well: the diagonal of a confusion matrix, the first series.
pub(crate) const BLUE: Colour = colour("blue", "#2A78D6", "#3987E5");
/// What went wrong, the second series.
pub(crate) const ORANGE: Colour = colour("orange", "#EB6834", "#D95926");
/// The third series.
pub(crate) const GREEN: Colour = colour("green", "#1BAF7A", "#199E70");
/// The fourth series.
pub(crate) const VIOLET: Colour = colour("violet", "#6A58C8", "#9085E9");

/// Every colour there is: what the report turns into variables.
pub(crate) const COLOURS: [&Colour; 10] =
    [&SURFACE, &INK, &SOFT, &MUTED, &GRID, &AXIS, &BLUE, &ORANGE, &GREEN, &VIOLET];

/// The colours of series, in order; more series than colours begin anew.
pub(crate) const SERIES: [&Colour; 4] = [&BLUE, &ORANGE, &GREEN, &VIOLET];

/// The family of every text in a picture; the PNG writer takes its embedded font for it.
pub(crate) const FONT: &str = "sans-serif";

impl Colour {
    /// The light colour for the chart library.
    pub(crate) fn rgb(&self) -> RGBColor {
        let part = |from| u8::from_str_radix(&self.light[from..from + 2], 16).unwrap_or_default();
        RGBColor(part(1), part(3), part(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_six_capital_digits_and_no_two_roles_share_one() {
        let valid = |hex: &str| {
            hex.len() == 7 && hex.starts_with('#') && hex[1..].chars().all(|c| matches!(c, '0'..='9' | 'A'..='F'))
        };
        for (i, colour) in COLOURS.iter().enumerate() {
            assert!(valid(colour.light) && valid(colour.dark), "{}", colour.role);
            assert!(COLOURS[..i].iter().all(|other| other.light != colour.light && other.role != colour.role));
        }
        assert_eq!(BLUE.rgb(), RGBColor(0x2A, 0x78, 0xD6));
    }
}

//! Numbers as people read them: thousands, bytes, durations, metrics.

/// A whole number with a comma after every three digits: `34826` is `34,826`.
///
/// ```
/// assert_eq!(firebrick_run::numbers::thousands(34_826), "34,826");
/// ```
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in memory or on disk, in binary units with one decimal: `1572864` is `1.5 MiB`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = size as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{size} B"),
        _ => format!("{value:.1} {}", UNITS[unit]),
    }
}

/// A duration given in seconds: `0.42 s`, `12.3 s`, `2 min 5 s`, `1 h 2 min`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".into();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.2} s"),
        10..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A metric with four significant digits, so that losses of any size can be read: `0.9912`, `0.0004321`, `34.83`.
///
/// Values that are not finite are written `nan`, `inf` and `-inf`.
pub fn metric(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() || value == 0.0 {
        return value.to_string();
    }
    match value.abs().log10().floor() as i32 {
        magnitude @ -5..=3 => format!("{value:.*}", (3 - magnitude).clamp(1, 8) as usize),
        4..=8 => format!("{value:.0}"),
        _ => format!("{value:.3e}"),
    }
}

/// A rate such as samples per second: whole above ten, two decimals below.
pub fn rate(per_second: f64) -> String {
    match per_second.is_finite() {
        true if per_second >= 10.0 => thousands(per_second.round() as u64),
        true => format!("{per_second:.2}"),
        false => "unknown".into(),
    }
}

/// A share of one as a percentage with two decimals at most: `0.98889` is `98.89 %`, `1.0` is `100 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".into();
    }
    let text = format!("{:.2}", share * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

/// A share of one as a percentage with exactly one decimal, for columns: `0.97436` is `97.4 %`, `1.0` is `100.0 %`.
pub fn percent_fixed(share: f64) -> String {
    if share.is_finite() { format!("{:.1} %", share * 100.0) } else { "–".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (34_826, "34,826"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn sizes_are_in_binary_units() {
        for (size, text) in [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (160_432_128, "153.0 MiB")] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn durations_grow_from_seconds_to_hours() {
        for (seconds, text) in [(0.416, "0.42 s"), (12.34, "12.3 s"), (125.0, "2 min 5 s"), (3725.0, "1 h 2 min")] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(duration(f64::NAN), "unknown");
    }

    #[test]
    fn metrics_keep_four_significant_digits() {
        let cases = [
            (0.99119, "0.9912"),
            (1.0, "1.000"),
            (0.0, "0"),
            (0.000_432_14, "0.0004321"),
            (34.826, "34.83"),
            (1e-12, "1.000e-12"),
            (-2.5, "-2.500"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
        ];
        for (value, text) in cases {
            assert_eq!(metric(value), text);
        }
    }

    #[test]
    fn percentages_drop_empty_decimals() {
        for (share, text) in [(0.98889, "98.89 %"), (1.0, "100 %"), (0.5, "50 %"), (0.0, "0 %"), (f64::NAN, "–")] {
            assert_eq!(percent(share), text);
        }
        for (share, text) in [(0.97436, "97.4 %"), (1.0, "100.0 %"), (f64::INFINITY, "–")] {
            assert_eq!(percent_fixed(share), text);
        }
    }
}

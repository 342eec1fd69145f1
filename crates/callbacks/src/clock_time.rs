//! Times as a clock shows them.

use std::time::Duration;

/// `1:30:00` for an hour and a half, `1:05` for a minute and five seconds, `12 s` below a minute.
pub(crate) fn clock_time(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_a_clock_shows_them() {
        let cases = [
            (0.25, "0 s"),
            (59.4, "59 s"),
            (59.6, "1:00"),
            (65.0, "1:05"),
            (5400.0, "1:30:00"),
            (360_061.0, "100:01:01"),
        ];
        for (seconds, text) in cases {
            assert_eq!(clock_time(Duration::from_secs_f64(seconds)), text);
        }
    }
}

//! Downloads on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Event;

/// Shows a download as a bar with speed and time left, on standard error; where that is no terminal, nothing is shown.
pub fn bar() -> impl FnMut(Event<'_>) {
    let bar = ProgressBar::new(0);
    let template = "{msg:28} {bar:30} {bytes:>10} of {total_bytes} {bytes_per_sec:>12} {eta:>4} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    move |event| match event {
        Event::Kept { file } => bar.println(format!("{file}: here already, checksum right")),
        Event::Begin { file, total, have } => {
            bar.reset();
            bar.set_length(total);
            bar.set_position(have);
            bar.set_message(file.to_string());
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Event::Bytes(count) => bar.inc(count),
        Event::Failed { url, error } => bar.println(format!("{url}: {error}")),
        Event::Done { file } => {
            bar.disable_steady_tick();
            bar.finish_and_clear();
            bar.println(format!("{file}: downloaded, checksum right"));
        }
    }
}

//! How much memory the process has taken, and how often it asked for more.

/// The largest resident set size that this process has had, in bytes: the line `VmHWM` of `/proc/self/status` on Linux,
/// `None` where that file does not exist.
pub fn peak_rss_bytes() -> Option<u64> {
    high_water_mark(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Pages that the system has had to give this process so far without reading a disk: the tenth field of `/proc/self/stat` on
/// Linux, `None` where that file does not exist. A step that reuses its memory adds none.
pub fn minor_page_faults() -> Option<u64> {
    faults(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// The second field is the program's name in brackets, which may hold anything.
fn faults(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(7)?.parse().ok()
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_in_bytes() {
        assert_eq!(high_water_mark("Name:\tcnn\nVmHWM:\t  156672 kB\nVmRSS:\t 1 kB\n"), Some(160_432_128));
        assert_eq!(high_water_mark("Name:\tcnn\n"), None);
    }

    #[test]
    fn the_minor_faults_are_read_behind_any_name() {
        assert_eq!(faults("17 (a) (b c) R 1 17 17 0 -1 4194304 1234 0 5 0 1 2"), Some(1234));
        assert_eq!(faults("17 (a"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_is_touched_for_the_first_time_faults() {
        let before = minor_page_faults().unwrap();
        std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(minor_page_faults().unwrap() > before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_is_touched_raises_the_peak() {
        let before = peak_rss_bytes().unwrap();
        let block = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(peak_rss_bytes().unwrap() >= before.max(block.len() as u64));
    }
}

//! How much memory the process has taken.

/// The largest resident set size that this process has had, in bytes: the line `VmHWM` of `/proc/self/status` on Linux,
/// `None` where that file does not exist.
pub fn peak_rss_bytes() -> Option<u64> {
    high_water_mark(&std::fs::read_to_string("/proc/self/status").ok()?)
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

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_is_touched_raises_the_peak() {
        let before = peak_rss_bytes().unwrap();
        let block = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(peak_rss_bytes().unwrap() >= before.max(block.len() as u64));
    }
}

//! The downloader against a server that truncates, stalls, corrupts, redirects and knows no ranges.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::checksum::sha256;
use super::*;
use crate::catalog::Kind;

/// How the server answers one request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Good,
    IgnoresRange,
    WrongRange,
    Truncates(usize),
    Stalls(usize),
    Corrupts,
    TooLong,
    Redirects,
    RedirectsForever,
    Status(u16),
    Garbage,
    Closes,
}

struct Server {
    base: &'static str,
    /// The `Range` of each request, or an empty text.
    ranges: Arc<Mutex<Vec<String>>>,
}

fn contents() -> Vec<u8> {
    (0..100_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Answers one request after the other, the last answer again and again.
fn serve(answers: &[Answer], contents: Vec<u8>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/data/", listener.local_addr().unwrap()).leak();
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let (seen, answers) = (ranges.clone(), answers.to_vec());
    std::thread::spawn(move || {
        for (turn, stream) in listener.incoming().enumerate() {
            let answer = answers[turn.min(answers.len() - 1)];
            let (contents, seen) = (contents.clone(), seen.clone());
            // The client may hang up at any moment, so that nothing is to be learnt from the outcome.
            std::thread::spawn(move || respond(stream.unwrap(), answer, &contents, &seen).ok());
        }
    });
    Server { base, ranges }
}

/// Reads a request, notes its range and answers.
fn respond(mut stream: TcpStream, answer: Answer, contents: &[u8], seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut range = String::new();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("range: ") {
            range = value.to_string();
        }
    }
    seen.lock().unwrap().push(range.clone());
    let start = range.strip_prefix("bytes=").map(|range| range.trim_end_matches('-').parse().unwrap());
    stream.write_all(&reply(answer, start, contents))?;
    if matches!(answer, Answer::Stalls(_)) {
        std::thread::sleep(Duration::from_secs(20));
    }
    Ok(())
}

/// What goes over the line, where the bytes from `start` on are asked for.
fn reply(answer: Answer, start: Option<usize>, contents: &[u8]) -> Vec<u8> {
    let start = start.filter(|_| answer != Answer::IgnoresRange);
    let rest = &contents[start.unwrap_or(0)..];
    let range = start.map(|start| if answer == Answer::WrongRange { start + 7 } else { start });
    let file = |length: usize, body: &[u8]| match range {
        None => message_of("200 OK", "", length, body),
        Some(start) => {
            let range = format!("Content-Range: bytes {start}-{}/{}\r\n", contents.len() - 1, contents.len());
            message_of("206 Partial Content", &range, length, body)
        }
    };
    match answer {
        Answer::Good | Answer::IgnoresRange | Answer::WrongRange => file(rest.len(), rest),
        Answer::Truncates(count) | Answer::Stalls(count) => file(rest.len(), &rest[..count]),
        Answer::Corrupts => file(rest.len(), &rest.iter().map(|byte| byte ^ 1).collect::<Vec<u8>>()),
        Answer::TooLong => file(rest.len() + 9, &[rest, &[0; 9]].concat()),
        Answer::Redirects => message_of("302 Found", "Location: /elsewhere\r\n", 0, b""),
        Answer::RedirectsForever => message_of("302 Found", "Location: /data/\r\n", 0, b""),
        Answer::Status(status) => message_of(&format!("{status} No"), "", 4, b"none"),
        Answer::Garbage => vec![7; 300],
        Answer::Closes => Vec::new(),
    }
}

fn message_of(status: &str, header: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{header}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn sum_of(bytes: &[u8]) -> &'static str {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("it"), bytes).unwrap();
    sha256(&dir.path().join("it")).unwrap().leak()
}

/// A data set of one file that these servers have.
fn entry(mirrors: &[&Server]) -> Entry {
    let mirrors: Vec<&str> = mirrors.iter().map(|server| server.base).collect();
    let bytes = contents();
    let file = RemoteFile {
        name: "pictures.bin",
        bytes: bytes.len() as u64,
        sha256: sum_of(&bytes),
        content_sha256: None,
        mirrors: mirrors.leak(),
    };
    let files = vec![file].leak();
    Entry { name: "test", about: "", credit: "", kind: Kind::Cifar, files, unpacked: &[] }
}

fn fetch_into(dir: &Path, entry: &Entry) -> Result<(), DownloadError> {
    Downloader { stall: Duration::from_millis(400), attempts: 2 }.fetch(entry, dir, &mut |_| {})
}

fn message(dir: &Path, entry: &Entry) -> String {
    fetch_into(dir, entry).unwrap_err().to_string()
}

#[test]
fn a_file_arrives_whole_is_recorded_and_then_kept() {
    let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[Answer::Good], contents()));
    let target = dir.path().join("new").join("folder");
    let mut shown = Vec::new();
    let mut progress = |event: Event<'_>| shown.push(format!("{event:?}"));
    fetch(&entry(&[&server]), &target, &mut progress).unwrap();
    fetch(&entry(&[&server]), &target, &mut progress).unwrap();
    assert_eq!(fs::read(target.join("pictures.bin")).unwrap(), contents());
    assert_eq!(server.ranges.lock().unwrap().len(), 1);
    assert!(shown[0].contains("total: 100000, have: 0") && shown.last().unwrap().starts_with("Kept"), "{shown:?}");
    let good = Checked { file: "pictures.bin".to_string(), state: State::Good };
    assert_eq!(verify(&target).unwrap(), [good]);
    assert!(!target.join(".pictures.bin.part").exists());
}

#[test]
fn a_cut_transfer_is_gone_on_with() {
    for first in [Answer::Truncates(30_000), Answer::Stalls(30_000)] {
        let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[first, Answer::Good], contents()));
        let began = Instant::now();
        fetch_into(dir.path(), &entry(&[&server])).unwrap();
        assert!(began.elapsed() < Duration::from_secs(10), "{first:?}");
        assert_eq!(*server.ranges.lock().unwrap(), ["", "bytes=30000-"], "{first:?}");
        assert_eq!(fs::read(dir.path().join("pictures.bin")).unwrap(), contents());
    }
}

#[test]
fn what_an_earlier_run_left_is_gone_on_with() {
    let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[Answer::Stalls(10_000)], contents()));
    assert!(message(dir.path(), &entry(&[&server])).contains("nothing came for 0.4 seconds"));
    let other = serve(&[Answer::Good], contents());
    fetch_into(dir.path(), &entry(&[&other])).unwrap();
    assert_eq!(*other.ranges.lock().unwrap(), ["bytes=20000-"]);
}

#[test]
fn a_server_without_ranges_sends_it_all_again() {
    for second in [Answer::IgnoresRange, Answer::WrongRange] {
        let answers = [Answer::Truncates(30_000), second, Answer::Good];
        let (dir, server) = (tempfile::tempdir().unwrap(), serve(&answers, contents()));
        let downloader = Downloader { stall: Duration::from_secs(2), attempts: 4 };
        downloader.fetch(&entry(&[&server]), dir.path(), &mut |_| {}).unwrap();
        assert_eq!(fs::read(dir.path().join("pictures.bin")).unwrap(), contents(), "{second:?}");
    }
}

#[test]
fn redirects_are_followed_to_an_end() {
    let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[Answer::Redirects, Answer::Good], contents()));
    fetch_into(dir.path(), &entry(&[&server])).unwrap();
    let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[Answer::RedirectsForever], contents()));
    assert!(message(dir.path(), &entry(&[&server])).contains("redirect"));
}

#[test]
fn a_bad_mirror_is_passed_over() {
    let bad =
        [Answer::Corrupts, Answer::TooLong, Answer::Status(404), Answer::Status(503), Answer::Garbage, Answer::Closes];
    for answer in bad {
        let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[answer], contents()));
        let good = serve(&[Answer::Good], contents());
        fetch_into(dir.path(), &entry(&[&server, &good])).unwrap();
        assert_eq!(fs::read(dir.path().join("pictures.bin")).unwrap(), contents(), "{answer:?}");
    }
}

#[test]
fn a_good_file_is_never_replaced_by_a_bad_one_and_a_bad_one_stays_until_a_good_one_is_here() {
    let cases = [
        (Answer::Corrupts, "has SHA-256"),
        (Answer::TooLong, "sends more than the 100000 bytes"),
        (Answer::Truncates(0), "ended after 0 of 100000 bytes"),
        (Answer::Status(404), "answered 404"),
        (Answer::Status(500), "answered 500"),
    ];
    for (answer, expected) in cases {
        let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[answer], contents()));
        fs::write(dir.path().join("pictures.bin"), "what was here").unwrap();
        let message = message(dir.path(), &entry(&[&server]));
        let known = answer == Answer::Truncates(0) || message.contains(expected);
        assert!(known && message.contains("pictures.bin") && message.contains("http://127.0.0.1"), "{message}");
        assert_eq!(fs::read(dir.path().join("pictures.bin")).unwrap(), b"what was here");
        let attempts = server.ranges.lock().unwrap().len();
        assert_eq!(attempts, if answer == Answer::Status(404) { 1 } else { 2 }, "{answer:?}");
    }
}

#[test]
fn a_server_that_is_not_there_and_a_directory_that_cannot_be_made_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = Server { base: format!("http://{unused}/").leak(), ranges: Arc::default() };
    assert!(message(dir.path(), &entry(&[&gone])).contains(&unused.to_string()));
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(message(&dir.path().join("file"), &entry(&[&gone])).contains("cannot be written"));
    let digits = crate::catalog::entry("digits").unwrap();
    assert!(message(dir.path(), digits).contains("comes with the program"));
}

/// A tar archive of these files, in a folder as archives are.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        let mut header = [0u8; 512];
        header[..7 + name.len()].copy_from_slice(format!("folder/{name}").as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[156] = b'0';
        archive.extend(header);
        archive.extend(*bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    crate::readers::written::gzip(&archive)
}

fn archive_entry(server: &Server, archive: &[u8]) -> Entry {
    let file = RemoteFile {
        name: "archive.tar.gz",
        bytes: archive.len() as u64,
        sha256: sum_of(archive),
        content_sha256: None,
        mirrors: vec![server.base].leak(),
    };
    let files = vec![file].leak();
    Entry { name: "test", about: "", credit: "", kind: Kind::Cifar, files, unpacked: &["a.bin", "b.bin"] }
}

#[test]
fn an_archive_is_unpacked_recorded_and_not_kept() {
    let archive = tar(&[("other", &[1; 700]), ("a.bin", &[2; 512]), ("b.bin", b"three")]);
    let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[Answer::Good], archive.clone()));
    let entry = archive_entry(&server, &archive);
    fetch_into(dir.path(), &entry).unwrap();
    fetch_into(dir.path(), &entry).unwrap();
    assert_eq!(server.ranges.lock().unwrap().len(), 1);
    assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), [2; 512]);
    assert_eq!(fs::read(dir.path().join("b.bin")).unwrap(), b"three");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
    fs::write(dir.path().join("b.bin"), "changed").unwrap();
    let states: Vec<bool> = verify(dir.path()).unwrap().into_iter().map(|c| c.state == State::Good).collect();
    assert_eq!(states, [true, false]);
    fetch_into(dir.path(), &entry).unwrap();
    assert_eq!(fs::read(dir.path().join("b.bin")).unwrap(), b"three");
}

#[test]
fn an_archive_without_its_files_is_named() {
    let archive = tar(&[("a.bin", &[2; 512])]);
    let (dir, server) = (tempfile::tempdir().unwrap(), serve(&[Answer::Good], archive.clone()));
    assert!(message(dir.path(), &archive_entry(&server, &archive)).contains("b.bin not in the archive"));
}

#[test]
fn verify_names_missing_files_and_says_when_there_is_nothing_to_check() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(verify(dir.path()), Err(DownloadError::NothingToVerify { .. })));
    fs::write(dir.path().join("t10k-labels-idx1-ubyte.gz"), "wrong").unwrap();
    let sums = format!("{}  lost.bin\n{}  ../outside\nno line\n", "a".repeat(64), "b".repeat(64));
    fs::write(dir.path().join("SHA256SUMS"), sums).unwrap();
    let checked = verify(dir.path()).unwrap();
    assert_eq!(checked.len(), 2);
    assert_eq!(checked[0], Checked { file: "lost.bin".to_string(), state: State::Missing });
    assert!(matches!(&checked[1].state, State::Bad { found, .. } if found.len() == 64));
}

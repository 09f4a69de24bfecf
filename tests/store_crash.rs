//! Kills a writing process at random instants and looks at what it left: everything it acknowledged is there, in order,
//! once. The process is this test binary itself, started again with an environment variable that says where to write.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

#[path = "support/crash.rs"]
mod crash;

use crash::{Acknowledged, REFUSED, acknowledgement, look, note, random, write_until_killed};

/// Where the child writes; its presence makes this process the child.
const FOLDER: &str = "FRONTDESK_CRASH_TEST_FOLDER";
const ROUNDS: u32 = 50;

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut acknowledged = Acknowledged::new();
    for round in 1..=ROUNDS {
        let (mut child, output) = start_writer(&data);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let began = lines.find_map(|line| acknowledgement(&line)).expect("the child acknowledged nothing");
        note(&mut acknowledged, began);
        std::thread::scope(|scope| {
            // Read while it writes: a full pipe would hold the child up.
            let reading = scope.spawn(|| lines.filter_map(|line| acknowledgement(&line)).collect::<Vec<_>>());
            let until = Instant::now() + Duration::from_micros(u64::from(random()) % 150_000);
            while Instant::now() < until {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            let status = child.wait().unwrap();
            assert_ne!(status.code(), Some(REFUSED), "round {round}: the store refused a message");
            for one in reading.join().unwrap() {
                note(&mut acknowledged, one);
            }
        });
        assert_eq!(look(&data, &acknowledged), Ok(()), "round {round}");
    }
    let all: u64 = acknowledged.values().sum();
    assert!(all > u64::from(ROUNDS) * 10, "only {all} messages were acknowledged, so little was tested");
}

fn start_writer(data: &Path) -> (Child, ChildStdout) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store_crash::a_killed_process_loses_nothing_it_acknowledged", "--nocapture"])
        .env(FOLDER, data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    (child, output)
}

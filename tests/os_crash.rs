//! Crashes the system under a writing process, as far as that can be done without a second machine: the process writes to
//! an ext4 file system in an image file; the image is copied while it does, with everything that the system has not
//! written out yet missing from the copy, as after a loss of power; the copy is mounted, its journal replayed, the store
//! opened and compared with what was acknowledged before the copy began.
//!
//! The process is stopped while the image is copied. Without that the copy would mix the states of several moments, which
//! no crash does.
//!
//! Then a disk is filled until the store refuses: it must say so, and with room again nothing acknowledged is missing.
//!
//! It needs root and loop devices, so it is a command of its own: `cargo test --test os_crash`. Where it cannot run it says
//! so and why. It prints one line of figures, and fails if any round is bad.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[path = "support/crash.rs"]
mod crash;

use crash::{Acknowledged, REFUSED, acknowledgement, look, note, random, write_until_killed};

const ROUNDS: u32 = 20;
/// The argument that makes this process the writing child.
const CHILD: &str = "--write-until-killed";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let [_, mode, folder] = arguments.as_slice()
        && mode == CHILD
    {
        write_until_killed(Path::new(folder));
    }
    let folder = tempfile::tempdir().unwrap();
    if let Err(why) = trial(folder.path()) {
        println!("os_crash did not run: {why}");
        return ExitCode::SUCCESS;
    }
    let mut bad = 0;
    let mut messages = 0;
    for round in 1..=ROUNDS {
        let acknowledged = crash_once(folder.path());
        messages += acknowledged.values().sum::<u64>();
        if let Err(why) = look_at_copy(folder.path(), &acknowledged) {
            bad += 1;
            println!("round {round}: {why}");
        }
    }
    println!("{ROUNDS} rounds, {bad} bad ({messages} messages acknowledged)");
    let full = fill_disk(folder.path());
    match &full {
        Ok((messages, said)) => {
            println!("a full disk: {messages} messages, then \"{said}\"; with room again none is missing")
        }
        Err(why) => println!("a full disk: {why}"),
    }
    if bad == 0 && full.is_ok() && messages > u64::from(ROUNDS) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether images can be made and mounted here.
fn trial(folder: &Path) -> Result<(), String> {
    let image = make_image(folder, "64M")?;
    Mount::new(&image, &folder.join("live")).map(drop)
}

/// Writes until the disk is full, makes room, and looks. Gives how much was acknowledged and what was said.
fn fill_disk(folder: &Path) -> Result<(u64, String), String> {
    let image = make_image(folder, "96M")?;
    let live = Mount::new(&image, &folder.join("live"))?;
    let ballast = live.0.join("ballast");
    std::fs::write(&ballast, vec![1; 40 << 20]).map_err(|error| error.to_string())?;
    let mut child = Writer::start(&live.0.join("data"));
    let status = child.ended(Duration::from_secs(120)).ok_or("the writer neither went on nor was refused")?;
    let (acknowledged, said) = child.said();
    if status.code() != Some(REFUSED) {
        return Err(format!("the writer ended with {status}"));
    }
    let refusal = said.into_iter().find(|line| line.contains("No space left")).ok_or("the refusal does not say why")?;
    std::fs::remove_file(ballast).map_err(|error| error.to_string())?;
    look(&live.0.join("data"), &acknowledged)?;
    Ok((acknowledged.values().sum(), refusal))
}

/// Writes to a fresh file system, and copies its image at some moment. Gives what was acknowledged before that.
fn crash_once(folder: &Path) -> Acknowledged {
    let image = make_image(folder, "512M").unwrap();
    let live = Mount::new(&image, &folder.join("live")).unwrap();
    let mut writer = Writer::start(&live.0.join("data"));
    while writer.acknowledged().is_empty() {
        assert!(writer.child.try_wait().unwrap().is_none(), "the writer ended before it acknowledged anything");
        std::thread::yield_now();
    }
    std::thread::sleep(Duration::from_micros(u64::from(random()) % 900_000));
    run(Command::new("kill").arg("-STOP").arg(writer.child.id().to_string())).unwrap();
    let before = writer.acknowledged();
    run(Command::new("cp").arg("--sparse=always").arg(&image).arg(folder.join("copy.img"))).unwrap();
    writer.child.kill().unwrap();
    writer.said();
    before
}

/// The writing child, and a thread that reads what it says.
struct Writer {
    child: Child,
    said: Arc<Mutex<(Acknowledged, Vec<String>)>>,
    reading: Option<JoinHandle<()>>,
}

impl Writer {
    fn start(data: &Path) -> Self {
        let mut child =
            Command::new(std::env::current_exe().unwrap()).arg(CHILD).arg(data).stdout(Stdio::piped()).spawn().unwrap();
        let said = Arc::<Mutex<(Acknowledged, Vec<String>)>>::default();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let heard = Arc::clone(&said);
        let reading = std::thread::spawn(move || {
            for line in lines {
                let mut heard = heard.lock().unwrap();
                match acknowledgement(&line) {
                    Some(one) => note(&mut heard.0, one),
                    None => heard.1.push(line),
                }
            }
        });
        Self { child, said, reading: Some(reading) }
    }

    fn acknowledged(&self) -> Acknowledged {
        self.said.lock().unwrap().0.clone()
    }

    fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + within;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child.kill().unwrap();
        None
    }

    /// Everything that was said, once it has ended.
    fn said(&mut self) -> (Acknowledged, Vec<String>) {
        self.child.wait().unwrap();
        if let Some(reading) = self.reading.take() {
            reading.join().unwrap();
        }
        self.said.lock().unwrap().clone()
    }
}

fn look_at_copy(folder: &Path, acknowledged: &Acknowledged) -> Result<(), String> {
    let copy = Mount::new(&folder.join("copy.img"), &folder.join("copy"))?;
    look(&copy.0.join("data"), acknowledged)
}

fn make_image(folder: &Path, size: &str) -> Result<PathBuf, String> {
    let image = folder.join("live.img");
    let _ = std::fs::remove_file(&image);
    run(Command::new("truncate").args(["-s", size]).arg(&image))?;
    run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
    Ok(image)
}

/// A mounted image, until it is dropped.
struct Mount(PathBuf);

impl Mount {
    fn new(image: &Path, at: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        run(Command::new("mount").args(["-t", "ext4", "-o", "loop"]).arg(image).arg(at))?;
        Ok(Self(at.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Helper threads of a store that was just closed may hold its files a moment longer.
        for _ in 0..500 {
            if run(Command::new("umount").arg(&self.0)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        println!("{} is still mounted", self.0.display());
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {}", command.get_program().display(), said.trim()))
}

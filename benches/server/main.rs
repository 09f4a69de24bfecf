//! The server from outside, each figure beside its aim: turns per second through the REST channel with the server on one core,
//! durable, with the example bot; memory and CPU of idle WebSockets; how long messaging apps wait for 200; and how long what one side says takes to the other's screen.
//! `cargo bench --bench server`, or one part: `cargo bench --bench server -- turns`, `-- sockets`, `-- intake`,
//! `-- live`.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

mod desks;
mod intake;
mod live;
// What each platform sends and how it signs is said once, in the tests.
#[allow(dead_code)]
#[path = "../../tests/channels/platform.rs"]
mod platform;
mod program;
mod sockets;
mod turns;

fn main() {
    program::raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let wanted = |part: &str| {
        let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
        named.is_empty() || named.iter().any(|name| name == part)
    };
    if wanted("turns") {
        runtime.block_on(turns::run());
    }
    if wanted("sockets") {
        runtime.block_on(sockets::run());
    }
    if wanted("intake") {
        runtime.block_on(intake::run());
    }
    if wanted("live") {
        runtime.block_on(live::run());
    }
}

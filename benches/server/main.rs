//! The server from outside, each figure beside its aim: turns per second through the REST channel with the server on one core,
//! durable, with the example bot; memory and CPU of idle WebSockets; and how long what one side says takes to the other's screen.
//! `cargo bench --bench server`, or one part: `cargo bench --bench server -- turns`, `-- sockets`, `-- live`.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

mod desks;
mod live;
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
    if wanted("live") {
        runtime.block_on(live::run());
    }
}

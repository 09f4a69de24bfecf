//! The named limits of the server that are not the operator's to set: how much one caller may send, and how long it may take.

use std::time::Duration;

pub use crate::dialog::MESSAGE_CHARS_MAX;
pub use crate::engine::{CLIENT_ID_BYTES_MAX, LANGUAGE_BYTES_MAX};

/// Bytes of a JSON body.
pub const JSON_BODY_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a webhook's body.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Bytes of a REST sender's name.
pub const SENDER_BYTES_MAX: usize = 128;

/// Characters of a page's address, title and referrer, each; the rest is cut off.
pub const PAGE_CHARS_MAX: usize = 500;

/// Characters of a new password at least.
pub const PASSWORD_CHARS_MIN: usize = 10;

/// Bytes of a password; a longer one is refused before it is hashed.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// Connections that are open at once, WebSockets not counted.
pub const CONNECTIONS_MAX: usize = 50_000;

/// Live streams of the desk that are open at once.
pub const STREAMS_MAX: usize = 2_000;

/// Reads of the archive (searches, looking for people, the audit trail) at once, from everybody: they have threads of their own, and
/// must leave the processors to those who chat.
pub const ARCHIVE_READS_MAX: usize = 2;

/// How long one more such read waits for its turn before it is turned away.
pub const ARCHIVE_READ_WAIT: Duration = Duration::from_secs(2);

/// A live stream of the desk says at most so often that the lists changed.
pub const STREAM_LISTS_EVERY: Duration = Duration::from_secs(1);

/// That somebody waits, or waits no more, is told sooner: at most so often.
pub const STREAM_URGENT_EVERY: Duration = Duration::from_millis(50);

/// A live stream of the desk looks so often whether its session still counts.
pub const STREAM_SESSION_CHECK: Duration = Duration::from_secs(3);

/// Bytes of one WebSocket frame and message.
pub const SOCKET_FRAME_BYTES_MAX: usize = 16 * 1024;

/// Events that one answer carries; the rest is fetched after the last number.
pub const EVENTS_MAX: usize = 200;

/// Events of which a visitor's transcript shows the words; of a longer conversation the latest.
pub const TRANSCRIPT_EVENTS_MAX: u64 = 2_000;

/// How long a WebSocket may take to say who it is.
pub const SOCKET_HELLO: Duration = Duration::from_secs(5);

/// How often a WebSocket is asked whether it is still there.
pub const SOCKET_PING: Duration = Duration::from_secs(30);

/// A WebSocket that says nothing for so long, not even a pong, is closed.
pub const SOCKET_SILENT: Duration = Duration::from_secs(75);

/// How long a write to a WebSocket may take.
pub const SOCKET_WRITE: Duration = Duration::from_secs(10);

/// The longest wait of a long poll.
pub const POLL_WAIT_MAX: Duration = Duration::from_secs(30);

/// How long the REST channel waits for the bot.
pub const REST_WAIT_MAX: Duration = Duration::from_secs(10);

/// How long a connection may take to send the head of a request.
pub const REQUEST_HEAD: Duration = Duration::from_secs(20);

/// How long a connection may take to send the body of a request.
pub const REQUEST_BODY: Duration = Duration::from_secs(20);

/// How long a shutdown waits for requests under way.
pub const DRAIN: Duration = Duration::from_secs(15);

/// New visitors from one address: so many at once, then one a second.
pub const NEW_VISITORS_BURST: u32 = 60;

/// Bytes of what a sender calls a file, percent-encoded.
pub const FILE_NAME_BYTES_MAX: usize = 2_048;

/// How long a file may take to arrive.
pub const UPLOAD_TIME_MAX: Duration = Duration::from_secs(300);

/// Bytes of a file that must arrive in a second, over a while: less is cut off.
pub const UPLOAD_BYTES_PER_SECOND_MIN: u64 = 2 * 1024;

/// Files of visitors that arrive at once, from everybody.
pub const UPLOADS_MAX: usize = 64;

/// Files of visitors that arrive at once from one address.
pub const UPLOADS_ADDRESS_MAX: usize = 4;

/// Files of agents that arrive at once, from everybody.
pub const AGENT_UPLOADS_MAX: usize = 32;

/// Files that arrive at once from one agent.
pub const UPLOADS_AGENT_MAX: usize = 4;

/// Files of one visitor: so many at once, then one every six seconds.
pub const FILES_BURST: u32 = 10;

/// Files of visitors from one address: so many at once, then one a second.
pub const FILES_ADDRESS_BURST: u32 = 40;

/// Files of one agent: so many at once, then one every two seconds.
pub const FILES_AGENT_BURST: u32 = 30;

/// Bytes of files of visitors from one address: so many at once, then as many in a day.
pub const FILE_BYTES_ADDRESS_DAY: u32 = 500 * 1024 * 1024;

/// Hints of one caller that they read on or are typing: so many at once, then five a second. More are not heard.
pub const SIGNALS_BURST: u32 = 30;

/// Login attempts on one account from one address: so many at once, then one every ten seconds.
pub const LOGIN_BURST: u32 = 5;

/// Login attempts from one address on whatever account: so many at once, then one every two seconds.
pub const LOGIN_ADDRESS_BURST: u32 = 20;

/// Links to go on elsewhere that a visitor makes at once; then one in five minutes.
pub(super) const LINKS_BURST: u32 = 5;

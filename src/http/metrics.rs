//! Figures for operators in Prometheus' format. Everything is counted in memory with the `metrics` crate; this module
//! installs the recorder, names the figures and counts requests.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper ends of the buckets of durations, in seconds.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// How often samples are folded into their buckets; between two times they wait in memory.
pub(super) const UPKEEP_EVERY: Duration = Duration::from_secs(5);

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder of this process, once.
pub(super) fn install() -> Option<&'static PrometheusHandle> {
    let installed = HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS);
        let recorder = builder.ok()?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    });
    installed.as_ref()
}

/// All figures as text.
pub(super) fn render() -> String {
    install().map(PrometheusHandle::render).unwrap_or_default()
}

/// Folds waiting samples into their buckets.
pub(super) fn upkeep() {
    if let Some(handle) = install() {
        handle.run_upkeep();
    }
}

/// Counts a request by its route, not by its address: ids would make a figure each.
pub(super) async fn count(request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map(|path| metrics::SharedString::from(path.as_str().to_owned()));
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = route.unwrap_or(metrics::SharedString::const_str("none"));
    let status = class(response.status().as_u16());
    metrics::counter!("frontdesk_http_requests_total", "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!("frontdesk_http_request_seconds", "route" => route).record(begun.elapsed().as_secs_f64());
    response
}

fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

fn describe() {
    metrics::describe_counter!("frontdesk_http_requests_total", "Requests by route and class of status.");
    metrics::describe_histogram!("frontdesk_http_request_seconds", "How long requests took, by route.");
    metrics::describe_counter!("frontdesk_rest_turns_total", "Messages that came through the REST channel.");
    metrics::describe_counter!(
        "frontdesk_webhooks_refused_total",
        "Deliveries of messaging apps that were refused, by channel and reason."
    );
    metrics::describe_gauge!("frontdesk_sockets", "WebSockets that are open.");
    metrics::describe_gauge!("frontdesk_desk_streams", "Live streams of the desk that are open.");
    metrics::describe_counter!("frontdesk_panics_total", "Requests that ended in a panic.");
    // What the engine counts.
    metrics::describe_counter!("frontdesk_turns_total", "Turns that were stored.");
    metrics::describe_histogram!("frontdesk_turn_seconds", "How long turns took until they were durable.");
    metrics::describe_counter!("frontdesk_conversations_total", "Conversations that began.");
    metrics::describe_counter!("frontdesk_misses_total", "Messages that nothing fitted.");
    metrics::describe_counter!("frontdesk_handoffs_total", "Handoffs to a queue.");
    metrics::describe_counter!("frontdesk_calls_total", "Calls of services, by service and outcome.");
    metrics::describe_counter!("frontdesk_channel_calls_total", "Calls of messaging apps, by channel and outcome.");
    metrics::describe_counter!("frontdesk_events_total", "Tries of events for the owner's systems, by outcome.");
    metrics::describe_counter!("frontdesk_reloads_total", "Reloads of changed bots, by outcome.");
    metrics::describe_gauge!("frontdesk_store_waiting", "Commits that wait to be written.");
    metrics::describe_gauge!("frontdesk_store_batch_seconds", "How long the last batch of commits took to be durable.");
    metrics::describe_gauge!("frontdesk_store_bytes", "Bytes that the store holds on disk.");
    metrics::describe_gauge!("frontdesk_queue_waiting", "Visitors who wait in a queue.");
    metrics::describe_gauge!("frontdesk_agent_conversations", "Conversations that agents have.");
    metrics::describe_gauge!("frontdesk_visitors_live", "Visitors who are followed live.");
}

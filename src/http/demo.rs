//! A small pretended shop under `/demo`, so that the example bot has services to ask. What it knows of an order follows from
//! the order's number, so every number works and gives the same answer after a restart; changes live in memory only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Json, Router, routing};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart, QueryPart};
use crate::http::error::ApiError;

/// Changed orders that the pretended shop remembers.
const CHANGES_MAX: usize = 10_000;

const ITEMS: &[&str] = &["Table lamp", "Armchair", "Dining table", "Wool blanket", "Coffee mug"];
const PRICES: &[&str] = &["39.00 GBP", "249.00 GBP", "480.00 GBP", "55.00 GBP", "12.50 GBP"];

/// What changed in the pretended shop since the start.
#[derive(Debug, Default)]
pub struct DemoShop {
    cancelled: Mutex<BTreeMap<String, ()>>,
}

/// The routes of the pretended shop.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/demo/orders/{order}", routing::get(order))
        .route("/demo/orders/{order}/address", routing::post(address))
        .route("/demo/orders/{order}/cancel", routing::post(cancel))
        .route("/demo/returns", routing::post(returns))
        .route("/demo/stock", routing::get(stock))
}

#[derive(Serialize)]
struct Order {
    order: String,
    status: &'static str,
    arrives: Date,
    tracking: String,
    items: Vec<&'static str>,
    returnable: bool,
    refund: &'static str,
    refunded: Date,
}

#[derive(Deserialize)]
struct AddressChange {
    address: String,
}

#[derive(Deserialize)]
struct NewReturn {
    order: String,
    item: String,
}

#[derive(Deserialize)]
struct StockQuery {
    product: String,
}

async fn order(State(app): State<App>, PathPart(number): PathPart<String>) -> Result<Json<Order>, ApiError> {
    find(&app, &number).map(Json)
}

async fn address(
    State(app): State<App>,
    PathPart(number): PathPart<String>,
    JsonBody(change): JsonBody<AddressChange>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let order = find(&app, &number)?;
    if change.address.trim().is_empty() {
        return Err(ApiError::bad_request("no_address", "The new address is empty."));
    }
    if matches!(order.status, "shipped" | "delivered" | "cancelled") {
        return Err(ApiError::conflict("too_late", "The order has left already or is cancelled."));
    }
    Ok(Json(serde_json::json!({ "changed": true })))
}

async fn cancel(
    State(app): State<App>,
    PathPart(number): PathPart<String>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let order = find(&app, &number)?;
    if matches!(order.status, "shipped" | "delivered") {
        return Err(ApiError::conflict("too_late", "The order has left already."));
    }
    let mut cancelled = app.demo().cancelled.lock().unwrap_or_else(PoisonError::into_inner);
    if cancelled.len() >= CHANGES_MAX {
        cancelled.clear();
    }
    cancelled.insert(order.order, ());
    Ok(Json(serde_json::json!({ "cancelled": true })))
}

/// A repeat with the same `Idempotency-Key` registers nothing new: the number follows from the key.
async fn returns(
    State(app): State<App>,
    headers: HeaderMap,
    JsonBody(wanted): JsonBody<NewReturn>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let order = find(&app, &wanted.order)?;
    if !order.returnable {
        return Err(ApiError::conflict("not_returnable", "This order cannot be returned."));
    }
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let number = format!("R{}", 1_000 + seed(&[key, &wanted.order, &wanted.item].concat()) % 9_000);
    let label = format!("https://parcels.example.com/labels/{number}");
    Ok(Json(serde_json::json!({ "number": number, "label": label })))
}

async fn stock(QueryPart(query): QueryPart<StockQuery>) -> Result<Json<serde_json::Value>, ApiError> {
    let wanted = query.product.trim().to_lowercase();
    let (index, _) = ITEMS
        .iter()
        .enumerate()
        .find(|(_, item)| item.to_lowercase() == wanted)
        .ok_or_else(|| ApiError::not_found("The shop has no such product."))?;
    // One product is sold out, so that this answer can be tried too.
    let count = if index == 1 { 0 } else { 3 + 4 * index };
    Ok(Json(serde_json::json!({ "count": count, "price": PRICES.get(index), "back": day(14) })))
}

/// An order with two letters and four digits exists, except that numbers ending in 00 do not.
fn find(app: &App, number: &str) -> Result<Order, ApiError> {
    let order = number.to_ascii_uppercase();
    let (letters, digits) = (order.get(..2).unwrap_or_default(), order.get(2..).unwrap_or_default());
    let well_formed = letters.len() == 2
        && letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && digits.len() == 4
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !well_formed || digits.ends_with("00") {
        return Err(ApiError::not_found("The shop has no such order."));
    }
    let cancelled = app.demo().cancelled.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&order);
    let last = digits.as_bytes().last().map_or(0, |digit| usize::from(digit - b'0'));
    let status = match last {
        _ if cancelled => "cancelled",
        0 | 1 => "preparing",
        2 | 3 => "packed",
        4 | 5 => "shipped",
        6 => "cancelled",
        _ => "delivered",
    };
    let delivered = status == "delivered";
    let refund = match last {
        8 => "waiting",
        9 => "paid",
        _ => "none",
    };
    let first = seed(&order) as usize % ITEMS.len();
    let items = [first, (first + 2) % ITEMS.len()].iter().filter_map(|&index| ITEMS.get(index).copied()).collect();
    Ok(Order {
        tracking: format!("https://parcels.example.com/{order}"),
        status,
        arrives: if delivered { day(-3) } else { day(2) },
        items,
        returnable: delivered,
        refund,
        refunded: day(-1),
        order,
    })
}

/// Today in London and so many days on.
fn day(days: i32) -> Date {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let today = Timestamp::now().to_zoned(zone).date();
    today.checked_add(days.days()).unwrap_or(today)
}

fn seed(text: &str) -> u32 {
    text.bytes().fold(2_166_136_261, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}

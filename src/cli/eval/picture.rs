//! What the confidence is worth, as one picture: how much goes wrong the more the bot acts on, and whether confidence keeps its
//! word. A plain SVG without scripts or outside fonts, readable on light and dark pages.

use maud::{Markup, PreEscaped, html};

use crate::cli::eval::figures::{Bin, Cut, cuts, reliability};
use crate::cli::eval::labelled::Prediction;
use crate::flow::Fallback;

/// One drawing area, in the picture's own units.
struct Panel {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    /// The value at the upper edge.
    highest: f64,
}

/// A curve has at most so many points: more are finer than a screen.
const POINTS_MAX: usize = 200;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 460.0;

const STYLE: &str = "
  .page { fill: #fcfcfb } text { fill: #52514e; font: 12px system-ui, 'Segoe UI', sans-serif }
  .title { fill: #0b0b0b; font-size: 15px; font-weight: 600 } .name { fill: #0b0b0b }
  .grid { stroke: #e4e3df; stroke-width: 1 } .axis { stroke: #b5b4ae; stroke-width: 1 }
  .fair { stroke: #8a8984; stroke-width: 1.5; stroke-dasharray: 4 4 }
  .curve { fill: none; stroke-width: 2; stroke-linejoin: round }
  .all { stroke: #2a78d6 } .inside { stroke: #d9622b }
  .dot { stroke: #fcfcfb; stroke-width: 2 } .dot.all, .key.all { fill: #2a78d6 } .dot.inside, .key.inside { fill: #d9622b }
  .key { stroke: none }
  @media (prefers-color-scheme: dark) {
    .page { fill: #1a1a19 } text { fill: #c3c2b7 } .title, .name { fill: #ffffff }
    .grid { stroke: #31312e } .axis { stroke: #55544f } .fair { stroke: #8f8e87 }
    .all { stroke: #5598e7 } .inside { stroke: #e88a5a } .dot { stroke: #1a1a19 }
    .dot.all, .key.all { fill: #5598e7 } .dot.inside, .key.inside { fill: #e88a5a }
  }
";

/// Draws both curves. Where nothing is out of scope, all messages are in scope, and there is one curve each.
pub(super) fn draw(predictions: &[Prediction], fallback: &Fallback) -> String {
    let inside = || predictions.iter().filter(|prediction| prediction.in_scope());
    let mixed = (1..predictions.len()).contains(&inside().count());
    let whole = cuts(predictions.iter());
    let own = mixed.then(|| cuts(inside()));
    let risk = whole.iter().map(|cut| cut.risk).fold(0.0, f64::max);
    let risks = Panel { left: 70.0, top: 96.0, width: 350.0, height: 290.0, highest: round_limit(risk) };
    let fits = Panel { left: 520.0, highest: 1.0, ..risks };
    let names = match inside().count() {
        0 => ["all messages, all of them out of scope", ""],
        _ if mixed => ["all messages", "in scope only"],
        _ => ["all messages, all of them in scope", ""],
    };
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
            aria-label="Risk and coverage, and the reliability of the confidence" {
            style { (PreEscaped(STYLE)) }
            rect class="page" width=(WIDTH) height=(HEIGHT) {}
            (legend(names))
            (frame(&risks, "Wrong answers, the more the bot acts on", "share of the messages that is acted on",
                "wrong among what is acted on"))
            @if let Some(own) = &own { (curve(&risks, own, "inside")) }
            (curve(&risks, &whole, "all"))
            (mark(&risks, &whole, fallback.sure, "sure"))
            (mark(&risks, &whole, fallback.unsure, "unsure"))
            (frame(&fits, "Does the confidence keep its word?", "confidence promised", "share that is right"))
            line class="fair" x1=(x(&fits, 0.0)) y1=(y(&fits, 0.0)) x2=(x(&fits, 1.0)) y2=(y(&fits, 1.0)) {}
            line class="fair" x1=(fits.left) x2=(fits.left + 26.0) y1="24" y2="24" {}
            text class="name" x=(fits.left + 32.0) y="28" { "as often right as promised" }
            @if mixed { (bins(&fits, &reliability(inside()), "inside")) }
            (bins(&fits, &reliability(predictions.iter()), "all"))
            text x=(x(&fits, 0.0)) y=(HEIGHT - 14.0) { "A larger dot stands for more messages." }
        }
    };
    format!("{}\n", svg.into_string())
}

/// The next round value, so that the curve fills its panel.
fn round_limit(value: f64) -> f64 {
    [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75].into_iter().find(|limit| value <= *limit).unwrap_or(1.0)
}

fn x(panel: &Panel, value: f64) -> String {
    short(panel.left + value * panel.width)
}

fn y(panel: &Panel, value: f64) -> String {
    short(panel.top + panel.height * (1.0 - (value / panel.highest).min(1.0)))
}

fn short(value: f64) -> String {
    format!("{value:.1}")
}

fn legend(names: [&str; 2]) -> Markup {
    let shown = names.iter().zip(["all", "inside"]).filter(|(name, _)| !name.is_empty());
    html! {
        @for (number, (name, class)) in shown.enumerate() {
            @let left = 70.0 + 130.0 * number as f64;
            rect class={ "key " (class) } x=(left) y="21" width="14" height="6" rx="3" {}
            text class="name" x=(left + 20.0) y="28" { (name) }
        }
    }
}

fn frame(panel: &Panel, title: &str, below: &str, beside: &str) -> Markup {
    let percent = |value: f64| format!("{} %", (value * 1000.0).round() / 10.0);
    let right = short(panel.left + panel.width);
    html! {
        text class="title" x=(panel.left) y=(panel.top - 36.0) { (title) }
        text x=(panel.left) y=(panel.top - 14.0) { (beside) }
        @for fifth in 0..=5 {
            @let share = f64::from(fifth) / 5.0;
            @let class = if fifth == 0 { "axis" } else { "grid" };
            @let level = y(panel, share * panel.highest);
            line class=(class) x1=(panel.left) x2=(right) y1=(level) y2=(level) {}
            text x=(panel.left - 8.0) y=(level) dy="4" text-anchor="end" { (percent(share * panel.highest)) }
            text x=(x(panel, share)) y=(panel.top + panel.height + 20.0) text-anchor="middle" { (percent(share)) }
        }
        text x=(right) y=(panel.top + panel.height + 42.0) text-anchor="end" { (below) }
    }
}

fn curve(panel: &Panel, cuts: &[Cut], class: &str) -> Markup {
    let step = cuts.len().div_ceil(POINTS_MAX).max(1);
    // The last one, where everything is acted on, is always drawn.
    let points = cuts.iter().rev().step_by(step).collect::<Vec<_>>();
    let points: Vec<String> =
        points.into_iter().rev().map(|cut| format!("{},{}", x(panel, cut.coverage), y(panel, cut.risk))).collect();
    html! { polyline class={ "curve " (class) } points=(points.join(" ")) {} }
}

/// Where a threshold of the bot lies on the curve.
fn mark(panel: &Panel, cuts: &[Cut], threshold: f64, name: &str) -> Markup {
    let Some(cut) = cuts.iter().rev().find(|cut| cut.threshold >= threshold) else { return html! {} };
    // A label is written towards the inside, and above the curve, which rises to the right.
    html! {
        circle class="dot all" cx=(x(panel, cut.coverage)) cy=(y(panel, cut.risk)) r="5" {}
        text class="name" x=(x(panel, cut.coverage)) y=(y(panel, cut.risk)) dx="-6" dy="-10" text-anchor="end" {
            (name) " " (threshold)
        }
    }
}

fn bins(panel: &Panel, bins: &[Bin], class: &str) -> Markup {
    let filled: Vec<&Bin> = bins.iter().filter(|bin| bin.messages > 0).collect();
    let most = filled.iter().map(|bin| bin.messages).max().unwrap_or(1) as f64;
    let points: Vec<String> =
        filled.iter().map(|bin| format!("{},{}", x(panel, bin.confidence), y(panel, bin.right))).collect();
    html! {
        polyline class={ "curve " (class) } points=(points.join(" ")) {}
        @for bin in &filled {
            @let radius = short(4.0 + 6.0 * (bin.messages as f64 / most).sqrt());
            circle class={ "dot " (class) } cx=(x(panel, bin.confidence)) cy=(y(panel, bin.right)) r=(radius) {
                title {
                    (format!("{} messages between {:.1} and {:.1}: {:.0} % promised, {:.0} % right", bin.messages, bin.from,
                        bin.to, bin.confidence * 100.0, bin.right * 100.0))
                }
            }
        }
    }
}

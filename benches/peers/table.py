"""One table of all peers on one bot, from their predictions. The figures are defined here once, for all of them.

table.py BOT, a folder with NAME.jsonl (a line is {text, expected, intent, confidence}) and NAME.json (times) of each peer.
"""

import bisect
import json
import os
import sys

BINS = 10
OUT_OF_SCOPE = "oos"
ORDER = ["frontdesk", "linear_svm", "nlpjs", "rivescript"]


def figures(rows):
    inside = [row for row in rows if row["expected"] != OUT_OF_SCOPE]
    right = sorted(row["confidence"] for row in inside if row["intent"] == row["expected"])
    strange = sorted(row["confidence"] for row in rows if row["expected"] == OUT_OF_SCOPE)
    return {
        "accuracy": len(right) / len(inside) if inside else None,
        "auroc": area(right, strange),
        "escalated": escalated_at_95_kept(right, strange),
        "left_80": left_when_escalated(right, strange, len(inside), 8),
        "left_90": left_when_escalated(right, strange, len(inside), 9),
        "error": calibration_error(rows),
        "error_inside": calibration_error(inside),
    }


def area(right, strange):
    """How often a right answer is more confident than a stranger's; a tie is half."""
    if not right or not strange:
        return None
    wins = sum(bisect.bisect_left(strange, one) + bisect.bisect_right(strange, one) for one in right) / 2
    return wins / len(right) / len(strange)


def escalated_at_95_kept(right, strange):
    """The strangers below the highest threshold which at least 95 % of the right answers reach."""
    if not right or not strange:
        return None
    return bisect.bisect_left(strange, right[len(right) // 20]) / len(strange)


def left_when_escalated(right, strange, inside, tenths):
    """What is right and reaches the lowest threshold below which so many tenths of the strangers lie."""
    if not strange or not inside:
        return None
    last = strange[-(-len(strange) * tenths // 10) - 1]
    return (len(right) - bisect.bisect_right(right, last)) / inside


def calibration_error(rows):
    """The mean distance of confidence from being right over equal bins; a stranger's answer is never right."""
    if not rows:
        return None
    sums = [0.0] * BINS
    for row in rows:
        right = row["intent"] == row["expected"]
        sums[min(int(row["confidence"] * BINS), BINS - 1)] += row["confidence"] - right
    return sum(abs(total) for total in sums) / len(rows)


# What `frontdesk eval --json` calls the same figures.
NAMES = {
    "accuracy": "accuracy",
    "auroc": "auroc",
    "escalated": "escalated_at_95_kept",
    "left_80": "accuracy_at_80_escalated",
    "left_90": "accuracy_at_90_escalated",
    "error": "calibration_error",
    "error_inside": "calibration_error_in_scope",
}


def compare(measured, told):
    """Frontdesk measures itself too: two definitions that part would make the table worthless."""
    for name, key in NAMES.items():
        ours, theirs = measured[name], told.get(key, measured[name])
        if (ours is None) != (theirs is None) or (ours is not None and abs(ours - theirs) > 1e-6):
            sys.exit(f"table.py says {name} is {ours}, and frontdesk eval says {theirs}")


def cells(rows, meta):
    measured = figures(rows)
    compare(measured, meta.get("figures", {}))
    if not meta.get("judges", True):
        # Where a message is understood or not, without degrees, there is no confidence to measure.
        measured = dict.fromkeys(measured) | {"accuracy": measured["accuracy"]}
    percent = lambda share: "-" if share is None else f"{100 * share:.1f} %"
    number = lambda value: "-" if value is None else f"{value:.3f}"
    times = meta.get("figures", meta)
    middle = times.get("microseconds_per_message_p50", times.get("microseconds_per_message"))
    return [
        str(len(rows)),
        percent(measured["accuracy"]),
        number(measured["auroc"]),
        percent(measured["escalated"]),
        f"{percent(measured['left_80'])} / {percent(measured['left_90'])}",
        f"{number(measured['error'])} / {number(measured['error_inside'])}",
        f"{times['compile_seconds']:.2f} s",
        f"{middle:.0f} µs",
        f"{meta['peak_mb']:.0f} MB",
    ]


HEAD = ["", "messages", "accuracy", "AUROC", "esc@95", "acc@80 / acc@90", "error all / in scope", "training", "message p50", "peak"]


def main(bot):
    table = [HEAD]
    for name in ORDER:
        if not os.path.exists(f"{bot}/{name}.json"):
            continue
        with open(f"{bot}/{name}.json", encoding="utf-8") as file:
            meta = json.load(file)
        if "failed" in meta:
            table.append([name, meta["failed"]])
            continue
        with open(f"{bot}/{name}.jsonl", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        table.append([name, *cells(rows, meta)])
    full = [row for row in table if len(row) == len(HEAD)]
    widths = [max(len(row[column]) for row in full) for column in range(len(HEAD))]
    print(f"\n== {os.path.basename(os.path.normpath(bot))}")
    for row in table:
        first = row[0].ljust(max(len(name) for name in ORDER))
        print("  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]))
    print(flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

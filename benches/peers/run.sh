#!/bin/sh
# Frontdesk beside other ways to understand messages, all measured here and now, by the same definitions, as one table.
#
#   benches/peers/run.sh DATA [--no-synthetic]
#
# DATA holds train.tsv and val.tsv (a line is a message, a tab, its intent; oos marks what no intent should win) and bot/, the
# training part as a bot. Without val.tsv a fifth of train.tsv is put aside. Needs node, npm and python3; what it installs and
# makes stays in benches/peers/installed and benches/peers/made. FRONTDESK names a binary; without it one is built.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
data=${1:?name a folder with train.tsv and val.tsv}
synthetic=${2:-}
# Longer than this no peer may take for one bot.
limit=900

export PYTHONDONTWRITEBYTECODE=1
tools=$here/installed
made=$here/made
mkdir -p "$tools" "$made"
if ! cmp -s "$here/package.json" "$tools/package.json" || [ ! -d "$tools/node_modules" ]; then
    cp "$here/package.json" "$tools/"
    (cd "$tools" && npm install --silent --no-audit --no-fund --ignore-scripts)
fi
[ -x "$tools/venv/bin/python" ] || python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"

if [ -z "${FRONTDESK:-}" ]; then
    (cd "$here/../.." && cargo build --release --quiet)
    FRONTDESK=${CARGO_TARGET_DIR:-$here/../../target}/release/frontdesk
fi

# measure BOT NAME COMMAND…: runs a peer, which writes BOT/NAME.jsonl and BOT/NAME.json; its peak of memory is added.
measure() {
    bot=$1 name=$2
    shift 2
    echo "measuring $name on $(basename "$bot") …" >&2
    rm -f "$bot/$name.json" "$bot/$name.jsonl"
    python3 "$here/watched.py" "$limit" "$bot/$name.json" "$@" >/dev/null
}

# peers BOT NAME…: Frontdesk and the named peers on one bot.
peers() {
    bot=$1
    shift
    measure "$bot" frontdesk sh -c '"$1" eval "$2/bot" "$2/val.tsv" --json --predictions "$2/frontdesk.jsonl" > "$2/frontdesk.json"' \
        sh "$FRONTDESK" "$bot"
    for peer in "$@"; do
        case $peer in
        linear_svm) measure "$bot" "$peer" "$tools/venv/bin/python" "$here/linear_svm.py" "$bot" ;;
        *) measure "$bot" "$peer" env NODE_PATH="$tools/node_modules" node --no-warnings "$here/$peer.js" "$bot" ;;
        esac
    done
    python3 "$here/table.py" "$bot"
}

data_bot=$made/$(basename "$data")
python3 "$here/bots.py" copy "$data" "$data_bot"
peers "$data_bot" linear_svm nlpjs rivescript
[ "$synthetic" = --no-synthetic ] && exit
for intents in 1000 10000; do
    python3 "$here/bots.py" synthetic "$intents" "$made/synthetic-$intents"
done
peers "$made/synthetic-1000" nlpjs rivescript
peers "$made/synthetic-10000" rivescript

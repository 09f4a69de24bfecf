"""Makes the bots that are measured: train.tsv, val.tsv, and the training part as a bot in bot/bot.yaml.

bots.py copy DATA FOLDER           the labelled messages in DATA; without val.tsv a fifth of train.tsv is put aside
bots.py synthetic INTENTS FOLDER   so many intents of ten phrases of made-up words, and strangers made of the same
"""

import hashlib
import json
import os
import random
import re
import shutil
import sys

PHRASES = 10
ASKED = 2_000
SYLLABLES = ["ka", "lo", "mi", "ren", "tu", "sha", "po", "vel", "di", "gor", "ne", "bas", "fi", "zu", "wen", "hal"]
LITTLE = ["i", "want", "to", "the", "my", "how", "can", "is", "a", "for", "do", "please"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return [tuple(line.rstrip("\n").rsplit("\t", 1)) for line in file if line.strip()]


def write(folder, train, asked):
    os.makedirs(f"{folder}/bot", exist_ok=True)
    for name, rows in (("train", train), ("val", asked)):
        with open(f"{folder}/{name}.tsv", "w", encoding="utf-8") as file:
            file.writelines(f"{text}\t{intent}\n" for text, intent in rows)
    phrases = {}
    seen = set()
    for text, intent in train:
        # A sentence of two intents would be an error of the bot: the first keeps it.
        folded = " ".join(re.findall(r"\w+", text.lower()))
        if intent != "oos" and folded not in seen:
            seen.add(folded)
            phrases.setdefault(intent, []).append(text)
    with open(f"{folder}/bot/bot.yaml", "w", encoding="utf-8") as file:
        file.write(f"bot: {{ name: {os.path.basename(folder)} }}\nintents:\n")
        for intent, texts in phrases.items():
            file.write(f"  {name_of(intent)}:\n    answer: Yes.\n    phrases:\n")
            for text in texts:
                escaped = re.sub(r"[()\[\]{}<>|\\]", r"\\\g<0>", text)
                file.write(f"      - {json.dumps(escaped, ensure_ascii=False)}\n")


def name_of(intent):
    return re.sub(r"[^a-z0-9_]", "_", intent.lower())


def copy(data, folder):
    train = read(f"{data}/train.tsv")
    if os.path.exists(f"{data}/val.tsv"):
        write(folder, train, read(f"{data}/val.tsv"))
        if os.path.isdir(f"{data}/bot"):
            shutil.copytree(f"{data}/bot", f"{folder}/bot", dirs_exist_ok=True)
        return
    aside = lambda row: hashlib.sha256(row[0].encode()).digest()[0] % 5 == 0
    rows = [(text, name_of(intent)) for text, intent in train]
    write(folder, [row for row in rows if not aside(row)], [row for row in rows if aside(row)])


def synthetic(intents, folder):
    dice = random.Random(5)

    def word(number):
        text, rest = "", number + 16
        while rest:
            text, rest = text + SYLLABLES[rest % 16], rest // 16
        return text

    def sentence(topic):
        words = []
        for _ in range(dice.randint(6, 10)):
            kind = dice.randrange(3)
            if kind == 0:
                words.append(word(dice.choice(topic)))
            else:
                words.append(word(dice.randrange(intents + 500)) if kind == 1 else dice.choice(LITTLE))
        return " ".join(words)

    topics = [[dice.randrange(intents + 500) for _ in range(5)] for _ in range(intents)]
    train = [(sentence(topic), f"intent_{number}") for number, topic in enumerate(topics) for _ in range(PHRASES)]
    # What is asked is a phrase without its first word; every tenth message is of no intent at all.
    own = ASKED * 9 // 10
    asked = [(text.split(" ", 1)[1], intent) for text, intent in train[:: max(1, len(train) // own)][:own]]
    asked += [(sentence([dice.randrange(intents + 500) for _ in range(5)]), "oos") for _ in range(ASKED - own)]
    write(folder, train, asked)


if __name__ == "__main__":
    if sys.argv[1] == "copy":
        copy(sys.argv[2].rstrip("/"), sys.argv[3])
    else:
        synthetic(int(sys.argv[2]), sys.argv[3])

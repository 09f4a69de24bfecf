"""scikit-learn: a linear support vector machine over words, word pairs and pieces of words. Its confidence is a logistic of the
best score, fitted on folds of the training part."""

import json
import sys
import time

import numpy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from bots import read


def model():
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+")
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return make_pipeline(make_union(words, pieces), LinearSVC())


bot = sys.argv[1]
train = [row for row in read(f"{bot}/train.tsv") if row[1] != "oos"]
texts, intents = [text for text, _ in train], numpy.array([intent for _, intent in train])
started = time.perf_counter()
machine = model().fit(texts, intents)
scores = cross_val_predict(model(), texts, intents, cv=3, method="decision_function")
right = machine.classes_[scores.argmax(axis=1)] == intents
worth = LogisticRegression().fit(scores.max(axis=1).reshape(-1, 1), right)
seconds = time.perf_counter() - started
times = []
with open(f"{bot}/linear_svm.jsonl", "w", encoding="utf-8") as file:
    for text, expected in read(f"{bot}/val.tsv"):
        started = time.perf_counter()
        scores = machine.decision_function([text])[0]
        best = scores.argmax()
        confidence = 1 / (1 + numpy.exp(-(worth.coef_[0][0] * scores[best] + worth.intercept_[0])))
        times.append(time.perf_counter() - started)
        row = {"text": text, "expected": expected, "intent": machine.classes_[best], "confidence": float(confidence)}
        file.write(json.dumps(row) + "\n")
with open(f"{bot}/linear_svm.json", "w", encoding="utf-8") as file:
    middle = sorted(times)[len(times) // 2] * 1e6
    json.dump({"compile_seconds": seconds, "microseconds_per_message_p50": middle}, file)

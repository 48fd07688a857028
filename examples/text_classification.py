"""Tell from a docstring which library it comes from, by a network that reads words.

What this shows, on the docstrings of NumPy, pandas, SciPy, scikit-learn and Keras as
they are installed on this machine:

1. `TextTokenizer`, `SequencePadder` and ``KerasClassifier("text_cnn")`` are one
   scikit-learn `Pipeline` from texts to labels; the classifier learns the number of
   words from the data that it is given;
2. `RandomizedSearchCV` searches the number of words, the length of the texts, the
   filters of the network and the batch size together;
3. TF-IDF with logistic regression is searched on the same folds, and both are scored
   on texts that neither has seen. On so few and short texts it is hard to beat;
4. the pipeline is saved with joblib, and loaded again.

Only the description at the head of a docstring is used, without the names of libraries
and without examples: sections and code would give the library away. All texts of a file
are in the same fold, for they are much alike.

Run it with ``python examples/text_classification.py``. It takes about a minute on two
cores.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import joblib
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedGroupKFold,
)
from sklearn.pipeline import Pipeline

from sk_keras import KerasClassifier
from sk_keras.preprocessing import SequencePadder, TextTokenizer

OUTPUT = Path(__file__).parent / "output"
SAVED_PIPELINE = OUTPUT / "docstrings.joblib"

LIBRARIES = ("keras", "numpy", "pandas", "scipy", "sklearn")
TEXTS_EACH = 250
#: Words that name a library, or are its usual alias.
NAMES = re.compile(
    r"\b(keras|tensorflow|tf|jax|torch|numpy|np|pandas|pd|scipy|sp|scikit|sklearn)\b"
)
#: Where the description of a docstring ends.
SECTION = re.compile(r"^\s*(\w+( \w+)?\n\s*-{3,}|\w+( \w+)?:\s*$|>>> |```|\.\. )", re.M)

NETWORK_GRID = {
    "words__num_words": [1000, 4000],
    "pad__maxlen": [25, 50],
    "net__filters": [32, 64],
    "net__batch_size": [16, 64],
}
TFIDF_GRID = {
    "tfidf__ngram_range": [(1, 1), (1, 2)],
    "linear__C": [1, 10, 100],
}


def descriptions(path):
    """Read the descriptions of a file's functions and classes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.ClassDef)
    for node in ast.walk(tree):
        docstring = ast.get_docstring(node) if isinstance(node, kinds) else None
        text = SECTION.split(docstring or "", maxsplit=1)[0]
        text = NAMES.sub(" ", " ".join(text.lower().split()))
        if len(text.split()) >= 12:
            yield text


def load_docstrings():
    """Collect texts of each library from files drawn at random, none of them twice."""
    rng = np.random.RandomState(0)
    rows, seen = [], set()
    for library in LIBRARIES:
        root = Path(find_spec(library).origin).parent  # without importing it
        paths = sorted(p for p in root.rglob("*.py") if "tests" not in p.parts)
        paths = [paths[i] for i in rng.permutation(len(paths))]
        found = []
        for path in paths:
            new = [t for t in dict.fromkeys(descriptions(path)) if t not in seen]
            seen.update(new)
            # At most so many of a file, for the sake of variety.
            found += [(text, library, str(path)) for text in new[:10]]
            if len(found) >= TEXTS_EACH:
                break
        rows += found[:TEXTS_EACH]
    return pd.DataFrame(rows, columns=["text", "library", "file"])


def split(texts):
    """Hold out a fourth, and make folds of the rest; files stay together."""
    by_file = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    train, test = next(by_file.split(texts, texts["library"], texts["file"]))
    train, test = texts.iloc[train], texts.iloc[test]
    by_file = StratifiedGroupKFold(2, shuffle=True, random_state=0)
    folds = list(by_file.split(train, train["library"], train["file"]))
    return train, test, folds


def make_searches(folds):
    """Make the two searches, on the same folds."""
    network = Pipeline(
        [
            ("words", TextTokenizer()),
            ("pad", SequencePadder()),
            ("net", KerasClassifier("text_cnn", epochs=8, random_state=0)),
        ]
    )
    tfidf = Pipeline(
        [
            ("tfidf", TfidfVectorizer()),
            ("linear", LogisticRegression(max_iter=1000)),
        ]
    )
    return {
        "text_cnn": RandomizedSearchCV(
            network, NETWORK_GRID, n_iter=8, cv=folds, random_state=0
        ),
        "tf-idf": GridSearchCV(tfidf, TFIDF_GRID, cv=folds),
    }


def results_table(search):
    """Put the results of a search into a table, the best first."""
    results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
    table = results.filter(regex="^param_|^mean_test_score$|^mean_fit_time$")
    return table.rename(columns=lambda name: name.split("__")[-1])


def main():
    """Run every step."""
    started = perf_counter()
    texts = load_docstrings()
    train, test, folds = split(texts)
    counts = texts["library"].value_counts().to_dict()
    print(f"{len(texts)} descriptions ({counts}), {len(test)} of them held out. One:\n")
    print(f"  [{train['library'].iloc[0]}] {train['text'].iloc[0][:200]}\n")

    searches = make_searches(folds)
    scores = {}
    for name, search in searches.items():
        search.fit(train["text"], train["library"])
        print(f"{name}, the best of {len(search.cv_results_['params'])}:\n")
        best = results_table(search).head(5)
        print(best.to_string(index=False, float_format="%.3f"), end="\n\n")
        held_out = search.score(test["text"], test["library"])
        scores[name] = {"folds": search.best_score_, "held out": held_out}
    print("Accuracy (one of five libraries: chance is 0.2):\n")
    print(pd.DataFrame(scores).T.to_string(float_format="%.3f"))

    best = searches["text_cnn"].best_estimator_
    OUTPUT.mkdir(exist_ok=True)
    joblib.dump(best, SAVED_PIPELINE)
    loaded = joblib.load(SAVED_PIPELINE)
    same = np.array_equal(
        loaded.predict_proba(test["text"]), best.predict_proba(test["text"])
    )
    print(f"\nSaved and loaded, the pipeline predicts the same: {same}")
    for text in ("stack layers and train them with an optimizer", "rows of a table"):
        print(f"  {text!r} is {loaded.predict([text])[0]}")
    print(f"Done in {perf_counter() - started:.0f} seconds.")


if __name__ == "__main__":
    main()

"""Tokenizers as JSON, in the form that Keras' own have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: Parameters that Keras' tokenizers have, too.
SHARED = ("num_words", "filters", "lower", "split", "char_level", "oov_token")

#: Parameters that are kept beside Keras' config, where Keras does not look.
OWN = ("output", "sparse_output")


def packed(params: Mapping[str, Any], learned: Mapping[str, Any], **kwargs: Any) -> str:
    """Write parameters and what was learned as JSON.

    Parameters
    ----------
    params : dict
    learned : dict
        The attributes of a fitted `TextTokenizer`.
    **kwargs
        Arguments of `json.dumps`.
    """
    index, docs = learned["word_index_"], learned["word_docs_"]
    tables = {
        "word_counts": learned["word_counts_"],
        "word_docs": docs,
        "index_docs": {index[word]: n for word, n in docs.items()},
        "index_word": {i: word for word, i in index.items()},
        "word_index": index,
    }
    config = {
        **{name: _plain(params[name]) for name in SHARED},
        "document_count": learned["document_count_"],
        **{name: json.dumps(table) for name, table in tables.items()},
    }
    own = {name: _plain(params[name]) for name in OWN}
    whole = {"class_name": "TextTokenizer", "config": config, "sk_keras": own}
    return json.dumps(whole, **kwargs)


def unpacked(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read parameters, and what was learned.

    Raises
    ------
    ValueError
        If it is not the JSON of a tokenizer.
    """
    try:
        whole = json.loads(text)
        config = whole["config"]
        params = {name: config[name] for name in SHARED}
        own = whole.get("sk_keras", {})
        params |= {name: own[name] for name in OWN if name in own}
        learned = _learned(config)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ValueError(
            "This is not the JSON of a tokenizer, as TextTokenizer.to_json or Keras' "
            f"Tokenizer.to_json writes it ({type(error).__name__}: {error})."
        ) from error
    params["num_words"] = params["num_words"] or None  # Keras takes 0 for None
    return params, learned


def _learned(config: Mapping[str, Any]) -> dict[str, Any]:
    index, counts = _table(config["word_index"]), _table(config["word_counts"])
    # "word_docs" is without those that Keras' fit_on_sequences has counted.
    docs = _table(config["index_docs"])
    keys = {word: str(index[word]) for word in {**counts, **index}}
    return {
        "word_index": index,
        "word_counts": counts,
        "word_docs": {word: docs[key] for word, key in keys.items() if key in docs},
        "document_count": int(config["document_count"]),
    }


def _table(text: str) -> dict[str, int]:
    """Read a dict of positive numbers."""
    table = json.loads(text)
    wrong = [word for word, n in table.items() if not isinstance(n, int) or n < 1]
    if wrong:
        raise ValueError(f"{wrong[0]!r} has {table[wrong[0]]!r}, not a positive int")
    return dict(table)


def _plain(value: Any) -> Any:
    """Return a value that JSON knows; NumPy's numbers have `item`."""
    return value.item() if hasattr(value, "item") else value

"""Pickles of Keras layers that are the same for equal layers.

Keras pickles a layer as a file that tells when it was written, and where in memory
things were that it holds twice: `joblib.hash` would take equal layers for others.
"""

from __future__ import annotations

import io
import json
import pickle
from typing import Any
from zipfile import ZipFile, ZipInfo

_METADATA, _CONFIG = "metadata.json", "config.json"


def stable_pickle(layer: Any) -> bytes:
    """Pickle a layer; `pickle.loads` makes it again.

    Parameters
    ----------
    layer : keras.layers.Layer

    Returns
    -------
    bytes
        The same at any time, in any process, for layers that are equal.
    """
    written = io.BytesIO()
    _StablePickler(written).dump(layer)
    return written.getvalue()


class _StablePickler(pickle.Pickler):
    """Takes out of Keras' files what says nothing about a layer."""

    def reducer_override(self, thing: Any) -> Any:
        import keras

        usual = type(thing).__reduce__ is keras.Layer.__reduce__
        if not (isinstance(thing, keras.Layer) and usual):
            return NotImplemented
        load, (file,) = thing.__reduce__()
        return load, (_stable(file),)


def _stable(file: io.BytesIO) -> io.BytesIO:
    """Rewrite a file of Keras', which is a zip archive."""
    written = io.BytesIO()
    with ZipFile(file) as old, ZipFile(written, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == _METADATA:
                content = json.dumps({**json.loads(content), "date_saved": ""}).encode()
            if name == _CONFIG:
                content = json.dumps(_numbered(json.loads(content), {})).encode()
            new.writestr(ZipInfo(name), content)  # of the year 1980
    written.seek(0)
    return written


def _numbered(config: Any, numbers: dict[int, int]) -> Any:
    """Give what is in a config twice a number, in place of where it was in memory.

    Policies for dtypes are not numbered: they have no state to share.
    """
    if isinstance(config, list):
        return [_numbered(value, numbers) for value in config]
    if not isinstance(config, dict):
        return config
    config = dict(config)
    identity = config.pop("shared_object_id", None)
    if identity is not None and config.get("class_name") != "DTypePolicy":
        config["shared_object_id"] = numbers.setdefault(identity, len(numbers))
    return {key: _numbered(value, numbers) for key, value in config.items()}

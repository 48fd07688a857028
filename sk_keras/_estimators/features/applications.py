"""The models of `keras.applications`, without their classification layers."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sk_keras._shared.routing.did_you_mean import suggestion

#: Seed of the weights of an application with ``weights=None``.
SEED = 0

#: Held by the thread that makes one: its weights may have to be downloaded.
_TURN = threading.Lock()

MSG_NAME = (
    "model={name!r} is no model of keras.applications. {hint}Give one of {known}, a "
    "keras.Model or a fitted estimator of sk_keras."
)
MSG_WEIGHTS = (
    "weights={weights!r} is no file. Give 'imagenet', None for random weights, or the "
    "path of a file with the weights of {name} without its classification layers."
)
MSG_FILE = (
    "The file weights={weights!r} does not fit {name} without its classification "
    "layers (include_top=False): {why}"
)
MSG_DOWNLOAD = (
    "The weights of {name} are not on this machine, and could not be downloaded "
    "({why}). Where there is a network, get {url}, and put it into the folder {folder} "
    "as {file}. weights=None needs no file, but gives random weights."
)
MSG_AXES = (
    "{name} takes color images, X of shape (n_samples, {axes}). X has shape {shape}. "
)
MSG_GREY = (
    "For grey images, repeat the one channel: np.repeat(X{axis}, 3, axis={channel}), "
    "or load them with ImageLoader(color_mode='rgb')."
)
MSG_ONE = "If X is one image, give it an axis for the samples: X[None]."
MSG_MOVE = "Move the axis of the channels: np.moveaxis(X, {source}, {target})."
MSG_SIZES = (
    "{name} takes images of one size, and X has images of several. Resize them, or "
    "load them with ImageLoader(target_size=...)."
)
MSG_SHAPE = "Give images with three channels, red, green and blue."


def application_names() -> list[str]:
    """List the names of the applications."""
    import keras

    applications = keras.applications
    return [n for n in dir(applications) if callable(getattr(applications, n))]


def check_name(name: str) -> None:
    """Raise a ValueError, with the nearest right name, if there is no such model."""
    known = application_names()
    if name not in known:
        same = {n.lower(): n for n in known}.get(name.lower())
        hint = f"Did you mean {same!r}? " if same else suggestion(name, known)
        raise ValueError(MSG_NAME.format(name=name, hint=hint, known=known))


def check_images(name: str, shape: tuple[int | None, ...]) -> None:
    """Raise a ValueError if X of this shape is not color images."""
    import keras

    if None in shape:
        raise ValueError(MSG_SIZES.format(name=name))
    first = keras.config.image_data_format() == "channels_first"
    channel = 1 if first else -1
    if len(shape) == 4 and shape[channel] == 3:
        return
    axes = "3, height, width" if first else "height, width, 3"
    if len(shape) == 3 and shape[0 if first else -1] == 3:
        advice = MSG_ONE
    elif len(shape) == 3 or (len(shape) == 4 and shape[channel] == 1):
        new = {True: "[:, None]", False: "[..., None]"}[first]
        axis = new if len(shape) == 3 else ""
        advice = MSG_GREY.format(axis=axis, channel=channel)
    elif len(shape) == 4 and shape[-1 if first else 1] == 3:
        source, target = (-1, 1) if first else (1, -1)
        advice = MSG_MOVE.format(source=source, target=target)
    else:
        advice = MSG_SHAPE
    raise ValueError(MSG_AXES.format(name=name, axes=axes, shape=shape) + advice)


def build_application(
    name: str, weights: Any, shape: tuple[int, ...]
) -> tuple[Any, Mapping[str, str]]:
    """Build an application without its classification layers.

    Parameters
    ----------
    name : str
        In `keras.applications`.
    weights : "imagenet", None or path
        None draws them with a fixed seed.
    shape : tuple of int
        Of one image.

    Returns
    -------
    model : keras.Model
    numbered : dict of str to str
        Names that Keras has made up, and what they are without their numbers.

    Raises
    ------
    ValueError
        If there is no such file of weights, or the images do not suit.
    OSError
        If the weights cannot be downloaded.
    """
    import keras

    from sk_keras._shared.keras_objects.seeding import (
        names_made_up,
        plain_variable_names,
        seeded,
    )

    path = _path(name, weights)
    make = getattr(keras.applications, name)
    with _TURN, seeded(SEED), plain_variable_names(), names_made_up() as numbered:
        known = weights if path is None else None
        try:
            model = make(include_top=False, weights=known, input_shape=shape)
        except ValueError as error:
            message = f"{name} cannot be built for images of shape {shape}: {error}"
            raise ValueError(message) from error
        except Exception as error:
            wanted = _wanted_file(error)
            if wanted is None:
                raise
            raise OSError(_not_downloaded(name, error, *wanted)) from error
    if path is not None:
        _load(model, name, path)
    return model, numbered


def _path(name: str, weights: Any) -> str | None:
    """Return the path of a file of weights, None if it is none."""
    if weights is None or (isinstance(weights, str) and weights == "imagenet"):
        return None
    path = os.fspath(weights)
    if not os.path.isfile(path):
        raise ValueError(MSG_WEIGHTS.format(weights=path, name=name))
    return str(path)


def _load(model: Any, name: str, path: str) -> None:
    try:
        with warnings.catch_warnings():
            # Of layers that the file does not have, and that would stay random.
            warnings.filterwarnings("error", message="Skipping", category=UserWarning)
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        why = " ".join(str(error).split())
        raise ValueError(MSG_FILE.format(weights=path, name=name, why=why)) from error


def _not_downloaded(name: str, error: Exception, url: str, path: Path) -> str:
    """Say which file Keras could not fetch, and where to put it."""
    why = str(error).rsplit(" -- ", 1)[-1]
    return MSG_DOWNLOAD.format(
        name=name, why=why, url=url, folder=path.parent, file=path.name
    )


def _wanted_file(error: Exception) -> tuple[str, Path] | None:
    """Find out what Keras wanted to download, and where to.

    The names of the two differ for some models, and Keras' message has the
    address alone; its function that downloads knows both.
    """
    trace = error.__traceback__
    while trace is not None:
        known = trace.tb_frame.f_locals
        if trace.tb_frame.f_code.co_name == "get_file" and "origin" in known:
            target = known.get("download_target")
            return None if target is None else (known["origin"], Path(target))
        trace = trace.tb_next
    return None


def preprocessing_of(name: str) -> Callable[[Any], Any]:
    """Return the function that prepares pixels of 0 to 255 for an application."""
    import keras

    module = sys.modules[getattr(keras.applications, name).__module__]
    function: Callable[[Any], Any] = vars(module)["preprocess_input"]
    return function

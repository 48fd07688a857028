"""The axis of images that their channels are on."""

from __future__ import annotations

from sk_keras._shared.warn import warn

MSG_CHANNELS = (
    "X has {found} channels with data_format={given!r}, and {other_found} with "
    "data_format={other!r}, which is more likely. Set data_format where there is one, "
    "or move the axis, np.moveaxis(X, 1, -1)."
)


def warn_of_channels(shape: tuple[int, ...], data_format: str) -> None:
    """Warn where the axis of channels seems to be another one.

    Parameters
    ----------
    shape : tuple of int
        Of one image.
    data_format : {"channels_last", "channels_first"}
    """
    if len(shape) < 3:
        return
    formats = {"channels_last": shape[2], "channels_first": shape[0]}
    other = next(name for name in formats if name != data_format)
    if formats[data_format] > 4 and formats[other] in (1, 3, 4):
        warn(
            MSG_CHANNELS.format(
                found=formats[data_format],
                given=data_format,
                other_found=formats[other],
                other=other,
            )
        )

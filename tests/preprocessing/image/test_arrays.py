"""What an array of three axes is: grey images, or one image with channels."""

import numpy as np
import pytest

from sk_keras.preprocessing import ImageAugmenter, ImageStandardizer

USES = {
    "augment": lambda X: ImageAugmenter(rotation_range=5).augment(X),
    "preview": lambda X: ImageAugmenter(rotation_range=5).preview(X),
    "apply": lambda X: ImageAugmenter().apply_transforms(X, {"rotation": 5}),
    "flow": lambda X: ImageAugmenter().flow(X, np.zeros(len(X))),
    "standardize": lambda X: ImageStandardizer().fit(X),
}


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_one_image_is_refused(use, channels):
    one = np.zeros((32, 24, channels), "float32")
    with pytest.raises(ValueError, match=r"X\[None\] for one image"):
        use(one)


@pytest.mark.parametrize("shape", [(5, 12, 12), (5, 4, 3), (5, 32, 2), (5, 8, 3, 1)])
def test_grey_images_are_taken(shape):
    X = np.random.RandomState(0).rand(*shape)
    ImageStandardizer().fit(X)
    assert ImageAugmenter(rotation_range=5).augment(X).shape == shape

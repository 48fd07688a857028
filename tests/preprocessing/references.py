"""Keras' functions of old, imported when a test first asks for them."""


def old_text():
    """Give Keras' module of tokenizers and hashes."""
    import tensorflow as tf

    return tf.keras.preprocessing.text


def old_sequence():
    """Give Keras' module of skip-grams and series."""
    from keras.src.legacy.preprocessing import sequence

    return sequence


def old_images(**options):
    """Make Keras' generator of augmented and standardized images."""
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    return ImageDataGenerator(**options)

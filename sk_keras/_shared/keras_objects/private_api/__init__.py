"""Everything that is borrowed: private names of Keras and TensorFlow."""

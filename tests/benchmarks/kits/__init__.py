"""A module for each contender, imported only where its packages are.

Each has `tabular`, which makes a classifier with one hidden layer, and
`parameters`, which names what a search varies in the library's own words. Those
that are built on Keras have `image`, too, and sk_keras and Keras `text_steps` and
`sequence_steps`, and `augmented`.
"""

"""The public place of `ArrayDict`, which lower floors use as well."""

from sk_keras._shared.arrays.array_dict import ArrayDict as ArrayDict

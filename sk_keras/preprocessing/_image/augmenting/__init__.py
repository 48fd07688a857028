"""ImageAugmenter: images changed at random."""

"""The model of a fit: what it is made from, and how it is made again."""

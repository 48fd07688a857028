"""Random texts for tests: letters, punctuation, and all kinds of spaces."""

from hypothesis import strategies as st

from sk_keras.preprocessing._text.words import FILTERS

#: Few letters, so that words repeat; some change their length in lower case.
ALPHABET = "aaabbAB cd  '.,-!\t\n\r\x0b\x1c\x85\xa0\u2028éÉßİ世🙂0"

FILTER_CHOICES = [FILTERS, "", "a", "ab.", " ", "é🙂", list(".,"), (",", "-", "b")]

SPLITS = [" ", " ", ",", "ab", "--", "\n", "é"]

texts = st.text(ALPHABET, max_size=40)

#: Lists of words are taken as they are.
documents = st.one_of(texts, texts, st.lists(st.text(ALPHABET, max_size=4), max_size=6))

corpora = st.lists(documents, min_size=1, max_size=6)

#: A word that no text has.
OOV = "<zzz>"

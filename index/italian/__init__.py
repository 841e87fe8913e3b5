"""Italian, as it is printed and as it is meant.

``tokenizer`` cuts text into forms, the words as printed; ``sentences`` tells which full stops end a sentence, and
``marks`` which capitals say nothing. Every form then has keys at three levels: ``folding`` (X: case and accents gone),
``lemma`` (L: one word in all its inflections) and ``stem`` (S: a whole word family). ``words`` holds the closed lists,
from plain files in ``data/``.

Nothing here knows of documents: the writer turns texts into forms, the lexicon keeps the keys of each form, and a
question is cut and keyed by the very same functions.
"""

from index.italian.folding import MARK, exact_keys, exact_prefixes, fold, is_acronym, is_elision, is_stop_word, unmarked
from index.italian.lemma import lemma_keys, lemmatize, other_lemma_keys
from index.italian.stem import stem_keys
from index.italian.tokenizer import Chunk, Token, normalize, tokenize_chunk

__all__ = [
    "MARK",
    "Chunk",
    "Token",
    "exact_keys",
    "exact_prefixes",
    "fold",
    "is_acronym",
    "is_elision",
    "is_stop_word",
    "lemma_keys",
    "lemmatize",
    "normalize",
    "other_lemma_keys",
    "stem_keys",
    "tokenize_chunk",
    "unmarked",
]

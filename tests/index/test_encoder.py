"""The encoder: whole batches of texts give the tokens that reading them chunk by chunk gives."""

from __future__ import annotations

import gc
import weakref
from pickle import UnpicklingError

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import texts
from reading import Reading, read_text

from index import encoder as encoding
from index import kernels as kernels_of_index
from index.encoder import TextEncoder
from index.kernels import BORDER, Kernels, compiled, load_kernels

_texts = st.one_of(
    texts(), st.text(max_size=30).filter(lambda text: BORDER not in text), st.sampled_from(("", " ", "\n\n", "AI"))
)


def encoded(encoder: TextEncoder, batch: list[str]) -> list[Reading]:
    """The readings of a batch, from the encoder's arrays."""
    found = encoder.encode(batch)
    readings = [Reading([], length) for length in found.length.tolist()]
    for text, form, position in zip(found.text.tolist(), found.form.tolist(), found.position.tolist(), strict=True):
        readings[text].tokens.append((position, encoder.forms[form]))
    return readings


BOTH = [load_kernels("plain"), load_kernels("compiled")]
both_kernels = pytest.mark.parametrize("kernels", BOTH, ids=lambda kernels: kernels.name)


@both_kernels
@given(batches=st.lists(st.lists(_texts, max_size=5), min_size=1, max_size=3))
def test_batches_give_what_reading_text_by_text_gives(kernels: Kernels, batches: list[list[str]]) -> None:
    encoder = TextEncoder(kernels)
    for batch in batches:
        assert encoded(encoder, batch) == [read_text(text) for text in batch]
    assert len(set(encoder.forms)) == len(encoder.forms)


def test_the_compiled_kernels_are_those() -> None:
    """And no others in their place, or the tests would compare the plain ones with themselves."""
    assert [kernels.name for kernels in BOTH] == ["plain", "compiled"]


@given(batches=st.lists(st.lists(_texts, max_size=5), min_size=1, max_size=3))
def test_both_kernels_give_equal_arrays_and_number_forms_alike(batches: list[list[str]]) -> None:
    encoders = [TextEncoder(kernels) for kernels in BOTH]
    for batch in batches:
        plain, compiled = (encoder.encode(batch) for encoder in encoders)
        assert [column.dtype for column in plain] == [column.dtype for column in compiled]
        assert [column.tolist() for column in plain] == [column.tolist() for column in compiled]
    assert encoders[0].forms == encoders[1].forms


@pytest.mark.parametrize("when", ["import_module", "prepare"])
@pytest.mark.parametrize(
    "error",
    [
        ImportError("No module named 'numba'"),
        RuntimeError("cannot cache function: no locator available"),
        OSError(28, "No space left on device"),
        EOFError("Ran out of input"),
        UnpicklingError("pickle data was truncated"),
    ],
    ids=repr,
)
def test_a_machine_that_cannot_compile_has_the_plain_kernels(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, when: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    def import_module(name: str) -> Kernels:
        if name.endswith(".compiled"):
            fail()
        return BOTH[0]

    if when == "prepare":
        monkeypatch.setattr(BOTH[1], "prepare", fail)
    else:
        monkeypatch.setattr(kernels_of_index, "import_module", import_module)
    assert load_kernels("compiled") is BOTH[0]
    [told] = caplog.records
    assert (told.levelname, told.fields["reason"]) == ("WARNING", str(error))  # type: ignore[attr-defined]


def test_a_long_text_of_few_chunks_takes_little_room() -> None:
    encoder = TextEncoder(BOTH[1])
    encoder.encode(["la " * 200_000, "riforma\n" * 200_000])
    chunks = encoder._chunks
    assert isinstance(chunks, compiled.ChunkNumbers)
    assert len(chunks) == 3, "two words and the border"
    assert len(chunks._known.place) < 10_000


@both_kernels
def test_every_blank_of_unicode_parts_chunks(kernels: Kernels) -> None:
    blanks = [char for char in map(chr, range(0x3100)) if char.isspace()]
    encoder = TextEncoder(kernels)
    assert encoded(encoder, [f"la{blank}riforma" for blank in blanks]) == [
        Reading([(0, "la"), (1, "riforma")], 2) for _ in blanks
    ]


@both_kernels
def test_many_different_chunks_keep_their_numbers(kernels: Kernels) -> None:
    """More than the table of numbers holds at first: it grows more than once."""
    words = [f"parola{number}" for number in range(5_000)]
    encoder = TextEncoder(kernels)
    for first in range(0, len(words), 700):
        encoder.encode([" ".join(words[first : first + 700])])
    again = encoder.encode([" ".join(words)])
    assert [encoder.forms[form] for form in again.form.tolist()] == words
    assert encoder.num_chunks == len(words) + 1, "and the border"


@both_kernels
def test_no_texts_give_no_tokens(kernels: Kernels) -> None:
    found = TextEncoder(kernels).encode([])
    assert [len(array) for array in (found.text, found.form, found.position, found.length)] == [0, 0, 0, 0]


@both_kernels
def test_texts_without_words_have_length_zero(kernels: Kernels) -> None:
    assert encoded(TextEncoder(kernels), ["", "...", "\n", " - "]) == [Reading([], 0)] * 4


@both_kernels
def test_a_text_does_not_heed_the_one_before_it(kernels: Kernels) -> None:
    alone = encoded(TextEncoder(kernels), ["GOVERNO E", "AI cresce"])
    assert alone == encoded(TextEncoder(kernels), ["GOVERNO E"]) + encoded(TextEncoder(kernels), ["AI cresce"])


@both_kernels
def test_forgetting_chunks_changes_no_number(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "MAX_CHUNKS", 3)
    encoder = TextEncoder(kernels)
    batches = [["il governo vara la riforma"], ["la riforma del governo"], ["il governo cade"]]
    for batch in batches:
        assert encoded(encoder, batch) == [read_text(batch[0])]
    assert len(set(encoder.forms)) == len(encoder.forms)


@both_kernels
def test_forms_are_numbered_in_the_order_of_their_first_appearance(kernels: Kernels) -> None:
    encoder = TextEncoder(kernels)
    encoder.encode(["la riforma, la legge", "riforma nuova"])
    assert encoder.forms == ["la", "riforma", "legge", "nuova"]


@both_kernels
def test_an_encoder_that_is_let_go_is_gone_without_a_search_for_garbage(kernels: Kernels) -> None:
    encoder = TextEncoder(kernels)
    encoder.encode(["Il governo vara la riforma."])
    gone = weakref.ref(encoder)
    gc.disable()
    try:
        del encoder
        assert gone() is None
    finally:
        gc.enable()

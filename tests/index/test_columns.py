"""Columns: arrays in a file come back as they were, and a damaged file says so."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.columns import (
    SMALL_BYTES,
    Array,
    file_checksum,
    find_in,
    pack_strings,
    ranges,
    read_columns,
    unpack_strings,
    without,
    write_columns,
)
from index.errors import IndexCorrupt

_DTYPES = st.sampled_from((np.uint8, np.uint16, np.uint32, np.uint64, np.int32, np.int64, np.float64, np.bool_))
_columns = st.dictionaries(
    st.text(min_size=1, max_size=6), _DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, st.integers(0, 40))), max_size=5
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("columns")


def written(folder: Path, columns: dict[str, Array]) -> tuple[Path, int, int]:
    """A new file with some columns, its size and its checksum."""
    path = folder / "file.seg"
    path.unlink(missing_ok=True)
    return path, *write_columns(path, columns)


@given(columns=_columns)
def test_arrays_come_back_as_they_were(folder: Path, columns: dict[str, Any]) -> None:
    path, size_bytes, crc32 = written(folder, columns)
    assert size_bytes == path.stat().st_size
    assert crc32 == zlib.crc32(path.read_bytes()) == file_checksum(path)
    found = read_columns(path, size_bytes=size_bytes)
    assert list(found) == list(columns)
    for name, array in columns.items():
        assert found[name].dtype == array.dtype
        assert found[name].tobytes() == array.tobytes()


def test_a_mapped_array_is_aligned_and_cannot_be_written_to(folder: Path) -> None:
    path, size_bytes, _ = written(folder, {"odd": np.zeros(3, dtype=np.uint8), "wide": np.arange(5, dtype=np.uint64)})
    found = read_columns(path, size_bytes=size_bytes)
    assert found["wide"].ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="read-only"):
        found["wide"][0] = 1


def test_an_immutable_file_is_never_overwritten(folder: Path) -> None:
    path, _, _ = written(folder, {"a": np.arange(3)})
    with pytest.raises(FileExistsError):
        write_columns(path, {"a": np.arange(4)})
    assert read_columns(path, size_bytes=path.stat().st_size)["a"].tolist() == [0, 1, 2]


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexCorrupt, match=r"nothing.seg: cannot be read .* run `emeroteca rebuild`"):
        read_columns(tmp_path / "nothing.seg", size_bytes=10)


def test_a_file_of_another_size_says_so(folder: Path) -> None:
    path, size_bytes, _ = written(folder, {"a": np.arange(3)})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexCorrupt, match=f"has {size_bytes - 1} bytes where {size_bytes} were written"):
        read_columns(path, size_bytes=size_bytes)


@pytest.mark.parametrize("raw", [b"", b"x", b"EMEROT0", b"PK\3\4" + bytes(60)], ids=["empty", "byte", "short", "zip"])
def test_a_file_of_something_else_says_so(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "file.seg"
    path.write_bytes(raw)
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        read_columns(path, size_bytes=len(raw))


def _with_header(header: bytes, *, rest: int = 64) -> bytes:
    header += b" " * (-(16 + len(header)) % 64)
    return (
        b"EMEROT02"
        + len(header).to_bytes(4, "little")
        + zlib.crc32(header).to_bytes(4, "little")
        + header
        + bytes(rest)
    )


_COLUMN = {"name": "a", "dtype": "<i8", "length": 1, "offset": 0}


@pytest.mark.parametrize(
    "raw",
    [
        b"EMEROT02",
        b"EMEROT02" + bytes(8),
        b"EMEROT02" + b"\xff" * 8 + bytes(48),
        _with_header(b"nonsense"),
        _with_header(b'{"name": 1}'),
        _with_header(json.dumps([_COLUMN | {"length": 10**6}]).encode()),
        _with_header(json.dumps([_COLUMN | {"length": -1}]).encode()),
        _with_header(json.dumps([_COLUMN | {"offset": -(10**6)}]).encode()),
        _with_header(json.dumps([_COLUMN | {"dtype": "nonsense"}]).encode()),
        _with_header(json.dumps([_COLUMN | {"dtype": "|O"}]).encode()),
        _with_header(json.dumps([_COLUMN, _COLUMN | {"name": "b"}]).encode()),
        _with_header(json.dumps([_COLUMN]).encode(), rest=128),
    ],
    ids=[
        "bare",
        "no header",
        "endless",
        "text",
        "object",
        "long",
        "negative",
        "before",
        "dtype",
        "pickle",
        "twice",
        "over",
    ],
)
def test_a_damaged_header_says_so(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "file.seg"
    path.write_bytes(raw)
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        read_columns(path, size_bytes=len(raw))


def test_every_flipped_bit_of_a_header_is_seen_at_opening(folder: Path) -> None:
    path, size_bytes, _ = written(folder, {"forms": np.arange(70), "posting_doc": np.arange(9, dtype=np.uint16)})
    raw = path.read_bytes()
    num_header = 16 + int.from_bytes(raw[8:12], "little")
    assert num_header % 64 == 0
    for at in range(num_header):
        for bit in range(8):
            damaged = bytearray(raw)
            damaged[at] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
                read_columns(path, size_bytes=size_bytes)


def test_a_small_file_is_compared_with_its_checksum_and_a_large_one_only_when_it_is_verified(folder: Path) -> None:
    for length, is_small in ((SMALL_BYTES - 128, True), (SMALL_BYTES + 1, False)):
        path, size_bytes, crc32 = written(folder, {"a": np.zeros(length, dtype=np.uint8)})
        assert (size_bytes <= SMALL_BYTES) == is_small
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(raw)
        if is_small:
            with pytest.raises(IndexCorrupt, match="does not hold what was written to it; run `emeroteca rebuild`"):
                read_columns(path, size_bytes=size_bytes, crc32=crc32)
        else:
            assert len(read_columns(path, size_bytes=size_bytes, crc32=crc32)["a"]) == length
            assert file_checksum(path) != crc32


def test_a_count_below_zero_that_was_taken_for_a_large_one_asks_for_no_memory() -> None:
    start, end = np.array([7], dtype=np.uint32), np.array([5], dtype=np.uint32)
    with pytest.raises(ValueError, match="4294967294 entries are more than any column has"):
        ranges(start, end - start)


@given(strings=st.lists(st.binary(max_size=9), max_size=20))
def test_strings_come_back_as_they_were(strings: list[bytes]) -> None:
    blob, offsets = pack_strings(strings)
    assert unpack_strings(blob, offsets) == strings
    assert offsets.tolist()[-1] == len(blob) == sum(map(len, strings))


@given(rows=st.lists(st.tuples(st.integers(0, 100), st.integers(0, 5)), max_size=12))
def test_ranges_are_those_of_python_one_after_the_other(rows: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in rows], dtype=np.uint32)
    counts = np.array([count for _, count in rows], dtype=np.uint32)
    assert ranges(starts, counts).tolist() == [at for start, count in rows for at in range(start, start + count)]


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_without_leaves_what_the_others_lack(values: set[int], others: set[int]) -> None:
    ascending, left_out = (np.array(sorted(some), dtype=np.uint32) for some in (values, others))
    left = without(ascending, left_out)
    assert left.tolist() == sorted(values - others)
    assert left.dtype == np.uint32


@given(values=st.sets(st.integers(0, 99)), wanted=st.lists(st.integers(0, 99)))
def test_values_are_found_where_they_stand(values: set[int], wanted: list[int]) -> None:
    ascending = np.array(sorted(values), dtype=np.uint32)
    place, is_there = find_in(ascending, np.array(wanted, dtype=np.uint32))
    assert is_there.tolist() == [one in values for one in wanted]
    assert ascending[place[is_there]].tolist() == [one for one in wanted if one in values]

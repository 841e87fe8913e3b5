"""Memory: arrays at addresses, so that compiled code runs over the columns of all segments in one call.

Whoever gives an address holds the array that lies there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, types  # type: ignore[attr-defined]  # it does not list its names
from numba.extending import intrinsic
from numpy.typing import NDArray

from index.kernels.jit import jit


def _pointer(of: Any) -> Any:
    """What makes a pointer of an address."""

    @intrinsic
    def pointer(_context: Any, _address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(of)(types.int64), generate  # type: ignore[no-untyped-call]

    return pointer


_bytes, _shorts, _words, _longs = map(_pointer, (types.uint8, types.uint16, types.uint32, types.int64))


@jit
def bytes_at(address: int, length: int) -> NDArray[np.uint8]:
    return carray(_bytes(address), (length,))


@jit
def shorts_at(address: int, length: int) -> NDArray[np.uint16]:
    return carray(_shorts(address), (length,))


@jit
def words_at(address: int, length: int) -> NDArray[np.uint32]:
    return carray(_words(address), (length,))


@jit
def longs_at(address: int, length: int) -> NDArray[np.int64]:
    return carray(_longs(address), (length,))

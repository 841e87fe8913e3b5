"""The engines that are measured, each in a module of its own behind ``protocol.Peer``, loaded when it is asked for.

Each does the same page at its best documented setting: the ten best articles, how many there are in all, how many of
each section and site, how many of each month, and ten snippets; what it cannot do is said in its ``setting``.
"""

from __future__ import annotations

from importlib import import_module

from benchmarks.peers.protocol import Answer, Peer, PeerMissing

PEERS = {
    "emeroteca": ("emeroteca", "Emeroteca"),
    "emeroteca-as-asked": ("emeroteca", "EmerotecaAsAsked"),
    "tantivy": ("tantivy_peer", "Tantivy"),
    "tantivy-our-snippets": ("tantivy_peer", "TantivyOurSnippets"),
    "fts5": ("fts5", "Fts5"),
    "bm25s": ("bm25s_peer", "Bm25s"),
    "postgresql": ("postgresql", "PostgreSql"),
    "xapian": ("xapian_peer", "Xapian"),
    "whoosh": ("whoosh_peer", "Whoosh"),
}
"""Name -> module and class."""

OURS = ("emeroteca", "emeroteca-as-asked")

__all__ = ["OURS", "PEERS", "Answer", "Peer", "PeerMissing", "load_peer"]


def load_peer(name: str) -> Peer:
    """The engine of a name, ready to build or to open.

    Raises:
        PeerMissing: what it needs is not installed.
    """
    module, peer = PEERS[name]
    try:
        made: Peer = getattr(import_module(f"benchmarks.peers.{module}"), peer)()
    except ImportError as error:
        raise PeerMissing(f"{error.name or error} is not installed") from error
    return made

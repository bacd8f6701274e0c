"""Keys of requests that may come twice, with the answer that the first one got."""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from storage.db import Connection
from storage.queries import load

SQL = load("once")


class Kept(NamedTuple):
    """The first request with a key. `answer`: None while it is at work."""

    request_digest: bytes
    answer: Any


def claim(tx: Connection, key_hash: bytes, request_digest: bytes, lease_s: float) -> bool:
    """Take a key for a request of the transaction's person; False if it is taken.

    `lease_s`: a claim without an answer that is older was left by a process that died.
    """
    said = {"key_hash": key_hash, "request_digest": request_digest, "lease_s": lease_s}
    return tx.execute(SQL["claim"], said).fetchone() is not None


def find(tx: Connection, key_hash: bytes) -> Kept | None:
    """Return the first request with a key; None where it has given the key back."""
    row = tx.execute(SQL["find"], {"key_hash": key_hash}).fetchone()
    return None if row is None else Kept(bytes(row[0]), row[1])


def keep(tx: Connection, key_hash: bytes, answer: Any) -> None:
    """Keep what a request has made."""
    tx.execute(SQL["keep"], {"key_hash": key_hash, "answer": Jsonb(answer)})


def give_back(tx: Connection, key_hash: bytes) -> None:
    """Free a key whose request has made nothing."""
    tx.execute(SQL["give_back"], {"key_hash": key_hash})


def forget(tx: Connection, kept_s: float) -> int:
    """Forget keys that are older; return how many. As capture_ops."""
    return tx.execute(SQL["forget"], {"kept_s": kept_s}).rowcount

"""Unique identifiers that are made of what they identify.

The same result of the same series has the same identifiers, so that sending it twice does not double it in an archive;
any other result has others.
"""

from __future__ import annotations

import hashlib
import uuid

#: Of all identifiers of this software.
_NAMESPACE = uuid.UUID("6f0cd2a8-6a0e-4f0e-9b61-0a8b0f3f5c1e")


class Uids:
    """Identifiers that belong to one content.

    Parameters
    ----------
    *content : str or bytes
        All that makes the content what it is.

    """

    def __init__(self, *content: str | bytes) -> None:
        digest = hashlib.sha256()
        for part in content:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "little") + data)
        self._digest = digest.hexdigest()

    def of(self, name: str) -> str:
        """Return the identifier of a part of the content, after PS3.5 B.2 (2.25 and a UUID)."""
        return f"2.25.{uuid.uuid5(_NAMESPACE, f'{self._digest} {name}').int}"

"""How fast the pages are, in Chromium on an embedded stack of its own: `python -m bench.web PART`.

`python -m bench.web` lists the parts. Each is a module `bench/web_PART.py` with `main(arguments)`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

PREFIX = "web_"


def main() -> None:
    """Run one part, or say which there are."""
    parts = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in parts:
        print(f"python -m bench.web PART, with PART one of: {', '.join(parts)}")
        return
    import_module(f"bench.{PREFIX}{sys.argv[1]}").main(sys.argv[2:])


if __name__ == "__main__":
    main()

"""Writes variants of a recording, sound and damaged: `python captures/derive.py NAME DIR`.

Their file names begin with what a diagnosis of them must be: `same` as the recording's, or merely `honest`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from captures.recorder.derived import Variant, variants
from captures.recorder.truth import load

__all__ = ["Variant", "variants"]

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", metavar="NAME", help="a folder beside this script")
    parser.add_argument("directory", metavar="DIR", type=Path)
    arguments = parser.parse_args()
    folder = HERE / arguments.name
    if not (folder / "truth.toml").is_file():
        parser.error(f"no recording named {arguments.name}")
    recording = folder / load(folder / "truth.toml").file
    if recording.suffix == ".pcapng":
        parser.error(f"{recording.name} is a pcapng; variants are made from classic pcap")
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for variant in variants(recording.read_bytes()):
        # Neutral endings: what a file holds is told by its content.
        (arguments.directory / f"{variant.expectation}-{variant.name}.capture").write_bytes(variant.data)
    return 0


if __name__ == "__main__":
    sys.exit(main())

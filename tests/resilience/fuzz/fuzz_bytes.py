# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python tests/resilience/fuzz/fuzz_bytes.py TARGET --seconds N``: atheris on the bytes that a switch may send.

``make fuzz`` runs it on each target. An input that breaks a promise ends the run with code 77 and is kept in
``corpus/TARGET`` (or ``--found FOLDER``); so does one that takes 10 s or 1 GiB. Named ``corpus/TARGET/WHAT-IT-IS.bin``,
it is replayed by test_corpus.py from then on.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
ENGINE = "ansible_collections.nxapi.events.plugins.plugin_utils.engine"

with atheris.instrument_imports(include=[ENGINE, "http.client", "json", "urllib3.response", "websocket"]):
    from support import fuzztargets

TARGETS = {
    "document": fuzztargets.document,
    "frames": fuzztargets.frames,
    "http": fuzztargets.http,
    "handshake": fuzztargets.handshake,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--found", type=Path, help="where inputs that break a promise are kept")
    parser.add_argument("--work", type=Path, help="a folder for the growing corpus; without it it is thrown away")
    given, more = parser.parse_known_args()
    logging.disable(logging.CRITICAL)
    kept = HERE / "corpus" / given.target
    found = given.found or kept
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        for seed in fuzztargets.seeds(given.target):
            (work / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
        folders = [str(work), *([str(kept)] if kept.is_dir() else [])]
        limits = [f"-max_total_time={given.seconds}", "-timeout=10", "-rss_limit_mb=1024", "-max_len=4096"]
        options = [*limits, f"-artifact_prefix={found}/", "-print_final_stats=1", *more]
        atheris.Setup([sys.argv[0], *options, *folders], TARGETS[given.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()

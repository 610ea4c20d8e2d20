# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener's program: given its package a name of its own, so that no collection on the path is needed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

PACKAGE = "nxapi_events_listener"


def load() -> None:
    """Import plugin_utils as PACKAGE and run the server's main."""
    here = os.path.dirname(os.path.abspath(__file__))
    utils = os.path.dirname(here)
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(utils, "__init__.py"), submodule_search_locations=[utils]
    )
    if spec is None or spec.loader is None:
        raise ImportError("no package at %s" % utils)
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    importlib.import_module(PACKAGE + ".listener.server").main(sys.argv[1:])


if __name__ == "__main__":
    load()

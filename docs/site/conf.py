# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings for `make docs`. Nothing is fetched from the network while it builds.

Pages that stand on docs.ansible.com are linked by the table below, not by Sphinx's inventories, which it would download.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
VERSION = re.search(r"^version: (\S+)$", (HERE.parents[1] / "galaxy.yml").read_text(encoding="utf-8"), re.M)

project = "nxapi.events"
author = "nxapi.events contributors"
copyright = f"2026, {author}"
release = VERSION[1] if VERSION else ""

extensions = ["sphinx_antsibull_ext"]
default_role = "any"
nitpicky = False
exclude_patterns = ["collections"]

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "source_repository": "https://github.com/nxapi-events/nxapi.events/",
    "top_of_page_buttons": [],
}
antsibull_ext_color_scheme = "none"  # site.css takes the theme's colours, so that they follow its dark mode

ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "callback_plugins": "plugins/callback.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
REFERENCE_TITLE = re.compile(r">nxapi\.events\.(\w+) \w+ \u2013 [^<]*<")
ANSIBLE_PLUGIN = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.(\w+_(?:module|filter|lookup|test|callback|strategy))")


def _on_docs_ansible_com(
    _app: Sphinx, _env: Any, node: nodes.Element, content: nodes.Element
) -> nodes.reference | None:
    """A link to a page of ansible-core's documentation; None where it is none of these, and Sphinx complains."""
    label = str(node.get("reftarget", "")).partition("__")[0]
    plugin = ANSIBLE_PLUGIN.match(label)
    page = "collections/{}/{}/{}.html".format(*plugin.groups()) if plugin else ANSIBLE_PAGES.get(label)
    if page is None:
        return None
    return nodes.reference("", "", content, internal=False, refuri=f"{ANSIBLE}/{page}")


def _short_names(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """In the theme's sidebar the name alone stands for a page of the reference; its title is a sentence."""
    tree = context.get("furo_navigation_tree")
    if tree:
        context["furo_navigation_tree"] = REFERENCE_TITLE.sub(r">\1<", tree)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("missing-reference", _on_docs_ansible_com)
    app.connect("html-page-context", _short_names, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

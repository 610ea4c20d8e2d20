# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of AWX's API as the modules of awx.awx need to set up objects: lists, objects, associations, surveys.

It keeps what it is given and checks no field: the modules check their options, and a test looks at what arrived. It is no AWX.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

API = "/api/v2/"
SINGULAR = {"inventories": "inventory"}
TEMPLATES = ("job_templates", "projects", "workflow_job_templates")


class Controller:
    """``objects["projects"]`` holds the projects in their order; associations are kept in ``linked``, surveys in ``surveys``."""

    def __init__(self) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {"organizations": []}
        self.linked: dict[tuple[int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.writes: list[str] = []
        self.url = ""
        self.create("organizations", {"name": "Default"})

    def named(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.objects[kind] if each.get("name", each.get("identifier")) == name]
        return found

    def create(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        number = sum(len(each) for each in self.objects.values()) + 1
        url = f"{API}{kind}/{number}/"
        made = {"type": SINGULAR.get(kind, kind.rstrip("s")), "summary_fields": {}, **given, "id": number, "url": url}
        if kind == "projects":
            made["scm_revision"] = ""
        elif "project" in given:
            (project,) = [each for each in self.objects["projects"] if each["id"] == given["project"]]
            made["organization"] = project["organization"]
        made["related"] = {"survey_spec": f"{url}survey_spec/"}
        self.objects.setdefault(kind, []).append(made)
        return made

    def answer(self, method: str, target: str, given: dict[str, Any]) -> tuple[int, Any]:
        url = urlsplit(target)
        kind, number, below, *_rest = [*url.path.removeprefix(API).strip("/").split("/"), "", ""]
        if kind == "tokens":
            return (201, {"id": 1, "token": "a-token-of-awx"}) if method == "POST" else (204, None)
        if method in ("POST", "PATCH", "DELETE"):
            self.writes.append(f"{method} {kind} {below}".strip())
        if below == "survey_spec":
            if method == "POST":
                self.surveys[int(number)] = given
            return 200, self.surveys.get(int(number), {})
        if below:
            return self._association(method, int(number), below, given)
        if number:
            (found,) = [each for each in self.objects[kind] if each["id"] == int(number)]
            if method == "PATCH":
                found.update(given)
            return 200, found
        return (
            (201, self.create(kind, given)) if method == "POST" else (200, self._list(kind, dict(parse_qsl(url.query))))
        )

    def _association(self, method: str, number: int, name: str, given: dict[str, Any]) -> tuple[int, Any]:
        linked = self.linked.setdefault((number, name), [])
        if method == "POST":
            linked.append(given["id"])
            return 204, None
        return 200, {"count": len(linked), "next": None, "results": [{"id": each} for each in linked]}

    def _list(self, kind: str, wanted: dict[str, str]) -> dict[str, Any]:
        kinds = TEMPLATES if kind == "unified_job_templates" else (kind,)
        known = [each for name in kinds for each in self.objects.get(name, [])]
        found = [each for each in known if all(self._fits(each, *pair) for pair in wanted.items())]
        return {"count": len(found), "next": None, "results": found}

    def _fits(self, item: dict[str, Any], field: str, value: str) -> bool:
        """``organization__name=Default`` too."""
        name, _unused, attribute = field.partition("__")
        if not attribute:
            return str(item.get(name)) == value
        everything = [each for kind in self.objects.values() for each in kind]
        return any(each["id"] == item.get(name) and str(each.get(attribute)) == value for each in everything)


@contextmanager
def controller() -> Iterator[Controller]:
    made = Controller()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = json.loads(self.rfile.read(length) or b"{}")
            status, reply = made.answer(self.command, self.path, given)
            body = b"" if reply is None else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _any

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

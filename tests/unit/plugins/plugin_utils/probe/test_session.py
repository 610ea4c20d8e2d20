# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.session import write_roles

RECORDED = b"""{"imdata":[{"aaaLogin": {"attributes": {"token": "x"},"children": [{"aaaUserDomain": {"attributes": {"name": "all",
"rolesR": "admin","rolesW": "admin"},"children": [{"aaaReadRoles": {"attributes": {}}},{"aaaWriteRoles": {"attributes": {},
"children": [{"role": {"attributes": {"name": "network-admin"}}}]}}]}}]}}]}"""


@pytest.mark.parametrize(
    ("body", "roles"),
    [
        (RECORDED, ["network-admin"]),
        (b'{"imdata":[{"aaaLogin":{"children":[{"aaaWriteRoles":{"attributes":{}}}]}}]}', []),
        (b'{"imdata":[]}', None),
        (b"<imdata/>", None),
        (b"\xff", None),
        (b"[1, null]", None),
    ],
)
def test_the_roles_of_a_login_reply(body: bytes, roles: list[str] | None) -> None:
    assert write_roles(body) == roles

# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that say which switch, and how to reach it."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name or address of the switch.
      - If not given, C(ansible_host) of the host, otherwise its inventory name.
      - The environment variable E(NXAPI_HOST) counts where the inventory names no switch, that is for V(localhost)
        without C(ansible_host).
    type: str
  port:
    description:
      - TCP port of NX-API.
      - If not given, C(ansible_httpapi_port), otherwise the environment variable E(NXAPI_PORT), otherwise V(443),
        or V(80) with O(use_ssl=false).
      - C(ansible_port) is never used, because it is the port of SSH.
    type: int
  username:
    description:
      - User to log in with.
      - If not given, C(ansible_user). What is still missing then is looked for together with O(password), see there.
    type: str
  password:
    description:
      - Password to log in with. It stays between Ansible and the collection's background process; it is in no result,
        no log and no file.
      - If not given, C(ansible_password), C(ansible_httpapi_pass) or C(ansible_httpapi_password); the last of these that
        is defined wins.
      - If user and password are both still missing, they come as a pair, from the first of these places that has both.
        C(-u) (or C(remote_user)) with C(-k); the environment variables E(NXAPI_USERNAME) with E(NXAPI_PASSWORD);
        the environment variables E(ANSIBLE_NET_USERNAME) with E(ANSIBLE_NET_PASSWORD).
      - If only one of the two is missing, it comes from the first of these places that has it and does not contradict the
        other one. A password of the environment is not used with another user than its own; C(-k) is the password
        of whichever user the inventory names, as everywhere in Ansible.
      - A password written into a playbook can be shown by ansible-core 2.19 and later, which print the source lines of a
        failing task. Keep it in a vault.
    type: str
  use_ssl:
    description:
      - Whether to use HTTPS and WSS.
      - If not given, C(ansible_httpapi_use_ssl), otherwise the environment variable E(NXAPI_USE_SSL), otherwise V(true).
    type: bool
  validate_certs:
    description:
      - Whether to verify the certificate of the switch, for REST and for the WebSocket alike.
      - If not given, C(ansible_httpapi_validate_certs), otherwise the environment variable E(NXAPI_VALIDATE_CERTS),
        otherwise V(true).
    type: bool
  ca_path:
    description:
      - File of CA certificates (PEM) to verify the certificate of the switch with.
      - If not given, C(ansible_httpapi_ca_path), otherwise the CA certificates of the system.
    type: path
  use_proxy:
    description:
      - Whether to use the proxy that the environment of Ansible names, for REST and for the WebSocket alike.
      - If not given, C(ansible_httpapi_use_proxy), otherwise V(true).
    type: bool
  request_timeout:
    description:
      - Seconds that the switch may take to answer one request.
    type: float
    default: 30
notes:
  - All connection options together name a session. Tasks with the same ones share one login and one WebSocket until the
    end of the run of ansible-playbook; a task that differs in one of them gets a session of its own.
  - With C(delegate_to) V(localhost) the switch stays the host of the play; delegated to another host, the variables of that
    host count.
requirements:
  - requests (on the control node)
  - websocket-client (on the control node)
"""

# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs of ansible-runner as AWX makes them: credentials, surveys, events and artifacts, foreign users, slices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Start, reach
from failures import check_failure
from jobs import A_CONTAINER, ANOTHER_USER, Ended, Job, Jobs, can_unshare, sliced
from simulator.thread import Handle
from support.secrecy import Secrets, record_tokens

another_user = pytest.mark.skipif(not can_unshare(ANOTHER_USER), reason="this kernel gives no user namespace")
container = pytest.mark.skipif(not can_unshare(A_CONTAINER), reason="this kernel gives no user and pid namespaces")

PASSWORD = "rV8kTz3pQw6Y /+%41\"'\\Lm5Xc9Bd2Hf7#{}é"
NETWORK = {"ANSIBLE_NET_USERNAME": "admin", "ANSIBLE_NET_PASSWORD": PASSWORD, "ANSIBLE_NET_AUTHORIZE": "0"}
"""What AWX makes of a network credential."""

PORT = "sys/intf/phys-[eth1/45]"
WAIT = "- name: Wait for interfaces\n  import_playbook: nxapi.events.wait_for_interface\n"
ANSWERS = {"interface": "Ethernet1/45", "wait_timeout": "60", "wait_hold": "", "target": "", "wanted_state": "up"}


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path)
    yield made
    made.close()


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(password=PASSWORD)


@pytest.fixture
def switch(start: Start, secrets: Secrets) -> Handle:
    made = start(password=PASSWORD)
    record_tokens(made, secrets)
    return made


def address(switch: Handle, **more: object) -> dict[str, object]:
    """The inventory variables of a switch without a user: those come from a credential."""
    known = {name: value for name, value in reach(switch).items() if name not in ("ansible_user", "ansible_password")}
    return {**known, **more}


def plug(switch: Handle) -> None:
    switch.set(f"{PORT}/phys", operSt="up")


def work_out(job: Job, switch: Handle) -> Ended:
    """Runs it; the port that it waits for comes up meanwhile. The switch sees one login and one logout."""
    run = job.stream()
    run.see("leaf1 Ethernet1/45: operSt down (want up)")
    plug(switch)
    ended = run.finish()
    check_gone(job, switch)
    return ended


def check_gone(job: Job, switch: Handle) -> None:
    job.gone()
    stats = switch.stats()
    assert stats["sessions"]["live"] == 0 and stats["sockets"]["open"] == 0
    assert stats["requests"]["by"]["POST aaaLogin"] == stats["requests"]["by"]["POST aaaLogout"] == {"200": 1}


def check_artifacts(ended: Ended, secrets: Secrets, *injected: str) -> None:
    """No secret, but for the variables of a credential in `command`: ansible-runner writes the job's environment there."""
    files = ended.files()
    assert len(files) > 5 and secrets.names("token")
    command = json.loads(files.pop("command"))
    for name in injected:
        assert secrets.seen_in(command["env"].pop(name))
    files["command"] = json.dumps(command).encode()
    assert not {name: found for name, data in files.items() if (found := secrets.seen_in(data))}


def test_a_network_credential_and_a_survey(jobs: Jobs, switch: Handle, secrets: Secrets) -> None:
    """As talkative as a job template can be made, with a fact cache."""
    cache = {"fact_cache": "fact_cache", "fact_cache_type": "jsonfile"}
    host = {"leaf1": address(switch)}
    job = jobs.job(host, WAIT, ANSWERS, environment=NETWORK, settings=cache, arguments=["-vvvvv", "--diff"])
    ended = work_out(job, switch)
    lines = [line for line in ended.lines() if "leaf1 Ethernet1/45: " in line]
    assert "waiting for operSt up, at most 60 s" in lines[0] and "operSt up after" in lines[-1]
    result = ended.results("Wait")["leaf1"]
    assert result["met"] and result["transitions"][0]["to"] == "up" and "invocation" not in result
    check_artifacts(ended, secrets, "ANSIBLE_NET_PASSWORD")
    assert [name for name in ended.files() if name.startswith("fact_cache")] == []


def test_a_machine_credential(jobs: Jobs, switch: Handle, secrets: Secrets) -> None:
    """`-u admin --ask-pass`, and the answer to its prompt: then no artifact at all holds the password."""
    job = jobs.job({"leaf1": address(switch)}, WAIT, ANSWERS, user="admin", password=PASSWORD, arguments=["-vvvvv"])
    ended = work_out(job, switch)
    assert "SSH password:" in ended.stdout
    check_artifacts(ended, secrets)


def test_without_the_three_programs(jobs: Jobs, switch: Handle, secrets: Secrets) -> None:
    """`ansible-runner run`."""
    run = jobs.job({"leaf1": address(switch)}, WAIT, ANSWERS, user="admin", password=PASSWORD).run()
    run.see("leaf1 Ethernet1/45: operSt down (want up)")
    plug(switch)
    ended = run.finish()
    check_gone(run.job, switch)
    check_artifacts(ended, secrets)


def test_a_machine_credential_goes_before_others_but_not_before_the_inventory(
    jobs: Jobs, switch: Handle, start: Start
) -> None:
    """As the guide says: for a play on servers and switches, the inventory names the credential of the switches."""
    own = {"NXAPI_USERNAME": "admin", "NXAPI_PASSWORD": PASSWORD}
    servers = {"user": "ops", "password": "Ops-pass-1", "environment": own}
    bare = {"leaf1": address(start(password=PASSWORD))}
    failed = jobs.job(bare, WAIT, ANSWERS, **servers).stream().finish("failed")
    check_failure(failed.results("Wait", "runner_on_failed")["leaf1"], "login", "ops")
    named = {
        "ansible_user": "{{ lookup('ansible.builtin.env', 'NXAPI_USERNAME') }}",
        "ansible_password": "{{ lookup('ansible.builtin.env', 'NXAPI_PASSWORD') }}",
    }
    work_out(jobs.job({"leaf1": address(switch, **named)}, WAIT, ANSWERS, **servers), switch)


def test_a_wait_that_fails(jobs: Jobs, switch: Handle, secrets: Secrets) -> None:
    host = {"leaf1": address(switch)}
    job = jobs.job(host, WAIT, {**ANSWERS, "wait_timeout": "2"}, environment=NETWORK, arguments=["-vvvvv"])
    ended = job.stream().finish("failed")
    check_failure(ended.results("Wait", "runner_on_failed")["leaf1"], "timeout", "Ethernet1/45", "adminSt down")
    check_gone(job, switch)
    check_artifacts(ended, secrets, "ANSIBLE_NET_PASSWORD")


@pytest.mark.parametrize("answer", ["{{ 7 * 7 }}", "{{ lookup('pipe', 'id') }}"])
def test_an_answer_of_a_survey_is_no_template(jobs: Jobs, switch: Handle, answer: str) -> None:
    job = jobs.job({"leaf1": address(switch)}, WAIT, {**ANSWERS, "interface": answer}, environment=NETWORK)
    ended = job.stream().finish("failed")
    check_failure(ended.results("Wait", "runner_on_failed")["leaf1"], "invalid", answer.split(",")[0])


def test_check_mode(jobs: Jobs, switch: Handle) -> None:
    job = jobs.job({"leaf1": address(switch)}, WAIT, ANSWERS, environment=NETWORK, arguments=["--check"])
    assert job.stream().finish().results("Wait")["leaf1"]["met"] is False


@another_user
@pytest.mark.parametrize("home", ["writable", "read-only", "missing", "none"])
def test_a_user_without_an_entry_and_a_home(
    jobs: Jobs, switch: Handle, secrets: Secrets, tmp_path: Path, home: str
) -> None:
    """As in OpenShift. Where HOME is of no use, an execution environment names another folder for temporary files."""
    place = {} if home == "writable" else {"ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp")}
    job = jobs.job({"leaf1": address(switch)}, WAIT, ANSWERS, environment={**NETWORK, **place}, arguments=["-vvv"])
    job.inside = ANOTHER_USER
    job.without_home = home == "none"
    if home == "read-only":
        job.home.chmod(0o555)
    elif home == "missing":
        job.home.rmdir()
    check_artifacts(work_out(job, switch), secrets, "ANSIBLE_NET_PASSWORD")
    assert not any(job.home.glob("**/nxapi*")) and not any((tmp_path / "tmp").glob("**/nxapi*"))


@container
@pytest.mark.parametrize("first", ["ansible-runner", "ansible-playbook"])
def test_the_end_of_a_container_is_no_end_without_a_logout(jobs: Jobs, switch: Handle, first: str) -> None:
    """In a pod the first process is ansible-runner, with podman ansible-playbook; when it ends all others are killed."""
    job = jobs.job({"leaf1": address(switch)}, WAIT, ANSWERS, environment=NETWORK)
    if first == "ansible-runner":
        job.inside = A_CONTAINER
    else:
        job.in_a_container()
    work_out(job, switch)


def test_slices_side_by_side(jobs: Jobs, start: Start) -> None:
    """Each switch belongs to one slice. One that the inventory has twice may be in two: then it has two sessions."""
    switches = [start(password=PASSWORD) for _each in range(3)]
    hosts = {f"leaf{number}": address(each) for number, each in enumerate([*switches, switches[0]], 1)}
    slices = [sliced(hosts, number, 2) for number in (1, 2)]
    assert [[*each] for each in slices] == [["leaf1", "leaf3"], ["leaf2", "leaf4"]]
    runs = [jobs.job(each, WAIT, ANSWERS, environment=NETWORK).stream() for each in slices]
    for run, hosts_of_it in zip(runs, slices, strict=True):
        for name in hosts_of_it:
            run.see(f"{name} Ethernet1/45: operSt down (want up)")
    assert [each.stats()["sessions"]["live"] for each in switches] == [2, 1, 1]
    plug(switches[0])
    plug(switches[2])
    first = runs[0].finish()
    runs[0].job.gone()
    assert [each.stats()["sessions"]["live"] for each in switches] == [1, 1, 0], "the other job goes on"
    plug(switches[1])
    second = runs[1].finish()
    assert [{*each.results("Wait")} for each in (first, second)] == [{"leaf1", "leaf3"}, {"leaf2", "leaf4"}]
    assert not any(each["gaps"] for run in (first, second) for each in run.results("Wait").values())
    assert [each.stats()["logins"]["accepted"] for each in switches] == [2, 1, 1]

"""Server processes: started with a limit, never confused with others, never left behind."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from _launchers.waiting import eventually
from ldapconnector.errors import ConnectionFailed
from ldapconnector.testing._daemon import Daemon, free_ports, on_free_ports, speaks_ldap


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return ") Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*command, **options):
        options = {"ready": lambda: True, "folder": tmp_path / "server", **options}
        options["folder"].mkdir(exist_ok=True)
        started.append(Daemon(command, **options))
        return started[-1]

    yield start
    for daemon in started:
        daemon.close()


def test_it_runs_until_it_is_closed(start, tmp_path):
    daemon = start("sleep", "60")
    assert daemon.alive
    assert is_running(daemon.pid)
    daemon.close()
    assert not daemon.alive
    assert not is_running(daemon.pid)
    assert not (tmp_path / "server").exists()


def test_what_it_writes_is_in_the_message_when_it_ends(start):
    with pytest.raises(ConnectionFailed, match=r"(?s)sh ended by itself; its log ends:.*no luck"):
        start("sh", "-c", "echo no luck; exit 3", ready=lambda: False)


def test_a_program_that_is_not_there(start):
    with pytest.raises(ConnectionFailed, match="No such file or directory: 'no-such-program'"):
        start("no-such-program", ready=lambda: False)


def test_the_limit(start):
    with pytest.raises(ConnectionFailed, match=r"sleep was not ready after 0\.1 s"):
        start("sleep", "60", ready=lambda: False, limit=0.1)


def test_another_server_on_the_port_is_not_taken_for_it(start):
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(ConnectionFailed, match="was not ready"),
    ):
        start("sleep", "60", ports=[other.getsockname()[1]], limit=0.3)


def test_a_deaf_process_is_killed_after_its_grace(start, tmp_path):
    told = tmp_path / "told"
    daemon = start(
        "sh",
        "-c",
        f"trap '' TERM; touch {told}; while :; do sleep 1; done",
        grace=0.2,
        ready=told.exists,
    )
    daemon.stop()
    assert not is_running(daemon.pid)


def test_its_children_end_with_it(start, tmp_path):
    told = tmp_path / "told"
    script = f"sleep 60 & echo $! > {told}.new; mv {told}.new {told}; wait"
    daemon = start("sh", "-c", script, ready=told.exists)
    child = int(told.read_text(encoding="ascii"))
    assert is_running(child)
    daemon.kill()
    eventually(lambda: not is_running(child))


def test_again(start, tmp_path):
    log = tmp_path / "log"
    daemon = start(
        "sh",
        "-c",
        f"echo first >>{log}; sleep 60",
        again=["sh", "-c", f'echo "again $WORD" >>{log}; sleep 60'],
        environment={"WORD": "here"},
        ready=log.exists,
    )
    daemon.kill()
    daemon.start()
    eventually(lambda: log.read_text(encoding="ascii") == "first\nagain here\n")
    pid = daemon.pid
    daemon.start()
    assert daemon.pid == pid


def test_the_end_of_its_guardian_is_its_own_end(start):
    daemon = start("sleep", "60")
    guardian = int(Path(f"/proc/{daemon.pid}/stat").read_text(encoding="ascii").split()[3])
    os.kill(guardian, signal.SIGTERM)
    eventually(lambda: not is_running(daemon.pid))


def test_ports_that_somebody_takes_are_given_up():
    tried = []
    with socket.socket() as rival:

        def begin(ports):
            tried.append(ports)
            if len(tried) == 1:
                rival.bind(("127.0.0.1", ports[0]))
                rival.listen()
                raise ConnectionFailed("address in use")
            return "started"

        assert on_free_ports(2, begin) == "started"
    assert len(tried) == 2
    assert tried[0][0] not in tried[1]


def test_another_fault_is_not_tried_again():
    tried = []

    def begin(ports):
        tried.append(ports)
        raise ConnectionFailed("a wrong configuration")

    with pytest.raises(ConnectionFailed, match="a wrong configuration"):
        on_free_ports(1, begin)
    assert len(tried) == 1


def test_ports_lie_below_those_of_clients():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(20000 <= port < 32000 for port in ports)


def test_what_speaks_no_ldap():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert not speaks_ldap(deaf.getsockname()[1], seconds=0.1)
    assert not speaks_ldap(free_ports(1)[0])

"""Server processes for tests: on loopback, started with a time limit, never left behind."""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar, final

from ldapconnector.errors import ConnectionFailed

__all__ = ["Daemon", "free_ports", "on_free_ports", "remove_folder", "speaks_ldap"]

_GUARDIAN: Final = Path(__file__).with_name("_guardian.py")
_POLL: Final = 0.02
_LOG_SHOWN: Final = 3000
# Below the range from which systems give ports to clients, so that none of those is in the way.
_PORTS: Final = range(20000, 32000)
_ATTEMPTS: Final = 5
# An anonymous simple bind (RFC 4511, 4.2).
_ANONYMOUS_BIND: Final = bytes.fromhex("300c020101600702010304008000")


_T = TypeVar("_T")


def free_ports(count: int) -> tuple[int, ...]:
    """Return ``count`` different TCP ports that are free on 127.0.0.1 right now.

    Another process may take one before it is used: a launcher tries again with other ports.

    >>> len(set(free_ports(3)))
    3
    """
    found: list[int] = []
    source = random.SystemRandom()
    while len(found) < count:
        port = source.choice(_PORTS)
        if port not in found and _is_free(port):
            found.append(port)
    return tuple(found)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def on_free_ports(count: int, start: Callable[[tuple[int, ...]], _T]) -> _T:
    """Call ``start`` with free ports, again with others where somebody took one meanwhile.

    Raises:
        ConnectionFailed: the server does not start, and that is not for its ports.
    """
    for _ in range(_ATTEMPTS - 1):
        ports = free_ports(count)
        try:
            return start(ports)
        except ConnectionFailed:
            if all(map(_is_free, ports)):
                raise
    return start(free_ports(count))


def speaks_ldap(port: int, host: str = "127.0.0.1", *, seconds: float = 1.0) -> bool:
    """Return whether an LDAP server there answers an anonymous bind, whatever the answer is."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection:
            connection.sendall(_ANONYMOUS_BIND)
            answer = connection.recv(64)
    except OSError:
        return False
    return answer[:1] == b"\x30" and b"\x61" in answer and b"\x0a\x01" in answer


def remove_folder(folder: Path) -> None:
    """Remove a server's folder, quietly where parts of it are gone already."""
    shutil.rmtree(folder, ignore_errors=True)


@final
class Daemon:
    """One server process, its log, and how to know that it is ready.

    The process hangs on a guardian process that ends it when this program is gone, however
    that ended, and then removes ``folder``.

    Args:
        command: the program and its arguments; it must stay in the foreground.
        again: the same for every later start, where that differs.
        folder: everything the server writes; the log is ``server.log`` in it.
        ready: asked again and again until it says True.
        host: the loopback address that it listens on.
        ports: the TCP ports there that the process itself listens on; on Linux they must be
            its own, so that a foreign server on the same port is never taken for this one.
        environment: added to the environment of this program.
        limit: seconds until the server must be ready.
        grace: seconds for an orderly end before it is killed.

    Raises:
        ConnectionFailed: it ended or was not ready in time; the message shows its log.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        ready: Callable[[], bool],
        again: Sequence[str] | None = None,
        host: str = "127.0.0.1",
        ports: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
        limit: float = 20.0,
        grace: float = 10.0,
    ) -> None:
        self.name = Path(command[0]).name
        self.log = folder / "server.log"
        self._command = tuple(command)
        self._again = self._command if again is None else tuple(again)
        self._folder = folder
        self._ready = ready
        self._host = host
        self._ports = tuple(ports)
        self._environment = dict(environment or {})
        self._limit = limit
        self._grace = grace
        self._guardian: subprocess.Popen[bytes] | None = None
        self._pid = 0
        atexit.register(self.close)
        try:
            self.start()
        except BaseException:
            self.stop()
            atexit.unregister(self.close)
            raise

    @property
    def pid(self) -> int:
        """The process id of the server itself."""
        return self._pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._runs()

    def start(self) -> None:
        """Start the process and wait until it is ready; nothing happens when it runs."""
        if self._runs():
            return
        self._release()
        command = self._command
        with self.log.open("ab") as log:
            guardian = subprocess.Popen(  # noqa: S603  our own program, and a launcher's command
                [
                    *(sys.executable, "-I", "-S", str(_GUARDIAN)),
                    *(str(self._folder), str(self._grace), *command),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self._environment},
                cwd=self._folder,
                start_new_session=True,
            )
        self._guardian = guardian
        self._command = self._again
        assert guardian.stdout is not None  # noqa: S101  it was asked for above
        self._pid = int(guardian.stdout.readline() or 0)
        end = time.monotonic() + self._limit
        while self._runs() and time.monotonic() < end:
            if self._is_listening() and self._ready():
                return
            time.sleep(_POLL)
        what = f"was not ready after {self._limit:g} s" if self._runs() else "ended by itself"
        self.stop()
        raise ConnectionFailed(
            f"the test server {self.name} {what}; its log ends:\n{self.log_tail()}",
            operation="start",
        )

    def stop(self) -> None:
        """End the process in order, or by force where it takes too long."""
        guardian = self._guardian
        if guardian is None:
            return
        if guardian.poll() is None and guardian.stdin is not None:
            with contextlib.suppress(OSError):
                guardian.stdin.write(b"s")
                guardian.stdin.flush()
            with contextlib.suppress(subprocess.TimeoutExpired):
                guardian.wait(self._grace + 5)
        self._release()

    def close(self) -> None:
        """End the process and remove its folder; also what happens when this program ends."""
        self.stop()
        remove_folder(self._folder)
        atexit.unregister(self.close)

    def kill(self) -> None:
        """End the process at once (SIGKILL), as a crash would."""
        self._signal(signal.SIGKILL)
        if self._guardian is not None:
            self._guardian.wait(self._grace)
        self._release()

    def pause(self) -> None:
        """Let the process hang: connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)
        # A signal takes effect a moment later, and a request may be answered in it.
        state = Path(f"/proc/{self._pid}/stat")
        for _ in range(200):
            with contextlib.suppress(OSError):
                if state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] in {"T", "t"}:
                    return
            time.sleep(0.005)

    def resume(self) -> None:
        """Let a paused process go on."""
        self._signal(signal.SIGCONT)

    def log_tail(self) -> str:
        """Return the end of what the process wrote."""
        with contextlib.suppress(OSError):
            return self.log.read_text(encoding="utf-8", errors="replace")[-_LOG_SHOWN:].strip()
        return "(nothing)"

    def _runs(self) -> bool:
        return self._guardian is not None and self._guardian.poll() is None

    def _signal(self, number: signal.Signals) -> None:
        if self.alive and self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def _release(self) -> None:
        guardian, self._guardian = self._guardian, None
        if guardian is None:
            return
        for pipe in (guardian.stdin, guardian.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        # The end of its standard input ends a guardian that did not listen before.
        guardian.wait(self._grace + 5)

    def _is_listening(self) -> bool:
        sockets = _listening_sockets(self._host, self._ports)
        return sockets is None or (
            len(sockets) >= len(self._ports) and sockets <= _open_sockets(self._pid)
        )


def _listening_sockets(host: str, ports: Sequence[int]) -> set[str] | None:
    """Return the inodes of the sockets that listen there (IPv4); None without ``/proc``."""
    plain = socket.inet_aton(host)[::-1].hex().upper()
    # The second form is the same address in an IPv6 socket, which Java uses.
    forms = (plain, f"0000000000000000FFFF0000{plain}")
    wanted = {f"{form}:{port:04X}" for form in forms for port in ports}
    lines: list[str] = []
    try:
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            lines += Path(table).read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return None
    listening = "0A"
    fields = (line.split() for line in lines)
    return {words[9] for words in fields if words[1] in wanted and words[3] == listening}


def _open_sockets(pid: int) -> set[str]:
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found

"""The parent process of a test server, which ends the server when nobody needs it any more.

Run as a program, with the standard library only: ``_guardian.py FOLDER GRACE COMMAND...``.
It starts COMMAND in a process group of its own, writes its process id to standard output, and
waits. A byte on standard input asks it to stop the server; the end of standard input says that
the program that wanted the server is gone, however it ended (even by SIGKILL), and then the
server's FOLDER goes too.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys

_CONTROL = 0
_LOG = 2


def _wait(server: subprocess.Popen[bytes], woken: int) -> bool:
    """Wait until the server ends or nobody needs it; return whether the caller is gone."""
    while server.poll() is None:
        ready, _, _ = select.select([_CONTROL, woken], [], [])
        if _CONTROL in ready:
            return not os.read(_CONTROL, 1)
        if signal.SIGTERM in os.read(woken, 64):
            return False
    return False


def _end(server: subprocess.Popen[bytes], grace: float) -> None:
    if server.poll() is None:
        server.terminate()
        # A stopped process takes its SIGTERM only when it runs again.
        server.send_signal(signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(grace)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def main(arguments: list[str]) -> int:
    """Start the server, watch over it, end it; return its exit status."""
    folder, grace, *command = arguments
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = subprocess.Popen(  # noqa: S603  the command comes from a launcher of this package
        command, stdin=subprocess.DEVNULL, stdout=_LOG, stderr=_LOG, process_group=0
    )
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    orphaned = _wait(server, woken)
    _end(server, float(grace))
    if orphaned:
        shutil.rmtree(folder, ignore_errors=True)
    return server.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

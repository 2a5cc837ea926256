"""A TCP proxy on loopback whose line can be cut, held or broken."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Literal, final

from ._listener import CHUNK, JOIN_LIMIT, Listener

__all__ = ["Direction", "Proxy"]

Direction = Literal["requests", "answers"]


@final
class Proxy(Listener):
    """A TCP proxy on loopback whose line can be cut at an octet, held, or broken.

    Args:
        host, port: the real server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._cuts: dict[Direction, int] = {}
        self._reset = False
        self._running = threading.Event()
        self._running.set()
        self._refusing = False
        super().__init__()

    def cut_after(
        self, octets: int, direction: Direction = "answers", *, reset: bool = False
    ) -> None:
        """Let so many more octets of each later connection pass in this direction, then cut it.

        Args:
            octets: counted from the connection's first octet.
            direction: ``requests`` to the server, ``answers`` to the client.
            reset: end by RST, as a crashed machine or firewall does, instead of in order.
        """
        self._cuts[direction] = octets
        self._reset = reset

    def mend(self) -> None:
        """Cut later connections no more, and accept them again."""
        self._cuts.clear()
        self._refusing = False

    def pause(self) -> None:
        """Hold everything that is under way; connections stay open."""
        self._running.clear()

    def resume(self) -> None:
        """Let go what was held."""
        self._running.set()

    def refuse(self) -> None:
        """Break every connection and close later ones as soon as they are open."""
        self._refusing = True
        self.drop()

    def close(self) -> None:
        """Close everything."""
        self._running.set()
        super().close()

    def _serve(self, connection: socket.socket) -> None:
        if self._refusing:
            return
        server = socket.create_connection(self._target, timeout=JOIN_LIMIT)
        server.settimeout(None)
        with self._tracked(server):
            cut = threading.Event()
            back = self._spawn(self._pump, server, connection, "answers", cut)
            self._pump(connection, server, "requests", cut)
            back.join()

    def _pump(
        self,
        source: socket.socket,
        target: socket.socket,
        direction: Direction,
        cut: threading.Event,
    ) -> None:
        allowed = self._cuts.get(direction)
        with contextlib.suppress(OSError):
            while octets := source.recv(CHUNK):
                self._running.wait()
                if allowed is not None and len(octets) > allowed:
                    target.sendall(octets[:allowed])
                    cut.set()
                    self._end(source, target, reset=self._reset)
                    return
                target.sendall(octets)
                allowed = None if allowed is None else allowed - len(octets)
        if not cut.is_set():
            self._end(source, target, reset=False)

    @staticmethod
    def _end(*ends: socket.socket, reset: bool) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                if not reset:
                    end.shutdown(socket.SHUT_RDWR)
                    continue
                # Without lingering, closing sends RST. Closing itself has to wait until the
                # other direction's thread has left its recv(), which this makes it do.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD)

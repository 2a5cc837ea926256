"""A listening socket on loopback with a thread for each connection."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

__all__ = ["CHUNK", "JOIN_LIMIT", "Listener"]

CHUNK: Final = 65536
JOIN_LIMIT: Final = 5.0


class Listener:
    """A listening socket, a thread for each connection, and an end that leaves none behind."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closing = False
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._spawn(self._accept)

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"ldap://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Close the listener and every connection, and wait for the threads."""
        self._closing = True
        # A listening socket that is shut down wakes its accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        for thread in self._threads:
            thread.join(JOIN_LIMIT)

    def drop(self) -> None:
        """Break every open connection; later ones are served again."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def _spawn(self, target: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    @contextlib.contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._spawn(self._guard, connection)

    def _guard(self, connection: socket.socket) -> None:
        # A client that goes away in the middle is part of the game.
        with self._tracked(connection), contextlib.suppress(OSError):
            if not self._closing:
                self._serve(connection)

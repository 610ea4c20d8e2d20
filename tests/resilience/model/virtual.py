# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual time on real sockets: an event loop whose clock jumps to the next timer as soon as nothing else can happen.

Both ends of every connection live in this process: the simulated switch and the session's sockets in the loop, the
blocking REST calls in `Workers`' threads. The clock moves only when the loop has nothing to do and every busy worker
sits in a ``recv`` on a socket that has nothing for it, so that only a timer can bring news. Therefore a slow machine
changes nothing, and a minute of the schedule costs no more than what happens in it.
"""

from __future__ import annotations

import asyncio
import queue
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

_START = 1000.0
"""A monotonic clock may begin anywhere."""

_KERNEL = 0.0002
"""Real seconds that the kernel is given to pass on what was sent, before the clock moves. It takes microseconds, more on
a loaded machine."""

_NAP = 1.0
"""Real seconds of one wait for a worker; it wakes us long before."""


MOST_LOOKS = 100_000
"""Turns of the loop at one moment; a burst takes some hundreds."""


RESOLUTION = 1e-9
"""asyncio fires timers that much too early; where no time passes by itself, they would be set again and again."""


class Stuck(RuntimeError):
    """Nothing will ever happen again: somebody waits for what cannot come."""


class Workers(Executor):
    """Threads for blocking calls, of which the loop knows whether they are waiting for a socket."""

    def __init__(self) -> None:
        self.wake, self._waker = socket.socketpair()
        self.wake.setblocking(False)
        self._waker.setblocking(False)
        self.waiting: dict[int, int] = {}
        self.threads: set[int] = set()
        self._lock = threading.Lock()
        self._busy = self._started = 0
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock:
            self._busy += 1
            if self._busy > self._started:
                self._started += 1
                threading.Thread(target=self._work, name="worker of the model", daemon=True).start()
        self._jobs.put((future, lambda: fn(*args, **kwargs)))
        return future

    def _work(self) -> None:
        self.threads.add(threading.get_ident())
        while True:
            future, job = self._jobs.get()
            if future.set_running_or_notify_cancel():
                try:
                    outcome = job()
                except BaseException as exc:  # it is the caller's, as in the executors of concurrent.futures
                    future.set_exception(exc)
                else:
                    future.set_result(outcome)
            del future, job
            with self._lock:  # only now: what the future set off is in the loop's hands
                self._busy -= 1
            self.tell()

    def tell(self) -> None:
        """Have the loop look again."""
        try:
            self._waker.send(b"!")
        except BlockingIOError:
            pass

    def hush(self) -> None:
        try:
            while self.wake.recv(4096):
                pass
        except BlockingIOError:
            pass

    @property
    def quiet(self) -> bool:
        """Whether no worker can go on by itself."""
        with self._lock:
            waiting = list(self.waiting.values())
            if len(waiting) < self._busy:
                return False
        if not waiting:
            return True
        poll = select.poll()
        for handle in waiting:
            poll.register(handle, select.POLLIN)
        return not poll.poll(0)


class _Watched(socket.socket):
    """A socket that says when a worker waits for it."""

    workers: Workers | None = None

    def recv(self, *args: Any) -> bytes:
        with _waiting(self):
            return super().recv(*args)

    def recv_into(self, *args: Any) -> int:
        with _waiting(self):
            return super().recv_into(*args)


@contextmanager
def _waiting(sock: _Watched) -> Iterator[None]:
    workers, thread = sock.workers, threading.get_ident()
    if workers is None or thread not in workers.threads:
        yield
        return
    workers.waiting[thread] = sock.fileno()
    workers.tell()
    try:
        yield
    finally:
        del workers.waiting[thread]


@contextmanager
def watched(workers: Workers) -> Iterator[None]:
    """Meanwhile all sockets that are made are watched."""
    plain = socket.socket
    _Watched.workers = workers
    socket.socket = _Watched  # type: ignore[misc]
    try:
        yield
    finally:
        socket.socket = plain  # type: ignore[misc]


class _Selector(selectors.DefaultSelector):
    """Where the loop sleeps; the clock is kept here, since it moves nowhere else."""

    def __init__(self, workers: Workers) -> None:
        super().__init__()
        self.now = _START
        self.jumps = 0
        self._looks = 0
        self._workers = workers
        self.register(workers.wake, selectors.EVENT_READ, None)

    def select(self, timeout: float | None = None) -> list[Any]:
        self._looks += 1
        if self._looks > MOST_LOOKS:
            self._looks = 0  # so that what is open can be closed
            raise Stuck("the clock stands still, and somebody is busy all the time")
        ready = self._ready(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        while True:
            quiet = self._workers.quiet
            if quiet:
                time.sleep(_KERNEL)  # a selector sleeps a millisecond at least
            if ready := self._ready(0 if quiet else _NAP):
                return ready
            if quiet and self._workers.quiet:
                break
        if timeout is None:
            raise Stuck("no timer is left, and nobody has anything to say")
        self.now += timeout + RESOLUTION
        self._looks = 0
        self.jumps += 1
        return []

    def _ready(self, timeout: float) -> list[Any]:
        found = super().select(timeout)
        ours = [(key, mask) for key, mask in found if key.data is not None]
        if len(ours) < len(found):
            self._workers.hush()
        return ours


class VirtualLoop(asyncio.SelectorEventLoop):
    """``time()`` is virtual; ``jumps`` counts how often it moved."""

    def __init__(self, workers: Workers) -> None:
        self._clock = _Selector(workers)
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    @property
    def jumps(self) -> int:
        return self._clock.jumps

    def sockets(self) -> list[int]:
        """The file descriptors that somebody still listens on, the loop's own aside."""
        return [key.fd for key in self._clock.get_map().values() if key.data and not self._own(key.fd)]

    def _own(self, handle: int) -> bool:
        return handle == self._ssock.fileno()  # type: ignore[attr-defined]

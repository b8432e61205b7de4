"""The engine's side of one worker: start it, speak frames with it, end it, and know how it ended."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from backend.credentials.redaction import redact
from backend.engine.channel import BadFrame, Frame, FrameReader, encode
from backend.engine.command import child_environment, module_command
from backend.engine.loop import READ, WRITE, Loop, Timer

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
TERMINATE_AFTER = 5.0  # seconds after the request to cancel
KILL_AFTER = 10.0
FAREWELL = 5.0  # a worker that said it is done has so long to end
MOST_LOGGED = 256 * 1024  # bytes of its standard error that go to the log

# glibc gives each thread an arena of its own and returns little: a scan with twelve threads held 181 MB, and 135 MB so.
_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536"}


@dataclass(frozen=True)
class Exit:
    """How a worker ended. `broken` says what was wrong with its frames, '' when nothing was."""

    code: int
    broken: str = ""

    @property
    def sentence(self) -> str:
        """For a person, without a subject: 'was killed (SIGKILL)'."""
        if self.broken:
            return f"sent something that cannot be read ({self.broken})"
        if self.code == -signal.SIGKILL:
            return "was killed (SIGKILL), perhaps because memory ran out"
        if self.code < 0:
            with suppress(ValueError):
                return f"was ended by {signal.Signals(-self.code).name}"
        return f"ended too early, with exit code {self.code}"


class WorkerProcess:
    """A child in a process group of its own. Callbacks: each frame it sends, and once how it ended."""

    def __init__(
        self,
        loop: Loop,
        worker: str,
        first: Frame,
        on_frame: Callable[[Frame], None],
        on_exit: Callable[[Exit], None],
    ) -> None:
        self._loop, self._name = loop, worker
        self._on_frame, self._on_exit = on_frame, on_exit
        self._reader = FrameReader()
        self._out: deque[memoryview] = deque()
        self._timers: list[Timer] = []
        self._broken = ""
        self._logged = 0
        self._ended = False
        # The child makes itself end with us (PR_SET_PDEATHSIG): a function run between fork and exec is not safe here.
        self._child = subprocess.Popen(
            module_command("backend.engine.worker", worker, str(os.getpid())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**child_environment(), **_MALLOC},
            cwd="/",
            process_group=0,
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        self.pid = self._child.pid
        self._stdin, self._stdout = self._child.stdin.fileno(), self._child.stdout.fileno()
        self._stderr = self._child.stderr.fileno()
        for descriptor in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(descriptor, False)
        self._exited = os.pidfd_open(self.pid)
        loop.watch(self._stdout, READ, self._receive)
        loop.watch(self._stderr, READ, self._log)
        loop.watch(self._exited, READ, self._reap)
        self.send(first)

    def send(self, frame: Frame) -> None:
        """A frame to the worker; one that has ended does not mind."""
        if not self._ended and self._stdin >= 0:
            self._out.append(memoryview(encode(frame)))
            self._flush()

    def cancel(self) -> None:
        """Ask it to stop; end it by force when it has not after five seconds, and ten."""
        self.send({"cancel": True})
        self._timers.append(self._loop.call_later(TERMINATE_AFTER, lambda: self.send_signal(signal.SIGTERM)))
        self._timers.append(self._loop.call_later(KILL_AFTER, self.kill))

    def expect_end(self) -> None:
        """It said it is done: kill it should it not end by itself."""
        self._timers.append(self._loop.call_later(FAREWELL, self.kill))

    def kill(self) -> None:
        """End it and its children now."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        """A signal to its whole process group, as long as it is there (its number may be another's afterwards)."""
        if not self._ended and self._child.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def destroy(self) -> None:
        """Kill and reap without telling anybody: the engine itself ends."""
        if not self._ended:
            self.kill()
            self._child.wait()
            self._close()

    def _receive(self, _: int) -> None:
        # One chunk a round: a worker that floods us takes turns with the others, and waits in its own pipe.
        data = self._read(self._stdout)
        if data is None:
            return
        if not data:
            self._loop.unwatch(self._stdout)
            return
        try:
            frames = self._reader.feed(data)
        except BadFrame as error:
            frames, self._broken = error.before, str(error)
            self._loop.unwatch(self._stdout)
            self.kill()
        for frame in frames:
            self._on_frame(frame)

    def _log(self, _: int) -> None:
        data = self._read(self._stderr)
        if data is None:
            return
        if not data:
            self._loop.unwatch(self._stderr)
        elif self._logged < MOST_LOGGED:
            self._logged += len(data)
            text = redact(data.decode("utf-8", "replace")).rstrip()
            log.warning("worker %s (%d): %s", self._name, self.pid, text)
            if self._logged >= MOST_LOGGED:
                log.warning("worker %s (%d): further output is left out", self._name, self.pid)

    @staticmethod
    def _read(descriptor: int) -> bytes | None:
        """A chunk, b'' at the end, None when there is nothing now."""
        try:
            return os.read(descriptor, CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _flush(self, _: int = WRITE) -> None:
        while self._out:
            try:
                sent = os.write(self._stdin, self._out[0])
            except BlockingIOError:
                self._loop.watch(self._stdin, WRITE, self._flush)
                return
            except OSError:  # it closed its end: it is ending, and we shall hear how
                self._out.clear()
                break
            if sent == len(self._out[0]):
                self._out.popleft()
            else:
                self._out[0] = self._out[0][sent:]
        self._loop.unwatch(self._stdin)

    def _reap(self, _: int) -> None:
        code = self._child.wait()
        # Children it left behind would hold the pipes open, and work for nobody.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if not self._broken:
            self._drain()
        self._close()
        self._on_exit(Exit(code, self._broken))

    def _drain(self) -> None:
        """What it sent before it ended is still in the pipes."""
        for descriptor, take in ((self._stdout, self._receive), (self._stderr, self._log)):
            while not self._broken and self._pending(descriptor):
                take(READ)

    def _pending(self, descriptor: int) -> bool:
        import fcntl
        import struct
        import termios

        return bool(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0])

    def _close(self) -> None:
        self._ended = True
        for timer in self._timers:
            timer.cancel()
        for descriptor in (self._stdin, self._stdout, self._stderr, self._exited):
            self._loop.unwatch(descriptor)
        os.close(self._exited)
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            with suppress(OSError):
                if stream is not None:
                    stream.close()

"""Child processes, free ports, and what /proc says of a process."""
import os
import pathlib
import signal
import socket
import subprocess
import threading

_pause = threading.Event()


class NotInTime(AssertionError):
    """A condition did not come true within its bound."""


def wait_until(condition, what, seconds=10.0, interval=0.005):
    """Polls until condition() is true and returns its value; NotInTime says what was waited for."""
    import time
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {seconds} s: {what}")
        _pause.wait(interval)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**extra):
    """The environment without what would change the gateway's behaviour, plus extra; a value None removes a name."""
    unwanted = ("PORT", "SQLITE_PATH", "SQL_DSN", "DEBUG", "REDIS_CONN_STRING", "SESSION_SECRET", "RELAY_PROXY", "RELAY_TIMEOUT")
    environment = {name: value for name, value in os.environ.items()
                   if name not in unwanted and not name.lower().endswith("_proxy")
                   and not name.startswith(("INITIAL_ROOT_", "SWITCHYARD_"))}
    for name, value in extra.items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = str(value)
    return environment


class Process:
    """A child with its output in a file. Ended by stop() or, as a context manager, at the end of the block."""

    def __init__(self, arguments, log, environment=None, cwd=None, core=None):
        arguments = [str(argument) for argument in arguments]
        if core is not None:
            arguments = ["taskset", "-c", str(core)] + arguments
        self.log_path = pathlib.Path(log)
        with open(log, "ab") as output:
            self._child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                           env=environment, cwd=cwd)

    @property
    def pid(self):
        return self._child.pid

    @property
    def exit_code(self):
        """None while it runs."""
        return self._child.poll()

    def output(self):
        return self.log_path.read_text(errors="replace")

    def signal(self, number):
        self._child.send_signal(number)

    def wait(self, seconds):
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NotInTime(f"process {self.pid} did not end within {seconds} s; its output:\n{self.output()[-4000:]}") from None

    def stop(self, seconds=15):
        """SIGTERM, then after a while SIGKILL; returns the exit code."""
        if self.exit_code is None:
            self.signal(signal.SIGTERM)
            try:
                return self.wait(seconds)
            except NotInTime:
                self.kill()
                raise
        return self.exit_code

    def kill(self):
        if self.exit_code is None:
            self._child.kill()
        return self._child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _status(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise LookupError(field)


def rss_kib(pid):
    return _status(pid, "VmRSS")


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

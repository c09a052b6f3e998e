"""The mock upstream of tests/bench/mock as a child process. What it can do stands in mock/script.h."""
import json
import pathlib
import subprocess
import urllib.request

from .processes import Process, wait_until


def make_certificate(folder):
    """A key and a self-signed certificate for localhost; returns (certificate, key)."""
    certificate, key = pathlib.Path(folder) / "cert.pem", pathlib.Path(folder) / "key.pem"
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    return certificate, key


class Mock(Process):
    """`url("status:429")` is the base URL of an upstream that always answers so; `url()` of one that works."""

    def __init__(self, build, folder, frames=8, pace=0, tls=False, record=True, core=None, port=0):
        folder = pathlib.Path(folder)
        log = folder / f"mock-{id(self)}.log"
        arguments = [pathlib.Path(build) / "tests" / "mock_upstream", "--frames", frames, "--pace", pace, "--port", port]
        if record:
            arguments.append("--record")
        if tls:
            self.certificate, key = make_certificate(folder)
            arguments += ["--tls-port", 0, "--cert", self.certificate, "--key", key]
        super().__init__(arguments, log, core=core)
        wanted = "tls" if tls else "plain"
        wait_until(lambda: self.exit_code is not None or f"{wanted} " in self.output(), "the mock upstream listens")
        ports = dict(line.split() for line in self.output().splitlines() if len(line.split()) == 2)
        if wanted not in ports:
            raise RuntimeError(f"the mock upstream did not start: {self.output()}")
        self.port = int(ports["plain"])
        self.tls_port = int(ports.get("tls", 0))

    def url(self, script=""):
        return f"http://127.0.0.1:{self.port}" + (f"/{script}" if script else "")

    def _control(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.loads(answer.read())

    def events(self):
        """What happened, in order. Bodies and heads are texts with one character per byte."""
        return self._control("/__log")

    def requests(self):
        return [event for event in self.events() if event["event"] == "request"]

    def counters(self):
        return self._control("/__stats")

    def forget(self):
        self._control("/__reset")


def header_of(event, name):
    """A header of a recorded request, or None."""
    for line in event["head"].split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name.lower():
            return value.strip()
    return None


def body_of(event):
    """The bytes of a recorded request's body."""
    return event["body"].encode("latin-1")

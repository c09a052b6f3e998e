"""The three ways to the mock upstream that are compared: direct, nginx, Switchyard."""
import json
import os
import pathlib
import shutil
import subprocess

from switchyard_tests.gateway import Gateway
from switchyard_tests.mock import Mock
from switchyard_tests.processes import Process, children, free_port, rss_kib, wait_until

MODEL = "gpt-4o-mini"   # what the upstream is asked for
ALIAS = "yard-model"    # what clients of the gateway ask for: so every request is patched
GATEWAY_CORE, LOAD_CORE = (0, 1) if len(os.sched_getaffinity(0)) > 1 else (0, 0)

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 19500; multi_accept on; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_buffer_size 64k;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream mock {{ server 127.0.0.1:{upstream}; keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 600s; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass {scheme}://mock;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 600s;
            proxy_ssl_session_reuse on;
        }}
    }}
}}
"""


class Direct:
    name = "direct"

    def __init__(self, mock):
        self.port, self.model, self.token, self.pid = mock.port, MODEL, "none", mock.pid

    def stop(self):
        pass


class Nginx:
    name = "nginx"

    def __init__(self, folder, mock, tls):
        self.folder = pathlib.Path(folder) / "nginx"
        self.folder.mkdir()
        self.port, self.model, self.token = free_port(), MODEL, "none"
        (self.folder / "nginx.conf").write_text(NGINX.format(
            folder=self.folder, port=self.port, upstream=mock.tls_port if tls else mock.port, scheme="https" if tls else "http"))
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = Process([nginx, "-p", self.folder, "-c", self.folder / "nginx.conf"], self.folder / "output.log",
                               core=GATEWAY_CORE)
        wait_until(lambda: self.process.exit_code is not None or children(self.process.pid), "nginx starts its worker")
        if self.process.exit_code is not None:
            raise RuntimeError("nginx did not start: " + self.process.output())
        self.pid = children(self.process.pid)[0]

    def stop(self):
        self.process.stop()


class Switchyard:
    name = "switchyard"

    def __init__(self, build, folder, mock, tls):
        environment = {"SSL_CERT_FILE": mock.certificate} if tls else {}
        self.gateway = Gateway(build, pathlib.Path(folder) / "switchyard", threads=1, core=GATEWAY_CORE, environment=environment)
        base = f"https://localhost:{mock.tls_port}" if tls else mock.url()
        self.gateway.add_channel("bench", ALIAS, base)
        self.gateway.sql("UPDATE channels SET model_mapping = ?", json.dumps({ALIAS: MODEL}))
        self.token = self.gateway.add_token("bench")
        self.gateway.start()
        self.port, self.model, self.pid = self.gateway.port, ALIAS, self.gateway.pid

    def stop(self):
        self.gateway.stop()


class Course:
    """A mock upstream and the contenders in front of it, for one mode."""

    def __init__(self, build, folder, frames=125, pace=40, tls=False, names=("direct", "nginx", "switchyard")):
        self.build = pathlib.Path(build)
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True)
        self.mock = Mock(build, folder, frames=frames, pace=pace, tls=tls, record=False, core=LOAD_CORE)
        self.contenders = []
        for name in names:
            if name == "direct":
                self.contenders.append(Direct(self.mock))
            elif name == "nginx":
                self.contenders.append(Nginx(folder, self.mock, tls))
            else:
                self.contenders.append(Switchyard(build, folder, self.mock, tls))
        for contender in self.contenders:
            self.load(contender, "unary", connections=1, seconds=0.2, warm=0.1)
            # What all streams share (a table of tokens, unpacked for the first one) is no stream's memory.
            self.load(contender, "streams", connections=1, seconds=0.2, warm=0.1)
            contender.idle_rss_kib = rss_kib(contender.pid)

    def load(self, contender, kind, connections, seconds, warm=0.5, ramp=0.0, body=2048):
        """One measurement of one contender; the JSON of tests/bench/load."""
        command = ["taskset", "-c", str(LOAD_CORE), str(self.build / "tests" / "load"), kind, "--port", contender.port,
                   "--connections", connections, "--seconds", seconds, "--warm", warm, "--ramp", ramp, "--body", body,
                   "--model", contender.model, "--watch", contender.pid]
        done = subprocess.run(list(map(str, command)), env={**os.environ, "LOAD_TOKEN": contender.token}, capture_output=True,
                              text=True, timeout=seconds + warm + ramp + 120)
        if done.returncode != 0:
            raise RuntimeError(f"load ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for contender in self.contenders:
            contender.stop()
        self.mock.stop()

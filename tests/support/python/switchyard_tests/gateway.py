"""The real binary with a database of its own on a free port of 127.0.0.1."""
import pathlib
import re
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request

from .processes import Process, clean_environment, free_port, wait_until


class Gateway:
    """Made with a folder that nobody else uses. Channels and tokens are added through the command line."""

    def __init__(self, build, folder, threads=1, environment=None, arguments=(), core=None, port=None):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = self.folder / "switchyard.db"
        self.plugins = self.build / "plugins"
        self.port = port or free_port()
        self.threads = threads
        self.core = core
        self.arguments = list(arguments)
        self.environment = clean_environment(SQLITE_PATH=self.database, **(environment or {}))
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def spawn(self):
        """Starts the process without waiting for it."""
        self.process = Process([self.build / "switchyard", "serve", "--port", self.port, "--log-dir", self.folder / "logs",
                                "--plugin-dir", self.plugins, "--threads", self.threads, *self.arguments],
                               self.folder / "output.log", self.environment, self.folder, self.core)

    def answers(self):
        try:
            with urllib.request.urlopen(self.url + "/api/status", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def start(self, seconds=20):
        self.spawn()
        wait_until(lambda: self.process.exit_code is not None or self.answers(), "the gateway answers /api/status", seconds)
        if self.process.exit_code is not None:
            raise RuntimeError(f"the gateway ended with {self.process.exit_code}:\n{self.process.output()[-4000:]}")
        return self

    def stop(self, seconds=30):
        return self.process.stop(seconds)

    def kill(self):
        self.process.signal(signal.SIGKILL)
        return self.process.wait(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.exit_code is None:
            self.stop()

    def cli(self, *words, check=True):
        """Runs a subcommand on this gateway's database; returns the finished process (stdout, stderr, returncode)."""
        done = subprocess.run([str(self.build / "switchyard"), *map(str, words)], env=self.environment, cwd=self.folder,
                              capture_output=True, text=True, timeout=60)
        if check and done.returncode != 0:
            raise RuntimeError(f"switchyard {' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def add_channel(self, name, models, base_url, key="upstream-key", kind="openai", **options):
        """Options are the command line's: priority=1, weight=2, group="default"."""
        words = ["channel", "add", "--name", name, "--type", kind, "--base-url", base_url, "--key", key, "--models",
                 models if isinstance(models, str) else ",".join(models)]
        for option, value in options.items():
            words += ["--" + option.replace("_", "-"), value]
        self.cli(*words)

    def add_token(self, name="tests", quota=None):
        """Returns the key as users know it, with sk-."""
        printed = self.cli("token", "add", "--name", name, *(["--unlimited"] if quota is None else ["--quota", quota])).stdout
        found = re.search(r"sk-[0-9A-Za-z]+", printed)
        if not found:
            raise RuntimeError(f"token add printed no key: {printed!r}")
        return found.group()

    def sql(self, statement, *parameters):
        """Runs one statement on the database, as an administrator's tool would; returns its rows."""
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            with connection:
                return connection.execute(statement, parameters).fetchall()
        finally:
            connection.close()

    def log(self):
        """Everything it has printed or logged."""
        texts = [self.process.output()] if self.process else []
        texts += [path.read_text(errors="replace") for path in sorted((self.folder / "logs").glob("*")) if path.is_file()]
        return "\n".join(texts)

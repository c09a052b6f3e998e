"""A client of the REST API with a cookie jar, as a browser or a script is one; and a suite with a gateway for it."""
import pathlib
import re
import shutil
import tempfile
import unittest

from cases import BUILD, SANITIZED
from http_client import call
from switchyard_tests.gateway import Gateway
from switchyard_tests.processes import wait_until

ROOT_PASSWORD = "123456"


class Client:
    """Logs in with login(), or sends an access token. Every answer is checked for what all answers must have."""

    def __init__(self, port, access_token=None):
        self.port = port
        self.access_token = access_token
        self.cookie = None

    def call(self, method, path, body=None, headers=None, timeout=30):
        sent = dict(headers or {})
        if self.cookie is not None:
            sent["Cookie"] = "theme=dark; session=" + self.cookie
        if self.access_token is not None:
            sent.setdefault("Authorization", self.access_token)
        answer = call(self.port, method, path, body, None, sent, timeout)
        given = answer.header("set-cookie")
        if given:
            self.cookie = re.match(r"session=([^;]*)", given).group(1) or None
        return answer

    def ok(self, method, path, body=None):
        """The answer's data; an AssertionError unless it is a success."""
        answer = self.call(method, path, body)
        said = answer.json()
        if answer.status != 200 or said.get("success") is not True or said.get("message") != "":
            raise AssertionError(f"{method} {path} {body}: {answer}")
        return said.get("data", None)

    def fail(self, method, path, body=None):
        """The message of a refusal: HTTP 200 with success false."""
        answer = self.call(method, path, body)
        said = answer.json()
        if answer.status != 200 or said.get("success") is not False or not said.get("message"):
            raise AssertionError(f"{method} {path} {body} should have been refused: {answer}")
        return said["message"]

    def login(self, name, password):
        self.ok("POST", "/api/user/login", {"username": name, "password": password})
        return self


class AdminCase(unittest.TestCase):
    """A gateway of its own for each class, without rate limits; `root` is logged in."""

    environment = {"DEBUG": "true", "SESSION_SECRET": "a secret of the tests"}

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchyard-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.gateway = Gateway(BUILD, cls.folder / "gateway", 1, {"INITIAL_ROOT_PASSWORD": ROOT_PASSWORD, **cls.environment})
        cls.prepare()
        cls.gateway.start()
        cls.addClassCleanup(cls.end_gateway)
        cls.root = cls.client().login("root", ROOT_PASSWORD) if cls.logs_in() else None
        cls.made = 0

    @classmethod
    def prepare(cls):
        """Before the start: for databases of other programs."""

    @classmethod
    def logs_in(cls):
        return True

    @classmethod
    def end_gateway(cls):
        code = cls.gateway.stop() if cls.gateway.process.exit_code is None else cls.gateway.process.exit_code
        complaint = SANITIZED.search(cls.gateway.process.output())
        if complaint or code != 0:
            raise AssertionError(f"the gateway ended with {code}; {complaint.group() if complaint else ''}\n"
                                 + cls.gateway.process.output()[-6000:])

    @classmethod
    def client(cls, access_token=None):
        return Client(cls.gateway.port, access_token)

    def sql(self, statement, *parameters):
        return self.gateway.sql(statement, *parameters)

    def option(self, key, value):
        """Sets an option for this test alone."""
        before = self.sql("SELECT value FROM options WHERE [key] = ?", key)
        self.sql("INSERT OR REPLACE INTO options ([key], value) VALUES (?, ?)", key, value)
        if before:
            self.addCleanup(self.sql, "UPDATE options SET value = ? WHERE [key] = ?", before[0][0], key)
        else:
            self.addCleanup(self.sql, "DELETE FROM options WHERE [key] = ?", key)

    def new_user(self, role=1, password="password1"):
        """(client, id, name) of a new account that has logged in."""
        type(self).made += 1
        name = f"u{type(self).__name__[:6].lower()}{self.made}"
        self.root.ok("POST", "/api/user/", {"username": name, "password": password})
        number = self.sql("SELECT id FROM users WHERE username = ?", name)[0][0]
        if role != 1:
            self.root.ok("POST", "/api/user/manage", {"username": name, "action": "promote"})
        return self.client().login(name, password), number, name

    def logs(self, user, kind):
        return self.sql("SELECT content, quota FROM logs WHERE user_id = ? AND type = ? ORDER BY id", user, kind)

    def eventually(self, condition, what, seconds=10):
        return wait_until(condition, what, seconds)

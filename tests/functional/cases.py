"""What the functional suites start from: a mock upstream, a gateway with channels and tokens, and the usual questions."""
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support" / "python"))

from http_client import call, chat  # noqa: E402
from switchyard_tests.gateway import Gateway  # noqa: E402
from switchyard_tests.mock import Mock  # noqa: E402
from switchyard_tests.processes import wait_until  # noqa: E402

BUILD = pathlib.Path(os.environ.get("SWITCHYARD_BUILD", "build/release")).resolve()
# The mock upstream and other helpers come from here: those of a sanitized tree would only be slower.
TOOLS = pathlib.Path(os.environ.get("SWITCHYARD_TOOLS", BUILD)).resolve()
SANITIZED = re.compile(r"(AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error):?.*")


def skip_or_fail(reason):
    """A missing tool: skipped by name for a user, red where nothing may be skipped."""
    if os.environ.get("CI") == "true":
        raise AssertionError(f"CI lacks something: {reason}")
    raise unittest.SkipTest(reason)


class GatewayCase(unittest.TestCase):
    """A suite with one mock upstream and one gateway. Override prepare() to add channels and tokens before the start."""

    environment = {}
    arguments = ()
    threads = 2

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchyard-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.mock = Mock(TOOLS, cls.folder)
        cls.addClassCleanup(cls.mock.stop)
        cls.gateway = Gateway(BUILD, cls.folder / "gateway", cls.threads, cls.environment, cls.arguments)
        cls.token = cls.gateway.add_token("tests")
        cls.prepare()
        cls.gateway.start()
        cls.addClassCleanup(cls.end_gateway)

    @classmethod
    def prepare(cls):
        cls.gateway.add_channel("plain", ["gpt-4o-mini", "text-embedding-3-small", "gpt-3.5-turbo-instruct",
                                          "omni-moderation-latest", "text-moderation-stable"], cls.mock.url())

    @classmethod
    def end_gateway(cls):
        """A gateway that does not end well, or that a sanitizer complained about, fails its suite."""
        code = cls.gateway.stop() if cls.gateway.process.exit_code is None else cls.gateway.process.exit_code
        complaint = SANITIZED.search(cls.gateway.process.output())
        if complaint or code != 0:
            raise AssertionError(f"the gateway ended with {code}; {complaint.group() if complaint else ''}\n"
                                 + cls.gateway.process.output()[-6000:])

    def setUp(self):
        if self.gateway.process.exit_code is not None:
            self.fail(f"the gateway had ended with {self.gateway.process.exit_code}:\n" + self.gateway.process.output()[-3000:])
        self.mock.forget()

    def call(self, method, path, body=None, token="", headers=None, timeout=15):
        """A request with the suite's token; token=None sends none."""
        return call(self.gateway.port, method, path, body, self.token if token == "" else token, headers, timeout)

    def post_chat(self, model="gpt-4o-mini", token="", **members):
        return self.call("POST", "/v1/chat/completions", chat(model, **members), token)

    def assertError(self, answer, status, kind=None, code=None):
        """The shape of every error, then what identifies this one. The message's words are nobody's contract."""
        self.assertEqual(answer.status, status, answer)
        self.assertTrue((answer.header("content-type") or "").startswith("application/json"), answer.headers)
        error = answer.error
        self.assertEqual(set(answer.json()), {"error"})
        self.assertIsInstance(error["message"], str)
        self.assertNotEqual(error["message"], "")
        self.assertIn("type", error)
        if kind is not None:
            self.assertEqual(error["type"], kind, answer)
        if code is not None:
            self.assertEqual(error["code"], code, answer)
        return error

    def eventually(self, condition, what, seconds=10):
        return wait_until(condition, what, seconds)

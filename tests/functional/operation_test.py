"""Running it: the command line, changes while it serves, a first start, a clean end and a hard one, configuration."""
import json
import pathlib
import re
import signal
import socket
import stat
import tempfile
import threading
import time
import unittest

from cases import BUILD, GatewayCase
from http_client import RawConnection, call, chat
from switchyard_tests.gateway import Gateway
from switchyard_tests.processes import free_port


class Changes(GatewayCase):
    """A change by the command line is live in a running gateway within a second."""

    WITHIN = 1.0

    def test_channels(self):
        self.assertEqual(self.post_chat("late-model").status, 503)
        self.gateway.add_channel("late", ["late-model"], self.mock.url())
        self.eventually(lambda: self.post_chat("late-model").status == 200, "the new channel answers", self.WITHIN)
        self.assertRegex(self.gateway.cli("channel", "list").stdout, r"\blate\b")
        number = self.gateway.sql("SELECT id FROM channels WHERE name = 'late'")[0][0]
        removed = self.gateway.cli("channel", "remove", "late", check=False)
        if removed.returncode != 0:
            self.gateway.cli("channel", "remove", number)
        self.eventually(lambda: self.post_chat("late-model").status == 503, "the removed channel is gone", self.WITHIN)
        self.assertNotRegex(self.gateway.cli("channel", "list").stdout, r"\blate\b")

    def test_tokens(self):
        key = self.gateway.add_token("late-token")
        ask = lambda: call(self.gateway.port, "GET", "/v1/models", token=key).status  # noqa: E731
        self.eventually(lambda: ask() == 200, "the new token is known", self.WITHIN)
        number = self.gateway.sql("SELECT id FROM tokens WHERE name = 'late-token'")[0][0]
        removed = self.gateway.cli("token", "remove", "late-token", check=False)
        if removed.returncode != 0:
            self.gateway.cli("token", "remove", number)
        self.eventually(lambda: ask() == 401, "the removed token is refused", self.WITHIN)

    def test_another_programs_change(self):
        key = self.gateway.add_token("edited")
        ask = lambda: call(self.gateway.port, "GET", "/v1/models", token=key).status  # noqa: E731
        self.eventually(lambda: ask() == 200, "the new token is known", self.WITHIN)
        self.gateway.sql("UPDATE tokens SET status = 2 WHERE name = 'edited'")
        self.eventually(lambda: ask() == 401, "the disabled token is refused", self.WITHIN)

    def test_a_running_stream_keeps_what_it_began_with(self):
        self.gateway.add_channel("leaving", ["mock:stream:40:20"], self.mock.url())
        self.eventually(lambda: "mock:stream:40:20" in self.call("GET", "/v1/models").body.decode(), "the channel is known")
        answers = []
        reader = threading.Thread(target=lambda: answers.append(self.post_chat("mock:stream:40:20", stream=True)))
        reader.start()
        self.eventually(lambda: self.mock.requests(), "the stream has begun")
        self.gateway.sql("DELETE FROM channels WHERE name = 'leaving'")
        self.gateway.sql("DELETE FROM abilities WHERE model = 'mock:stream:40:20'")
        reader.join()
        self.assertEqual(answers[0].events()[-1], "[DONE]")

    def test_channel_test(self):
        done = self.gateway.cli("channel", "test", "plain", check=False)
        if done.returncode != 0:
            number = self.gateway.sql("SELECT id FROM channels WHERE name = 'plain'")[0][0]
            done = self.gateway.cli("channel", "test", number)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_channel_test_of_a_broken_one(self):
        self.gateway.add_channel("broken", ["broken-model"], self.mock.url("status:401"))
        number = self.gateway.sql("SELECT id FROM channels WHERE name = 'broken'")[0][0]
        done = self.gateway.cli("channel", "test", number, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("401", done.stdout + done.stderr)


class CommandLine(GatewayCase):
    def test_version_and_help(self):
        self.assertRegex(self.gateway.cli("--version").stdout, r"\d+\.\d+\.\d+")
        text = self.gateway.cli("--help").stdout
        for word in ("serve", "plugins", "channel", "token", "check-config"):
            self.assertIn(word, text)

    def test_mistakes_are_told(self):
        for words in (("nonsense",), ("serve", "--nonsense"), ("channel", "add", "--name", "x"), ("channel", "nonsense"),
                      ("serve", "--port", "no-number"), ("channel", "add", "--name", "x", "--type", "No such provider", "--models", "m")):
            with self.subTest(words):
                done = self.gateway.cli(*words, check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertNotEqual(done.stderr.strip(), "")

    def test_a_provider_that_is_not_loaded_is_told(self):
        """Its plug-in may come later: the channel is kept, and the administrator hears of it."""
        done = self.gateway.cli("channel", "add", "--name", "early", "--type", "not-here-yet", "--models", "early-model")
        self.assertIn("not-here-yet", done.stderr)
        self.eventually(lambda: self.post_chat("early-model").status == 503 and
                        "not-here-yet" in self.post_chat("early-model").json()["error"]["message"], "the answer names what is missing")

    def test_a_channel_by_number(self):
        self.gateway.add_channel("numbered", ["numbered-model"], self.mock.url(), kind="1")
        self.eventually(lambda: self.post_chat("numbered-model").status == 200, "a channel of type 1 answers")

    def test_plugins(self):
        text = self.gateway.cli("plugins", "--plugin-dir", self.gateway.plugins).stdout
        self.assertIn("openai.so", text)
        self.assertIn("demo.so", text)

    def test_check_config_tells_values_and_where_they_came_from(self):
        config = self.folder / "check.properties"
        config.write_text("port = 3456\n")
        text = self.gateway.cli("check-config", "--config", config).stdout
        self.assertIn("3456", text)
        self.assertIn("check.properties", text)
        self.assertIn(str(self.gateway.database), text)
        self.assertIn("SQLITE_PATH", text)

    def test_no_keys_in_lists(self):
        for words in (("channel", "list"), ("token", "list"), ("check-config",)):
            text = self.gateway.cli(*words).stdout
            self.assertNotIn("upstream-key", text)
            self.assertNotIn(self.token.removeprefix("sk-"), text)


class FirstStart(unittest.TestCase):
    """An empty folder becomes a gateway with a root account."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="switchyard-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_root_with_a_random_password(self):
        passwords = []
        for name in ("one", "two"):
            gateway = Gateway(BUILD, self.folder / name)
            with gateway:
                users = gateway.sql("SELECT username, role, status, password FROM users")
                self.assertEqual([row[:3] for row in users], [("root", 100, 1)])
                self.assertTrue(users[0][3].startswith("$2"))
                kept = [path for path in gateway.folder.rglob("*") if path.is_file() and "password" in path.name.lower()]
                self.assertEqual(len(kept), 1, list(gateway.folder.iterdir()))
                self.assertEqual(stat.S_IMODE(kept[0].stat().st_mode), 0o600)
                password = re.findall(r"\S+", kept[0].read_text())[-1]
                self.assertGreaterEqual(len(password), 12)
                self.assertEqual(gateway.process.output().count(password), 1)
                passwords.append(password)
            with gateway:
                self.assertEqual(gateway.process.output().count(password), 1, "printed again at a second start")
        self.assertNotEqual(*passwords)

    def test_given_values(self):
        gateway = Gateway(BUILD, self.folder / "given", environment={
            "INITIAL_ROOT_PASSWORD": "pw", "INITIAL_ROOT_TOKEN": "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl",
            "INITIAL_ROOT_ACCESS_TOKEN": "0123456789abcdef0123456789abcdef"})
        with gateway:
            answer = call(gateway.port, "GET", "/v1/models", token="sk-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl")
            self.assertEqual(answer.status, 200)
            self.assertEqual(gateway.sql("SELECT access_token FROM users"), [("0123456789abcdef0123456789abcdef",)])
            self.assertNotIn("abcdefghijklmnopqrstuvwxyz", gateway.log())

    def test_database_in_the_working_directory(self):
        for existing, expected in (("one-api.db", "one-api.db"), (None, "switchyard.db")):
            folder = self.folder / (existing or "none")
            gateway = Gateway(BUILD, folder)
            gateway.environment.pop("SQLITE_PATH")
            if existing:
                (folder / existing).touch()
            with gateway:
                self.assertGreater((folder / expected).stat().st_size, 0)

    def test_port_from_the_environment_and_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = Gateway(BUILD, self.folder / "taken").cli("serve", "--port", taken.getsockname()[1], check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(str(taken.getsockname()[1]), done.stderr + done.stdout)
        gateway = Gateway(BUILD, self.folder / "port")
        gateway.environment["PORT"] = str(free_port())
        gateway.spawn()
        flag_port, gateway.port = gateway.port, int(gateway.environment["PORT"])
        try:
            # The flag comes before the environment.
            gateway.port = flag_port
            from switchyard_tests.processes import wait_until
            wait_until(gateway.answers, "the gateway answers on the port of the flag", 20)
        finally:
            gateway.stop()


class Ending(GatewayCase):
    """SIGTERM lets streams finish; SIGKILL loses nothing that was promised."""

    def setUp(self):
        if self.gateway.process.exit_code is not None:
            self.gateway.start()
        self.mock.forget()

    @classmethod
    def prepare(cls):
        cls.gateway.add_channel("paced", ["mock:stream:40:25", "mock:stream:1000:25", "gpt-4o-mini"], cls.mock.url())

    def stream(self, model, answers):
        reader = threading.Thread(target=lambda: answers.append(self.post_chat(model, stream=True)))
        reader.start()
        self.eventually(lambda: self.mock.requests(), "the stream has begun")
        return reader

    def test_sigterm_lets_a_stream_finish(self):
        answers = []
        reader = self.stream("mock:stream:40:25", answers)
        self.gateway.process.signal(signal.SIGTERM)
        self.eventually(self.refuses_connections, "no new connections are taken")
        reader.join()
        self.assertEqual(answers[0].events()[-1], "[DONE]")
        self.assertEqual(self.gateway.process.wait(10), 0)

    def refuses_connections(self):
        try:
            RawConnection(self.gateway.port, 1).close()
            return False
        except OSError:
            return True

    def test_sigterm_at_rest_is_quick(self):
        idle = RawConnection(self.gateway.port)
        begun = time.monotonic()
        self.gateway.process.signal(signal.SIGTERM)
        self.assertEqual(self.gateway.process.wait(10), 0)
        self.assertLess(time.monotonic() - begun, 3)
        idle.close()

    def test_sigkill_and_a_new_start(self):
        answers = []
        body = json.dumps(chat("mock:stream:1000:25", stream=True)).encode()
        connection = RawConnection(self.gateway.port)
        connection.send((f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                         f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
        self.eventually(lambda: self.mock.requests(), "the stream has begun")
        self.gateway.add_channel("just-added", ["just-added"], self.mock.url())
        self.gateway.kill()
        connection.close()
        self.gateway.start()
        self.assertEqual(self.post_chat().status, 200)
        self.assertEqual(self.post_chat("just-added").status, 200)
        self.assertEqual(self.gateway.sql("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(answers, [])

    def test_sighup_keeps_serving(self):
        answers = []
        reader = self.stream("mock:stream:40:25", answers)
        self.gateway.process.signal(signal.SIGHUP)
        self.assertEqual(self.post_chat().status, 200)
        reader.join()
        self.assertEqual(answers[0].events()[-1], "[DONE]")


if __name__ == "__main__":
    unittest.main()

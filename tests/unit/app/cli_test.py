"""The command line from outside: the real binary, a fresh directory, what it prints and how it ends."""
import os
import re
import sqlite3
import stat
import subprocess
import sys
import tempfile
import unittest

BINARY = os.path.abspath(sys.argv.pop(1))
KEY = re.compile(r"^sk-[0-9A-Za-z]{48}\n$")


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="switchyard-cli-")

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def call(self, *words, status=0, stdin="", **variables):
        environment = {"PATH": os.environ.get("PATH", "")} | variables
        # Sanitizers and coverage are steered by variables of their own.
        environment |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        done = subprocess.run([BINARY, *words], cwd=self.folder.name, env=environment, input=stdin, text=True,
                              capture_output=True, timeout=30)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def rows(self, statement, name="switchyard.db"):
        with sqlite3.connect(self.path(name)) as database:
            return database.execute(statement).fetchall()

    def test_version_and_help(self):
        self.assertRegex(self.call("--version")[0], r"^switchyard \d+\.\d+\.\d+\n$")
        overview = self.call("--help")[0]
        for command in ("serve", "plugins", "channel add", "channel list", "channel test", "channel remove", "token add",
                        "token list", "token remove", "check-config"):
            self.assertIn("  " + command, overview)
            self.assertIn("usage: switchyard " + command, self.call(*command.split(), "--help")[0])
        self.assertIn("--drain-timeout=TIME", self.call("serve", "-h")[0])
        for words in (["channel", "add", "-h"], ["help", "channel", "add"]):
            self.assertRegex(self.call(*words)[0], r"--name=NAME .*\(required\)")
        for words in (["channel", "--help"], ["channel", "-h"], ["help", "channel"]):
            group = self.call(*words)[0]
            self.assertIn("  channel test ID|NAME", group)
            self.assertNotIn("token", group)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_what_cannot_be_understood_is_status_2_with_usage(self):
        for words in (["--bogus"], ["serve", "--bogus"], ["bogus"], ["channel"], ["channel", "bogus"], [],
                      ["channel", "remove"], ["channel", "list", "surplus"], ["token", "add"],
                      ["serve", "--port"], ["serve", "--port", "1", "--port", "2"], ["serve", "--config"]):
            out, err = self.call(*words, status=2)
            self.assertEqual(out, "")
            self.assertIn("usage: switchyard", err)
        self.assertIn("bogus", self.call("serve", "--bogus", status=2)[1])
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_a_bad_setting_is_status_2_and_named(self):
        self.assertIn("port (environment PORT) `x`", self.call("check-config", status=2, PORT="x")[1])
        self.assertIn("sql-dsn", self.call("token", "list", status=2, SQL_DSN="postgres://x")[1])
        self.assertIn("nowhere", self.call("check-config", "--config", "nowhere", status=1)[1])

    def test_settings_and_their_origins(self):
        with open(self.path("file.properties"), "w") as file:
            file.write("# comment\nport = 3003\nthreads = 2\nmax-body = 1M\n")
        with open(self.path(".env"), "w") as file:
            file.write("SWITCHYARD_MAX_HEAD=32K\nSWITCHYARD_MAX_BODY=2M\nTZ=Asia/Shanghai\n")
        shown = self.call("check-config", "-port", "3001", "--config=file.properties", "--plugin-dir", "a", "--plugin-dir=b",
                          SWITCHYARD_THREADS="5", DEBUG="true", INITIAL_ROOT_PASSWORD="hunter2")[0]
        lines = {line.split()[0]: re.split(r" {2,}", line) for line in shown.splitlines()}
        self.assertEqual(lines["port"][1:], ["3001", "flag --port"])
        self.assertEqual(lines["threads"][1:], ["5", "environment SWITCHYARD_THREADS"])
        self.assertEqual(lines["max-body"][1:], ["1M", "file file.properties"])
        self.assertEqual(lines["max-head"][1:], ["32K", ".env SWITCHYARD_MAX_HEAD"])
        self.assertEqual(lines["drain-timeout"][1:], ["30s", "default"])
        self.assertEqual(lines["plugin-dir"][1:], ["a:b", "flag --plugin-dir"])
        self.assertEqual(lines["sqlite-path"][1:], ["switchyard.db", "default"])
        self.assertEqual(lines["initial-root-password"][1:], ["***", "environment INITIAL_ROOT_PASSWORD"])
        self.assertNotIn("hunter2", shown)

    def test_the_first_command_makes_the_database(self):
        out, err = self.call("token", "list")
        self.assertEqual(len(out.splitlines()), 1)
        password = re.search(r"password: (\w+)", err).group(1)
        with open(self.path("switchyard.db.root-password")) as file:
            self.assertEqual(file.read(), password + "\n")
        for name in ("switchyard.db", "switchyard.db.root-password"):
            self.assertEqual(stat.S_IMODE(os.stat(self.path(name)).st_mode), 0o600)
        self.assertEqual(self.call("token", "list")[1], "")
        self.assertEqual(self.rows("SELECT username, role, quota FROM users"), [("root", 100, 500000000000000)])

    def test_initial_secrets(self):
        _, err = self.call("token", "list", INITIAL_ROOT_PASSWORD="short", INITIAL_ROOT_TOKEN="sk-abc",
                           INITIAL_ROOT_ACCESS_TOKEN="0123456789abcdef0123456789abcdef", SQLITE_PATH="other.db")
        self.assertIn("shorter than 8", err)
        self.assertNotIn("short ", err)
        self.assertEqual(self.rows("SELECT key, unlimited_quota FROM tokens", "other.db"), [("abc", 1)])
        self.assertEqual(self.rows("SELECT access_token FROM users", "other.db"), [("0123456789abcdef0123456789abcdef",)])
        self.assertFalse(os.path.exists(self.path("other.db.root-password")))

    def test_one_apis_database_is_found(self):
        self.call("token", "list", SQLITE_PATH="one-api.db")
        self.call("token", "add", "--name", "x")
        self.assertFalse(os.path.exists(self.path("switchyard.db")))
        self.assertEqual(self.rows("SELECT name FROM tokens", "one-api.db"), [("x",)])

    def test_tokens(self):
        out, err = self.call("token", "add", "--name", "plain")
        self.assertRegex(out, KEY)
        self.assertIn("unlimited", err)
        limited = self.call("token", "add", "-name", "limited", "--quota", "500", "--models", "a, b", "--subnet", "10.0.0.0/8",
                            "--expires-in", "1d")[0]
        self.call("token", "add", "--name", "limited", "--unlimited")
        self.assertEqual(self.rows("SELECT name, remain_quota, unlimited_quota, models, subnet FROM tokens ORDER BY id"),
                         [("plain", 0, 1, "", ""), ("limited", 500, 0, "a,b", "10.0.0.0/8"), ("limited", 0, 1, "", "")])
        self.assertEqual(self.rows(f"SELECT expired_time - created_time FROM tokens WHERE key = '{limited[3:].strip()}'"),
                         [(86400,)])
        listed = self.call("token", "list")[0]
        self.assertNotIn(limited.strip(), listed)
        self.assertIn(limited[:7] + "...", listed)
        self.assertIn("2, 3", self.call("token", "remove", "limited", status=1)[1])
        self.call("token", "remove", "3")
        self.call("token", "remove", "limited")
        self.assertIn("no token `limited`", self.call("token", "remove", "limited", status=1)[1])
        for bad in (["--quota", "0"], ["--quota", "5", "--unlimited"], ["--subnet", "ten"], ["--expires-in", "soon"]):
            self.call("token", "add", "--name", "n", *bad, status=2)
        self.assertIn("no user", self.call("token", "add", "--name", "n", "--user", "nobody", status=1)[1])
        self.assertEqual(self.rows("SELECT COUNT(*) FROM tokens"), [(1,)])

    def test_channels(self):
        self.call("channel", "add", "--name", "first", "--type", "openai", "--base-url", "https://one.example", "--key", "sk-up",
                  "--models", "a,b,a", "--group", "default,vip", "--priority", "-5", "--weight", "3",
                  "--model-mapping", '{"a":"A"}', "--channel-config", '{"region":"eu"}', "--proxy", "socks5://127.0.0.1:1080",
                  "--no-usage-frame", "--system-prompt", "Be brief.")
        self.assertEqual(self.rows("SELECT type, provider, status, name, weight, base_url, models, \"group\", "
                                   "model_mapping, priority, config, system_prompt, settings FROM channels"),
                         [(1, "openai", 1, "first", 3, "https://one.example", "a,b,a", "default,vip", '{"a":"A"}', -5,
                           '{"region":"eu"}', "Be brief.", '{"proxy":"socks5://127.0.0.1:1080","include_usage":false}')])
        self.assertEqual(self.rows("SELECT COUNT(*) FROM abilities"), [(4,)])
        self.call("channel", "add", "--name", "second", "--type", "36", "--models", "c", "--key", "-", stdin="from-stdin\n")
        self.call("channel", "add", "--name", "third", "--type", "acme", "--models", "c")
        self.assertEqual(self.rows("SELECT type, provider FROM channels WHERE id > 1"), [(36, None), (0, "acme")])
        # A database of ours keeps keys sealed from the start; an empty one has nothing to seal.
        keys = [row[0] for row in self.rows("SELECT key FROM channels ORDER BY id")]
        self.assertEqual([key.startswith("sealed:") for key in keys], [True, True, False])
        self.assertEqual(keys[2], "")
        self.assertNotIn("from-stdin", "".join(keys))
        listed = self.call("channel", "list")[0]
        self.assertIn("36 (deepseek)", listed)
        for secret in ("sk-up", "from-stdin"):
            self.assertNotIn(secret, listed)
        self.call("channel", "remove", "second")
        self.call("channel", "remove", "1")
        self.assertEqual(self.rows("SELECT COUNT(*) FROM abilities"), [(1,)])
        self.assertIn("no channel `1`", self.call("channel", "remove", "1", status=1)[1])
        good = {"--name": "n", "--type": "openai", "--models": "m"}
        for option, bad in (("--base-url", "nonsense"), ("--base-url", "ftp://x"), ("--type", "0"), ("--type", "no type"),
                            ("--models", " , "), ("--priority", "high"), ("--weight", "-1"), ("--model-mapping", "{"),
                            ("--model-mapping", '{"a":1}'), ("--channel-config", "[]"), ("--proxy", "x"), ("--name", " "),
                            ("--key", "-")):
            words = [word for pair in (good | {option: bad}).items() for word in pair]
            self.assertIn(option, self.call("channel", "add", *words, status=2)[1])
        self.assertEqual(self.rows("SELECT COUNT(*) FROM channels"), [(1,)])

    def test_a_database_in_trouble_is_named(self):
        self.assertIn("/no/such/x.db", self.call("token", "list", status=1, SQLITE_PATH="/no/such/x.db")[1])
        with open(self.path("switchyard.db"), "w") as file:
            file.write("no database" * 100)
        self.assertIn("switchyard.db", self.call("token", "list", status=1)[1])


if __name__ == "__main__":
    unittest.main()

"""A database of One API opens in place: its tokens relay, its passwords log in, its columns stay as they are, and its
channel keys are sealed only when somebody asks for it."""
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

from cases import BUILD, TOOLS, Gateway, Mock, wait_until
from http_client import call, chat
from switchyard_tests.mock import header_of

SCHEMA = pathlib.Path(__file__).resolve().parent / "one_api_sqlite.sql"
TABLES = ("users", "tokens", "channels", "abilities", "options", "redemptions", "logs")

ROOT_KEY = "rootKEYrootKEY0123456789abcdefABCDEF0123456789ab"
LIMITED_KEY = "linKEYlinKEYlin0123456789abcdefABCDEF0123456789x"
DISABLED_KEY = "offKEYoffKEYoff0123456789abcdefABCDEF0123456789x"
UPSTREAM_KEY = "sk-of-the-old-days"
PASSWORD = "12345678"
PASSWORD_HASH = "$2a$10$abcdefghijklmnopqrstuu6VFZE.TtiJ2cr5lBUZZkdTY8FkA5ul2"


def fill(path, upstream):
    """What years of One API leave behind, down to rows that point nowhere and columns that are NULL."""
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA.read_text())
    with connection:
        connection.executemany(
            "INSERT INTO users (id, username, password, display_name, role, status, email, access_token, quota, used_quota, "
            "request_count, `group`, aff_code, inviter_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(1, "root", PASSWORD_HASH, "Root User", 100, 1, "", "a" * 32, 500000000000000, 12, 3, "default", "", 0),
             (7, "lin", PASSWORD_HASH, "林", 1, 1, "lin@example.org", "b" * 32, 900000, 100000, 250, "vip", "Ab3d", 1),
             (8, "gone", "", "", 1, 3, None, None, 5, 0, 0, "default", "Zz9z", None)])
        connection.executemany(
            "INSERT INTO tokens (id, user_id, `key`, status, name, created_time, accessed_time, expired_time, remain_quota, "
            "unlimited_quota, used_quota, models, subnet) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(1, 1, ROOT_KEY, 1, "default", 1700000000, 1700000000, -1, 500000000000000, 1, 0, None, ""),
             (5, 7, LIMITED_KEY, 1, "limited", 1700000000, 1700000500, -1, 300000, 0, 7, "gpt-4o-mini,gpt-4o", None),
             (6, 7, DISABLED_KEY, 2, "off", 1700000000, 1700000500, -1, 300000, 0, 7, "", "")])
        connection.executemany(
            "INSERT INTO channels (id, type, `key`, status, name, weight, created_time, test_time, response_time, base_url, other, "
            "balance, balance_updated_time, models, `group`, used_quota, model_mapping, priority, config, system_prompt) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(3, 1, UPSTREAM_KEY, 1, "first", 0, 1700000000, 1700000001, 812, upstream, None, 1.25, 1700000002,
              "gpt-4o-mini,gpt-4o", "default,vip", 4242, '{"gpt-4o":"gpt-4o-2024-11-20"}', 5, "", None),
             (4, 3, "azure-key", 2, "azure", None, 1700000000, 0, 0, "", "2024-03-01-preview", 0.0, 0, "gpt-4o", "vip", 0, None,
              None, None, None)])
        connection.executemany("INSERT INTO abilities VALUES (?, ?, ?, ?, ?)",
                               [(group, model, 3, 1, 5) for group in ("default", "vip") for model in ("gpt-4o-mini", "gpt-4o")]
                               + [("vip", "gpt-4o", 4, 0, 0), ("vip", "orphan", 99, 1, 0)])
        connection.executemany("INSERT INTO options VALUES (?, ?)",
                               [("RetryTimes", "2"), ("GroupRatio", '{"default":1,"vip":0.5}'), ("SomethingOfAFork", "kept")])
        connection.executemany("INSERT INTO redemptions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                               [(1, 1, "c" * 32, 1, "spring", 500, 1700000000, 0), (2, 1, "d" * 32, 3, "used", 500, 1700000000, 1700000100)])
        connection.executemany("INSERT INTO logs (id, user_id, created_at, type, content, username, token_name, model_name, quota, "
                               "prompt_tokens, completion_tokens, channel_id, elapsed_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                               [(n, 7, 1700000000 + n, 2, "模型倍率 7.50", "lin", "limited", "gpt-4o-mini", n, 2 * n, 3 * n, 3, 40)
                                for n in range(1, 201)])
    connection.close()


def columns_of(path):
    connection = sqlite3.connect(path)
    try:
        return {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in TABLES}
    finally:
        connection.close()


def rows_of(path, columns):
    """The rows of One API's tables, in these columns."""
    connection = sqlite3.connect(path)
    try:
        return {table: sorted(connection.execute("SELECT " + ", ".join(f"`{name}`" for name in names) + f" FROM {table}").fetchall(),
                              key=repr) for table, names in columns.items()}
    finally:
        connection.close()


def dump(path):
    """Everything in the file but how far the journals are applied: that is a start's to note."""
    connection = sqlite3.connect(path)
    try:
        return [line for line in connection.iterdump() if 'INSERT INTO "ledger_positions"' not in line]
    finally:
        connection.close()


class TakeOverCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchyard-takeover-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.mock = Mock(TOOLS, self.folder)
        self.addCleanup(self.mock.stop)
        self.gateway = Gateway(BUILD, self.folder / "gateway")
        self.key_file = pathlib.Path(str(self.gateway.database) + ".key")
        fill(self.gateway.database, self.mock.url())

    def start(self):
        self.gateway.start()
        self.addCleanup(lambda: self.gateway.process.exit_code is None and self.gateway.stop())

    def stop(self):
        self.assertEqual(self.gateway.stop(), 0, self.gateway.process.output()[-3000:])

    def ask(self, key, model="gpt-4o-mini", **members):
        return call(self.gateway.port, "POST", "/v1/chat/completions", chat(model, **members), "sk-" + key)

    def upstream_key(self):
        """What the upstream is given now."""
        self.mock.forget()
        answer = self.ask(ROOT_KEY)
        self.assertEqual(answer.status, 200, answer)
        return header_of(self.mock.requests()[-1], "authorization")

    def stored_key(self, channel=3):
        return self.gateway.sql("SELECT `key` FROM channels WHERE id = ?", channel)[0][0]


class Serving(TakeOverCase):
    def test_old_tokens_relay(self):
        self.start()
        for key in (ROOT_KEY, LIMITED_KEY):
            for members in ({}, {"stream": True}):
                self.assertEqual(self.ask(key, **members).status, 200)
        self.assertEqual(header_of(self.mock.requests()[0], "authorization"), "Bearer " + UPSTREAM_KEY)
        self.mock.forget()
        self.assertEqual(self.ask(LIMITED_KEY, "gpt-4o").status, 200)
        self.assertIn('"gpt-4o-2024-11-20"', self.mock.requests()[0]["body"])
        self.assertEqual(self.ask(DISABLED_KEY).status, 401)
        self.assertEqual(self.ask(LIMITED_KEY, "text-embedding-3-small").status, 403)

    def test_an_old_password_logs_in(self):
        self.start()
        answer = call(self.gateway.port, "POST", "/api/user/login", {"username": "lin", "password": PASSWORD})
        self.assertTrue(answer.json()["success"], answer)
        answer = call(self.gateway.port, "POST", "/api/user/login", {"username": "lin", "password": PASSWORD + "9"})
        self.assertFalse(answer.json()["success"], answer)

    def test_what_one_api_writes_meanwhile_is_seen(self):
        self.start()
        new_key = "n" * 48
        self.assertEqual(self.ask(new_key).status, 401)
        self.gateway.sql("INSERT INTO `tokens` (`user_id`,`key`,`status`,`name`,`created_time`,`accessed_time`,`expired_time`,"
                         "`remain_quota`,`unlimited_quota`,`used_quota`,`models`,`subnet`) VALUES (7,?,1,'new',1,1,-1,0,true,0,'','')", new_key)
        wait_until(lambda: self.ask(new_key).status == 200, "a token that One API made relays", 5)
        self.gateway.sql("UPDATE `tokens` SET `status` = 2 WHERE `key` = ?", new_key)
        wait_until(lambda: self.ask(new_key).status == 401, "a token that One API disabled is refused", 5)


class Storing(TakeOverCase):
    def test_one_apis_columns_stay_intact_and_a_second_start_changes_nothing(self):
        columns = columns_of(self.gateway.database)
        before = rows_of(self.gateway.database, columns)
        self.assertEqual(len(before["logs"]), 200)
        self.start()
        self.stop()
        self.assertEqual(rows_of(self.gateway.database, columns), before)
        for table, names in columns_of(self.gateway.database).items():
            self.assertEqual(names[:len(columns[table])], columns[table]) # what is ours comes behind
        first = dump(self.gateway.database)
        self.assertTrue(any("switchyard_migrations" in line for line in first))
        self.start()
        self.stop()
        self.assertEqual(dump(self.gateway.database), first)
        self.assertFalse(self.key_file.exists())

    def test_the_books_open_with_what_everybody_has(self):
        self.start()
        self.stop()
        entries = self.gateway.sql("SELECT account_kind, account_id, delta, balance_after, cause FROM ledger_entries ORDER BY 1 DESC, 2")
        self.assertEqual(entries, [("user", 1, 500000000000000, 500000000000000, "opening"), ("user", 7, 900000, 900000, "opening"),
                                   ("user", 8, 5, 5, "opening"), ("token", 1, 500000000000000, 500000000000000, "opening"),
                                   ("token", 5, 300000, 300000, "opening"), ("token", 6, 300000, 300000, "opening")])
        # Charges of One API are no charges of these books.
        self.assertEqual(self.gateway.sql("SELECT COUNT(*) FROM logs WHERE journal_seq IS NOT NULL"), [(0,)])


class Sealing(TakeOverCase):
    def test_keys_are_sealed_rotated_and_opened_under_a_running_gateway(self):
        self.start()
        self.assertEqual(self.upstream_key(), "Bearer " + UPSTREAM_KEY)

        refused = self.gateway.cli("keys", "encrypt", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("One API cannot", refused.stderr)
        self.assertEqual(self.stored_key(), UPSTREAM_KEY)
        self.assertFalse(self.key_file.exists())

        self.gateway.cli("keys", "encrypt", "--yes")
        sealed = self.stored_key()
        self.assertTrue(sealed.startswith("sealed:v1:"), sealed)
        self.assertEqual(self.key_file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.upstream_key(), "Bearer " + UPSTREAM_KEY)
        self.gateway.sql("UPDATE options SET value = '3' WHERE `key` = 'RetryTimes'") # makes it read the sealed keys
        self.assertEqual(self.upstream_key(), "Bearer " + UPSTREAM_KEY)

        self.gateway.cli("keys", "rotate")
        self.assertNotEqual(self.stored_key(), sealed)
        self.assertTrue(self.stored_key().startswith("sealed:v1:"))
        self.gateway.add_channel("later", "text-embedding-3-small", self.mock.url(), key="later-key")
        later = self.gateway.sql("SELECT `key` FROM channels WHERE name = 'later'")[0][0]
        self.assertTrue(later.startswith("sealed:v1:"), later)
        wait_until(lambda: call(self.gateway.port, "POST", "/v1/embeddings", {"model": "text-embedding-3-small", "input": "a"},
                                "sk-" + ROOT_KEY).status == 200, "a channel with a key of the new file serves", 5)
        self.assertEqual(header_of(self.mock.requests()[-1], "authorization"), "Bearer later-key")
        self.assertEqual(self.upstream_key(), "Bearer " + UPSTREAM_KEY)
        self.assertIn("3 sealed, 0 in clear", self.gateway.cli("keys", "status").stdout)

        self.gateway.cli("keys", "decrypt")
        self.assertEqual(self.stored_key(), UPSTREAM_KEY)
        self.assertEqual(self.stored_key(4), "azure-key")
        self.assertEqual(self.upstream_key(), "Bearer " + UPSTREAM_KEY)
        self.stop()

    def test_without_its_key_file_it_does_not_start(self):
        self.gateway.cli("keys", "encrypt", "--yes")
        away = self.key_file.rename(self.folder / "away")
        self.gateway.spawn()
        self.assertEqual(self.gateway.process.wait(20), 1)
        self.assertIn("there is no key file " + str(self.key_file), self.gateway.process.output())
        self.assertFalse(self.key_file.exists())
        self.gateway.arguments = ["--key-file", str(away)]
        self.start()
        self.assertEqual(self.upstream_key(), "Bearer " + UPSTREAM_KEY)


if __name__ == "__main__":
    unittest.main()

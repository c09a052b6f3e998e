"""Redemption codes, logs, options and groups of the REST API; the numbers are those of the compatibility checklist."""
import json

from admin_client import AdminCase


class Redemptions(AdminCase):
    def test_088_codes_are_made(self):
        keys = self.root.ok("POST", "/api/redemption/", {"name": "n", "quota": 100, "count": 3})
        self.assertEqual(len(set(keys)), 3)
        for key in keys:
            self.assertRegex(key, "^[0-9a-f]{32}$")
        for bad in ({"count": 0}, {"count": 101}, {"name": ""}, {"name": "x" * 21}, {"quota": -1}):
            self.root.fail("POST", "/api/redemption/", {"name": "n", "quota": 100, "count": 1, **bad})
        self.root.ok("POST", "/api/redemption/", {"name": "usual", "quota": 0, "count": 1})
        code = self.root.ok("GET", "/api/redemption/search?keyword=usu")[0]
        self.assertEqual((code["quota"], code["status"], code["count"]), (100, 1, 0))
        self.assertEqual(self.root.ok("GET", f"/api/redemption/{code['id']}"), code)
        self.assertIsNone(self.root.ok("DELETE", f"/api/redemption/{code['id']}/"))
        self.root.fail("GET", f"/api/redemption/{code['id']}")
        self.assertEqual(self.root.ok("GET", "/api/redemption/?p=99"), [])

    def test_090_changes(self):
        key = self.root.ok("POST", "/api/redemption/", {"name": "change", "quota": 5, "count": 1})[0]
        code = self.root.ok("GET", "/api/redemption/")[0]
        self.assertEqual(code["key"], key)
        changed = self.root.ok("PUT", "/api/redemption/?status_only=true", {"id": code["id"], "status": 2, "quota": 9})
        self.assertEqual((changed["status"], changed["quota"]), (2, 5))
        changed = self.root.ok("PUT", "/api/redemption/", {"id": code["id"], "name": "new", "quota": 6, "status": 1})
        self.assertEqual((changed["name"], changed["quota"], changed["status"]), ("new", 6, 2))
        self.sql("UPDATE redemptions SET status = 3 WHERE id = ?", code["id"])
        self.root.fail("PUT", "/api/redemption/?status_only=true", {"id": code["id"], "status": 1})
        self.assertEqual(self.sql("SELECT status FROM redemptions WHERE id = ?", code["id"])[0][0], 3)


class Logs(AdminCase):
    def row(self, at, kind=2, user=1, name="root", token="t", model="m", channel=1, quota=10, content="text"):
        self.sql("INSERT INTO logs (user_id, created_at, type, content, username, token_name, model_name, quota, channel_id) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", user, at, kind, content, name, token, model, quota, channel)

    def setUp(self):
        self.sql("DELETE FROM logs")

    def test_091_every_filter_counts(self):
        wanted = dict(type=2, username="u", token_name="tt", model_name="mm", channel=7, start_timestamp=100, end_timestamp=200)
        self.row(100, name="u", token="tt", model="mm", channel=7)
        self.row(200, name="u", token="tt", model="mm", channel=7)
        for other in (dict(kind=1), dict(name="v"), dict(token="x"), dict(model="x"), dict(channel=8), dict(at=99), dict(at=201)):
            self.row(**{**dict(at=150, name="u", token="tt", model="mm", channel=7), **other})
        query = "&".join(f"{key}={value}" for key, value in wanted.items())
        found = self.root.ok("GET", "/api/log/?" + query)
        self.assertEqual([row["created_at"] for row in found], [200, 100])
        self.assertEqual(found[0]["channel"], 7)
        self.assertEqual({type(found[0][name]) for name in ("is_stream", "system_prompt_reset")}, {bool})
        for added in ("branch", "usage_source", "cached_tokens", "unpaid", "finish", "detail"):
            self.assertIn(added, found[0])
        for i in range(12):
            self.row(300 + i)
        pages = [self.root.ok("GET", f"/api/log/?p={page}&start_timestamp=300") for page in (0, 1, 2)]
        self.assertEqual([len(page) for page in pages], [10, 2, 0])
        self.assertEqual([row["created_at"] for row in pages[0] + pages[1]], list(range(311, 299, -1)))

    def test_092_what_is_no_number_is_no_filter(self):
        self.row(100)
        self.assertEqual(len(self.root.ok("GET", "/api/log/?type=&channel=NaN&start_timestamp=NaN&end_timestamp=&p=abc")), 1)

    def test_093_own_rows_without_ids(self):
        user, number, name = self.new_user()
        self.row(100, user=number, name=name)
        self.row(101)
        for path in ("/api/log/self?p=0", "/api/log/self/?p=0", "/api/log/self/search?keyword=2"):
            rows = user.ok("GET", path)
            self.assertEqual([(row["id"], row["created_at"]) for row in rows if row["type"] == 2], [(0, 100)])
        user.fail("GET", "/api/log/")
        self.row(102, user=number, name="a former name", quota=5)
        self.assertEqual(user.ok("GET", "/api/log/self/stat"), {"quota": 15})

    def test_094_the_sum_is_of_consumption(self):
        self.row(100)
        self.row(101, kind=1, quota=1000)
        self.assertEqual(self.root.ok("GET", "/api/log/stat?type=1"), {"quota": 10})
        self.assertEqual(self.root.ok("GET", "/api/log/stat?model_name=none"), {"quota": 0})

    def test_094_search(self):
        self.row(100, content="Top-up of 100")
        self.row(101, kind=4, content="else")
        search = lambda keyword: [r["created_at"] for r in self.root.ok("GET", f"/api/log/search?keyword={keyword}")]  # noqa: E731
        self.assertEqual(search("Top-up"), [100])
        self.assertEqual(search("4"), [101])
        self.assertEqual(search("up"), [])

    def test_095_deletion_needs_a_time_and_keeps_the_books(self):
        self.root.fail("DELETE", "/api/log/")
        self.row(100)
        self.row(200)
        # A charge of the ledger: what goes is entered first.
        self.sql("UPDATE logs SET journal_seq = 1, node = 'n' WHERE created_at = 100")
        before = self.sql("SELECT COALESCE(SUM(delta), 0) FROM ledger_entries WHERE account_kind = 'user' AND account_id = 1")[0][0]
        self.assertEqual(self.root.ok("DELETE", "/api/log/?target_timestamp=200"), 1)
        self.assertEqual(self.sql("SELECT created_at FROM logs"), [(200,)])
        after = self.sql("SELECT COALESCE(SUM(delta), 0) FROM ledger_entries WHERE account_kind = 'user' AND account_id = 1")[0][0]
        self.assertEqual(after - before, -10)


class Options(AdminCase):
    def value(self, key):
        return {option["key"]: option["value"] for option in self.root.ok("GET", "/api/option/")}.get(key)

    def put(self, key, value):
        return self.root.ok("PUT", "/api/option/", {"key": key, "value": value})

    def refuse(self, key, value):
        self.assertIn(key, self.root.fail("PUT", "/api/option/", {"key": key, "value": value}))

    def test_014_texts_of_the_start_pages(self):
        for path in ("notice", "about", "home_page_content"):
            self.assertEqual(self.client().ok("GET", "/api/" + path), "")
        self.put("Notice", "<b>hello</b>")
        self.eventually(lambda: self.client().ok("GET", "/api/notice") == "<b>hello</b>", "the notice is there")

    def test_096_the_list_hides_secrets(self):
        self.put("SMTPToken", "hidden-secret-1")
        self.put("TurnstileSecretKey", "hidden-secret-2")
        answer = self.root.call("GET", "/api/option/")
        self.assertNotIn(b"hidden-secret", answer.body)
        options = {option["key"]: option["value"] for option in answer.json()["data"]}
        self.assertTrue(all(isinstance(value, str) for value in options.values()))
        self.assertIn("EmailDomainWhitelist", options)
        for key in ("ModelRatio", "CompletionRatio", "GroupRatio"):
            self.assertIsInstance(json.loads(options[key]), dict)
        self.assertIn("gpt-4o", json.loads(options["ModelRatio"]))
        self.assertFalse([key for key in options if key.endswith(("Token", "Secret")) or key == "TurnstileSecretKey"])

    def test_097_a_change_is_shown_and_survives_a_restart(self):
        self.put("SystemName", "X")
        shown = lambda: self.client().ok("GET", "/api/status")["system_name"] == "X"  # noqa: E731
        self.eventually(shown, "the status shows it")
        self.gateway.stop()
        self.gateway.start()
        self.assertTrue(shown())
        self.assertEqual(self.value("SystemName"), "X")

    def test_098_the_value_is_a_text(self):
        answer = self.root.call("PUT", "/api/option/", {"key": "RetryTimes", "value": 3})
        self.assertEqual((answer.status, answer.json()["success"]), (400, False))
        self.put("RetryTimes", "3")
        self.assertEqual(self.value("RetryTimes"), "3")

    def test_099_switches_need_what_they_depend_on(self):
        self.refuse("Theme", "foo")
        self.put("Theme", "berry")
        for key in ("GitHubOAuthEnabled", "WeChatAuthEnabled", "TurnstileCheckEnabled", "OidcEnabled"):
            self.refuse(key, "true")
        self.put("EmailDomainWhitelist", "")
        self.refuse("EmailDomainRestrictionEnabled", "true")
        self.put("GitHubClientId", "id")
        self.put("GitHubOAuthEnabled", "true")
        for key, value in (("RetryTimes", "many"), ("QuotaPerUnit", "0"), ("RegisterEnabled", "yes"), ("SMTPPort", "99999")):
            self.refuse(key, value)

    def test_100_bad_ratios_leave_the_former_ones(self):
        self.put("ModelRatio", '{"mine":2}')
        for bad in ("{broken", "[1]", '{"mine":"dear"}', '{"mine":-1}'):
            self.refuse("ModelRatio", bad)
        self.assertEqual(self.sql("SELECT value FROM options WHERE [key] = 'ModelRatio'")[0][0], '{"mine":2}')
        self.assertEqual(json.loads(self.value("ModelRatio"))["mine"], 2)

    def test_101_the_groups_are_those_of_the_ratios(self):
        self.put("GroupRatio", '{"default":1,"gold":0.5}')
        self.assertEqual(sorted(self.root.ok("GET", "/api/group/")), ["default", "gold"])

    def test_006_options_are_for_root(self):
        user, _, _ = self.new_user(role=10)
        user.fail("GET", "/api/option/")
        user.fail("PUT", "/api/option/", {"key": "Notice", "value": "x"})

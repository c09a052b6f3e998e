"""The REST API: transport, logins, own account, users and tokens. Numbers are those of the compatibility checklist."""
import gzip
import json
import threading
import time

from admin_client import ROOT_PASSWORD, AdminCase, Client
from http_client import call

USER_KEYS = {"id", "username", "password", "display_name", "role", "status", "email", "github_id", "wechat_id", "lark_id",
             "oidc_id", "verification_code", "access_token", "quota", "used_quota", "request_count", "group", "aff_code",
             "inviter_id"}


class Transport(AdminCase):
    def test_01_json_and_request_id_everywhere(self):
        for method, path in (("GET", "/api/status"), ("GET", "/api/user/self"), ("POST", "/api/user/login")):
            answer = self.client().call(method, path)
            self.assertTrue(answer.header("content-type").startswith("application/json"), answer)
            self.assertTrue(answer.header("x-oneapi-request-id"))

    def test_02_neither_cookie_nor_token(self):
        answer = self.client().call("GET", "/api/user/self")
        self.assertEqual(answer.status, 401)
        self.assertIs(answer.json()["success"], False)

    def test_03_a_wrong_access_token_is_no_401(self):
        self.client("nonsense").fail("GET", "/api/user/self")
        self.client("0" * 32).fail("GET", "/api/user/self")

    def test_04_both_forms_of_an_access_token(self):
        user, number, _ = self.new_user()
        token = user.ok("GET", "/api/user/token")
        for form in (token, "Bearer " + token):
            self.assertEqual(self.client(form).ok("GET", "/api/user/self")["id"], number)

    def test_05_the_cookie_wins(self):
        user, number, _ = self.new_user()
        user.access_token = self.root.ok("GET", "/api/user/token")
        self.assertEqual(user.ok("GET", "/api/user/self")["id"], number)

    def test_06_protections(self):
        user, _, _ = self.new_user()
        admin, _, _ = self.new_user(role=10)
        user.fail("GET", "/api/user/")
        admin.ok("GET", "/api/user/")

    def test_07_unknown_addresses(self):
        answer = self.client().call("GET", "/api/nothing")
        self.assertEqual((answer.status, answer.error["type"]), (404, "invalid_request_error"))
        self.assertEqual(self.client().call("PATCH", "/api/status").status, 404)

    def test_08_09_final_slash_or_not(self):
        for path in ("/api/user?p=0", "/api/user/?p=0", "/api/token", "/api/token/", "/api/user/self/"):
            self.root.ok("GET", path)
        token = self.root.ok("POST", "/api/token", {"name": "slash"})
        self.root.ok("DELETE", f"/api/token/{token['id']}/")

    def test_10_gzip(self):
        plain = self.root.call("GET", "/api/user/self")
        packed = self.root.call("GET", "/api/user/self", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(plain.header("content-encoding"), None)
        if len(plain.body) >= 512:
            self.assertEqual(packed.header("content-encoding"), "gzip")
        for number in range(3):
            self.root.ok("POST", "/api/token/", {"name": f"gzip {number}"})
        plain = self.root.call("GET", "/api/token/")
        packed = self.root.call("GET", "/api/token/", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed.header("content-encoding"), "gzip")
        self.assertEqual(json.loads(gzip.decompress(packed.body)), plain.json())

    def test_11_unknown_keys_and_null(self):
        self.client().ok("POST", "/api/user/login",
                         {"USERNAME": "root", "password": ROOT_PASSWORD, "foo": [1], "verification_code": None})

    def test_wrong_types_name_the_field(self):
        self.assertIn("username", self.client().fail("POST", "/api/user/login", {"username": 7, "password": "x"}))
        self.assertIn("remain_quota", self.root.fail("POST", "/api/token/", {"name": "t", "remain_quota": "5"}))
        for body in (b"", b"[]", b"{", b"[" * 100000, b'"x"'):
            self.root.fail("POST", "/api/token/", body)

    def test_another_sites_page_cannot_use_the_login(self):
        self.assertEqual(self.root.call("GET", "/api/user/token", headers={"Sec-Fetch-Site": "cross-site"}).status, 401)
        self.assertEqual(self.root.call("GET", "/api/user/self", headers={"Sec-Fetch-Site": "same-origin"}).status, 200)

    def test_messages_in_two_languages(self):
        english = self.client().call("GET", "/api/user/self").json()["message"]
        chinese = self.client().call("GET", "/api/user/self", headers={"Accept-Language": "zh-CN"}).json()["message"]
        self.assertTrue(english.isascii())
        self.assertFalse(chinese.isascii())


class Logins(AdminCase):
    def test_20_login(self):
        answer = self.client().call("POST", "/api/user/login", {"username": "root", "password": ROOT_PASSWORD})
        data = answer.json()["data"]
        self.assertEqual(set(data), USER_KEYS)
        self.assertEqual((data["username"], data["role"], data["status"]), ("root", 100, 1))
        self.assertEqual((data["password"], data["access_token"], data["quota"], data["aff_code"]), ("", "", 0, ""))
        cookie = answer.header("set-cookie")
        self.assertRegex(cookie, r"^session=[^;]+;")
        for part in ("Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"):
            self.assertIn(part, cookie)
        self.assertNotIn("Secure", cookie)
        behind_tls = self.client().call("POST", "/api/user/login", {"username": "root", "password": ROOT_PASSWORD},
                                        headers={"X-Forwarded-Proto": "https"})
        self.assertIn("Secure", behind_tls.header("set-cookie"))

    def test_21_wrong_password(self):
        _, number, name = self.new_user()
        client = self.client()
        wrong = client.fail("POST", "/api/user/login", {"username": name, "password": "password2"})
        self.assertEqual(client.call("GET", "/api/user/self").status, 401)
        unknown = client.fail("POST", "/api/user/login", {"username": "nobody", "password": "password1"})
        self.sql("UPDATE users SET status = 2 WHERE id = ?", number)
        disabled = client.fail("POST", "/api/user/login", {"username": name, "password": "password1"})
        self.assertEqual({wrong}, {unknown, disabled})

    def test_22_empty_or_broken(self):
        for body in ({"username": "", "password": "x"}, {"username": "root", "password": ""}, b"user=root"):
            self.client().fail("POST", "/api/user/login", body)

    def test_23_by_address(self):
        _, number, _ = self.new_user()
        self.root.ok("PUT", "/api/user/", {"id": number, "email": "someone@example.com"})
        self.client().login("someone@example.com", "password1")

    def test_24_password_login_off(self):
        self.option("PasswordLoginEnabled", "false")
        self.client().fail("POST", "/api/user/login", {"username": "root", "password": ROOT_PASSWORD})

    def test_25_logout_ends_the_session_for_its_copies_too(self):
        user, _, _ = self.new_user()
        copy = user.cookie
        user.ok("GET", "/api/user/logout")
        self.assertEqual(user.call("GET", "/api/user/self").status, 401)
        user.cookie = copy
        self.assertEqual(user.call("GET", "/api/user/self").status, 401)
        self.client().ok("GET", "/api/user/logout")

    def test_26_a_session_survives_a_restart_with_the_same_secret(self):
        user, number, _ = self.new_user()
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual(user.ok("GET", "/api/user/self")["id"], number)
        self.gateway.stop()
        self.gateway.environment["SESSION_SECRET"] = "another"
        self.gateway.start()
        self.assertEqual(user.call("GET", "/api/user/self").status, 401)
        self.gateway.stop()
        self.gateway.environment["SESSION_SECRET"] = self.environment["SESSION_SECRET"]
        self.gateway.start()

    def test_a_forged_cookie_is_none(self):
        user, number, _ = self.new_user()
        pieces = user.cookie.split(".")
        self.assertEqual(pieces[2], str(number))
        for changed in (pieces[:2] + ["1"] + pieces[3:], pieces[:3] + ["9999999999"] + pieces[4:], pieces[:-1] + ["0" * 64]):
            forged = self.client()
            forged.cookie = ".".join(changed)
            self.assertEqual(forged.call("GET", "/api/user/self").status, 401)

    def test_27_28_registration(self):
        self.assertIsNone(self.client().ok("POST", "/api/user/register",
                                           {"username": "u1", "password": "12345678", "aff_code": None}))
        row = self.sql("SELECT id, role, status, [group], display_name, aff_code FROM users WHERE username = 'u1'")[0]
        self.assertEqual(row[1:5], (1, 1, "default", "u1"))
        self.assertRegex(row[5], "^[0-9A-Za-z]{4}$")
        tokens = self.sql("SELECT name, unlimited_quota, expired_time, remain_quota FROM tokens WHERE user_id = ?", row[0])
        self.assertEqual(tokens, [("default", 1, -1, -1)])

    def test_29_30_names_and_passwords(self):
        for name, password in (("thirteenchars", "12345678"), ("u2", "1234567"), ("u2", "1" * 21), ("", "12345678"),
                               ("   ", "12345678"), ("root", "12345678")):
            self.client().fail("POST", "/api/user/register", {"username": name, "password": password})
        self.client().ok("POST", "/api/user/register", {"username": "十二个汉字可以做名字的吧", "password": "密码密码密码密码"})

    def test_31_nobody_makes_himself_root(self):
        self.option("QuotaForNewUser", "7")
        self.client().ok("POST", "/api/user/register", {"username": "climber", "password": "12345678", "role": 100,
                                                        "quota": 999, "group": "vip"})
        self.assertEqual(self.sql("SELECT role, quota, [group] FROM users WHERE username = 'climber'"), [(1, 7, "default")])

    def test_32_33_35_registration_closed(self):
        for key, value in (("RegisterEnabled", "false"), ("PasswordRegisterEnabled", "false"),
                           ("EmailVerificationEnabled", "true"), ("TurnstileCheckEnabled", "true")):
            with self.subTest(key):
                self.option(key, value)
                self.client().fail("POST", "/api/user/register", {"username": "late", "password": "12345678"})
                self.client().login("root", ROOT_PASSWORD)
                self.doCleanups()

    def test_34_invitation(self):
        inviter, number, _ = self.new_user()
        code = inviter.ok("GET", "/api/user/aff")
        for key, value in (("QuotaForNewUser", "100"), ("QuotaForInvitee", "20"), ("QuotaForInviter", "30")):
            self.option(key, value)
        before = self.sql("SELECT quota FROM users WHERE id = ?", number)[0][0]
        self.client().ok("POST", "/api/user/register", {"username": "invited", "password": "12345678", "aff_code": code})
        new, quota, inviter_id = self.sql("SELECT id, quota, inviter_id FROM users WHERE username = 'invited'")[0]
        self.assertEqual((quota, inviter_id), (120, number))
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number)[0][0], before + 30)
        self.assertEqual(len(self.logs(new, 4)) + len(self.logs(number, 4)), 3)


class OwnAccount(AdminCase):
    def test_41_self(self):
        data = self.root.ok("GET", "/api/user/self")
        self.assertEqual(set(data), USER_KEYS)
        self.assertEqual((data["password"], data["access_token"]), ("", ""))

    def test_42_edit(self):
        user, number, name = self.new_user()
        user.ok("PUT", "/api/user/self", {"display_name": "X", "role": 100, "quota": 1})
        self.assertEqual(self.sql("SELECT username, display_name, role, quota FROM users WHERE id = ?", number),
                         [(name, "X", 1, 0)])
        self.client().login(name, "password1")
        other = self.client().login(name, "password1")
        user.ok("PUT", "/api/user/self", {"password": "newpass12"})
        self.client().login(name, "newpass12")
        user.ok("GET", "/api/user/self")  # the login that changed it goes on
        self.assertEqual(other.call("GET", "/api/user/self").status, 401)  # every other one has ended
        user.fail("PUT", "/api/user/self", {"password": "short"})
        user.fail("PUT", "/api/user/self", {"username": "root"})

    def test_43_access_token(self):
        user, _, _ = self.new_user()
        first = user.ok("GET", "/api/user/token")
        self.assertRegex(first, "^[0-9a-f]{32}$")
        user.ok("GET", "/api/user/token")
        self.client(first).fail("GET", "/api/user/self")

    def test_44_invitation_code(self):
        user, number, _ = self.new_user()
        self.sql("UPDATE users SET aff_code = NULL WHERE id = ?", number)
        code = user.ok("GET", "/api/user/aff")
        self.assertRegex(code, "^[0-9A-Za-z]{4}$")
        self.assertEqual(user.ok("GET", "/api/user/aff"), code)

    def test_45_available_models(self):
        user, number, _ = self.new_user()
        self.sql("UPDATE users SET [group] = 'readers' WHERE id = ?", number)
        for name, status, models in (("on", 1, "b-model,a-model"), ("off", 2, "c-model")):
            self.sql("INSERT INTO channels (type, [key], status, name, models, [group]) VALUES (1, 'k', ?, ?, ?, 'readers')",
                     status, name, models)
        self.eventually(lambda: user.ok("GET", "/api/user/available_models") == ["a-model", "b-model"], "the models are listed")

    def test_46_dashboard(self):
        user, number, _ = self.new_user()
        self.assertEqual(user.ok("GET", "/api/user/dashboard"), [])
        today = int(time.time())
        add = "INSERT INTO logs (user_id, created_at, type, model_name, quota, prompt_tokens, completion_tokens) VALUES (?,?,?,?,?,?,?)"
        for owner, at, kind in ((number, today, 2), (number, today, 2), (number, today, 1), (1, today, 2),
                                (number, today - 8 * 86400, 2)):
            self.sql(add, owner, at, kind, "gpt-4o", 100, 3, 4)
        self.assertEqual(user.ok("GET", "/api/user/dashboard"),
                         [{"Day": time.strftime("%Y-%m-%d", time.gmtime(today)), "ModelName": "gpt-4o", "RequestCount": 2,
                           "Quota": 200, "PromptTokens": 6, "CompletionTokens": 8}])

    def test_47_leaving(self):
        self.root.fail("DELETE", "/api/user/self")
        user, _, name = self.new_user()
        copy = user.cookie
        token = user.ok("GET", "/api/user/token")
        user.ok("DELETE", "/api/user/self")
        user.cookie = copy
        user.fail("GET", "/api/user/self")
        self.client(token).fail("GET", "/api/user/self")
        self.client().fail("POST", "/api/user/login", {"username": name, "password": "password1"})

    def test_89_redemption(self):
        user, number, _ = self.new_user()
        add = "INSERT INTO redemptions (user_id, [key], status, name, quota, created_time) VALUES (1, ?, ?, 'n', 100, 1)"
        self.sql(add, "a" * 32, 1)
        self.sql(add, "b" * 32, 2)
        self.assertEqual(user.ok("POST", "/api/user/topup", {"key": "a" * 32}), 100)
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number), [(100,)])
        status, redeemed = self.sql("SELECT status, redeemed_time FROM redemptions WHERE [key] = ?", "a" * 32)[0]
        self.assertEqual(status, 3)
        self.assertGreater(redeemed, time.time() - 60)
        self.assertEqual(len(self.logs(number, 1)), 1)
        for key in ("a" * 32, "b" * 32, "c" * 32, ""):
            user.fail("POST", "/api/user/topup", {"key": key})

    def test_89_two_at_once(self):
        users = [self.new_user() for _ in range(4)]
        self.sql("INSERT INTO redemptions (user_id, [key], status, name, quota, created_time) VALUES (1, ?, 1, 'n', 70, 1)",
                 "d" * 32)
        answers = []
        threads = [threading.Thread(target=lambda client=client: answers.append(
            client.call("POST", "/api/user/topup", {"key": "d" * 32}).json()["success"])) for client, _, _ in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(sorted(answers), [False, False, False, True])
        self.assertEqual(sum(self.sql("SELECT quota FROM users WHERE id = ?", number)[0][0] for _, number, _ in users), 70)


class Users(AdminCase):
    def test_48_49_lists(self):
        numbers = [self.new_user()[1] for _ in range(12)]
        for place, number in enumerate(numbers):
            self.sql("UPDATE users SET quota = ?, used_quota = ?, request_count = ? WHERE id = ?", place * 7 % 12,
                     place * 5 % 12, place * 11 % 12, number)
        first = self.root.ok("GET", "/api/user/?p=0")
        self.assertEqual(len(first), 10)
        ids = [user["id"] for user in first]
        self.assertEqual(ids, sorted(ids, reverse=True))
        second = self.root.ok("GET", "/api/user/?p=1")
        self.assertLess(second[0]["id"], ids[-1])
        self.assertEqual(self.root.ok("GET", "/api/user/?p=1000"), [])
        for page in ("-1", "abc", ""):
            self.assertEqual([user["id"] for user in self.root.ok("GET", f"/api/user/?p={page}")], ids)
        for order in ("quota", "used_quota", "request_count"):
            values = [user[order] for user in self.root.ok("GET", f"/api/user/?order={order}&page_size=100")]
            self.assertEqual(values, sorted(values, reverse=True))
        name = self.sql("SELECT username FROM users WHERE id = ?", numbers[0])[0][0]
        self.root.ok("POST", "/api/user/manage", {"username": name, "action": "delete"})
        self.assertNotIn(numbers[0], [user["id"] for user in self.root.ok("GET", "/api/user/?page_size=100")])

    def test_50_no_access_token_anywhere(self):
        admin, _, _ = self.new_user(role=10)
        for path in ("/api/user/?page_size=100", "/api/user/search?keyword=root"):
            users = admin.ok("GET", path)
            self.assertTrue(users)
            self.assertEqual({user["access_token"] for user in users} | {user["password"] for user in users}, {""})

    def test_51_search(self):
        _, number, name = self.new_user()
        self.sql("UPDATE users SET email = 'find@example.com', display_name = 'Some_One%' WHERE id = ?", number)
        found = lambda keyword: [u["id"] for u in self.root.ok("GET", f"/api/user/search?keyword={keyword}")]  # noqa: E731
        for keyword in (name, name[:4], "find%40ex", "Some_O", str(number)):
            self.assertIn(number, found(keyword), keyword)
        for keyword in ("example.com", "omeone", "Some%25One", "S_me"):
            self.assertNotIn(number, found(keyword), keyword)

    def test_52_reading(self):
        admin, number, _ = self.new_user(role=10)
        admin.fail("GET", f"/api/user/{number}")
        admin.fail("GET", "/api/user/1")
        self.assertEqual(self.root.ok("GET", f"/api/user/{number}")["id"], number)
        self.root.fail("GET", "/api/user/987654")

    def test_53_creating(self):
        admin, _, _ = self.new_user(role=10)
        admin.ok("POST", "/api/user/", {"username": "made53", "password": "password1"})
        number, role, shown = self.sql("SELECT id, role, display_name FROM users WHERE username = 'made53'")[0]
        self.assertEqual((role, shown), (1, "made53"))
        self.assertEqual(self.sql("SELECT name FROM tokens WHERE user_id = ?", number), [("default",)])
        admin.fail("POST", "/api/user/", {"username": "made53b"})
        admin.fail("POST", "/api/user/", {"username": "made53b", "password": "password1", "role": 10})
        self.root.ok("POST", "/api/user/", {"username": "made53c", "password": "password1", "role": 10})
        self.assertEqual(self.sql("SELECT role FROM users WHERE username = 'made53c'"), [(1,)])

    def test_54_55_56_editing(self):
        admin, own, _ = self.new_user(role=10)
        _, number, name = self.new_user()
        admin.ok("PUT", "/api/user/", {"id": number, "quota": 500})
        self.assertEqual(self.sql("SELECT username, quota, role, status, [group] FROM users WHERE id = ?", number),
                         [(name, 500, 1, 1, "default")])
        self.assertEqual(len(self.logs(number, 3)), 1)
        admin.fail("PUT", "/api/user/", {"quota": 500})
        admin.ok("PUT", "/api/user/", {"id": number, "password": "", "quota": 0})
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number), [(500,)])
        self.client().login(name, "password1")
        for body in ({"id": own, "quota": 1}, {"id": 1, "quota": 1}, {"id": number, "role": 10}, {"id": number, "role": 100}):
            admin.fail("PUT", "/api/user/", body)
        admin.ok("PUT", "/api/user/", {"id": number, "access_token": "f" * 32, "used_quota": 9, "github_id": "x"})
        self.assertEqual(self.sql("SELECT used_quota, github_id FROM users WHERE id = ? AND access_token <> ?", number,
                                  "f" * 32)[0][0], 0)

    def test_57_disabling(self):
        user, _, name = self.new_user()
        data = self.root.ok("POST", "/api/user/manage", {"username": name, "action": "disable"})
        self.assertEqual((data["status"], data["role"], set(data)), (2, 1, USER_KEYS))
        answer = user.call("GET", "/api/user/self")
        self.assertEqual((answer.status, answer.json()["success"]), (200, False))
        self.client().fail("POST", "/api/user/login", {"username": name, "password": "password1"})
        self.assertEqual(self.root.ok("POST", "/api/user/manage", {"username": name, "action": "enable"})["status"], 1)

    def test_58_promoting(self):
        admin, _, _ = self.new_user(role=10)
        user, _, name = self.new_user()
        do = lambda action: {"username": name, "action": action}  # noqa: E731
        admin.fail("POST", "/api/user/manage", do("promote"))
        user.fail("GET", "/api/user/")
        self.assertEqual(self.root.ok("POST", "/api/user/manage", do("promote"))["role"], 10)
        user.ok("GET", "/api/user/")  # a live login has the new role at once
        self.root.fail("POST", "/api/user/manage", do("promote"))
        self.assertEqual(self.root.ok("POST", "/api/user/manage", do("demote"))["role"], 1)
        user.fail("GET", "/api/user/")
        self.root.fail("POST", "/api/user/manage", do("demote"))

    def test_59_60_deleting(self):
        _, number, name = self.new_user()
        self.root.ok("POST", "/api/user/manage", {"username": name, "action": "delete"})
        self.assertNotIn(number, [user["id"] for user in self.root.ok("GET", "/api/user/?page_size=100")])
        self.root.ok("POST", "/api/user/", {"username": name, "password": "password1"})
        for action in ("disable", "delete", "demote"):
            self.root.fail("POST", "/api/user/manage", {"username": "root", "action": action})
        for target in ("nobody", ""):
            self.root.fail("POST", "/api/user/manage", {"username": target, "action": "disable"})

    def test_61_deleting_by_id(self):
        admin, own, _ = self.new_user(role=10)
        _, number, _ = self.new_user()
        admin.fail("DELETE", f"/api/user/{own}")
        admin.fail("DELETE", "/api/user/1")
        admin.ok("DELETE", f"/api/user/{number}")
        admin.fail("DELETE", f"/api/user/{number}")

    def test_62_top_up(self):
        admin, _, _ = self.new_user(role=10)
        user, number, _ = self.new_user()
        admin.ok("POST", "/api/topup", {"user_id": number, "quota": 100, "remark": "paid by card"})
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number), [(100,)])
        self.assertEqual(self.logs(number, 1), [("paid by card", 100)])
        admin.fail("POST", "/api/topup", {"user_id": number, "quota": -1})
        admin.fail("POST", "/api/topup", {"user_id": 987654, "quota": 1})
        user.fail("POST", "/api/topup", {"user_id": number, "quota": 1})


class Balances(AdminCase):
    """ledger.md 8: a form is an edit of what it was loaded with."""

    def assertBooks(self, number):
        """Opening and entries make the column, for an account that nothing was charged to."""
        self.assertEqual(self.sql("SELECT SUM(delta) FROM ledger_entries WHERE account_kind = 'user' AND account_id = ?", number),
                         self.sql("SELECT quota FROM users WHERE id = ?", number))

    def spend(self, table, column, number, points):
        self.sql(f"UPDATE {table} SET {column} = {column} - ? WHERE id = ?", points, number)

    def test_a_user_renamed_with_an_old_form(self):
        _, number, _ = self.new_user()
        self.root.ok("POST", "/api/topup", {"user_id": number, "quota": 5000})
        form = self.root.ok("GET", f"/api/user/{number}")
        self.spend("users", "quota", number, 1000)
        self.root.ok("PUT", "/api/user/", {**form, "display_name": "Renamed"})
        self.assertEqual(self.sql("SELECT quota, display_name FROM users WHERE id = ?", number), [(4000, "Renamed")])
        self.assertEqual(self.logs(number, 3), [])
        # The same form with 500 more: an edit by 500 of what is true.
        self.root.ok("PUT", "/api/user/", {**form, "quota": 5500})
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number), [(4500,)])
        self.assertEqual(len(self.logs(number, 3)), 1)
        self.root.ok("PUT", "/api/user/", {**form, "quota": 5500})  # the button pressed twice
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number), [(4500,)])

    def test_a_token_renamed_with_an_old_form(self):
        user, _, _ = self.new_user()
        made = user.ok("POST", "/api/token/", {"name": "t", "remain_quota": 5000, "expired_time": -1, "unlimited_quota": False})
        form = user.ok("GET", f"/api/token/{made['id']}")
        self.spend("tokens", "remain_quota", made["id"], 1000)
        data = user.ok("PUT", "/api/token/", {**form, "name": "renamed"})
        self.assertEqual((data["name"], data["remain_quota"]), ("renamed", 4000))
        user.ok("GET", f"/api/token/{made['id']}")
        self.assertEqual(user.ok("PUT", "/api/token/", {**form, "remain_quota": 4100})["remain_quota"], 4100)
        self.assertEqual(user.ok("PUT", "/api/token/", {**form, "remain_quota": 4100})["remain_quota"], 4100)

    def test_without_memory_a_value_is_a_value(self):
        _, number, _ = self.new_user()
        script = self.client(self.root.ok("GET", "/api/user/token"))
        script.ok("GET", f"/api/user/{number}")
        script.ok("PUT", "/api/user/", {"id": number, "quota": 700})
        self.spend("users", "quota", number, 100)
        script.ok("PUT", "/api/user/", {"id": number, "quota": 700})
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number), [(700,)])

    def test_deltas_are_exact(self):
        user, number, _ = self.new_user()
        self.root.ok("PUT", "/api/user/", {"id": number, "quota_delta": 300, "quota": 9})
        self.root.ok("PUT", "/api/user/", {"id": number, "quota_delta": -300})
        self.assertEqual(self.sql("SELECT quota FROM users WHERE id = ?", number), [(0,)])
        self.assertBooks(number)
        entries = self.sql("SELECT delta, balance_after, cause, actor FROM ledger_entries WHERE account_kind = 'user' AND "
                           "account_id = ? AND cause <> 'opening' ORDER BY id", number)
        self.assertEqual(entries, [(300, 300, "edit", "root"), (-300, 0, "edit", "root")])
        token = user.ok("POST", "/api/token/", {"name": "t", "remain_quota": 10})
        changed = user.ok("PUT", "/api/token/", {"id": token["id"], "name": "t", "remain_quota_delta": 5})
        self.assertEqual(changed["remain_quota"], 15)
        self.assertEqual(self.sql("SELECT delta, balance_after FROM ledger_entries WHERE account_kind = 'token' AND "
                                  "account_id = ? AND cause = 'edit'", token["id"]), [(5, 15)])

    def test_the_log_tells_the_true_values(self):
        self.option("DisplayInCurrencyEnabled", "false")
        _, number, _ = self.new_user()
        self.root.ok("PUT", "/api/user/", {"id": number, "quota_delta": 1000})
        form = self.root.ok("GET", f"/api/user/{number}")
        self.spend("users", "quota", number, 400)
        self.root.ok("PUT", "/api/user/", {**form, "quota": 1100})
        content = self.logs(number, 3)[-1][0]
        self.assertIn("600", content)
        self.assertIn("700", content)


class Tokens(AdminCase):
    FORM = {"name": "t", "remain_quota": 500000, "expired_time": -1, "unlimited_quota": False}

    def test_64_67_creating(self):
        data = self.root.ok("POST", "/api/token/", self.FORM)
        self.assertRegex(data["key"], "^[0-9A-Za-z]{48}$")
        self.assertEqual((data["status"], data["models"], data["subnet"]), (1, "", ""))
        self.assertEqual(set(data), {"id", "user_id", "key", "status", "name", "created_time", "accessed_time", "expired_time",
                                     "remain_quota", "unlimited_quota", "used_quota", "models", "subnet"})
        self.sql("UPDATE tokens SET models = NULL, subnet = NULL WHERE id = ?", data["id"])
        again = self.root.ok("GET", f"/api/token/{data['id']}")
        self.assertEqual((again["models"], again["subnet"]), ("", ""))

    def test_65_limits(self):
        self.root.fail("POST", "/api/token/", {**self.FORM, "name": "x" * 31})
        self.root.fail("POST", "/api/token/", {**self.FORM, "name": "汉" * 11})
        self.root.fail("POST", "/api/token/", {**self.FORM, "subnet": "1.2.3"})
        data = self.root.ok("POST", "/api/token/", {**self.FORM, "subnet": "10.0.0.0/8,192.168.0.0/16", "expired_time": 0})
        self.assertEqual((data["expired_time"], data["subnet"]), (-1, "10.0.0.0/8,192.168.0.0/16"))

    def test_66_server_fields(self):
        data = self.root.ok("POST", "/api/token/", {**self.FORM, "status": 2, "used_quota": 9, "user_id": 77, "key": "x"})
        self.assertEqual((data["status"], data["used_quota"], data["user_id"]), (1, 0, 1))
        self.assertEqual(len(data["key"]), 48)

    def test_68_other_peoples(self):
        user, _, _ = self.new_user()
        number = self.root.ok("POST", "/api/token/", self.FORM)["id"]
        user.fail("GET", f"/api/token/{number}")
        user.fail("PUT", "/api/token/", {**self.FORM, "id": number})
        user.fail("PUT", "/api/token/?status_only=true", {"id": number, "status": 2})
        user.fail("DELETE", f"/api/token/{number}")
        self.root.ok("GET", f"/api/token/{number}")

    def test_69_70_editing(self):
        number = self.root.ok("POST", "/api/token/", {**self.FORM, "models": "a,b"})["id"]
        data = self.root.ok("PUT", "/api/token/", {"id": number, "name": "n", "expired_time": 2000000000, "remain_quota": 0,
                                                   "unlimited_quota": True, "models": "c", "subnet": "", "status": 2})
        self.assertEqual([data[key] for key in ("name", "expired_time", "remain_quota", "unlimited_quota", "models", "status")],
                         ["n", 2000000000, 0, True, "c", 1])
        data = self.root.ok("PUT", "/api/token/?status_only=true", {"id": number, "status": 2})
        self.assertEqual((data["status"], data["name"], data["expired_time"]), (2, "n", 2000000000))

    def test_71_enabling(self):
        number = self.root.ok("POST", "/api/token/", {**self.FORM, "remain_quota": 0})["id"]
        self.sql("UPDATE tokens SET status = 4 WHERE id = ?", number)
        enable = lambda: {"id": number, "status": 1}  # noqa: E731
        self.root.fail("PUT", "/api/token/?status_only=true", enable())
        self.root.ok("PUT", "/api/token/", {**self.FORM, "id": number, "remain_quota": 5, "status": 4})
        self.assertEqual(self.root.ok("PUT", "/api/token/?status_only=true", enable())["status"], 1)
        self.sql("UPDATE tokens SET status = 3, expired_time = 1000 WHERE id = ?", number)
        self.root.fail("PUT", "/api/token/?status_only=true", enable())

    def test_72_order_and_search(self):
        user, _, _ = self.new_user()
        for name, remain, used, unlimited in (("a", 5, 1, 0), ("b", 9, 3, 0), ("c", 1, 2, 1)):
            data = user.ok("POST", "/api/token/", {"name": name, "remain_quota": remain, "unlimited_quota": bool(unlimited)})
            self.sql("UPDATE tokens SET used_quota = ? WHERE id = ?", used, data["id"])
        names = lambda query: [token["name"] for token in user.ok("GET", "/api/token/" + query)]  # noqa: E731
        self.assertEqual(names(""), ["c", "b", "a", "default"])
        self.assertEqual(names("?order=remain_quota"), ["c", "default", "b", "a"])
        self.assertEqual(names("?order=used_quota"), ["b", "c", "a", "default"])
        self.assertEqual(names("search?keyword=def"), ["default"])
        self.assertEqual(names("search?keyword=fault"), [])

    def test_73_deleting(self):
        data = self.root.ok("POST", "/api/token/", self.FORM)
        ask = lambda: call(self.gateway.port, "GET", "/v1/models", token="sk-" + data["key"]).status  # noqa: E731
        self.eventually(lambda: ask() == 200, "the new token is known", 1)
        self.root.ok("DELETE", f"/api/token/{data['id']}")
        self.eventually(lambda: ask() == 401, "the deleted token is refused", 1)
        self.root.fail("DELETE", f"/api/token/{data['id']}")


class Limits(AdminCase):
    environment = {"SESSION_SECRET": "s", "GLOBAL_API_RATE_LIMIT": "60"}

    @classmethod
    def logs_in(cls):
        return False

    def test_104_105_too_many(self):
        answers = [self.client().call("POST", "/api/user/login", {"username": "root", "password": ""}) for _ in range(21)]
        self.assertEqual([answer.status for answer in answers], [200] * 20 + [429])
        self.assertEqual(answers[-1].body, b"")
        self.assertTrue(0 < int(answers[-1].header("retry-after")) <= 1200)
        statuses = []
        while 429 not in statuses and len(statuses) < 100:
            answer = self.client().call("GET", "/api/status")
            statuses.append(answer.status)
        self.assertEqual(statuses[-1], 429)
        self.assertTrue(0 < int(answer.header("retry-after")) <= 180)
        other = self.client().call("GET", "/api/status", headers={"X-Forwarded-For": "203.0.113.7"})
        self.assertEqual(other.status, 200)


class TakenOver(AdminCase):
    """An account that another program made: the hash is a published example of bcrypt, cost 12, of `abc123xyz`."""

    @classmethod
    def prepare(cls):
        cls.gateway.cli("token", "add", "--name", "first")  # makes the database
        cls.gateway.sql("INSERT INTO users (username, password, display_name, role, status, [group]) VALUES "
                        "('veteran', '$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW', 'V', 1, 1, 'default')")

    def test_old_passwords_log_in(self):
        veteran = self.client().login("veteran", "abc123xyz")
        self.assertEqual(veteran.ok("GET", "/api/user/self")["username"], "veteran")
        self.assertEqual(set(veteran.ok("GET", "/api/user/self")), USER_KEYS)
        Client(self.gateway.port).fail("POST", "/api/user/login", {"username": "veteran", "password": "abc123xyzz"})

"""Plug-ins come, change and go under load: no stream is lost, and each file that is no good is refused with its reason."""
import json
import os
import pathlib
import re
import shutil
import selectors
import socket
import threading
import time

from cases import BUILD, TOOLS, GatewayCase
from http_client import call, chat
from switchyard_tests.gateway import Gateway
from switchyard_tests.processes import open_descriptors

STREAMS = int(os.environ.get("SWITCHYARD_STREAMS", "500"))
TEST_PLUGINS = TOOLS / "tests" / "unit" / "providers" / "plugins"
SANITIZED_BUILD = "san" in BUILD.name
FRAMES = 60
PACE_MS = 100


def mapped_objects(pid):
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    return sum("switchyard-plugin" in line for line in maps.splitlines())


class Streams:
    """Many chat streams at once, read by one thread until each has ended."""

    def __init__(self, port, token, model, count):
        self.bodies = []
        self.ended = 0
        self.begun = 0
        self._selector = selectors.DefaultSelector()
        request = json.dumps(chat(model, stream=True)).encode()
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(request)}\r\n\r\n").encode()
        for number in range(count):
            connection = socket.create_connection(("127.0.0.1", port), 30)
            connection.sendall(head + request)
            connection.setblocking(False)
            self.bodies.append(b"")
            self._selector.register(connection, selectors.EVENT_READ, number)
        self._count = count
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        until = time.monotonic() + 120
        while self.ended < self._count and time.monotonic() < until:
            for key, _ in self._selector.select(1):
                try:
                    data = key.fileobj.recv(65536)
                except ConnectionError:
                    data = b""
                if data:
                    self.begun += not self.bodies[key.data]
                    self.bodies[key.data] += data
                else:
                    self.ended += 1
                    self._selector.unregister(key.fileobj)
                    key.fileobj.close()

    def join(self):
        self._thread.join(120)
        return self.bodies

    def all_begun(self):
        return self.begun == self._count


class PluginCase(GatewayCase):
    """A gateway whose plug-ins lie in a folder of the suite's own."""

    @classmethod
    def setUpClass(cls):
        original = Gateway.__init__

        def in_a_tree_of_its_own(self, build, folder, *arguments):
            tree = pathlib.Path(folder) / "tree"
            (tree / "plugins").mkdir(parents=True)
            shutil.copy2(build / "switchyard", tree / "switchyard")
            shutil.copy2(build / "plugins" / "openai.so", tree / "plugins" / "openai.so")
            original(self, tree, folder, *arguments)

        Gateway.__init__ = in_a_tree_of_its_own
        try:
            super().setUpClass()
        finally:
            Gateway.__init__ = original

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.gateway.add_channel("mock streams", [f"mock:stream:{FRAMES}:{PACE_MS}"], cls.mock.url())
        cls.gateway.add_channel("answering", ["answering"], "http://127.0.0.1:1", kind="answering")

    def put(self, name, content):
        """As an administrator should: whole under another name, then renamed."""
        made = self.folder / (name + ".new")
        made.write_bytes(content)
        made.chmod(0o644)
        made.rename(self.gateway.plugins / (name + ".so"))

    def remove(self, name):
        (self.gateway.plugins / (name + ".so")).unlink()

    @staticmethod
    def built(name):
        return (TEST_PLUGINS / (name + ".so")).read_bytes()

    def says(self, what):
        answer = self.post_chat("answering")
        return answer.status == 200 and answer.json()["choices"][0]["message"]["content"] == what

    def missing(self):
        return self.post_chat("answering").status == 503

    def tearDown(self):
        if (self.gateway.plugins / "answering.so").exists():
            self.remove("answering")
            self.eventually(self.missing, "the plug-in is gone")


class UnderLoad(PluginCase):
    def test_add_replace_remove_under_streams(self):
        """Drop in, replace, remove: usable within a second, and every running stream ends as if nothing had happened."""
        self.eventually(self.missing, "nothing serves it yet")
        streams = Streams(self.gateway.port, self.token, f"mock:stream:{FRAMES}:{PACE_MS}", STREAMS)
        self.eventually(streams.all_begun, "all streams have begun", 60)

        begun = time.monotonic()
        self.put("answering", self.built("one"))
        self.eventually(lambda: self.says("1"), "the new plug-in answers")
        if not SANITIZED_BUILD:
            self.assertLess(time.monotonic() - begun, 1.0)

        # The one that all streams run on, too: same code, new content.
        self.put("openai", (BUILD / "plugins" / "openai.so").read_bytes() + b"\0new")
        self.put("answering", self.built("two"))
        self.eventually(lambda: self.says("2"), "the replacement answers")
        self.assertEqual(self.post_chat().status, 200)

        self.remove("answering")
        self.eventually(self.missing, "the plug-in is gone")
        self.assertIn("answering", self.assertError(self.post_chat("answering"), 503)["message"])

        running = STREAMS - streams.ended
        self.assertGreater(running, 0, "the streams ended too early to show anything")
        for body in streams.join():
            self.assertTrue(body.startswith(b"HTTP/1.1 200"), body[:300])
            self.assertEqual(body.count(b'"content":"'), FRAMES, body[-300:])
            self.assertIn(b"data: [DONE]", body)

    def test_running_streams_end_on_the_old_version(self):
        self.put("answering", self.built("slow_one"))
        self.eventually(lambda: not self.missing(), "the plug-in is there", 20)
        old = Streams(self.gateway.port, self.token, "answering", 20)
        self.eventually(old.all_begun, "the streams have begun")
        left = self.left_service()
        self.put("answering", self.built("slow_two"))
        self.eventually(lambda: self.left_service() > left, "the old version leaves")
        new = Streams(self.gateway.port, self.token, "answering", 20)
        for streams, said in ((old, b'"content":"1"'), (new, b'"content":"2"')):
            for body in streams.join():
                self.assertEqual(body.count(said), 60, body[-300:])
                self.assertEqual(body.count(b'"content":"1"') + body.count(b'"content":"2"'), 60)
                self.assertIn(b"data: [DONE]", body)

    def left_service(self):
        return len(re.findall(r"leaves service.*answering", self.gateway.log()))

    def test_a_hundred_replacements_leave_nothing_behind(self):
        contents = (self.built("one"), self.built("two"))
        self.put("answering", contents[0])
        self.eventually(lambda: self.says("1"), "the first version answers")
        before = (mapped_objects(self.gateway.pid), open_descriptors(self.gateway.pid))
        for number in range(1, 101):
            self.put("answering", contents[number % 2] + str(number).encode())
            wanted = "2" if number % 2 else "1"
            self.eventually(lambda: self.says(wanted), f"replacement {number} answers", 20)
        self.eventually(lambda: mapped_objects(self.gateway.pid) <= before[0], "the old objects are unmapped")
        self.eventually(lambda: open_descriptors(self.gateway.pid) <= before[1], "the descriptors return to where they were")

    def test_bad_files_are_refused_and_the_gateway_serves_on(self):
        good = self.built("one")
        bad = {"text": (b"not a shared object\n", "ELF"), "truncated": (good[:len(good) // 2], "cut off"),
               "major": (self.built("wrong_major"), "7."), "unresolved": (self.built("unresolved"), "nobody_defines_this"),
               "execstack": (self.built("exec_stack"), "stack"), "second": (self.built("second_export"), "second_export"),
               "crash": (self.built("crash_at_load"), "crashed"), "hang": (self.built("hang_at_load"), "hung")}
        for name, (content, _) in bad.items():
            self.put(name, content)
        slowly = self.gateway.plugins / "slowly.so"
        with slowly.open("wb") as file:
            file.write(good[:1000])
            file.flush()
            self.eventually(lambda: self.refusal("slowly"), "half a file is refused")
            file.write(good[1000:])
        self.eventually(lambda: self.says("1"), "the whole file serves")
        for name, (_, reason) in bad.items():
            self.eventually(lambda: self.refusal(name), f"{name} is refused", 20)
            self.assertIn(reason, self.refusal(name))
        self.assertEqual(self.post_chat().status, 200)
        listing = self.gateway.cli("plugins").stdout
        for name, (_, reason) in bad.items():
            self.assertIn(reason, listing)
        for name in (*bad, "slowly"):
            self.remove(name)
        self.eventually(self.missing, "all are gone")

    def refusal(self, name):
        found = re.findall(rf"plug-in refused.*/{name}\.so.*", self.gateway.log())
        return found[-1] if found else ""

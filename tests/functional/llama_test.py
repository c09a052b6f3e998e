"""A real server that is not ours behind the openai plug-in: llama.cpp with a tiny model. Its words are nonsense, its protocol is not."""
import json
import pathlib
import shutil
import unittest

from cases import GatewayCase, skip_or_fail
from http_client import call, chat
from switchyard_tests.processes import Process, wait_until

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parent.parent / "README.md"


class Llama(GatewayCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("node"):
            skip_or_fail("node is not installed")
        if not (HERE / "llama" / "node_modules" / "node-llama-cpp").is_dir():
            skip_or_fail("the Node package node-llama-cpp is not installed (./dev test installs it)")
        super().setUpClass()

    @classmethod
    def prepare(cls):
        cls.server = Process(["node", HERE / "llama" / "server.mjs", cls.folder, SAMPLE], cls.folder / "llama.log")
        cls.addClassCleanup(cls.server.stop)
        wait_until(lambda: cls.server.exit_code is not None or "plain " in cls.server.output(), "llama.cpp listens", 60)
        cls.port = int(cls.server.output().split("plain ")[1].split()[0])
        cls.gateway.add_channel("llama", ["pairs"], f"http://127.0.0.1:{cls.port}")

    ASKED = chat("pairs", "Where do the wagons go?", max_tokens=24, seed=7)

    @staticmethod
    def words(answer):
        return answer.json()["choices"][0]["message"]["content"]

    def test_whole_answer(self):
        """The same seed gives the same words with the gateway between and without it."""
        answer = self.call("POST", "/v1/chat/completions", self.ASKED)
        self.assertEqual(answer.status, 200, answer)
        direct = call(self.port, "POST", "/v1/chat/completions", self.ASKED)
        self.assertNotEqual(self.words(answer).strip(), "")
        self.assertEqual(self.words(answer), self.words(direct))

    def test_stream(self):
        answer = self.call("POST", "/v1/chat/completions", {**self.ASKED, "stream": True, "stream_options": {"include_usage": True}})
        self.assertEqual((answer.status, answer.events()[-1]), (200, "[DONE]"))
        self.assertEqual(answer.text(), self.words(call(self.port, "POST", "/v1/chat/completions", self.ASKED)))
        self.assertEqual(json.loads(answer.events()[-2])["usage"]["completion_tokens"], len(answer.events()) - 3)

    def test_stream_without_usage(self):
        answer = self.call("POST", "/v1/chat/completions", {**self.ASKED, "stream": True})
        self.assertNotIn(b'"usage":{', answer.body)
        self.assertEqual(answer.events()[-1], "[DONE]")


if __name__ == "__main__":
    unittest.main()

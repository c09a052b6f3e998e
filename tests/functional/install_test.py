"""What cmake --install puts where, and that the installed gateway finds its plug-ins by itself."""
import pathlib
import stat
import subprocess
import tempfile
import unittest

from cases import BUILD
from http_client import call, chat
from switchyard_tests.gateway import Gateway


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="switchyard-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = pathlib.Path(folder.name) / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True, capture_output=True, text=True)

    def test_layout(self):
        for path in ("bin/switchyard", "bin/switchyard-plugin-check", "lib/switchyard/plugins/openai.so", "lib/switchyard/plugins/demo.so",
                     "include/switchyard/provider.h", "include/switchyard/provider.hpp", "share/cmake/SwitchyardSdk/SwitchyardSdkConfig.cmake",
                     "share/switchyard/exchanges/openai/chat-stream-lf.json", "share/doc/switchyard/LICENSE",
                     "etc/switchyard/switchyard.properties", "lib/systemd/system/switchyard.service", "lib/sysusers.d/switchyard.conf"):
            self.assertTrue((self.prefix / path).is_file(), path)

    def test_plugins_may_be_loaded(self):
        """The loader refuses a file that others may write."""
        for path in (self.prefix / "lib/switchyard/plugins").iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o022, 0, path)

    def test_no_path_of_the_build(self):
        for path in (*(self.prefix / "bin").iterdir(), self.prefix / "lib/systemd/system/switchyard.service"):
            self.assertNotIn(str(BUILD).encode() + b"/plugins", path.read_bytes(), path)

    def test_the_unit_is_one(self):
        unit = (self.prefix / "lib/systemd/system/switchyard.service").read_text()
        self.assertNotIn("@", unit.replace("@system-service", "").replace("@privileged", ""))
        for line in ("ExecStart=", "ExecReload=", "LimitNOFILE=", "StateDirectory=switchyard"):
            self.assertIn(line, unit)

    def test_it_serves(self):
        gateway = Gateway(BUILD, self.prefix / "run")
        gateway.build, gateway.plugins = self.prefix / "bin", self.prefix / "lib/switchyard/plugins"
        gateway.cli("channel", "add", "--name", "demo", "--type", "demo", "--models", "demo")
        token = gateway.add_token()
        with gateway:
            self.assertEqual(call(gateway.port, "POST", "/v1/chat/completions", chat("demo"), token, timeout=30).status, 200)


if __name__ == "__main__":
    unittest.main()

"""Starts a server of our own on a free loopback port, and stops it."""

import os
import pathlib
import re
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FARTHING_BIN", str(ROOT / "target" / "debug" / "farthing"))


class Backend:
    """A server of our own on a free loopback port."""

    def __init__(self, kind="--dev", args=()):
        parent = os.environ.get("FARTHING_TEST_DIR", tempfile.gettempdir())
        pathlib.Path(parent).mkdir(parents=True, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="python-", dir=parent)
        self.log = open(os.path.join(self.folder, "serve.log"), "w")
        self.said = ""
        if kind == "--operated":
            self.said = self.initialized()
        serve = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", self.folder + "/data"]
        self.process = subprocess.Popen(
            serve + (["--dev"] if kind == "--dev" else []) + list(args),
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.url = None
        for line in self.process.stdout:
            ready = re.search(r"http://127\.0\.0\.1:\d+", line)
            if ready:
                self.url = ready.group(0)
                break
        if self.url is None:
            raise RuntimeError(f"the server was not ready; see {self.folder}/serve.log")
        # Whatever it still prints is read, so that it never waits for us.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def initialized(self):
        """Makes the data; what is said of the keys, the operator's among them."""
        init = [BINARY, "init", "--data", self.folder + "/data"]
        return subprocess.run(init, check=True, capture_output=True, text=True).stdout

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()

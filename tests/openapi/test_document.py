"""The API, tried by its own document: no server error, and nothing that the document does not say.

Schemathesis makes up calls for every operation, from a fixed seed. What it is answered must have a
status, a content type and a shape that the document names. Ids that one answer shows are used in
other calls.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

from backend import Backend  # noqa: E402

CALLS_OF_EACH = 50
SEED = 1
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]
OF_OPERATORS = "^/v1/farthing/(audit|keys|merchants|vault)"


def tried(url, key, *chosen):
    """Runs the tester in a folder of its own, where it may write; its exit code and what it said."""
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "run"]
    command += [f"{url}/v1/farthing/openapi.json", "--url", url]
    command += ["--header", f"Authorization: Bearer {key}", "--checks", ",".join(CHECKS)]
    command += ["--phases", "fuzzing", "--max-examples", str(CALLS_OF_EACH), "--seed", str(SEED)]
    command += ["--continue-on-failure", "--no-shrink", "--warnings", "off", *chosen]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NO_COLOR": "1"}
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True
        )
    return ended.returncode, ended.stdout + ended.stderr


class Document(unittest.TestCase):
    def check(self, code, said):
        print(said[said.rfind("SUMMARY") :])
        self.assertEqual(code, 0, said)
        count = re.search(r"Tested: (\d+)", said)
        self.assertGreater(int(count[1]), 0, said)

    def test_with_a_merchants_key(self):
        backend = Backend()
        self.addCleanup(backend.stop)
        self.check(*tried(backend.url, "sk_test_farthing_dev"))

    def test_with_an_operators_key(self):
        backend = Backend("--operated")
        self.addCleanup(backend.stop)
        key = re.search(r"op_farthing_\w+", backend.said)[0]
        self.check(*tried(backend.url, key, "--include-path-regex", OF_OPERATORS))


if __name__ == "__main__":
    unittest.main()

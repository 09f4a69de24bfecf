"""Runs a command for at most so many seconds and adds its peak of memory to the JSON file that it writes.

watched.py SECONDS FILE.json COMMAND…
"""

import json
import os
import resource
import signal
import subprocess
import sys

seconds, path, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
child = subprocess.Popen(command, start_new_session=True)
try:
    failed = "failed" if child.wait(seconds) else None
except subprocess.TimeoutExpired:
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    failed = f"did not finish within {seconds} s"
if failed:
    meta = {"failed": failed}
else:
    with open(path, encoding="utf-8") as file:
        meta = json.load(file)
meta["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
with open(path, "w", encoding="utf-8") as file:
    json.dump(meta, file)

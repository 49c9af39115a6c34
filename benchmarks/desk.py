"""The desk in a real Chromium before a live service: how long from the press of a key until the next case can be seen.

    python benchmarks/desk.py [--decisions 100] [--every 1.5]

A service in a process of its own; one person decides a case every 1.5 seconds (40 a minute) by keys. Beside it, in the same browser: a
plain page that has all cases in memory (nothing can be faster), and a form that is posted and answered by a redirect. A case can be seen
once the frame in which it was drawn is over. A case was missed if it had not been asked for ahead in time. The load of the machine is
said.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from mindshare.engine.folder import CONSOLE

PASSWORD = "correct horse battery"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
GOALS = "goals: p50 40, p95 80 ms; missed 1 %; first load 120 kB, 300 ms"
WATCH = """
const clock = () => performance.timeOrigin + performance.now();
const times = () => JSON.parse(sessionStorage.times ?? "[]");
const over = (done) => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); });
const keep = () => { sessionStorage.times = JSON.stringify([...times(), clock() - sessionStorage.pressed]);
  delete sessionStorage.pressed; };
const named = () => document.querySelector("h1")?.textContent ?? "";
const seen = (before) => /^T\\d+$/.test(named()) && named() !== before ? over(keep) : requestAnimationFrame(() => seen(before));
addEventListener("keydown", (e) => { if (e.key !== "1") return;
  sessionStorage.pressed = clock(); seen(named()); }, true);
addEventListener("DOMContentLoaded", () => { if (sessionStorage.pressed) seen("");
  new MutationObserver(() => {
    if (document.querySelector("main[aria-busy=true]")) sessionStorage.missed = 1 + Number(sessionStorage.missed ?? 0);
  }).observe(document.body, { childList: true, subtree: true, attributes: true }); });
"""
PLAIN = """<!doctype html><title>plain</title><h1>T0</h1><p>Ticket 0</p><script>let i = 0; const go = () => { i += 1;
document.querySelector("h1").textContent = "T" + i; document.querySelector("p").textContent = "Ticket " + i; };
addEventListener("keydown", (e) => e.key === "1" && go());</script>"""
FORM = """<!doctype html><title>form</title><h1>T{i}</h1><p>Ticket {i}</p>
<form method=post action=/form><button name=label value=1>1</button></form>
<script>addEventListener("keydown", (e) => e.key === "1" && document.querySelector("button").click());</script>"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--decisions", type=int, default=100)
    parser.add_argument("--every", type=float, default=1.5)
    told = parser.parse_args()
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        print("No Chromium is installed on this system: nothing was measured.")
        return 0
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}; {GOALS}")
    with (
        tempfile.TemporaryDirectory() as place,
        serving(Path(place)) as (url, bearing),
        plain() as other,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        code = post(url, bearing, "/v1/invitations", {"account": "ana", "role": "person"})["code"]
        first_load(browser, f"{url}/desk")
        page = watched(browser)
        page.goto(f"{url}/desk#code={code}")
        page.wait_for_selector("form input")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("main[aria-busy=false] h1")
        for i in range(told.decisions + 20):
            post(
                url, bearing, "/v1/cases", {"id": f"T{i}", "features": {"words": f"Ticket {i}"}, "stakes": 10}
            )
        ours = measured("the desk", page, told)
        for name in ("plain", "form"):
            page = watched(browser)
            page.goto(f"{other}/{name}")
            median = measured(name, page, argparse.Namespace(decisions=min(told.decisions, 40), every=1.0))
            print(f"  the desk takes {ours / median:.2f} times as long")
        browser.close()
    return 0


def watched(browser: Any) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(WATCH)
    return page


def first_load(browser: Any, url: str) -> None:
    """Five browsers that have nothing kept; each is open already. The form is painted with the first contentful paint."""
    took, sizes = list[float](), list[int]()
    for _ in range(5):
        page, sizes = browser.new_context().new_page(), []
        page.on(
            "response", lambda told, sizes=sizes: sizes.append(int(told.headers.get("content-length", 0)))
        )
        page.goto(url)
        page.wait_for_selector("form input")
        page.wait_for_load_state("networkidle")
        paints = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        took.append(float(page.evaluate(paints)))
        page.context.close()
    kb = sum(sizes) / 1000
    times = ", ".join(f"{t:.0f}" for t in sorted(took))
    print(
        f"first load: {kb:.0f} kB in {len(sizes)} files; the form is painted after {times} ms (median {np.median(took):.0f})"
    )


def measured(name: str, page: Any, told: argparse.Namespace) -> float:
    page.wait_for_selector("h1:text-matches('^T')")
    page.evaluate("delete sessionStorage.missed")
    for i in range(told.decisions):
        time.sleep(told.every / 2)
        page.keyboard.press("1")
        time.sleep(told.every / 2)  # by then a page that was posted has come again
        while len(page.evaluate("JSON.parse(sessionStorage.times ?? '[]')")) <= i:
            time.sleep(0.02)
    times = np.array(page.evaluate("JSON.parse(sessionStorage.times)"), dtype=float)
    missed = int(page.evaluate("Number(sessionStorage.missed ?? 0)"))
    p50, p95 = np.percentile(times, [50, 95])
    print(f"{name}: {len(times)} presses, p50 {p50:.0f} ms, p95 {p95:.0f} ms, missed {missed}", flush=True)
    return float(p50)


@contextmanager
def serving(place: Path) -> Iterator[tuple[str, str]]:
    """A service in a process of its own: its address, and the token of whoever sits at the machine."""
    words = ["serve", "--labels", "billing,delivery,bug,praise", "--folder", str(place / "s"), "--port", "0"]
    limit = ["--limit", "human_answers=100000"]
    with subprocess.Popen(
        [sys.executable, "-m", "mindshare", *words, *limit], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = next(line for line in process.stdout if line.startswith("Address: ")).split()[1]
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            yield url.rstrip("/"), (place / "s" / CONSOLE).read_text().strip()
        finally:
            process.send_signal(signal.SIGINT)


def post(url: str, bearing: str, path: str, told: Any) -> Any:
    headers = {"Authorization": f"Bearer {bearing}", "Content-Type": "application/json"}
    request = urllib.request.Request(url + path, json.dumps(told).encode(), headers)
    with urllib.request.urlopen(request) as reply:
        return json.loads(reply.read())


@contextmanager
def plain() -> Iterator[str]:
    """The pages beside: all cases in memory, and a form with a redirect."""
    count = [0]

    class Pages(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            text = (PLAIN if self.path == "/plain" else FORM.replace("{i}", str(count[0]))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            count[0] += 1
            self.send_response(303)
            self.send_header("Location", "/form")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


if __name__ == "__main__":
    sys.exit(main())

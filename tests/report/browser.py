"""A headless Chromium, told what to do over its own devtools protocol.

One browser serves a whole session of tests (fixture ``browser``); each test opens a tab
of its own (fixture ``tab``)::

    def test_x(tab, full_report):
        tab.open(full_report / "index.html")
        assert tab.evaluate("document.title")
        tab.move(*tab.centre("#kiel svg"))
        assert tab.console == []
        assert tab.requests == []
"""

import base64
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_KEYS = {
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Enter": 13,
    "Escape": 27, "Home": 36, "End": 35, "Tab": 9, " ": 32, "+": 187, "-": 189,
}  # fmt: skip
# Puts two ends of pipes where the browser looks for them, and becomes the browser.
_WIRE = """
import fcntl, os, sys
hears, says = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3])
os.dup2(hears, 3)
os.dup2(says, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
_PATIENCE = 60.0  # seconds for one answer of the browser


class Browser:
    """A browser that listens at a pipe, so that no port is opened.

    Parameters
    ----------
    chromium : str
        The program.
    profile : Path
        A folder of its own.
    """

    def __init__(self, chromium: str, profile: Path) -> None:
        # The browser reads what it is told at 3 and answers at 4.
        hears, self._out = os.pipe()
        self._in, says = os.pipe()
        self._process = subprocess.Popen(
            [
                sys.executable, "-c", _WIRE, str(hears), str(says), chromium,
                "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank",
            ],
            pass_fds=(hears, says),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(hears)
        os.close(says)
        self._held = b""
        self._number = 0
        self.events: dict[str, list[dict[str, Any]]] = {}

    def command(self, method: str, session: str = "", **parameters: Any) -> Any:
        """Have the browser do something; return what it answers."""
        self._number += 1
        message: dict[str, Any] = {
            "id": self._number, "method": method, "params": parameters,
        }  # fmt: skip
        if session:
            message["sessionId"] = session
        left = memoryview(json.dumps(message).encode() + b"\0")
        while left:
            left = left[os.write(self._out, left) :]
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    text = f"{method}: {answer['error']}"
                    raise RuntimeError(text)
                return answer["result"]
            self.events.setdefault(answer.get("sessionId", ""), []).append(answer)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._held:
            if not select.select([self._in], [], [], _PATIENCE)[0]:
                message = f"the browser says nothing for {_PATIENCE:.0f} s"
                raise TimeoutError(message)
            part = os.read(self._in, 1 << 20)
            if not part:
                message = "the browser has ended"
                raise EOFError(message)
            self._held += part
        first, _, self._held = self._held.partition(b"\0")
        found: dict[str, Any] = json.loads(first)
        return found

    def tab(self) -> "Tab":
        """Open a tab."""
        context = self.command("Target.createBrowserContext")["browserContextId"]
        target = self.command(
            "Target.createTarget", url="about:blank", browserContextId=context
        )["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)
        return Tab(self, session["sessionId"], context)

    def close(self) -> None:
        """End the browser."""
        os.close(self._out)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)


class Tab:
    """A page that is open, with a storage of its own.

    Parameters
    ----------
    browser : Browser
        Where.
    session, context : str
        What the browser calls it.
    """

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.command(f"{domain}.enable")
        self.size(1280, 900)

    def command(self, method: str, **parameters: Any) -> Any:
        """Have the browser do something with this page."""
        return self._browser.command(method, self._session, **parameters)

    def open(self, path: Path, anchor: str = "", *, ready: bool = True) -> None:
        """Open a file, and wait until its widgets have begun."""
        self._events.clear()
        address = path.resolve().as_uri() + (f"#{anchor}" if anchor else "")
        said = self.command("Page.navigate", url=address)
        assert "errorText" not in said, said
        if ready:
            self.wait("document.body && document.body.dataset.ready")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression of the page; promises are awaited."""
        said = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True,
            returnByValue=True,
        )  # fmt: skip
        if "exceptionDetails" in said:
            details = said["exceptionDetails"]
            raise RuntimeError(details.get("exception", details).get("description"))
        return said["result"].get("value")

    def wait(self, expression: str, seconds: float = 20.0) -> Any:
        """Wait until an expression is true; return its value."""
        until = time.monotonic() + seconds
        while not (value := self.evaluate(expression)):
            if time.monotonic() > until:
                message = f"never true: {expression}"
                raise TimeoutError(message)
            time.sleep(0.02)
        return value

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """Scroll an element into view; return x, y, width and height on the screen."""
        found = self.evaluate(
            f"(e => {{ if (!e) return null; "
            "e.scrollIntoView({block: 'center', behavior: 'instant'}); "
            "const b = e.getBoundingClientRect(); "
            "return [b.x, b.y, b.width, b.height] })"
            f"(document.querySelector({json.dumps(selector)}))"
        )
        assert found, f"no element is {selector}"
        return tuple(found)

    def centre(self, selector: str) -> tuple[float, float]:
        """Scroll an element into view; return where its middle is on the screen."""
        x, y, width, height = self.box(selector)
        return x + width / 2, y + height / 2

    def move(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        """Move the pointer and click."""
        self.drag((x, y), (x, y), steps=0)

    def click_on(self, selector: str) -> None:
        """Click on the middle of an element."""
        self.click(*self.centre(selector))

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], steps: int = 5
    ) -> None:
        """Press at one place, move and let go at another."""
        self.move(*start)
        self._mouse("mousePressed", start)
        for step in range(1, steps + 1):
            part = step / steps
            x, y = (a + (b - a) * part for a, b in zip(start, end, strict=True))
            self.command(
                "Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, buttons=1,
                button="left",
            )  # fmt: skip
        self._mouse("mouseReleased", end)

    def wheel(self, x: float, y: float, turn: float, *, ctrl: bool = False) -> None:
        """Turn the wheel at a place; up is negative."""
        self.command(
            "Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0,
            deltaY=turn, modifiers=2 if ctrl else 0,
        )  # fmt: skip

    def _mouse(self, kind: str, place: tuple[float, float]) -> None:
        self.command(
            "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1],
            button="left", buttons=1, clickCount=1,
        )  # fmt: skip

    def key(self, *names: str, shift: bool = False, ctrl: bool = False) -> None:
        """Press keys one after the other, as ``KeyboardEvent.key`` calls them."""
        for name in names:
            code = _KEYS.get(name) or ord(name.upper())
            text = {"Enter": "\r"}.get(name, name if len(name) == 1 else "")
            modifiers = (8 if shift else 0) + (2 if ctrl else 0)
            press: dict[str, Any] = {
                "key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers,
            }  # fmt: skip
            kind = "keyDown" if text and not ctrl else "rawKeyDown"
            said = {"text": text} if text and not ctrl else {}
            self.command("Input.dispatchKeyEvent", type=kind, **press, **said)
            self.command("Input.dispatchKeyEvent", type="keyUp", **press)

    def write(self, text: str) -> None:
        """Write text where the focus is."""
        self.command("Input.insertText", text=text)

    def size(self, width: int, height: int = 900, *, phone: bool = False) -> None:
        """Give the page a size."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=2 if phone else 1, mobile=phone,
        )  # fmt: skip

    def phone(self) -> None:
        """Show the page on a phone of 360 pixels."""
        self.size(360, 740, phone=True)

    def emulate(self, *, dark: bool = False, printed: bool = False) -> None:
        """Have the system ask for the dark, or show what is printed."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command(
            "Emulation.setEmulatedMedia", media="print" if printed else "",
            features=[scheme],
        )  # fmt: skip

    def screenshot(self, path: Path, *, whole: bool = False) -> Path:
        """Keep what is seen, or the whole page, as PNG."""
        said = self.command(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole,
            **({"clip": self._whole()} if whole else {}),
        )  # fmt: skip
        path.write_bytes(base64.b64decode(said["data"]))
        return path

    def _whole(self) -> dict[str, float]:
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        return {**size, "scale": 1}

    def pdf(self, path: Path) -> Path:
        """Print the page into a file."""
        said = self.command("Page.printToPDF", printBackground=True)
        path.write_bytes(base64.b64decode(said["data"]))
        return path

    def download(self, selector: str, folder: Path) -> Path:
        """Click on an element that saves a file; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        before = set(folder.iterdir())
        self._browser.command(
            "Browser.setDownloadBehavior", behavior="allow",
            downloadPath=str(folder.resolve()), browserContextId=self._context,
        )  # fmt: skip
        self.click_on(selector)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            new = [
                path
                for path in set(folder.iterdir()) - before
                if path.suffix != ".crdownload" and not path.name.startswith(".")
            ]
            if new and new[0].stat().st_size:
                return new[0]
            time.sleep(0.05)
            self.evaluate("1")
        message = f"{selector} saved nothing"
        raise TimeoutError(message)

    @property
    def _events(self) -> list[dict[str, Any]]:
        return self._browser.events.setdefault(self._session, [])

    @property
    def console(self) -> list[str]:
        """All that the page wrote to the console, and what failed on it."""
        self.evaluate("1")
        said = []
        for event in self._events:
            method, told = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                details = told["exceptionDetails"]
                thrown = details.get("exception", {}).get("description")
                said.append(thrown or details["text"])
            elif method == "Log.entryAdded":
                said.append(told["entry"]["text"])
            elif method == "Runtime.consoleAPICalled":
                said.append(json.dumps(told["args"])[:500])
        return said

    @property
    def requests(self) -> list[str]:
        """Addresses that the page asked for; its own file is none of them."""
        self.evaluate("1")
        asked = (
            event["params"]
            for event in self._events
            if event.get("method") == "Network.requestWillBeSent"
        )
        return [
            told["request"]["url"]
            for told in asked
            if told.get("type") != "Document"
            and not told["request"]["url"].startswith(("data:", "blob:"))
        ]

    def close(self) -> None:
        """Close the tab."""
        self._browser.command(
            "Target.disposeBrowserContext", browserContextId=self._context
        )

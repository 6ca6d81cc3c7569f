"""Find a Chromium on this machine, install one where there is none, and how to start it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias

from webagent.errors import BrowserMissing

Kind: TypeAlias = Literal["headless-shell", "chromium", "chrome"]

VARIABLE = "WEBAGENT_BROWSER"
START_SECONDS = 60
DOWNLOAD_SECONDS = 900
SMALL_SHARED_MEMORY = 512 << 20  # bytes; Docker gives /dev/shm 64 MiB, too little for pages

SHELLS = ("chromium-headless-shell", "headless_shell", "chrome-headless-shell")
ON_PATH = (
    *SHELLS,
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Where distributions keep the program that their script in a command folder starts.
PROGRAM_FOLDERS = (
    "/usr/lib/chromium",
    "/usr/lib64/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
)
COMMAND_FOLDERS = ("/usr/bin", "/bin", "/usr/local/bin")
# The programs' names in Playwright's downloads, on all systems.
DOWNLOADED = (
    "headless_shell",
    "chrome-headless-shell",
    "chrome",
    "Chromium",
    "Google Chrome for Testing",
)

QUIET = (
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
)
SAME_PICTURE = (
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--lang=en-US",
)
# Several pages play at once, and all but one are in the background.
NO_THROTTLING = (
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-ipc-flooding-protection",
    "--disable-renderer-backgrounding",
)
# Chromium obeys only the last --disable-features, so there must be one list. The first
# entry would hold back timers and messages after an input event until the next frame.
DISABLED_FEATURES = (
    "DeferRendererTasksAfterInput",
    "CalculateNativeWinOcclusion",
    "DestroyProfileOnBrowserClose",
    "DialMediaRouteProvider",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "Translate",
)


@dataclass(frozen=True, slots=True)
class Executable:
    """A browser program. `source` says who provided it."""

    path: Path
    kind: Kind
    source: str

    def version(self) -> str:
        """What the program says with `--version`, such as "Chromium 140.0.7339.80"."""
        status, output = _run([str(self.path), "--version"], START_SECONDS)
        found = re.search(r"\d+(\.\d+){3}", output)
        if status != 0 or not found:
            raise BrowserMissing(f"{self.path} --version gave no version: {_tail(output)}")
        return f"{self.kind} {found[0]}"


@dataclass(frozen=True, slots=True)
class PackageManager:
    """A system's package manager; the first entry of `packages` that installs is enough."""

    command: str
    refresh: tuple[str, ...]
    install: tuple[str, ...]
    packages: tuple[str, ...]
    as_root: bool = True


MANAGERS = (
    # Playwright's driver needs libatomic1, which a minimal Debian lacks.
    PackageManager(
        "apt-get",
        ("update",),
        ("install", "-y", "--no-install-recommends", "fonts-liberation", "libatomic1"),
        ("chromium-headless-shell chromium-sandbox", "chromium", "chromium-browser"),
    ),
    PackageManager("dnf", (), ("install", "-y"), ("chromium-headless", "chromium")),
    PackageManager("apk", (), ("add", "--no-cache"), ("chromium",)),
    PackageManager("pacman", (), ("-Sy", "--noconfirm", "--needed"), ("chromium",)),
    PackageManager("zypper", (), ("--non-interactive", "install"), ("chromium",)),
    PackageManager("brew", (), ("install", "--cask"), ("chromium", "google-chrome"), False),
)


def find_browser(named: str | None = None) -> Executable:
    """The browser to use: the one named, or one on the PATH, or Playwright's download.

    `named` is a path or a command; without it the variable WEBAGENT_BROWSER is read. Inside
    each place a headless shell goes first: it starts faster and needs half the memory.
    Raises `BrowserMissing`.
    """
    wanted = named or os.environ.get(VARIABLE)
    if wanted:
        found = shutil.which(Path(wanted).expanduser())
        if found is None:
            raise BrowserMissing(f"The browser you named, {wanted}, is not a program here.")
        return _executable(Path(found), "named by the user")
    executable = next(chain(_on_path(), _playwrights()), None)
    if executable:
        return executable
    raise BrowserMissing(
        "No Chromium was found on the PATH or among Playwright's downloads. Run "
        f"`webagent browser install`, or set {VARIABLE} to the path of one."
    )


def install_browser(named: str | None, report: Callable[[str], None]) -> Executable:
    """Find a browser that starts, or install one: Playwright's, else the system's package.

    `report` gets a line of text for each thing that happens. Raises `BrowserMissing` with
    all that was tried and what to do.
    """
    tried: list[str] = []
    for way in (_keep, _download, _install_package):
        if way is not _keep and (named or os.environ.get(VARIABLE)):
            break  # whoever names a browser wants that one and no other
        failure = way(report)
        try:
            found = find_browser(named)
        except BrowserMissing as missing:
            failure = failure or str(missing)
        else:
            failure = check_browser(found)
            if not failure:
                return found
        report(failure)
        tried.append(failure)
    listed = "\n".join(f"- {line}" for line in tried)
    raise BrowserMissing(
        f"No browser is ready. This was tried:\n{listed}\nInstall Chromium or Chrome by hand "
        f"and put it on the PATH, or set {VARIABLE} to its path."
    )


def check_browser(executable: Executable) -> str:
    """Start the browser on an empty page. Returns what is wrong, or "" if nothing is."""
    with tempfile.TemporaryDirectory(prefix="webagent-check-") as profile:
        arguments = [*launch_arguments(executable), f"--user-data-dir={profile}"]
        command = [str(executable.path), *arguments, "--dump-dom", "about:blank"]
        status, output = _run(command, START_SECONDS)
    if status == 0 and "<html" in output:
        return ""
    if library := re.search(r"loading shared libraries: (\S+):", output):
        return (
            f"{executable.path} needs the library {library[1]}. As root, run "
            "`python -m playwright install-deps chromium`, or install your system's "
            "chromium package."
        )
    how = "did not start in time" if status is None else f"ended with status {status}"
    return f"{executable.path} {how}: {_tail(output)}"


def launch_arguments(executable: Executable, root: bool | None = None) -> list[str]:
    """Flags for playing suites: headless, quiet, the same picture everywhere, no throttling.

    The sandbox is off only for the user root (`root`; by default asked of the system), for
    whom Chromium has none. Profile and debugging transport are the caller's.
    """
    if root is None:
        root = is_root()
    headless = "--headless" if executable.kind == "headless-shell" else "--headless=new"
    flags = [headless, *QUIET, *SAME_PICTURE, *NO_THROTTLING]
    flags.append("--disable-features=" + ",".join(DISABLED_FEATURES))
    if root:
        flags.append("--no-sandbox")
    if _shared_memory_is_small():
        flags.append("--disable-dev-shm-usage")
    return flags


def is_root() -> bool:
    """Whether this process runs as the user root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _on_path() -> Iterator[Executable]:
    for name in ON_PATH:
        beside = [f"{folder}/{name}" for folder in PROGRAM_FOLDERS if name in SHELLS]
        for place in (name, *beside):
            found = shutil.which(place)
            if found and not _wants_snap(Path(found)):
                yield _executable(Path(found), "on this system")
    for name in APPLICATIONS:
        if Path(name).exists():
            yield _executable(Path(name), "an application")


def _executable(path: Path, source: str) -> Executable:
    program = _behind_wrapper(path)
    return Executable(program, _kind(program), source)


def _kind(path: Path) -> Kind:
    name = path.stem.lower()
    if "headless" in name:
        return "headless-shell"
    return "chrome" if "google" in str(path).lower() else "chromium"


def _behind_wrapper(path: Path) -> Path:
    """The program that a distribution's script starts: ending the script leaves it running."""
    if path.name not in ON_PATH or str(path.parent) not in COMMAND_FOLDERS or not _script(path):
        return path
    for folder in (path.resolve().parent, *map(Path, PROGRAM_FOLDERS)):
        for name in (path.name, "chromium", "chrome"):
            program = folder / name
            if os.access(program, os.X_OK) and program.is_file() and not _script(program):
                return program
    return path


def _wants_snap(path: Path) -> bool:
    """Ubuntu's chromium-browser is a script that only says to install a snap."""
    return "snap install" in _script(path) and not Path("/snap/bin/chromium").exists()


def _script(path: Path) -> str:
    """The text of a shell script; "" for a real program."""
    with path.open("rb") as file:
        return file.read(20_000).decode("utf-8", "replace") if file.read(2) == b"#!" else ""


def _playwrights() -> Iterator[Executable]:
    """Playwright's downloads, headless shells first, the newest revision first."""
    for prefix in ("chromium_headless_shell-", "chromium-"):
        folders = [one for base in _playwright_folders() for one in base.glob(f"{prefix}*")]
        for folder in sorted(folders, key=_revision, reverse=True):
            # Folders inside differ by version and system; the names of the programs do not.
            for path in sorted(folder.rglob("*")):
                program = path.name.removesuffix(".exe") in DOWNLOADED and path.is_file()
                if program and os.access(path, os.X_OK):
                    yield Executable(path, _kind(path), "downloaded by Playwright")


def _playwright_folders() -> list[Path]:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if named == "0":  # Playwright's way of saying: inside its package
        spec = find_spec("playwright")
        packages = (spec.submodule_search_locations or []) if spec else []
        return [Path(one) / "driver" / "package" / ".local-browsers" for one in packages]
    if named:
        return [Path(named)]
    home = Path.home()
    caches = [Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache"), home / "Library/Caches"]
    caches.append(Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local"))
    return [cache / "ms-playwright" for cache in caches]


def _revision(folder: Path) -> int:
    number = folder.name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def _keep(report: Callable[[str], None]) -> str:
    report("Looking for a browser on this machine.")
    return ""


def _download(report: Callable[[str], None]) -> str:
    if find_spec("playwright") is None:
        return "Playwright is not installed, so it could not download a browser."
    report("Asking Playwright to download a headless Chromium.")
    command = [sys.executable, "-m", "playwright", "install", "chromium-headless-shell"]
    return _attempt(command, "Playwright's download")


def _install_package(report: Callable[[str], None]) -> str:
    manager = next((one for one in MANAGERS if shutil.which(one.command)), None)
    if manager is None:
        return "No package manager is known on this system."
    prefix = _as_root() if manager.as_root else []
    by_hand = " ".join([manager.command, *manager.install, manager.packages[0]])
    if prefix is None:
        return f"Installing a package needs root. Run `sudo {by_hand}`."
    start = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", manager.command]
    failure = ""
    if manager.refresh:
        failure = _attempt([*start, *manager.refresh], f"{manager.command} update")
    for package in manager.packages:
        report(f"Installing {package} with {manager.command}.")
        name = f"{manager.command} install {package}"
        wrong = _attempt([*start, *manager.install, *package.split()], name)
        if not wrong:
            return ""
        failure = f"{failure} {wrong}".strip()
    return failure


def _as_root() -> list[str] | None:
    """What to put before a command that needs root; None where root is out of reach."""
    if is_root():
        return []
    if shutil.which("sudo") and _run(["sudo", "-n", "true"], 10)[0] == 0:
        return ["sudo", "-n"]
    return None


def _attempt(command: Sequence[str], name: str) -> str:
    status, output = _run(command, DOWNLOAD_SECONDS)
    if status == 0:
        return ""
    how = f"took over {DOWNLOAD_SECONDS} s" if status is None else f"failed ({status})"
    return f"{name} {how}: {_tail(output)}"


def _run(command: Sequence[str], seconds: float) -> tuple[int | None, str]:
    """Exit status (None: stopped after `seconds`) and all output of a command."""
    # A file, since a process that the command leaves behind would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return 127, str(error)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _end(process)
        output.seek(0)
        return status, output.read().decode("utf-8", errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _tail(output: str) -> str:
    """The last lines of a program's output: there it says what went wrong."""
    stripped = [line.strip() for line in output.splitlines()]
    lines = [line for line in stripped if line and not line.startswith("at ")]
    return " / ".join(lines[-6:])[-800:] or "it printed nothing"


def _shared_memory_is_small() -> bool:
    try:
        return shutil.disk_usage("/dev/shm").total < SMALL_SHARED_MEMORY
    except OSError:
        return False  # this system has none, and Chromium does not look for it

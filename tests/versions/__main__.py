"""`python -m tests.versions`: a released program and today's against each other; needs the repository's history."""

import sys
import tempfile
import traceback
from pathlib import Path

from rich.console import Console

from hub.runtime.postgres import remove_embedded
from tests.versions.old_programs import SCENARIOS, Scenario
from tests.versions.programs import RELEASES, NoHistory, Program, released, today


def _play(screen: Console, scenario: Scenario, folder: Path, old: Program) -> bool:
    name = scenario.__name__.replace("_", " ")
    try:
        with screen.status(f"{name} …"):
            scenario(folder, old, today())
    except Exception:
        screen.print(f"[bold red]failed[/] {name}")
        screen.print(traceback.format_exc(), markup=False, highlight=False)
        return False
    finally:
        remove_embedded(folder / "hub" / "database")
    screen.print(f"held   {name}")
    return True


def main(words: list[str]) -> int:
    """Every scenario, or those whose names hold one of the words; 1 when one failed or the history is not here."""
    screen = Console()
    chosen = [one for one in SCENARIOS if not words or any(word in one.__name__ for word in words)]
    with tempfile.TemporaryDirectory(prefix="tillhouse-versions-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        held = []
        for version in RELEASES:
            try:
                old = released(version, folder)
            except NoHistory as missing:
                screen.print(str(missing))
                return 1
            held += [_play(screen, one, folder / f"{version}-{place}", old) for place, one in enumerate(chosen)]
    return 0 if held and all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.devices.fuzz TARGET SECONDS`: lets atheris look for bytes that break a rule of `fuzz_targets`.

It follows the branches of our own code from a few seeds. A finding is written to a file below build/fuzz and said with
the way to play it again; exit code 0 is: none in that time.
"""

import sys
from pathlib import Path

import atheris

OUT = Path("build/fuzz")


def main(arguments: list[str]) -> None:
    """Fuzz one target for so many seconds, or play one file again."""
    name, *rest = arguments
    with atheris.instrument_imports(include=["edge.devices", "tests.devices.fuzz_targets"]):
        from tests.devices.fuzz_targets import TARGETS
    target, seeds = TARGETS[name]
    if rest and Path(rest[0]).is_file():
        target(Path(rest[0]).read_bytes())
        return
    seconds = int(rest[0]) if rest else 60
    corpus = OUT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(seeds):
        (corpus / f"seed-{place}").write_bytes(seed)
    found = OUT / f"{name}-broken-by-"
    options = [f"-max_total_time={seconds}", "-max_len=512", f"-artifact_prefix={found}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])

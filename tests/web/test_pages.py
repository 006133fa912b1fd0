"""Every page renders with its example views, obeys the strict content policy, and uses only icons that are built."""

import re
from pathlib import Path

import pytest

from shared.kernel.money import Money
from shared.web import build, icons
from shared.web.templates import ago, count, drawn, environment, span, waiting
from tests.browser.edge_views import COUNTER_VIEWS, RSU_VIEWS
from tests.browser.hub_views import HUB_VIEWS

ROOT = Path(__file__).resolve().parents[2]
EDGE = [(ROOT / "edge/web", name, *value) for name, value in {**RSU_VIEWS, **COUNTER_VIEWS}.items()]
HUB = [(ROOT / "hub/web", name, *value) for name, value in HUB_VIEWS.items()]
TEMPLATES = [
    path for side in ("edge/web", "hub/web", "shared/web", "shared/demo") for path in (ROOT / side).rglob("*.html")
]


@pytest.mark.parametrize(("folder", "name", "template", "view"), EDGE + HUB, ids=lambda value: str(value)[:40])
def test_a_page_renders_without_inline_script_or_style(folder: Path, name: str, template: str, view: object) -> None:
    env = environment([folder])
    html = env.get_template(template).render(view=view, page=getattr(view, "page", None))
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", html), name
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html)), name


def test_every_icon_that_a_page_names_is_built_and_none_in_vain() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES]
    named = {name for text in texts for name in re.findall(r"icon\(\"([a-z0-9-]+)", text)}
    code = [
        path.read_text(encoding="utf-8") for side in ("edge/web", "hub/web") for path in (ROOT / side).rglob("*.py")
    ]
    built = {*icons.LUCIDE, *icons.OWN}
    assert named <= built
    unused = {icon for icon in built if not any(f'"{icon}"' in text for text in (*texts, *code))}
    assert not unused


def test_times_and_counts_are_written_as_the_handbook_says() -> None:
    assert [span(272), span(1_860), span(10_800)] == ["4:32", "31 min", "3 h"]
    assert [ago(None), ago(0), ago(4), ago(2_820)] == ["–", "now", "4 s", "47 min"]
    assert [count(1, "ticket"), count(1_204, "sale"), waiting(12, known=False)] == ["1 ticket", "1,204 sales", "12+"]
    assert drawn([(104_231, 104_240)]) == "104 231 – 104 240"
    assert drawn([(21, 30)], "T") == "T 000 021 – T 000 030"
    assert Money(1_000, "USD").short() == "$10"


def test_a_build_without_its_packages_says_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "work"
    blocked.write_text("a file where a folder must be", encoding="utf-8")
    assert build.main(["--work", str(blocked), "--force"]) == 1
    assert capsys.readouterr().err.startswith("Page assets are not built: ")

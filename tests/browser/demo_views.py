"""Example views of the demo page, as on the picture of the handbook."""

import json
from pathlib import Path

import jinja2

from shared.demo.view import DemoEdge, DemoPerson, DemoView
from shared.kernel.money import Money

ROOT = Path(__file__).resolve().parents[2]
TROUBLES = (("paper_out", "Paper out"), ("stall", "Stalls"), ("cut", "Line cut"), ("unplug", "Unplugged"))


def usd(whole: int) -> Money:
    """Whole dollars."""
    return Money(whole * 100, "USD")


def edge(key: str, name: str, person: DemoPerson, *, connected: bool = True, out: bool = False) -> DemoEdge:
    """An edge with paper, its line up or cut."""
    return DemoEdge(
        key=key,
        name=name,
        kind="venue" if key == "c01" else "rsu",
        url="/",
        people=(person,),
        connected=connected,
        waiting=0 if connected else 12,
        waiting_known=True,
        printer="Paper out" if out else "Paper",
        paper_out=out,
        paper_src="/paper.png",
        paper_width=384,
        paper_height=200 if out else 440,
        trouble="paper_out" if out else "",
        troubles=TROUBLES,
        question="Ran out inside this ticket." if out else "",
        lead=key == "r07",
    )


def demo_page(built: Path) -> str:
    """The demo process renders its page by itself; it knows the hub's asset folder from the manifest."""
    loader = jinja2.FileSystemLoader(str(ROOT / "shared/demo"))
    env = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    version = json.loads((built / "manifest.json").read_text(encoding="utf-8"))["version"]
    return env.get_template("page.html").render(view=demo_view(f"/static/{version}"))


def demo_view(static: str) -> DemoView:
    """The demo with one line cut and one printer out of paper."""
    return DemoView(
        static=static,
        hub_url="/",
        hub_up=True,
        admin_login="Ada",
        admin_password="rover-lamp-41",
        sold_hub=usd(485),
        sold_edges=usd(605),
        waiting=usd(120),
        balanced=True,
        edges=(
            edge("c01", "Harbour Stand counter", DemoPerson("Ines", "supervisor", "204618")),
            edge("r07", "RSU 07", DemoPerson("Mara", "seller", "731904")),
            edge("r12", "RSU 12", DemoPerson("Tomás", "seller", "518260"), connected=False, out=True),
        ),
    )

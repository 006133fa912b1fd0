"""The pages of this unit that are open now, and which of them is in front: there a scan goes.

With two tablets on one unit a scan belongs to the page that was last touched, typed into or given the focus; opening a
page counts as a touch, loading it anew does not. Each page says so itself, by an id that its window keeps. A page gets
scans only while somebody is logged in there, and a scan that meets a page on its way to the next waits a moment for it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from edge.runtime.sessions import Sessions

PAGES_MAX = 256
KEPT_MS = 3_000
WORDS_KEPT = 4


class Word(msgspec.Struct, frozen=True, tag_field="is"):
    """What a page is told."""


class Scanned(Word, frozen=True, tag="scan"):
    """A code was scanned."""

    text: str


class Unread(Word, frozen=True, tag="unread"):
    """A scanner sent what is no scan; the sentence says what to do."""

    sentence: str


class OpenPage:
    """One window on this unit: who is logged in there, when it was last touched, what it has not been told yet.

    A window that lost its line opens another while the first still seems to stand: the newest is the one that hears.
    """

    def __init__(self, touched: int) -> None:
        self.token = ""
        self.touched = touched
        self.left_ms = 0
        self.ears: list[Ear] = []
        self._words: deque[tuple[int, Word]] = deque(maxlen=WORDS_KEPT)

    def tell(self, word: Word, now_ms: int) -> None:
        """Say this to the page as soon as it listens."""
        self._words.append((now_ms, word))
        if self.ears:
            self.ears[-1].wake.set()

    def take(self, now_ms: int) -> Word | None:
        """What to say next; what nobody took in time is forgotten."""
        while self._words:
            said_ms, word = self._words.popleft()
            if now_ms - said_ms <= KEPT_MS:
                return word
        return None


class Ear:
    """One live line of a page; `wake` is set when there is a word. Without a page there never is one."""

    def __init__(self, page: OpenPage | None = None) -> None:
        self.wake = asyncio.Event()
        self._page = page

    def take(self, now_ms: int) -> Word | None:
        """The next word for this line."""
        if self._page is None or self._page.ears[-1] is not self:
            return None
        return self._page.take(now_ms)


class OpenPages:
    """All of them. `now_ms` is monotonic."""

    def __init__(self, sessions: Sessions, now_ms: Callable[[], int]) -> None:
        self._sessions = sessions
        self.now_ms = now_ms
        self._pages: dict[str, OpenPage] = {}
        self._touches = 0

    def touched(self, page_id: str, token: str) -> None:
        """Somebody touched this page; `token` is the session it shows now."""
        page = self._page(page_id)
        page.token = token
        self._touches += 1
        page.touched = self._touches

    @contextmanager
    def listening(self, page_id: str, token: str) -> Iterator[Ear]:
        """The page hears what it is told until the block ends."""
        page = self._page(page_id)
        page.token = token
        ear = Ear(page)
        page.ears.append(ear)
        try:
            yield ear
        finally:
            page.ears.remove(ear)
            page.left_ms = self.now_ms()

    def tell(self, word: Word) -> bool:
        """Say it to the page in front; False where no page of somebody logged in is open."""
        open_now = [page for page in self._pages.values() if self._hears(page)]
        if not open_now:
            return False
        max(open_now, key=lambda page: page.touched).tell(word, self.now_ms())
        return True

    def _hears(self, page: OpenPage) -> bool:
        there = bool(page.ears) or self.now_ms() - page.left_ms <= KEPT_MS
        return there and bool(page.token) and self._sessions.find(page.token, act=False) is not None

    def _page(self, page_id: str) -> OpenPage:
        page = self._pages.get(page_id)
        if page is None:
            self._make_room()
            self._touches += 1
            page = self._pages[page_id] = OpenPage(self._touches)
        return page

    def _make_room(self) -> None:
        """Pages that hear nothing go first, then the one not touched for longest."""
        if len(self._pages) < PAGES_MAX:
            return
        gone = min(self._pages, key=lambda one: (self._hears(self._pages[one]), self._pages[one].touched))
        del self._pages[gone]

"""What `benchmarks/board.py` measures: a board of any size, or a bare Textual program.

python benchmarks/board_app.py hello | board TASKS [CHANGES_A_SECOND | locks]
"""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult


def hello() -> None:
    """A bare Textual program: a line that counts keys."""
    from textual.widgets import Static

    class Hello(App[None]):
        keys = 0

        def compose(self) -> ComposeResult:
            yield Static("hello")

        def on_key(self) -> None:
            self.keys += 1
            self.query_one(Static).update(f"hello {self.keys}")

    Hello().run()


def board(tasks: int, rate: int, *, locks: bool) -> None:
    """A board of 8 columns that hold so many tasks, of which so many change a second.

    Rows are made when they are asked for: a card's number says where it stands, so that 100,000
    of them weigh nothing here, as they would in a database. With `locks` every card is held.
    """
    import gc
    import itertools
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta

    from genie_tui.domain.actors import Actor
    from genie_tui.domain.boards import Board, Column
    from genie_tui.domain.changes import Change
    from genie_tui.domain.gates import Gate
    from genie_tui.domain.tasks import Card, Lock, Priority, Status, Tag
    from genie_tui.domain.windows import Page, Span, Window
    from genie_tui.ui.widgets.board import BoardView

    gc.disable()  # As the program itself does until its first cards are there.
    count = 8
    names = ("draft", "wish", "plan", "build", "review", "qa", "ship", "watch")
    columns = tuple(
        Column(id=name, name=name, label=name.title(), gate=list(Gate)[n % 3], position=n)
        for n, name in enumerate(names)
    )
    start = datetime.now(UTC)
    size = tasks // count

    def card(number: int, column: int, row: int) -> Card:
        at = start - timedelta(days=400) + timedelta(seconds=number)
        lock = Lock(
            run_id=f"agent-eng-{row % 9}", since=start, timeout=timedelta(seconds=60 * row + 90)
        )
        return Card(
            id=f"task-{number:08x}",
            seq=number + 1,
            repo_path="/src/acme",
            project_id="p",
            board_id="b",
            type_id="software",
            column_id=names[column],
            stage=names[column],
            status=Status.READY,
            priority=Priority.NORMAL,
            title=f"task {number} of the board, with a title of ordinary length",
            lock=lock if locks else None,
            comments=row % 5,
            tags=(Tag(id="bug", name="bug", color="#ef4444"),) if row % 4 == 0 else (),
            created_at=at,
            updated_at=at,
            staged_at=at,
        )

    def page(span: Span) -> Page:
        column = names.index(span.column_id) if span.column_id else 0
        last = size if span.column_id else 0
        numbers = range(span.offset, min(span.offset + span.limit, last))
        return Page(
            column_id=span.column_id,
            offset=span.offset,
            cards=tuple(card(row * count + column, column, row) for row in numbers),
        )

    class Benchmark(App[None]):
        BINDINGS = [("L", "advance", "Advance")]

        def compose(self) -> ComposeResult:
            yield BoardView()

        def on_mount(self) -> None:
            view = self.query_one(BoardView)
            view.show_board(
                Board(id="b", name="Sprint", project_id="p", columns=columns),
                me=Actor.human("ada", "desk"),
            )
            if rate:
                self._cycle = itertools.count()
                self.set_interval(1 / 60, self.churn)

        def on_board_view_rows_wanted(self, event: BoardView.RowsWanted) -> None:
            counts = dict.fromkeys(names, size)
            pages = tuple(page(span) for span in event.spans)
            self.query_one(BoardView).load(Window(counts=counts, pages=pages), mark=event.mark)
            gc.enable()

        def action_advance(self) -> None:
            view = self.query_one(BoardView)
            if (at := view.cursor_card) is not None:
                then = names[min(names.index(at.stage) + 1, count - 1)]
                moved = replace(at, stage=then, column_id=then)
                view.follow(at.id)
                view.apply(Change(cards=(moved,)))

        def churn(self) -> None:
            changed = []
            for _ in range(rate // 60):
                step = next(self._cycle)
                column, row = step % count, (step // count) % 12
                now = (column + (step // (count * 12)) % 2) % count
                changed.append(card(row * count + column, now, row))
            self.query_one(BoardView).apply(Change(cards=tuple(changed)))

    Benchmark().run()


if __name__ == "__main__":
    if sys.argv[1] == "hello":
        hello()
    else:
        extra = sys.argv[3] if len(sys.argv) > 3 else "0"
        locks = extra == "locks"
        board(int(sys.argv[2]), 0 if locks else int(extra), locks=locks)

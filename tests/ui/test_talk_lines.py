"""What is said, laid in lines: never wider than there is room, nothing lost, plain where wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from genie_tui.domain.inbox import Remark
from genie_tui.domain.text import clean
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.talk_lines import LINES_AT_MOST, TalkLines, folded
from genie_tui.ui.widgets.talk_rows import TalkRows

START = datetime(2026, 11, 23, 12, tzinfo=UTC)


def remark(number: int, body: str, *, minute: int = 0, **more: object) -> Remark:
    """What eng-1 said at a minute."""
    at = START + timedelta(minutes=minute)
    facts = {"id": str(number), "sender": "eng-1", "size": len(body), **more}
    return Remark(body=body, at=at, **facts)  # type: ignore[arg-type]


def laid(*remarks: Remark, width: int = 40, ascii: bool = False) -> TalkRows:  # noqa: A002
    """They, in a width."""
    rows = TalkRows(TalkLines(marks(ascii=ascii), lambda at: at))
    rows.begin(remarks, (remarks[-1].id, 1))
    rows.lay(width)
    return rows


def shown(rows: TalkRows, width: int = 40) -> list[str]:
    """The rows as text."""
    return ["".join(text for text, _ in row.line).rstrip() for row in rows.lay(width)]


@settings(max_examples=50)
@given(text=st.text(max_size=300), width=st.integers(2, 60))
def test_a_text_is_folded_into_the_width_and_nothing_is_lost(text: str, width: int) -> None:
    rows = list(folded(text, width))
    assert max(map(cell_len, rows)) <= width
    kept = "".join("".join(rows).split())
    assert kept == "".join("".join(clean(line.rstrip()) for line in text.splitlines()).split())


def test_words_are_kept_whole_and_code_keeps_its_indent() -> None:
    assert list(folded("one two three four", 9)) == ["one two", "three", "four"]
    assert list(folded("a\n\n\tif x:\n", 20)) == ["a", "", "    if x:"]
    assert list(folded("x" * 25, 10)) == ["x" * 10, "x" * 10, "x" * 5]


def test_days_heads_answers_and_threads_are_told_and_a_breath_has_one_head() -> None:
    rows = laid(
        remark(1, "first", minute=-1440),
        remark(2, "second"),
        remark(3, "third", minute=1),
        remark(4, "no", minute=2, answers="1", answered="eng-2", quote="first", replies=2),
        ascii=True,
    )
    assert shown(rows) == [
        " - Sun 22 Nov -------------------------",
        "eng-1  12:00",
        "  first",
        " - Mon 23 Nov -------------------------",
        "eng-1  12:00",
        "  second",
        "  third",
        " - 1 new ------------------------------",
        "eng-1  12:02",
        '  \\ answering eng-2: "first"',
        "  no",
        "  \\ 2 replies in a thread",
    ]
    assert rows.span(0) == (1, 3)
    assert rows.span(3) == (8, 12)
    assert rows.row_of(rows.anchor(9)) == 9


def test_of_a_long_text_the_beginning_is_shown_until_all_is_wanted() -> None:
    long = remark(1, "\n".join(f"line {n}" for n in range(100)))
    rows = laid(long)
    assert rows.cut(0)
    assert len(shown(rows)) == 2 + 1 + LINES_AT_MOST + 1
    assert shown(rows)[-1].endswith("letters in all; enter shows them")
    rows.wholes["1"] = long.body
    rows.forget()
    assert shown(rows)[-1] == "  line 99"
    assert not rows.cut(0)
    assert laid(remark(1, "x" * 4000, size=5000)).cut(0)

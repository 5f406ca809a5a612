"""What is unread, by what a person would say it is: after any history of words and marks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.services import groups, inbox, inbox_marks, messages
from tests.services.making import ADA, BOB, ENG

SPEAKERS = (ADA, BOB, ENG)
JOINED = "UPDATE conversation_members SET joined_at = now() - interval '1 hour'"

step = st.one_of(
    st.tuples(st.just("say"), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("read"), st.integers(0, 30), st.just(False)),
    st.tuples(st.just("unread"), st.integers(0, 30), st.just(False)),
    st.tuples(st.just("all"), st.just(0), st.just(False)),
)


@dataclass
class Model:
    """What was said (id, by whom, whether it names ada), and ada's mark."""

    said: list[tuple[int, Actor, bool]] = field(default_factory=list)
    mark: int | None = None
    member: bool = True

    @property
    def unread(self) -> int:
        """How much a person would call unread."""
        theirs = [(id_, named) for id_, by, named in self.said if by is not ADA]
        own = max((id_ for id_, by, _ in self.said if by is ADA), default=0)
        if self.mark is not None:
            return sum(id_ > self.mark for id_, _ in theirs)
        if not self.member:
            first = min((id_ for id_, named in theirs if named), default=None)
            return sum(first is not None and first <= id_ for id_, _ in theirs)
        return sum(id_ > own for id_, _ in theirs)

    @property
    def calls(self) -> int:
        """How much of it is hers to read."""
        beyond = self.mark or 0
        named = any(named and id_ > beyond for id_, by, named in self.said if by is not ADA)
        return self.unread if self.member or named else 0


async def replay(conn: AsyncConnection, steps: list[tuple[str, int, bool]], member: bool) -> None:
    """Do it in the database and in the model, and compare after each step."""
    id_ = await groups.create_group(conn, "Release", [ENG, *[ADA] * member], BOB)
    await conn.execute(JOINED)
    model = Model(member=member)
    for what, number, named in steps:
        if what == "say":
            by = SPEAKERS[number]
            body = "what do you say, @ada?" if named else "hello"
            said = await messages.post(conn, id_, body, by)
            model.member = model.member or by is ADA
            model.said.append((said.id, by, named and by is not ADA))
            if by is ADA and not member:
                await conn.execute(JOINED)
        elif what == "all":
            if model.calls or model.mark is not None:
                model.mark = max(model.mark or 0, *(m[0] for m in model.said), 0)
            await inbox_marks.mark_all_read(conn, ADA)
        elif model.said:
            at = model.said[number % len(model.said)][0]
            (talk,) = (await inbox.talks(conn, ADA)).talks
            verb = inbox_marks.mark_read if what == "read" else inbox_marks.mark_unread
            await verb(conn, ADA, talk.kind, talk.ref, str(at))
            model.mark = max(model.mark or 0, at) if what == "read" else at - 1
        (talk,) = (await inbox.talks(conn, ADA)).talks
        assert (talk.unread, talk.calls) == (model.unread, model.calls), (what, number)
        assert await inbox.unread(conn, ADA) == model.calls


def test_unread_is_what_a_person_would_call_so(dsn: str) -> None:
    runner = asyncio.Runner()
    conn = runner.run(AsyncConnection.connect(dsn))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=st.lists(step, max_size=12), member=st.booleans())
    def holds(steps: list[tuple[str, int, bool]], member: bool) -> None:
        try:
            runner.run(replay(conn, steps, member))
        finally:
            runner.run(conn.rollback())

    with runner:
        holds()
        runner.run(conn.close())

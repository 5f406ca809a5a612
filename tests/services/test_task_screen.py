"""What a task's own screen reads: bounded, whole where it is asked for, and from every client."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.domain.criteria import criteria
from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.threads import threaded
from genie_tui.errors import Conflict, NotFound
from genie_tui.services import (
    conversations,
    dependencies,
    editing,
    messages,
    stages,
    task_company,
    task_criteria,
    task_links,
    task_raw,
    task_story,
    task_threads,
    task_transcripts,
    tasks,
)
from tests.conftest import Connect
from tests.services.making import ADA, BOB, ENG, make, make_board, rows


async def test_comments_come_with_the_threads_on_them_and_are_answered_where_they_stand(
    conn: AsyncConnection,
) -> None:
    task = await make(conn, await make_board(conn))
    first = await conversations.comment(conn, task.id, "first", ADA)
    answer = await conversations.comment(conn, task.id, "answer", ENG, reply_to=first.id)
    thread = await messages.thread_of(conn, answer.id, BOB)
    below = await messages.post(conn, thread, "in a thread", BOB)
    await task_threads.reply(conn, task.id, below.id, "in it, too", ADA)
    await task_threads.reply(conn, task.id, first.id, "x" * 5000, ADA)
    await messages.edit_message(conn, first.id, "first, edited", ADA)
    # Another client may hang a conversation on a message of its own.
    await conn.execute(
        "UPDATE conversations SET parent_message_id = %s WHERE linked_entity = 'task'", [first.id]
    )
    found = (await task_threads.talk(conn, task.id)).comments
    told = threaded(found, id_of=lambda c: c.id, answers=lambda c: c.answers)
    assert [(comment.body[:20], depth) for comment, depth in told] == [
        ("first, edited", 0),
        ("answer", 1),
        ("in a thread", 2),
        ("in it, too", 3),
        ("x" * 20, 1),
    ]
    long = found[-1]
    assert (len(long.body), long.letters) == (2000, 5000)
    assert len(await task_threads.body_of(conn, long.id)) == 5000
    with pytest.raises(NotFound, match="no message"):
        await task_threads.reply(conn, task.id, 10**9, "to whom?", ADA)


async def test_of_many_comments_the_newest_are_read_and_the_others_counted(
    conn: AsyncConnection,
) -> None:
    task = await make(conn)
    for number in range(7):
        await conversations.comment(conn, task.id, f"remark {number}", ADA)
    talk = await task_threads.talk(conn, task.id, limit=3)
    assert [comment.body for comment in talk.comments] == ["remark 4", "remark 5", "remark 6"]
    assert talk.earlier == 4


async def test_the_story_tells_who_ended_each_stay_and_how_many_moves_came_before(
    conn: AsyncConnection,
) -> None:
    task = await make(conn, await make_board(conn), "draft")
    for stage in ("build", "draft") * 3:
        await stages.move_task(conn, task.id, stage, ENG)
        await conn.commit()
    story = await task_story.story(conn, task.id)
    assert [stay.stage for stay in story.stays] == ["draft", "build"] * 3 + ["draft"]
    assert {stay.by for stay in story.stays[:-1]} == {"eng-1"}
    assert (story.stays[0].gate, story.stays[1].gate) == ("human", "agent")
    last = await task_story.story(conn, task.id, limit=2)
    assert last.stays == story.stays[-3:]
    assert (last.earlier, story.earlier) == (4, 0)
    for number in range(5):
        await tasks.set_priority(conn, task.id, ("low", "high")[number % 2], ADA)
    told, before = await task_story.events(conn, task.id, limit=3)
    assert [event.text.partition(" by")[0] for event in told] == [
        "#1 priority high → low",
        "#1 priority low → high",
        "#1 priority high → low",
    ]
    rest, end = await task_story.events(conn, task.id, before=before)
    assert ("created" in rest[-1].text, end) == (True, None)


async def test_a_transcript_is_read_by_pages_from_either_end(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conn.execute(
        "INSERT INTO sessions (id, task_id, started_at) VALUES"
        " ('old', %(task)s, now() - interval '1 day'), ('new', %(task)s, now()), ('named', NULL,"
        " now() - interval '2 days'), ('other', 'task-0', now())",
        {"task": task.id},
    )
    await conn.execute("UPDATE tasks SET session_id = 'named' WHERE id = %s", [task.id])
    await conn.execute(
        "INSERT INTO session_content (session_id, turn_index, role, content, timestamp)"
        " SELECT 'new', n, 'tool', repeat('x', 1000 * n), now() FROM generate_series(0, 9) n"
    )
    found = await task_transcripts.sessions(conn, task.id)
    assert [(one.id, one.turns) for one in found] == [("new", 10), ("old", 0), ("named", 0)]
    last = await task_transcripts.before(conn, "new", limit=3)
    assert ([turn.index for turn in last.turns], last.before, last.after) == ([7, 8, 9], 7, 0)
    page = await task_transcripts.before(conn, "new", 7, limit=3)
    assert ([turn.index for turn in page.turns], page.before, page.after) == ([4, 5, 6], 4, 3)
    first = await task_transcripts.after(conn, "new", limit=2)
    assert ([turn.index for turn in first.turns], first.before, first.after) == ([0, 1], 0, 8)
    assert (last.turns[-1].letters, len(last.turns[-1].text)) == (9000, 2000)
    assert len(await task_transcripts.text_of(conn, "new", 9, letters=5000)) == 5000


async def test_the_row_is_told_column_by_column_and_text_in_jsonb_decoded(
    conn: AsyncConnection,
) -> None:
    task = await make(conn, title="a title")
    await conn.execute(
        "UPDATE tasks SET metadata = %(text)s, description = repeat('x', 30000) WHERE id = %(id)s",
        {"id": task.id, "text": Jsonb('{"a": [1, "ü"]}')},
    )
    values = {value.column: value for value in await task_raw.values(conn, task.id)}
    columns = await rows(
        conn,
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'tasks'"
        " ORDER BY ordinal_position",
    )
    assert list(values) == [row["column_name"] for row in columns]
    assert values["title"].text == "a title"
    assert values["due_date"].text is None
    assert values["metadata"].text == '{\n  "a": [\n    1,\n    "ü"\n  ]\n}'
    description = values["description"]
    assert description.text is not None
    assert (len(description.text), description.letters) == (20_000, 30_000)


async def test_people_tags_and_family_come_with_what_belongs_to_them(conn: AsyncConnection) -> None:
    task = await make(conn, title="whole", assignees=[ENG], tags=["bug"])
    parts = [await make(conn, title=f"part {n}", parent_id=task.id) for n in range(3)]
    await conn.execute("UPDATE tasks SET status = 'done' WHERE id = %s", [parts[0].id])
    await conn.execute(
        "INSERT INTO task_actors (task_id, actor_type, actor_id, role, permissions)"
        " VALUES (%s, 'genie_os_user', 'mira', 'reviewer', '\"{\\\"merge\\\": true}\"')",
        [task.id],
    )
    found = await task_company.people(conn, task.id)
    assert [(person.role, person.id) for person in found] == [
        ("assignee", "eng-1"),
        ("creator", "ada"),
        ("reviewer", "mira"),
    ]
    assert found[-1].permissions == {"merge": True}
    (tag,) = await task_company.taggings(conn, task.id)
    assert (tag.name, tag.by) == ("Bug", "ada")
    family = await task_company.family(conn, task.id, limit=2)
    assert ([child.title for child in family.children], family.more) == (["part 1", "part 2"], 1)
    above = (await task_company.family(conn, parts[1].id)).parent
    assert above is not None
    assert above.title == "whole"


async def test_two_who_tick_at_once_both_have_their_box_ticked(
    conn: AsyncConnection, connect: Connect
) -> None:
    text = "- [ ] one\n- [ ] two"
    task = await make(conn, acceptance_criteria=text)
    await conn.commit()
    one, two = criteria(text)

    async def tick(number: int) -> None:
        async with await connect() as other:
            await task_criteria.tick(
                other, task.id, (one, two)[number], (ADA, BOB)[number], done=True
            )

    for _ in range(2):
        await asyncio.gather(*(tick(n) for n in range(2)), return_exceptions=True)
    assert (await tasks.get_task(conn, task.id)).acceptance_criteria == "- [x] one\n- [x] two"
    await editing.edit_task(conn, task.id, {"acceptance_criteria": "none"}, BOB)
    with pytest.raises(Conflict, match="changed meanwhile"):
        await task_criteria.tick(conn, task.id, one, ADA, done=False)


async def test_what_could_be_linked_is_of_the_same_board_and_rows_tell_how_it_is(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    task, near = [await make(conn, board, "draft", title=title) for title in ("a", "b")]
    far = await make(conn, title="elsewhere")
    assert [card.title for card in await task_links.neighbours(conn, task.id)] == ["b"]
    await dependencies.add_dependency(conn, near.id, task.id, "blocks", actor=ADA)
    await dependencies.add_dependency(conn, near.id, far.id, actor=ADA)
    between = await task_links.beside(conn, [task.id, near.id])
    assert between == (Dependency(task_id=near.id, depends_on_id=task.id, dep_type="blocks"),)

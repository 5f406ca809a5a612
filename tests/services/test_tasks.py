"""Tasks: made and read; priority, people and tags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Priority, Status
from genie_tui.errors import Ambiguous, BadInput, Conflict, NotFound
from genie_tui.services import boards, checkout, stages, tasks
from genie_tui.services.tags import find_tag, list_tags
from tests.services.making import (
    ADA,
    ENG,
    REPO,
    audited,
    column,
    events,
    make,
    make_board,
    row_of,
    rows,
)


class TestMaking:
    async def test_draws_another_id_where_the_first_is_taken(self, conn: AsyncConnection) -> None:
        await conn.execute("CREATE SEQUENCE drawn")
        draw = "ALTER TABLE tasks ALTER id SET DEFAULT 'task-' || nextval('drawn') / 2"
        await conn.execute(draw)
        made = [await make(conn) for _ in range(3)]
        assert [task.id for task in made] == ["task-0", "task-1", "task-2"]
        assert [task.seq for task in made] == [1, 2, 3]

    async def test_writes_the_task_its_creator_and_its_audit(self, conn: AsyncConnection) -> None:
        board = await make_board(conn)
        due = datetime(2027, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
        task = await tasks.create_task(
            conn,
            REPO,
            title="  export \n csv ",
            actor=ADA,
            board=board,
            stage="build",
            priority="high",
            description=" why \n",
            acceptance_criteria="",
            due=due,
            tags=["bug", "Urgent"],
            assignees=[ENG],
            estimated_effort="2d",
        )
        build = board.column("build")
        assert build is not None
        assert (task.seq, task.title, task.repo_path) == (1, "export csv", REPO)
        assert (task.stage, task.column_id, task.board_id) == ("build", build.id, board.id)
        assert (task.status, task.priority, task.due) == (Status.READY, Priority.HIGH, due)
        assert (task.description, task.acceptance_criteria) == ("why", None)
        assert (task.estimated_effort, task.project_name) == ("2d", "acme")
        assert [tag.id for tag in task.tags] == ["bug", "urgent"]
        assert (task.assignees, task.lock, task.comments) == (("eng-1",), None, 0)
        assert task.staged_at == task.created_at
        people = await rows(conn, "SELECT actor_id, role FROM task_actors ORDER BY role")
        assert [tuple(person.values()) for person in people] == [
            ("eng-1", "assignee"),
            ("ada", "creator"),
        ]
        created = ("created", "ada", {"title": "export csv", "stage": "build"})
        assert (await audited(conn, task.id))[0] == created
        assert await events(conn, task.id) == ["tagged", "tagged", "assigned"]

    async def test_numbers_the_tasks_of_each_repository(self, conn: AsyncConnection) -> None:
        made = [await make(conn, repo=repo) for repo in ("/a", "/b", "/a")]
        assert [task.seq for task in made] == [1, 1, 2]

    async def test_begins_in_draft_where_there_is_one_else_at_the_first(
        self, conn: AsyncConnection
    ) -> None:
        flow = await make_board(conn, column("inbox"), column("draft"), name="Flow")
        sales = await make_board(conn, column("lead"), column("won"), name="Sales")
        assert [(await make(conn, board)).stage for board in (flow, sales, None)] == [
            "draft",
            "lead",
            "draft",
        ]

    async def test_without_a_board_leaves_board_and_column_null(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, stage="Review")
        row = await row_of(conn, task.id)
        assert (row["board_id"], row["column_id"], row["stage"]) == (None, None, "review")

    async def test_on_a_made_up_board_is_of_its_type(self, conn: AsyncConnection) -> None:
        await conn.execute(
            "INSERT INTO task_types (id, name, stages)"
            """ VALUES ('sale', 'Sale', '[{"name": "x"}]')"""
        )
        board = await boards.find_board(conn, "type:sale")
        task = await make(conn, board)
        assert (task.type_id, task.board_id, task.stage) == ("sale", None, "x")

    async def test_looks_at_the_columns_as_they_are_now(self, conn: AsyncConnection) -> None:
        board = await make_board(conn)
        await conn.execute("UPDATE boards SET columns = columns - 3 WHERE name = 'Flow'")
        with pytest.raises(NotFound, match="no stage 'qa' on Flow; there are draft, build"):
            await make(conn, board, "qa")

    @pytest.mark.parametrize("title", ["", " \n ", "a\0b", "\udcff"])
    async def test_needs_a_title_that_can_be_stored(
        self, conn: AsyncConnection, title: str
    ) -> None:
        with pytest.raises(BadInput, match="title"):
            await make(conn, title=title)

    async def test_of_what_there_is_not_is_refused(self, conn: AsyncConnection) -> None:
        with pytest.raises(BadInput, match="urgent, high, normal, low"):
            await make(conn, priority="now")
        with pytest.raises(NotFound, match="'nowhere'"):
            await make(conn, stage="nowhere")
        with pytest.raises(NotFound, match="'sale'"):
            await make(conn, type_id="sale")
        with pytest.raises(NotFound, match="no tag 'x'; there are bug, "):
            await make(conn, tags=["x"])

    async def test_under_no_parent_says_so(self, conn: AsyncConnection) -> None:
        with pytest.raises(NotFound, match="task-0"):
            await make(conn, parent_id="task-0")

    async def test_twice_as_one_group_of_a_parent_is_a_conflict(
        self, conn: AsyncConnection
    ) -> None:
        parent = await make(conn)
        await make(conn, parent_id=parent.id, group_name="1")
        with pytest.raises(Conflict, match="group '1' is taken"):
            await make(conn, parent_id=parent.id, group_name="1")


class TestReading:
    async def test_of_a_task_that_is_not_there_says_so(self, conn: AsyncConnection) -> None:
        with pytest.raises(NotFound, match="task-0"):
            await tasks.get_task(conn, "task-0")

    async def test_cards_are_those_that_exist_each_once(self, conn: AsyncConnection) -> None:
        made = [await make(conn) for _ in range(3)]
        ids = [made[0].id, "task-0", made[2].id, made[0].id]
        found = await tasks.cards(conn, ids)
        assert sorted(card.id for card in found) == sorted([made[0].id, made[2].id])
        assert await tasks.cards(conn, []) == ()

    async def test_a_card_says_when_it_entered_its_stage(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await stages.move_task(conn, task.id, "build", ADA)
        await stages.move_task(conn, task.id, "review", ADA)
        await conn.execute(
            "UPDATE task_stage_log SET created_at = '2026-01-01Z' WHERE to_stage = 'build'"
        )
        await conn.execute(
            "UPDATE task_stage_log SET created_at = '2026-02-01Z' WHERE to_stage = 'review'"
        )
        (card,) = await tasks.cards(conn, [task.id])
        assert card.staged_at == datetime(2026, 2, 1, tzinfo=UTC)

    async def test_a_card_has_its_lock_and_the_words_given(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "review")
        lock = await checkout.checkout_task(conn, task.id, ENG, timeout=timedelta(minutes=3))
        await stages.advance_task(conn, task.id, ENG)
        (card,) = await tasks.cards(conn, [task.id])
        assert card.lock == lock
        assert card.approved == {ENG.kind}
        assert card.approvals[0].actor_id == "eng-1"


class TestPriority:
    async def test_is_changed_and_told(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        assert await tasks.set_priority(conn, task.id, "urgent", ADA)
        assert not await tasks.set_priority(conn, task.id, Priority.URGENT, ADA)
        assert (await row_of(conn, task.id))["priority"] == "urgent"
        told = ("priority", "ada", {"from": "normal", "to": "urgent"})
        assert (await audited(conn, task.id))[1:] == [told]

    async def test_is_one_of_four(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        with pytest.raises(BadInput):
            await tasks.set_priority(conn, task.id, "now", ADA)


class TestPeople:
    async def test_have_roles_in_a_task(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        assert await tasks.add_actor(conn, task.id, ENG, "reviewer", by=ADA)
        assert not await tasks.add_actor(conn, task.id, ENG, "reviewer", by=ADA)
        assert await tasks.assign(conn, task.id, ENG, by=ADA)
        assert (await tasks.get_task(conn, task.id)).assignees == ("eng-1",)
        assert await tasks.unassign(conn, task.id, ENG, by=ADA)
        assert await tasks.remove_actor(conn, task.id, ENG, "reviewer", by=ADA)
        assert not await tasks.remove_actor(conn, task.id, ENG, "reviewer", by=ADA)
        eng = {"type": "local", "id": "eng-1"}
        assert (await audited(conn, task.id))[1:] == [
            ("actor_added", "ada", eng | {"role": "reviewer"}),
            ("assigned", "ada", eng | {"role": "assignee"}),
            ("unassigned", "ada", eng | {"role": "assignee"}),
            ("actor_removed", "ada", eng | {"role": "reviewer"}),
        ]

    async def test_of_one_name_and_several_types_show_once(self, conn: AsyncConnection) -> None:
        task = await make(conn, assignees=[ENG, Actor(id="eng-1", type="omni_agent", run_id="x")])
        assert task.assignees == ("eng-1",)

    async def test_cannot_be_added_to_no_task(self, conn: AsyncConnection) -> None:
        with pytest.raises(NotFound, match="task-0"):
            await tasks.add_actor(conn, "task-0", ENG, "reviewer")


class TestTags:
    async def test_go_by_id_or_name(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        assert await tasks.tag(conn, task.id, "BUG", ADA)
        assert not await tasks.tag(conn, task.id, "bug", ADA)
        assert [tag.name for tag in (await tasks.get_task(conn, task.id)).tags] == ["Bug"]
        assert await tasks.untag(conn, task.id, "Bug", ADA)
        assert not await tasks.untag(conn, task.id, "Bug", ADA)
        assert (await audited(conn, task.id))[1:] == [
            ("tagged", "ada", {"tag": "bug"}),
            ("untagged", "ada", {"tag": "bug"}),
        ]

    async def test_are_those_of_the_contract(self, conn: AsyncConnection) -> None:
        assert [tag.id for tag in await list_tags(conn)] == [
            "bug",
            "chore",
            "feature",
            "idea",
            "improvement",
            "urgent",
        ]

    async def test_of_one_name_are_told_apart_by_id(self, conn: AsyncConnection) -> None:
        await conn.execute("INSERT INTO tags (id, name) VALUES ('t1', 'Beta'), ('t2', 'beta')")
        with pytest.raises(Ambiguous, match="t1, t2"):
            await find_tag(conn, "beta")
        assert (await find_tag(conn, "t2")).name == "beta"

    async def test_cannot_be_put_on_no_task(self, conn: AsyncConnection) -> None:
        with pytest.raises(NotFound, match="task-0"):
            await tasks.tag(conn, "task-0", "bug", ADA)

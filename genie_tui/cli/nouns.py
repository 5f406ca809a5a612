"""The nouns whose commands are imported when they are called: what there is, and what help says."""

from __future__ import annotations

import click

from genie_tui.cli.options import LazyGroup

__all__ = [
    "agent",
    "app",
    "chat",
    "conversation",
    "daemon",
    "event",
    "mail",
    "metrics",
    "notify",
    "project",
    "release",
    "session",
    "tag",
    "team",
    "type_",
]

PROJECT = {
    "list": (
        "genie_tui.cli.project:list_",
        "List the projects, with how many boards and tasks they have.",
    ),
    "show": (
        "genie_tui.cli.project:show",
        "Show a project, this repository's unless one is named.",
    ),
    "create": ("genie_tui.cli.project:create", "Make a project, of a repository or of none."),
    "edit": (
        "genie_tui.cli.project:edit",
        "Rename or describe a project, or say where its repository is now.",
    ),
    "delete": (
        "genie_tui.cli.project:delete",
        "Delete a project that has neither tasks nor boards.",
    ),
}


@click.group(cls=LazyGroup, table=PROJECT)
def project() -> None:
    """Projects: one for each repository, made when something is first written there.

    \b
    genie-tui project list
    genie-tui project show
    genie-tui project create website --repo ~/src/website
    """


TYPE = {
    "list": ("genie_tui.cli.type:list_", "List the task types."),
    "show": ("genie_tui.cli.type:show", "Show a task type and its stages."),
    "create": ("genie_tui.cli.type:create", "Make a task type; its id is the name in lower case."),
    "edit": ("genie_tui.cli.type:edit", "Change a task type."),
    "delete": (
        "genie_tui.cli.type:delete",
        "Delete a task type that no task and no tag refers to.",
    ),
}


@click.group("type", cls=LazyGroup, table=TYPE)
def type_() -> None:
    """Task types: what tasks are of, and the stages of those that have no board.

    The one that Genie brought stays as it is; others can be made of it.

    \b
    genie-tui type list
    genie-tui type create Research --stages question,reading,answer
    genie-tui task create 'why is it slow' --type research
    """


TAG = {
    "list": ("genie_tui.cli.tag:list_", "List the tags, with how many tasks have them."),
    "create": ("genie_tui.cli.tag:create", "Make a tag; its id is the name in lower case."),
    "edit": (
        "genie_tui.cli.tag:edit",
        "Rename a tag, give it another colour, or say for which tasks it is.",
    ),
    "delete": ("genie_tui.cli.tag:delete", "Delete a tag, and take it off all tasks."),
}


@click.group(cls=LazyGroup, table=TAG)
def tag() -> None:
    """Tags: which there are. `genie-tui task tag` puts them on tasks.

    A tag is named by its id, or by its name, whose case does not matter.

    \b
    genie-tui tag list
    genie-tui tag create Security --color '#ef4444'
    """


RELEASE = {
    "list": (
        "genie_tui.cli.release:list_",
        "List the releases of the project, with how far they are.",
    ),
    "show": ("genie_tui.cli.release:show", "Show a release and its tasks."),
    "add": ("genie_tui.cli.release:add", "Put tasks into a release; the first one begins it."),
    "remove": ("genie_tui.cli.release:remove", "Take tasks out of the release that they are in."),
    "rename": ("genie_tui.cli.release:rename", "Give a release another name; its tasks follow."),
}


@click.group(cls=LazyGroup, table=RELEASE)
def release() -> None:
    """Releases: which tasks go out together.

    A release is there as long as a task is in it.

    \b
    genie-tui release add 12 13 2.0
    genie-tui release show 2.0
    """


CONVERSATION = {
    "list": ("genie_tui.cli.conversation:list_", "List conversations, the latest first."),
    "show": (
        "genie_tui.cli.conversation:show",
        "Show the newest messages of a conversation, oldest first.",
    ),
    "create": ("genie_tui.cli.conversation:create", "Make a group; you are its admin."),
    "rename": ("genie_tui.cli.conversation:rename", "Give a group another name."),
    "post": (
        "genie_tui.cli.conversation:post",
        "Write into a conversation; TEXT - is read from standard input.",
    ),
    "dm": (
        "genie_tui.cli.conversation:dm",
        "Write to one person or agent; TEXT - is read from standard input.",
    ),
    "edit": (
        "genie_tui.cli.conversation:edit",
        "Write one of your messages anew; TEXT - is read from standard input.",
    ),
    "unsay": ("genie_tui.cli.conversation:unsay", "Delete one of your messages."),
    "join": ("genie_tui.cli.conversation:join", "Become a member of a group."),
    "leave": ("genie_tui.cli.conversation:leave", "Be no member of a group any more."),
    "member": (
        "genie_tui.cli.conversation:member",
        "Who is in a group, and what they may do there.",
    ),
}


@click.group(cls=LazyGroup, table=CONVERSATION)
def conversation() -> None:
    """Conversations: groups, direct messages and threads; those of tasks, too.

    One is named by its id, the beginning of it, or its name. `task comment` writes about a task.

    \b
    genie-tui conversation list --mine
    genie-tui conversation dm eng-1 'which branch is it on?'
    genie-tui conversation create Release --member eng-1 --member jonas
    """


MAIL = {
    "send": ("genie_tui.cli.mail:send", "Send a letter; TEXT - is read from standard input."),
    "inbox": (
        "genie_tui.cli.mail:inbox",
        "List letters, the newest first; they stay as unread as they are.",
    ),
    "read": ("genie_tui.cli.mail:read", "Read your letters, which are marked as read."),
}


@click.group(cls=LazyGroup, table=MAIL)
def mail() -> None:
    """Mail: letters to agents and people; an agent's notifier hears of them at once.

    \b
    genie-tui mail send eng-1 'please rebase #12'
    genie-tui mail inbox --unread
    genie-tui mail read --all
    """


CHAT = {
    "post": (
        "genie_tui.cli.chat:post",
        "Say something to a team; TEXT - is read from standard input.",
    ),
    "read": (
        "genie_tui.cli.chat:read",
        "Read what was said last, oldest first; with --all-projects in every repository.",
    ),
}


@click.group(cls=LazyGroup, table=CHAT)
def chat() -> None:
    """The chat of a team, in this repository.

    \b
    genie-tui chat post backend 'the schema is frozen'
    genie-tui chat read backend
    """


NOTIFY = {
    "list": ("genie_tui.cli.notify:list_", "List the preferences of everybody, or of one."),
    "set": (
        "genie_tui.cli.notify:set_",
        "Say from which priority on something is told on a channel.",
    ),
    "remove": ("genie_tui.cli.notify:remove", "Forget a preference."),
    "resolve": (
        "genie_tui.cli.notify:resolve",
        "Say who would be told of something, and on which channels.",
    ),
}


@click.group(cls=LazyGroup, table=NOTIFY)
def notify() -> None:
    """Who is told what: per person and channel, and from which priority on.

    Of the channels, tmux works here; the others are for programs that have them. Whoever has no
    preference is told in tmux, from normal priority on.

    \b
    genie-tui notify set tmux --threshold high
    genie-tui notify list
    """


DAEMON = {
    "run": ("genie_tui.cli.daemon:run", "Be the daemon, in the foreground."),
    "start": ("genie_tui.cli.daemon:start", "Start a daemon that goes on when this ends."),
    "stop": ("genie_tui.cli.daemon:stop", "Stop the daemon; the commands that it runs go on."),
    "status": ("genie_tui.cli.daemon:status", "Say whether a daemon runs."),
    "logs": ("genie_tui.cli.daemon:logs", "Show what the daemons of this home did."),
}


@click.group(cls=LazyGroup, table=DAEMON)
def daemon() -> None:
    """The daemon, which fires schedules, and looks after locks and runs whose owners are gone.

    \b
    genie-tui daemon start
    genie-tui daemon logs -f
    """


APP = {
    "list": ("genie_tui.cli.app:list_", "List what is in the registry."),
    "show": ("genie_tui.cli.app:show", "Show an item, with its manifest."),
    "add": ("genie_tui.cli.app:add", "Add an item, of a directory or a git repository."),
    "versions": ("genie_tui.cli.app:versions", "List the versions of an item."),
    "upgrade": ("genie_tui.cli.app:upgrade", "Take the newest version of an item, or one named."),
    "activate": ("genie_tui.cli.app:activate", "Have an item take part, and what it needs."),
    "deactivate": ("genie_tui.cli.app:deactivate", "Have an item not take part."),
    "remove": ("genie_tui.cli.app:remove", "Take an item out of the registry."),
}


@click.group(cls=LazyGroup, table=APP)
def app() -> None:
    """The registry: agents, skills, apps, boards, workflows, stacks, templates and hooks.

    An item has a genie.json, which says at least its name, type and version; "dependencies" names
    the items that it needs, as "diff-reader" or "diff-reader>=1.2.0". Of a git repository, the tags
    are its versions.

    \b
    genie-tui app add ./review-bot
    genie-tui app add https://git.example.org/diff-reader.git
    """


EVENT = {
    "list": ("genie_tui.cli.event:list_", "List what has happened, oldest first."),
    "tail": ("genie_tui.cli.event:tail", "Tell what happens as it happens, until interrupted."),
}


@click.group(cls=LazyGroup, table=EVENT)
def event() -> None:
    """Events: what happens to tasks, agents, mail and runs.

    Of this repository's tasks, and of what is no task's; with --all-projects of all.

    \b
    genie-tui event tail
    genie-tui event list --kind stage --limit 20
    """


SESSION = {
    "list": ("genie_tui.cli.session_reading:list_", "List the sessions, the newest first."),
    "show": ("genie_tui.cli.session_reading:show", "Show what was said in a session."),
    "search": ("genie_tui.cli.session_reading:search", "Find words in what was said."),
    "cost": ("genie_tui.cli.session_reading:cost", "Show what agents spent, and on what."),
    "import": ("genie_tui.cli.session:import_", "Read what agents wrote of their sessions."),
}


@click.group(cls=LazyGroup, table=SESSION)
def session() -> None:
    """Sessions: what agents said and did, as their files (JSON lines) tell it.

    \b
    genie-tui session import ~/.claude/projects
    """


AGENT = {
    "list": ("genie_tui.cli.agent:list_", "List the agents, who needs a person first."),
    "show": ("genie_tui.cli.agent:show", "Show all that is known of an agent."),
    "jump": ("genie_tui.cli.agent:jump", "Go to the tmux pane in which an agent runs."),
    "mail": ("genie_tui.cli.agent:mail", "Send an agent a letter."),
    "assign": ("genie_tui.cli.agent:assign", "Give an agent tasks: it is responsible for them."),
    "guide": ("genie_tui.cli.guide:guide", "Print a page of instructions for coding agents."),
    "release": ("genie_tui.cli.agent:release", "Release what an agent that is gone has locked."),
}


@click.group(cls=LazyGroup, table=AGENT)
def agent() -> None:
    """Agents: what the database tells of them, held against tmux and the processes.

    One is named by its name, its id, or its pane.

    \b
    genie-tui agent list
    genie-tui agent release eng-3
    """


TEAM = {
    "list": ("genie_tui.cli.team:list_", "List the teams, with how many of each are at work."),
    "show": ("genie_tui.cli.team:show", "Show a team, and how its members stand."),
}


@click.group(cls=LazyGroup, table=TEAM)
def team() -> None:
    """Teams of agents.

    \b
    genie-tui team list
    genie-tui team show backend
    """


METRICS = {
    "flow": (
        "genie_tui.cli.metrics:flow",
        "Show how many tasks stood in each stage at the end of each day.",
    ),
    "cycle": (
        "genie_tui.cli.metrics:cycle",
        "Show how long tasks took in each stage, and in all: half of them, and 85 of 100.",
    ),
    "throughput": (
        "genie_tui.cli.metrics:throughput",
        "Show how many tasks were made, done and cancelled, by the day; of 31 days and more by"
        " weeks.",
    ),
    "burndown": (
        "genie_tui.cli.metrics:burndown",
        "Show how many open tasks were left at the end of each day, of a board or a release.",
    ),
    "age": (
        "genie_tui.cli.metrics:age",
        "Show how long the open tasks of each stage have been there, and which are the oldest.",
    ),
    "machine": (
        "genie_tui.cli.metrics:machine",
        "Show what the machine carried, as the daemon noted it: means, and the peaks beside them.",
    ),
}


@click.group(cls=LazyGroup, table=METRICS)
def metrics() -> None:
    """How work flows on a board: the project's first, unless --board names one.

    \b
    genie-tui metrics flow --days 7
    genie-tui metrics cycle --board Release
    """

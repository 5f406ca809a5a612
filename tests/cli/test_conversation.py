"""Conversations, mail and chat from the command line."""

from __future__ import annotations

from tests.cli.conftest import Cli

AGENT = {"GENIE_AGENT_NAME": "eng-1"}


def test_a_direct_message_is_answered_in_the_same_conversation(cli: Cli) -> None:
    asked = cli("conversation", "dm", "eng-1", "which branch?", "--json").json
    answered = cli("conversation", "dm", "ada", "-", "--json", stdin="main\n", env=AGENT).json
    assert answered["conversation_id"] == asked["conversation_id"]
    shown = cli("conversation", "show", asked["conversation_id"])
    assert [line.strip() for line in shown.out.splitlines() if line.startswith("    ")] == [
        "which branch?",
        "main",
    ]
    assert "ada, eng-1" in shown.out


def test_a_group_is_made_written_to_and_closed_to_readers(cli: Cli) -> None:
    made = cli("conversation", "create", "Release", "--member", "eng-1", "--json").json
    assert cli("conversation", "post", "release", "tagged", env=AGENT).code == 0
    assert cli("conversation", "member", "role", "Release", "eng-1", "read_only").code == 0
    refused = cli("conversation", "post", "Release", "me too", "--json", env=AGENT)
    assert (refused.code, refused.error["code"]) == (4, "refused")
    found = cli("conversation", "list", "--mine", "--json", env=AGENT).json
    assert [each["id"] for each in found] == [made["id"]]
    assert found[0]["members"][1]["role"] == "read_only"
    assert cli("conversation", "show", "nothing").code == 3


def test_escape_sequences_in_words_never_reach_the_terminal(cli: Cli) -> None:
    cli("conversation", "dm", "eng-1", "\x1b[31mred\x07\u202eevil")
    cli("mail", "send", "ada", "\x1b]0;title\x07")
    cli("chat", "post", "team", "\x1b[2J")
    for arguments in (("conversation", "list"), ("mail", "inbox"), ("chat", "read", "team")):
        shown = cli(*arguments)
        assert shown.code == 0
        assert not set(shown.out) & set("\x1b\x07\u202e")


def test_mail_is_sent_listed_and_read_once(cli: Cli) -> None:
    sent = cli("mail", "send", "eng-1", "please rebase #12", "--json").json
    assert [each["id"] for each in cli("mail", "inbox", "--json", env=AGENT).json] == [sent["id"]]
    assert "please rebase #12" in cli("mail", "read", "--all", env=AGENT).out
    assert cli("mail", "read", "--all", env=AGENT).out == "nothing was unread\n"
    assert cli("mail", "inbox", "--unread", env=AGENT).out == "no unread mail for eng-1\n"
    assert cli("mail", "read").code == 2
    assert cli("mail", "read", "mail-00000000").code == 3


def test_a_team_chats_in_its_repository(cli: Cli) -> None:
    cli("chat", "post", "backend", "the schema is frozen")
    (said,) = cli("chat", "read", "backend", "--json").json
    assert (said["sender"], said["body"]) == ("ada", "the schema is frozen")
    assert "nothing was said" in cli("chat", "read", "frontend").out

"""`genie-tui app`: items of directories and of real repositories, and what they need."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from genie_tui.settings import Settings
from tests.cli.conftest import Cli

Make = Callable[..., str]


def manifest(name: str, version: str = "1.0.0", *needs: str, **more: Any) -> str:
    whole = {"name": name, "type": "skill", "version": version, "dependencies": needs}
    return json.dumps(whole | more)


@pytest.fixture
def directory(tmp_path: Path) -> Make:
    """Makes directories with a manifest."""

    def make(name: str, version: str = "1.0.0", *needs: str, **more: Any) -> str:
        place = tmp_path / "items" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "genie.json").write_text(manifest(name, version, *needs, **more))
        return str(place)

    return make


class Repository:
    """A bare repository, and a tree in which its versions are made."""

    def __init__(self, place: Path, name: str) -> None:
        self.bare = place / f"{name}.git"
        self.tree = place / f"{name}-tree"
        self.name = name
        git("init", "-q", "--bare", "-b", "main", str(self.bare))
        git("clone", "-q", str(self.bare), str(self.tree))

    def release(self, version: str, *needs: str, said: str = "", tag: str | None = None) -> None:
        (self.tree / "genie.json").write_text(manifest(self.name, version, *needs))
        (self.tree / "said.txt").write_text(version)
        git("-C", str(self.tree), "add", "-A")
        git("-C", str(self.tree), "commit", "-qm", version)
        words = ("-a", "-m", said) if said else ()
        git("-C", str(self.tree), "tag", *words, tag or f"v{version}")
        git("-C", str(self.tree), "push", "-q", "origin", "HEAD", "--tags")


def git(*words: str) -> None:
    who = {f"GIT_{kind}_{what}": "a@b" for kind in ("AUTHOR", "COMMITTER") for what in NAMES}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *words], check=True, capture_output=True, env=os.environ | who | alone)


NAMES = ("NAME", "EMAIL")


def test_an_item_of_a_directory_comes_takes_part_and_goes(cli: Cli, directory: Make) -> None:
    at = directory("review-bot", description="Reads diffs", tags=["quality"], author="Ada")
    added = cli("app", "add", at, "--json").json
    assert (added["name"], added["is_active"], added["install_path"]) == ("review-bot", True, at)
    assert (added["tags"], added["author_name"]) == (["quality"], "Ada")
    assert [each["name"] for each in cli("app", "list", "--json").json] == ["review-bot"]
    assert "Reads diffs" in cli("app", "show", "review-bot").out
    (version,) = cli("app", "versions", "review-bot", "--json").json
    assert (version["version"], version["git_tag"]) == ("1.0.0", None)
    assert cli("app", "deactivate", "review-bot").out == "deactivated review-bot\n"
    assert cli("app", "list", "--active", "--json").json == []
    assert cli("app", "activate", "review-bot").out == "activated review-bot\n"
    assert cli("app", "remove", "review-bot").code == 4
    assert cli("app", "remove", "review-bot", "--yes").out == "removed review-bot\n"
    assert Path(at, "genie.json").is_file()
    assert cli("app", "show", "review-bot").code == 3


def test_versions_are_the_tags_of_a_repository(
    cli: Cli, settings: Settings, tmp_path: Path
) -> None:
    made = Repository(tmp_path, "diff-reader")
    made.release("0.9.0")
    made.release("1.10.0", said="Understands renames")
    made.release("1.9.0")
    made.release("2.0.0-rc.1")
    made.release("1.0.0", tag="v7.0.0")
    made.release("1.0.1", tag="nightly")
    added = cli("app", "add", str(made.bare), "--json").json
    assert (added["version"], added["git_url"]) == ("1.10.0", str(made.bare))
    assert Path(added["install_path"], "said.txt").read_text() == "1.10.0"
    versions = {
        each["version"]: each for each in cli("app", "versions", "diff-reader", "--json").json
    }
    assert set(versions) == {"0.9.0", "1.9.0", "1.10.0", "2.0.0-rc.1"}
    assert versions["1.10.0"]["git_tag"] == "v1.10.0"
    assert versions["1.10.0"]["changelog"] == "Understands renames"
    assert len(versions["1.10.0"]["git_sha"]) == 40
    same = cli("app", "upgrade", "diff-reader")
    assert "no newer version than diff-reader 1.10.0" in same.out
    assert "v7.0.0 says that it is 1.0.0" in same.out
    made.release("1.11.0")
    assert "from 1.10.0 to 1.11.0" in cli("app", "upgrade", "diff-reader").out
    older = cli("app", "upgrade", "diff-reader", "--version", "0.9.0", "--json").json
    assert Path(older["install_path"], "said.txt").read_text() == "0.9.0"
    assert cli("app", "upgrade", "diff-reader", "--version", "5.0.0").code == 3
    place = settings.home / "registry" / added["id"]
    assert sorted(one.name for one in place.iterdir()) == sorted(
        ["git", Path(older["install_path"]).name]
    )
    cli("app", "remove", "diff-reader", "--yes")
    assert not place.exists()


def test_what_an_item_needs_is_active_with_it_and_cannot_go_before_it(
    cli: Cli, directory: Make
) -> None:
    waiting = cli("app", "add", directory("a", "1.0.0", "b>=1.2.0"))
    assert "not active: a needs b>=1.2.0, which is not in the registry" in waiting.out
    cli("app", "add", directory("b", "1.1.0", "c"))
    cli("app", "add", directory("c"))
    early = cli("app", "activate", "a")
    assert (early.code, "there is 1.1.0" in early.err) == (4, True)
    directory("b", "1.2.0", "c")
    assert cli("app", "upgrade", "b").code == 0
    assert cli("app", "activate", "a").out == "activated b, a\n"
    for verb, more in (("deactivate", ()), ("remove", ("--yes",))):
        refused = cli("app", verb, "c", *more)
        assert (refused.code, "b need c" in refused.err) == (4, True)
    directory("b", "1.1.0", "c")
    assert cli("app", "upgrade", "b").code == 4
    directory("c", "1.0.1", "a")
    circle = cli("app", "upgrade", "c")
    assert (circle.code, "c needs a needs b needs c" in circle.err) == (4, True)
    states = {each["name"]: each["version"] for each in cli("app", "list", "--json").json}
    assert states == {"a": "1.0.0", "b": "1.2.0", "c": "1.0.0"}


def test_a_circle_is_refused_before_all_of_it_is_there(cli: Cli, directory: Make) -> None:
    assert cli("app", "add", directory("a", "1.0.0", "b")).code == 0
    refused = cli("app", "add", directory("b", "1.0.0", "a"))
    assert (refused.code, "b needs a needs b" in refused.err) == (4, True)
    again = cli("app", "add", directory("a"))
    assert (again.code, "app upgrade a" in again.err) == (4, True)


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c 'touch {}'",
        "--upload-pack=touch {}",
        "-u touch {}",
        "ssh://-oProxyCommand=touch%20{}/x",
        "fd::17",
        "https://ada:secret@git.example.org/x.git",
        "https://token@git.example.org/x.git",
        "http://\x1b[31mx",
        "user@host:--upload-pack=x",
        "nothing-of-the-kind",
        "",
    ],
)
def test_an_address_that_would_run_something_or_holds_a_secret_is_refused(
    cli: Cli, settings: Settings, tmp_path: Path, url: str
) -> None:
    touched = tmp_path / "touched"
    refused = cli("app", "add", "--", url.format(touched))
    assert refused.code == 2
    assert "Traceback" not in refused.err
    assert "secret" not in refused.err
    assert not touched.exists()
    assert not (settings.home / "registry").exists()


def test_nothing_of_a_repository_is_run_and_no_link_leads_out_of_it(
    cli: Cli, tmp_path: Path
) -> None:
    made, touched = Repository(tmp_path, "trap"), tmp_path / "touched"
    (made.tree / "out").symlink_to("/etc")
    (made.tree / ".gitattributes").write_text("* filter=evil\n")
    # Git asks this one about every tag that is fetched.
    hook = made.tree / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {touched}\n")
    hook.chmod(0o755)
    made.release("1.0.0")
    config = tmp_path / "config"
    evil = f"touch {touched}"
    config.write_text(f'[filter "evil"]\n smudge = {evil}\n[core]\n hooksPath = {hook.parent}\n')
    env = {"GIT_CONFIG_GLOBAL": str(config), "XDG_CONFIG_HOME": str(tmp_path), "GIT_DIR": "/x"}
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "config").write_text(config.read_text())
    added = cli("app", "add", str(made.bare), "--json", env=env | {"HOME": str(tmp_path)})
    assert added.code == 0, added.err
    out = Path(added.json["install_path"], "out")
    assert out.is_file()
    assert not out.is_symlink()
    assert not touched.exists()


def test_what_cannot_be_added_is_said_and_leaves_nothing(
    cli: Cli, settings: Settings, tmp_path: Path, directory: Make
) -> None:
    empty = Repository(tmp_path, "empty")
    untagged = Repository(tmp_path, "untagged")
    untagged.release("1.0.0", tag="main-1")
    wrong = directory("wrong", "one", colour="red")
    for where, code in ((str(empty.bare), 1), ("/nowhere", 1), (wrong, 2), (str(tmp_path), 3)):
        refused = cli("app", "add", where)
        assert (where, refused.code, "error: " in refused.err) == (where, code, True)
        assert "Traceback" not in refused.err
    assert list((settings.home / "registry").iterdir()) == []
    assert cli("app", "add", str(untagged.bare), "--json").json["version"] == "1.0.0"
    assert cli("app", "add", wrong, "--read-only").code == 2
    assert [each["name"] for each in cli("app", "list", "--json").json] == ["untagged"]


def test_what_another_client_wrote_is_read_and_refused_in_words(
    cli: Cli, settings: Settings
) -> None:
    with psycopg.connect(settings.dsn or "") as conn:
        conn.execute(
            """INSERT INTO app_store (name, item_type, version, tags, dependencies, manifest)
               VALUES ('Odd \x1b[31m', 'hook', 'latest', '{NULL}', '{NULL, "what ever"}', '"[1]"'),
                      ('bare', 'app', '', NULL, NULL, 'null')"""
        )
    assert [each["is_active"] for each in cli("app", "list", "--json").json] == [False, False]
    for name in ("Odd \x1b[31m", "bare"):
        assert cli("app", "show", name).code == 0
        assert "\x1b" not in cli("app", "list").out
        assert cli("app", "versions", name).code == 0
        for verb in ("activate", "upgrade"):
            refused = cli("app", verb, name)
            assert (refused.code, "Traceback" in refused.err) == (4, False)
            assert "\x1b" not in refused.err
        assert cli("app", "remove", name, "--yes").code == 0

"""How shells ask what completes a line, and are answered: click's protocol, made fit for any name.

Names hold blanks, `#` and colons. zsh and fish quote what they insert; bash inserts what it is
given, and only in place of what follows the last of its word breaks, so that is done here.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

__all__ = ["Line", "escaped", "script", "split"]

PROGRAM = "genie-tui"
VARIABLE = "_GENIE_TUI_COMPLETE"

AT_MOST = 3.0
"""Seconds; whoever waits for a shell's answer would rather have none."""

INSTALL = {
    "bash": "genie-tui completion bash > ~/.local/share/bash-completion/completions/genie-tui\n"
    "# or, without the package bash-completion, this line in ~/.bashrc:\n"
    '#   eval "$(genie-tui completion bash)"',
    "zsh": "genie-tui completion zsh > ~/.zfunc/_genie-tui\n"
    "# with these lines in ~/.zshrc:\n"
    "#   fpath=(~/.zfunc $fpath)\n"
    "#   autoload -U compinit && compinit",
    "fish": "genie-tui completion fish > ~/.config/fish/completions/genie-tui.fish",
}

# click's own would split answers at blanks and expand the signs of file names in them.
BASH = """\
%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            dir,*) compopt -o dirnames 2>/dev/null ;;
            file,*) compopt -o default 2>/dev/null ;;
            plain,*) COMPREPLY+=("${line#*,}") ;;
        esac
    done < <(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}

complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""

# What bash gives a meaning; `~` and `#` have one where a word begins.
SPECIAL = re.compile(r"""([\s"'\\$`&|;<>()*?\[\]{}!#^~])""")
IN_DOUBLE_QUOTES = re.compile(r'(["\\$`])')


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as far as it is typed: whole words, and the one that is not finished.

    Quotes are taken away, but for `quote`, the one that is still open. `kept` is how many
    letters of the word bash leaves as they are: its answer replaces only the rest.
    """

    words: tuple[str, ...]
    word: str
    quote: str = ""
    kept: int = 0


def split(text: str, breaks: str) -> Line:
    """Read a line as bash does; `breaks` are the signs that part words for its completion."""
    words: list[str] = []
    word, quote, kept, begun, escape = "", "", 0, False, False
    for sign in text:
        if escape:
            # Within double quotes a backslash stands for itself before most signs.
            word += sign if quote == "" or sign in '"\\$`' else f"\\{sign}"
            escape = False
        elif sign == "\\" and quote != "'":
            begun = escape = True
        elif quote:
            word, quote = (word, "") if sign == quote else (word + sign, quote)
        elif sign in "'\"":
            begun, quote, kept = True, sign, len(word)
        elif sign.isspace():
            if begun:
                words.append(word)
            word, kept, begun = "", 0, False
        else:
            begun = True
            word += sign
            kept = len(word) if sign in breaks else kept
    return Line(words=tuple(words), word=word, quote=quote, kept=kept)


def escaped(value: str, line: Line) -> str:
    """What bash is to insert for a value, where a line stands."""
    rest = value[line.kept :]
    if line.quote == "'":
        return rest.replace("'", "'\\''")
    if line.quote == '"':
        return IN_DOUBLE_QUOTES.sub(r"\\\1", rest)
    return SPECIAL.sub(r"\\\1", rest)


class _Patient(ShellComplete):
    """What the classes of all shells have in common: nothing is said of what goes wrong."""

    def complete(self) -> str:
        """The answer; none where there is a fault, or no end: a prompt is no place for either."""
        watch = Timer(AT_MOST, os._exit, [0])
        watch.daemon = True
        watch.start()
        with suppress(Exception):
            return super().complete()
        return ""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """As click's; what completes `--option=word` is a whole word as well."""
        found = super().get_completions(args, incomplete)
        option, sign, _ = incomplete.partition("=")
        if not (sign and option.startswith("-")):
            return found
        return [
            CompletionItem(f"{option}={item.value}", type=item.type, help=item.help)
            for item in found
        ]


@add_completion_class
class Bash(_Patient, BashComplete):
    """bash, from 3.2 on: asked for what was typed, since it parts words at colons and `=`."""

    source_template = BASH
    line: Line | None = None

    def source(self) -> str:
        """The script; whatever version of bash is there now."""
        return self.source_template % self.source_vars()

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before, and the one that is to be completed."""
        if (text := os.environ.get("COMP_LINE")) is None:
            return super().get_completion_args()
        self.line = split(text, os.environ.get("COMP_BREAKS", ""))
        words = list(self.line.words)
        while words and re.match(r"[A-Za-z_]\w*=", words[0]):
            del words[0]
        return words[1:], self.line.word

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """`plain,word`."""
        value = item.value if self.line is None else escaped(item.value, self.line)
        return f"{item.type},{value}"


@add_completion_class
class Zsh(_Patient, ZshComplete):
    """zsh."""

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Three lines; beside a help text, zsh takes backslashes away once."""
        value = item.value.replace("\\", "\\\\") if item.help else item.value
        return super().format_completion(CompletionItem(value, type=item.type, help=item.help))


@add_completion_class
class Fish(_Patient, FishComplete):
    """fish; names and titles may hold commas, and come in an order of their own."""

    source_template = FishComplete.source_template.replace(
        'string split "," $completion', 'string split --max 1 "," -- $completion'
    ).replace("complete --no-files", "complete --no-files --keep-order")


def script(shell: str) -> str:
    """The script for a shell, which says how it is installed."""
    from genie_tui.cli import main

    kind: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}
    source = kind[shell](main, {}, PROGRAM, VARIABLE).source()
    # zsh looks for `#compdef` in the first line.
    first, _, rest = source.partition("\n") if source.startswith("#compdef") else ("", "", source)
    comment = f"# Completion of genie-tui for {shell}. To install it:\n#   {INSTALL[shell]}\n"
    return f"{first}\n{comment}{rest}" if first else f"{comment}{source}"

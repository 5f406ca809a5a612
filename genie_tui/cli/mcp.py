"""`genie-tui mcp`: the board for agents that speak the Model Context Protocol, over stdio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from genie_tui.cli.options import Command, pass_settings

if TYPE_CHECKING:
    from genie_tui.settings import Settings

__all__ = ["mcp"]


@click.command(cls=Command)
@pass_settings
def mcp(settings: Settings) -> None:
    """Serve the board to a coding agent by the Model Context Protocol, over standard input.

    An agent's program starts this by itself and ends it. It acts as the agent that --as or
    GENIE_AGENT_NAME names, with the locks that agent has on the command line; without a name, as
    one that is called after the program, and has locks of its own. It never acts as a person.

    \b
    claude mcp add genie -- genie-tui mcp
    genie-tui mcp --as agent:eng-1 --board 'Sprint 12'
    """
    from genie_tui.cli.tools import serve

    serve(settings)

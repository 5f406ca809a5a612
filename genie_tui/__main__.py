"""`python -m genie_tui`, and the `genie-tui` command."""

from genie_tui.cli import main

if __name__ == "__main__":
    main()

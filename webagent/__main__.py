"""`python -m webagent` is the `webagent` command."""

from webagent.cli.main import main

main()

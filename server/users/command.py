"""Give tokens to other users of this server, list them, take them back.

The module of the command `loom token`. It is cheap to import, and works whether the server runs or not.
"""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `loom token`."""
    parser.epilog = "example: loom token add alice"
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make a token for a user, and show it once")
    add.add_argument("name", metavar="NAME", help="the user: 1 to 32 of a-z, 0-9, _ and -")
    listed = actions.add_parser("list", help="list the tokens, by id and user")
    revoke = actions.add_parser("revoke", help="take back all tokens of a user, or one by its id")
    revoke.add_argument("name", metavar="NAME", help="a user, or the id of a token")
    for action in (add, listed, revoke):
        action.add_argument("--json", action="store_true", help="print JSON")
        action.add_argument(
            "--home", metavar="DIR", help="state folder (default: $LOOM_HOME, or the user's data folder)"
        )


def main(options: argparse.Namespace) -> int:
    """Do it. Returns the exit code. Raises `InvalidInput` for a name that is none."""
    import json
    from datetime import datetime

    from engine.commands import note, say
    from engine.errors import InvalidInput
    from engine.home import Home
    from server.users.tokens import Tokens

    tokens = Tokens(Home.find(options.home).path / "tokens.json")
    if options.action == "add":
        token = tokens.add(options.name)
        say(json.dumps({"user": options.name, "token": token}) if options.json else token)
        note(f"this is the only time that the token of {options.name} is shown")
        return 0
    if options.action == "revoke":
        gone = tokens.revoke(options.name)
        if not gone:
            raise InvalidInput(f"there is no token of {options.name!r}")
        note(f"{len(gone)} taken back: {', '.join(f'{one.id} ({one.user})' for one in gone)}")
        return 0
    shown = [one.model_dump(exclude={"hash"}) for one in tokens.all()]
    if options.json:
        say(json.dumps(shown))
        return 0
    for one in shown:
        made = datetime.fromtimestamp(one["created"]).astimezone()
        say(f"{one['id']}  {one['user']:<32}  {made:%Y-%m-%d %H:%M}")
    return 0

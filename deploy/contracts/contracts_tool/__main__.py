"""The three commands: generate, check, release."""

import argparse
import sys

from . import check, generation, layout, release


def main():
    parser = argparse.ArgumentParser(prog="deploy/contracts")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("generate", help="write the Swift code of everything under proto/ anew")
    checking = commands.add_parser("check", help="freshness, style, C compiler and compatibility")
    checking.add_argument("--full", action="store_true", help="generate anew and compare; builds the generators")
    releasing = commands.add_parser("release", help="keep the contracts of today as a released version")
    releasing.add_argument("version", help="X.Y.Z, higher than every version before")
    arguments = parser.parse_args()
    root = layout.REPOSITORY
    try:
        if arguments.command == "generate":
            print(f"contracts: {generation.write(root)} files in {layout.GENERATED}")
            return 0
        if arguments.command == "check":
            return check.report(root, full=arguments.full)
        path = release.write(root, arguments.version)
        print(f"contracts: {path} written; commit it")
        return 0
    except layout.ContractError as error:
        print(f"contracts: {error}", file=sys.stderr)
        return 1


sys.exit(main())

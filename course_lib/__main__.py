"""python -m course_lib run | notebooks | doctor: execute chapters, make notebooks, look at this machine."""

import argparse
import io
import sys

from course_lib import chapters, doctor


def main(words: list[str] | None = None) -> int:
    """Do what the words of the command line ask for; return the exit status."""
    parser = argparse.ArgumentParser("python -m course_lib", description="Learning to See, behind the chapters.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="execute chapters into pages/NN_name.html; the notebooks stay as they are")
    notebooks = commands.add_parser("notebooks", help="make notebooks from the texts in notebooks/py")
    for command in (run, notebooks):
        command.add_argument("numbers", nargs="*", metavar="NN", help="a chapter's number; without one, all there are")
    notebooks.add_argument("--check", action="store_true", help="only say whether texts and notebooks agree")
    commands.add_parser("doctor", help="what this machine is, and whether all that the course needs is here")
    asked = parser.parse_args(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an old Windows console may lack a sign
    try:
        if asked.command == "doctor":
            return doctor.main()
        if asked.command == "run":
            chapters.run(asked.numbers)
        else:
            chapters.make(asked.numbers, asked.check)
    except (chapters.ChapterError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""python -m course_lib run | notebooks | pretrain | photos | doctor: what stands behind the chapters."""

import argparse
import io
import sys

from course_lib.course import doctor, notebooks


def main(words: list[str] | None = None) -> int:
    """Do what the words of the command line ask for; return the exit status."""
    parser = argparse.ArgumentParser("python -m course_lib", description="Learning to See, behind the chapters.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="execute chapters into pages/NN_name.html; the notebooks stay as they are")
    make = commands.add_parser("notebooks", help="make notebooks from the texts in notebooks/py")
    for command in (run, make):
        command.add_argument("numbers", nargs="*", metavar="NN", help="a chapter's number; without one, all there are")
    make.add_argument("--check", action="store_true", help="only say whether texts and notebooks agree")
    pretrain = commands.add_parser("pretrain", help="train what ships with the course again")
    pretrain.add_argument("names", nargs="*", metavar="NAME", help="what to train; without one, say what there is")
    pretrain.add_argument("--check", action="store_true", help="only compare with what ships; change nothing")
    photos = commands.add_parser("photos", help="fetch photographs for the parts called In the wild")
    photos.add_argument("name", help="cifar10 (170 MB), stl10 (2.6 GB) or pets (800 MB)")
    commands.add_parser("doctor", help="what this machine is, and whether all that the course needs is here")
    asked = parser.parse_args(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an old Windows console may lack a sign
    try:
        if asked.command == "doctor":
            return doctor.main()
        if asked.command == "run":
            notebooks.run(asked.numbers)
        elif asked.command == "notebooks":
            notebooks.make(asked.numbers, asked.check)
        elif asked.command == "photos":
            from course_lib.photos import load

            found = load(asked.name)
            print(f"{len(found)} photographs of {len(found.classes)} classes are here to learn from.")
        else:
            from course_lib.course import recipes

            return recipes.main(asked.names, asked.check)
    except (notebooks.ChapterError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

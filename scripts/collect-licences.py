#!/usr/bin/env python3
"""Writes the licences of everything that is linked into facefield, as one text.

usage: scripts/collect-licences.py OUT.txt [options of `cargo tree` such as --no-default-features]

Reads the dependencies of this platform from `cargo tree` and takes every licence text that their packages hold, also of the C sources
in them. Where a package holds none, its authors stand above the standard text (assets/licences) of the licence that it names; where
there is no such text, this fails and says of which package. Equal texts are written once. The packages must be there already: build first.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "assets/licences"
IS_TEXT = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense|ofl|ufl)([-_.].*)?", re.IGNORECASE)
# Code and pictures may be called so as well.
IS_OTHER = re.compile(r".*\.(rs|c|h|cpp|py|js|css|png|svg|json|toml|html|tmpl)", re.IGNORECASE)
# Of the sources that are no part of the program.
ASIDE = {"tests", "test", "benches", "examples", "fuzz", "target"}
# Licences of files within a package, whose texts are known by the names of files.
INNER = {"OFL-1.1": "ofl", "Ubuntu-font-1.0": "ufl"}


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def linked(options):
    """(name, version) of every package that is linked or expands code that is."""
    tree = cargo("tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}", *options)
    pairs = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    return sorted((name, version.removeprefix("v")) for name, version in pairs if name != "facefield")


def packages():
    """What cargo knows of every package of this platform, by name and version."""
    host = re.search(r"host: (\S+)", subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout).group(1)
    metadata = json.loads(cargo("metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host))
    return {(package["name"], package["version"]): package for package in metadata["packages"]}


def held_texts(folder):
    """Paths of the licence texts that a package holds, those beside its Cargo.toml first."""
    found = [path for path in folder.rglob("*") if path.is_file() and IS_TEXT.fullmatch(path.name) and not IS_OTHER.fullmatch(path.name)]
    return sorted((path for path in found if not ASIDE & set(path.relative_to(folder).parts)), key=lambda path: (len(path.parts), path))


def standard_text(licence):
    path = ROOT / "LICENSE-APACHE" if licence == "Apache-2.0" else TEXTS / f"{licence}.txt"
    return path.read_text() if path.is_file() else None


def chosen(expression, held):
    """The licences of an SPDX expression whose standard texts satisfy it; None where one is not known and not held."""
    needed = []
    for part in re.split(r"\s+AND\s+", re.sub(r"\s*/\s*", " OR ", expression)):
        choices = re.split(r"\s+OR\s+", part.strip("() "))
        if any(any(path.name.lower().startswith(INNER[choice]) for path in held) for choice in choices if choice in INNER):
            continue
        known = [choice for choice in choices if standard_text(choice)]
        if not known:
            return None
        needed.append("MIT" if "MIT" in known else known[0])
    return needed


def texts_of(package):
    """(Licence texts, what is missing) of a package."""
    folder = Path(package["manifest_path"]).parent
    held = held_texts(folder)
    texts = [path.read_text(errors="replace") for path in held]
    if any(path.parent == folder for path in held):
        return texts, None
    licences = chosen(package["license"] or "", held)
    if licences is None:
        return texts, f"{package['name']} {package['version']} ({package['license']}) holds no licence text, and assets/licences has none"
    authors = ", ".join(package["authors"]) or f"the authors of {package['name']}"
    return texts + [f"Copyright (c) {authors}\n\n{standard_text(licence)}" for licence in licences], None


def normal(text):
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip("\n").split("\n"))


def main():
    out, options = Path(sys.argv[1]), sys.argv[2:]
    known, users, missing, lines = packages(), {}, [], []
    names = linked(options)
    for pair in names:
        package = known[pair]
        texts, fault = texts_of(package)
        missing += [fault] if fault else []
        lines.append(f"{pair[0]} {pair[1]}: {package['license']}, https://crates.io/crates/{pair[0]}/{pair[1]}")
        for text in map(normal, texts):
            # Texts that differ in spaces only are one.
            users.setdefault(" ".join(text.split()), (text, []))[1].append(f"{pair[0]} {pair[1]}")
    if missing:
        sys.exit("\n".join(missing))
    rule = "=" * 80
    parts = [f"{rule}\nOf {', '.join(dict.fromkeys(of))}\n{rule}\n\n{text}\n" for text, of in users.values()]
    opening = f"facefield is built with these {len(names)} packages. Their sources are at the addresses given; their licences follow.\n\n"
    out.write_text(opening + "\n".join(lines) + "\n\n" + "\n".join(parts))
    print(f"{out}: {len(names)} packages, {len(parts)} texts", file=sys.stderr)


if __name__ == "__main__":
    main()

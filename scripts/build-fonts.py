"""build-fonts.py FOLDER: writes the two fonts under assets/fonts from Inter's OTF files in FOLDER.

Keeps Latin, Greek sigma, arrows and signs, and makes the tabular figures the default ones, so that numbers that change
do not dance. Needs fonttools. Inter is under the SIL Open Font License 1.1 (assets/fonts/OFL.txt)."""
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

CHARACTERS = (
    [*range(0x20, 0x7F), *range(0xA0, 0x180)]
    + [ord(c) for c in "σΣμΔ−–—‘’“”…•·×÷±≈≤≥∞←↑→↓↔↵⇧⌘⌥⏎√²³⁰¹⁴⁵⁶⁷⁸⁹▲▼◀▶▾▸●○✓✕⌫⌃"]
)


def tabular_substitutions(font):
    """Glyph names of the proportional figures and signs -> their tabular forms (feature tnum)."""
    table = font["GSUB"].table
    found = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for lookup in table.LookupList.Lookup[index].SubTable:
                    lookup = getattr(lookup, "ExtSubTable", lookup)
                    found.update(getattr(lookup, "mapping", {}))
    return found


def build(source, target):
    font = TTFont(source)
    swaps = tabular_substitutions(font)
    figures = {ord(c) for c in "0123456789"}
    assert all(font.getBestCmap()[code] in swaps for code in figures), f"{source} has no tabular figures"
    for table in font["cmap"].tables:
        for code, name in list(table.cmap.items()):
            if code in figures and name in swaps:
                table.cmap[code] = swaps[name]
    options = subset.Options(layout_features=["kern", "mark", "mkmk", "ccmp"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    font.save(target)
    missing = [chr(c) for c in CHARACTERS if c not in font.getBestCmap()]
    print(target, Path(target).stat().st_size, "bytes; not in the font:", " ".join(missing))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    fonts = Path(__file__).resolve().parent.parent / "assets" / "fonts"
    build(folder / "Inter-Regular.otf", fonts / "Inter-Regular.otf")
    build(folder / "Inter-SemiBold.otf", fonts / "Inter-SemiBold.otf")

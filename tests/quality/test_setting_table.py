"""The table of settings in the docs, which is made of the table in the code."""

from collections.abc import Iterator
from pathlib import Path

from golden_files import Golden
from naftiko_gen.language.package_settings import TABLE, Form, PackageSetting

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
START = "<!-- settings: this table is generated -->\n"
END = "<!-- end of settings -->\n"


def test_the_page_has_the_table_of_the_code(golden: Golden) -> None:
    before, _, rest = PAGE.read_text("utf-8").partition(START)
    after = rest.partition(END)[2]
    page = "".join((before, START, *rows(), END, after))
    golden.check(PAGE, page.encode())


def rows() -> Iterator[str]:
    yield "\n| variable | default | value | meaning |\n| --- | --- | --- | --- |\n"
    for owner, settings in TABLE.items():
        for setting in settings:
            yield row(owner, setting)
    yield "\n"


def row(owner: str, setting: PackageSetting) -> str:
    name = setting.name if setting.is_shared else f"{owner}_{setting.name}"
    default = f"`{setting.default}`" if setting.default else setting.usual
    meaning = setting.meaning.replace("{owner}", f"`{owner}`")
    readers = f"; only {setting.readers} read it" if setting.readers else ""
    cells = (f"`{name}`", default, form(setting.form), meaning + readers)
    return f"| {' | '.join(cells)} |\n"


def form(form: Form) -> str:
    match form.kind:
        case "number":
            return f"{form.low} to {form.high}"
        case "switch":
            return "`0` or `1`"
        case "choice":
            return ", ".join(f"`{word}`" for word in form.choices)
        case kind:
            return kind

"""Workbooks of a spreadsheet program, as small as they can be, for tests."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Cell = str | int | float | None
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def book(path: Path, pages: Mapping[str, Sequence[Sequence[Cell]]]) -> Path:
    """Writes a workbook with these pages, each a list of rows; None is an empty cell."""
    types = f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    sheets = relations = ""
    with zipfile.ZipFile(path, "w") as out:
        for n, (name, rows) in enumerate(pages.items(), 1):
            out.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{_rows(rows)}</sheetData></worksheet>',
            )
            types += f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPE}.worksheet+xml"/>'
            sheets += f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>'
            relations += _relation(n, "worksheet", f"worksheets/sheet{n}.xml")
        rels = f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}'
        out.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{rels}</Types>')
        for at, told in (
            ("_rels/.rels", _relation(1, "officeDocument", "xl/workbook.xml")),
            ("xl/_rels/workbook.xml.rels", relations),
        ):
            out.writestr(at, f'<Relationships xmlns="{PACKAGE}/relationships">{told}</Relationships>')
        namespace = f'xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships"'
        out.writestr("xl/workbook.xml", f"<workbook {namespace}><sheets>{sheets}</sheets></workbook>")
    return path


def _relation(n: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{n}" Type="{OFFICE}/relationships/{kind}" Target="{target}"/>'


def _rows(rows: Sequence[Sequence[Cell]]) -> str:
    return "".join(
        f'<row r="{i}">'
        + "".join(_cell(cell, f"{chr(65 + j)}{i}") for j, cell in enumerate(row) if cell is not None)
        + "</row>"
        for i, row in enumerate(rows, 1)
    )


def _cell(cell: Cell, at: str) -> str:
    if isinstance(cell, str):
        return f'<c r="{at}" t="inlineStr"><is><t>{cell}</t></is></c>'
    return f'<c r="{at}"><v>{cell}</v></c>'

"""The column that the page selects first: no counter, no constant, no part of a time."""

from __future__ import annotations

import pytest

from gru_core.data.reading import read_table


def value(row: int) -> float:
    return 40 + (row * 7) % 11 + (row % 4) / 4


def table_of(header: str, *columns: object) -> str:
    """Forty rows. A function gives the cell of each row. Everything else is a constant."""
    rows = [
        ",".join(str(column(row) if callable(column) else column) for column in columns)
        for row in range(40)
    ]
    return "\n".join([header, *rows])


DAYS = [f"2024-{1 + row // 28:02d}-{1 + row % 28:02d}" for row in range(40)]
TABLES = [
    (table_of(",date,sold", lambda r: r, DAYS.__getitem__, value), "sold"),
    (table_of("date,nr,sold", DAYS.__getitem__, lambda r: 100 + r, value), "sold"),
    (table_of("date,sold,nr", DAYS.__getitem__, value, lambda r: 100 + r), "sold"),
    (table_of("an,mois,débit", lambda r: 2010 + r // 12, lambda r: 1 + r % 12, value), "débit"),
    (table_of("Y,Q,v1", lambda r: 2010 + r // 4, lambda r: 1 + r % 4, value), "v1"),
    (table_of("a,b,c", lambda r: 2010 + r // 12, value, lambda r: 1 + r % 12), "b"),
    (table_of("decimal,v1", lambda r: 2010 + r / 12, value), "v1"),
    (table_of("lat,lon,date,depth", lambda r: r % 7, 13.5, DAYS.__getitem__, value), "depth"),
    (table_of("date,depth,latitud", DAYS.__getitem__, value, lambda r: 40 + r % 3), "depth"),
    (table_of("Datum,Station,Pegel", DAYS.__getitem__, 4711, value), "Pegel"),
    (table_of("date,flow,quality", DAYS.__getitem__, value, lambda r: r % 3), "flow"),
    (table_of("date,flow,open", DAYS.__getitem__, value, lambda r: r % 2), "flow"),
    (table_of("date,open,Close,volume", DAYS.__getitem__, value, value, lambda r: r * r),
     "Close"),
    (table_of("date,AvgTemp,cover", DAYS.__getitem__, value, value), "AvgTemp"),
    (table_of("ds,y,cap", DAYS.__getitem__, value, 100), "y"),
    (table_of("date,north,south", DAYS.__getitem__, value, value), "south"),
    (table_of("date,unit (t),Umsatz in T€", DAYS.__getitem__, 5, value), "Umsatz in T€"),
    (table_of("year,month,day,hour,value", 2024, 1, lambda r: 1 + r // 24, lambda r: r % 24, value),
     "value"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), TABLES)
def test_the_default_column_is_the_series(text: str, name: str) -> None:
    assert read_table(text).default == name


@pytest.mark.parametrize(
    "text", ["n\n1\n2\n3\n4", "v\n5\n5\n5", "a,b\n5,7\n5,7", "year\n2001\n2002"]
)
def test_a_table_without_a_likely_column_has_a_default(text: str) -> None:
    table = read_table(text)
    assert table.default in table.data

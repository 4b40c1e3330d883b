"""The user's own data in the Lab: files and pasted text, good and bad, and harmful names.

The tests of the reader cover all other faults of a file.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

WAVE = np.round(np.sin(np.arange(80) / 2), 4)
MONTHS = [f"{1990 + k // 12}-{k % 12 + 1:02}" for k in range(80)]
TABLE = "month,sales\n" + "\n".join(f"{m},{v}" for m, v in zip(MONTHS, WAVE, strict=True))

NO_DATA = "Upload a CSV file, or paste numbers"


@pytest.fixture
def own(lab: Any) -> Any:
    """The Lab, set to own data and a quick run."""
    session = lab(signal="own")
    assert NO_DATA in session.text("info")
    assert session.button("Train").disabled
    return session


def upload(session: Any, data: str | bytes, name: str = "data.csv") -> None:
    raw = data.encode() if isinstance(data, str) else data
    session.app.file_uploader(key="own.file").upload(name, raw)
    session.look()


def paste(session: Any, text: str) -> None:
    session.app.text_area(key="own.text").set_value(text)
    session.look()


def value_columns(session: Any) -> Any:
    [box] = [box for box in session.app.selectbox if box.label == "Value column"]
    return box


# --- good data


@pytest.mark.parametrize("bring", [upload, paste])
def test_own_data_are_read_described_and_trained_on(own: Any, bring: Any) -> None:
    bring(own, TABLE)
    said = own.text("markdown").replace("\\", "")
    assert "**80 values** of sales, from 1990-01-01 to 1996-08-01." in said
    assert "Step: 1 month. The next one would be 1996-09-01." in said
    assert "**sales**: 80 values" in own.text("markdown")
    assert not own.app.error
    own.train()
    assert "Finished after 12 epochs" in own.text("success")
    assert "Scored on 16 steps from position 64, in the holdout" in own.text("markdown")


def test_a_list_of_numbers_is_enough(own: Any) -> None:
    paste(own, "\n".join(map(str, WAVE)))
    assert ": 80 values" in own.text("markdown")
    assert not own.button("Train").disabled


def test_a_file_is_used_instead_of_pasted_text(own: Any) -> None:
    paste(own, "1\n2\n3")
    upload(own, TABLE)
    assert "**sales**: 80 values" in own.text("markdown")
    assert own.app.text_area(key="own.text").disabled


def test_the_user_can_choose_one_of_several_columns(own: Any) -> None:
    rows = [f"{k};{v};{10 * v}" for k, v in enumerate(WAVE)]
    upload(own, "hour;small;large\n" + "\n".join(rows))
    assert value_columns(own).options[-2:] == ["small", "large"]
    value_columns(own).set_value("large")
    own.look()
    assert "**large**: 80 values" in own.text("markdown")


def test_the_user_can_correct_the_detected_format(own: Any) -> None:
    paste(own, "\n".join(f"{k},{k % 7}" for k in range(80)))
    assert value_columns(own).options == ["column 2"]
    own.app.selectbox(key="own.time_column").set_value("")
    own.look()
    assert value_columns(own).options == ["column 1", "column 2"]
    own.app.selectbox(key="own.separator").set_value(";")
    own.app.selectbox(key="own.decimal").set_value(",")
    own.look()
    assert len(value_columns(own).options) == 1
    own.press("Detect everything again")
    assert value_columns(own).options == ["column 2"]


def test_a_result_of_other_data_is_marked(own: Any) -> None:
    upload(own, TABLE)
    own.train()
    upload(own, TABLE.replace("sales", "costs"))
    assert "other settings (Data: sales → costs)" in own.text("warning")
    assert "the GRU's is" in own.text("markdown")


@pytest.mark.parametrize("bring", [upload, paste])
def test_own_data_are_still_there_after_another_page(own: Any, bring: Any) -> None:
    bring(own, TABLE)
    own.go("home.py")
    own.go("lab.py")
    assert "**sales**: 80 values" in own.text("markdown")
    assert not own.button("Train").disabled


def test_an_upload_can_be_removed_after_a_visit_to_another_page(own: Any) -> None:
    upload(own, TABLE)
    own.go("home.py")
    own.go("lab.py")
    assert "data.csv, uploaded before" in own.text("caption").replace("\\", "")
    own.press("Remove it")
    assert NO_DATA in own.text("info")
    own.go("home.py")
    own.go("lab.py")
    assert NO_DATA in own.text("info")


def test_another_session_does_not_see_own_data(own: Any, lab: Any) -> None:
    upload(own, TABLE)
    other = lab(signal="own")
    assert NO_DATA in other.text("info")
    assert "sales" not in other.text()


# --- bad data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("month,sales\n", "There is a header ('month', 'sales') but no row below it"),
        (
            TABLE.replace(",0.0\n", ",zero\n"),
            "'sales' has text among its numbers, in row 2 ('zero')",
        ),
        ("name,town\nAda,London\nEmmy,Erlangen\n", "There is no column of numbers"),
        ("v\n1\n2\n", "2 values − 1 of holdout leaves 1 to train on"),
    ],
)
@pytest.mark.parametrize("bring", [upload, paste])
def test_unusable_data_show_an_error(own: Any, bring: Any, data: str, words: str) -> None:
    bring(own, data)
    assert words in own.text("error")
    assert own.button("Train").disabled


def test_an_empty_file_shows_an_error(own: Any) -> None:
    upload(own, b"")
    assert "it is empty. Give at least one column" in own.text("error")
    assert own.button("Train").disabled


def test_missing_values_are_refused_until_a_choice_is_made(own: Any) -> None:
    upload(
        own, TABLE.replace("1990-05,0.9093", "1990-05,").replace("1991-01,-0.2794", "1991-01,N/A")
    )
    message = own.text("error")
    assert "2 of 80 values are missing, in rows 6, 14" in message
    assert own.button("Train").disabled
    for choice, length in (("interpolate", 80), ("drop", 78)):
        own.app.button_group(key="own.missing").set_value(choice)
        own.look()
        assert not own.app.error
        assert f"**sales**: {length} values" in own.text("markdown")


def test_good_data_clear_the_error_of_bad_data(own: Any) -> None:
    upload(own, "name\nAda\n")
    assert own.app.error
    upload(own, TABLE)
    assert not own.app.error
    assert not own.button("Train").disabled


# --- names with markup


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        r"$\href{javascript:alert(1)}{x}$",
        "![x](https://example.org/x.png)",
    ],
)
def test_markup_in_a_column_name_is_shown_as_plain_text(own: Any, name: str) -> None:
    upload(own, TABLE.replace("sales", name))
    assert value_columns(own).options == [name]
    assert_inert(own, name)
    own.train()
    assert_inert(own, name)
    upload(own, TABLE.replace("sales", f"other {name}"))
    assert "other settings (Data: " in own.text("warning")
    assert_inert(own, name)


def assert_inert(session: Any, name: str) -> None:
    assert name not in session.markdown()
    assert name in session.text()
    for chart in session.charts.values():
        assert json.dumps(name) not in json.dumps(chart["figure"])
        assert name not in json.dumps(chart["figure"])


def test_an_upload_survives_many_visits_to_another_page(own: Any) -> None:
    upload(own, TABLE)
    for _ in range(3):
        own.go("home.py")
        own.go("lab.py")
        assert "**sales**: 80 values" in own.text("markdown")
    own.press("Remove it")
    assert NO_DATA in own.text("info")


SHOPS = "shop,day,sales\n" + "\n".join(
    f"{shop},{day},{10 * k + v}"
    for k, shop in enumerate(["north", "south"], start=1)
    for day, v in zip(range(1, 81), WAVE, strict=True)
)


def test_the_user_chooses_one_of_the_series_of_a_long_table(own: Any) -> None:
    upload(own, SHOPS)
    which = own.app.selectbox(key="own.row")
    assert which.options == ["Detect: north", "north", "south"]
    which.set_value("south")
    own.look()
    [preview] = [table.value for table in own.app.table if "sales" in table.value]
    assert preview["sales"].iloc[0] == "20"


def test_a_note_changes_the_reading_with_one_click(own: Any) -> None:
    rows = [f"{k % 28 + 1:02}/{k // 28 + 1:02}/2020,{v}" for k, v in enumerate(WAVE)]
    upload(own, "date,v\n" + "\n".join(rows).replace("/2020", "/20"))
    before = own.text("markdown")
    [change] = [b for b in own.app.button if b.key and b.key.startswith("own.note")][:1]
    change.click()
    own.look()
    assert own.text("markdown") != before
    own.press("Detect everything again")
    assert own.text("markdown") == before


def test_rows_can_be_left_out_and_a_mistake_is_explained(own: Any) -> None:
    upload(own, TABLE)
    own.app.text_input(key="own.left_out").set_value("2-3, 81")
    own.look()
    assert "**77 values** of sales, from 1990-03-01 to 1996-07-01" in own.text("markdown")
    assert own.app.text_input(key="own.left_out").value == "2-3, 81"
    own.app.text_input(key="own.left_out").set_value("the last one")
    own.look()
    assert "cannot be read. Write row numbers, such as 2, 17-20" in own.text("error")
    assert not own.button("Train").disabled


def test_choices_for_one_file_are_forgotten_for_the_next(own: Any) -> None:
    upload(own, TABLE)
    own.app.selectbox(key="own.time_column").set_value("")
    own.look()
    assert "There is no time column" in own.text("markdown")
    upload(own, TABLE.replace("sales", "costs"))
    assert "Step: 1 month" in own.text("markdown")

"""The tables of options and signals for `gru_core/README.md`, in Markdown.

python -m gru_core.experiment.reference
"""

from __future__ import annotations

from gru_core.data.sources import SOURCES
from gru_core.experiment.experiment import GROUPS, OPTIONS
from gru_core.options import Option

__all__ = ["options_table", "signals_table"]


def options_table() -> str:
    """Every option of an `Experiment`: name, default, allowed values and meaning."""
    lines = ["| option | default | allowed | meaning |", "|---|---|---|---|"]
    for group, title in GROUPS.items():
        lines.append(f"| **{title}** | | | |")
        lines += [_row(option) for option in OPTIONS.values() if option.group == group]
    return "\n".join(lines)


def signals_table() -> str:
    """Every series that can be chosen by name, and its parameters."""
    lines = ["| signal | what it is | parameters |", "|---|---|---|"]
    for source in SOURCES.values():
        parameters = ", ".join(
            f"`{option.name}` = {_default(option)} ({option.range})"
            for option in source.parameters.values()
        )
        lines.append(f"| `{source.name}` | {source.help} | {parameters} |")
    return "\n".join(lines)


def _row(option: Option) -> str:
    allowed = option.range
    if option.name == "signal":
        allowed = "a name in the table of signals, or `own`"
    return f"| `{option.name}` | {_default(option)} | {allowed} | {option.help} |"


def _default(option: Option) -> str:
    # A choice stands here as a program writes it, as in the column of allowed values.
    return option.default if option.kind == "choice" else option.words(option.default)


if __name__ == "__main__":
    print(options_table(), signals_table(), sep="\n\n")

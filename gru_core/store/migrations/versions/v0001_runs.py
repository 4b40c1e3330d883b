"""The first tables: runs, series and tabs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("series_name", sa.Text, nullable=False),
        sa.Column("series_digest", sa.String(64), nullable=False),
        sa.Column("created", sa.Float(53), nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("epochs", sa.Integer, nullable=False),
        sa.Column("scores", sa.Text, nullable=False),
        sa.Column("parameters", sa.BigInteger, nullable=False),
        sa.Column("learner", sa.String(32), nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("continues", sa.String(64)),
        sa.Column("deleted", sa.Float(53)),
        sa.Column("twin", sa.String(64), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_of_a_browser", "runs", ["browser", "number"])
    op.create_index("runs_of_a_twin", "runs", ["twin"])
    op.create_index("runs_of_a_series", "runs", ["series_digest"])
    op.create_table(
        "series",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tabs",
        sa.Column("browser", sa.String(64), primary_key=True),
        sa.Column("tab", sa.String(64), primary_key=True),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("series_digest", sa.String(64)),
        sa.Column("run", sa.String(64)),
        sa.Column("seen", sa.Float(53), nullable=False),
    )

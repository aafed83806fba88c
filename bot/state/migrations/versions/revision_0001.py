"""The first tables, from which later steps begin.

A new file is made from the models and stamped with the last step, so no step makes these tables.
"""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Do nothing: every file that has a step has these tables."""

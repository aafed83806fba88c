"""The state file: its permissions, how a bad one is reported, and its migrations."""

import errno
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.core.errors import StateError
from bot.state import database
from bot.state.models import Model
from bot.state.schema_upgrade import alembic_config, make_or_migrate, set_pragmas
from bot.state.sqlite_codes import sqlite_state_error
from bot.state.store import FILE_NAME, Store
from tests.harness.common_user import as_common_user


async def refused(folder: Path, *, seconds: float = 10) -> str:
    """The one sentence with which a folder is refused."""
    with pytest.raises(StateError) as caught:
        await Store.open(folder, seconds=seconds)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Error" not in sentence
    return sentence


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


async def test_the_file_and_its_journal_are_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with await Store.open(tmp_path) as store:
            await store.values.set("key", "value")
            names = {FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"}
            assert modes(tmp_path) == dict.fromkeys(names, 0o600)
    finally:
        os.umask(before)
    assert modes(tmp_path) == {FILE_NAME: 0o600}


async def test_a_file_that_was_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        await store.values.set("key", "value")
    (tmp_path / FILE_NAME).chmod(0o644)
    async with await Store.open(tmp_path) as store:
        assert await store.values.get("key") == "value"
    assert modes(tmp_path) == {FILE_NAME: 0o600}


async def test_every_connection_has_our_pragmas(tmp_path: Path) -> None:
    names = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
    store = await Store.open(tmp_path, seconds=4)

    def pragmas(session: Session) -> dict[str, int | str]:
        return {name: session.execute(text(f"PRAGMA {name}")).scalar_one() for name in names}

    async with store:
        found = await store.values.database.read(pragmas)
    assert found == {
        "journal_mode": "wal",
        "busy_timeout": 2000,
        "foreign_keys": 1,
        "synchronous": 2,
    }


async def test_a_name_with_odd_characters_is_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1 & [x];é\udcff"
    folder.mkdir()
    for expected in (None, "value"):
        async with await Store.open(folder) as store:
            assert await store.values.get("key") == expected
            await store.values.set("key", "value")
    assert list(modes(folder)) == [FILE_NAME]


async def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    sentence = await refused(tmp_path / "none")
    assert "no such file or directory" in sentence
    assert "look whether its folder is there" in sentence
    assert modes(tmp_path) == {}


async def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    assert "is not a file" in await refused(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "elsewhere")
    assert "is not a file" in await refused(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).mkdir()
    assert "is not a file" in await refused(tmp_path)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder this process may not write to, also where the tests run as root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    try:
        with as_common_user():
            yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


async def test_a_folder_that_cannot_be_written(closed_folder: Path) -> None:
    assert "give this user the right to write" in await refused(closed_folder)


def put(folder: Path, mode: int, *, own: bool) -> None:
    """Lay an empty state file in a closed folder: this user's own, or another's."""
    user = os.geteuid()
    os.seteuid(os.getuid())
    folder.chmod(0o755)
    (folder / FILE_NAME).touch()
    (folder / FILE_NAME).chmod(mode)
    if own:
        os.chown(folder / FILE_NAME, user, -1)
    folder.chmod(0o555)
    os.seteuid(user)


async def test_a_file_of_ours_in_a_folder_that_cannot_be_written(closed_folder: Path) -> None:
    put(closed_folder, 0o600, own=True)
    assert "give this user the right to write" in await refused(closed_folder)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can lay a file of another user")
async def test_a_file_of_another_user(closed_folder: Path) -> None:
    put(closed_folder, 0o666, own=False)
    assert "give this user the right to write" in await refused(closed_folder)


GOOD = b"SQLite format 3\0"


async def filled(folder: Path) -> bytes:
    """A file with content, closed; its bytes."""
    async with await Store.open(folder) as store:
        for number in range(200):
            await store.values.set(f"key {number}", f"value {number} " * 20)
    return (folder / FILE_NAME).read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: b"This was never a database. " * 400, id="text"),
        pytest.param(lambda whole: GOOD + b"\xff" * 4000, id="head"),
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut"),
        pytest.param(lambda whole: whole[:4096] + b"\xa5" * (len(whole) - 4096), id="body"),
        pytest.param(lambda whole: whole[:8192] + b"\0" * 8192 + whole[16384:], id="hole"),
    ],
)
async def test_a_damaged_file_is_left_as_it_is(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    bad = damage(await filled(tmp_path))
    (tmp_path / FILE_NAME).write_bytes(bad)
    assert "is damaged and was left as it is" in await refused(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == bad


async def test_an_emptied_file_beside_its_journal_is_damage(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    (tmp_path / f"{FILE_NAME}-wal").write_bytes(b"all that is left")
    assert "is damaged" in await refused(tmp_path)
    assert (tmp_path / f"{FILE_NAME}-wal").read_bytes() == b"all that is left"


async def test_damage_that_shows_later_is_one_sentence_too(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        await store.rooms.set_collections("discord", "space", "room", frozenset({"a"}))
        with sqlite3.connect(tmp_path / FILE_NAME) as other:
            other.execute("UPDATE rooms SET mode = 'shouting'")
        other.close()
        with pytest.raises(StateError, match="is damaged"):
            await store.rooms.of_space("discord", "space")
        assert await store.values.get("key") is None


async def test_a_file_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    await filled(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("UPDATE alembic_version SET version_num = '0999'")
    other.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    assert "newer version of this program (tables 0999)" in await refused(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


async def test_the_file_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("CREATE TABLE bookmarks (id INTEGER)")
    other.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    assert "belongs to another program" in await refused(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


async def test_a_file_that_another_program_holds(tmp_path: Path) -> None:
    await filled(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "is in use by another program" in await refused(tmp_path, seconds=0.2)
        other.execute("ROLLBACK")
    other.close()
    async with await Store.open(tmp_path) as store:
        assert await store.values.get("key 7") == "value 7 " * 20


def first_tables() -> str:
    """The tables of a file as version 0.1.0 made them."""
    return (Path(__file__).parents[1] / "data/state_0001.sql").read_text(encoding="utf-8")


def new_and_migrated(folder: Path) -> Iterator[Connection]:
    """A connection to a new file, then one to a file that began with the first tables."""
    for name in ("new", "migrated"):
        path = folder / name
        if name == "migrated":
            with closing(sqlite3.connect(path)) as old:
                old.executescript(first_tables())
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            make_or_migrate(connection, path)
            yield connection
        engine.dispose()


def test_new_and_migrated_files_have_the_tables_of_the_models(tmp_path: Path) -> None:
    for connection in new_and_migrated(tmp_path):
        context = MigrationContext.configure(connection)
        assert context.get_current_heads() == ("0012",)
        assert compare_metadata(context, Model.metadata) == []
        made = set(inspect(connection).get_table_names())
        assert made == set(Model.metadata.tables) | {"alembic_version"}


def test_migrations_make_what_the_models_would_make_themselves(tmp_path: Path) -> None:
    """Names and actions of constraints too, which Alembic's own comparison passes over."""
    tables = []
    for connection in new_and_migrated(tmp_path):
        look = inspect(connection)
        tables.append(
            {
                name: (
                    look.get_pk_constraint(name),
                    look.get_foreign_keys(name),
                    look.get_unique_constraints(name),
                    sorted(look.get_indexes(name), key=lambda index: str(index["name"])),
                    [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)],
                )
                for name in Model.metadata.tables
            }
        )
    new, migrated = tables
    assert new == migrated


async def test_a_file_with_the_first_tables_is_opened(tmp_path: Path) -> None:
    rows = """
        INSERT INTO kept_values VALUES ('key', 'value');
        INSERT INTO replies (reply_id, revision, kind, shown, used_at)
            VALUES ('0123', 'cd', 'answer', 1, '2026-03-01T12:00:00.000000+00:00');
        INSERT INTO excerpts (reply_id, position, document, collection, document_revision, title,
                              passage_start, passage_end, parts, quote)
            VALUES ('0123', 0, 'a.md', 'main', 'ab', 'A', 0, 9, '[[0, 5]]', 'Words');
    """
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as old:
        old.executescript(first_tables() + rows)
    async with await Store.open(tmp_path) as store:
        assert await store.values.get("key") == "value"
        saved = await store.answers.reply("0123")
    assert saved is not None
    assert [(each.quote, each.sentence) for each in saved.excerpts] == [("Words", None)]


def test_a_migration_without_room_for_it_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    engine = create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None})
    set_pragmas(engine, 1000)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 10")
        with pytest.raises(OperationalError, match="full"):
            make_or_migrate(connection, path)
        connection.rollback()
        assert inspect(connection).get_table_names() == []
    engine.dispose()


def test_the_steps_form_one_line_that_begins_with_0001() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        steps = ScriptDirectory.from_config(alembic_config(connection))
    engine.dispose()
    assert len(steps.get_heads()) == 1
    assert steps.get_bases() == ["0001"]


async def test_a_start_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed = threading.Event()
    monkeypatch.setattr(database, "prepare_file", lambda path, busy_ms: freed.wait(20))
    assert "did not answer within 0.1 seconds" in await refused(tmp_path, seconds=0.1)
    freed.set()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "is in use by another program"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "cannot be written"),
        (sqlite3.SQLITE_IOERR_FSYNC, "the disk reports a fault"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "is damaged and was left as it is"),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, "cannot be opened"),
        (sqlite3.SQLITE_SCHEMA, 'cannot be used (odd "thing"); look whether'),
        (None, 'cannot be used (odd "thing"); look whether'),
    ],
)
def test_what_sqlite_says_is_told_in_one_sentence(code: int | None, words: str) -> None:
    fault = sqlite3.OperationalError('odd\n"thing".')
    if code is not None:
        fault.sqlite_errorcode = code
    sentence = str(sqlite_state_error(fault, Path("state\n\udcff/file")))
    assert sentence.startswith('The state file "state??/file" ')
    assert words in sentence
    assert sentence.endswith(".")
    assert sentence.isprintable()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full; make room"),
        (errno.EROFS, "cannot be written; give this user"),
        (errno.EMFILE, "cannot be opened or made (too many open files)"),
    ],
)
async def test_what_the_system_says_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        sentence = await refused(tmp_path)
    assert words in sentence

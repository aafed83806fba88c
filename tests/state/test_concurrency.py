"""Concurrent calls, a second program, a killed process, a full disk, a stuck disk."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.core.errors import StateError
from bot.state.records import Mode, ReplyCounts, RoomSettings, Verdict
from bot.state.store import FILE_NAME, Store
from tests.state.builders import START, post, reply, vote


async def test_fifty_at_once_lose_nothing(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:

        async def one(number: int) -> None:
            saved = reply(f"id {number % 25}")
            await store.answers.save_reply(saved, START)
            await store.answers.save_post(
                post(f"q{number}", (f"r{number}",), reply_id=saved.reply_id)
            )
            await store.unanswered.count("discord", "space", "Why?", START)
            await store.feedback.press(vote(f"p{number}", Verdict.UP))

        await asyncio.gather(*(one(number) for number in range(50)))
        for number in range(50):
            result = await store.answers.post_of_reply("discord", "room", f"r{number}")
            assert result == post(f"q{number}", (f"r{number}",), reply_id=f"id {number % 25}")
        (question,) = await store.unanswered.most_asked(2)
        assert question.count == 50
        assert await store.feedback.totals() == ReplyCounts(up=50, down=0)


async def test_two_stores_on_one_file_lose_nothing_and_take_an_event_once(
    tmp_path: Path,
) -> None:
    one, two = await Store.open(tmp_path), await Store.open(tmp_path)
    async with one, two:

        async def take(store: Store, number: int) -> bool:
            await store.unanswered.count("discord", "space", "Why?", START)
            return await store.jobs.take("discord", "room", str(number), "{}", START)

        new = await asyncio.gather(
            *(take(store, number) for number in range(20) for store in (one, two))
        )
        assert sum(new) == 20
        (question,) = await two.unanswered.most_asked(2)
        assert question.count == 40


OPENER = """
import asyncio, sys
from pathlib import Path
from bot.state.store import Store

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with await Store.open(Path(sys.argv[1])) as store:
        await store.values.set(sys.argv[2], "was here")

asyncio.run(main())
"""


def open_at_once(folder: Path, root: Path, names: list[str]) -> list[int]:
    """The exit codes of as many processes that make and open the file in one moment."""
    with ExitStack() as stack:
        openers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", OPENER, str(folder), name],
                    cwd=root,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for name in names
        ]
        for opener in openers:
            assert opener.stdout is not None
            assert opener.stdout.readline() == b"ready\n"
        for opener in openers:
            assert opener.stdin is not None
            opener.stdin.write(b"go\n")
            opener.stdin.flush()
        for opener in openers:
            opener.communicate()
        return [opener.returncode for opener in openers]


async def test_programs_that_open_a_new_file_in_one_moment_all_get_it(
    tmp_path: Path, project_root: Path
) -> None:
    names = ["one", "two", "three"]
    assert await asyncio.to_thread(open_at_once, tmp_path, project_root, names) == [0, 0, 0]
    async with await Store.open(tmp_path) as store:
        assert [await store.values.get(name) for name in names] == ["was here"] * 3


async def test_two_who_set_different_things_of_a_room_both_succeed(tmp_path: Path) -> None:
    one, two = await Store.open(tmp_path), await Store.open(tmp_path)
    async with one, two:
        await asyncio.gather(
            one.rooms.set_collections("discord", "space", "room", frozenset({"a"})),
            two.rooms.set_mode("discord", "space", "room", Mode.OFF),
        )
        wanted = RoomSettings("discord", "space", "room", frozenset({"a"}), Mode.OFF)
        assert await one.rooms.of_space("discord", "space") == (wanted,)


WRITER = """
import asyncio, sys
from pathlib import Path
from bot.state.store import Store
from tests.state.builders import START, post, reply

async def main():
    async with await Store.open(Path(sys.argv[1])) as store:
        for number in range(100_000):
            saved = reply(f"id {number}", excerpts=5)
            await store.answers.save_reply(saved, START)
            await store.answers.save_post(
                post(f"q{number}", (f"a{number}", f"b{number}"), reply_id=saved.reply_id)
            )
            print(number, flush=True)

asyncio.run(main())
"""


def last_reported_by_a_killed_writer(folder: Path, root: Path) -> int:
    """The number of the last post that was reported as kept before the process was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], cwd=root, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        try:
            reported = [writer.stdout.readline() for _ in range(15)]
        finally:
            writer.kill()
        reported += writer.stdout.read().splitlines(keepends=True)
    return max(int(line) for line in reported if line.endswith(b"\n"))


async def test_a_sudden_end_leaves_whole_rows_and_all_that_was_reported(
    tmp_path: Path, project_root: Path
) -> None:
    last = await asyncio.to_thread(last_reported_by_a_killed_writer, tmp_path, project_root)
    assert last >= 14
    async with await Store.open(tmp_path) as store:
        for number in range(last + 3):
            saved = await store.answers.reply(f"id {number}")
            result = await store.answers.post_of_question("discord", "room", f"q{number}")
            whole = post(f"q{number}", (f"a{number}", f"b{number}"), reply_id=f"id {number}")
            if number <= last:
                assert saved is not None
                assert result is not None
            assert saved in (None, reply(f"id {number}", excerpts=5))
            assert result in (None, whole)
        await store.values.set("key", "still writable")


async def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        await store.values.set("key", "value")
        # SQLite says the same of a file that may not grow as of a disk that is full.
        await store.values.database.write(
            lambda session: session.execute(text("PRAGMA max_page_count = 1"))
        )
        with pytest.raises(StateError, match="the disk is full; make room"):
            await store.values.set("large", "x" * 100_000)
        assert await store.values.get("large") is None
        assert await store.values.get("key") == "value"


async def test_a_file_that_may_not_be_written_any_more(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        await store.values.database.read(
            lambda session: session.execute(text("PRAGMA query_only = ON"))
        )
        with pytest.raises(StateError, match="cannot be written; give this user"):
            await store.values.set("key", "value")
        assert await store.values.get("key") is None


async def test_a_lock_that_is_held_is_waited_for_and_then_reported(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as other, await Store.open(tmp_path, 0.3) as store:
        await store.values.set("key", "value")
        begun, ended = threading.Event(), threading.Event()

        def hold(_: Session) -> None:
            begun.set()
            ended.wait(20)

        holding = asyncio.create_task(other.values.database.write(hold))
        await asyncio.to_thread(begun.wait, 20)
        with pytest.raises(StateError, match="is in use by another program"):
            await store.values.set("key", "changed")
        assert await store.values.get("key") == "value"
        ended.set()
        await holding
        await store.values.set("key", "changed")
        assert await other.values.get("key") == "changed"


async def close(store: Store) -> None:
    """Close a store whose running call may still last longer than its time limit."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await store.close()
            except StateError:
                continue


async def test_a_disk_that_is_stuck_keeps_nobody_waiting(tmp_path: Path) -> None:
    stuck, freed = threading.Event(), threading.Event()
    # Created beforehand, since the migration may take longer than the time limit below.
    async with await Store.open(tmp_path) as store:
        await store.values.set("key", "value")
    async with await Store.open(tmp_path, seconds=0.2) as store:

        def stick(*_: object) -> None:
            if stuck.is_set():
                freed.wait(20)

        def trace(session: Session) -> None:
            driver = session.connection().connection.driver_connection
            assert driver is not None
            driver.set_trace_callback(stick)

        await store.values.database.read(trace)
        stuck.set()
        began = time.monotonic()
        outcomes = await asyncio.gather(
            store.values.set("key", "first"),
            store.values.set("key", "second"),
            store.values.get("key"),
            return_exceptions=True,
        )
        assert time.monotonic() - began < 5
        assert [type(outcome) for outcome in outcomes] == [StateError] * 3
        assert "did not answer within 0.2 seconds" in str(outcomes[0])
        with pytest.raises(StateError, match="did not answer"):
            await store.close()
        freed.set()
        # The call that had begun runs to its end; the queued ones timed out and never run.
        await close(store)
    async with await Store.open(tmp_path) as store:
        assert await store.values.get("key") == "first"


async def test_whoever_gives_up_leaves_a_store_that_works(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        for turns in range(25):
            task = asyncio.create_task(store.values.set("key", str(turns)))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await store.values.set("key", "end")
        assert await store.values.get("key") == "end"


async def test_a_closed_store_says_so_and_may_be_closed_again(tmp_path: Path) -> None:
    store = await Store.open(tmp_path)
    writing = asyncio.create_task(store.values.set("key", "value"))
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    await asyncio.gather(writing, return_exceptions=True)
    with pytest.raises(StateError, match="is closed already"):
        await store.values.get("key")
    assert await asyncio.to_thread(os.listdir, tmp_path) == [FILE_NAME]

"""Jobs and reloaders over a folder of documents, with a store for their index beside it."""

from pathlib import Path

from bot.answering.build import build_corpus
from bot.answering.build_job import BuildJob
from bot.answering.reload import CorpusReloader
from bot.answering.store import IndexStore
from bot.ingest.formats import Limits
from bot.retrieval.answer.searcher import AnswerOptions


def build_job(
    folder: Path,
    *,
    store: Path | None = None,
    limits: Limits | None = None,
    trust_times: bool = True,
    options: AnswerOptions | None = None,
) -> BuildJob:
    """The job of indexing `folder`; its store lies beside it unless another is named."""
    place = folder.with_name(f"{folder.name}-index") if store is None else store
    place.parent.mkdir(parents=True, exist_ok=True)
    index_store = IndexStore(place, str(folder))
    return BuildJob(
        folder, limits or Limits(), trust_times, options or AnswerOptions(), index_store
    )


def build_folder(folder: Path) -> None:
    """Index `folder`, in this process."""
    build_corpus(build_job(folder))


def reloader(folder: Path, limits: Limits | None = None) -> CorpusReloader:
    """Loads `folder`, in this process."""
    return CorpusReloader(build_job(folder, limits=limits))

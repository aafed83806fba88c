"""A language model that answers by a script, and keeps what it was sent.

It shows what becomes of any answer. `tests/meaning/test_llama_server.py` asks a real model.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from bot.core.errors import EndpointError
from bot.meaning.chat_completions import Prompt
from tests.harness.completions_server import completion
from tests.harness.stub_server import Answer as HttpAnswer

Answer = Mapping[str, object]

NOTHING: Answer = {"words": [], "small_talk": False, "chosen": [], "answers": False}


class ScriptedModel:
    """Answers each prompt by `answer`; None is a server that cannot answer."""

    def __init__(self, answer: Callable[[Prompt], Answer | None]) -> None:
        self._answer = answer
        self.prompts: list[Prompt] = []

    async def complete(self, prompt: Prompt) -> Answer:
        """The scripted answer."""
        self.prompts.append(prompt)
        answer = self._answer(prompt)
        if answer is None:
            raise EndpointError("the server is asleep; wake it")
        return answer

    async def close(self) -> None:
        """Nothing is held."""

    @property
    def sent(self) -> str:
        """All that was sent."""
        return "\n".join(f"{prompt.system}\n{prompt.user}" for prompt in self.prompts)


def choosing_by(pattern: str, words: Sequence[str] = ()) -> Callable[[Prompt], Answer]:
    """Searches for `words`, and chooses the passages with a sentence that matches `pattern`."""

    def answer(prompt: Prompt) -> Answer:
        if prompt.purpose == "rewrite":
            return {"words": list(words), "small_talk": False}
        chosen: list[dict[str, object]] = []
        for part in prompt.user.split("\n\n")[:-1]:
            head, *sentences = part.split("\n")
            found = [int(line.split(":")[0]) for line in sentences if re.search(pattern, line)]
            number = re.match(r"\[Passage (\d+)\]", head)
            if found and number is not None:
                chosen.append({"passage": int(number[1]), "sentences": found})
        return {"chosen": chosen, "answers": bool(chosen)}

    return answer


def served(answer: Callable[[Prompt], Answer]) -> HttpAnswer:
    """A server with a model that answers so."""

    async def respond(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        wanted, (system, user) = body["response_format"]["json_schema"], body["messages"]
        prompt = Prompt(
            wanted["name"],
            system["content"],
            user["content"],
            wanted["schema"],
            body["max_tokens"],
        )
        return web.json_response(completion(json.dumps(answer(prompt))))

    return respond

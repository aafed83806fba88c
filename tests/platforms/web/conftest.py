"""What the tests of pages share: a server over the documents of a town."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness.web_harness import WebHarness, serving

TOWN = {
    "town/harbour.md": """# The harbour

The harbour of Corvel was dredged in 1903 by the engineer Ada Sand. It took nine months.

## Rents

| Plot | Rent |
| --- | --- |
| North | 61 |
| South | 74 |

## Cost

The dredging cost 78,000 crowns, which the town paid for with a tax on salt.

## Ships

1. Barges pay nothing.
2. Ships pay by their draught.

```
draught * 2
```
""",
    "town/market.md": """# The market

The market of Corvel is held on Fridays. The dredging of the harbour cost 81,000 crowns.
""",
    "guild/vault.md": """# The vault

The vault of the guild lies under the hall. Its door was made by the smith Tom Harrow.
""",
    "sources.toml": """["town/harbour.md"]
title = "The harbour"
author = "M. Ferrow"
date = "1911"
date_note = "second printing"
url = "https://example.org/harbour"
about = "Dredging and dues"

["town/market.md"]
title = "The market"
publisher = "The Corvel Almanac"
""",
}
COST = "How many crowns did the dredging of the harbour cost?"
DREDGED = "Who dredged the harbour of Corvel in 1903?"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[WebHarness]:
    """A server that shows nothing without a link."""
    async with serving(tmp_path, TOWN) as harness:
        yield harness


@pytest.fixture
async def open_site(tmp_path: Path) -> AsyncIterator[WebHarness]:
    """A server that shows the collection of the town to everybody."""
    async with serving(tmp_path, TOWN, open_collections=("town",)) as harness:
        yield harness

"""ZIP archives that are the same bytes each time they are made."""

import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO

_LARGEST_MEMBER = 20_000_000


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of members by name, in their order, also where two have one name."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)  # its date is that of 1980
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.NameToInfo.pop(name, None)  # or it would warn of the second
            archive.writestr(info, content, compresslevel=1)
    return made.getvalue()


def members(data: bytes) -> list[tuple[str, bytes]] | None:
    """The members of an archive with their bytes; None if it cannot be unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            listed = archive.infolist()
            if sum(member.file_size for member in listed) > _LARGEST_MEMBER:
                return None
            return [(member.filename, archive.read(member)) for member in listed] or None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        return None

# What we use of nio's store, which ships no types.
from contextlib import AbstractContextManager

class Database:
    def atomic(self) -> AbstractContextManager[object]: ...
    def close(self) -> bool: ...

class MatrixStore:
    database: Database
    def __init__(
        self,
        user_id: str,
        device_id: str,
        store_path: str,
        pickle_key: str = ...,
        database_name: str = ...,
    ) -> None: ...

class SqliteStore(MatrixStore):
    def save_inbound_group_session(self, session: object) -> None: ...

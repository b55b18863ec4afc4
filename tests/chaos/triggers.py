"""Faults inside PostgreSQL: a trigger that raises or sleeps, with a statement or with the COMMIT."""

from __future__ import annotations

from postgres import Postgres

STATEMENT, COMMIT = "statement", "COMMIT"
"""When a fault happens."""

WHEN = {
    # The last that a change writes is the answer it keeps, the first is its rows and events.
    STATEMENT: "CREATE TRIGGER hurt BEFORE INSERT ON event",
    COMMIT: "CREATE CONSTRAINT TRIGGER hurt AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED",
}

# A sequence counts also what is rolled back.
HURT = """
CREATE SEQUENCE IF NOT EXISTS hurt;
CREATE OR REPLACE FUNCTION hurt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < {share} THEN
        PERFORM nextval('hurt');
        {action};
    END IF;
    RETURN NEW;
END $$;
{trigger} FOR EACH ROW EXECUTE FUNCTION hurt();
"""

INJECTED = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM hurt"


def raising(*states: str) -> str:
    """Raises an error, with one of the SQLSTATEs, each as likely."""
    listed = ", ".join(f"'{state}'" for state in states)
    chosen = f"(ARRAY[{listed}])[1 + floor(random() * {len(states)})]"
    return f"RAISE EXCEPTION 'injected' USING ERRCODE = {chosen}"


def sleeping(seconds: float) -> str:
    """Sleeps."""
    return f"PERFORM pg_sleep({seconds})"


class Trigger:
    """Hurts every transaction that writes an event, or a share of them, while it is there."""

    def __init__(
        self, postgres: Postgres, databases: list[str], when: str, action: str, share: float = 1.0
    ) -> None:
        self._postgres = postgres
        self._databases = databases
        self._script = HURT.format(trigger=WHEN[when], action=action, share=share)

    def __enter__(self) -> Trigger:
        for database in self._databases:
            self._postgres.sql(self._script, database)
        return self

    def __exit__(self, *_: object) -> None:
        for database in self._databases:
            self._postgres.sql("DROP TRIGGER hurt ON event", database)

    def injected(self) -> int:
        """How often it struck."""
        return sum(int(self._postgres.sql(INJECTED, database)) for database in self._databases)

-- A release ledger in SQLite: the tables, the triggers that keep them append-only, and the views that an
-- auditor can query. This is the only copy: the program embeds it.
-- Times are microseconds since 1970-01-01T00:00:00Z.
-- Stable for any SQL tool: the columns of `entry`, and every view under "For auditors".
--
-- SQLite stores the text of each CREATE statement, and `verify` compares it. So a change of a comment within
-- a CREATE statement changes the tables of existing files.

PRAGMA application_id = 0x4C444752; -- "LDGR"
PRAGMA user_version = 9;

-- The events: one row per entry. Rows are added at the end and never change. The one exception:
-- a recorded decision can redact a payload.
CREATE TABLE entry (
    sequence    INTEGER PRIMARY KEY,          -- place in the ledger, from 1, without gaps
    id          BLOB NOT NULL UNIQUE,         -- UUID of version 7, 16 bytes
    stream      TEXT NOT NULL,                -- environment/production, repository/acme/shop
    position    INTEGER NOT NULL,             -- place in the stream, from 1, without gaps
    kind        TEXT NOT NULL,                -- deploy.finished
    time        INTEGER NOT NULL,             -- when it happened
    recorded    INTEGER NOT NULL,             -- when the ledger learned it; never goes back
    "by"        TEXT NOT NULL,                -- who
    known       TEXT NOT NULL,                -- how that is known: declared, signed, authenticated
    cause       BLOB,                         -- id of the entry because of which it happened
    correlation BLOB,                         -- id of the entry that planned the run it belongs to
    source      TEXT,                         -- who told: git, github
    source_id   TEXT,                         -- what they call it; source and source_id are one fact
    environment TEXT,
    service     TEXT,
    tag         TEXT,
    digest      TEXT,                         -- sha256:…
    revision    TEXT,                         -- commit
    hashes      BLOB NOT NULL,                -- the leaf (RFC 6962), then the inner nodes it completed
    payload     TEXT NOT NULL,                -- all other fields: canonical JSON (RFC 8785)
    -- 16 random bytes that are hashed with the payload. A redaction empties it. NULL: none (older entries).
    salt        BLOB CHECK (length(salt) IN (0, 16))
) STRICT;

CREATE UNIQUE INDEX entry_source ON entry (source, source_id) WHERE source IS NOT NULL;

-- The few entries about something later than their recording (clocks differ). All others are recorded at
-- or after their time, so a search by time can begin at the first entry that was recorded then.
CREATE INDEX entry_ahead ON entry (time) WHERE time > recorded;

-- The last position of each stream. A trigger maintains it, or the check of `ledger`'s own writer.
CREATE TABLE stream (
    name TEXT PRIMARY KEY,
    head INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The root of the RFC 6962 tree after each commit, by the number of entries that it covers.
CREATE TABLE root (
    size INTEGER PRIMARY KEY,
    root BLOB NOT NULL
) STRICT;

-- The signed checkpoint over each commit, if a key was available to sign it (c2sp.org/tlog-checkpoint).
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

-- Entries with a payload that a recorded decision redacted; a trigger maintains the rows.
CREATE TABLE redaction (
    sequence     INTEGER PRIMARY KEY,         -- the entry
    payload_hash TEXT NOT NULL,               -- SHA-256 of its payload as recorded: the leaf's
    decision     INTEGER NOT NULL             -- sequence of the payload.redacted that was last
) STRICT;

-- The last entry that the ledger imported from a copy (`ledger import jsonl`). Another ledger's runs made
-- the entries up to it, so they are not rollback targets here.
CREATE TABLE copied (
    upto INTEGER PRIMARY KEY
) STRICT;

-- Bytes that entries refer to by the SHA-256 of all of them: plans, bundles, scripts, deliveries. Bytes that
-- are fewer than `size` are compressed (zlib, RFC 1950). The shell `sqlite3` shows both:
-- SELECT sqlar_uncompress(bytes, size) FROM content
CREATE TABLE content (
    hash  TEXT PRIMARY KEY,
    bytes BLOB NOT NULL,
    size  INTEGER                             -- of all bytes; NULL: written before version 9, not compressed
) STRICT;

-- Lines of stored views. The ledger derives them from the entries alone, and `ledger rebuild` remakes them.
-- A line is valid until the next line of its key. A line without a state ends the previous one.
-- Most of a line is what its entry says. Such a column is NULL here, and view `line` takes it from the entry.
-- An empty text says that the line has no value although the entry has one.
CREATE TABLE view_row (
    view        TEXT NOT NULL,
    key         TEXT NOT NULL,
    since       INTEGER NOT NULL,             -- sequence of the entry that made it so
    state       TEXT,
    number      INTEGER,
    detail      TEXT,                         -- JSON
    environment TEXT,
    service     TEXT,
    tag         TEXT,
    digest      TEXT,
    revision    TEXT,
    time        INTEGER,
    "by"        TEXT,
    PRIMARY KEY (view, key, since)
) STRICT, WITHOUT ROWID;

-- The version of the logic that made each stored view.
CREATE TABLE view_made (
    view    TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last entry that all of these views include.
CREATE TABLE view_reached (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    reached INTEGER NOT NULL
) STRICT;

-- The only inverted index: the words of the columns that questions are about. A letter before each word names
-- its column: s(tream), k(ind), b(y), e(nvironment), v (service), t(ag), d(igest), r(evision), c(orrelation).
-- Digests and revisions are in it with their first 24 digits.
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', columnsize = 0, detail = none, tokenize = "ascii tokenchars '-._:/@+'"
);

-- The last entry in the index. A search reads the few later entries one by one.
CREATE TABLE search_reached (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    reached INTEGER NOT NULL
) STRICT;

-- The seal. It allows every program only to add entries, in order.

CREATE TRIGGER entry_is_next BEFORE INSERT ON entry BEGIN
    SELECT CASE
        WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entry)
            THEN RAISE(ABORT, 'ledger: an entry is added only at the end of the ledger')
        WHEN NEW.position IS NOT
            coalesce((SELECT head FROM stream WHERE name = NEW.stream), 0) + 1
            THEN RAISE(ABORT, 'ledger: an entry is added only at the end of its stream')
        WHEN NEW.recorded < (SELECT recorded FROM entry ORDER BY sequence DESC LIMIT 1)
            THEN RAISE(ABORT, 'ledger: an entry is not recorded before the last one')
        WHEN EXISTS (SELECT 1 FROM redaction WHERE sequence = NEW.sequence)
            THEN RAISE(ABORT, 'ledger: bytes are said to be taken out of an entry that is not there')
        WHEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id)
            THEN RAISE(ABORT, 'ledger: an entry with this id exists')
        WHEN NEW.source IS NOT NULL AND EXISTS (
                SELECT 1 FROM entry WHERE source = NEW.source AND source_id IS NEW.source_id)
            THEN RAISE(ABORT, 'ledger: an entry with this source exists')
    END;
END;

CREATE TRIGGER entry_begins_stream AFTER INSERT ON entry WHEN NEW.position = 1 BEGIN
    INSERT INTO stream (name, head) VALUES (NEW.stream, 1);
END;

CREATE TRIGGER entry_moves_head AFTER INSERT ON entry WHEN NEW.position > 1 BEGIN
    UPDATE stream SET head = NEW.position WHERE name = NEW.stream;
END;

-- Heads follow the entries: a new head must be the stream and position of the last entry.
CREATE TRIGGER stream_begins_with_entry BEFORE INSERT ON stream
WHEN NEW.name IS NOT (SELECT stream FROM entry ORDER BY sequence DESC LIMIT 1)
    OR NEW.head IS NOT (SELECT position FROM entry ORDER BY sequence DESC LIMIT 1)
BEGIN
    SELECT RAISE(ABORT, 'ledger: the head of a stream follows from its entries');
END;

CREATE TRIGGER stream_follows_entry BEFORE UPDATE ON stream
WHEN NEW.name IS NOT OLD.name
    OR NEW.name IS NOT (SELECT stream FROM entry ORDER BY sequence DESC LIMIT 1)
    OR NEW.head IS NOT (SELECT position FROM entry ORDER BY sequence DESC LIMIT 1)
BEGIN
    SELECT RAISE(ABORT, 'ledger: the head of a stream follows from its entries');
END;

CREATE TRIGGER stream_is_not_deleted BEFORE DELETE ON stream BEGIN
    SELECT RAISE(ABORT, 'ledger: the head of a stream is never deleted');
END;

-- A payload can lose bytes once, by the decision that is the last entry, and then loses its salt. Nothing else
-- changes. The only new value in the payload is a mark in place of each removed value (null in a list).
CREATE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry
WHEN OLD.kind IN ('payload.redacted', 'key.changed', 'ledger.merged')
    OR EXISTS (
        SELECT fullkey, type, atom FROM json_tree(NEW.payload)
            WHERE atom IS NOT '***' AND NOT (type = 'null' AND typeof(key) = 'integer')
        EXCEPT SELECT fullkey, type, atom FROM json_tree(OLD.payload))
    OR EXISTS (
        SELECT fullkey FROM json_tree(NEW.payload)
        EXCEPT SELECT fullkey FROM json_tree(OLD.payload))
    OR NEW.sequence IS NOT OLD.sequence OR NEW.id IS NOT OLD.id OR NEW.stream IS NOT OLD.stream
    OR NEW.position IS NOT OLD.position OR NEW.kind IS NOT OLD.kind OR NEW.time IS NOT OLD.time
    OR NEW.recorded IS NOT OLD.recorded OR NEW."by" IS NOT OLD."by"
    OR NEW.known IS NOT OLD.known OR NEW.cause IS NOT OLD.cause
    OR NEW.correlation IS NOT OLD.correlation OR NEW.source IS NOT OLD.source
    OR NEW.source_id IS NOT OLD.source_id OR NEW.environment IS NOT OLD.environment
    OR NEW.service IS NOT OLD.service OR NEW.tag IS NOT OLD.tag
    OR NEW.digest IS NOT OLD.digest OR NEW.revision IS NOT OLD.revision
    OR NEW.hashes IS NOT OLD.hashes
    OR NEW.salt IS NOT iif(OLD.salt IS NULL, NULL, x'')
    OR NOT EXISTS (
        SELECT 1 FROM entry WHERE sequence = (SELECT max(sequence) FROM entry)
            AND kind = 'payload.redacted'
            AND replace(json_extract(payload, '$.entry'), '-', '') = lower(hex(OLD.id))
            AND sequence > OLD.sequence
            AND sequence > coalesce(
                (SELECT decision FROM redaction WHERE sequence = OLD.sequence), 0))
BEGIN
    SELECT RAISE(ABORT, 'ledger: an entry is never changed; record what corrects it');
END;

CREATE TRIGGER entry_is_redacted AFTER UPDATE ON entry
WHEN (SELECT kind FROM entry ORDER BY sequence DESC LIMIT 1) = 'payload.redacted' BEGIN
    UPDATE redaction SET decision = (SELECT max(sequence) FROM entry)
    WHERE sequence = OLD.sequence;
    INSERT INTO redaction (sequence, payload_hash, decision)
    SELECT OLD.sequence, json_extract(payload, '$.payload'), sequence
    FROM entry WHERE sequence = (SELECT max(sequence) FROM entry)
        AND NOT EXISTS (SELECT 1 FROM redaction WHERE sequence = OLD.sequence);
END;

-- An entry of a copy arrives in its redacted form. It is the last entry when it arrives.
CREATE TRIGGER redaction_follows_decision BEFORE INSERT ON redaction
WHEN EXISTS (SELECT 1 FROM redaction WHERE sequence = NEW.sequence)
    OR NEW.decision <= NEW.sequence OR length(NEW.payload_hash) IS NOT 64
    OR NEW.payload_hash GLOB '*[^0-9a-f]*'
    OR NEW.sequence IS NOT (SELECT max(sequence) FROM entry)
    AND NOT EXISTS (
        SELECT 1 FROM entry WHERE sequence = (SELECT max(sequence) FROM entry)
            AND kind = 'payload.redacted' AND sequence = NEW.decision
            AND json_extract(payload, '$.payload') = NEW.payload_hash
            AND replace(json_extract(payload, '$.entry'), '-', '') = (
                SELECT lower(hex(id)) FROM entry WHERE sequence = NEW.sequence))
BEGIN
    SELECT RAISE(ABORT, 'ledger: bytes are taken out only by a recorded decision');
END;

CREATE TRIGGER redaction_is_not_changed BEFORE UPDATE ON redaction
WHEN NEW.sequence IS NOT OLD.sequence OR NEW.payload_hash IS NOT OLD.payload_hash
    OR NEW.decision <= OLD.decision
    OR NEW.decision IS NOT (
        SELECT max(sequence) FROM entry
        WHERE kind = 'payload.redacted' AND sequence = (SELECT max(sequence) FROM entry))
BEGIN
    SELECT RAISE(ABORT, 'ledger: what was taken out is never said otherwise');
END;

CREATE TRIGGER redaction_is_not_deleted BEFORE DELETE ON redaction BEGIN
    SELECT RAISE(ABORT, 'ledger: what was taken out is never unsaid');
END;

CREATE TRIGGER entry_is_not_deleted BEFORE DELETE ON entry BEGIN
    SELECT RAISE(ABORT, 'ledger: an entry is never deleted');
END;

CREATE TRIGGER root_is_next BEFORE INSERT ON root BEGIN
    SELECT RAISE(ABORT, 'ledger: a root is added only over all entries')
        WHERE NEW.size <= (SELECT max(size) FROM root)
            OR NEW.size IS NOT (SELECT max(sequence) FROM entry);
END;

CREATE TRIGGER root_is_not_changed BEFORE UPDATE ON root BEGIN
    SELECT RAISE(ABORT, 'ledger: a root is never changed');
END;

CREATE TRIGGER root_is_not_deleted BEFORE DELETE ON root BEGIN
    SELECT RAISE(ABORT, 'ledger: a root is never deleted');
END;

CREATE TRIGGER checkpoint_is_next BEFORE INSERT ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'ledger: a checkpoint is added only over all entries')
        WHERE NEW.size <= (SELECT max(size) FROM checkpoint)
            OR NEW.size IS NOT (SELECT max(size) FROM root);
END;

CREATE TRIGGER checkpoint_is_not_changed BEFORE UPDATE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'ledger: a checkpoint is never changed');
END;

CREATE TRIGGER checkpoint_is_not_deleted BEFORE DELETE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'ledger: a checkpoint is never deleted');
END;

CREATE TRIGGER copied_is_last BEFORE INSERT ON copied BEGIN
    SELECT RAISE(ABORT, 'ledger: a copy ends with the last entry')
        WHERE NEW.upto IS NOT (SELECT max(sequence) FROM entry)
            OR NEW.upto <= (SELECT max(upto) FROM copied);
END;

CREATE TRIGGER copied_is_not_changed BEFORE UPDATE ON copied BEGIN
    SELECT RAISE(ABORT, 'ledger: where a copy ended never changes');
END;

CREATE TRIGGER copied_is_not_deleted BEFORE DELETE ON copied BEGIN
    SELECT RAISE(ABORT, 'ledger: where a copy ended is never deleted');
END;

CREATE TRIGGER content_is_new BEFORE INSERT ON content BEGIN
    SELECT RAISE(ABORT, 'ledger: kept bytes are never replaced')
        WHERE EXISTS (SELECT 1 FROM content WHERE hash = NEW.hash OR rowid = NEW.rowid);
END;

CREATE TRIGGER content_is_not_changed BEFORE UPDATE ON content BEGIN
    SELECT RAISE(ABORT, 'ledger: kept bytes are never changed');
END;

CREATE TRIGGER content_is_not_deleted BEFORE DELETE ON content BEGIN
    SELECT RAISE(ABORT, 'ledger: kept bytes are never deleted');
END;

-- For auditors: these names never change. Times are text (UTC, whole seconds). `entry`, `line` and
-- `present` have microseconds instead.

-- Every entry in readable form.
CREATE VIEW log AS
SELECT sequence, lower(hex(id)) AS id, kind,
       strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000, 'unixepoch') AS time,
       strftime('%Y-%m-%dT%H:%M:%SZ', recorded / 1000000, 'unixepoch') AS recorded,
       "by", known, environment, service, tag, digest, revision, stream, position,
       lower(hex(cause)) AS cause, lower(hex(correlation)) AS correlation,
       source, source_id, payload, lower(hex(substr(hashes, 1, 32))) AS leaf,
       iif(salt IS NULL, NULL, lower(hex(salt))) AS salt
FROM entry;

-- The lines of the stored views, complete.
CREATE VIEW line AS
SELECT kept.view, kept.key, kept.since,
       nullif(coalesce(kept.environment, entry.environment), '') AS environment,
       nullif(coalesce(kept.service, entry.service), '') AS service,
       nullif(coalesce(kept.tag, entry.tag), '') AS tag,
       nullif(coalesce(kept.digest, entry.digest), '') AS digest,
       nullif(coalesce(kept.revision, entry.revision), '') AS revision,
       kept.state, kept.number,
       coalesce(kept.time, entry.time) AS time, coalesce(kept."by", entry."by") AS "by", kept.detail
FROM view_row AS kept LEFT JOIN entry ON entry.sequence = kept.since;

-- The last line of each key, if it is still valid.
CREATE VIEW present AS
SELECT * FROM line
WHERE state IS NOT NULL AND since = (
    SELECT max(since) FROM view_row WHERE view = line.view AND key = line.key);

-- The current release of each environment and service. `state` shows how it is known.
CREATE VIEW running AS
SELECT environment, service, tag, digest, revision, state, number AS entry,
       strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000, 'unixepoch') AS time, "by", detail
FROM present WHERE view = 'environment';

-- The releases that each environment ran, from which entry until which. A correction is a separate line.
CREATE VIEW ran AS
SELECT environment, service, tag, digest, revision, state, since,
       lead(since) OVER (PARTITION BY key ORDER BY since) AS until,
       strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000, 'unixepoch') AS time, "by", detail
FROM line WHERE view = 'environment';

-- Every finished deploy and revert, numbered per environment, with the names that were recorded then
-- (`ledger history` shows the corrected names).
CREATE VIEW deployments AS
SELECT environment, number, state AS kind, service, tag, digest, revision, since AS entry,
       strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000, 'unixepoch') AS time, "by"
FROM line WHERE view = 'deployment';

-- The release that each tag names, per service.
CREATE VIEW releases AS
SELECT service, tag, digest, revision, state, since AS entry,
       strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000, 'unixepoch') AS time, "by"
FROM present WHERE view = 'release';

-- Every run and its state.
CREATE VIEW runs AS
SELECT replace(key, '-', '') AS id, number AS run, environment, service, tag, state, since AS entry,
       strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000, 'unixepoch') AS time, "by", detail
FROM present WHERE view = 'run';

-- Active fences, pins and freezes, and bypassed approvals that nobody has reviewed.
CREATE VIEW marks AS
SELECT state AS mark, environment, service, tag, digest, number AS entry,
       strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000, 'unixepoch') AS time, "by", detail
FROM present WHERE view = 'mark' AND state <> 'removed';

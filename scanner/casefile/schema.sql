-- The tables of case.db, and who owns them. Each migration begins with its own line; a released one is never changed.
--
--   casefile   meta       names and values of all packages, prefixed ("report.locale")
--   scanner    scan       one row per source that was read, with its cursor and its account
--              item       one row per publication; body is scanner.Item as JSON
--              alias      other names of an item
--              note       why an input is not (or not wholly) in an item
--   classify   fact       what was read from one picture, by its bytes, looker and version: a cache
--              thumb      small JPEG of a picture, by its bytes
--              finding    what the rules found at the last classification; body is classify.Finding as JSON
--   report     number     the register's number of an item, given once, never used again
--              shown      what the last register said of an item: base of the merge, and of "since the last run"
--              decision   copy of decisions.jsonl

-- migration 1
CREATE TABLE meta     (k TEXT PRIMARY KEY, v TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE scan     (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, name TEXT NOT NULL, looker TEXT NOT NULL, replaced INTEGER, -- by which scan
                       begun TEXT NOT NULL, ended TEXT, cursor TEXT NOT NULL DEFAULT '',
                       seen INTEGER NOT NULL DEFAULT 0, read INTEGER NOT NULL DEFAULT 0,
                       skipped INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE item     (key TEXT PRIMARY KEY, created INTEGER NOT NULL, body TEXT NOT NULL,
                       first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX item_by_time ON item (created, key);
CREATE TABLE alias    (alias TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE note     (scan INTEGER NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL, place TEXT NOT NULL,
                       item TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (scan, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX note_by_item ON note (item) WHERE item <> '';
CREATE TABLE fact     (hash BLOB NOT NULL, looker TEXT NOT NULL, body TEXT NOT NULL,
                       PRIMARY KEY (hash, looker)) STRICT, WITHOUT ROWID;
CREATE TABLE thumb    (hash BLOB PRIMARY KEY, jpeg BLOB NOT NULL) STRICT;
CREATE TABLE finding  (item TEXT NOT NULL, label TEXT NOT NULL, body TEXT NOT NULL,
                       PRIMARY KEY (item, label)) STRICT, WITHOUT ROWID;
CREATE TABLE number   (item TEXT PRIMARY KEY, no INTEGER NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE shown    (item TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE decision (seq INTEGER PRIMARY KEY, item TEXT NOT NULL, field TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX decision_by_item ON decision (item, field, seq);

-- Every version of every article. The present one is in the tables of schema 1; here are those before
-- it, and all of an article that was removed. Only the present one has vectors.

ALTER TABLE articles ADD COLUMN version INTEGER NOT NULL DEFAULT 1; -- counted from 1
ALTER TABLE articles ADD COLUMN restores INTEGER;                   -- of an undo: the version it gave back

-- Of the tokens of a passage which sentence each is in, little-endian 16 bits, then their vectors in
-- signed 8 bits; empty where the embedding model shows no tokens.
ALTER TABLE passages ADD COLUMN tokens BLOB NOT NULL DEFAULT x'';

CREATE TABLE versions (
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    restores INTEGER,
    audience TEXT NOT NULL,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    titled INTEGER NOT NULL,
    language TEXT NOT NULL,
    published TEXT,
    url TEXT,
    site TEXT,
    author TEXT,
    passages BLOB NOT NULL,              -- zlib of JSON [[paragraph, start, text, [[start, end], ...]], ...]
    ingested TEXT NOT NULL,              -- UTC, ISO 8601: since when it was the present one
    ended TEXT NOT NULL,                 -- UTC, ISO 8601: until when
    removed INTEGER NOT NULL,            -- 1: the article was removed then; 0: another version came
    sequence INTEGER NOT NULL,           -- of the change that ended it
    PRIMARY KEY (article_id, version)
);
CREATE INDEX versions_sequence ON versions (sequence);
CREATE INDEX versions_audience ON versions (audience, removed);

-- What the bot has to remember across restarts: what each Discord server settled, which answer each
-- message was, and what was thought of it. Discord's ids are integers.

CREATE TABLE servers (
    guild INTEGER PRIMARY KEY,
    settings TEXT NOT NULL DEFAULT '{}', -- JSON, only what differs from the default
    left_at TEXT                         -- UTC, ISO 8601: since when the bot is no longer there
);

CREATE TABLE answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild INTEGER,                       -- NULL in a direct message
    channel INTEGER NOT NULL,
    asker INTEGER NOT NULL,
    private INTEGER NOT NULL,            -- seen by the asker alone
    leans_on INTEGER REFERENCES answers (id) ON DELETE SET NULL,
    answer TEXT NOT NULL,                -- JSON: the Answer, with its question
    given_at TEXT NOT NULL,              -- UTC, ISO 8601
    since TEXT,                          -- only articles from this day on
    until TEXT,                          -- only articles up to this day
    article_id TEXT,                     -- only this article
    noticed_at TEXT                      -- since when the moderators know that it tells nothing
);
CREATE INDEX answers_asker ON answers (asker);
CREATE INDEX answers_guild ON answers (guild);
CREATE INDEX answers_channel ON answers (channel);

-- An answer may be several messages.
CREATE TABLE answer_messages (
    channel INTEGER NOT NULL,
    message INTEGER NOT NULL,
    answer_id INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    PRIMARY KEY (channel, message)
) WITHOUT ROWID;
CREATE INDEX answer_messages_answer ON answer_messages (answer_id);

-- Which articles an answer quotes: a corrected article finds the answers to mark.
CREATE TABLE answer_citations (
    answer_id INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    article_id TEXT NOT NULL,
    PRIMARY KEY (article_id, answer_id)
) WITHOUT ROWID;
CREATE INDEX answer_citations_answer ON answer_citations (answer_id);

-- With what an answer's message is marked, because the articles changed.
CREATE TABLE answer_corrections (
    answer_id INTEGER PRIMARY KEY REFERENCES answers (id) ON DELETE CASCADE,
    told TEXT NOT NULL                   -- JSON: the corrections
);

CREATE TABLE feedback (
    answer_id INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    member INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('helpful', 'not_helpful', 'wrong_source')),
    reason TEXT NOT NULL,
    given_at TEXT NOT NULL,
    PRIMARY KEY (answer_id, member)      -- a second verdict replaces the first
) WITHOUT ROWID;

-- Feeds that are polled for an audience's articles.
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    audience TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    added_by TEXT,                       -- a Discord user's id; NULL: whoever runs this
    added_at TEXT NOT NULL,              -- UTC, ISO 8601, like all times
    channel INTEGER,                     -- where new articles are announced
    etag TEXT,                           -- of the last answer of which nothing is left to read
    modified TEXT,                       -- its Last-Modified
    polled_at TEXT,
    due_at TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0, -- polls in a row that failed
    error TEXT,                          -- why the last one did
    UNIQUE (audience, url)
);
CREATE INDEX feeds_due ON feeds (due_at);

-- What was read of a feed, so that it is not read again.
CREATE TABLE feed_entries (
    feed_id INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    entry TEXT NOT NULL,                 -- its id in the feed, or its address
    updated TEXT,                        -- as the feed said then
    failures INTEGER NOT NULL DEFAULT 0, -- 0: read, or never to be read; else how often it failed
    seen_at TEXT NOT NULL,               -- when the feed last had it
    PRIMARY KEY (feed_id, entry)
) WITHOUT ROWID;

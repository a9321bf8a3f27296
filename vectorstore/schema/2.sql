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
    given_at TEXT NOT NULL               -- UTC, ISO 8601
);
CREATE INDEX answers_asker ON answers (asker);
CREATE INDEX answers_guild ON answers (guild);

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

CREATE TABLE feedback (
    answer_id INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    member INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('helpful', 'not_helpful', 'wrong_source')),
    reason TEXT NOT NULL,
    given_at TEXT NOT NULL,
    PRIMARY KEY (answer_id, member)      -- a second verdict replaces the first
) WITHOUT ROWID;

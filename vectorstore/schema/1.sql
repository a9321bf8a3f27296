-- The catalog: articles, their passages and vectors. It is the truth; Chroma holds a copy of the
-- passage vectors. Vectors are little-endian float16, uncentred.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row: what BM25 needs to know of the whole, kept up to date instead of counted.
CREATE TABLE totals (passages INTEGER NOT NULL, words INTEGER NOT NULL, grams INTEGER NOT NULL);
INSERT INTO totals VALUES (0, 0, 0);

CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    audience TEXT NOT NULL,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    titled INTEGER NOT NULL,
    language TEXT NOT NULL,
    published TEXT,
    url TEXT,
    site TEXT,
    author TEXT,
    digest TEXT NOT NULL,           -- of the paragraphs: equal digests, equal text
    ingested TEXT NOT NULL,         -- UTC, ISO 8601, of the last change
    UNIQUE (audience, source)
);
CREATE INDEX articles_digest ON articles (audience, digest);

-- AUTOINCREMENT: an id is never given twice, so a late delete in Chroma can't hit a new passage.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    audience TEXT NOT NULL,
    paragraph INTEGER NOT NULL,
    start INTEGER NOT NULL,
    text TEXT NOT NULL,
    terms TEXT NOT NULL,            -- folded words, what the two indexes below were fed from
    sentences TEXT NOT NULL,        -- JSON [[start, end], ...] in text
    vector BLOB NOT NULL,
    sentence_vectors BLOB NOT NULL, -- one after another; empty for a single sentence
    sequence INTEGER NOT NULL       -- of the change that wrote the vector
);
CREATE INDEX passages_article ON passages (article_id, paragraph, start);
CREATE INDEX passages_sequence ON passages (audience, sequence);

-- Passages that went, for the index to forget.
CREATE TABLE removed (
    passage_id INTEGER PRIMARY KEY,
    audience TEXT NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE INDEX removed_sequence ON removed (audience, sequence);

-- Contentless, and deleted from by feeding the old terms again: SQLite before 3.43 has no other way.
CREATE VIRTUAL TABLE words USING fts5 (terms, content = '', tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_vocabulary USING fts5vocab (words, 'row');
CREATE VIRTUAL TABLE grams USING fts5 (terms, content = '', detail = none, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE grams_vocabulary USING fts5vocab (grams, 'row');

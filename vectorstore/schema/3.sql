-- For dates of change, pages that are gone, and another embedding model (reindex).

ALTER TABLE articles ADD COLUMN modified TEXT;  -- ISO 8601 day of its last change, as its page says
ALTER TABLE articles ADD COLUMN gone TEXT;      -- UTC, ISO 8601: since when its page lacks it
ALTER TABLE articles ADD COLUMN read_as TEXT;   -- digest of the file that it was read from
CREATE INDEX articles_read_as ON articles (read_as);
ALTER TABLE versions ADD COLUMN modified TEXT;

-- Vectors by the model that is to come, until there is one of every passage.
CREATE TABLE reindexed (
    passage_id INTEGER PRIMARY KEY,
    vector BLOB NOT NULL,
    sentence_vectors BLOB NOT NULL,
    tokens BLOB NOT NULL
);

-- A passage whose title or sentences are others is embedded again; one that went is forgotten.
CREATE TRIGGER reindexed_changed AFTER UPDATE OF vector, sentence_vectors, tokens ON passages
WHEN old.vector IS NOT new.vector OR old.sentence_vectors IS NOT new.sentence_vectors
BEGIN DELETE FROM reindexed WHERE passage_id = old.id; END;
CREATE TRIGGER reindexed_removed AFTER DELETE ON passages
BEGIN DELETE FROM reindexed WHERE passage_id = old.id; END;

-- Fingerprints of passages: runs of words by which copies of a passage in other articles are found.
-- The hash is of the words and, in its upper bits, of the audience; see fingerprints.py. Passages that
-- were stored before are entered when the catalog is opened.
CREATE TABLE fingerprints (
    hash INTEGER NOT NULL,
    passage_id INTEGER NOT NULL,
    PRIMARY KEY (hash, passage_id)
) WITHOUT ROWID;

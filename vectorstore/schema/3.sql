-- Fingerprints of passages: runs of words by which copies of a passage in other articles are found.
-- The hash is of the words and, in its upper bits, of the audience; see fingerprints.py. Passages that
-- were stored before are entered when the catalog is opened.
CREATE TABLE fingerprints (
    hash INTEGER NOT NULL,
    passage_id INTEGER NOT NULL,
    PRIMARY KEY (hash, passage_id)
) WITHOUT ROWID;

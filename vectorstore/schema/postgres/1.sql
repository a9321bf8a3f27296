-- What PostgreSQL has in place of SQLite's own kinds of tables and functions. The tables of schema 1
-- are made from ../1.sql; postgres.py says how.

-- The terms of each passage, each once, and once more with "#2" where it occurs again; "length" counts
-- all of them. A table for each kind: the pieces take three times the room of the words.
CREATE TABLE words (
    passage_id BIGINT PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    terms TSVECTOR NOT NULL,
    length FLOAT8 NOT NULL
);
CREATE INDEX words_terms ON words USING gin (terms);
CREATE TABLE grams (
    passage_id BIGINT PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    terms TSVECTOR NOT NULL,
    length FLOAT8 NOT NULL
);
CREATE INDEX grams_terms ON grams USING gin (terms);

-- In how many passages a term occurs. Room on each page, for it is updated in place.
CREATE TABLE words_vocabulary (term TEXT COLLATE "C" PRIMARY KEY, doc BIGINT NOT NULL) WITH (fillfactor = 70);
CREATE TABLE grams_vocabulary (term TEXT COLLATE "C" PRIMARY KEY, doc BIGINT NOT NULL) WITH (fillfactor = 70);

CREATE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT document::json ->> substr(path, 3) $$;

CREATE FUNCTION json_of(items BIGINT[]) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT array_to_json(items)::text $$;
CREATE AGGREGATE json_group_array(BIGINT) (
    SFUNC = array_append, STYPE = BIGINT[], INITCOND = '{}', FINALFUNC = json_of
);

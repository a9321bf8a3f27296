-- The triggers of ../3.sql.
CREATE FUNCTION forget_reindexed() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN DELETE FROM reindexed WHERE passage_id = old.id; RETURN NULL; END $$;
CREATE TRIGGER reindexed_changed AFTER UPDATE OF vector, sentence_vectors, tokens ON passages FOR EACH ROW
WHEN (old.vector IS DISTINCT FROM new.vector OR old.sentence_vectors IS DISTINCT FROM new.sentence_vectors)
EXECUTE FUNCTION forget_reindexed();
CREATE TRIGGER reindexed_removed AFTER DELETE ON passages FOR EACH ROW EXECUTE FUNCTION forget_reindexed();

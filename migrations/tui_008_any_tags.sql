-- A newer Genie may add a column to tags whose type knows no equality, such as json: bytes are
-- compared, so that its updates go on.
CREATE OR REPLACE TRIGGER tui_tags_updated
    AFTER UPDATE ON tags
    FOR EACH ROW WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION tui_announce_all();

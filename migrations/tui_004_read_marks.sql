-- Up to where somebody has read: a message's id in a conversation, a time in mail and team chat. A
-- letter to oneself has a flag of its own, `mailbox.read`; marks are for all else.

CREATE TABLE IF NOT EXISTS tui_read_marks (
    actor_type varchar(20) NOT NULL
        CHECK (actor_type IN ('local', 'genie_os_user', 'omni_agent')),
    actor_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('conversation', 'mail', 'chat')),
    -- A conversation's id; the two who write to each other; a team and its repo_path.
    target text NOT NULL,
    last_read_id bigint,
    last_read_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    conversation_id text REFERENCES conversations (id) ON DELETE CASCADE
        GENERATED ALWAYS AS (CASE WHEN kind = 'conversation' THEN target END) STORED,
    PRIMARY KEY (actor_type, actor_id, kind, target),
    CHECK ((kind = 'conversation') = (last_read_id IS NOT NULL)),
    CHECK ((kind = 'conversation') = (last_read_at IS NULL))
);

-- What goes with a conversation.
CREATE INDEX IF NOT EXISTS tui_read_marks_conversation ON tui_read_marks (conversation_id)
    WHERE conversation_id IS NOT NULL;

-- What came into a conversation after a mark, without a look at what came before it.
CREATE INDEX IF NOT EXISTS tui_messages_conversation ON messages (conversation_id, id);

-- The few messages in which anybody can be named.
CREATE INDEX IF NOT EXISTS tui_messages_naming ON messages (id) WHERE strpos(body, '@') > 0;

-- Where something was said last.
CREATE INDEX IF NOT EXISTS tui_conversations_updated ON conversations (updated_at);

-- Letters of two to each other. Names can be longer than an index holds, hence the hash.
CREATE INDEX IF NOT EXISTS tui_mailbox_between ON mailbox (
    hashtextextended(
        least(from_worker COLLATE "C", to_worker COLLATE "C") || chr(31)
        || greatest(from_worker COLLATE "C", to_worker COLLATE "C"), 0),
    created_at
);

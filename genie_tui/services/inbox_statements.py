"""What is asked of the tables of talk: statements that no number of messages makes slow.

Every list is made of candidates from an index, and what is told of each is found by an index, too.
"""

from __future__ import annotations

from genie_tui.services.cards import clamped

__all__ = [
    "ALL_CHATS",
    "ALL_MAIL",
    "ALL_TALKS",
    "COUNTED_AT_MOST",
    "MAIL_TARGET",
    "PAIR",
    "SOME_CHATS",
    "SOME_MAIL",
    "SOME_TALKS",
    "UNREAD_LETTERS",
    "UNREAD_TALKS",
    "pair",
    "target",
]

COUNTED_AT_MOST = 1000
"""Unread messages of one talk that are counted."""

SHOWN = 200
"""Letters of a title or of the last words that a list needs."""

NAMED_IN = 500
"""Messages with an @ in them, the newest, in which the actor's name is looked for."""

RECENT = 5000
"""Messages, the newest, whose tasks' people hear of them without being members."""

LOOKED_AT = 200
"""Letters of two, the newest, among which one of the project makes their talk one of it."""

ROOMS = 2000
"""Pairs who write to each other, or chats, that are looked at."""

# Who names me. The index holds only what has an @ in it.
NAMED = f"""named AS MATERIALIZED (
    SELECT n.conversation_id AS id, min(n.id) AS first, max(n.id) AS last
      FROM (SELECT m.id, m.conversation_id, m.body
              FROM messages m
             WHERE strpos(m.body, '@') > 0
               AND (m.sender_type, m.sender_id) <> (%(type)s, %(me)s)
             ORDER BY m.id DESC
             LIMIT {NAMED_IN}) n
     WHERE n.body ~* %(naming)s
     GROUP BY n.conversation_id)"""

# What may call me. All tasks of somebody can be many: of those one is not a member of the
# conversation, the ones of which something was said lately are looked at.
CALLING = f"""spoken AS MATERIALIZED (
    SELECT DISTINCT m.conversation_id AS id
      FROM (SELECT conversation_id FROM messages ORDER BY id DESC LIMIT {RECENT}) m),
calling AS (
    SELECT conversation_id AS id
      FROM conversation_members
     WHERE actor_type = %(type)s AND actor_id = %(me)s
     UNION
    SELECT id FROM named
     UNION
    SELECT c.id
      FROM spoken s
     CROSS JOIN LATERAL (SELECT c.* FROM conversations c WHERE c.id = s.id OFFSET 0) c
      JOIN task_actors a ON c.linked_entity = 'task' AND a.task_id = c.linked_entity_id
       AND a.actor_type = %(type)s AND a.actor_id = %(me)s
     UNION
    SELECT c.id
      FROM spoken s
     CROSS JOIN LATERAL (SELECT c.* FROM conversations c WHERE c.id = s.id OFFSET 0) c
      JOIN messages p ON p.id = c.parent_message_id
       AND p.sender_type = %(type)s AND p.sender_id = %(me)s)"""

# Of the conversations `ids`: the message and the conversation on which each hangs, its task, what
# the actor is in it. Without a mark, what was said before the actor came in or spoke last is read.
# OFFSET 0: each is found by its id, be they few or many; no table is worth reading through.
_OF = f"""
     CROSS JOIN LATERAL (SELECT c.* FROM conversations c WHERE c.id = ids.id OFFSET 0) c
      LEFT JOIN LATERAL (
           SELECT p.sender_type, p.sender_id, p.body, o.id AS over, o.name AS over_name,
                  o.linked_entity, o.linked_entity_id
             FROM messages p JOIN conversations o ON o.id = p.conversation_id
            WHERE p.id = c.parent_message_id
           OFFSET 0) p ON true
      LEFT JOIN LATERAL (
           SELECT t.id, t.seq, t.title, t.stage, t.project_id
             FROM tasks t
            WHERE t.id = CASE 'task' WHEN c.linked_entity THEN c.linked_entity_id
                                     WHEN p.linked_entity THEN p.linked_entity_id END
           OFFSET 0) t ON true
      LEFT JOIN conversation_members member ON member.conversation_id = c.id
       AND member.actor_type = %(type)s AND member.actor_id = %(me)s
      LEFT JOIN tui_read_marks k ON k.actor_type = %(type)s AND k.actor_id = %(me)s
       AND k.kind = 'conversation' AND k.target = c.id
      LEFT JOIN named n ON n.id = c.id
     CROSS JOIN LATERAL (
           SELECT member.role IS NOT NULL
               OR coalesce((p.sender_type, p.sender_id) = (%(type)s, %(me)s), false)
               OR EXISTS (
                  SELECT FROM task_actors a
                   WHERE c.linked_entity = 'task' AND a.task_id = c.linked_entity_id
                     AND a.actor_type = %(type)s AND a.actor_id = %(me)s
                  OFFSET 0) AS concerned,
               coalesce(n.last > coalesce(k.last_read_id, 0), false) AS mentioned) x
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (
                  WHERE NOT said.own AND (k.last_read_id IS NOT NULL
                                          OR said.id > coalesce(said.last_own, 0))) AS unread
             FROM (SELECT m.id, m.own, max(m.id) FILTER (WHERE m.own) OVER () AS last_own
                     FROM (SELECT m.id, m.created_at,
                                  (m.sender_type, m.sender_id) = (%(type)s, %(me)s) AS own
                             FROM messages m
                            WHERE m.conversation_id = c.id
                              AND (k.last_read_id IS NOT NULL OR x.concerned OR x.mentioned)
                              AND m.id > coalesce(k.last_read_id,
                                                  CASE WHEN NOT x.concerned THEN n.first - 1 END,
                                                  0)
                            ORDER BY m.id DESC
                            LIMIT {COUNTED_AT_MOST}) m
                    WHERE k.last_read_id IS NOT NULL OR member.joined_at IS NULL
                       OR m.created_at >= member.joined_at) said) u"""

_IN_PROJECT = """(%(project)s::text IS NULL OR t.id IS NULL OR t.project_id = %(project)s)"""

UNREAD_TALKS = f"""
  WITH {NAMED}, {CALLING}
SELECT c.id, u.unread
  FROM calling AS ids {_OF}
 WHERE u.unread > 0 AND (x.concerned OR x.mentioned) AND {_IN_PROJECT}
"""

_TALKS = f"""
SELECT c.id, c.type, left(c.name, {SHOWN}) AS name, c.linked_entity, c.linked_entity_id,
       c.parent_message_id, p.over,
       {clamped("greatest(c.updated_at, said.created_at)")} AS at,
       t.id AS task_id, t.seq, left(t.title, {SHOWN}) AS task_title, t.stage,
       p.sender_id AS up_sender, left(p.body, {SHOWN}) AS up_text,
       left(p.over_name, {SHOWN}) AS over_name,
       ARRAY(SELECT m.actor_type || '/' || left(m.actor_id, {SHOWN})
               FROM conversation_members m
              WHERE m.conversation_id = c.id
              ORDER BY m.actor_id, m.actor_type
              LIMIT 10) AS members,
       left(said.sender_id, {SHOWN}) AS sender, said.text, u.unread,
       x.concerned OR x.mentioned AS mine, x.mentioned, member.role = 'read_only' AS read_only
  FROM ids {_OF}
  LEFT JOIN LATERAL (
       SELECT w.sender_id, left(w.body, {SHOWN}) AS text, w.created_at
         FROM (SELECT m.id, m.sender_id, m.body, m.created_at
                 FROM messages m
                WHERE m.conversation_id = c.id
                ORDER BY m.created_at DESC
                FETCH FIRST ROW WITH TIES) w
        ORDER BY w.id DESC
        LIMIT 1) said ON true
 WHERE {_IN_PROJECT}
 ORDER BY at DESC, c.id
"""

# Whoever writes touches the conversation; what another client may not have touched is found among
# the newest messages, and what is unread stands in the list however old it is.
ALL_TALKS = f"""
  WITH {NAMED},
ids AS (
    (SELECT c.id
       FROM conversations c
       LEFT JOIN tasks t ON c.linked_entity = 'task' AND t.id = c.linked_entity_id
      WHERE {_IN_PROJECT}
      ORDER BY c.updated_at DESC
      LIMIT %(limit)s)
     UNION
    SELECT c.id
      FROM (SELECT conversation_id, created_at
              FROM messages
             ORDER BY created_at DESC, id DESC
             LIMIT {NAMED_IN}) m
     CROSS JOIN LATERAL (SELECT c.* FROM conversations c WHERE c.id = m.conversation_id OFFSET 0) c
     WHERE c.updated_at < m.created_at
     UNION
    SELECT unnest(%(called)s::text[]))
{_TALKS} LIMIT 2 * %(limit)s
"""

SOME_TALKS = f"""
  WITH {NAMED},
ids AS (
    SELECT unnest(%(ids)s::text[]) AS id
     UNION
    SELECT conversation_id FROM messages WHERE id = ANY(%(messages)s::bigint[]))
{_TALKS}
"""


# Mail


def pair(one: str, other: str) -> str:
    """What letters of two are found by, whoever wrote them, as the index has it."""
    low, high = f'{one} COLLATE "C"', f'{other} COLLATE "C"'
    both = f"least({low}, {high}) || chr(31) || greatest({low}, {high})"
    return f"hashtextextended({both}, 0)"


def target(one: str, other: str) -> str:
    """What a mark of two names is kept under; longer ones by their hash, which an index holds."""
    both = f"{one} || chr(31) || {other}"
    return (
        f"CASE WHEN octet_length({one}) + octet_length({other}) < 1000 THEN {both}"
        f" ELSE hashtextextended({both}, 0)::text END"
    )


PAIR = pair("from_worker", "to_worker")

_LOW = 'least(m.from_worker COLLATE "C", m.to_worker COLLATE "C")'
_HIGH = 'greatest(m.from_worker COLLATE "C", m.to_worker COLLATE "C")'

MAIL_TARGET = target("w.one", "w.other")

_REPO = "(SELECT repo_path FROM projects WHERE id = %(project)s)"

_MAIL = f"""
unread AS (
    SELECT m.from_worker AS sender, count(*) AS unread
      FROM mailbox m
     WHERE m.to_worker = %(me)s AND NOT m.read
     GROUP BY m.from_worker)
SELECT w.one, w.other, {clamped("w.created_at")} AS at, left(w.from_worker, {SHOWN}) AS sender,
       left(w.body, {SHOWN}) AS text, %(me)s IN (w.one, w.other) AS mine,
       least(coalesce(CASE WHEN %(me)s IN (w.one, w.other) THEN unread.unread
                      ELSE seen.unread END, 0), {COUNTED_AT_MOST}) AS unread
  FROM (SELECT id FROM pairs WHERE id IS NOT NULL LIMIT {ROOMS}) pairs
 CROSS JOIN LATERAL (
       SELECT l.*
         FROM (SELECT {_LOW} AS one, {_HIGH} AS other, m.from_worker, m.body, m.created_at, m.id,
                      m.repo_path
                 FROM mailbox m
                WHERE {pair("m.from_worker", "m.to_worker")} = pairs.id
                ORDER BY m.created_at DESC
                LIMIT {LOOKED_AT}) l
        WHERE %(project)s::text IS NULL OR %(me)s IN (l.one, l.other) OR l.repo_path = {_REPO}
        ORDER BY l.created_at DESC
        LIMIT 1) w
  LEFT JOIN unread
         ON unread.sender = CASE %(me)s WHEN w.one THEN w.other WHEN w.other THEN w.one END
  LEFT JOIN tui_read_marks k ON k.actor_type = %(type)s AND k.actor_id = %(me)s
   AND k.kind = 'mail' AND k.target = {MAIL_TARGET}
  LEFT JOIN LATERAL (
       SELECT count(*) AS unread
         FROM (SELECT FROM mailbox m
                WHERE {pair("m.from_worker", "m.to_worker")} = pairs.id
                  AND m.created_at > k.last_read_at
                LIMIT {COUNTED_AT_MOST}) m) seen ON k.target IS NOT NULL
 ORDER BY at DESC, w.one, w.other
"""

ALL_MAIL = f"""
  WITH RECURSIVE pairs AS (
    (SELECT {PAIR} AS id FROM mailbox ORDER BY 1 LIMIT 1)
     UNION ALL
    SELECT (SELECT {PAIR} FROM mailbox WHERE {PAIR} > pairs.id ORDER BY 1 LIMIT 1)
      FROM pairs
     WHERE pairs.id IS NOT NULL),
{_MAIL} LIMIT %(limit)s
"""

SOME_MAIL = f"""
  WITH pairs AS (
    SELECT {pair("w.one", "w.other")} AS id
      FROM unnest(%(ones)s::text[], %(others)s::text[]) AS w (one, other)
     UNION
    SELECT {PAIR} FROM mailbox WHERE id = ANY(%(letters)s)),
{_MAIL}
"""

UNREAD_LETTERS = "SELECT count(*) FROM mailbox WHERE to_worker = %(me)s AND NOT read"


# Team chat

_CHATS = f"""
SELECT rooms.team, rooms.repo_path, {clamped("said.created_at")} AS at,
       left(said.sender, {SHOWN}) AS sender, said.text, u.unread
  FROM (SELECT * FROM rooms LIMIT {ROOMS}) rooms
 CROSS JOIN LATERAL (
       SELECT m.sender, left(m.body, {SHOWN}) AS text, m.created_at
         FROM team_chat m
        WHERE m.team = rooms.team AND m.repo_path = rooms.repo_path
        ORDER BY m.created_at DESC
        LIMIT 1) said
  LEFT JOIN tui_read_marks k ON k.actor_type = %(type)s AND k.actor_id = %(me)s
   AND k.kind = 'chat' AND k.target = {target("rooms.team", "rooms.repo_path")}
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE m.sender <> %(me)s
                                 AND (k.last_read_at IS NOT NULL OR m.last_own IS NULL
                                      OR m.created_at > m.last_own)) AS unread
         FROM (SELECT m.sender, m.created_at,
                      max(m.created_at) FILTER (WHERE m.sender = %(me)s) OVER () AS last_own
                 FROM (SELECT m.sender, m.created_at
                         FROM team_chat m
                        WHERE m.team = rooms.team AND m.repo_path = rooms.repo_path
                          AND m.created_at > coalesce(k.last_read_at, '-infinity')
                        ORDER BY m.created_at DESC
                        LIMIT {COUNTED_AT_MOST}) m) m) u
 WHERE %(project)s::text IS NULL OR rooms.repo_path = {_REPO}
 ORDER BY at DESC, rooms.team
"""

ALL_CHATS = f"""
  WITH RECURSIVE rooms AS (
    (SELECT team, repo_path FROM team_chat ORDER BY team, repo_path LIMIT 1)
     UNION ALL
    SELECT n.team, n.repo_path
      FROM rooms CROSS JOIN LATERAL (
           SELECT m.team, m.repo_path
             FROM team_chat m
            WHERE (m.team, m.repo_path) > (rooms.team, rooms.repo_path)
            ORDER BY m.team, m.repo_path
            LIMIT 1) n)
{_CHATS} LIMIT %(limit)s
"""

SOME_CHATS = f"""
  WITH rooms AS (
    SELECT r.team, r.repo_path
      FROM unnest(%(teams)s::text[], %(repos)s::text[]) AS r (team, repo_path))
{_CHATS}
"""

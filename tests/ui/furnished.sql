-- A project with a little of everything; ages lie in the middle of what they are told in.
INSERT INTO projects (id, name, repo_path) VALUES ('proj-acme', 'acme', '/src/acme');

INSERT INTO boards (id, name, project_id, columns, config)
SELECT 'board-acme', 'Sprint 12', 'proj-acme',
       jsonb_agg(jsonb_set(c, '{id}', to_jsonb('column-' || n)) ORDER BY n), '{"wip": {"build": 2}}'
  FROM board_templates b, jsonb_array_elements(b.columns) WITH ORDINALITY AS e (c, n)
 WHERE b.name = 'software' AND c ->> 'name' IN ('draft', 'wish', 'build', 'review', 'qa', 'ship');

INSERT INTO tasks (id, repo_path, project_id, board_id, stage, column_id, title, priority, status,
                   description, acceptance_criteria, created_at, updated_at, estimated_effort)
SELECT 'task-' || lpad(n::text, 8, '0'), '/src/acme', 'proj-acme', 'board-acme', stage,
       (SELECT c ->> 'id' FROM boards b, jsonb_array_elements(b.columns) c
         WHERE b.id = 'board-acme' AND c ->> 'name' = stage),
       title, priority, status, description, criteria,
       now() - (20 - n) * interval '1 day' - interval '12 hours',
       now() - (20 - n) * interval '1 day' - interval '11 hours', effort
  FROM (VALUES
    (1, 'draft', 'Invoices in the language of whoever gets them', 'normal', 'ready',
     NULL, NULL, NULL),
    (2, 'wish', 'Export of all invoices as CSV', 'high', 'ready', NULL, NULL, '2 days'),
    (3, 'wish', 'Keyboard shortcuts 漢字 in the editor', 'low', 'ready', NULL, NULL, NULL),
    (4, 'build', 'Token refresh survives a restart', 'urgent', 'in_progress',
     E'## Why\n\nWhoever is logged in loses the session when the server restarts.',
     E'- [x] refresh survives a restart\n- [ ] no double login', '4h'),
    (5, 'build', 'Pool of connections', 'normal', 'ready', NULL, NULL, NULL),
    (6, 'build', 'Retry what failed for the network', 'high', 'in_progress', NULL, NULL, NULL),
    (7, 'review', 'Rate limits tell when to come back', 'high', 'ready',
     E'A `429` says nothing today.', E'- [x] 429 with Retry-After\n- [ ] burst test', NULL),
    (8, 'review', 'Documentation of the API', 'normal', 'blocked', NULL, NULL, NULL),
    (9, 'qa', 'End-to-end test is flaky', 'normal', 'in_progress', NULL, NULL, NULL),
    (10, 'ship', 'Smoke test after each release', 'low', 'done', NULL, NULL, NULL)
  ) AS t (n, stage, title, priority, status, description, criteria, effort)
 ORDER BY n;

UPDATE tasks SET blocked_reason = 'waits for the wording of sales' WHERE seq = 8;
UPDATE tasks SET due_date = now() + interval '2 days 12 hours' WHERE seq = 2;
UPDATE tasks SET due_date = now() - interval '3 days 12 hours' WHERE seq = 5;
UPDATE tasks SET checkout_run_id = 'agent-eng-1', execution_locked_at = now() - interval '2 minutes',
       started_at = now() - interval '38 minutes 30 seconds' WHERE seq = 4;
UPDATE tasks SET checkout_run_id = 'agent-eng-3', execution_locked_at = now() - interval '24 minutes 30 seconds'
 WHERE seq = 6;
UPDATE tasks SET checkout_run_id = 'agent-qa-1', execution_locked_at = now() - interval '1 minute',
       parent_id = 'task-00000004' WHERE seq = 9;

INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id, created_at)
VALUES ('task-00000007', 'review', 'agent', 'local', 'eng-2', now() - interval '3 hours 30 minutes');

INSERT INTO task_dependencies (task_id, depends_on_id, dep_type)
VALUES ('task-00000002', 'task-00000004', 'depends_on'),
       ('task-00000005', 'task-00000007', 'depends_on'),
       ('task-00000005', 'task-00000004', 'depends_on'),
       ('task-00000001', 'task-00000002', 'depends_on'),
       ('task-00000003', 'task-00000001', 'relates_to');

INSERT INTO task_actors (task_id, actor_type, actor_id, role)
VALUES ('task-00000004', 'local', 'eng-1', 'assignee'), ('task-00000004', 'local', 'ada', 'creator'),
       ('task-00000007', 'local', 'eng-2', 'assignee'), ('task-00000009', 'local', 'qa-1', 'assignee');

INSERT INTO task_tags (task_id, tag_id)
VALUES ('task-00000004', 'bug'), ('task-00000002', 'feature'), ('task-00000007', 'improvement');

INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id, gate_type, created_at)
SELECT t.id, f, s, 'local', who, gate, t.created_at + h * interval '1 hour'
  FROM tasks t
  JOIN (VALUES (4, 'draft', 'wish', 'ada', 'human', 30.5), (4, 'wish', 'build', 'ada', 'human', 80.5),
               (7, 'draft', 'build', 'ada', 'human', 20.5), (7, 'build', 'review', 'eng-2', 'agent', 60.5),
               (10, 'qa', 'ship', 'qa-1', 'agent', 9.5)) AS m (n, f, s, who, gate, h) ON m.n = t.seq;

INSERT INTO conversations (id, name, type, linked_entity, linked_entity_id, created_at)
VALUES ('conv-4', 'Task #4', 'group', 'task', 'task-00000004', now() - interval '40 minutes'),
       ('conv-7', 'Task #7', 'group', 'task', 'task-00000007', now() - interval '4 hours'),
       ('conv-dm', NULL, 'dm', NULL, NULL, now() - interval '2 hours'),
       ('conv-g', 'Release 3', 'group', NULL, NULL, now() - interval '2 days');

INSERT INTO conversation_members (conversation_id, actor_type, actor_id)
VALUES ('conv-4', 'local', 'ada'), ('conv-4', 'local', 'eng-1'), ('conv-7', 'local', 'eng-2'),
       ('conv-dm', 'local', 'ada'), ('conv-dm', 'local', 'mira'), ('conv-g', 'local', 'ada'),
       ('conv-g', 'local', 'mira');

INSERT INTO messages (conversation_id, sender_type, sender_id, body, created_at, updated_at)
SELECT c, 'local', who, body, now() - m * interval '1 minute', now() - m * interval '1 minute'
  FROM (VALUES ('conv-g', 'mira', 'We freeze on Thursday.', 2000.5),
               ('conv-7', 'eng-2', 'Ready; the burst test is skipped on CI.', 200.5),
               ('conv-dm', 'mira', 'Could you go through triage before lunch?', 95.5),
               ('conv-4', 'eng-1', 'Found the cause: the cache key lacks the tenant.', 33.5),
               ('conv-4', 'ada', 'Please behind a flag.', 22.5),
               ('conv-4', 'eng-1', 'Tests green, opening the pull request.', 8.5)) AS t (c, who, body, m)
 ORDER BY m DESC;

UPDATE conversations c
   SET updated_at = (SELECT max(m.created_at) FROM messages m WHERE m.conversation_id = c.id);

UPDATE messages SET reply_to_id = (SELECT min(id) FROM messages WHERE conversation_id = 'conv-4')
 WHERE conversation_id = 'conv-4' AND sender_id = 'ada';

INSERT INTO agents (id, pane_id, session, started_at, state, last_state_change, repo_path,
                    custom_name, role, team, task_id, task_title, transport, created_at, updated_at)
VALUES ('eng-1', 'inline', 's', now() - interval '5 hours 30 minutes', 'working',
        now() - interval '38 minutes 30 seconds', '/src/acme', 'eng-1', 'engineer', 'acme',
        'task-00000004', 'Token refresh survives a restart', 'inline', now() - interval '5 hours',
        now() - interval '3 minutes 30 seconds'),
       ('eng-2', 'inline', 's', now() - interval '5 hours 30 minutes', 'permission',
        now() - interval '4 minutes 30 seconds', '/src/acme', 'eng-2', 'engineer', 'acme',
        'task-00000007', 'Rate limits tell when to come back', 'inline', now() - interval '5 hours',
        now() - interval '3 minutes 30 seconds'),
       ('qa-1', 'inline', 's', now() - interval '5 hours 30 minutes', 'idle',
        now() - interval '50 minutes 30 seconds', '/src/acme', 'qa-1', 'tester', 'acme',
        NULL, NULL, 'inline', now() - interval '5 hours',
        now() - interval '3 minutes 30 seconds');

INSERT INTO teams (name, repo, worktree_path, leader, members)
VALUES ('acme', '/src/acme', '/src/acme-worktrees', 'mira', '["eng-1", "eng-2", "qa-1"]');

INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path, created_at)
VALUES ('mail-1', 'eng-1', 'ada', 'The branch for #4 is up.', '/src/acme', now() - interval '9 minutes 30 seconds');

INSERT INTO team_chat (id, team, repo_path, sender, body, created_at)
VALUES ('chat-1', 'acme', '/src/acme', 'qa-1', 'Staging is back.', now() - interval '70 minutes 30 seconds');

INSERT INTO schedules (id, name, cron_expression, command) VALUES ('sched-1', 'nightly-qa', '0 2 * * *', 'true');
INSERT INTO triggers (id, schedule_id, due_at, status, completed_at)
VALUES ('trig-1', 'sched-1', now() - interval '6 hours 30 minutes', 'failed', now() - interval '6 hours 30 minutes');
INSERT INTO runs (id, trigger_id, status, output, error, exit_code, started_at, completed_at)
VALUES ('run-1', 'trig-1', 'failed', '213 passed, 1 failed', 'test_checkout_is_quick: 4.2 s', 1,
        now() - interval '6 hours 31 minutes', now() - interval '6 hours 30 minutes');

INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
SELECT type, id, event, who, details::jsonb, now() - m * interval '1 minute'
  FROM (VALUES ('task', 'task-00000010', 'done', 'qa-1', '{}', 190.5),
               ('task', 'task-00000004', 'checkout', 'eng-1', '{"run": "agent-eng-1"}', 38.5),
               ('task', 'task-00000006', 'checkout', 'eng-3', '{"run": "agent-eng-3"}', 24.5),
               ('otel_api', 'session-eng-1', 'request', 'eng-1', '{"cost_usd": 1.12, "model": "m"}', 12.5),
               ('otel_tool', 'session-eng-1', 'call', 'eng-1', '{"tool": "Bash"}', 12.4),
               ('otel_tool', 'session-eng-1', 'call', 'eng-1', '{"tool": "Edit"}', 12.3),
               ('otel_tool', 'session-eng-1', 'call', 'eng-1', '{"tool": "Bash"}', 12.2)
       ) AS e (type, id, event, who, details, m)
 ORDER BY m DESC;

INSERT INTO sessions (id, agent_id, team, task_id, role, status, started_at, total_turns)
VALUES ('session-eng-1', 'eng-1', 'acme', 'task-00000004', 'engineer', 'active', now() - interval '38 minutes', 4);
INSERT INTO session_content (session_id, turn_index, role, content, tool_name, timestamp)
VALUES ('session-eng-1', 0, 'user', 'The task is yours.', NULL, now() - interval '38 minutes 30 seconds'),
       ('session-eng-1', 1, 'assistant', 'I start with a failing test.', NULL, now() - interval '37 minutes 30 seconds'),
       ('session-eng-1', 2, 'tool', 'FAILED test_totals.py', 'Bash', now() - interval '36 minutes 30 seconds'),
       ('session-eng-1', 3, 'assistant', 'It fails for the right reason.', NULL, now() - interval '35 minutes 30 seconds');

INSERT INTO app_store (id, name, item_type, version, description, author_name, approval_status, manifest, installed_at)
VALUES ('item-1', 'review-bot', 'agent', '1.4.2', 'Reads every diff at review', 'mira', 'approved', '{"name": "review-bot"}', now() - interval '40 days'),
       ('item-2', 'bug-triage', 'board', '1.0.0', 'A board for bugs', 'mira', 'local', '{}', now() - interval '40 days');
INSERT INTO installed_apps (app_store_id, install_path) VALUES ('item-1', '/items/review-bot');

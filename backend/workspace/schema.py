"""Tables of the workspace, as one ordered list of migrations.

A migration is never edited once released: a later one carries old files forward. All times are integer epoch
seconds, UTC. Columns named in JSON hold a JSON text. Resource tables (`aws_s3_bucket` …) are declared in
`backend.inventory` and made to fit their declarations by `backend.inventory.store.ensure_tables`.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from backend.workspace.version import APPLICATION_ID, SCHEMA_VERSION

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "migrations"]


migrations = Migrations("vedette")

_START = """
CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL                       -- JSON
) STRICT;

CREATE TABLE analyst (                      -- the *who* of triage and audit log
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL CHECK (provider IN ('aws', 'azure', 'gcp', 'kubernetes')),
  name TEXT NOT NULL UNIQUE,                -- what the analyst calls it
  kind TEXT NOT NULL,                       -- aws: profile, keys, role, organization, member
  cloud_id TEXT NOT NULL DEFAULT '',        -- 12 digits once known (sts:GetCallerIdentity)
  alias TEXT NOT NULL DEFAULT '',           -- IAM account alias or organization's name of it
  options TEXT NOT NULL DEFAULT '{}',       -- JSON: profile, role_arn, external_id, mfa_serial, endpoint_url, regions, member_role …; no secret
  secret INTEGER REFERENCES secret (id) ON DELETE SET NULL,
  parent INTEGER REFERENCES account (id) ON DELETE CASCADE,  -- the organization that listed it
  selected INTEGER NOT NULL DEFAULT 1 CHECK (selected IN (0, 1)),
  demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
  identity TEXT NOT NULL DEFAULT '',        -- ARN we were when last tested
  tested_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE secret (                       -- AEAD blobs; never leaves with an export
  id INTEGER PRIMARY KEY,
  purpose TEXT NOT NULL,
  blob BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE scan (                         -- one run over one cloud account
  id INTEGER PRIMARY KEY,
  account INTEGER REFERENCES account (id) ON DELETE SET NULL,
  provider TEXT NOT NULL,
  cloud_id TEXT NOT NULL,                   -- whose resources: equals `account` of the resource tables
  batch TEXT NOT NULL DEFAULT '',           -- scans begun together (an organization) share it
  state TEXT NOT NULL CHECK (state IN ('running', 'interrupted', 'done', 'cancelled', 'failed')),
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  identity TEXT NOT NULL DEFAULT '',
  product_version TEXT NOT NULL,
  rules_digest TEXT NOT NULL DEFAULT '',    -- SHA-256 over the enabled rules
  regions TEXT NOT NULL DEFAULT '[]',       -- JSON list of regions in scope
  left_out TEXT NOT NULL DEFAULT '[]',      -- JSON list of the account's regions that this scan was told to leave out
  plan TEXT NOT NULL DEFAULT '[]',          -- JSON list of operations in the plan
  calls INTEGER NOT NULL DEFAULT 0,
  resources INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX scan_account ON scan (cloud_id, id);

CREATE TABLE scan_unit (                    -- (listing, region) finished in a scan: what a resumed scan skips
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  unit TEXT NOT NULL,                       -- 'ec2.DescribeVolumes'
  region TEXT NOT NULL,
  resources INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  PRIMARY KEY (scan, unit, region)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_call_outcome (             -- each call's outcome; per resource where the call is per resource
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  account TEXT NOT NULL,                    -- cloud id
  region TEXT NOT NULL,                     -- 'global' for a global service
  operation TEXT NOT NULL,                  -- 's3.GetBucketEncryption'
  resource TEXT NOT NULL DEFAULT '',        -- uid, or '' for a listing
  outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'denied', 'throttled', 'not_in_region', 'unsupported', 'failed', 'cancelled')),
  code TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL,
  PRIMARY KEY (scan, operation, region, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcome_bad ON api_call_outcome (scan, outcome) WHERE outcome <> 'ok';

CREATE TABLE rule (                         -- the loaded rules, as the engine last read them from their files
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
  severity_rank INTEGER NOT NULL,           -- 5..1, also the weight in the score
  provider TEXT NOT NULL,
  service TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  definition TEXT NOT NULL,                 -- JSON: where, pass, query, reason, rationale, remediation, frameworks, equivalents, tests
  operations TEXT NOT NULL DEFAULT '[]',    -- JSON: derived
  permissions TEXT NOT NULL DEFAULT '[]',   -- JSON: derived
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  error TEXT NOT NULL DEFAULT '',           -- why it cannot run; '' when it can
  loaded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE framework_requirement (
  framework TEXT NOT NULL,                  -- 'cis-aws-5.0'
  framework_title TEXT NOT NULL,
  id TEXT NOT NULL,                         -- '2.1.4'
  title TEXT NOT NULL,                      -- our own words
  section TEXT NOT NULL DEFAULT '',
  sort INTEGER NOT NULL,
  manual INTEGER NOT NULL DEFAULT 0 CHECK (manual IN (0, 1)),  -- 1: a person judges it, rules are evidence at most
  PRIMARY KEY (framework, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_requirement (
  rule TEXT NOT NULL,
  framework TEXT NOT NULL,
  requirement TEXT NOT NULL,
  PRIMARY KEY (rule, framework, requirement)
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_requirement_framework ON rule_requirement (framework, requirement);

CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  account TEXT NOT NULL,                    -- cloud id
  resource TEXT NOT NULL,                   -- uid (ARN where there is one)
  resource_type TEXT NOT NULL,
  service TEXT NOT NULL,
  provider TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  severity TEXT NOT NULL,
  severity_rank INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pass', 'fail', 'unknown')),
  presence TEXT NOT NULL DEFAULT 'present' CHECK (presence IN ('present', 'gone', 'stale')),
  state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'open', 'in_progress', 'muted', 'resolved')),
  reopened INTEGER NOT NULL DEFAULT 0 CHECK (reopened IN (0, 1)),
  reason TEXT NOT NULL,                     -- the rendered template
  evidence TEXT NOT NULL DEFAULT '{}',      -- JSON: column -> value the verdict rests on
  missing TEXT NOT NULL DEFAULT '[]',       -- JSON: [{operation, outcome, permission}] behind an unknown
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  changed INTEGER NOT NULL,                 -- when status last changed
  first_scan INTEGER NOT NULL,
  last_scan INTEGER NOT NULL,
  assignee TEXT NOT NULL DEFAULT '',
  mute_reason TEXT NOT NULL DEFAULT '' CHECK (mute_reason IN ('', 'false positive', 'accepted risk', 'fix pending', 'other')),
  mute_note TEXT NOT NULL DEFAULT '',
  muted_by TEXT NOT NULL DEFAULT '',
  mute_until INTEGER,                       -- NULL while muted: without end
  UNIQUE (rule, account, resource)
) STRICT;
CREATE INDEX finding_worst ON finding (severity_rank DESC, changed DESC, id, status, state, presence, rule, account, region, service);
CREATE INDEX finding_counts ON finding (rule, account, region, status, state, presence, severity_rank, service, changed, first_seen);
CREATE INDEX finding_status ON finding (status, state, severity_rank DESC, id);
CREATE INDEX finding_resource ON finding (resource);
CREATE INDEX finding_account ON finding (account, rule, status);

CREATE TABLE finding_history (              -- every change of status or presence
  id INTEGER PRIMARY KEY,
  finding INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
  scan INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status_before TEXT NOT NULL,              -- '' for a new finding
  status TEXT NOT NULL,
  presence TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX finding_history_finding ON finding_history (finding, id);
CREATE INDEX finding_history_scan ON finding_history (scan, finding);

CREATE TABLE triage (                       -- every decision about a finding, ours or imported
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,                -- so an import is never applied twice
  rule TEXT NOT NULL,
  account TEXT NOT NULL,
  resource TEXT NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  state_before TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  until INTEGER,
  assignee TEXT NOT NULL DEFAULT '',
  origin TEXT NOT NULL DEFAULT 'here' CHECK (origin IN ('here', 'scan', 'imported', 'undo'))
) STRICT;
CREATE INDEX triage_finding ON triage (rule, account, resource, at);

CREATE TABLE comment (
  id INTEGER PRIMARY KEY,
  finding INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX comment_finding ON comment (finding, id);

CREATE TABLE asset_label (
  account TEXT NOT NULL,
  resource TEXT NOT NULL,
  key TEXT NOT NULL CHECK (key IN ('environment', 'owner', 'criticality', 'sensitivity')),
  value TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('tag', 'analyst')),  -- the analyst's word stands over a tag
  at INTEGER NOT NULL,
  PRIMARY KEY (account, resource, key, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE score (                        -- history: one row per scan and scope
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('all', 'account', 'framework')),
  key TEXT NOT NULL,                        -- '' | cloud id | framework id
  score REAL,                               -- NULL: nothing was evaluated
  coverage REAL NOT NULL,                   -- evaluated / total, 0..1
  passed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  muted INTEGER NOT NULL,
  PRIMARY KEY (scan, scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_view (
  id INTEGER PRIMARY KEY,
  page TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '{}',
  starred INTEGER NOT NULL DEFAULT 0,
  UNIQUE (page, name)
) STRICT;

CREATE TABLE report (                       -- what was printed, and where it went
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  format TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE audit_log (                    -- append-only; each row's mac covers the one before
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,                     -- 'scan.start', 'finding.muted' …
  subject TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}',        -- JSON; no secret
  mac BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_log_keep_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_keep_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE audit_head (                   -- how long the log should be: finds a cut-off tail
  one INTEGER PRIMARY KEY CHECK (one = 1),
  count INTEGER NOT NULL,
  mac BLOB NOT NULL,                        -- mac of the newest row
  seal BLOB NOT NULL                        -- HMAC over (count, mac)
) STRICT;
"""


@migrations()
def start(db: Database) -> None:
    """The first release."""
    for statement in _statements(_START):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """Split a script at the semicolons that end statements (triggers hold inner ones)."""
    import sqlite3

    found: list[str] = []
    text = ""
    for line in script.splitlines():
        text += line + "\n"
        if line.rstrip().endswith(";") and sqlite3.complete_statement(text):
            found.append(text)
            text = ""
    return found

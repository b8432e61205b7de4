-- A workspace of schema 1, as the first release wrote it. Never edited: later versions must carry it forward.
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'vedette','start','2025-11-24 16:00:00+00:00');
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
INSERT INTO "account" VALUES(1,'aws','prod','keys','111122223333','','{}',7,NULL,1,0,'',NULL,1764000000);
INSERT INTO "account" VALUES(2,'aws','member','member','444455556666','','{}',NULL,1,1,0,'',NULL,1764000000);
CREATE TABLE analyst (                      -- the *who* of triage and audit log
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO "analyst" VALUES(1,'Ann',1764000000);
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
INSERT INTO "api_call_outcome" VALUES(1,'111122223333','eu-west-1','ec2.DescribeVolumes','','ok','','',1764000001);
CREATE TABLE asset_label (
  account TEXT NOT NULL,
  resource TEXT NOT NULL,
  key TEXT NOT NULL CHECK (key IN ('environment', 'owner', 'criticality', 'sensitivity')),
  value TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('tag', 'analyst')),  -- the analyst's word stands over a tag
  at INTEGER NOT NULL,
  PRIMARY KEY (account, resource, key, origin)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_head (                   -- how long the log should be: finds a cut-off tail
  one INTEGER PRIMARY KEY CHECK (one = 1),
  count INTEGER NOT NULL,
  mac BLOB NOT NULL,                        -- mac of the newest row
  seal BLOB NOT NULL                        -- HMAC over (count, mac)
) STRICT;
INSERT INTO "audit_head" VALUES(1,2,X'E4008CF9D51C46E7F46A1BBAB1DB9FE18356EE544C7A352FF786C5388E17DD3A',X'1B69F88B3AA1BE729EDF007D6BEDDDAE7073DD70549B5FDD85DB38DE5ADA010C');
CREATE TABLE audit_log (                    -- append-only; each row's mac covers the one before
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,                     -- 'scan.start', 'finding.mute' …
  subject TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}',        -- JSON; no secret
  mac BLOB NOT NULL
) STRICT;
INSERT INTO "audit_log" VALUES(1,1764000003,'Ann','finding.mute','finding 4','{"reason":"other"}',X'B5B7233245979DE814A619024194809CB11A89DF76FA79CCC62619071F8484D3');
INSERT INTO "audit_log" VALUES(2,1764000004,'Ann','scan.start','scan 1','{}',X'E4008CF9D51C46E7F46A1BBAB1DB9FE18356EE544C7A352FF786C5388E17DD3A');
CREATE TABLE comment (
  id INTEGER PRIMARY KEY,
  finding INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
INSERT INTO "comment" VALUES(1,1,1764000002,'Ann','look; at ''this''');
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
INSERT INTO "finding" VALUES(1,'aws-s3-bucket-public','111122223333','arn:aws:s3:::bucket-1','aws_s3_bucket','s3','aws','eu-west-1','bucket-1 “ü”','high',4,'fail','present','open',0,'because','{}','[]',1764000000,1764000000,1764000000,1,1,'','','','',NULL);
INSERT INTO "finding" VALUES(2,'aws-s3-bucket-public','111122223333','arn:aws:s3:::bucket-2','aws_s3_bucket','s3','aws','eu-west-1','bucket-2 “ü”','high',4,'pass','present','',0,'because','{}','[]',1764000000,1764000000,1764000000,1,1,'','','','',NULL);
INSERT INTO "finding" VALUES(3,'aws-s3-bucket-public','111122223333','arn:aws:s3:::bucket-3','aws_s3_bucket','s3','aws','eu-west-1','bucket-3 “ü”','high',4,'unknown','present','',0,'because','{}','[]',1764000000,1764000000,1764000000,1,1,'','','','',NULL);
INSERT INTO "finding" VALUES(4,'aws-s3-bucket-public','111122223333','arn:aws:s3:::bucket-4','aws_s3_bucket','s3','aws','eu-west-1','bucket-4 “ü”','high',4,'fail','present','muted',0,'because','{}','[]',1764000000,1764000000,1764000000,1,1,'','other','','',NULL);
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
CREATE TABLE report (                       -- what was printed, and where it went
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  format TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '{}'
) STRICT;
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
CREATE TABLE rule_requirement (
  rule TEXT NOT NULL,
  framework TEXT NOT NULL,
  requirement TEXT NOT NULL,
  PRIMARY KEY (rule, framework, requirement)
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
INSERT INTO "scan" VALUES(1,1,'aws','111122223333','','done',1764000000,NULL,'','0.1.0','','[]','[]','[]',0,0,'');
CREATE TABLE scan_unit (                    -- (listing, region) finished in a scan: what a resumed scan skips
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  unit TEXT NOT NULL,                       -- 'ec2.DescribeVolumes'
  region TEXT NOT NULL,
  resources INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  PRIMARY KEY (scan, unit, region)
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
CREATE TABLE secret (                       -- AEAD blobs; never leaves with an export
  id INTEGER PRIMARY KEY,
  purpose TEXT NOT NULL,
  blob BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO "secret" VALUES(7,'aws keys',X'01020304',1764000000);
CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL                       -- JSON
) STRICT;
INSERT INTO "setting" VALUES('workspace.schema_by','"0.1.0"');
INSERT INTO "setting" VALUES('workspace.id','"00112233445566778899aabbccddeeff"');
INSERT INTO "setting" VALUES('workspace.created_at','1764000000');
INSERT INTO "setting" VALUES('workspace.created_by','"0.1.0"');
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
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX scan_account ON scan (cloud_id, id);
CREATE INDEX outcome_bad ON api_call_outcome (scan, outcome) WHERE outcome <> 'ok';
CREATE INDEX rule_requirement_framework ON rule_requirement (framework, requirement);
CREATE INDEX finding_worst ON finding (severity_rank DESC, changed DESC, id, status, state, presence, rule, account, region, service);
CREATE INDEX finding_counts ON finding (rule, account, region, status, state, presence, severity_rank, service, changed, first_seen);
CREATE INDEX finding_status ON finding (status, state, severity_rank DESC, id);
CREATE INDEX finding_resource ON finding (resource);
CREATE INDEX finding_account ON finding (account, rule, status);
CREATE INDEX finding_history_finding ON finding_history (finding, id);
CREATE INDEX finding_history_scan ON finding_history (scan, finding);
CREATE INDEX triage_finding ON triage (rule, account, resource, at);
CREATE INDEX comment_finding ON comment (finding, id);
CREATE TRIGGER audit_log_keep_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_keep_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
COMMIT;

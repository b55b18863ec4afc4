//! Examples of every command, as its `--help` shows them.
//!
//! Invariant: each line is a command that the command line accepts (a test asks).

pub(super) const UP: &str = "\
Examples:
  devisa up
  devisa up --example
  devisa up --example pacitan-2026-02 --listen 127.0.0.1:0
  devisa up --data-dir ./ledger";

pub(super) const SERVE: &str = "\
Examples:
  devisa serve registry --registry-database-url postgres://devisa@127.0.0.1/registry
  devisa serve shipment --data-dir /var/lib/devisa --registry-url http://registry:50051
  devisa serve deal --deal-database-url-file /run/secrets/deal --registry-url http://registry:50051 --shipment-url http://shipment:50051";

pub(super) const MIGRATE: &str = "\
Examples:
  devisa migrate deal --deal-database-url postgres://devisa@db/deal
  devisa migrate registry --data-dir /var/lib/devisa
  devisa migrate shipment --shipment-database-url postgres://devisa@db/shipment --new-epoch";

pub(super) const VERIFY: &str = "\
It reads one moment of each database, so it may run while the service serves. What deals know of
shipments is compared with the log of the shipment service, in its database or where it answers. What
was not compared is said, with the reason; who wrote an event, nothing can tell.

Exit code: 0 when everything agrees, 1 when something does not, with a line for each difference.

Examples:
  devisa verify
  devisa verify shipment --shipment-database-url postgres://devisa@db/shipment
  devisa verify deal --deal-database-url postgres://devisa@db/deal --shipment-url http://shipment:50051
  devisa verify registry deal --data-dir /var/lib/devisa --format json";

pub(super) const BACKUP: &str = "\
The databases are copied one after the other, those that call before those that are called, so that
whatever a copy refers to is in the others. The folder holds a manifest.json with the revision up to
which each copy goes, its size and its SHA-256. PostgreSQL has its own means: docs/operating.md.

Examples:
  devisa backup /backups/2026-02-14
  devisa backup ./backup --data-dir /var/lib/devisa --format json";

pub(super) const RESTORE: &str = "\
The manifest is checked first: sizes and SHA-256. Revisions that follow are greater than all that
were ever given out; watchers resume with those they have, and what they saw of the time after the
backup is gone.

Examples:
  devisa restore /backups/2026-02-14
  devisa restore ./backup --data-dir /var/lib/devisa";

pub(super) const COMPACT: &str = "\
A resource's newest event stays, whatever its age: who reads from the beginning still gets every
resource as it is. Who resumes from before what was removed is told (REVISION_COMPACTED) and begins
again. The service may serve meanwhile. Of shipment, nothing is removed that deals have yet to hear
of: the database of the deal service must be given too, unless there is no deal service.

Exit code: 64 when that database is not given or not migrated, 69 when it does not answer.

Examples:
  devisa compact shipment --before 2024-01-01 --data-dir /var/lib/devisa
  devisa compact shipment --before 2024-01-01 --no-projections --shipment-database-url postgres://devisa@db/shipment
  devisa compact registry --before 2025-06-30 --registry-database-url postgres://devisa@db/registry";

pub(super) const REBUILD: &str = "\
Examples:
  devisa rebuild deal
  devisa rebuild deal --deal-database-url postgres://devisa@db/deal --shipment-url http://shipment:50051";

pub(super) const LOAD: &str = "\
Examples:
  devisa load examples/jatim-2025-11/data.yaml
  devisa load organisations.yaml shipments.yaml --server http://ledger:50051";

pub(super) const IMPORT: &str = "\
Exit code: 0 when every shipment is on record, 3 when some were rejected.

Examples:
  devisa import shipments examples/import/shipments.csv --validate-only
  devisa import shipments november.csv
  devisa import shipments november.rejected.csv";

pub(super) const CHECK: &str = "\
Exit code: 0 when nothing is contradicted by the records, 1 when something is.

Examples:
  devisa check examples/jatim-2025-11/statement.yaml
  devisa check statement.yaml --format json";

pub(super) const FIGURE: &str = "\
Examples:
  devisa figure \"Rp5,8 miliar\"
  devisa figure \"351,6 ribu dolar AS\" --against 351607.40
  devisa figure \"enam truk\" --format json";

pub(super) const POLICY: &str = "\
The limits are those that this program holds and reads by; no file changes them. Which of them a deal
breaks stands in its findings: devisa list deals --columns name,review.findings.rule

Examples:
  devisa policy
  devisa policy --format json";

pub(super) const LIST: &str = "\
Names stay whole, however wide the table; long texts are cut: `devisa get` and --format json have all.

Examples:
  devisa list villages --filter 'region = \"35.25\"'
  devisa list shipments --filter 'release = \"releases/jatim-2025-11\" AND state = RELEASED'
  devisa list deals --columns name,seller,value,review.findings.rule
  devisa list enrolments --parent programmes/lpei-desa-devisa --limit 0 --format json";

pub(super) const GET: &str = "\
Examples:
  devisa get shipments/kerupuk
  devisa get programmes/lpei-desa-devisa/enrolments/35.25.11.2009 --format json";

pub(super) const WATCH: &str = "\
A line has the time (Jakarta, UTC+07:00), what happened, to which resource, the state it is in
since, who did it and which fields changed. With --format json a line is the whole event.

Examples:
  devisa watch shipment
  devisa watch deal --subject deals/ --type deal.signed --type deal.reviewed
  devisa watch shipment --subject shipments/kerupuk --no-follow
  devisa watch registry --limit 10 --format json";

pub(super) const SUMMARIZE: &str = "\
Examples:
  devisa summarize shipments --tier RELEASED --group-by DESTINATION
  devisa summarize shipments --tier RELEASED --group-by REGENCY,MONTH --period 2025 --convert IDR --rate HOUSE
  devisa summarize deals --tier POTENTIAL --group-by SELLER --include-held";

pub(super) const DOCTOR: &str = "\
Without a service it looks at what `devisa up` would use; with one, at what `devisa serve` would;
with --server, at a running server from outside; with --server and a database, at both. It writes
nothing.

Exit code: 0 when all is well, 64 when the configuration is wrong, 69 when the server does not
answer, 1 when anything else fails.

Examples:
  devisa doctor
  devisa doctor deal --data-dir /var/lib/devisa --registry-url http://registry:50051 --shipment-url http://shipment:50051
  devisa doctor --server http://ledger:50051
  devisa doctor --server http://ledger:50051 --data-dir /var/lib/devisa";

pub(super) const COMPLETIONS: &str = "\
Examples:
  devisa completions bash > ~/.local/share/bash-completion/completions/devisa
  devisa completions zsh > ~/.zfunc/_devisa
  devisa completions fish > ~/.config/fish/completions/devisa.fish";

#[cfg(test)]
pub(super) const ALL: [&str; 19] = [
    UP,
    SERVE,
    MIGRATE,
    VERIFY,
    BACKUP,
    RESTORE,
    REBUILD,
    COMPACT,
    LOAD,
    IMPORT,
    CHECK,
    FIGURE,
    POLICY,
    LIST,
    GET,
    WATCH,
    SUMMARIZE,
    DOCTOR,
    COMPLETIONS,
];

/** The configuration of the demonstration. Its tasks can be run; they use data in the folder of the demonstration. */
export function demoConfig(top: string, port: number): string {
  return `# The configuration of the demonstration. Everything is in this folder, which is removed when the demonstration ends.
version: 1

storages:
  local: { type: localfs, root: ${top}/backups }
  offsite: { type: localfs, root: ${top}/offsite }

web: { port: ${port} }

tasks:
  nightly:
    description: Files and the shop's database, on two storages
    schedule: "30 2 * * *"
    steps:
      - backup:
          to: [local, offsite]
          keep: { daily: 7, weekly: 4 }
          objects:
            etc: { files: { paths: [${top}/data/etc] } }
            www: { files: { paths: [${top}/data/www] } }
            shop.sql:
              pipeline:
                - { shell: "cat ${top}/data/shop.sql; sleep 4" }
                - [gzip]

  mail:
    description: Mail of all users, which takes a while
    schedule: "15 3 * * 7"
    steps:
      - backup:
          to: [local]
          keep: { last: 4 }
          objects:
            mail:
              pipeline:
                - { shell: "i=0; while [ $i -lt 400 ]; do head -c 200000 /dev/urandom; sleep 0.2; i=$((i+1)); done" }
                - [gzip, "-1"]

  payroll:
    description: A database whose server is down
    schedule: "0 4 * * *"
    steps:
      - backup:
          to: [local]
          keep: { daily: 14 }
          objects:
            payroll.sql:
              pipeline:
                - { shell: "sleep 2; echo 'pg_dump: error: connection to server on socket \\"/run/postgresql/.s.PGSQL.5432\\" failed: No such file or directory' >&2; exit 1" }
                - [gzip]

  housekeeping:
    description: Routine commands
    schedule: "0 5 * * 1"
    steps:
      - exec: { shell: "echo '14 packages can be upgraded.'; sleep 1; echo 'Nothing was changed.'" }
`
}

/** A dump in the format of pg_dump, somewhat larger on each later day. */
export function demoDump(day: number): string {
  const rows = (count: number, row: (at: number) => string) => Array.from({ length: count }, (_, at) => row(at + 1)).join('\n')
  const customers = rows(400 + 3 * day, (at) => `${at}\tCustomer ${at}\tcustomer${at}@example.org`)
  const orders = rows(3000 + 40 * day, (at) => `${at}\t${(at % 400) + 1}\t2026-01-01\t${(at * 37) % 900}.00`)
  return `--
-- PostgreSQL database dump
--

CREATE TABLE public.customers (id integer NOT NULL, name text, email text);
CREATE TABLE public.orders (id integer NOT NULL, customer integer, day date, total numeric(10,2));

COPY public.customers (id, name, email) FROM stdin;
${customers}
\\.

COPY public.orders (id, customer, day, total) FROM stdin;
${orders}
\\.

--
-- PostgreSQL database dump complete
--
`
}

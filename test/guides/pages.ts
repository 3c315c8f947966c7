/** How the command blocks of a page are run, on a fresh host, in order. */
export interface Page {
  /** What is done before: the host to which the page applies. */
  readonly before?: string
  /** What is done before a block, by the beginning of it. */
  readonly prepare?: Readonly<Record<string, string>>
  /** What is written differently on this host: names of examples. */
  readonly change?: readonly (readonly [from: RegExp, to: string])[]
  /** Blocks that are not run, by their beginnings, with the reason. */
  readonly notRun?: Readonly<Record<string, string>>
  readonly says: readonly RegExp[]
  /** Commands in the text of the page, which are run after its blocks. */
  readonly inText?: readonly string[]
  /** It takes so long that it is only run with `npm run test:long`. */
  readonly isLong?: boolean
}

const CONFIG = '/etc/holdfast/holdfast.yaml'
const SET = '$(ls -d /var/backups/holdfast/nightly/2* | tail -1)'
const NAME = `$(basename ${SET})`
const AN_EXAMPLE = 'settings of another program'
const CRON_LINE = 'a line of a crontab: test/cron-daemon.test.ts and test/boot-units.test.ts'
const UNDER_SYSTEMD = 'needs a running systemd: test/long/systemd.test.ts'

/** Writes a configuration whose tasks are `nightly`, with these objects, and what else is given. */
const configure = (objects: string, more = '') => `mkdir -p /etc/holdfast /srv/www; echo hello >/srv/www/index.html
cat >${CONFIG} <<'END'
version: 1
storages: { disk: { type: localfs, root: /var/backups/holdfast } }
contacts: ["on call: +1 555 0100"]
${more}
tasks:
  nightly:
    schedule: "30 2 * * *"
    steps: [{ backup: { keep: { daily: 7 }, objects: { ${objects} } } }]
END
chmod 600 ${CONFIG}
`
const FILES = 'etc: { files: { paths: [/etc] } }, www: { files: { paths: [/srv/www] } }, facts: { host-facts: {} }'

/** Servers of this host only: of PostgreSQL and MariaDB, each with a database, at the usual sockets. */
const DATABASES = `pgbin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
install -d -o postgres /mnt/pg /var/run/postgresql
runuser -u postgres -- $pgbin/initdb -D /mnt/pg -A trust --no-sync >/dev/null
runuser -u postgres -- $pgbin/pg_ctl -D /mnt/pg -w -o "-c fsync=off" -l /mnt/pg/log start >/dev/null
install -d -o mysql /mnt/my /run/mysqld
mariadb-install-db --no-defaults --user=mysql --datadir=/mnt/my --skip-test-db >/dev/null 2>&1
mariadbd --no-defaults --user=mysql --datadir=/mnt/my --socket=/run/mysqld/mysqld.sock >/mnt/my.log 2>&1 &
trap 'runuser -u postgres -- $pgbin/pg_ctl -D /mnt/pg -m immediate stop >/dev/null; kill -9 %%' EXIT
until mariadb -S /run/mysqld/mysqld.sock -e 'create database blog; create table blog.posts (n int); insert into blog.posts values (1)' 2>/dev/null; do sleep 0.1; done
psql -q -U postgres -h localhost -c 'create database shop'
psql -q -U postgres -h localhost -d shop -c 'create table orders as select 1 as n'
`
const DUMPS = 'db: { postgresql: { databases: [shop] }, user: postgres }, blog: { mariadb: { databases: [blog] } }'

/** A server of SSH on this host only, with names of the examples, for the users root and backup. */
const SSHD = `mkdir -p /run/sshd /root/.ssh /srv/sets; chown backup /srv/sets; chmod 700 /root/.ssh
echo '127.0.0.1 nas.example.net test-01 web-01 db-01' >>/etc/hosts
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/guide_key
cat >/etc/ssh/guide_config <<'END'
HostKey /etc/ssh/guide_key
AuthorizedKeysFile /etc/ssh/guide_keys
Subsystem sftp internal-sftp
Match User backup
  ForceCommand internal-sftp
END
/usr/sbin/sshd -f /etc/ssh/guide_config
`

/** Pages with nothing but blocks that other tests run. */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = Object.fromEntries(
  ['first-backup', 'borgmatic', 'upgrading', 'state', 'watching', 'terms', 'shell-script'].map((name) => [
    `docs/guide/${name}.md`,
    'test/guides/guides.test.ts',
  ]),
)

export const PAGES: Readonly<Record<string, Page>> = {
  'README.md': {
    before: configure(FILES),
    change: [[/20261121T202756Z/gu, NAME]],
    says: [/succeeded/u, /etc\.tar\.zst/u],
  },
  'docs/guide/first-steps.md': {
    before: configure(FILES),
    notRun: { '30 2 * * *': CRON_LINE },
    says: [/0 errors, 0 warnings/u, /good \(3 objects/u, /complete/u, /30 2 \* \* \*/u],
  },
  'docs/guide/archives.md': {
    before: `mkdir -p /var/backups/0 /var/backups/1 /restore /etc/holdfast; cat >${CONFIG} <<'END'
version: 1
file-sets:
  etc: { archives: { basename: etc, folder: /var/backups/0, level-1-folder: /var/backups/1, digest: true } }
  etc-changes: { archives: { basename: etc, folder: /var/backups/0, level-1-folder: /var/backups/1, level: 1, digest: true } }
tasks:
  weekly: { steps: [{ archive: { files: etc, source: /etc } }] }
  nightly: { steps: [{ archive: { files: etc-changes, source: /etc } }] }
END
chmod 600 ${CONFIG}; holdfast -q run weekly; echo new >/etc/new; holdfast -q run nightly; ls /var/backups/*
`,
    change: [
      [/etc-20260301_024000-0\.tar\.gz/gu, 'etc-*-0.tar.gz'],
      [/etc-20260302_024000-1\.tar\.gz/gu, 'etc-*-1.tar.gz'],
    ],
    says: [/etc-.*-1\.tar\.gz/u],
  },
  'docs/guide/checks.md': {
    before: `${configure(FILES, 'checks: { zone: { dnssec: { names: [example.org], resolver: 127.0.0.1 }, timeout: 2s }, room: { disk-space: { paths: [/, /var], warn: 1%, fail: 1MiB } } }')}holdfast -q run\n`,
    // Without a resolver, the check of the zone is unknown.
    change: [[/^holdfast check.*$/gmu, '$& || [ $? -le 3 ]']],
    notRun: {
      '0 * * * *': CRON_LINE,
      '*/30 * * * *': CRON_LINE,
      Cmnd_Alias: 'test/attacks/sudo.test.ts',
      'define command': 'test/attacks/sudo.test.ts runs its command line',
      'object CheckCommand': 'test/attacks/sudo.test.ts runs its command line',
      'command[check_holdfast]': 'test/attacks/sudo.test.ts runs its command line',
      'UserParameter=': 'test/attacks/sudo.test.ts runs its command line',
    },
    says: [/HOLDFAST OK/u, /HOLDFAST UNKNOWN/u],
  },
  'docs/guide/drills.md': {
    before: `${configure(FILES)}holdfast -q run\n`,
    change: [[/20261120T023000Z/gu, NAME]],
    says: [/proven/u, /held/u],
  },
  'docs/guide/evidence.md': {
    before: `${configure(FILES)}holdfast -q run\n`,
    change: [
      [/--from 2026-01-01 --to 2026-03-31/gu, '--from 2026-01-01 --to 2099-03-31'],
      [/holdfast-evidence-web-01-2026-01-01-2026-03-31\.tar/gu, 'holdfast-evidence-*.tar'],
      [/FINGERPRINT$/gmu, '"$(holdfast evidence key | grep -oE "[0-9a-f]{64}")"'],
    ],
    notRun: { '#!/bin/sh': 'test/native/evidence-export.test.ts compares it with the script in the archive, which is run' },
    says: [/^good: \d+ records/mu],
  },
  'docs/guide/install.md': {
    before: `top=$(dirname "$(readlink -f /usr/local/bin/holdfast)"); echo sums >/mnt/SHA256SUMS; touch /mnt/holdfast; mkdir -p /opt/palhm /opt/KristaBackup; cd /mnt\n`,
    notRun: {
      'npm run build:exe\n': 'test/package/executable.test.ts',
      'npm run build:exe -- --arch': 'test/long/arm64.test.ts',
      'install -m 755 dist/holdfast': 'test/package/executable.test.ts builds the file, and copies it',
      'holdfast upgrade': 'test/package/upgrade.test.ts, with releases that it signs',
      'npm run build:packages': 'test/package/packages.test.ts',
      'npm run build:repositories': 'test/package/packages.test.ts',
      'apt-get install --yes ca-certificates curl': 'test/long/repositories.test.ts, with a repository on this host',
      '[holdfast]': 'test/long/repositories.test.ts, with a repository on this host',
      'tar -C dist/folder': 'test/built.test.ts',
      'npm pack': 'test/package/npm.test.ts',
    },
    change: [
      // Only its command is of npm: the one after it does the same. A checkout that runs tests is installed.
      [/^npm run sign .*$/gmu, ':'],
      [/^npm ci$/gmu, 'cd "$top"; rm /usr/local/bin/holdfast'],
    ],
    says: [],
  },
  'docs/guide/monitoring.md': {
    before: `${configure(FILES)}holdfast -q run; cd "$(dirname "$(readlink -f /usr/local/bin/holdfast)")"\n`,
    notRun: { 'systemctl enable --now': UNDER_SYSTEMD },
    change: [
      [/^\*\/5 \* \* \* \* {2}root {2}/gmu, ''],
      [/\/usr\/bin\/holdfast/gu, 'holdfast'],
    ],
    says: [],
  },
  'docs/guide/night.md': {
    before: `${DATABASES}${configure(`${FILES}, ${DUMPS}`)}holdfast -q run\n`,
    // The dump of the example can only be one of them.
    change: [[/db\/shop\.sql\.zst --into mariadb/gu, 'blog.sql.zst --into mariadb']],
    says: [/shop_restored/u, /etc\/apt\/sources\.list/u, /held/u, /HOLDFAST OK/u],
  },
  'docs/guide/restore.md': {
    isLong: true,
    before: `${DATABASES}${configure(`${FILES}, ${DUMPS}`)}mkdir -p /srv/www/shop /mnt/new/etc /media/stick
touch /srv/www/shop/a /srv/www/b.conf; cp /etc/passwd /etc/group /etc/shadow /etc/gshadow /mnt/new/etc
echo secret >/root/pg.pass; echo secret >/media/stick/passphrase; chmod 600 /root/pg.pass /media/stick/passphrase
age-keygen -o /media/stick/key.txt 2>/dev/null; chmod 600 /media/stick/key.txt
holdfast -q run
encrypt() { sed -i "/^keys:/d; /^defaults:/d" ${CONFIG}; printf '%s\n' "keys: { office: $1 }" 'defaults: { encrypt: office }' >>${CONFIG}; holdfast -q run; }
`,
    prepare: {
      'holdfast restore nightly latest db/shop.sql.zst': `sed -i "/^keys:/d; /^defaults:/d" ${CONFIG}; holdfast -q run\n`,
      'sh SET/restore.sh': 'psql -q -U postgres -h localhost -c "drop database shop"\n',
    },
    change: [
      [/2026-11-20/gu, '2099-11-20'],
      [/^(?=holdfast restore .*--to \/mnt\/back)/gmu, 'rm -rf /mnt/back; '],
      [/^(?=.*--identity)/gmu, 'encrypt "$(age-keygen -y /media/stick/key.txt)"; '],
      [/^(?=.*--passphrase-file)/gmu, `encrypt '{ passphrase: "\${file:/media/stick/passphrase}" }'; `],
      [/ SET\//gu, ` ${SET}/`],
      [/^ROOT=/gmu, 'FACTS=/mnt/restored/facts.tar.zst.d/host-facts ROOT='],
    ],
    says: [/good/u],
  },
  'docs/guide/roll-out.md': {
    isLong: true,
    before: `${SSHD}top=$(dirname "$(readlink -f /usr/local/bin/holdfast)"); rm /usr/local/bin/holdfast
mkdir -p /srv/holdfast; printf '#!/bin/sh\nexec %s/holdfast "$@"\n' "$top" >/srv/holdfast/holdfast; chmod 755 /srv/holdfast/holdfast
cp -r "$top/ansible" "$top/examples/roll-out/roll-out.sh" /srv/holdfast/holdfast /mnt; cd /mnt
sed -n '/^all:/,/^\`\`\`/p' "$top/docs/guide/roll-out.md" | sed '$d' >hosts.yml
printf 'version: 1\nstorages: { disk: { type: localfs, root: /var/backups/h } }\ntasks: { nightly: { schedule: "30 2 * * *", steps: [{ backup: { objects: { etc: { files: { paths: [/etc] } } } } }] } }\n' >holdfast.yaml
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; cp /root/.ssh/id_ed25519.pub /etc/ssh/guide_keys; echo 'StrictHostKeyChecking accept-new' >/root/.ssh/config
export LC_ALL=C.UTF-8
`,
    // These hosts are this one, where no systemd is running.
    change: [
      [/^ansible-playbook.*?roll_out/gmu, '$& -e ansible_connection=local -e holdfast_scheduler=cron'],
      [/^sh roll-out\.sh (?=-[nt])/gmu, 'sh roll-out.sh -e cron '],
    ],
    says: [/db-01: done/u],
  },
  'docs/guide/several-storages.md': {
    before: `${configure(FILES).replace('disk:', 'nas: { type: localfs, root: /mnt/nas }, disk:').replace('backup: {', 'backup: { to: [disk, nas],')}holdfast -q run\n`,
    change: [[/\/tmp\/x/gu, '/mnt/x']],
    says: [/good/u],
  },
  'docs/guide/storages.md': {
    isLong: true,
    before: `${SSHD}${configure(FILES)
      .replace('disk:', 'nas: { type: sftp, host: nas.example.net, user: backup, root: /srv/sets, key-file: /root/.ssh/backup }, disk:')
      .replace('backup: {', 'backup: { to: [disk, nas],')}`,
    prepare: {
      'holdfast storage ': 'cp /root/.ssh/backup.pub /etc/ssh/guide_keys\n',
      'holdfast adopt': `cp /etc/machine-id /mnt/id; echo 0123456789abcdef0123456789abcdef >/etc/machine-id
unshare --uts sh -c 'hostname old-name; holdfast -q run'; cp /mnt/id /etc/machine-id
`,
      'rclone copy': `mkdir -p /root/.config/rclone; printf '[offsite]\ntype = alias\nremote = /mnt/offsite\n' >/root/.config/rclone/rclone.conf
mkdir -p /mnt/offsite/backups; cp -a /var/backups/holdfast /mnt/offsite/backups/web-01
`,
    },
    change: [
      [
        /^sftp -i \/root\/\.ssh\/backup/gmu,
        'cp /root/.ssh/backup.pub /etc/ssh/guide_keys; sftp -b /dev/null -o StrictHostKeyChecking=accept-new -i /root/.ssh/backup',
      ],
      [/^sftp -r/gmu, 'rm -r set; sftp -i /root/.ssh/backup -r'],
      [/20261120T023000Z/gu, NAME],
    ],
    says: [],
  },
  'docs/guide/upkeep.md': {
    before: 'rm -rf /etc/holdfast\n',
    change: [
      [/^holdfast init$/gmu, 'holdfast init --yes'],
      [/^holdfast doctor$/gmu, 'holdfast doctor || [ $? -eq 1 ]'],
    ],
    says: [],
  },
  'docs/guide/web.md': {
    before: `${configure(FILES)}holdfast -q run; cd "$(dirname "$(readlink -f /usr/local/bin/holdfast)")"\n`,
    notRun: {
      'systemctl enable --now': UNDER_SYSTEMD,
      'location /holdfast/': `${AN_EXAMPLE}: test/web/behind-proxies.test.ts`,
      'backup.example.org {': `${AN_EXAMPLE}: test/web/behind-proxies.test.ts`,
      'ProxyPass ': `${AN_EXAMPLE}: test/web/behind-proxies.test.ts`,
      'curl ': 'test/web/permissions.test.ts asks with a token',
    },
    change: [
      [/^(?=holdfast web users (?:add|upd))/gmu, 'echo "a long password of Ann" | '],
      // The last administrator cannot be removed.
      [/^(?=holdfast web users rm)/gmu, 'echo "a long password of Bob" | holdfast web users add bob bob@example.org --role admin; '],
    ],
    says: [],
  },
  'docs/guide/s3.md': {
    notRun: { 'aws s3 cp': 'needs a bucket; test/s3-sets.test.ts stores sets in one' },
    says: [],
  },
  'docs/guide/palhm.md': {
    before: `mkdir -p /etc/palhm; cp "$(dirname "$(readlink -f /usr/local/bin/holdfast)")/examples/palhm/this-machine.jsonc" /etc/palhm/palhm.jsonc
sed -i 's|"../../share/palhm/conf.d/core.json"|"conf.d/core.json"|; s|"root": "var/backups"|"root": "/var/backups/palhm"|' /etc/palhm/palhm.jsonc
chmod 600 /etc/palhm/palhm.jsonc; mkdir -p /etc/holdfast; ln -s holdfast /usr/local/bin/palhm
`,
    inText: [
      'holdfast -f /etc/palhm/palhm.jsonc config check',
      'palhm config',
      'holdfast -f /etc/palhm/palhm.jsonc run --dry-run',
      'holdfast config convert /etc/palhm/palhm.jsonc >/etc/holdfast/holdfast.yaml',
    ],
    says: [/0 errors/u],
  },
  'docs/guide/kristabackup.md': {
    before: `mkdir -p /opt/KristaBackup; cp "$(dirname "$(readlink -f /usr/local/bin/holdfast)")/examples/krista/config.yaml" /opt/KristaBackup
chmod 600 /opt/KristaBackup/config.yaml; ln -s /usr/local/bin/holdfast /usr/local/bin/KristaBackup.py
`,
    inText: ['holdfast -f /opt/KristaBackup/config.yaml config check'],
    says: [/0 errors/u],
  },
}

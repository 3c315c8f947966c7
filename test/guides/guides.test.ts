import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { shellBlocks } from '../../tools/shell-blocks.ts'
import { requires } from '../support/requires.ts'
import { leftOut } from '../support/some-of.ts'
import { onFreshHost } from './fresh-host.ts'
import { PAGES as RUN_BY_BLOCK } from './pages.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const needs = requires('root', 'leave to mount', 'zstd', 'crontab', 'ip')
const read = (page: string) => readFileSync(join(checkout, 'docs', page), 'utf8')

/** A set of a task "nightly", for a page that begins on a host with backups. */
const WITH_BACKUPS = (shellBlocks(read('guide/first-backup.md'))[0] ?? '').concat('holdfast -q run\n')

/** The pages whose blocks marked `sh` are run in order, and what their output has to contain. */
const PAGES: Readonly<Record<string, { readonly before?: string; readonly says: readonly RegExp[] }>> = {
  'first-backup.md': { says: [/0 errors, 0 warnings/u, /good \(2 objects/u, /etc\.tar\.zst: OK/u, /HOLDFAST OK/u] },
  'shell-script.md': { says: [/prepared/u, /run nightly # nightly/u] },
  'borgmatic.md': { says: [/good \(2 objects/u, /srv\/www\/index\.html/u, /succeeded/u] },
  'upgrading.md': { before: WITH_BACKUPS, says: [/\d+\.\d+\.\d+/u, /HOLDFAST OK/u, /program +ok/u, /good \(2 objects/u] },
  'state.md': { says: [/journal\.db/u, /good \(1 object/u] },
  'watching.md': { says: [/HOLDFAST OK/u, /holdfast_/u, /proven/u] },
  'terms.md': { says: [/workers:/u, /succeeded/u] },
}

describe('guides', { skip: needs }, () => {
  for (const [page, { before = '', says }] of Object.entries(PAGES)) {
    it(`${page}: every command runs on a fresh host, in order`, { skip: leftOut(page) }, () => {
      const { status, text } = onFreshHost([before, ...shellBlocks(read(`guide/${page}`))].join('\n'))
      assert.equal(status, 0, text)
      for (const expected of says) assert.match(text, expected)
    })
  }

  it('the README: its configuration gives its transcript', () => {
    const readme = readFileSync(join(checkout, 'README.md'), 'utf8')
    const yaml = /^```yaml\n(?<text>.*?)^```$/msu.exec(readme)?.groups?.['text'] ?? ''
    const transcript = /^ {4}\$ holdfast run\n(?<text>(?: {4}.*\n)+)/mu.exec(readme)?.groups?.['text'] ?? ''
    const { status, text } = onFreshHost(`mkdir /etc/holdfast; cat >/etc/holdfast/holdfast.yaml <<'END'\n${yaml}END\nholdfast run`)
    // Objects are made in parallel: their order is not always the same.
    const lines = (it: string) =>
      it
        .replaceAll(/\d[\d.:T+-]*(?: (?:[KM]i)?B)?/gu, 'N')
        .trim()
        .split(/\n\s*/u)
        .toSorted()
    assert.deepEqual([status, lines(text)], [0, lines(transcript)])
  })

  it('are all run that have commands to be run', () => {
    const marked = globSync('*.md', { cwd: join(checkout, 'docs/guide') }).filter((page) => shellBlocks(read(`guide/${page}`)).length > 0)
    assert.deepEqual(
      marked.filter((page) => !Object.hasOwn(PAGES, page) && !Object.hasOwn(RUN_BY_BLOCK, `docs/guide/${page}`)),
      [],
    )
  })
})

const CONFIG = '/etc/holdfast/holdfast.yaml'
const broken = (change: string) => `${WITH_BACKUPS.replaceAll(/^holdfast (?:config check|run --dry-run)\n/gmu, '')}${change}\n`

/** How each message of the page about messages comes about: what is done on a host with backups. */
const MESSAGES: readonly (readonly [heading: string, script: string, says: RegExp])[] = [
  ['`configuration not found`', 'holdfast run', /configuration not found/u],
  ['`unknown key "…"`', broken(`echo 'taks: {}' >>${CONFIG}; holdfast run`), /holdfast\.yaml:\d+:\d+: error: .*unknown key "taks"/u],
  ['`unsafe permissions`', broken(`chmod 666 ${CONFIG}; holdfast run`), /unsafe permissions: .* is writable by others/u],
  [
    '`could not start "…": file not found`',
    broken(`sed -i 's|etc: .*|x: { exec: [/no/such] }|' ${CONFIG}; holdfast run`),
    /could not start "\/no\/such": file not found/u,
  ],
  [
    '`… failed (exit code …)`',
    broken(`sed -i 's|etc: .*|x: { exec: [sh, -c, "echo oh >\\&2; exit 3"] }|' ${CONFIG}; holdfast run`),
    /sh failed \(exit code 3\): oh/u,
  ],
  [
    '`the same task is already running`',
    broken(
      `sed -i 's|etc: .*|x: { exec: [sleep, "600"] }|' ${CONFIG}; holdfast -q run & until pgrep -fx "sleep 600" >/run/it; do sleep 0.1; done; holdfast run; status=$?; kill "$(cat /run/it)"; exit $status`,
    ),
    /already running/u,
  ],
  [
    '`the newest set, …, is damaged`',
    broken('rm /var/backups/holdfast/nightly/2*/etc.tar.zst; holdfast restore nightly --to /mnt/x'),
    /the newest set, "[^"]+", is damaged/u,
  ],
  ['`no complete set of "…"`', broken('rm -r /var/backups/holdfast/nightly/2*; holdfast check'), /no complete set of "nightly"/u],
  [
    '`… is suspicious`',
    broken(`mkdir /srv/empty; sed -i 's|etc: .*|x: { files: { paths: [/srv/empty] } }|' ${CONFIG}; holdfast run; holdfast check`),
    /suspicious/u,
  ],
  [
    '`nothing is mounted at "…"`',
    broken(
      `mkdir -p /srv/disk; sed -i 's|disk: .*|disk: { type: localfs, root: /srv/disk/sets, require-mount: /srv/disk }|' ${CONFIG}; holdfast run`,
    ),
    /nothing is mounted at "\/srv\/disk"/u,
  ],
  [
    '`No space left on device`',
    broken(
      `mkdir -p /srv/disk; mount -t tmpfs -o size=200k none /srv/disk; sed -i 's|disk: .*|disk: { type: localfs, root: /srv/disk }|' ${CONFIG}; holdfast run`,
    ),
    /No space left on device/u,
  ],
]

describe('the guide to messages', { skip: needs }, () => {
  for (const [heading, script, says] of MESSAGES) {
    it(`describes ${heading}, which is printed`, { skip: leftOut(heading) }, () => {
      assert.ok(read('guide/troubleshooting.md').includes(`\n## ${heading}\n`), heading)
      const { status, text } = onFreshHost(`set +e\n${script}`)
      assert.match(text, says)
      assert.notEqual(status, 0)
    })
  }
})

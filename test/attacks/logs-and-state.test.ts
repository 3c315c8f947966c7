import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openPlace } from '../palhm/place.ts'
import { ATTACKER, asAttacker, attackersFolder, keepsSwapping } from '../support/attacker.ts'
import { attack } from './attack.ts'

const OWNER = 'a local user who owns the folder that logs or the trigger file are in'

/** A task with logs in a folder of the attacker, a trigger file there, and a file of root that he is after. */
function openScene(t: TestContext) {
  const place = openPlace(t)
  chmodSync(place.top, 0o711)
  const his = attackersFolder(t)
  mkdirSync(join(place.top, 'of-root'))
  const victim = join(place.top, 'of-root/file')
  writeFileSync(victim, 'of root\n')
  const configure = (logs: string, steps = '[ { exec: ["true"] } ]') =>
    place.write('main.yaml', `version: 1\nlogs: { ${logs} }\ntasks: { a: { steps: ${steps} } }\n`)
  const run = () => place.start(['-f', join(place.run, 'main.yaml'), 'run', 'a'], { as: 'holdfast' })
  const isUntouched = () => {
    assert.equal(readFileSync(victim, 'utf8'), 'of root\n')
    assert.deepEqual(readdirSync(join(place.top, 'of-root')), ['file'])
  }
  return { place, his, victim, configure, run, isUntouched }
}

attack(
  {
    name: 'the trigger file is a link',
    attacker: OWNER,
    how: 'links the trigger file, or a folder on the way to it, to a file of root',
    outcome: 'the run says that it does not follow the link, and fails; the file of root stays as it was',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { place, his, victim, configure, run, isUntouched } = openScene(t)
    asAttacker('ln -s "$2" "$1/trigger"; ln -s "$3" "$1/folder"', his, victim, join(victim, '..'))
    for (const trigger of ['trigger', 'folder/file', 'folder/new']) {
      configure(`folder: ${place.run}/logs, trigger: { file: ${his}/${trigger} }`)
      const { code, stderr } = await run()
      assert.equal(code, 1)
      assert.match(stderr, /could not write the trigger file .*the symbolic link .* was not followed/u)
      isUntouched()
    }
  },
)

attack(
  {
    name: 'the trigger file is a FIFO',
    attacker: OWNER,
    how: 'makes a FIFO of that name that nobody reads',
    outcome: 'the run does not wait for a reader: it says that it cannot write the file, and fails',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { place, his, configure, run } = openScene(t)
    asAttacker('mkfifo "$1/trigger"', his)
    configure(`folder: ${place.run}/logs, trigger: { file: ${his}/trigger }`)
    const { code, stderr } = await run()
    assert.equal(code, 1)
    assert.match(stderr, /could not write the trigger file/u)
  },
)

attack(
  {
    name: 'the trigger file is exchanged for a link and back',
    attacker: OWNER,
    how: 'exchanges it for a link to a file of root, as fast as the kernel does it, during ten runs',
    outcome: 'each run writes the word in his folder, or says that it follows no link; the file of root stays as it was',
    needs: ['root', 'setpriv', 'python3'],
  },
  async (t) => {
    const { place, his, victim, configure, run, isUntouched } = openScene(t)
    configure(`folder: ${place.run}/logs, trigger: { file: ${his}/trigger }`)
    asAttacker('echo SUCCESS > "$1/trigger"', his)
    const attacker = await keepsSwapping(t, join(his, 'trigger'), victim)
    for (let round = 0; round < 10; round += 1) {
      const { code, stderr } = await run()
      if (code !== 0) assert.match(stderr, /could not write the trigger file/u)
    }
    assert.ok(Number(await attacker.stop()) > 0)
    isUntouched()
  },
)

const LOGS: readonly { readonly what: string; readonly plant: string }[] = [
  { what: 'the folder of the year is a link to a folder of root', plant: 'ln -s "$2" "$1/$(date +%Y)"' },
  { what: 'the folder of details is a link to a folder of root', plant: 'ln -s "$2" "$1/debug"' },
]

for (const { what, plant } of LOGS) {
  attack(
    {
      name: `logs: ${what}`,
      attacker: OWNER,
      how: 'puts the link there before root runs a task',
      outcome: 'the run says that it cannot write the log, and fails; nothing is made or removed in the folder of root',
      needs: ['root', 'setpriv'],
    },
    async (t) => {
      const { his, victim, configure, run, isUntouched } = openScene(t)
      // A log as old as those that are removed, in the folder of root.
      asAttacker(plant, his, join(victim, '..'))
      configure(`folder: ${his}, keep-time: 1d`)
      const { code, stderr } = await run()
      assert.equal(code, 1)
      assert.match(stderr, /could not write the log .*the symbolic link .* was not followed/u)
      isUntouched()
    },
  )
}

attack(
  {
    name: 'old logs are removed through a link',
    attacker: OWNER,
    how: 'links the folder of a past year to a folder of root that holds a file with the name of an old log',
    outcome: 'the file stays',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { place, his, configure, run } = openScene(t)
    const old = join(place.top, 'of-root/x-20200101_000000.log')
    writeFileSync(old, '')
    asAttacker('ln -s "$2" "$1/2020"', his, join(old, '..'))
    configure(`folder: ${his}, tag: x, keep-time: 1d`)
    await run()
    assert.ok(existsSync(old))
  },
)

attack(
  {
    name: 'the general log is a second name of a file of root',
    attacker: 'a local user, where the kernel lets him link files of others (protected_hardlinks=0)',
    how: 'links the general log to a file of root; then a configuration that cannot be used is to be told there',
    outcome: 'nothing is appended to it',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { his, victim, configure, run, isUntouched } = openScene(t)
    // As he could without that protection, or with a file that is his in part.
    mkdirSync(join(his, 'logs'))
    const general = join(his, 'logs/general.log')
    linkSync(victim, general)
    configure(`folder: ${his}/logs`, '[ { nothing: true } ]')
    const { code, stderr } = await run()
    assert.equal(code, 1)
    assert.match(stderr, /could not write the general log: it has several hard links/u)
    isUntouched()
  },
)

attack(
  {
    name: 'a log is planted so that it can be read',
    attacker: 'a local user who may make files in the folder of logs',
    how: 'makes the general log himself, so that it is his',
    outcome: 'nothing is written to it, and it is told whose it is',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { his, configure, run } = openScene(t)
    asAttacker('touch "$1/general.log"', his)
    configure(`folder: ${his}`, '[ { nothing: true } ]')
    assert.match((await run()).stderr, new RegExp(`could not write the general log: it is owned by user ${ATTACKER.uid}`, 'u'))
    assert.equal(readFileSync(join(his, 'general.log'), 'utf8'), '')
  },
)

attack(
  {
    name: 'a ticket is set and removed through a link',
    attacker: 'a local user who owns the folder of tickets',
    how: 'links the folder of the tickets to a folder of root that has a file of the name',
    outcome: 'both steps fail and name the link; the file of root stays',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { place, his, victim, configure, run, isUntouched } = openScene(t)
    asAttacker('ln -s "$2" "$1/tickets"', his, join(victim, '..'))
    for (const change of ['set', 'unset']) {
      configure(`folder: ${place.run}/logs`, `[ { ticket: { change: ${change}, folder: ${his}/tickets, file: file } } ]`)
      const { code, stderr } = await run()
      assert.equal(code, 1)
      assert.match(stderr, /the symbolic link .* was not followed/u)
      isUntouched()
    }
  },
)

attack(
  {
    name: 'the folder of logs hands down a group of his and the setgid bit',
    attacker: OWNER,
    how: 'prepares his folder so, then root runs a task whose program prints a secret, with logs in a folder below, which root makes',
    outcome: 'he can read none of the logs',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { his, configure, run } = openScene(t)
    asAttacker('mkdir -m 2770 "$1/shared"', his)
    configure(`folder: ${his}/shared/logs`, '[ { exec: { shell: "umask; echo secret >&2" } } ]')
    const { code, stderr } = await run()
    assert.equal(code, 0, stderr)
    const logs = readdirSync(join(his, 'shared/logs'), { recursive: true }).map(String)
    assert.ok(
      logs.some((name) => name.endsWith('.log')),
      logs.join(),
    )
    for (const name of logs.filter((it) => it.endsWith('.log')))
      assert.throws(() => asAttacker('cat "$1"', join(his, 'shared/logs', name)), /denied/u, name)
  },
)

const IN_STATE: readonly { readonly what: string; readonly plant: (path: string, victim: string) => void }[] = [
  { what: 'a FIFO', plant: (path) => execFileSync('mkfifo', [path]) },
  { what: 'a folder', plant: (path) => mkdirSync(path) },
  { what: 'a file of a terabyte', plant: (path) => execFileSync('truncate', ['-s', '1T', path]) },
  { what: 'a link to a file of root', plant: (path, victim) => symlinkSync(victim, path) },
]

for (const { what, plant } of IN_STATE) {
  attack(
    {
      name: `each file of the state is ${what}`,
      attacker: 'whoever could write to the state folder once',
      how: `puts ${what} in the place of the journal, of each lock and record, and of what is remembered of mounts and messages; then root runs a task and asks for its runs`,
      outcome: 'nothing waits or reads without end; the run succeeds with notes, is on record, and nothing that a link leads to is changed',
      needs: ['root', 'mkfifo'],
    },
    async (t) => {
      const { place, victim, isUntouched } = openScene(t)
      const config = place.write(
        'main.yaml',
        `version: 1
storages: { near: { type: localfs, root: ${place.run}/root } }
notifiers: { n: { type: exec, command: [sh, -c, "cat >/dev/null"] } }
notify: [{ to: n, on: always }]
tasks: { a: { steps: [ { backup: { name: sets, to: near, objects: { a: { exec: [echo] } } } } ] } }
`,
      )
      const start = (...args: readonly string[]) => place.start(['-f', config, ...args], { as: 'holdfast' })
      assert.equal((await start('-q', 'run', 'a')).code, 0)
      const state = join(place.top, 'state')
      writeFileSync(join(state, 'processes/20260101T000000Z-00000000.jsonl'), '')
      const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((it) => it.isFile())
      assert.ok(files.length >= 5, files.map(({ name }) => name).join())
      for (const { parentPath, name } of files) {
        rmSync(join(parentPath, name))
        plant(join(parentPath, name), victim)
      }
      assert.equal((await start('-q', 'run', 'a')).code, 0)
      const { code, stdout } = await start('runs', '--json')
      assert.equal(code, 0)
      assert.match(stdout, /"state":\s*"warnings"/u)
      isUntouched()
    },
  )
}

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openPlace } from '../palhm/place.ts'
import { ATTACKER, asAttacker, attackersFolder, keepsSwapping } from '../support/attacker.ts'
import { attack } from './attack.ts'

const OWNER = 'a local user who owns the folder of the logs or of the trigger file'

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
    how: 'replaces the trigger file, or a folder in its path, by a link to a file or folder of root',
    outcome: 'the run reports that the link is not followed, and fails; the file of root is unchanged',
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
    how: 'creates a FIFO with that name, without a reader',
    outcome: 'the run does not wait for a reader: it reports that it could not write the file, and fails',
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
    name: 'the trigger file is continuously replaced by a link and restored',
    attacker: OWNER,
    how: 'exchanges it with a link to a file of root, as fast as the kernel permits, during ten runs',
    outcome: 'each run writes the file in the folder of the attacker, or reports that it does not follow the link; the file of root is unchanged',
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
  { what: 'the folder of the debug logs is a link to a folder of root', plant: 'ln -s "$2" "$1/debug"' },
]

for (const { what, plant } of LOGS) {
  attack(
    {
      name: `logs: ${what}`,
      attacker: OWNER,
      how: 'creates the link before root runs a task',
      outcome: 'the run reports that it could not write the log, and fails; nothing is created or removed in the folder of root',
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
    name: 'the folder of old logs is a link',
    attacker: OWNER,
    how: 'replaces the folder of a past year by a link to a folder of root that contains a file with the name of an old log',
    outcome: 'the file is kept',
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
    name: 'the general log is a hard link to a file of root',
    attacker: 'a local user, if the kernel permits hard links to files of other users (protected_hardlinks=0)',
    how: 'creates the hard link; then an invalid configuration is to be logged',
    outcome: 'nothing is appended to the file',
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
    name: 'the general log belongs to another user',
    attacker: 'a local user who can create files in the folder of the logs',
    how: 'creates the general log, in order to read it',
    outcome: 'nothing is written to it, and its owner is reported',
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
    name: 'the folder of a ticket is a link',
    attacker: 'a local user who owns the folder of the tickets',
    how: 'replaces the folder of the tickets by a link to a folder of root that contains a file with the name of the ticket',
    outcome: 'setting and removing the ticket fail with the name of the link; the file of root is kept',
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
    name: 'the folder of the logs has a group of the attacker and the setgid bit',
    attacker: OWNER,
    how: 'prepares the folder; then root runs a task whose program prints a secret, with logs in a new subfolder',
    outcome: 'the attacker can read none of the logs',
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
      name: `each file of the state folder is ${what}`,
      attacker: 'a user who once had write access to the state folder',
      how: `replaces the journal, each lock and record, and the records of mounts and messages by ${what}; then root runs a task and lists its runs`,
      outcome: 'no command waits or reads endlessly; the run succeeds with notes and is recorded, and no target of a link is changed',
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

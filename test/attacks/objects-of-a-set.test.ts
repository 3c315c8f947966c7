import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSetup } from '../faults/setup.ts'
import { configureSimple, runWell } from '../faults/simple-plan.ts'
import { ATTACKER, asAttacker, attackersFolder } from '../support/attacker.ts'
import { attack } from './attack.ts'

const WAYS = [
  { name: 'a FIFO', plant: 'rm "$1"; mkfifo "$1"' },
  { name: 'a link to a file of root', plant: 'rm "$1"; ln -s "$2" "$1"' },
  { name: 'a folder', plant: 'rm "$1"; mkdir "$1"' },
] as const

for (const { name, plant } of WAYS) {
  attack(
    {
      name: `an object of a set is replaced by ${name}`,
      attacker: 'a local user who owns the folders of the sets',
      how: `replaces an object of a published set; then root runs \`verify\``,
      outcome: '`verify` fails with the name of the object; it neither waits nor reads the replacement',
      needs: ['root', 'setpriv'],
    },
    async (t) => {
      const folder = attackersFolder(t)
      const setup = openSetup(t)
      const secret = join(setup.top, 'secret')
      // The same bytes: who follows the link finds nothing wrong.
      writeFileSync(secret, Buffer.alloc(20_000), { mode: 0o600 })
      configureSimple(setup)
      const [set = ''] = await runWell(setup)
      // The attacker may go down to his sets, as a user may whose home they are in.
      chmodSync(setup.top, 0o711)
      execFileSync('chown', ['-R', `${ATTACKER.uid}:${ATTACKER.gid}`, setup.root])
      asAttacker(plant, join(setup.root, set, 'a'), secret)
      const { code, stderr } = await setup.start(['verify'])
      assert.ok(code !== null && code > 0, stderr)
      assert.match(stderr, /"a"/u)
      assert.equal(asAttacker('ls -A "$1"', folder), '')
    },
  )
}

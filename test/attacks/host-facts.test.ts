import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPlace } from '../native/place.ts'
import { attack } from './attack.ts'

const PLANTS: readonly { readonly plant: string; readonly named: RegExp }[] = [
  { plant: 'ln -s "$HOME/of-root" host-facts/rebuild.sh', named: /could not read "host-facts\/rebuild\.sh" of the set/u },
  { plant: 'rm -r host-facts; ln -s "$HOME/elsewhere" host-facts', named: /host-facts\/rebuild\.sh/u },
  { plant: 'mkfifo host-facts/rebuild.sh', named: /host-facts\/rebuild\.sh.* not a regular file/u },
  {
    plant: `printf '#!/bin/sh\\nrm -rf /srv\\r\\033[1A\\033[2K# nothing\\n' >host-facts/rebuild.sh`,
    named: /"host-facts\/rebuild\.sh" of the set contains characters that a terminal interprets/u,
  },
]

attack(
  {
    name: 'the plan for rebuilding a host is replaced',
    attacker: 'someone who can write to a storage',
    how: 'replaces the archive of host facts in a set, with its digests: the plan is a link to a file of root, is in a folder that is a link, is a FIFO, or contains commands for a terminal that hide its lines; then root runs `rebuild --plan`',
    outcome: 'the command fails with the reason; nothing of the file is printed, and nothing is waited for',
    needs: ['tar', 'sha256sum', 'mkfifo'],
  },
  (t) => {
    const place = openPlace(t)
    place.configure('{ facts: { host-facts: {}, compress: none } }')
    assert.equal(place.run('-q', 'run').status, 0)
    writeFileSync(join(place.folder, 'of-root'), 'SECRET\n')
    place.shell("mkdir elsewhere; printf 'SECRET\\n' >elsewhere/rebuild.sh")
    for (const { plant, named } of PLANTS) {
      place.shell(`rm -rf made; mkdir -p made/host-facts; (cd made; ${plant}; tar -cf ../facts.tar host-facts)
        cd '${place.newestSet()}'; old=$(sha256sum <facts.tar | cut -c -64); size=$(stat -c %s facts.tar); cp "$HOME/facts.tar" facts.tar
        new=$(sha256sum <facts.tar | cut -c -64); sed -i "s/$old/$new/; s/\\"bytes\\": $size\\b/\\"bytes\\": $(stat -c %s facts.tar)/" manifest.json`)
      const { status, stdout, stderr } = place.run('rebuild', '--plan')
      assert.deepEqual([status, stdout], [1, ''], stderr)
      assert.match(stderr, named)
      assert.doesNotMatch(stderr, /internal error|SECRET/u)
    }
  },
)

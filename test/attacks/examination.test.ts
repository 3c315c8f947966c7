import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPlace } from '../palhm/place.ts'
import { asAttacker, attackersFolder } from '../support/attacker.ts'
import { attack } from './attack.ts'

attack(
  {
    name: 'a program that runs as another user is examined',
    attacker: 'a local user as whom a step of the configuration runs a program',
    how: 'owns a program named `tar` that a step with `user` runs; replaces it by one that writes down its user, its groups and its session; then root runs `doctor`',
    outcome: 'it runs as its user only, without further groups, and in a session of its own, from which it cannot type into the terminal of root',
    needs: ['root', 'setpriv', 'setsid'],
  },
  async (t) => {
    const place = openPlace(t)
    chmodSync(place.top, 0o711)
    const his = attackersFolder(t)
    asAttacker(
      `printf '%s\\n' '#!/bin/sh' 'id -u >>$1/uids; { id -G; ps -o sid= -p $$; } >$1/seen; echo "tar (GNU tar) 1.35"' >"$1/tar"; chmod 755 "$1/tar"`.replaceAll(
        '$1/',
        `${his}/`,
      ),
      his,
    )
    place.write('main.yaml', `version: 1\ntasks: { a: { steps: [ { exec: { argv: ["${his}/tar", --version], user: nobody } } ] } }\n`)
    const { stdout } = await place.start(['-f', join(place.run, 'main.yaml'), 'doctor'], { as: 'holdfast' })
    assert.match(stdout, /tar \(user nobody\): tar \(GNU tar\) 1\.35/u)
    assert.ok(existsSync(join(his, 'uids')))
    assert.deepEqual([...new Set(readFileSync(join(his, 'uids'), 'utf8').trim().split('\n'))], ['65534'])
    const [groups, session] = readFileSync(join(his, 'seen'), 'utf8').trim().split('\n')
    assert.equal(groups, '65534')
    assert.notEqual(
      session?.trim(),
      readFileSync('/proc/self/stat', 'utf8')
        .replace(/^.*\) /u, '')
        .split(' ')[3],
    )
  },
)

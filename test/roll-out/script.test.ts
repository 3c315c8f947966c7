import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { requires } from '../support/requires.ts'
import { noSshd, type Sshd, startSshd } from '../support/sshd.ts'
import { checkout, configurationOf, openRollOut, type RollOutPlace } from './hosts.ts'

const script = join(checkout, 'examples/roll-out/roll-out.sh')
const NAMES = ['least', 'middle', 'most']

describe('the roll-out over ssh', { skip: noSshd || requires('root', 'leave to mount', 'ssh', 'zstd', 'sha256sum') }, () => {
  let sshd: Sshd
  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())

  /** The places on a host, as each of them sees it: several names of one server, with a folder for each. */
  const here = (place: RollOutPlace) => join(place.folder, 'here')
  const ssh = (place: RollOutPlace) => {
    const options = { HostName: '127.0.0.1', Port: sshd.port, User: sshd.user, IdentityFile: sshd.keyFile, UserKnownHostsFile: sshd.knownHosts }
    const file = place.write('ssh_config', ['Host *', ...Object.entries({ ...options, BatchMode: 'yes' }).map((it) => it.join(' ')), ''].join('\n'))
    return place.write(
      'ssh',
      `#!/bin/sh
[ "$1" = -- ] || exit 255
word() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\\\\\''/g")"; }
exec ssh -F ${file} -- "$2" "unshare --mount sh -c $(word 'mount --bind "$1" ${here(place)} && exec sh -c "$2"') sh ${place.folder}/$2 $(word "$3")"
`,
    )
  }
  // Not synchronously: the messages of the server must be read while it serves.
  const rollOut = async (place: RollOutPlace, ...words: readonly string[]) => {
    const child = spawn('sh', [script, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: place.folder,
      env: {
        PATH: process.env['PATH'],
        SSH: ssh(place),
        PROGRAM: `${here(place)}/bin/holdfast`,
        CONFIGURATION_FILE: `${here(place)}/etc/holdfast.yaml`,
      },
    })
    const [[status], ...texts] = await Promise.all([once(child, 'close') as Promise<[number | null]>, ...[child.stdout, child.stderr].map(text)])
    return { status, text: texts.join('') }
  }
  const which = (place: RollOutPlace, name: string) => execFileSync(join(place.host(name), 'bin/holdfast'), ['which'], { encoding: 'utf8' }).trim()

  it('installs, configures, runs and checks hosts in their order; twice is once; and goes back', async (t) => {
    const place = openRollOut(t)
    const [one, two] = [place.version('one'), place.version('two')]
    for (const name of NAMES) place.host(name)
    const config = place.write('new.yaml', configurationOf(place.host('here')))
    const dry = await rollOut(place, '-n', '-e', 'none', one, config, ...NAMES)
    assert.deepEqual([dry.status, existsSync(join(place.host('least'), 'bin/holdfast'))], [0, false], dry.text)
    const first = await rollOut(place, '-e', 'none', '-t', 'nightly', one, config, ...NAMES)
    assert.equal(first.status, 0, first.text)
    assert.match(
      first.text,
      /^least: program: install\nleast: configuration: write\n[\s\S]*least: HOLDFAST OK[^\n]*\nleast: done\nmiddle: program[\s\S]*most: done\n$/u,
    )
    assert.equal(statSync(join(place.host('most'), 'etc/holdfast.yaml')).mode & 0o777, 0o600)
    const again = await rollOut(place, '-e', 'none', '-t', 'nightly', one, config, ...NAMES)
    assert.deepEqual([again.status, /install|write/u.test(again.text)], [0, false], again.text)
    assert.equal((await rollOut(place, '-e', 'none', two, config, 'least')).status, 0)
    assert.deepEqual([which(place, 'least'), which(place, 'most')], ['two', 'one'])
    assert.match((await rollOut(place, '-r', 'least', 'most')).text, /^least: restored the previous program\nmost: no previous program found/u)
    assert.equal(which(place, 'least'), 'one')
  })

  it('stops at the first host whose check fails, or that refuses its configuration', async (t) => {
    const place = openRollOut(t)
    const one = place.version('one')
    for (const name of NAMES) place.host(name)
    const config = place.write(
      'new.yaml',
      configurationOf(place.host('here'), `checks: { own: { exec: [sh, -c, "exit $(cat ${place.folder}/code)"] } }`),
    )
    writeFileSync(join(place.folder, 'code'), '2')
    const broken = await rollOut(place, '-e', 'none', '-t', 'nightly', one, config, ...NAMES)
    assert.equal(broken.status, 1)
    assert.match(
      broken.text,
      /least: HOLDFAST CRITICAL[\s\S]*roll-out: least failed; the remaining hosts were not changed\. To restore the previous program: /u,
    )
    assert.equal(existsSync(join(place.host('middle'), 'bin/holdfast')), false)
    writeFileSync(join(place.folder, 'code'), '1')
    assert.equal((await rollOut(place, '-e', 'none', '-t', 'nightly', one, config, 'least')).status, 0)

    const before = readFileSync(join(place.host('least'), 'etc/holdfast.yaml'), 'utf8')
    place.write('bad.yaml', `${before}nonsense: true\n`)
    const refused = await rollOut(place, '-e', 'none', one, 'bad.yaml', 'least', 'most')
    assert.deepEqual(
      [refused.status, /unknown key/u.test(refused.text), readFileSync(join(place.host('least'), 'etc/holdfast.yaml'), 'utf8')],
      [1, true, before],
    )
    assert.equal(existsSync(join(place.host('most'), 'bin/holdfast')), false)
    assert.equal((await rollOut(place, one)).status, 2)
  })

  it('has nothing that shellcheck reports', { skip: requires('shellcheck') }, () => {
    const checked = spawnSync('shellcheck', ['-s', 'sh', script], { encoding: 'utf8' })
    assert.equal(checked.stdout, '')
  })
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { guideBlocks } from '../support/guide.ts'
import { requires } from '../support/requires.ts'
import { assertSameText } from '../support/same-text.ts'
import { openPlace } from './place.ts'
import { noSlapd, openDirectory } from './servers.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))

const LDIF = `dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people
description: ${'long '.repeat(200)}end

${Array.from(
  { length: 300 },
  (_, index) => `dn: uid=u${index},ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: u${index}
cn:: ${Buffer.from(`Zoë ${index}`).toString('base64')}
sn: x
userPassword: CANARY
jpegPhoto:: ${Buffer.from([0, 255, 10, index % 256]).toString('base64')}
`,
).join('\n')}
dn:: ${Buffer.from('cn=Éva,ou=people,dc=example,dc=org').toString('base64')}
objectClass: person
sn: last

dn: ou=a/b,dc=example,dc=org
objectClass: organizationalUnit
ou: a/b
`

describe('ldap', { skip: noSlapd }, () => {
  it('a directory in use is restored unchanged with the guide', async (t) => {
    const place = openPlace(t)
    const directory = openDirectory(place)
    await directory.start()
    directory.add(LDIF)
    const environment = `environment: { PATH: "${directory.bin}:/usr/bin:/bin" }`
    place.configure(`{ d: { ldap: { suffix: "dc=example,dc=org" }, ${environment} }, first: { ldap: {}, compress: none, ${environment} } }`)
    const { status, stdout, stderr } = place.run('-v', 'run')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /CANARY/u)
    const { objects } = JSON.parse(readFileSync(join(place.newestSet(), 'manifest.json'), 'utf8')) as { objects: { facts: object }[] }
    assert.deepEqual(
      objects.map(({ facts }) => facts),
      [{ entries: 304 }, { entries: 304 }],
    )
    const listed = place.run('ls', 'nightly', 'latest', 'first').stdout.split('\n')
    assert.deepEqual([listed.length, listed.filter((line) => line.includes('/'))], [305, ["'ou=a/b,dc=example,dc=org'"]])
    assert.equal(place.run('ls', 'nightly', 'latest', 'first', 'ou=a/b,dc=example,dc=org').stdout, "'ou=a/b,dc=example,dc=org'\n")
    assert.equal(place.run('ls', 'nightly', 'latest', 'first', 'ou=a').stdout, '')
    const guide = readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8')
    const loads = guideBlocks(guide, 'sh needs-server')
    for (const [index, load] of loads.entries()) {
      const fresh = openDirectory(place, `fresh${index}`)
      const script = [...(index === 0 ? guideBlocks(guide) : []), load].join('\n')
      place.guided(script, { PATH: `${fresh.bin}:/usr/bin:/bin`, DEST: join(place.folder, 'dest') })
      assertSameText(fresh.dump(), directory.dump())
    }
    assert.equal(loads.length, 2)
  })
  it('other databases of the directory are named if none is selected', (t) => {
    const place = openPlace(t)
    openDirectory(place)
    const entry = (name: string) => `dn: dc=${name}\\nobjectClass: dcObject\\nobjectClass: organization\\no: x\\ndc: ${name}\\n`
    place.shell(`mkdir other; printf 'database monitor\\ndatabase mdb\\nsuffix "dc=other"\\ndirectory ${place.folder}/other\\n' >>ldap.conf
      /usr/sbin/slapadd -f ldap.conf -n 1 </dev/null; printf '${entry('other')}' | /usr/sbin/slapadd -f ldap.conf -n 3`)
    const file = `config-file: ${place.folder}/ldap.conf`
    place.configure(`{ d: { ldap: { ${file} }, compress: none } }`)
    const lacking = /the database 3 of the directory is not saved \(dn: dc=other\): without "suffix" or "database"/u
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 3, stderr)
    assert.match(stderr, lacking)
    assert.match(place.run('config', 'check').stdout, lacking)
    place.configure(`{ d: { ldap: { ${file}, database: 3 }, compress: none } }`)
    const selected = place.run('run')
    assert.equal(selected.status, 0, selected.stderr)
    assert.doesNotMatch(selected.stderr, /the database/u)
    assert.deepEqual(place.manifest().objects[0]?.facts, { entries: 1 })
  })

  it('a subordinate database is part of the first one, and the configuration is a database, which drills cannot prove', {
    skip: requires('root'),
  }, (t) => {
    const place = openPlace(t)
    openDirectory(place)
    const entry = (dn: string) => `dn: ${dn}\\nobjectClass: organizationalUnit\\nobjectClass: dcObject\\ndc: example\\nou: sub\\n`
    place.shell(`mkdir sub slapd.d
      sed -i '/^database mdb/i database mdb\\nsuffix "ou=sub,dc=example,dc=org"\\nsubordinate\\ndirectory ${place.folder}/sub' ldap.conf
      printf '${entry('dc=example,dc=org')}' | /usr/sbin/slapadd -f ldap.conf -n 2; printf '${entry('ou=sub,dc=example,dc=org')}' | /usr/sbin/slapadd -f ldap.conf -n 1
      /usr/sbin/slaptest -f ldap.conf -F slapd.d >/dev/null 2>&1`)
    const folder = `config-folder: ${place.folder}/slapd.d`
    place.configure(`{ d: { ldap: { ${folder} } }, c: { ldap: { suffix: "cn=config", ${folder} } } }`)
    const check = place.run('config', 'check')
    assert.deepEqual([check.status, check.stderr], [0, ''], check.stdout)
    assert.match(check.stdout, /: 0 errors, 0 warnings;/u)
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 0, stderr)
    assert.deepEqual(place.manifest().objects[0]?.facts, { entries: 2 })
    const drill = place.run('drill')
    assert.equal(drill.status, 3, drill.stdout + drill.stderr)
    assert.match(
      drill.stdout + drill.stderr,
      /"c\.ldif[^"]*" cannot be restored here: the configuration of slapd, which names folders and modules of its host/u,
    )
  })

  it('a dump by a user without access names the access that it needs', { skip: requires('root') }, (t) => {
    const place = openPlace(t)
    openDirectory(place)
    place.shell('chmod 755 .; chmod 600 ldap.conf')
    place.configure(`{ d: { ldap: { config-file: ${place.folder}/ldap.conf }, user: nobody } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1, stderr)
    assert.match(stderr, /slapcat failed .*Permission denied/u)
    assert.match(stderr, /hint: .*read access to the configuration of slapd, and read and write access to the folder of the database.*"user"/u)
  })

  it('a directory may be empty, and its configuration may be in another folder', async (t) => {
    const place = openPlace(t)
    const directory = openDirectory(place)
    await directory.start()
    place.shell('mkdir slapd.d; /usr/sbin/slaptest -f ldap.conf -F slapd.d >/dev/null 2>&1')
    place.configure(`{ d: { ldap: { suffix: "dc=example,dc=org", config-folder: ${place.folder}/slapd.d }, compress: none } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 0, stderr)
    assert.match(stderr, /it is empty/u)
  })

  it('the configuration of the slapd that runs is used, but not that of one which another user has started', { skip: requires('root') }, (t) => {
    const place = openPlace(t)
    openDirectory(place)
    place.shell(
      'chmod 755 .; sed -i /pidfile/d ldap.conf; mkdir slapd.d; /usr/sbin/slapadd -f ldap.conf </dev/null; /usr/sbin/slaptest -f ldap.conf -F slapd.d >/dev/null 2>&1',
    )
    place.configure('{ d: { ldap: { suffix: "dc=example,dc=org" }, compress: none } }')
    const socket = `ldapi://${encodeURIComponent(`${place.folder}/ldap/socket`)}`
    // In a mount namespace of its own, as in a container: servers of other tests are not seen.
    const beside = (as: string, commands: string) =>
      place.shell(`unshare -m --propagation private sh -euc '
        ${as} /usr/sbin/slapd -d 0 -F ${place.folder}/slapd.d -h ${socket} & pid=$!
        trap "kill $pid" EXIT
        until ldapsearch -x -H ${socket} -b "" -s base >/dev/null 2>&1; do kill -0 $pid; sleep 0.1; done
        ${commands}'`)
    const show = `${HOLDFAST} -f holdfast.yaml config show`
    assert.match(beside('', `${HOLDFAST} -f holdfast.yaml -q run 2>&1; ${show}`), /slapcat .*-F \S+\/slapd\.d -b/u)
    assert.deepEqual(place.manifest().objects[0]?.facts, { entries: 0 })
    place.shell('chown -R nobody ldap slapd.d')
    assert.doesNotMatch(beside('setpriv --reuid=65534 --clear-groups', show), /slapd\.d/u)
  })
})

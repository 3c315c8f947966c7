import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lacks, openPlace } from './place.ts'

describe('ldap', { skip: lacks('slapcat', 'slapadd') }, () => {
  it('dumps a directory as LDIF', (t) => {
    const place = openPlace(t)
    place.shell(`mkdir ldap; cat >slapd.conf <<END
include /etc/ldap/schema/core.schema
moduleload back_mdb
modulepath /usr/lib/ldap
database mdb
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
directory ${place.folder}/ldap
END
slapadd -q -f slapd.conf <<END
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: example
dc: example
END`)
    // slapcat takes the place of its configuration by an argument only.
    place.shell(`mkdir bin; printf '#!/bin/sh\\nexec /usr/sbin/slapcat -f ${place.folder}/slapd.conf "$@"\\n' >bin/slapcat; chmod 755 bin/slapcat`)
    place.configure(`{ d: { ldap: { suffix: "dc=example,dc=org" }, compress: none, environment: { PATH: "${place.folder}/bin:/usr/bin:/bin" } } }`)
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: '', stderr: '' })
    assert.match(place.shell(`cat '${place.newestSet()}/d.ldif'`), /^dn: dc=example,dc=org$/mu)
  })
})

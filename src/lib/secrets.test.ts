import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maskSecrets } from './secrets.ts'

describe('maskSecrets', () => {
  it('masks probable secrets, wherever they are', () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['/usr/bin/mysqldump', '-uroot', '-pCANARY', '--all-databases'], '/usr/bin/mysqldump -uroot -p… --all-databases'],
      [['mariadb-dump', '--password=CANARY', 'shop'], 'mariadb-dump --password=… shop'],
      [['tool', '--token', 'CANARY', 'x'], 'tool --token … x'],
      [['pg_dump', 'postgresql://me:CANARY@host/db'], 'pg_dump postgresql://me:…@host/db'],
      [['/bin/sh', '-c', 'PGPASSWORD=CANARY pg_dump x | gzip'], '/bin/sh -c PGPASSWORD=… pg_dump x | gzip'],
      [['/bin/sh', '-c', "PGPASSWORD='CAN ARY' pg_dump x"], '/bin/sh -c PGPASSWORD=… pg_dump x'],
      [['/bin/sh', '-c', 'mysqldump -u root -pCANARY shop | zstd'], '/bin/sh -c mysqldump -u root -p… shop | zstd'],
      [['aws', '--secret-access-key', 'CANARY'], 'aws --secret-access-key …'],
      [['sshpass', '-pCANARY', 'ssh', 'host'], 'sshpass -p… ssh host'],
    ]
    for (const [argv, shown] of cases) {
      const masked = maskSecrets(argv).join(' ')
      assert.equal(masked, shown)
      assert.doesNotMatch(masked, /CANARY|CAN ARY/u)
    }
  })

  it('leaves the rest unchanged', () => {
    for (const argv of [
      ['/bin/tar', '--xattrs', '-cpf', '-', '/etc'],
      ['gpg', '--passphrase-file', '/root/key', '-c'],
      ['gpg', '--passphrase-fd=3'],
      ['/bin/cat', '/etc/passwd'],
      ['mkdir', '-pv', 'x'],
      ['dig', '+short', 'example.com'],
      ['', "Access denied for user 'me'@'localhost' (using password: YES)"],
    ]) {
      assert.deepEqual(maskSecrets(argv), argv)
    }
  })

  it('takes linear time', () => {
    const script = `${'x'.repeat(130_000)} password=CANARY`
    assert.doesNotMatch(maskSecrets(['/bin/sh', '-c', script]).join(' '), /CANARY/u)
  })
})

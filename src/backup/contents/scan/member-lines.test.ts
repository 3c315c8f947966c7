import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { requires } from '../../../../test/support/requires.ts'
import { listedMemberCounter } from '../../../process/pipes/listed-members.ts'
import { lineOfMember } from './member-lines.ts'
import { scanTar } from './scan-tar.ts'

const LIST = ['--verbose', '--verbose', '--full-time', '--utc']

// All types, special modes, sparse files, times with and without fractions, before 1970, and names with each kind of byte.
const PLANT = `mkdir -p 'data/sub folder' data/sticky; cd data
echo one >plain; echo three >'  blanks -> in'; ln plain hard; ln -s '../x -> y' soft; ln -s "$(printf 'a\\nb\\376')" odd; mkfifo pipe
chmod 4751 plain; chmod 2640 'sub folder'; chmod 1777 sticky; chmod 1666 '  blanks -> in'; [ "$(id -u)" != 0 ] || { mknod device c 5 300; mknod disk b 7 1; }
truncate -s 1M holes; echo end >>holes; x=$(printf 'n\\nl\\tq\\\\\\376\\303\\244\\177\\001'); echo x >"$x"; echo x >'größe 💾'
long=$(printf '%0200d' 7); mkdir $long; echo long >$long/$long; ln $long/$long far
touch -d '1960-01-02 03:04:05.5' old; touch -d @-1.25 negative; touch -d @0 first; touch -d @1700000000.000000120 nanoseconds; touch -d @1700000000.999999999 next
touch -d 2300-01-01 late; [ "$(id -u)" != 0 ] || { chown 1234567:3000000 first; chown daemon:mail late; setfacl -m u:1:r late; setcap cap_net_raw+ep plain; setfattr -n user.none first; setfattr -n trusted.a -v b sticky; }`

function plant(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lines-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  execFileSync('sh', ['-euc', PLANT], { cwd: folder })
  return folder
}

function digestOf(list: Buffer) {
  const counter = listedMemberCounter()
  for (let at = 0; at < list.length; at += 100) counter.see(list.subarray(at, at + 100))
  return counter.counts
}

function linesOf(archive: Buffer): { readonly lines: string; readonly attributes: number } {
  let lines = ''
  let attributes = 0
  const { see, end } = scanTar(() => undefined, {
    onMember: (header, pax) => {
      lines += lineOfMember(header, pax)
      attributes += Number(pax.has('attributes'))
    },
  })
  see(archive)
  assert.equal(end(), undefined)
  return { lines, attributes }
}

const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'Asia/Tokyo' }

for (const [name, args] of Object.entries({
  'as they are': ['--acls', '--xattrs', '--xattrs-include=*', '--sparse'],
  'of users with long numbers and names with blanks': ['--owner=domain 5 admins:3000000', '--group=domain users 12 34:12', '--sparse'],
  'of users without names': ['--numeric-owner'],
}))
  it(`the lines of the members of an archive are those that tar has listed, ${name}`, {
    skip: requires('tar', 'setfacl', 'setfattr', 'setcap'),
  }, (t) => {
    const folder = plant(t)
    const run = (...argv: readonly string[]) => execFileSync('tar', [...argv, ...LIST], { cwd: folder, env })
    run('--create', '--file=a.tar', '--format=posix', '--index-file=list', ...args, 'data', './data')
    const [archive, list] = [readFileSync(join(folder, 'a.tar')), readFileSync(join(folder, 'list'))]
    const { lines, attributes } = linesOf(archive)
    const wanted = createHash('sha256').update(lines, 'latin1').digest('hex')
    const { lines: count, digest, attributes: marked = 0 } = digestOf(list)
    assert.deepEqual([lines.split('\nd').length > 5, count > 40, digest, marked], [true, true, wanted, attributes])
    assert.equal(attributes, args.includes('--acls') && process.getuid?.() === 0 ? 5 : 0)
    // Without Holdfast: the list of the archive has the same digest.
    assert.equal(digestOf(run('--list', '--file=a.tar')).digest, wanted)
    const spoil = (text: string, other: string) => linesOf(Buffer.from(archive.toString('latin1').replaceAll(text, other), 'latin1')).lines
    assert.notEqual(spoil('mtime=1700000000.00000012', 'mtime=1700000000.00000013'), lines)
  })

it('a list with a line that cannot be read has no digest', () => {
  const { lines, digest } = digestOf(Buffer.from('-rw-r--r-- a/b 1 2026-01-01 00:00:00 x\n?\n-rw-r--r-- a/b 1 2026-01-01 00:00:00 y\n'))
  assert.deepEqual([lines, digest], [3, undefined])
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { nameFormat, SCHEME } from '../../../test/support/archive.ts'
import { lacks } from '../../../test/support/lacks.ts'
import { hasSeconds, nameFinder, renderName } from './file-names.ts'
import { renderTime } from './strftime.ts'

const AT = new Date('2026-03-05T06:07:08')

describe('renderName', () => {
  it('renders the names of old', () => {
    const fields = { basename: 'etc', level: 0, dbname: 'app-two', ext: 'tar.gz' }
    assert.deepEqual(
      [SCHEME.archive, SCHEME.archiveDigest, SCHEME.dump, SCHEME.dumpDigest].map((it) => renderName(it, fields, AT)),
      ['etc-20260305_060708-0.tar.gz', 'etc-20260305_060708-0.hash', 'etc-app-two-20260305_060708.pgdump', 'etc-app-two-20260305_060708.hash'],
    )
    assert.equal(renderName(nameFormat('new-{basename}-{%d%m%Y_%H}-{level}.{ext}'), { ...fields, basename: 'b1' }, AT), 'new-b1-05032026_06-0.tar.gz')
  })
})

describe('renderTime', () => {
  const FORMAT = '%a %A %w %d %b %B %m %y %Y %H %I %p %M %S %j %U %W %c %x %X %% %G %u %V %F %T %D %R %e %h %C %g %k %l %P %r'
  const times = ['2026-03-01T02:40:05', '2021-01-03T12:00:00', '2020-12-31T23:59:59', '2024-02-29T00:00:00', '2019-12-30T13:05:09']
  const script = 'import sys,datetime;[print(datetime.datetime.fromisoformat(t).strftime(sys.argv[1])) for t in sys.argv[2:]]'
  const { stdout } = spawnSync('python3', ['-c', script, FORMAT, ...times], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })

  it("writes what Python's strftime writes", { skip: lacks('python3') }, () => {
    assert.deepEqual(
      times.map((it) => renderTime(FORMAT, new Date(it))),
      stdout.trimEnd().split('\n'),
    )
  })
})

describe('nameFinder', () => {
  const found = (format: string, name: string, fields = {}) => nameFinder(nameFormat(format), { basename: 'etc', level: 0, ...fields })(name)

  it('matches everything but date and extension literally', () => {
    const format = '{basename}-{%Y%m%d_%H%M%S}-{level}.{ext}'
    assert.deepEqual(found(format, 'etc-20260305_060708-0.tar.gz'), { date: AT, ext: 'tar.gz' })
    assert.deepEqual(found(format, 'b+(x-20260305_060708-0.list', { basename: 'b+(x' }), { date: AT, ext: 'list' })
    for (const name of ['etc2-20260305_060708-0.list', 'xetc-20260305_060708-0.list', 'etc-20260305_060708-1.list', 'etc-20260305_060708-0xlist']) {
      assert.equal(found(format, name), undefined, name)
    }
    assert.equal(found('{basename}-{dbname}-{%Y%m%d}.pgdump', 'etc-app1-20260305.pgdump-old', { dbname: 'app1' }), undefined)
  })

  it('accepts no impossible date', () => {
    for (const text of ['20260230_000000', '20260431_000000', '20260305_240000']) {
      const it = found('{basename}-{%Y%m%d_%H%M%S}-{level}.{ext}', `etc-${text}-0.list`)
      assert.deepEqual([it?.ext, it?.date], ['list', undefined])
    }
    assert.equal(found('{basename}.{ext}', 'etc.list')?.date, undefined)
  })

  it('reads back every date that a name can show', () => {
    const formats = ['%Y%m%d_%H%M%S', '%d.%m.%y %H-%M-%S', '%F %T', '%Y-%j-%H%M%S', '%d%b%Y%H%M%S', '%B %e, %Y %I:%M:%S %p', '%s', '%C%y%m%dT%k%M%S']
    const instant = fc
      .date({ min: new Date(2000, 0, 2), max: new Date(2060, 0, 1), noInvalidDate: true })
      .map((it) => new Date(Math.floor(it.getTime() / 1000) * 1000))
    fc.assert(
      fc.property(fc.constantFrom(...formats), instant, (format, at) => {
        const [part] = nameFormat(`{${format}}`)
        assert.ok(part)
        const name = renderName([part, { kind: 'field', field: 'basename' }], { basename: '~x' }, at)
        const read = nameFinder([part, { kind: 'field', field: 'basename' }], { basename: '~x' })(name)?.date
        // The hour that comes twice is read as the first.
        assert.equal(read && renderTime('%F %T', read), renderTime('%F %T', at))
      }),
    )
  })

  it('determines whether a second makes a difference', () => {
    assert.equal(hasSeconds(SCHEME.archive), true)
    assert.equal(hasSeconds(nameFormat('{basename}-{%Y%m%d_%H}.{ext}')), false)
  })
})

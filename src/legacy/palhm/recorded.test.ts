import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HOST, plainValue, renderIssues } from '../../../test/support/palhm.ts'
import { diskReader } from '../../../test/support/readers.ts'
import { readJson } from '../../document/json/read-json.ts'
import type { Loaded } from '../../plan/loading.ts'
import { loadPalhm } from './load.ts'
import { palhmSchema } from './schema.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = `${root}test/golden/palhm/configs`
const names = readdirSync(folder).filter((name) => /\.jsonc?$/u.test(name))

/** What is refused, with the reason. The others load. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  '03f-rot-count-nan.json': /invalid limit "NaN"/u,
  '03h-rot-count-bad.json': /invalid limit "two"/u,
  '03l-rot-infinity-literal.jsonc': /unquoted word Infinity/u,
  '06e-localfs-no-param.json': /missing required key "backend-param"/u,
  '06f-localfs-no-root.json': /missing required key "root"/u,
  '07e-sink-fail-small.json': /is inside the object/u,
  '07f-sink-fail-big-HANG.json': /is a parent folder of the object/u,
  '07p-empty-argv.json': /missing program/u,
  '07s-path-escape.json': /leads outside the copy[\s\S]*is already used by/u,
  '07t-dup-path.json': /is already used by/u,
  '10c-env-nonstring.json': /env\.N: expected a string/u,
  '11e-sigmask-bad-name.json': /unknown signal "NOPE"/u,
  '11f-builtin-unknown.json': /unknown builtin "nope"/u,
  '11i-routine-unknown-type.json': /unknown type "shell"/u,
  '11j-execfoo.json': /unknown type "execfoo"/u,
  '11k-missing-exec-id.json': /unknown exec "nope"/u,
  '11l-pipeline-task-type.json': /unsupported type "task" in a pipeline/u,
  '11m-unknown-task-type.json': /unknown type "rout"/u,
  '14f-cycle.json': /circular dependency of groups: "a" → "b" → "a"/u,
  '14g-self.json': /group "a" depends on itself/u,
  '14h-unknown-dep.json': /unknown group "zz"/u,
  '14i-unknown-group.json': /unknown group "zz"/u,
  '14j-dup-group.json': /duplicate group "a"/u,
  '14q-workersnull.json': /nb-workers: expected a number, found null/u,
  '14q-workersstr.json': /nb-workers: expected a number, found a string/u,
  '15e-circular.json': /15e-circular\.json" → .*circ\.json" → .*15e-circular\.json"/u,
  '15f-dup-exec.json': /duplicate exec "cat"/u,
  '15g-dup-task.json': /duplicate task "ta"/u,
  '15h-missing-include.json': /could not read ".*inc\/nope\.json": file not found/u,
  '15l-mod-unknown.json': /unknown module "nope"/u,
  '16a-br-both-mua.json': /duplicate key "mua"/u,
  '17i-br-bootwait-unknown.json': /unknown value "sysv"/u,
  '17j-br-delay-inf.json': /delay/u,
  '17j-br-delay-nan.json': /delay/u,
  '17j-br-delay-neg.json': /delay/u,
  '17j-br-delay-null.json': /delay/u,
  '17k-br-mua-unknown.json': /unknown mail user agent "sendmail"/u,
  '17l-br-no-mailto.json': /missing required key "mail-to"/u,
  '17n-br-sns-nomod.json': /requires the module "aws"/u,
}

/** Refused for something that one file alone does not show, so that its form is right. */
const WELL_FORMED = new Set(Object.keys(REFUSED).filter((name) => /^(?:03[fh]|07[efst]|11[ek]|14[fghij]|15[^l]|16a|17l|17n)/u.test(name)))

/** The folder of the ancestor's own core file is ours. */
const reader = {
  resolve: (path: string) => diskReader.resolve(path.replace(/^.*@ORIGINAL@\/src\/conf\/py-sample/u, `${root}share/palhm`)),
  read: diskReader.read,
}

function loadRecorded(name: string): Promise<Loaded> {
  return loadPalhm(`${folder}/${name}`, { reader, host: HOST, shippedRoot: `${root}share/palhm` })
}

/** Of the names of the recorded runs, those of the ancestor that ended well. */
const endedWell = new Set(
  readdirSync(`${folder}/../recorded`).filter((name) => {
    try {
      return JSON.parse(readFileSync(`${folder}/../recorded/${name}/result.json`, 'utf8')).returncode === 0
    } catch {
      return false
    }
  }),
)

describe('the recorded configurations', () => {
  it('are all here', () => assert.ok(names.length >= 113, `${names.length}`))

  for (const name of names) {
    const why = REFUSED[name]
    it(`${name} ${why ? 'is refused' : 'loads'}`, async () => {
      const { plan, issues } = await loadRecorded(name)
      if (why) assert.match(renderIssues(issues), why)
      assert.equal(plan !== undefined, why === undefined, renderIssues(issues))
    })
    it(`${name} ${why && !WELL_FORMED.has(name) ? 'has not' : 'has'} the form of the schema`, () => {
      const { root: node } = readJson(readFileSync(`${folder}/${name}`), name.endsWith('.jsonc') ? 'jsonc' : 'json')
      const { success, error } = palhmSchema.safeParse(node && plainValue(node))
      assert.equal(success, why === undefined || WELL_FORMED.has(name), JSON.stringify(error?.issues))
    })
  }

  it('that the ancestor ran with success load, but for paths that overwrite each other', () => {
    const refused = Object.keys(REFUSED).filter((name) => endedWell.has(name.replace(/\.jsonc?$/u, '')))
    assert.deepEqual(refused, ['07s-path-escape.json'])
  })
})

describe('the recorded files that are included', () => {
  for (const name of ['a', 'br-mua', 'br-nomua', 'circ', 'core-mini', 'd1', 'd2', 'mods-none', 'usesmain', 'sub/b', 'sub/c'])
    it(`inc/${name}.json has the form of the schema`, () => {
      const { root: node } = readJson(readFileSync(`${folder}/inc/${name}.json`), 'json')
      assert.ok(palhmSchema.safeParse(node && plainValue(node)).success)
    })
})

describe('the files shipped with the program', () => {
  it('load without warnings', async () => {
    const { plan, issues } = await loadPalhm(`${root}share/palhm/conf.d/core.json`, { reader: diskReader, host: HOST })
    assert.deepEqual(issues, [])
    assert.deepEqual(
      [...(plan?.commands ?? [])].map(([id, { argv, accept }]) => [id, argv.join(' '), `${accept.min}..${accept.max}`]),
      [
        ['tar', '/bin/tar --xattrs --selinux --warning=none -cf -', '0..1'],
        ['filter-xz-parallel', '/bin/xz -T0', '0..0'],
        ['filter-gzip-plain', '/bin/gzip', '0..0'],
        ['filter-zstd-plain', '/bin/zstd', '0..0'],
        ['filter-zstd-parallel', '/bin/zstd -T0', '0..0'],
        ['rpm-list-installed', '/bin/rpm -qa --qf %{NAME}\\t%{VERSION}-%{RELEASE}.%{ARCH}\\t%{VENDOR}\\n', '0..0'],
        ['dnf-list-userinstalled', '/bin/dnf history userinstalled', '0..0'],
        ['dnf-group-list-installed', '/bin/dnf --cacheonly -q group list --installed', '0..255'],
        ['dpkg-list-installed', '/bin/dpkg-query -l', '0..0'],
        ['lsblk-all-json', '/bin/lsblk -JbOa', '0..0'],
        ['os-release', '/bin/cat /etc/os-release', '0..0'],
        ['dig-dnssec', '/bin/dig +short +dnssec +notcp', '0..0'],
        ['grep-any', '/bin/grep .', '0..0'],
        ['null-stdout-sink', '/bin/cp /dev/stdin /dev/null', '0..0'],
      ],
    )
  })
})

describe('what the ancestor printed of its configuration', () => {
  it('is what the plan holds, for files that include each other', async () => {
    const { plan } = await loadRecorded('15-include.json')
    const recorded = readFileSync(`${folder}/../recorded/15-include/stdout`, 'utf8')
    const commands = [...(plan?.commands ?? [])].map(([id, { argv }]) => `  ${id}: ${argv.join(' ')}\n`).join('')
    assert.ok(recorded.includes(`exec_map:\n${commands}task_map:`), recorded)
    assert.ok(recorded.includes(`nb_workers: ${plan?.workers}\nvl: ${50 - 10 * (plan?.verbosity ?? 0)}\n`), recorded)
  })

  it('is what the plan holds, for a backup', async () => {
    const { plan } = await loadRecorded('01-localfs-groups.jsonc')
    const [step] = plan?.tasks.get('backup')?.steps ?? []
    assert.ok(step?.kind === 'backup')
    const waiting = step.objects
      .filter(({ after }) => after.length > 0)
      .map(({ path, after }) => [path, after.map((index) => step.objects[index]?.path).sort()])
    assert.deepEqual(waiting, [
      ['data.bin', ['meta/a.txt', 'meta/sub/b.gz']],
      ['empty.txt', ['data.bin', 'meta/a.txt', 'meta/sub/b.gz']],
      ['sum.txt', ['data.bin', 'meta/a.txt', 'meta/sub/b.gz']],
    ])
    assert.equal(step.targets[0]?.keep.copies, 3n)
  })
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const documents = globSync('{*,docs/**/*,changelog/**/*}.md', { cwd: checkout })
const textOf = (document: string) => readFileSync(join(checkout, document), 'utf8')

/** Folders that a path in a document may start from: the document's own, the checkout, `src/`. */
function exists(document: string, path: string): boolean {
  return [dirname(document), '.', 'src'].some((folder) => existsSync(join(checkout, folder, path)))
}

describe('documents', () => {
  it('link only to existing files', () => {
    for (const document of documents) {
      for (const { 1: target = '' } of textOf(document).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/gu)) {
        assert.ok(existsSync(join(checkout, dirname(document), target)), `${document} links to ${target}`)
      }
    }
  })

  it('mention only existing sources and tools', () => {
    for (const document of ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md', ...documents.filter((it) => it.startsWith('docs/decisions/'))]) {
      for (const { 1: path = '' } of textOf(document).matchAll(/`((?:[\w.-]+\/)+[\w.-]*\.(?:ts|sh|json|jsonc|txt|md))`/gu)) {
        assert.ok(/(?:^|[/-])x\./u.test(path) || exists(document, path), `${document} names ${path}`)
      }
    }
  })

  it('name only existing tests as those of the pages', () => {
    const names = [...textOf('docs/proofs/pages.md').matchAll(/`([a-z]+(?:-[a-z]+)+)`/gu)].map(({ 1: name = '' }) => name)
    assert.ok(names.length > 20)
    assert.deepEqual(
      names.filter((name) => !existsSync(join(checkout, `test/web/${name}.test.ts`))),
      [],
    )
  })

  it('list every decision', () => {
    const records = globSync('docs/decisions/[0-9]*.md', { cwd: checkout })
    for (const record of records) assert.ok(textOf('docs/decisions/README.md').includes(`](${record.slice('docs/decisions/'.length)})`), record)
    assert.equal(new Set(records.map((record) => record.slice(0, 'docs/decisions/0000'.length))).size, records.length, 'two decisions share a number')
  })

  it('show a first configuration that has no fault', () => {
    const block = /^```yaml\n(?<text>.*?)^```$/msu.exec(textOf('README.md'))?.groups?.['text'] ?? ''
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'))
    const file = join(folder, 'holdfast.yaml')
    writeFileSync(file, block.replaceAll('/opt/holdfast', checkout.replace(/\/$/u, '')))
    const { status, stdout, stderr } = spawnSync(join(checkout, 'holdfast'), ['-f', file, 'config', 'check'], { encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, stdout)
  })

  it('list every guide in the list of guides', () => {
    for (const guide of globSync('*.md', { cwd: join(checkout, 'docs/guide'), exclude: ['README.md'] }))
      assert.ok(textOf('docs/guide/README.md').includes(`](${guide})`), guide)
  })

  it('are the same in both languages, where they are translated: commands, headings, links', () => {
    const translated = globSync('*.md', { cwd: join(checkout, 'docs/ru'), exclude: ['README.md'] })
    assert.ok(translated.length >= 10)
    const shape = (text: string) => ({
      blocks: text.match(/^```[\s\S]*?^```$/gmu) ?? [],
      levels: text.replaceAll(/^```[\s\S]*?^```$/gmu, '').match(/^#+ /gmu),
      rows: text.match(/^\|/gmu)?.length,
    })
    for (const page of translated) assert.deepEqual(shape(textOf(`docs/ru/${page}`)), shape(textOf(`docs/guide/${page}`)), page)
  })

  it('show commands in the README that can be pasted: what describes them is a comment', () => {
    // Output is shown below a command with a prompt.
    const blocks = textOf('README.md')
      .split(/\n\n+/u)
      .filter((it) => it.startsWith('    ') && !it.startsWith('    $ '))
    const commands = blocks.flatMap((it) => it.split('\n')).filter((it) => it.startsWith('    '))
    assert.ok(commands.length >= 2)
    for (const command of commands) assert.doesNotMatch(command.trim(), / {2,}[^ #]/u)
  })

  it('show crontab lines of root with the path of the program: cron does not search everywhere', () => {
    const lines = documents.flatMap((document) => textOf(document).match(/(?:[\d*/@]\S* +){5}root .*|@reboot +root .*/gu) ?? [])
    assert.ok(lines.length > 0)
    for (const line of lines) assert.match(line, /[ (]\/\S*\/holdfast /u)
  })

  it('have changes whose first line contains their kind', () => {
    for (const change of globSync('changelog/unreleased/*.md', { cwd: checkout }).filter((it) => !it.endsWith('/README.md'))) {
      assert.match(textOf(change), /^(?:New|Change|Fix): .*[^.]\n\n\S/u, change)
    }
  })
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openPlace } from '../palhm/place.ts'

/** The program with a storage of the type s3 and a task that makes two objects there: one with odd characters in its name, and one in parts. */
export function openTrial(
  t: TestContext,
  { endpoint, bucket = 'acme', accessKey = 'test', secretKey = 'testsecret', profile, settings }: TriedStore,
) {
  const place = openPlace(t)
  const keys = profile === undefined ? `access-key: "${accessKey}", secret-key: "${secretKey}"` : `profile: ${profile}`
  const storage = `{ type: s3, bucket: "${bucket}", root: "a b+c", endpoint: "${endpoint}", ${keys}${settings === undefined ? '' : `, ${settings.replaceAll('@RUN@', place.run)}`} }`
  const objects = '{ "größe +1%": { exec: [echo, hello], compress: none }, large: { exec: [head, -c, "12582912", /dev/urandom], compress: none } }'
  const keep = (last: number) => {
    const tasks = `{ t: { steps: [{ backup: { keep: { last: ${last} }, objects: ${objects} } }] } }`
    return place.write('holdfast.yaml', `version: 1\nstorages: { s: ${storage} }\ntasks: ${tasks}\n`)
  }
  const config = keep(1)
  return { place, keep, run: (...words: readonly string[]) => place.start(['-f', config, ...words], { as: 'holdfast', env: { HOME: place.run } }) }
}

export interface TriedStore {
  readonly endpoint: string
  readonly bucket?: string
  readonly accessKey?: string
  readonly secretKey?: string
  /** In the shared files of AWS, instead of the keys. */
  readonly profile?: string | undefined
  /** Further settings of the storage; `@RUN@` is the folder of the trial. */
  readonly settings?: string | undefined
}

export type Trial = ReturnType<typeof openTrial>

/** What the test of the storage printed. */
export async function checkStore({ run }: Trial): Promise<{ readonly code: number | null; readonly stdout: string; readonly cell: string }> {
  const { code, stdout } = await run('storage', 'check', 's', '--size', '9MiB')
  return { code, stdout, cell: summarize(stdout) }
}

/** As a cell of a table. */
function summarize(table: string): string {
  const lines = table.split('\n')
  const named = (status: string) =>
    lines.flatMap((line, index) => {
      const title = new RegExp(`^\\s+${status}\\s+(?<title>.*?)(?: \\([\\d.]+ m?s\\))?$`, 'u').exec(line)?.groups?.['title']
      return title === undefined ? [] : [{ title, why: lines[index + 1]?.trim().replace(/^could not .*?": /u, '') ?? '' }]
    })
  const [failed] = named('failed')
  if (failed !== undefined) return `rejected: ${failed.why.replaceAll('|', '\\|')}`
  const unable = named('unable').map(({ title }) => title)
  return unable.length === 0 ? 'all tests passed' : `passed; not supported: ${unable.join(', ')}`
}

/** Makes two sets, of which the first expires, and verifies and restores the second. Gives a cell of a table. */
export async function makeAndRestore({ place, run }: Trial, name: string): Promise<string> {
  for (const words of [
    ['-q', 'run', 't'],
    ['-q', 'run', 't', '--strict'],
    ['-q', 'verify', 't'],
    ['-q', 'restore', 't', 'latest', '--to', join(place.run, 'to')],
  ]) {
    const { code, stdout, stderr } = await run(...words)
    assert.equal(code, 0, `${name}, ${words.join(' ')}: ${stdout}${stderr}`)
  }
  assert.equal(readFileSync(join(place.run, 'to', 'größe +1%'), 'utf8'), 'hello\n')
  const { stdout } = await run('sets', 't')
  assert.equal(stdout.match(/ complete /gu)?.length, 1, stdout)
  return 'set made, verified, restored, expired'
}

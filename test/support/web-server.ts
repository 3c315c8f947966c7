import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { checkout, openPlace, type Place, type Start } from '../palhm/place.ts'
import { buildPagesOnce } from './built-pages.ts'
import { freePort } from './free-port.ts'

export interface WebPlace {
  readonly place: Place
  readonly config: string
  /** With a slash at its end. */
  readonly url: string
  /** Where the first account is created. */
  readonly setupUrl: string
  readonly holdfast: (args: readonly string[], start?: Start) => ReturnType<Place['start']>
}

/** A task that is good, and one that writes for a while and then fails. `SLOW` is how long, in tenths of a second. */
export const TASKS = `
tasks:
  nightly:
    description: Two files
    schedule: "30 2 * * *"
    steps:
      - backup:
          keep: { daily: 7 }
          objects:
            etc: { files: { paths: [@TOP@/data/etc] } }
            big: { files: { paths: [@TOP@/data/big.bin] } }
  drip:
    steps:
      - backup:
          keep: { daily: 7 }
          objects:
            drip: { compress: none, pipeline: [ { shell: "for i in $(seq 1 400); do echo line $i; echo progress $i >&2; sleep 0.1; done" }, [cat] ] }
            broken: { pipeline: [ { shell: "while [ ! -e @TOP@/fail ]; do sleep 0.1; done; echo 'the disk is on fire' >&2; exit 7" }, [cat] ] }
`

/** A real server with its pages, in a place of its own, with runs of these tasks to come. `settings`: of its section "web". */
export async function startWeb(t: Pick<TestContext, 'after'>, tasks = TASKS, settings = ''): Promise<WebPlace> {
  await buildPagesOnce(checkout)
  const place = openPlace(t)
  mkdirSync(join(place.top, 'data/etc'), { recursive: true })
  mkdirSync(join(place.top, 'store'))
  writeFileSync(join(place.top, 'data/etc/a.txt'), 'hello\n')
  writeFileSync(join(place.top, 'data/big.bin'), Buffer.alloc(3_000_000, 'holdfast'))
  const port = await freePort()
  const config = place.write(
    'holdfast.yaml',
    `version: 1\nweb: { port: ${port}${settings} }\nstorages: { local: { type: localfs, root: @TOP@/store } }\n${tasks}`.replaceAll(
      '@TOP@',
      place.top,
    ),
  )
  const holdfast = (args: readonly string[], start: Start = {}) => place.start(['-f', config, ...args], { as: 'holdfast', ...start })
  const { stdout, stderr } = await holdfast(['web', 'start'])
  const url = /listening on (?<url>\S+)/u.exec(stdout)?.groups?.['url']
  const setupUrl = /account[^:]*: (?<url>\S+)/u.exec(stdout)?.groups?.['url']
  if (url === undefined || setupUrl === undefined) throw new Error(`the web server did not start: ${stdout}${stderr}`)
  return { place, config, url, setupUrl, holdfast }
}

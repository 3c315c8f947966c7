import type { Web } from '../../app/web/open-web.ts'
import { drillsOfSet } from '../../app/web/sets/read-drills.ts'
import { readSet } from '../../app/web/sets/read-set.ts'
import { commandWords, restoreWords } from '../../app/web/sets/restore-words.ts'
import type { SetView } from '../../app/web/sets/set-list.ts'
import type { CheckRecord } from '../../journal/run-record.ts'
import type { AppError } from '../../lib/errors.ts'
import { shellWord } from '../../lib/shell-word.ts'
import { recordBegun } from '../access/record.ts'
import { ApiError } from '../problems.ts'
import { accountOf, type Handlers } from './handler.ts'
import { jobOf, taskView } from './run-handlers.ts'
import { LOCAL, pageOf } from './views.ts'

type Names = 'listSets' | 'readSet' | 'composeRestore' | 'startRestore' | 'listVerifications' | 'startVerification'

export const setHandlers: Handlers<Names> = {
  async listSets({ api: { web }, query }) {
    const { sets, failures, at } = await web.sets.list()
    const wanted = sets.filter(
      ({ task, places }) => isOne(task, query.task) && (query.storage === undefined || places.some(({ storage }) => storage === query.storage)),
    )
    return { ...pageOf(wanted.map(setRow), query, at), failures: failures.map(failureOf) }
  },
  async readSet({ api: { web }, query: { task, set, storage } }) {
    const view = await setView(web, task, set)
    const { manifest, guide, holds, failures } = await readSet({ task, set, storage }, await web.plans.plan(), web.host)
    return {
      ...setRow(view),
      ...{
        hostname: manifest?.host ?? null,
        run: manifest?.run ?? null,
        tool: manifest?.tool ?? null,
        began: manifest?.began ?? null,
        ended: manifest?.ended ?? null,
      },
      contains: (manifest?.objects ?? []).map(({ path, bytes, sha256, kind, source, filters, stages, facts }) => ({
        ...{ path, bytes, sha256, kind: kind ?? null, isTar: source === 'tar', filters: [...filters], facts: { ...facts } },
        programs: stages.map(({ program }) => program),
      })),
      suspicious: [...(manifest?.suspicious ?? [])],
      failed: [...(manifest?.failed ?? [])],
      holds: holds.map(({ until, ...hold }) => ({ ...hold, until: until?.toISOString() ?? null })),
      drills: await drillsOfSet({ journal: web.data.journal, plan: await web.plans.plan() }, { step: view.step, set }),
      verifications: view.checks.map(verificationOf),
      guide: guide ?? null,
      failures: failures.map(failureOf),
    }
  },
  async composeRestore({ api: { web }, body }) {
    await taskView(web, body.task)
    const argv = [...commandWords(restoreWords(body), web.host)]
    const { guide } =
      body.set === 'latest' ? {} : await readSet({ task: body.task, set: body.set, storage: body.storage }, await web.plans.plan(), web.host)
    return { argv, command: argv.map(shellWord).join(' '), recipe: guide ?? null }
  },
  async startRestore(call) {
    const { web } = call.api
    const { task, target, dryRun } = call.body
    await taskView(web, task)
    if (!target.startsWith('/') || target.split('/').includes('..'))
      throw new ApiError('invalid', 'expected an absolute path of a folder without ".."')
    await recordBegun(call, { action: dryRun ? 'dry-run-started' : 'restore-started', target: task, after: { ...call.body } })
    return jobOf(
      web.jobs.start({
        kind: dryRun ? 'dry-run' : 'restore',
        task,
        words: restoreWords(call.body),
        startedBy: accountOf(call).name,
        key: call.headers.get('idempotency-key'),
      }),
    )
  },
  async listVerifications({ api: { web }, query }) {
    const { task, set, storage, kind } = query
    const checks = await web.data.journal.checks({ ...(set !== undefined && { set }), ...(storage !== undefined && { storage }) })
    const wanted = checks.filter((it) => isOne(it.task, task) && isOne(it.kind, kind))
    return pageOf(wanted.map(verificationOf), query, web.host.clock())
  },
  async startVerification(call) {
    const { web } = call.api
    const { task, set, storage } = call.body
    await taskView(web, task)
    await recordBegun(call, { action: 'verification-started', target: task, after: { set, storage } })
    const words = ['verify', ...(storage === undefined ? [] : [`--storage=${storage}`]), '--', task, set]
    return jobOf(web.jobs.start({ kind: 'verify', task, words, startedBy: accountOf(call).name, key: call.headers.get('idempotency-key') }))
  },
}

function isOne(value: string, wanted: string | undefined): boolean {
  return wanted === undefined || value === wanted
}

export async function setView({ sets }: Pick<Web, 'sets'>, task: string, name: string): Promise<SetView> {
  const found = (await sets.list()).sets.find((it) => it.task === task && it.name === name)
  if (found === undefined) throw new ApiError('not-found', 'unknown set')
  return found
}

function setRow({ task, step, name, at, places, checks }: SetView) {
  const [best] = places.toSorted((a, b) => Number(b.state === 'complete') - Number(a.state === 'complete'))
  const shown = (...kinds: readonly CheckRecord['kind'][]) => {
    const found = checks.find((it) => kinds.includes(it.kind) && it.good)
    return found ? { at: found.ended.toISOString(), set: name, task } : null
  }
  const isWhole = places.some(({ state }) => state === 'complete' || state === 'legacy')
  return {
    ...{ host: LOCAL, task, step, name, at: at.toISOString(), bytes: best?.bytes ?? 0, objects: best?.objects ?? null, places: [...places] },
    claims: { published: isWhole ? { at: at.toISOString(), set: name, task } : null, verified: shown('verify'), restored: shown('restore', 'drill') },
  }
}

function verificationOf({
  kind,
  task,
  step,
  storage,
  set,
  began,
  ended,
  good,
  outcome,
  objects,
  bytes,
  target,
  problems,
  startedBy,
  user,
}: CheckRecord) {
  return {
    ...{ host: LOCAL, kind, task, step, storage, set, isGood: good, outcome: outcome ?? null, problems: [...problems] },
    ...{ began: began.toISOString(), ended: ended.toISOString() },
    ...{ objects: objects ?? null, bytes: bytes === undefined ? null : Number(bytes), target: target ?? null },
    ...{ startedBy: startedBy ?? null, user: user ?? null },
  }
}

export function failureOf({ code, message, hint }: AppError) {
  return { code, message, ...(hint !== undefined && { hint }) }
}

import { acceptSets } from '../../app/sets/accept-sets.ts'
import { endOfHold, holdSets } from '../../app/sets/hold-sets.ts'
import type { SetsRequest } from '../../app/sets/sets-request.ts'
import type { Web } from '../../app/web/open-web.ts'
import { collecting, type WebHost } from '../../app/web/web-host.ts'
import { recordBegun } from '../access/record.ts'
import type { Api } from '../context.ts'
import type { Handlers } from './handler.ts'
import { failureOf, setView } from './set-handlers.ts'

interface OneSet {
  readonly task: string
  readonly set: string
}

export const keepingHandlers: Handlers<'acceptSet' | 'holdSet' | 'releaseSet'> = {
  async acceptSet(call) {
    const { task, set } = await known(call.api.web, call.body)
    await recordBegun(call, { action: 'set-accepted', target: task, after: { set } })
    return change({ task, set }, call.api, acceptSets)
  },
  async holdSet(call) {
    const { web } = call.api
    const { reason, until } = call.body
    const { task, set } = await known(web, call.body)
    const end = until === undefined ? {} : { until: endOfHold(until, { option: '"until"', now: web.host.clock() }) }
    await recordBegun(call, { action: 'set-held', target: task, after: { set, reason, ...end } })
    return change({ task, set }, call.api, (request, onHeld, host) => holdSets({ ...request, hold: { reason, ...end } }, onHeld, host))
  },
  async releaseSet(call) {
    const { task, set } = await known(call.api.web, call.query)
    await recordBegun(call, { action: 'set-released', target: task, after: { set } })
    return change({ task, set }, call.api, holdSets)
  },
}

/** Throws `api/not-found` unless the set exists. */
async function known(web: Web, { task, set }: OneSet): Promise<OneSet> {
  await setView(web, task, set)
  return { task, set }
}

type Change = (request: SetsRequest & OneSet, onChanged: (set: string, storage: string) => void, host: WebHost) => Promise<boolean>

/** Changes the set on each storage that has it. Rejects if it could not be changed on any. */
async function change({ task, set }: OneSet, { web, streams }: Api, work: Change) {
  const { host, failures } = collecting(web.host)
  const storages: string[] = []
  const request = { plan: await web.plans.plan(), task, set, storage: undefined, acceptRoot: false, trustRoot: false }
  await work(request, (_, storage) => storages.push(storage), host)
  const [first] = failures
  if (storages.length === 0 && first !== undefined) throw first
  web.sets.forget()
  streams.send({ kind: 'changed', what: 'sets' })
  return { storages, failures: failures.map(failureOf) }
}

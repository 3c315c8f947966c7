import { hostname } from 'node:os'
import { archiveNameOf, evidencePeriod } from '../../app/evidence/evidence-period.ts'
import { gatherEvidence, ownEvidence } from '../../app/evidence/export-evidence.ts'
import { lastExamination } from '../../app/web/jobs/last-examination.ts'
import { ownerOf } from '../../app/web/sets/read-drills.ts'
import { recordBegun, recordRead, recordUndone } from '../access/record.ts'
import { accountOf, type Handlers } from './handler.ts'
import { jobOf } from './run-handlers.ts'

const NAMES = { from: '"from"', to: '"to"' }
const MOST = 1000

export const proofHandlers: Handlers<'readEvidence' | 'exportEvidence' | 'readDoctor' | 'startDoctor'> = {
  async readEvidence({ api: { web }, query: { from, to } }) {
    const now = web.host.clock()
    const period = evidencePeriod({ from, to, now }, NAMES)
    const plan = await web.plans.plan()
    const { summary, records, fingerprint, faults } = await ownEvidence({ plan, period, now }, web.data.journal)
    const { steps, missed, undrilled, exceptions } = summary
    return {
      ...{ asOf: now.toISOString(), from: dayOf(period.from), to: dayOf(new Date(period.to.getTime() - 1)) },
      ...{ records, fingerprint: fingerprint ?? null, faults: [...faults], undrilled: [...undrilled] },
      steps: steps.map(({ task, step, storage, published, verified, drilled, lastProven, rpoMs, rtoMs, rtoBytes }) => ({
        ...{ task, step, storage, published, verified, drilled, rpoMs: rpoMs ?? null, rtoMs: rtoMs ?? null, rtoBytes: rtoBytes ?? null },
        lastProven: lastProven ? { set: lastProven.set, at: lastProven.at } : null,
      })),
      ...{ missedTotal: missed.length, exceptionsTotal: exceptions.length },
      missed: missed
        .slice(-MOST)
        .map(({ at, task, step }) => ({ at: at.toISOString(), task, step }))
        .toReversed(),
      exceptions: exceptions
        .slice(-MOST)
        .map(({ what: _, reasons, ...it }) => ({ ...it, owner: ownerOf(plan, it.step), reasons: [...reasons] }))
        .toReversed(),
    }
  },
  async exportEvidence(call) {
    const { web } = call.api
    const period = evidencePeriod({ from: call.query.from, to: call.query.to, now: web.host.clock() }, NAMES)
    const name = archiveNameOf(hostname(), period)
    await recordRead(call, { action: 'evidence-exported', target: name })
    const choices = { task: undefined, storage: undefined, acceptRoot: false, trustRoot: false }
    const request = { plan: await web.plans.plan(), period, ...choices }
    const { archive } = await gatherEvidence(request, { host: web.host, journal: web.data.journal })
    call.reply.headers['content-disposition'] = `attachment; filename="${name.replaceAll(/[^\w.-]/gu, '_')}"`
    return archive()
  },
  async readDoctor({ api: { web } }) {
    const last = await lastExamination(web.jobs)
    if (last === undefined) return { state: null, job: null, startedBy: null, began: null, ended: null, findings: [], failure: null }
    const { job, state, findings, failure } = last
    return { state, job: job.id, startedBy: job.startedBy, began: job.began, ended: job.ended, findings, failure }
  },
  async startDoctor(call) {
    const { web } = call.api
    const request = { startedBy: accountOf(call).name, key: call.headers.get('idempotency-key') }
    await recordBegun(call, { action: 'host-examined', target: '' })
    // Not before it is recorded: nothing comes between this and the start.
    const running = web.jobs.list().find(({ kind, state }) => kind === 'doctor' && state === 'running')
    if (running === undefined) return jobOf(web.jobs.start({ kind: 'doctor', task: '', words: ['doctor', '--json'], ...request }))
    if (!web.jobs.isOf(running.id, request)) await recordUndone(call, `already running, started by ${running.startedBy}`)
    return jobOf(running)
  },
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

import { Evidence, EvidenceExportQuery, EvidenceQuery } from '../schema/evidence.ts'
import { DoctorQuery, Examination, Job } from '../schema/jobs.ts'
import { Acceptance, HoldQuery, HoldRequest, SetChange } from '../schema/keeping.ts'
import type { Route } from './route.ts'

/** The state of sets: accepted, held, drilled, and the evidence of it. */
export const proofRoutes = {
  acceptSet: {
    method: 'post',
    path: '/set/acceptance',
    role: 'operator',
    action: 'set-accepted',
    summary: 'Accept a suspicious set, so that rotation counts it',
    body: Acceptance,
    answer: SetChange,
  },
  holdSet: {
    method: 'put',
    path: '/set/hold',
    role: 'operator',
    action: 'set-held',
    summary: 'Hold a set, so that no rotation removes it',
    body: HoldRequest,
    answer: SetChange,
  },
  releaseSet: {
    method: 'delete',
    path: '/set/hold',
    role: 'operator',
    action: 'set-released',
    summary: 'End the hold of a set',
    query: HoldQuery,
    answer: SetChange,
  },

  readEvidence: {
    method: 'get',
    path: '/evidence',
    role: 'viewer',
    summary: 'Get a summary of the signed records of a period',
    query: EvidenceQuery,
    answer: Evidence,
  },
  exportEvidence: {
    method: 'get',
    path: '/evidence/archive.tar',
    role: 'operator',
    action: 'evidence-exported',
    summary: 'Get the signed archive of the records of a period, compared with those beside the sets',
    query: EvidenceExportQuery,
    answer: 'file',
  },

  readDoctor: {
    method: 'get',
    path: '/doctor',
    role: 'viewer',
    summary: 'Get the last examination of the installation',
    query: DoctorQuery,
    answer: Examination,
  },
  startDoctor: {
    method: 'post',
    path: '/doctor',
    role: 'operator',
    action: 'host-examined',
    summary: 'Examine the installation now',
    answer: Job,
    status: 202,
  },
} as const satisfies Readonly<Record<string, Route>>

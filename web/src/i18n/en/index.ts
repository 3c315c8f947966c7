import { claims, common, errors, states } from './common.ts'
import { host, hosts } from './hosts.ts'
import { doctor, drills, evidence } from './proof.ts'
import { log, run } from './run.ts'
import { schedules } from './schedules.ts'
import { job, restore, set, sets } from './sets.ts'
import { settings } from './settings.ts'
import { account, session, shell } from './shell.ts'
import { audit, tokens, users } from './users.ts'

/** The English messages. Other languages have the same keys: a missing key is a type error. */
export const messages = {
  common,
  states,
  claims,
  errors,
  shell,
  session,
  account,
  hosts,
  host,
  run,
  log,
  users,
  tokens,
  audit,
  sets,
  set,
  restore,
  job,
  schedules,
  settings,
  drills,
  evidence,
  doctor,
}

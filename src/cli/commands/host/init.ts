import { resolve } from 'node:path'
import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { loadText } from '../../../app/host/load-plan.ts'
import { checkChoices, defaultChoices, generateConfig, refuseExisting, writeConfig } from '../../../app/init/init.ts'
import type { Choices } from '../../../app/init/render-config.ts'
import { hostIssues } from '../../../app/preview/host-issues.ts'
import { renderCheck } from '../../../config/render-issues.ts'
import { printable } from '../../../lib/format.ts'
import { hasFlag, type Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'
import { openQuestions } from '../../terminal/questions.ts'
import { dryRun } from '../dry-run.ts'

const FILE = '/etc/holdfast/holdfast.yaml'

/** `init`: writes a configuration, checks it and does a dry run. Exits with 1 if a run of it would fail. */
export async function initCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { global } = invocation
  const file = resolve(global.file ?? FILE)
  const replaces = hasFlag(invocation, 'overwrite')
  await refuseExisting(file, replaces)
  const given = { ...defaultChoices(), ...optionsOf(invocation) }
  checkChoices(given, host.clock())
  const choices = hasFlag(invocation, 'yes') ? given : await ask(given, host)
  const old = await writeConfig(file, await generateConfig(choices, host), { replaces, now: host.clock() })
  const say = (text: string) => !global.quiet && host.stdout.write(text)
  if (old !== undefined) host.note(`the previous configuration is now "${old}"`)
  say(`wrote "${printable(file)}"\n\n`)
  const { plan, issues } = await loadText({ ...global, file }, host.env)
  const all = [...issues, ...(plan === undefined ? [] : await hostIssues(plan, host))]
  if (all.length > 0 || !global.quiet) host.stdout.write(renderCheck({ issues: all, ...(plan && { plan }) }))
  if (plan === undefined) return exitWith('failed')
  const sink = global.quiet ? { ...host, stdout: { ...host.stdout, write: () => undefined } } : host
  say('\n')
  let isGood = true
  for (const task of plan.tasks.values()) isGood = (await dryRun({ plan, task, json: false }, sink)).code === 0 && isGood
  const option = global.file === undefined ? '' : ` -f ${file}`
  if (!isGood) say(`\nCorrect "${printable(file)}", then run "holdfast${option} run --dry-run" again.\n`)
  else say(`\nNext: "holdfast${option} run" makes the first set, "holdfast${option} enable all" schedules the task.\n`)
  return exitWith(isGood ? 'ok' : 'failed')
}

function optionsOf({ options }: Invocation): Partial<Choices> {
  const { root, schedule, mail } = options
  return {
    ...(typeof root === 'string' && { root }),
    ...(typeof schedule === 'string' && { schedule }),
    ...(typeof mail === 'string' && mail !== '' && { mail }),
  }
}

/** Each answer is checked before the next question. */
async function ask(given: Choices, { stderr, clock }: CliHost): Promise<Choices> {
  const questions = openQuestions(stderr)
  try {
    const root = await questions.ask('Folder for the backup sets', given.root, (it) => checkChoices({ ...given, root: it }, clock()))
    const schedule = await questions.ask('Schedule, as in a crontab', given.schedule, (it) => checkChoices({ ...given, schedule: it }, clock()))
    const mail = await questions.ask('Address for messages about failures, or "none"', given.mail ?? 'none', (it) =>
      checkChoices({ ...given, mail: it }, clock()),
    )
    const { mail: _, ...others } = given
    return { ...others, root, schedule, ...(mail !== 'none' && { mail }) }
  } finally {
    questions.close()
  }
}

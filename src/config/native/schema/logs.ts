import { DAY_MS } from '../../../lib/durations.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, required } from '../form/mapping.ts'
import { absolutePath, duration, issueText, size } from './schema-helpers.ts'

const days = duration.refine((it) => it >= DAY_MS, issueText('expected at least one day', 'Write a number of days, such as 90d.'))

const trigger = mapping(() => ({
  file: required(
    'Path of the file. It contains SUCCESS, WARNING or ERROR, without a newline; WARNING and ERROR are kept for five hours.',
    absolutePath,
  ),
  strict: key('false: write SUCCESS at the beginning of a run as well, not only after it has succeeded. Default: true.', forms.boolean()),
}))

/** The logs of runs, for users and for monitoring. */
export const logs = mapping(() => ({
  folder: required('Folder of the logs, with one subfolder for each year and "debug" for the complete log.', absolutePath),
  tag: key(
    'Name of this host in the names and lines of the logs. Default: the host name.',
    forms.string().regex(/^[^\s/\p{Cc}]+$/u, issueText('invalid tag', 'It must not contain spaces or slashes.')),
  ),
  language: key('en or ru. Default: from the environment of the run (LC_ALL, LC_MESSAGES, LANG).', forms.choice(['en', 'ru'])),
  trigger: key('A file with the state of the last runs, for a monitoring system.', trigger),
  'keep-time': key('How long run logs are kept. Default: 400d.', days),
  'keep-size': key('Maximum total size of the run logs; the newest are always kept. Default: 1GiB.', size),
}))

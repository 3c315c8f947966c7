import { z } from 'zod'
import { absolutePath, duration, key, mapping, required, size, told } from './words.ts'

const days = duration.refine((it) => it >= 86_400_000, told('at least one day is expected', 'Write a number of days, such as 90d.'))

const trigger = mapping({
  file: required('The file. It holds SUCCESS, WARNING or ERROR, without a line end; a bad word stays for five hours.', absolutePath),
  strict: key('false: SUCCESS is written when a run begins, not only when it has succeeded. Not said: true.', z.boolean()),
})

/** What runs leave for people and for monitoring. */
export const logs = mapping({
  folder: required('The folder: one below it for each year, and "debug", which has everything.', absolutePath),
  tag: key(
    'What stands for this host in the names and lines of the logs. Not said: its name.',
    z.string().regex(/^[^\s/\p{Cc}]+$/u, told('a word is expected', 'Blanks and slashes cannot stand in it.')),
  ),
  language: key('en or ru. Not said: as the environment of the run says (LC_ALL, LC_MESSAGES, LANG).', z.enum(['en', 'ru'])),
  trigger: key('A file with one word about the last runs, for a monitoring system.', trigger),
  'keep-time': key('How long the logs of runs stay. Not said: 400d.', days),
  'keep-size': key('How much the logs of runs may take together; the newest stay in any case. Not said: 1GiB.', size),
})

import { errorsOf } from '../lib/errors.ts'

export class ScheduleError extends errorsOf('schedule')<'bad-name' | 'no-crontab'> {}

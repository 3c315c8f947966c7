import { AppError } from '../lib/errors.ts'

export class ScheduleError extends AppError {
  readonly code: `schedule/${'bad-name' | 'no-crontab'}`

  constructor(kind: 'bad-name' | 'no-crontab', message: string, options?: { readonly cause?: unknown; readonly hint?: string }) {
    super(message, options)
    this.code = `schedule/${kind}`
  }
}

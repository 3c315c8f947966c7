import { readMetrics } from '../../app/web/metrics/read-metrics.ts'
import { renderOpenMetrics } from '../../app/web/metrics/render-metrics.ts'
import type { Web } from '../../app/web/open-web.ts'

/** The response of `/metrics`. */
export async function renderMetrics({ data, plans, sets, host }: Web): Promise<string> {
  return renderOpenMetrics(await readMetrics({ data, plans, sets }, host.clock()))
}

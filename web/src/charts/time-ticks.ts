const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800]

/** About five round times between two times. */
export function timeTicks(from: number, to: number, wanted = 5): readonly number[] {
  const span = Math.max(1000, to - from)
  const stepMs = (STEPS_S.find((it) => span / (it * 1000) <= wanted) ?? Math.ceil(span / wanted / 86_400_000) * 86_400) * 1000
  const first = Math.ceil(from / stepMs) * stepMs
  return Array.from({ length: Math.max(0, Math.floor((to - first) / stepMs) + 1) }, (_, index) => first + index * stepMs)
}

/** Freezes plain data recursively and returns it. Maps and sets are not changed (their types forbid it), but their contents are frozen. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map || value instanceof Set) {
    for (const item of value.values()) deepFreeze(item)
    return value
  }
  Object.freeze(value)
  for (const item of Object.values(value)) deepFreeze(item)
  return value
}

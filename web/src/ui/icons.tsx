/** Icons that can be distinguished without colour. */
const shapes = {
  failed: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2',
  warning: 'M8 2 14.8 14H1.2zM8 6.5v3.2M8 11.6v.4',
  overdue: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 4.8V8l2.4 1.6',
  silent: 'M3 3l10 10M4.4 6.4A6 6 0 0 1 6 5.4M8.6 4.9a6.6 6.6 0 0 1 4.2 2M6 9.4a3 3 0 0 1 1.4-.7M8 12.4v.2',
  unknown: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM6.2 6.4c.1-2.4 3.7-2.2 3.6 0 0 1.4-1.8 1.4-1.8 2.8M8 11.2v.3',
  ok: 'M3 8.6l3.2 3.2L13 4.6',
  running: 'M8 2a6 6 0 1 1-6 6',
  stopped: 'M4 4h8v8H4z',
  waiting: 'M3 8h.1M8 8h.1M13 8h.1',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  up: 'M4 10l4-4 4 4',
  external: 'M9 2.5h4.5V7M13.5 2.5 7 9M11 9.5v4H2.5V5h4',
} as const

export type IconName = keyof typeof shapes

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={shapes[name]} />
    </svg>
  )
}

export function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="currentColor" />
      <path d="M10 7v18M22 7v18M10 16h12" fill="none" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" />
    </svg>
  )
}

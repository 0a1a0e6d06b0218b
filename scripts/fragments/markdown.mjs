/**
 * The TypeScript fragments of a Markdown file.
 *
 * @typedef {object} Fragment
 * @property {string} file below the root
 * @property {number} line of its first line of code, from 1
 * @property {string} code
 * @property {'run' | 'types' | 'error'} mode
 * @property {string} message for "error": what the diagnostic must contain
 * @property {boolean} alone not to be joined to its neighbours
 */

/**
 * The fragments in order. Fences say what they are: see docs/design/documentation.md.
 * @param {string} text
 * @param {string} file
 * @returns {Fragment[]}
 */
export function fragmentsOf(text, file) {
  /** @type {Fragment[]} */
  const fragments = []
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const opening = /^( {0,3})(`{3,}|~{3,})\s*(.*)$/.exec(lines[i])
    if (opening === null) continue
    const [, indentation, fence, info] = opening
    const start = i + 1
    const isClosing = (/** @type {string} */ line) =>
      line.trim().startsWith(fence) && line.trim().replaceAll(fence[0], '') === ''
    while (++i < lines.length && !isClosing(lines[i]));
    const [, language = '', options = ''] = /^(\S*)\s*(.*)$/.exec(info) ?? []
    if (language !== 'ts' && language !== 'typescript') continue
    const fragment = modeOf(options.trim(), `${file}:${start}`)
    if (fragment === undefined) continue
    const code = lines.slice(start, i).map(line => line.replace(new RegExp(`^ {0,${indentation.length}}`), ''))
    fragments.push({ file, line: start + 1, code: code.join('\n'), ...fragment })
  }
  return fragments
}

/**
 * What the rest of a fence's first line asks for; nothing for a fragment that is only shown.
 * @param {string} options
 * @param {string} place
 * @returns {Pick<Fragment, 'mode' | 'message' | 'alone'> | undefined}
 */
function modeOf(options, place) {
  if (options === 'no-run') return undefined
  if (options === '') return { mode: 'run', message: '', alone: false }
  if (options === 'alone') return { mode: 'run', message: '', alone: true }
  if (options === 'types') return { mode: 'types', message: '', alone: false }
  const [, message] = /^expect-error\s+"(.+)"$/.exec(options) ?? []
  if (message !== undefined) return { mode: 'error', message, alone: false }
  throw new Error(`${place}: "ts ${options}" is none of: no-run, types, alone, expect-error "part of the message"`)
}

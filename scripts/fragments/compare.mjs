/**
 * Does a value agree with what a comment says of it?
 */

const number = /-?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?|-?∞|-?\bInfinity\b|\bNaN\b/gi

/**
 * What is wrong, in words; undefined if nothing is. Strings are compared whole; of everything else the numbers, in order,
 * each to the last digit that the comment shows, so that `[3.14, …]` and `{ w: [1, 2] }` are read as one would expect.
 * @param {unknown} actual
 * @param {string} stated
 * @returns {string | undefined}
 */
export function disagreement(actual, stated) {
  if (typeof actual === 'string') {
    const quoted = [JSON.stringify(actual), `'${actual}'`, `\`${actual}\``]
    return quoted.some(text => stated.startsWith(text)) ? undefined : `is ${quoted[0]}, not ${stated}`
  }
  if (typeof actual === 'boolean' || actual === null || actual === undefined) {
    const text = String(actual)
    return new RegExp(`^${text}\\b`).test(stated) ? undefined : `is ${text}, not ${stated}`
  }
  const shown = [...stated.replaceAll(/\d+(?:×\d+)+/g, '').matchAll(number)].map(match => match[0])
  const numbers = numbersIn(actual)
  if (shown.length === 0) return `"${stated}" states no number to compare ${brief(numbers)} with`
  const cut = /…|\.\.\./.test(stated)
  if (numbers.length !== shown.length && !(cut && numbers.length > shown.length))
    return `has ${numbers.length} numbers, ${brief(numbers)}, and ${shown.length} are stated: ${stated}`
  const wrong = shown.findIndex((text, i) => !agrees(numbers[i], text))
  return wrong < 0 ? undefined : `is ${brief(numbers)}, not ${stated} (${numbers[wrong]} is not ${shown[wrong]})`
}

/**
 * Whether a number, rounded or cut off to the digits of a text, is that text. Whole numbers and long ones need only be equal
 * up to rounding errors.
 * @param {number} actual
 * @param {string} text
 */
function agrees(actual, text) {
  const stated = Number(text.replace('∞', 'Infinity').replaceAll('_', ''))
  if (!Number.isFinite(stated)) return Object.is(actual, stated)
  const [, decimals = '', exponent = '0'] = /\.(\d+)(?:e([+-]?\d+))?$/i.exec(text) ?? []
  if (decimals === '' || decimals.length > 10) return Math.abs(actual - stated) <= 1e-9 * Math.max(1, Math.abs(stated))
  const scaled = actual * 10 ** (decimals.length - Number(exponent))
  const digits = Math.round(stated * 10 ** (decimals.length - Number(exponent)))
  return Math.round(scaled) === digits || Math.trunc(scaled) === digits
}

/**
 * All numbers in a value, in the order of its fields: tensors by their elements, variables by their values.
 * @param {unknown} value
 * @returns {number[]}
 */
function numbersIn(value) {
  if (typeof value === 'number' || typeof value === 'bigint') return [Number(value)]
  if (typeof value !== 'object' || value === null) return []
  if (ArrayBuffer.isView(value)) return value instanceof DataView ? [] : Array.from(/** @type {any} */ (value), Number)
  if (value instanceof Map) return [...value.values()].flatMap(numbersIn)
  if (Array.isArray(value)) return value.flatMap(numbersIn)
  const { data, value: inner } = /** @type {{ data?: unknown, value?: unknown }} */ (value)
  if (data instanceof Float64Array || data instanceof Float32Array) return [...data]
  const plain = [Object.prototype, null].includes(Object.getPrototypeOf(value))
  return plain || inner === undefined ? Object.values(value).flatMap(numbersIn) : numbersIn(inner)
}

/** @param {number[]} numbers */
function brief(numbers) {
  const text = numbers.slice(0, 8).join(', ')
  return numbers.length === 1 ? text : `[${text}${numbers.length > 8 ? ', …' : ''}]`
}

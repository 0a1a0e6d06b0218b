/**
 * as-bind 0.8.2's compiler transform, made to run under today's AssemblyScript.
 *
 * The transform asks `visitor-as/as` for three of the compiler's enums. That module cannot be loaded any more (it
 * `require`s a compiler that has since become an ES module), and the enums' members have been renamed from
 * UPPER_SNAKE to PascalCase. So the module is put into the cache beforehand, holding the enums of the running compiler
 * under the old names; as-bind's own code is used unchanged.
 */
import * as compiler from 'assemblyscript'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * An enum under the names of before AssemblyScript 0.20: `ModuleExport` was `MODULE_EXPORT`, and
 * `FunctionDeclaration`, without an underscore, `FUNCTIONDECLARATION`.
 * @param {object} members
 * @returns {Record<string, number>}
 */
function withOldNames(members) {
  /** @type {Record<string, number>} */
  const renamed = {}
  for (const [name, value] of Object.entries(members)) {
    if (typeof value !== 'number') continue // the way back, from number to name
    renamed[name.toUpperCase()] = value
    renamed[name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()] = value
  }
  return renamed
}

const Module = require('node:module')
const path = require.resolve('visitor-as/as', { paths: [require.resolve('as-bind')] })
const module = new Module(path)
module.filename = path
module.loaded = true
// The compiler's declarations call its enums `const`; at run time they are objects like any other.
const enums = /** @type {Record<string, object>} */ (/** @type {unknown} */ (compiler))
module.exports = Object.fromEntries(
  ['CommonFlags', 'ElementKind', 'NodeKind'].map(name => [name, withOldNames(enums[name] ?? {})]),
)
require.cache[path] = module

/** as-bind's transform. `asc` makes one instance and calls its `afterCompile`. */
export default class AsBindTransform extends require('as-bind') {}

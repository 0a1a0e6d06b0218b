/**
 * Runs programs one after another and notes what went wrong in each fragment. Started by run-fragments.mjs under tsx:
 *
 *   tsx runner.mjs programs.json result.json
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { disagreement } from './compare.mjs'

const [listFile, resultFile] = process.argv.slice(2)

/** @type {{ file: string, keys: string[] }[]} */
const programs = JSON.parse(readFileSync(listFile, 'utf8'))

/** @type {[key: string, problem: string][]} */
const problems = []
let current = ''

/** @type {Map<string, string>} what a branch states and has not been reached, by its place: the fragment */
const due = new Map()

const words = (/** @type {unknown} */ error) =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)

Object.assign(globalThis, {
  $fragment: (/** @type {string} */ key) => {
    current = key
  },
  $due: (/** @type {string} */ place) => {
    due.set(place, current)
  },
  $value: (/** @type {string} */ place, /** @type {unknown} */ actual, /** @type {string} */ stated) => {
    due.delete(place)
    const problem = disagreement(actual, stated)
    if (problem !== undefined) problems.push([current, `${place}: ${problem}`])
  },
  $throws: async (
    /** @type {string} */ place,
    /** @type {() => unknown} */ action,
    /** @type {string} */ name,
    /** @type {string} */ message,
  ) => {
    due.delete(place)
    try {
      await action()
    } catch (error) {
      const matches = error instanceof Error && error.name === name && error.message.includes(message)
      if (!matches) problems.push([current, `${place}: was to throw ${name}: ${message}, but threw ${words(error)}`])
      return
    }
    problems.push([current, `${place}: was to throw ${name}`])
  },
})

console.log = () => {} // what fragments print is not part of the report

for (const { file, keys } of programs) {
  current = keys[0] ?? ''
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    const next = keys.indexOf(current) + 1
    problems.push([current, `threw ${words(error)}`])
    problems.push(...keys.slice(next).map(key => /** @type {[string, string]} */ ([key, 'not reached'])))
  }
  for (const [place, key] of due) problems.push([key, `${place}: not reached`])
  due.clear()
}
writeFileSync(resultFile, JSON.stringify(problems))

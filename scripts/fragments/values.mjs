/**
 * Comments that state a value: `dot(x, x) // → 14`. The statement is turned into a comparison.
 */
import ts from 'typescript'

/** What a bare comment after an expression must look like to be read as its value; after an arrow anything is. */
const looksLikeValue = /^(?:[-+]?[\d.∞]|[[{"'`]|(?:true|false|null|undefined|NaN|-?Infinity)\b)/

/**
 * The code with each stated value compared and each stated error expected, through `$value(place, actual, stated)` and
 * `$throws(place, action, name, message)`. Lines stay where they are.
 * @param {string} code
 * @param {(line: number) => string} place where a line, counted from 0, comes from
 * @returns {string}
 */
export function compareValues(code, place) {
  const source = ts.createSourceFile('fragment.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  /** @type {{ start: number, end: number, text: string }[]} */
  const edits = []
  for (const statement of source.statements) visit(statement)
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: inserted }) => text.slice(0, start) + inserted + text.slice(end), code)

  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isExpressionStatement(node)) expression(node)
    else if (ts.isVariableStatement(node)) variables(node)
    else if (ts.isBlock(node)) node.statements.forEach(visit)
  }

  /** @param {ts.ExpressionStatement} node */
  function expression(node) {
    const at = JSON.stringify(placeOf(node))
    const stated = valueAfter(node, true)
    const subject = printed(node.expression)
    const text = subject.getText(source)
    const error = errorAfter(node)
    if (error !== undefined) {
      const { name, message } = error
      const thrower = `$throws(${at}, async () => (${text}), ${JSON.stringify(name)}, ${JSON.stringify(message)})`
      edits.push({ start: node.getStart(), end: node.getEnd(), text: `;await ${thrower}` })
    } else if (stated !== undefined) {
      const comparison = `$value(${at}, (${text}), ${JSON.stringify(stated)})`
      edits.push({ start: node.getStart(), end: node.getEnd(), text: `;${comparison}` })
    }
  }

  /** @param {ts.VariableStatement} node */
  function variables(node) {
    const stated = valueAfter(node, false)
    if (stated === undefined) return
    const names = node.declarationList.declarations.flatMap(({ name }) => namesIn(name))
    const subject = names.length === 1 ? names[0] : `[${names.join(', ')}]`
    const text = `;$value(${JSON.stringify(placeOf(node))}, ${subject}, ${JSON.stringify(stated)})`
    edits.push({ start: node.getEnd(), end: node.getEnd(), text })
  }

  /**
   * The comment on the line where a statement ends, if it states a value.
   * @param {ts.Node} node
   * @param {boolean} bare whether the arrow may be left out
   */
  function valueAfter(node, bare) {
    const comment = commentAt(node.getEnd())
    const [, arrow] = /^→\s*(.*)$/.exec(comment ?? '') ?? []
    if (arrow !== undefined) return arrow
    return bare && comment !== undefined && looksLikeValue.test(comment) ? comment : undefined
  }

  /**
   * The error a statement is said to throw, on its line or on the next: `// ShapeMismatchError: dot: sizes differ …`.
   * @param {ts.Node} node
   */
  function errorAfter(node) {
    const end = code.indexOf('\n', node.getEnd())
    const next = end < 0 ? undefined : commentAt(end + 1)
    for (const comment of [commentAt(node.getEnd()), next]) {
      const [, name, message = ''] = /^(?:throws )?([A-Z]\w*Error)(?::\s*(.*))?$/.exec(comment ?? '') ?? []
      if (name !== undefined) return { name, message: message.split('…')[0].trim() }
    }
    return undefined
  }

  /**
   * The line comment that begins after `position`, with nothing but blanks before it.
   * @param {number} position
   */
  function commentAt(position) {
    return /^[ \t;]*\/\/\s*([^\n]*)/.exec(code.slice(position))?.[1].trim()
  }

  /** @param {ts.Node} node */
  function placeOf(node) {
    return place(source.getLineAndCharacterOfPosition(node.getStart()).line)
  }
}

/**
 * What is compared for a statement: its expression, or what it prints.
 * @param {ts.Expression} expression
 */
function printed(expression) {
  const prints = ts.isCallExpression(expression) && expression.expression.getText() === 'console.log'
  return prints && expression.arguments.length === 1 ? expression.arguments[0] : expression
}

/**
 * The names that a declaration or a pattern introduces.
 * @param {ts.BindingName} name
 * @returns {string[]}
 */
function namesIn(name) {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap(element => (ts.isOmittedExpression(element) ? [] : namesIn(element.name)))
}

/** Steps of training. */
import type { Mistake } from '../mistake.ts'

/** An epoch of steps on batches, with parameters and a state. */
const epochs = `
  const method = adam()
  const net = resident(v3), state = resident(method.start(v3))
  const images = table(new Uint8Array(6), [3]), targets = table(new Uint8Array(4), [2])
  const loss = (w: Var<Vector<3>>, x: Var<Matrix<number, 3>>, t: Var<Matrix<number, 2>>) => sum(w).add(sum(x)).add(sum(t))
  const train = compile(trainStep(loss, method))
`

export const training: readonly Mistake[] = [
  {
    what: 'parameters that are not resident',
    program: 'sgdStep((w: Var<Vector<3>>) => dot(w, w), { rate: 1 })(⟦v3│resident(v3)⟧)',
    at: 'v3',
    says: ["Argument of type 'Vector<3>' is not assignable to parameter of type 'Resident<Vector<3>>'"],
  },
  {
    what: 'a loss that is no number',
    program: 'sgdStep((w: Var<Vector<3>>) => ⟦w.mul(w)│dot(w, w)⟧, { rate: 1 })',
    at: '(w: Var<Vector<3>>) => w.mul(w)',
    says: ["Call signature return types 'Var<Vector<3>>' and 'Var<number>' are incompatible"],
  },
  {
    what: 'a loss that is plain',
    program: 'sgdStep((w: Var<Vector<3>>) => dot(w, w)⟦.value│⟧, { rate: 1 })',
    at: '(w: Var<Vector<3>>) => dot(w, w).value',
    says: ["Type 'number' is not assignable to type 'Var<number>'"],
  },
  {
    what: 'data without annotation',
    program: 'sgdStep((w: Var<number>, ⟦x│x: Var<number>⟧) => w, { rate: 1 })',
    at: '(w: Var<number>, x) => w',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'no rate',
    program: 'sgdStep((w: Var<number>) => w.mul(w), {⟦│ rate: 1 ⟧})',
    at: '{}',
    says: ["Property 'rate' is missing in type '{}' but required in type 'SgdOptions'"],
  },
  {
    what: 'an epoch without the state',
    program: `${epochs} epoch([images, targets], train, { parameters: [⟦net│net, state⟧], batch: 2 })`,
    at: 'train',
    says: ['Target signature provides too few arguments. Expected 4 or more, but got 3.'],
  },
  {
    what: 'an epoch with the state first',
    program: `${epochs} epoch([images, targets], train, { parameters: [⟦state, net│net, state⟧], batch: 2 })`,
    at: 'train',
    says: [
      "Types of parameters 'parameters' and 'given_0' are incompatible",
      `Type 'Resident<OptimiserState<Vector<3>, "mean" | "square", number>>' is not assignable to type 'Resident<Vector<3>>'`,
    ],
  },
  {
    what: 'an epoch that gives rows to a step on batches',
    program: `${epochs} epoch([images, targets], train, { parameters: [net, state]⟦│, batch: 2⟧ })`,
    at: 'train',
    says: ["Types of parameters 'x' and 'given_2' are incompatible", 'Source has 1 element(s) but target requires 2'],
  },
  {
    what: 'an epoch over tables in another order',
    program: `${epochs} epoch([⟦targets, images│images, targets⟧], train, { parameters: [net, state], batch: 2 })`,
    at: 'train',
    says: ["Types of parameters 'x' and 'given_2' are incompatible", "Type '2' is not assignable to type '3'"],
  },
  {
    what: 'a batch that is no number',
    program: `${epochs} epoch([images, targets], train, { parameters: [net, state], batch: ⟦'2'│2⟧ })`,
    at: 'batch',
    says: ["Type 'string' is not assignable to type 'number'"],
  },
  {
    what: 'a batch that may be missing',
    program: `${epochs} declare const options: { batch⟦?│⟧: number }
      epoch([images, targets], (x, t) => x.read().shape.length, options)`,
    at: 'options',
    says: [
      "Property 'batch' is optional in type '{ batch?: number; }' but required in type '{ readonly batch: number; }'",
    ],
  },
  {
    what: 'a signal that is none',
    program: `${epochs} epoch([images, targets], train, { parameters: [net, state], batch: 2, signal: ⟦true│new AbortController().signal⟧ })`,
    at: 'signal',
    says: ["Type 'boolean' is not assignable to type '{ throwIfAborted(): void; }'"],
  },
  {
    what: 'an option of an epoch that there is not',
    program: `${epochs} epoch([images, targets], train, { parameters: [net, state], batch: 2, ⟦shuffle│dropLast⟧: true })`,
    at: 'shuffle',
    says: ["'shuffle' does not exist in type"],
  },
  {
    what: 'a step of an epoch that gives nothing',
    program: `${epochs} epoch([images], x => ⟦{ x.read() }│x.read().data.length⟧)`,
    at: 'x => { x.read() }',
    says: ["Type 'void' is not assignable to type 'number'"],
  },
]

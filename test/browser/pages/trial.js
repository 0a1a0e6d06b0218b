// What is tried in each place the library can run: a gradient, and a small network that learns. Gives plain data. With `init` in the
// address the engine is started by `init`, else by the first use.
export async function trial(library) {
  const sizes = sizesOfBinaries()
  if (new URLSearchParams(location.search).has('init')) await library.init()
  const results = tried(library)
  return { ...results, size: sizes[0] }
}

// The sizes of the binaries that are compiled from now on.
function sizesOfBinaries() {
  const sizes = []
  const { Module, instantiate } = WebAssembly
  WebAssembly.Module = class extends Module {
    constructor(bytes) {
      super(bytes)
      sizes.push(bytes.length)
    }
  }
  WebAssembly.instantiate = (bytes, imports) => {
    sizes.push(bytes.length)
    return instantiate(bytes, imports)
  }
  return sizes
}

function tried({ BackpropError, compile, constVar, dot, evalBP, gradBP, logistic, matrix, matVec, sub, vector }) {
  // The gradients of x³ at 2 and of x·x, which are known.
  const scalar = gradBP(x => x.mul(x).mul(x))(2)
  const ofVector = [...gradBP(x => dot(x, x))(vector([1, 2, 3], 3)).data]

  // XOR, learnt by a 2-4-1 network from fixed starting weights.
  const weights = n => Array.from({ length: n }, (_, i) => 2 * Math.sin(2.9 + 2.1 * i))
  let net = {
    w1: matrix(weights(8), 4, 2),
    b1: vector(weights(4), 4),
    w2: matrix(weights(4), 1, 4),
    b2: vector([0.1], 1),
  }
  const samples = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]] // prettier-ignore
  const run = ({ w1, b1, w2, b2 }, x) => logistic(matVec(w2, logistic(matVec(w1, constVar(x)).add(b1))).add(b2))
  const loss = net =>
    samples
      .map(([a, b, target]) => {
        const error = sub(run(net, vector([a, b], 2)), vector([target], 1))
        return dot(error, error)
      })
      .reduce((sum, term) => sum.add(term))
  const step = (leaf, gradient) => {
    const data = leaf.data.map((value, i) => value - 1.5 * gradient.data[i])
    return leaf.shape.length === 1 ? vector(data, leaf.shape[0]) : matrix(data, leaf.shape[0], leaf.shape[1])
  }

  const before = evalBP(loss)(net)
  for (let i = 0; i < 3000; i++) {
    const gradient = gradBP(loss)(net)
    net = Object.fromEntries(Object.keys(net).map(key => [key, step(net[key], gradient[key])]))
  }
  const outputs = samples.map(([a, b]) => evalBP(net => run(net, vector([a, b], 2)))(net).data[0])

  // Code that is generated at run time: a program of numbers, and a loop over a vector.
  const power = compile(
    gradBP(x =>
      Array(9)
        .fill(x)
        .reduce((y, z) => y.mul(z), x),
    ),
    { generate: 'always' },
  )
  const cubes = compile(
    evalBP(v => v.mul(v).mul(v).sub(v)),
    { generate: 'always' },
  )
  const generated = [power(2), ...cubes(vector([1, 2, 3], 3)).data]
  generated.push(power.instructions.generated > 9, cubes.instructions.generated)

  let error = ''
  try {
    dot(vector([1, 2], 2), vector([1, 2, 3], 3))
  } catch (caught) {
    error = caught instanceof BackpropError ? caught.name : `unexpected: ${caught}`
  }
  return { scalar, ofVector, before, after: evalBP(loss)(net), outputs, generated, error }
}

import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  globalIgnores([
    'build/',
    'dist/',
    'src/wasm/generated/',
    'src/wasm/relaxed.js',
    // AssemblyScript is another language, with another compiler; what both read is checked.
    'assembly/*',
    '!assembly/shared/',
    '!assembly/asbind/',
    'test/**/fixtures/',
    'test/package/consumer/',
    'test/browser/pages/',
  ]),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // A type parameter used once says what a signature is about: `check<N>(x, [n])`.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Elements of arrays count as present (loops over numbers would drown in assertions), so a check for a missing one
      // looks needless to this rule.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // An overload for numbers and one for tensors infer differently from one for both.
      '@typescript-eslint/unified-signatures': 'off',
      // The brands that carry a phantom type are empty on purpose.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(node:|fs$|path$)', message: 'src/ also runs in browsers.' }] },
      ],
    },
  },
  {
    files: ['test/**', 'bench/**', 'examples/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // Shared with AssemblyScript, whose enums have no other spelling.
    files: ['assembly/shared/**'],
    rules: { '@typescript-eslint/no-unsafe-enum-comparison': 'off' },
  },
  {
    // Plain JavaScript is typed by JSDoc; what JSON.parse returns is trusted there.
    files: ['**/*.js', '**/*.mjs'],
    rules: {
      'no-undef': 'off', // the compiler checks it, knowing which names Node has
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
)

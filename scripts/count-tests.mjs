import { readFileSync } from 'node:fs'

// One line that machines read, whatever the runner prints above it.
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
)
// A file that fails before its tests begin counts as one failure.
const brokenFiles = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
const skipped = numPendingTests + numTodoTests
console.log(`${numPassedTests} passed, ${numFailedTests + brokenFiles} failed, ${skipped} skipped`)

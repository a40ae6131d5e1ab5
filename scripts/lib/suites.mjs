// The suites in the order they run, and what each needs on the machine.
export const suiteNeeds = {
  unit: [],
  simulator: [],
  contract: [],
  webview: ['browser'],
  service: [],
  host: ['editor-host', 'browser'],
  e2e: ['editor-host', 'browser'],
};

export const suiteNames = Object.keys(suiteNeeds);

// The suites in the order they run, and what each needs on the machine.
export const suiteNeeds = {
  unit: [],
  store: ['postgres'],
  simulator: [],
  contract: [],
  webview: ['browser'],
  service: [],
  host: ['editor-host', 'browser'],
  oldest: ['editor-host-oldest', 'browser'],
  e2e: ['editor-host', 'browser'],
};

export const suiteNames = Object.keys(suiteNeeds);

/** Suites that run only when they are named: the oldest editor host takes minutes to set up. */
export const usualSuiteNames = suiteNames.filter((name) => name !== 'oldest');

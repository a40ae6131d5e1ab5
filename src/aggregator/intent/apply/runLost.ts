/** Another process has the run now. Whoever notices stops at once and writes nothing more about it. */
export class RunLost extends Error {
  constructor(uuid: string) {
    super(`run ${uuid} was taken over by another process`);
    this.name = 'RunLost';
  }
}

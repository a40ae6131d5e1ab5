/** Another process has the run now. Whoever notices stops at once and writes nothing more about it. */
export class RunLost extends Error {
  constructor(uuid: string) {
    super(`run ${uuid} was taken over by another process`);
    this.name = 'RunLost';
  }
}

/** This process is ending while a task in Proxmox goes on. The run is taken up again after the next start. */
export class RunPaused extends Error {
  constructor(upid: string) {
    super(`this server stopped following ${upid}`);
    this.name = 'RunPaused';
  }
}

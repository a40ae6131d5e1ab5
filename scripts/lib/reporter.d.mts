import type Mocha from 'mocha';

declare const reporter: Mocha.ReporterConstructor;
export default reporter;
